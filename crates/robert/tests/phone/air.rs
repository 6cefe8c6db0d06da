//! HELLOs and pseudonyms.

use robert::Epoch;
use robert::auth::Kind;
use robert::phone::Refusal;

use crate::both_sides::{NOON, Server, epoch, hours, listening, seconds};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn with_bluetooth_off_a_phone_is_deaf_and_dumb() {
    let mut server = Server::new();
    let (mut phone, _) = server.register(NOON);
    assert!(!phone.bluetooth());
    assert_eq!(phone.emit(NOON).err(), Some(Refusal::BluetoothOff));
    assert_eq!(phone.hear(&[0; 16], -40, NOON), Err(Refusal::BluetoothOff));
    assert_eq!(phone.history(NOON).count(), 0);
}

#[test]
fn only_sixteen_bytes_are_a_hello() {
    let mut phone = listening();
    for length in (0..16).chain(17..40) {
        assert_eq!(
            phone.hear(&vec![0; length], -40, NOON),
            Err(Refusal::NotAHello)
        );
    }
    phone.hear(&[0; 16], -40, NOON).unwrap();
    assert_eq!(phone.history(NOON).count(), 1);
}

#[test]
fn a_pseudonym_serves_from_the_first_second_of_its_epoch_to_the_last() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    phone.switch_bluetooth(true);
    let last = phone.pseudonyms().last().unwrap().epoch;
    for at in [
        NOON,
        NOON + seconds(899),
        NOON + seconds(900),
        last.start(),
        last.start() + seconds(899),
    ] {
        let hello = phone.emit(at).unwrap();
        let (epoch, _) = server.keys[&at.day()].decrypt(hello.ebid);
        assert_eq!(Some(epoch), Epoch::at(at));
        assert!(hello.verify(&account.auth));
    }
    assert_eq!(
        phone.emit(last.start() + seconds(900)).err(),
        Some(Refusal::NoPseudonym)
    );
}

#[test]
fn past_pseudonyms_are_forgotten_but_for_the_newest() {
    let mut server = Server::new();
    let (mut phone, _) = server.register(NOON);
    phone.tick(NOON + hours(1));
    assert_eq!(phone.pseudonyms().count(), 48 + 3 * 96 - 4);
    assert_eq!(
        phone.pseudonyms().next().unwrap().epoch,
        epoch(NOON + hours(1))
    );
    phone.tick(NOON + hours(24 * 30));
    assert_eq!(phone.pseudonyms().count(), 1);
}

#[test]
fn a_phone_that_was_off_for_days_authenticates_with_its_newest_pseudonym() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    let newest = *phone.pseudonyms().last().unwrap();
    let back = NOON + hours(24 * 9);
    let request = phone.ask(back).unwrap();
    assert_eq!(
        (request.ebid, request.epoch),
        (newest.ebid, newest.epoch.number())
    );
    assert!(request.verify(Kind::Status, &account.auth));
    assert!(request.is_timely(back));
    assert_eq!(request.sender(&server.keys), Ok(account.id));
    // It is silent until the answer brings pseudonyms of today.
    phone.switch_bluetooth(true);
    assert_eq!(phone.emit(back).err(), Some(Refusal::NoPseudonym));
    phone
        .answered(0, &server.bundle(&account, back), back)
        .unwrap();
    assert!(phone.emit(back).unwrap().verify(&account.auth));
}
