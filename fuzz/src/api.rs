//! Bodies of the API.

use base64ct::{Base64, Encoding};
use robert::auth::{AuthRequest, Kind};
use robert::keys::{ClientPublic, ServerPublic};
use robert::stamp::Price;
use robert::validate::DayKeys as _;
use robert::{AuthKey, Epoch, Id, Ntp};
use service::front::{self, ReportScope};
use service::place::Shards;
use service::registry::Arrival;
use wire::api::{Authenticated, OpenedReport, RegisterRequest, ReportRequest};
use wire::code::MAX_TYPED;
use wire::{MAX_CONTACTS, MAX_HELLOS, MAX_HELLOS_PER_CONTACT, Refusal, json};

use crate::{Counting, DAYS, FRONT, NOW, REALM, says_nothing_of_its_input};

/// `POST status`, `unregister`, `deleteExposureHistory`.
pub fn authenticated(bytes: &[u8]) {
    let asked = match json::read::<Authenticated>(bytes) {
        Ok(asked) => asked,
        Err(refusal) => return says_nothing_of_its_input(&refusal),
    };
    let written = serde_json::to_vec(&asked).unwrap_or_default();
    let again = json::read::<Authenticated>(&written).map(|again| parts(&again.0));
    assert_eq!(again, Ok(parts(&asked.0)));

    let found = front::find_sender(&DAYS, asked);
    match &found {
        Ok(signed) => {
            let epoch = Epoch::new(asked.0.epoch);
            let key = epoch.and_then(|epoch| Some((epoch, DAYS.server_key(epoch.day())?)));
            assert!(key.is_some_and(|(epoch, key)| key.encrypt(epoch, signed.id) == asked.0.ebid));
        }
        Err(refusal) => {
            assert!(matches!(
                refusal,
                Refusal::UnknownIdentity | Refusal::Unauthenticated
            ));
            assert_eq!(refusal.body(), None);
        }
    }
    let key = AuthKey::from_bytes(&[7; 32]);
    let kinds = [Kind::Status, Kind::Unregister, Kind::DeleteHistory];
    let passes = kinds
        .into_iter()
        .filter(|kind| asked.0.verify(*kind, &key))
        .count();
    assert!(passes <= 1, "one request of two kinds");
    let off = Ntp::from(NOW)
        .time32()
        .seconds()
        .wrapping_sub(asked.0.time.seconds())
        .cast_signed();
    assert_eq!(asked.0.is_timely(NOW), off.unsigned_abs() <= 60);
    genuine(&asked.0);
}

/// The request with a pseudonym that there is, whose owner is found by it and in its epoch alone; at some moment
/// around now.
fn genuine(asked: &AuthRequest) {
    let [i0, i1, i2, i3, i4, late, ..] = asked.mac;
    let id = Id([i0, i1, i2, i3, i4]);
    let today = Epoch::at(NOW).map_or(0, Epoch::number);
    let epoch = Epoch::new(today - asked.epoch % 1_000).unwrap_or(Epoch::FIRST);
    let Some(key) = DAYS.server_key(epoch.day()) else {
        return;
    };
    let auth = AuthKey::from_bytes(&[i0; 32]);
    let request = AuthRequest::seal(
        Kind::Status,
        &auth,
        key.encrypt(epoch, id),
        epoch,
        Ntp::from(NOW),
    );
    let found = front::find_sender(&DAYS, Authenticated(request));
    assert_eq!(found.map(|signed| signed.id), Ok(id));
    assert!(request.verify(Kind::Status, &auth));
    for off in [-61, -60, 60, 61, i64::from(late.cast_signed())] {
        let then = AuthRequest {
            time: Ntp(Ntp::from(NOW).0.saturating_add_signed(off)).time32(),
            ..request
        };
        assert_eq!(then.is_timely(NOW), off.abs() <= 60);
    }
    let elsewhere = AuthRequest {
        epoch: epoch.number() + 1,
        ..request
    };
    assert!(front::find_sender(&DAYS, Authenticated(elsewhere)).is_err());
    assert!(!elsewhere.verify(Kind::Status, &auth));
}

fn parts(request: &AuthRequest) -> (robert::Ebid, u32, [u8; 4], [u8; 32]) {
    (request.ebid, request.epoch, request.time.0, request.mac)
}

