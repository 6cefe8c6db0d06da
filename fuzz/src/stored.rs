//! What the server reads back from its own rows, had somebody written there.

use decree::Day;
use robert::AuthKey;
use robert::risk::{self, AppliedContact, Verdict};
use robert::validate;
use service::figures::RegistryFigures;
use service::intake;
use service::parcel::Parcel;
use service::record::RecordKey;
use service::registry::Arrival;
use service::seal::{self, SealingKey};
use service::vault::DayKeys;

use crate::{Counting, DAYS, NOW, choose};

/// A parcel on its way, and the contact sealed in it.
pub fn parcel(bytes: &[u8]) {
    match Parcel::from_bytes(bytes) {
        Some(parcel) => assert_eq!(parcel.to_bytes(), bytes),
        None => {
            assert!(!matches!(bytes, [1, _, _, _, _, ..] | [4, _, ..]));
            assert!(!(bytes.len() == 17 && bytes[0] == 2));
        }
    }
    let key = SealingKey::new([9; 32]);
    assert!(Parcel::open(&key, bytes).is_none(), "sealed by nobody");
    arrives(bytes);
    waits(bytes);

    let seal = |plain: &[u8]| key.seal(&mut Counting(1), b"contact", plain);
    // As it is sealed, and with a length that need not be right.
    for plain in [
        seal::pad(bytes).map(|padded| padded.to_vec()),
        Some(bytes.to_vec()),
    ] {
        let Some(contact) = plain.and_then(|plain| Parcel::open(&key, &seal(&plain))) else {
            continue;
        };
        assert!(contact.hellos.len() <= bytes.len());
        let day = contact.day();
        let believed = validate::authenticate(&AuthKey::from_bytes(&[7; 32]), &contact, NOW);
        assert!(believed.len() <= contact.hellos.len());
        let Some(again) = Parcel::seal(&key, &mut Counting(2), &contact) else {
            continue;
        };
        let Some(Parcel::Contact { day: told, sealed }) = Parcel::from_bytes(&again.to_bytes())
        else {
            panic!("what was written is not read");
        };
        assert_eq!(told, day);
        let opened = Parcel::open(&key, &sealed).map(|opened| format!("{opened:?}"));
        assert_eq!(opened, Some(format!("{contact:?}")));
        assert!(SealingKey::new([8; 32]).open(b"contact", &sealed).is_none());
    }
}

/// A delivery as it comes to a registry: opened by the key of its day, or worth nothing.
fn arrives(bytes: &[u8]) {
    match Arrival::open(&DAYS, bytes) {
        Arrival::Contact(contact) => assert!(contact.is_none(), "sealed by nobody"),
        Arrival::Forgotten(id) => assert_eq!(bytes, [&[2], &id[..]].concat()),
        Arrival::Nothing => {
            let is_word = bytes.len() == 17 && bytes[0] == 2;
            assert!(!is_word && !matches!(bytes, [1, _, _, _, _, ..]));
        }
    }
    let today = NOW.day();
    let Some(key) = DAYS.data(today) else {
        return;
    };
    let sealed = key.seal(&mut Counting(4), b"contact", bytes);
    let opened = Parcel::open(key, &sealed).map(|contact| contact.id);
    let body = Parcel::Contact { day: today, sealed }.to_bytes();
    assert_eq!(Arrival::open(&DAYS, &body).identity(), opened);
}

/// A delivery as it waits in an intake: taken out with its key, or worth nothing.
fn waits(bytes: &[u8]) {
    let (_, key) = RecordKey::draw(&mut Counting(5));
    let taken = intake::take_out(Some(&key), bytes);
    let is_sealed = matches!(Parcel::from_bytes(bytes), Some(Parcel::Kept { .. }));
    let is_plain = Parcel::from_bytes(bytes).is_some() && !is_sealed;
    assert_eq!(
        taken.as_deref().map(Vec::as_slice),
        is_plain.then_some(bytes)
    );
    let sealed = SealingKey::new(*key.as_bytes()).seal(&mut Counting(6), b"transit", bytes);
    let kept = Parcel::Kept { slot: 3, sealed }.to_bytes();
    let taken = intake::take_out(Some(&key), &kept);
    assert_eq!(taken.as_deref().map(Vec::as_slice), Some(bytes));
    assert!(intake::take_out(None, &kept).is_none());
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
            let vault = SealingKey::new([4; 32]);
            let day = Day::from_number(18_433);
            assert!(
                DayKeys::unwrap(&vault, day, rest).is_none(),
                "wrapped by nobody"
            );
            let wrapped = vault.seal(&mut Counting(3), format!("vault/{day}").as_bytes(), rest);
            assert_eq!(
                DayKeys::unwrap(&vault, day, &wrapped).is_some(),
                rest.len() == 56
            );
        }
        4 => match RegistryFigures::from_bytes(rest) {
            Some(figures) => assert_eq!(figures.to_bytes(), rest),
            None => assert!(rest.len() != RegistryFigures::LENGTH || rest[0] != 1),
        },
        _ => {
            let (safes, name) = (SealingKey::new([4; 32]), [8; 16]);
            assert!(
                RecordKey::unwrap(&safes, name, rest).is_none(),
                "wrapped by nobody"
            );
            let context = [b"safe", &name[..]].concat();
            let wrapped = safes.seal(&mut Counting(5), &context, rest);
            let opened = RecordKey::unwrap(&safes, name, &wrapped);
            assert_eq!(opened.is_some(), rest.len() == 32);
            assert!(opened.is_none_or(|key| key.as_bytes() == rest));
            assert!(RecordKey::unwrap(&safes, [9; 16], &wrapped).is_none());
        }
    }
}
