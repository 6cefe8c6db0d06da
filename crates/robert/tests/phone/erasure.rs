//! Erasing.

use decree::article_2::Onset;
use robert::auth::Kind;
use robert::phone::{Phone, ReportState};

use crate::both_sides::{NOON, Server, code, hours, listening, record};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn requests_to_erase_are_signed_as_such() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    let requests = [
        (Kind::DeleteHistory, phone.delete_exposures(NOON).unwrap()),
        (Kind::Unregister, phone.unregister(NOON).unwrap()),
    ];
    for (kind, request) in requests {
        for other in [Kind::Status, Kind::Unregister, Kind::DeleteHistory] {
            assert_eq!(request.verify(other, &account.auth), kind == other);
        }
    }
    assert!(phone.is_registered(), "until the server has answered");
}

#[test]
fn erasing_the_history_takes_reports_not_yet_answered_with_it() {
    for sent in [false, true] {
        let mut phone = listening();
        record(&mut phone, 1, NOON, -40);
        phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
        if sent {
            phone.send(code(), NOON + hours(1)).unwrap();
        }
        phone.erase_history();
        assert_eq!(phone.history(NOON).count(), 0);
        assert_eq!(phone.report_state(), ReportState::None);
        assert!(phone.bluetooth());
    }
}

#[test]
fn erasing_everything_leaves_a_new_phone() {
    let mut server = Server::new();
    let (mut phone, _) = server.register(NOON);
    phone.switch_bluetooth(true);
    record(&mut phone, 1, NOON, -40);
    phone.ask(NOON + hours(1)).unwrap();
    phone.erase_all();
    assert_eq!(*phone.save(NOON), *Phone::new().save(NOON));
}
