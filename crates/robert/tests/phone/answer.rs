//! A report, until its answer is known.

use decree::article_2::Onset;
use decree::article_3::Once;
use robert::auth::Kind;
use robert::phone::{CODE_BYTES, Phone, Refusal, ReportState};

use crate::both_sides::{CODE, NOON, Server, code, hours, listening, record, seconds, written};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_report_goes_through_its_states_and_no_others() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    let now = NOON + hours(1);
    assert_eq!(phone.report_state(), ReportState::None);
    assert_eq!(phone.send(code(), now).err(), Some(Refusal::NoDraft));
    assert_eq!(phone.retry(now).err(), Some(Refusal::NothingSent));
    assert_eq!(phone.accepted(), Err(Refusal::NothingSent));
    assert_eq!(phone.refused(), Err(Refusal::NothingSent));

    phone.draft(Onset::Unknown, now).unwrap();
    assert_eq!(phone.report_state(), ReportState::Drafted);
    phone.discard_draft();
    assert_eq!(phone.report_state(), ReportState::None);
    assert_eq!(phone.send(code(), now).err(), Some(Refusal::NoDraft));

    phone.draft(Onset::Unknown, now).unwrap();
    phone.send(code(), now).unwrap();
    assert_eq!(phone.report_state(), ReportState::AnswerUnknown);
    assert_eq!(
        phone.draft(Onset::Unknown, now).err(),
        Some(Refusal::AnswerUnknown)
    );
    assert_eq!(phone.send(code(), now).err(), Some(Refusal::AnswerUnknown));
    phone.discard_draft();
    assert_eq!(phone.report_state(), ReportState::AnswerUnknown);

    phone.refused().unwrap();
    assert_eq!(phone.report_state(), ReportState::Refused);
    assert_eq!(phone.retry(now).err(), Some(Refusal::NothingSent));

    phone.draft(Onset::Unknown, now).unwrap();
    phone.send(code(), now).unwrap();
    phone.accepted().unwrap();
    assert_eq!(phone.report_state(), ReportState::Accepted);
    assert_eq!(phone.refused(), Err(Refusal::NothingSent));
}

#[test]
fn a_retry_is_the_same_report_whatever_happens_in_between() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    record(&mut phone, 2, NOON, -40);
    let now = NOON + hours(1);
    phone.draft(Onset::Unknown, now).unwrap();
    let sent = phone.send(code(), now).unwrap();
    let (code, sent) = (sent.code.to_owned(), written(&sent.contacts));
    // More is heard, and the phone is switched off and on.
    record(&mut phone, 3, now, -40);
    let mut phone = Phone::restore(&phone.save(now + hours(1)), now + hours(1)).unwrap();
    assert_eq!(phone.report_state(), ReportState::AnswerUnknown);
    let again = phone.retry(now + hours(1)).unwrap();
    assert_eq!(again.code.trim_end(), CODE);
    assert_eq!((again.code, written(&again.contacts)), (&*code, sent));
}

#[test]
fn every_code_leaves_with_the_same_length() {
    let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let bare = uuid.replace('-', "");
    for typed in ["1K3VC8CQX7", " 1K3VC-8CQX7\n", "1k3v c8cq x7", uuid, &bare] {
        let mut phone = listening();
        phone.draft(Onset::Unknown, NOON).unwrap();
        let sent = phone.send(Once::new(typed.to_owned()), NOON).unwrap().code;
        assert_eq!(sent.len(), CODE_BYTES, "{typed}");
        let typed: String = typed.split_whitespace().collect();
        assert_eq!(sent.trim_end(), typed);
    }
}

/// It would tell by its length, or by its signs, how somebody typed it.
#[test]
fn a_code_that_nobody_read_does_not_leave() {
    let mut phone = listening();
    phone.draft(Onset::Unknown, NOON).unwrap();
    let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let zero_width = format!("{CODE}\u{200b}");
    for typed in [
        &format!("{uuid}."),
        "1K3VC–8CQX7",
        "１Ｋ３ＶＣ８ＣＱＸ７",
        &zero_width,
    ] {
        let refused = phone.send(Once::new(typed.to_owned()), NOON).err();
        assert_eq!(refused, Some(Refusal::UnreadCode), "{typed}");
        assert_eq!(phone.report_state(), ReportState::Drafted);
    }
    assert_eq!(phone.send(code(), NOON).unwrap().code.len(), CODE_BYTES);
}

#[test]
fn the_law_comes_before_the_retry() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    record(&mut phone, 2, NOON + hours(24), -40);
    let now = NOON + hours(15 * 24 - 1);
    phone.draft(Onset::Unknown, now).unwrap();
    assert_eq!(phone.send(code(), now).unwrap().contacts.len(), 2);
    let late = phone.retry(NOON + hours(15 * 24) + seconds(900)).unwrap();
    assert_eq!(late.contacts.len(), 1);
    assert_eq!(late.contacts[0].ebid.0, [2; 8]);
}

#[test]
fn what_a_draft_holds_can_expire_before_it_is_sent() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    phone
        .draft(Onset::Unknown, NOON + hours(15 * 24 - 1))
        .unwrap();
    let late = NOON + hours(15 * 24) + seconds(900);
    assert_eq!(phone.send(code(), late).unwrap().contacts.len(), 0);
}

#[test]
fn after_a_report_the_phone_goes_on_as_before() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    phone.switch_bluetooth(true);
    record(&mut phone, 1, NOON, -40);
    let now = NOON + hours(1);
    phone.draft(Onset::Unknown, now).unwrap();
    phone.send(code(), now).unwrap();
    phone.accepted().unwrap();
    assert!(phone.is_registered() && phone.bluetooth());
    assert!(phone.emit(now).unwrap().verify(&account.auth));
    assert!(phone.ask(now).unwrap().verify(Kind::Status, &account.auth));
    assert_eq!(phone.history(now).count(), 91);
}
