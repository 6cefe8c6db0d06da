//! What the server reads back from its own rows, had somebody written there.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use decree::Day;
use robert::AuthKey;
use robert::risk::{self, AppliedContact, Verdict};
use robert::validate::{self, Located};
use service::figures::RegistryFigures;
use service::form::VERSION;
use service::intake;
use service::keyring::{Pepper, PerRoot, WrappingKey};
use service::outbox::Owed;
use service::parcel::Parcel;
use service::record::RecordKey;
use service::registry::Arrival;
use service::seal::{self, SealingKey};
use service::vault::DayKeys;

use crate::{Counting, DAYS, NOW, choose};

/// A parcel on its way, and the contact sealed in it.
pub fn parcel(bytes: &[u8]) {
    match Parcel::from_bytes(bytes) {
        // What 0.1.0 wrote has no version, and is written with one.
        Ok(parcel) => assert!(parcel.to_bytes().ends_with(bytes)),
        Err(_) => {
            let rest = bytes.strip_prefix(&[VERSION]).unwrap_or(bytes);
            assert!(!matches!(rest, [1, _, _, _, _, ..] | [4, _, ..]));
            assert!(!(rest.len() == 17 && rest[0] == 2));
        }
    }
    arrives(bytes);
    waits(bytes);

    let today = NOW.day();
    // As it is sealed, and with a length that need not be right.
    for plain in [
        seal::pad(bytes).map(|padded| padded.to_vec()),
        Some(bytes.to_vec()),
    ] {
        let contact = plain.and_then(|plain| opened(&sealed(today, &plain)));
        let Some(contact) = contact else {
            continue;
        };
        assert!(contact.hellos.len() <= bytes.len());
        let believed = validate::authenticate(&AuthKey::from_bytes(&[7; 32]), &contact, NOW);
        assert!(believed.len() <= contact.hellos.len());
        // Nothing without its day's key.
        let Some(again) = Parcel::seal(&DAYS, REGISTRY, &mut Counting(2), &contact) else {
            continue;
        };
        let body = again.to_bytes();
        let found = opened(&body).map(|contact| format!("{contact:?}"));
        assert_eq!(found, Some(format!("{contact:?}")));
        let Ok(Parcel::Contact { day, sealed }) = Parcel::from_bytes(&body) else {
            panic!("what was written is not read");
        };
        assert_eq!(day, contact.day());
        let elsewhere = Parcel::open(&DAYS, REGISTRY + 1, day, &sealed);
        assert!(matches!(elsewhere, Ok(None)));
    }
}

const REGISTRY: u16 = 3;

/// A contact's body, whatever is sealed in it.
fn sealed(day: Day, plain: &[u8]) -> Vec<u8> {
    let Some(key) = DAYS.of_contacts(day, REGISTRY) else {
        panic!("today has keys");
    };
    let day = day.number().to_be_bytes();
    let context = [b"contact", day.as_slice(), &REGISTRY.to_be_bytes()].concat();
    let sealed = key.seal(&mut Counting(1), &context, plain);
    [&[VERSION, 1], day.as_slice(), &sealed].concat()
}

fn opened(body: &[u8]) -> Option<Located> {
    match Arrival::open(&DAYS, REGISTRY, body) {
        Ok(Arrival::Contact(contact)) => contact,
        _ => None,
    }
}

/// A delivery as it comes to a registry: opened by the key of its day, or worth nothing.
fn arrives(bytes: &[u8]) {
    let rest = bytes.strip_prefix(&[VERSION]).unwrap_or(bytes);
    match Arrival::open(&DAYS, REGISTRY, bytes) {
        Ok(Arrival::Contact(contact)) => assert!(contact.is_none(), "sealed by nobody"),
        Ok(Arrival::Forgotten(id)) => assert_eq!(rest, [&[2], &id[..]].concat()),
        Ok(Arrival::Nothing) => assert!(matches!(rest, [3..=5, ..])),
        Err(_) => {
            let is_word = rest.len() == 17 && rest[0] == 2;
            assert!(!is_word && !matches!(rest, [1, _, _, _, _, ..]));
        }
    }
}

/// A delivery as it waits in an intake: taken out with its key, or worth nothing.
fn waits(bytes: &[u8]) {
    let (_, key) = RecordKey::draw(&mut Counting(5));
    let owed = |body: &[u8]| Owed {
        id: [5; 16],
        to: REGISTRY,
        body: body.to_vec(),
        slot: None,
    };
    let parcel = Parcel::from_bytes(bytes);
    match (&parcel, intake::take_out(Some(&key), &owed(bytes))) {
        (Ok(Parcel::Kept { .. }), taken) => assert_eq!(taken, Ok(None), "sealed by nobody"),
        (Ok(_), taken) => assert_eq!(taken, Ok(Some(bytes.to_vec().into()))),
        (Err(why), taken) => assert_eq!(taken.err(), Some(*why)),
    }
    let context = [
        b"transit".as_slice(),
        &[3],
        &[5; 16],
        &REGISTRY.to_be_bytes(),
    ]
    .concat();
    let transit = SealingKey::new(Pepper::new(*key.as_bytes()).hash(&[b"transit"]));
    let sealed = transit.seal(&mut Counting(6), &context, bytes);
    let kept = owed(&[&[VERSION, 4, 3], &sealed[..]].concat());
    let taken = intake::take_out(Some(&key), &kept);
    assert_eq!(taken, Ok(Some(bytes.to_vec().into())));
    assert_eq!(intake::take_out(None, &kept), Ok(None));
    let moved = Owed { to: 4, ..kept };
    assert_eq!(intake::take_out(Some(&key), &moved), Ok(None));
}

