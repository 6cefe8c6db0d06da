//! Asking.

use robert::auth::Kind;
use robert::phone::Refusal;

use crate::both_sides::{NOON, Server, epoch, seconds};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn questions_are_two_epochs_apart() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    let asked = NOON + seconds(100);
    let request = phone.ask(asked).unwrap();
    assert!(request.verify(Kind::Status, &account.auth));
    assert!(!request.verify(Kind::Unregister, &account.auth));
    assert_eq!(request.epoch, epoch(NOON).number());
    // Epochs count, as they do for the server: 1,700 seconds later is two epochs later.
    let until = NOON + seconds(1_800);
    assert_eq!(
        phone.ask(until - seconds(1)).err(),
        Some(Refusal::TooSoon { until })
    );
    assert_eq!(phone.last_question(), Some(NOON.day()));
    phone.ask(until).unwrap();
}

#[test]
fn an_answer_tells_at_risk_or_not_and_nothing_else() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    assert_eq!(phone.at_risk(), None);
    for (level, at_risk) in [
        (0, false),
        (4, true),
        (1, true),
        (2, true),
        (3, true),
        (0, false),
    ] {
        phone
            .answered(level, &server.bundle(&account, NOON), NOON)
            .unwrap();
        assert_eq!(phone.at_risk(), Some(at_risk));
    }
}

#[test]
fn an_answer_that_is_not_the_servers_changes_nothing() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    let (_, other) = server.register(NOON);
    phone
        .answered(4, &server.bundle(&account, NOON), NOON)
        .unwrap();
    let before = phone.save(NOON);
    let (ours, theirs) = (server.bundle(&account, NOON), server.bundle(&other, NOON));
    assert_eq!(phone.answered(0, &theirs, NOON), Err(Refusal::BadBundle));
    assert_eq!(
        phone.answered(5, &ours, NOON),
        Err(Refusal::UnknownRiskLevel)
    );
    assert_eq!(*phone.save(NOON), *before);
}

#[test]
fn a_phone_that_the_server_forgot_registers_again_with_its_history() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    phone.switch_bluetooth(true);
    phone.hear(&[1; 16], -40, NOON).unwrap();
    phone
        .answered(4, &server.bundle(&account, NOON), NOON)
        .unwrap();
    phone.ask(NOON).unwrap();
    phone.unknown_to_server(NOON);
    assert!(!phone.is_registered());
    assert_eq!(phone.pseudonyms().count(), 0);
    assert_eq!(phone.at_risk(), Some(true));
    server.register_again(&mut phone, NOON);
    assert_eq!(phone.history(NOON).count(), 1);
    // The new account has asked nothing yet.
    phone.ask(NOON).unwrap();
}
