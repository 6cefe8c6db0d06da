//! Becoming an account of the server's.

use robert::phone::{Phone, Refusal};
use robert::{Ntp, bundle};

use crate::both_sides::{NOON, Server, Steady, epoch};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_new_phone_holds_nothing_and_says_nothing() {
    let mut phone = Phone::new();
    phone.switch_bluetooth(true);
    assert!(!phone.is_registered());
    assert_eq!(phone.emit(NOON).err(), Some(Refusal::NotRegistered));
    assert_eq!(phone.ask(NOON).err(), Some(Refusal::NotRegistered));
    assert_eq!(phone.unregister(NOON).err(), Some(Refusal::NotRegistered));
    assert_eq!(
        phone.delete_exposures(NOON).err(),
        Some(Refusal::NotRegistered)
    );
    assert_eq!(phone.answered(0, "", NOON), Err(Refusal::NotRegistered));
    assert_eq!(phone.at_risk(), None);
    assert_eq!(
        (phone.history(NOON).count(), phone.pseudonyms().count()),
        (0, 0)
    );
}

#[test]
fn both_halves_agree_on_keys_and_pseudonyms() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    assert!(phone.is_registered());
    // Half a day, and three more.
    assert_eq!(phone.pseudonyms().count(), 48 + 3 * 96);
    phone.switch_bluetooth(true);
    let hello = phone.emit(NOON).unwrap();
    assert!(hello.verify(&account.auth));
    assert_eq!(
        server.keys[&NOON.day()].decrypt(hello.ebid),
        (epoch(NOON), account.id)
    );
    assert_eq!(hello.time, Ntp::from(NOON).time16());
}

#[test]
fn registration_is_refused_out_of_turn() {
    let mut server = Server::new();
    let (mut phone, _) = server.register(NOON);
    assert_eq!(
        phone.register(&mut Steady(1)).err(),
        Some(Refusal::AlreadyRegistered)
    );
    let mut fresh = Phone::new();
    let public = server.secret.public();
    assert_eq!(fresh.registered(&public, "", NOON), Err(Refusal::NotAsked));
}

#[test]
fn a_bundle_for_another_phone_does_not_register_this_one() {
    let mut server = Server::new();
    let mut phone = Phone::new();
    let public = phone.register(&mut Steady(1)).unwrap();
    let (_, theirs) = server.open_account(&Phone::new().register(&mut Steady(2)).unwrap(), NOON);
    let (_, ours) = server.open_account(&public, NOON);
    let key = server.secret.public();
    for wrong in [theirs.as_str(), "", "!"] {
        assert_eq!(phone.registered(&key, wrong, NOON), Err(Refusal::BadBundle));
        assert!(!phone.is_registered());
    }
    phone.registered(&key, &ours, NOON).unwrap();
}

#[test]
fn an_empty_bundle_is_refused() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    let empty = bundle::seal(&account.tuples, &mut server.rng, &[]);
    assert_eq!(phone.answered(0, &empty, NOON), Err(Refusal::BadBundle));
}