/// What wraps, under one root.
fn wrapping() -> WrappingKey {
    let key = (ROOT, SealingKey::new([4; 32]));
    let Some(keys) = PerRoot::new(key, []) else {
        panic!("one root");
    };
    WrappingKey::new(keys)
}

const ROOT: [u8; 4] = [1, 2, 3, 4];

/// What somebody with the key would wrap after this head: what is sealed is bound to the head and the context.
fn wrap(head: &[u8], context: &[u8], plain: &[u8]) -> Vec<u8> {
    let bound = [head, context].concat();
    let mut body = plain.to_vec();
    let cipher = Aes256Gcm::new(&[4; 32].into());
    let tag = cipher.encrypt_inout_detached(&[1; 12].into(), &bound, body.as_mut_slice().into());
    let tag = tag.unwrap_or_else(|_| unreachable!("it is shorter than 64 GiB"));
    [head, &[1; 12], &body, &tag].concat()
}

/// Verdicts, exposures, padded values, wrapped keys of a day and of an account, counters.
pub fn stored(bytes: &[u8]) {
    let (mode, rest) = choose(bytes);
    match mode % 6 {
        0 => {
            let Ok(verdict) = Verdict::from_bytes(rest) else {
                return;
            };
            assert_eq!(verdict.to_bytes(), rest);
            let later = verdict.after_terms(NOW).tell(NOW);
            assert_eq!(later.is_at_risk(NOW), verdict.is_at_risk(NOW));
            let judged = risk::judge(&verdict, &[], NOW);
            assert!(
                verdict.is_at_risk(NOW) || !judged.is_at_risk(NOW),
                "alerted by nothing"
            );
        }
        1 => {
            let Ok(contact) = AppliedContact::from_bytes(rest) else {
                return;
            };
            assert_eq!(contact.to_bytes(), rest);
            let once = risk::expose(core::slice::from_ref(&contact));
            let twice = risk::expose(&[contact.clone(), contact.clone()]);
            assert_eq!(once, twice, "a contact counts once");
            let repeated = AppliedContact {
                epoch: contact.epoch,
                hellos: [&contact.hellos[..], &contact.hellos].concat(),
            };
            assert_eq!(once, risk::expose(&[repeated]), "a HELLO counts once");
            assert!(
                once.iter()
                    .all(|exposure| exposure.score.is_finite() && exposure.score >= 0.0)
            );
            let verdict = risk::judge(&Verdict::default(), &once, NOW);
            let again = risk::judge(&verdict, &once, NOW);
            assert_eq!(again.is_at_risk(NOW), verdict.is_at_risk(NOW));
        }
        2 => {
            if let Some(value) = seal::unpad(rest) {
                assert!(value.len() + 2 <= rest.len());
            }
            if let Some(padded) = seal::pad(rest) {
                assert_eq!(seal::unpad(&padded), Some(rest));
            } else {
                assert!(rest.len() > 13_310);
            }
        }
        3 => {
            let (vault, day) = (wrapping(), Day::from_number(18_433));
            let unwrap = |stored: &[u8]| DayKeys::unwrap(&vault, day, stored).ok().flatten();
            assert!(unwrap(rest).is_none(), "wrapped by nobody");
            let head = [&[VERSION], &ROOT[..], &day.number().to_be_bytes()].concat();
            let wrapped = wrap(&head, b"vault", rest);
            assert_eq!(unwrap(&wrapped).is_some(), rest.len() == 56);
        }
        4 => match RegistryFigures::from_bytes(rest) {
            Some(figures) => assert_eq!(figures.to_bytes(), rest),
            None => assert!(rest.len() != RegistryFigures::LENGTH || rest[0] != 1),
        },
        _ => {
            let safes = wrapping();
            let unwrap = |name, stored: &[u8]| {
                let key = RecordKey::unwrap(&safes, name, stored);
                key.ok().flatten()
            };
            assert!(unwrap([8; 16], rest).is_none(), "wrapped by nobody");
            let head = [&[VERSION], &ROOT[..]].concat();
            let wrapped = wrap(&head, &[b"safe", &[8; 16][..]].concat(), rest);
            let opened = unwrap([8; 16], &wrapped);
            assert_eq!(opened.is_some(), rest.len() == 32);
            assert!(opened.is_none_or(|key| key.as_bytes() == rest));
            assert!(unwrap([9; 16], &wrapped).is_none());
        }
    }
}
