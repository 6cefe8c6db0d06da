//! Leaving, after however long: until the last key that could name the account is destroyed, and not a second longer.

use std::collections::BTreeMap;

use decree::article_3::{account_forgotten_at, day_is_forgotten};
use decree::{Day, Moment};
use robert::auth::{Kind, SenderError};
use robert::bundle::last_day;
use robert::phone::{Phone, Unknown};
use robert::{Epoch, ServerKey};

use crate::both_sides::{NOON, Server, epoch, hours, seconds};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const DAY: u64 = 24;

/// The day keys that the server still has at this moment.
fn left(server: &Server, now: Moment) -> BTreeMap<Day, ServerKey> {
    let left = server
        .keys
        .iter()
        .filter(|(day, _)| !day_is_forgotten(**day, now));
    left.map(|(day, key)| (*day, key.clone())).collect()
}

/// When the account of a phone is forgotten that asked last at noon.
fn term() -> Moment {
    account_forgotten_at(last_day(NOON.day()))
}

#[test]
fn who_leaves_or_deletes_signs_under_the_newest_pseudonym() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    let newest = *phone.pseudonyms().last().unwrap();
    for (request, kind) in [
        (phone.unregister(NOON).unwrap(), Kind::Unregister),
        (phone.delete_exposures(NOON).unwrap(), Kind::DeleteHistory),
    ] {
        assert_eq!(
            (request.ebid, request.epoch),
            (newest.ebid, newest.epoch.number())
        );
        assert!(request.verify(kind, &account.auth));
        // It is of a day to come, whose key exists.
        assert_eq!(request.sender(&server.keys), Ok(account.id));
    }
    // A question goes on to be asked under the pseudonym of its moment.
    assert_eq!(phone.ask(NOON).unwrap().epoch, epoch(NOON).number());
}

#[test]
fn a_phone_that_was_off_leaves_until_the_last_key_is_destroyed() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    assert_eq!(phone.forgotten_on(), Some(term().day()));
    // Three days of pseudonyms after the first, and fifteen for the key of the last.
    assert_eq!(term(), NOON.day().plus_days(18).start());
    let saved = phone.save(NOON);
    let last = term() - seconds(1);
    for now in [NOON + hours(5 * DAY), NOON + hours(17 * DAY), last] {
        let mut phone = Phone::restore(&saved, now).unwrap();
        let keys = left(&server, now);
        for request in [phone.unregister(now), phone.delete_exposures(now)] {
            assert_eq!(request.unwrap().sender(&keys), Ok(account.id), "{now:?}");
        }
        assert_eq!(phone.forgotten_on(), Some(term().day()));
    }
    let mut phone = Phone::restore(&saved, term()).unwrap();
    let request = phone.unregister(term()).unwrap();
    let sender = request.sender(&left(&server, term()));
    assert_eq!(sender, Err(SenderError::NoDayKey));
}

#[test]
fn an_answer_puts_the_term_off() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    let later = NOON + hours(17 * DAY);
    phone
        .answered(0, &server.bundle(&account, later), later)
        .unwrap();
    let term = account_forgotten_at(last_day(later.day()));
    assert_eq!(phone.forgotten_on(), Some(term.day()));
}

#[test]
fn a_phone_knows_an_account_that_was_forgotten_from_one_that_is_lost() {
    let mut server = Server::new();
    for (now, expected) in [
        (NOON, Unknown::BeforeTerm),
        (term() - seconds(1), Unknown::BeforeTerm),
        (term(), Unknown::ForgottenOn(term().day())),
        (
            term() + hours(100 * DAY),
            Unknown::ForgottenOn(term().day()),
        ),
    ] {
        let (mut phone, _) = server.register(NOON);
        assert_eq!(phone.unknown_to_server(now), expected, "{now:?}");
        assert_eq!(phone.forgotten_on(), None);
        // Whichever it was.
        server.register_again(&mut phone, now.min(term()));
        assert!(phone.is_registered());
    }
    assert_eq!(Phone::new().unknown_to_server(NOON), Unknown::BeforeTerm);
}

/// Also in the first ten days of the service, whose key days are those of Europe/Paris.
#[test]
fn the_last_day_of_a_bundle_is_that_of_its_last_epoch() {
    use robert::bundle::epochs_from;
    use robert::parameters::{BUNDLE_DAYS, EPOCHS_PER_DAY};
    for number in 0..15 * EPOCHS_PER_DAY {
        let made = Epoch::new(number).unwrap();
        let last = epochs_from(made, BUNDLE_DAYS).last().unwrap();
        assert_eq!(last_day(made.day()), last.day(), "{number}");
    }
}