/// `POST report`.
pub fn report(bytes: &[u8]) {
    let asked = match ReportRequest::read(bytes) {
        Ok(asked) => asked,
        Err(refusal) => return says_nothing_of_its_input(&refusal),
    };
    assert!(asked.token.chars().count() <= MAX_TYPED && asked.contacts.len() <= MAX_CONTACTS);
    let lengths = asked.contacts.iter().map(|contact| contact.hellos.len());
    assert!(
        lengths
            .clone()
            .all(|length| (1..=MAX_HELLOS_PER_CONTACT).contains(&length))
    );
    assert!(lengths.sum::<usize>() <= MAX_HELLOS);
    opened(bytes, &asked);
    let written = serde_json::to_string(&asked).unwrap_or_default();
    let again = ReportRequest::read(written.as_bytes()).ok();
    let again = again.and_then(|again| serde_json::to_string(&again).ok());
    assert!(again.as_ref() == Some(&written), "{written}");
}

/// As many parcels leave whatever the contacts are worth, each for the registry of whoever it names, and each opens there.
fn opened(body: &[u8], asked: &ReportRequest) {
    let shards = Shards::new(4, 2).unwrap_or(Shards::DEMO);
    let scope = ReportScope {
        keys: &FRONT,
        days: &DAYS,
        shards,
        now: NOW,
    };
    let opened = OpenedReport::read(body);
    let opened = opened.unwrap_or_else(|_| unreachable!("it was read"));
    let shown = match front::show_code(&FRONT, (REALM, Price::DEMO), &mut Counting(1), NOW, &opened)
    {
        Ok(shown) => shown,
        Err(refusal) => {
            assert!(opened.code().is_err());
            return says_nothing_of_its_input(&refusal);
        }
    };
    assert!(shown.work.is_none(), "nobody can have solved a challenge");
    let merged = front::merge(&asked.contacts);
    let sealed = front::seal_contacts(&scope, &mut Counting(1), shown.token, &merged);
    let sealed = sealed.unwrap_or_else(|_| unreachable!("every day has a key"));
    let mut people: Vec<_> = asked
        .contacts
        .iter()
        .map(|contact| (contact.ebid, contact.ecc))
        .collect();
    people.sort_unstable();
    people.dedup();
    assert!((people.len()..=asked.contacts.len()).contains(&sealed.len()));
    for (registry, parcel) in &sealed {
        let arrival = Arrival::open(&DAYS, *registry, parcel);
        let arrival = arrival.unwrap_or_else(|why| panic!("{why}"));
        let named = arrival.identity().map(|id| shards.registry_of(id.0[0]));
        assert_eq!(named, Some(*registry), "it does not open, or elsewhere");
    }
}

/// `POST register`: the shape, the key, the solution.
pub fn register(bytes: &[u8]) {
    key(&String::from_utf8_lossy(bytes));
    let asked = match json::read::<RegisterRequest>(bytes) {
        Ok(asked) => asked,
        Err(refusal) => return says_nothing_of_its_input(&refusal),
    };
    assert!(asked.captcha.len() <= 8_192 && asked.client_public_key.len() <= 256);
    let written = serde_json::to_vec(&asked).unwrap_or_default();
    let again =
        json::read::<RegisterRequest>(&written).map(|again| (again.captcha, again.captcha_id));
    assert_eq!(again, Ok((asked.captcha.clone(), asked.captcha_id)));

    key(&asked.client_public_key);
    let key = ClientPublic::from_base64(&asked.client_public_key);
    match front::read_registration(&FRONT, REALM, NOW, &asked) {
        Ok(_) => panic!("nobody can show a challenge that was never drawn"),
        Err(Refusal::WrongCaptcha) => assert!(key.is_ok()),
        Err(refusal) => {
            assert!(key.is_err());
            says_nothing_of_its_input(&refusal);
        }
    }
}

/// A public key, as a phone sends its own and reads the server's: both read the same, and one key has one spelling.
fn key(text: &str) {
    let (client, server) = (
        ClientPublic::from_base64(text),
        ServerPublic::from_base64(text),
    );
    assert_eq!(
        client.map(|key| key.to_spki()),
        server.map(|key| key.to_spki())
    );
    if let Ok(key) = server {
        assert_eq!(key.to_base64(), text);
        let bytes = Base64::decode_vec(text);
        assert_eq!(bytes.as_deref(), Ok(&key.to_spki()[..]));
    }
}
