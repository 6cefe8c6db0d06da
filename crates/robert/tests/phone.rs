//! The phone's state machine, against the server's half of the protocol.
//!
//! Every test runs natively and, under the same name, in a browser.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

use core::convert::Infallible;
use core::time::Duration;
use std::collections::BTreeMap;

use decree::article_2::{Onset, transfer_window};
use decree::article_3::{Once, phone_history_forgotten_at};
use decree::{Day, Moment};
use robert::auth::Kind;
use robert::bundle;
use robert::keys::{ClientPublic, ServerSecret};
use robert::parameters::{BUNDLE_DAYS, COUNTRY, SERVICE_START};
use robert::phone::{
    Fate, MOST_BYTES, MOST_CONTACTS, MOST_HELLOS, Phone, Recorded, Refusal, ReportState,
    RestoreError,
};
use robert::risk::{AppliedContact, Verdict, expose, judge};
use robert::validate::{authenticate, locate};
use robert::{AuthKey, Contact, Epoch, FederationKey, Id, Ntp, ServerKey, TupleKey};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

// ---- Registration -----------------------------------------------------------------------------

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

// ---- On the air -------------------------------------------------------------------------------

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

// ---- What the law lets it keep ----------------------------------------------------------------

#[test]
fn what_was_heard_is_gone_15_days_later_to_the_second() {
    let term = NOON + hours(15 * 24);
    let mut phone = listening();
    phone.hear(&[1; 16], -40, NOON).unwrap();
    phone.hear(&[2; 16], -40, NOON + seconds(1)).unwrap();
    let heard = |phone: &Phone, now| phone.history(now).count();
    assert_eq!(phone.history(NOON).next().unwrap().forgotten_at(), term);
    // Nothing past its term is shown, though nothing has told the phone the time.
    assert_eq!(heard(&phone, term - seconds(1)), 2);
    assert_eq!(heard(&phone, term), 1);
    assert_eq!(heard(&phone, term + seconds(1)), 0);
    // And once it is told, it is gone, even for a clock set back.
    phone.tick(term - seconds(1));
    assert_eq!(heard(&phone, NOON), 2);
    phone.tick(term);
    assert_eq!(heard(&phone, NOON), 1);
    phone.tick(term + seconds(1));
    assert_eq!(heard(&phone, NOON), 0);
}

#[test]
fn every_call_that_knows_the_time_forgets() {
    let mut server = Server::new();
    let late = phone_history_forgotten_at(NOON);
    let calls: [fn(&mut Phone, Moment); 9] = [
        |phone, now| drop(phone.emit(now)),
        |phone, now| drop(phone.hear(&[3; 16], 0, now)),
        |phone, now| drop(phone.ask(now)),
        |phone, now| drop(phone.draft(Onset::Unknown, now)),
        |phone, now| drop(phone.retry(now)),
        |phone, now| drop(phone.delete_exposures(now)),
        |phone, now| drop(phone.unregister(now)),
        |phone, now| drop(phone.save(now)),
        |phone, now| phone.tick(now),
    ];
    for call in calls {
        let (mut phone, _) = server.register(NOON);
        phone.switch_bluetooth(true);
        phone.hear(&[1; 16], -40, NOON).unwrap();
        call(&mut phone, late);
        assert!(phone.history(NOON).all(|recorded| recorded.at == late));
    }
}

#[test]
fn a_clock_set_back_does_not_lengthen_the_term() {
    let mut phone = listening();
    phone.hear(&[1; 16], -40, NOON + hours(5)).unwrap();
    phone.hear(&[2; 16], -40, NOON).unwrap();
    phone.tick(phone_history_forgotten_at(NOON));
    let kept: Vec<_> = phone
        .history(NOON)
        .map(|recorded| recorded.hello.to_bytes())
        .collect();
    assert_eq!(kept, [[1; 16]]);
}

#[test]
fn a_report_covers_48_hours_before_onset_to_the_second() {
    let onset = NOON + hours(100);
    let mut phone = listening();
    for (pseudonym, before) in [(1, (47, 59, 59)), (2, (48, 0, 0)), (3, (48, 0, 1))] {
        let (h, m, s) = before;
        let at = onset - seconds(h * 3_600 + m * 60 + s);
        record(&mut phone, pseudonym, at, -40);
    }
    let selection = phone.select(Onset::Known(onset), onset + hours(1)).unwrap();
    let outside: Vec<_> = selection
        .meetings
        .iter()
        .map(|meeting| meeting.outside)
        .collect();
    assert_eq!(outside, [0, 0, 1]);
    // The fourth of its HELLOs that leave was heard two minutes after the first.
    assert!(
        selection
            .meetings
            .iter()
            .all(|meeting| meeting.fate() == Fate::Leaves)
    );
    assert_eq!(
        selection.window,
        transfer_window(Onset::Known(onset), onset + hours(1))
    );
}

#[test]
fn a_report_without_onset_covers_15_days_to_the_second() {
    let mut phone = listening();
    phone.hear(&[1; 16], -40, NOON).unwrap();
    let term = NOON + hours(15 * 24);
    let seen = |now| phone.select(Onset::Unknown, now).unwrap().meetings.len();
    assert_eq!(seen(term - seconds(1)), 1);
    // The window of Article 2 still includes this second, the term of Article 3 does not.
    assert!(transfer_window(Onset::Unknown, term).contains(NOON));
    assert_eq!(seen(term), 0);
}

#[test]
fn what_lies_outside_the_window_never_leaves() {
    let onset = NOON + hours(72);
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    record(&mut phone, 2, onset, -40);
    phone.draft(Onset::Known(onset), onset + hours(2)).unwrap();
    let report = phone.send(code(), onset + hours(2)).unwrap();
    assert_eq!(report.contacts.len(), 1);
    assert_eq!(report.contacts[0].ebid.0, [2; 8]);
    let selection = phone.select(Onset::Known(onset), onset + hours(2)).unwrap();
    let fates: Vec<_> = selection
        .meetings
        .iter()
        .map(|meeting| meeting.fate())
        .collect();
    assert_eq!(fates, [Fate::OutsideWindow, Fate::Leaves]);
}

#[test]
fn symptoms_do_not_begin_tomorrow() {
    let mut phone = listening();
    let ahead = Onset::Known(NOON + seconds(1));
    assert_eq!(phone.draft(ahead, NOON).err(), Some(Refusal::OnsetAhead));
    assert_eq!(phone.report_state(), ReportState::None);
    assert!(phone.draft(Onset::Known(NOON), NOON).is_ok());
}

// ---- What it shows and sends ------------------------------------------------------------------

#[test]
fn the_selection_says_why_each_pseudonym_leaves_or_stays() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    record(&mut phone, 2, NOON, -90);
    for second in [0, 119] {
        phone.hear(&[3; 16], -40, NOON + seconds(second)).unwrap();
    }
    let later = NOON + hours(1);
    let selection = phone.draft(Onset::Unknown, later).unwrap().clone();
    let fates: Vec<_> = selection
        .meetings
        .iter()
        .map(|m| (m.ebid.0[0], m.fate()))
        .collect();
    assert_eq!(
        fates,
        [
            (1, Fate::Leaves),
            (2, Fate::RiskTooLow),
            (3, Fate::TooShort)
        ]
    );
    assert_eq!(selection.meetings[0].span, (NOON, NOON + seconds(900)));
    assert!(
        selection.meetings[0]
            .judgement
            .as_ref()
            .unwrap()
            .risk
            .unwrap()
            > 0.9
    );

    // What was shown is what leaves.
    let report = phone.send(code(), later).unwrap();
    assert_eq!(report.code, CODE);
    let sent: Vec<_> = report
        .contacts
        .iter()
        .map(|c| (c.ebid.0[0], c.hellos.len()))
        .collect();
    let shown: Vec<_> = selection
        .meetings
        .iter()
        .map(|m| (m.ebid.0[0], m.leaving()))
        .filter(|m| m.1 > 0)
        .collect();
    assert_eq!(sent, shown);
}

#[test]
fn a_report_says_what_was_heard_and_nothing_of_who_heard_it() {
    let mut server = Server::new();
    let (mut johanna, _) = server.register(NOON);
    let (mut justin, account) = server.register(NOON);
    let own: Vec<_> = johanna.pseudonyms().map(|tuple| tuple.ebid).collect();
    let contacts = meet(&mut johanna, &mut justin, NOON, seconds(900), 0.8);
    assert_eq!(contacts.len(), 1);
    assert!(contacts.iter().all(|contact| !own.contains(&contact.ebid)));
    let located = locate(
        &server.keys,
        &server.federation,
        COUNTRY,
        &contacts[0],
        NOON,
    )
    .unwrap();
    assert_eq!(located.id, account.id);
    let heard = authenticate(&account.auth, &located, NOON);
    assert_eq!(heard.len(), 90);
    assert_eq!(heard[0].collected, Ntp::from(NOON).time32().seconds());
    assert_eq!(heard[0].rssi, -43);
}

#[test]
fn levels_leave_as_the_filter_clipped_them() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -10);
    phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
    let report = phone.send(code(), NOON + hours(1)).unwrap();
    assert!(
        report.contacts[0]
            .hellos
            .iter()
            .all(|hello| hello.rssi == -25)
    );
    assert!(phone.history(NOON).all(|recorded| recorded.rssi == -10));
}

#[test]
fn the_same_pseudonym_under_two_country_codes_is_two_contacts() {
    let mut phone = listening();
    for t in (0..300).step_by(10) {
        let mut hello = [7; 16];
        hello[0] = (t / 10 % 2) as u8;
        phone.hear(&hello, -40, NOON + seconds(t)).unwrap();
    }
    let selection = phone.select(Onset::Unknown, NOON + hours(1)).unwrap();
    let codes: Vec<_> = selection
        .meetings
        .iter()
        .map(|m| (m.ecc.0, m.leaving()))
        .collect();
    assert_eq!(codes, [(0, 15), (1, 15)]);
}

#[test]
fn a_report_stays_within_what_the_server_takes() {
    // A crowd: each pseudonym is heard for the whole of an epoch.
    let crowd = |people: u32, hellos: usize| {
        let mut phone = listening();
        for second in (0..900).step_by(900 / hellos) {
            for person in 0..people {
                let mut hello = [255; 16];
                hello[1..5].copy_from_slice(&person.to_be_bytes());
                // The last ones are the farthest.
                let level = if person < 16_000 { -40 } else { -55 };
                phone
                    .hear(&hello, level, NOON + seconds(second as u64))
                    .unwrap();
            }
        }
        phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
        phone.send(code(), NOON + hours(1)).unwrap().contacts
    };
    let count = |contacts: &[Contact]| contacts.iter().map(|c| c.hellos.len()).sum::<usize>();

    let contacts = crowd(1_000, 90);
    assert_eq!(contacts.len(), 1_000);
    assert_eq!(
        count(&contacts),
        1_000 * 39,
        "the greatest equal share of {MOST_HELLOS}"
    );
    assert!(longest_json(&contacts) <= MOST_BYTES);
    for Contact { hellos, .. } in contacts {
        let (first, last) = (hellos[0].collected, hellos[38].collected);
        assert_eq!(
            last - first,
            890,
            "evenly spread, from the first to the last"
        );
        assert!(
            hellos
                .windows(2)
                .all(|pair| (20..=30).contains(&(pair[1].collected - pair[0].collected)))
        );
    }

    let contacts = crowd(17_000, 3);
    assert_eq!(contacts.len(), MOST_CONTACTS);
    assert!(longest_json(&contacts) <= MOST_BYTES);
    assert!(
        contacts
            .iter()
            .flat_map(|c| &c.hellos)
            .all(|hello| hello.rssi == -40)
    );
}

// ---- The answer -------------------------------------------------------------------------------

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
    let sent = written(&phone.send(code(), now).unwrap().contacts);
    // More is heard, and the phone is switched off and on.
    record(&mut phone, 3, now, -40);
    let mut phone = Phone::restore(&phone.save(now + hours(1)), now + hours(1)).unwrap();
    assert_eq!(phone.report_state(), ReportState::AnswerUnknown);
    let again = phone.retry(now + hours(1)).unwrap();
    assert_eq!((again.code, written(&again.contacts)), (CODE, sent));
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

// ---- Status -----------------------------------------------------------------------------------

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
    phone.unknown_to_server();
    assert!(!phone.is_registered());
    assert_eq!(phone.pseudonyms().count(), 0);
    assert_eq!(phone.at_risk(), Some(true));
    server.register_again(&mut phone, NOON);
    assert_eq!(phone.history(NOON).count(), 1);
    // The new account has asked nothing yet.
    phone.ask(NOON).unwrap();
}

// ---- Erasure ----------------------------------------------------------------------------------

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

// ---- Saved ------------------------------------------------------------------------------------

#[test]
fn a_phone_comes_back_as_it_was_saved() {
    let mut server = Server::new();
    let (mut phone, account) = server.register(NOON);
    phone.switch_bluetooth(true);
    record(&mut phone, 1, NOON, -40);
    let now = NOON + hours(1);
    phone
        .answered(4, &server.bundle(&account, now), now)
        .unwrap();
    phone.ask(now).unwrap();
    let saved = phone.save(now);
    let mut back = Phone::restore(&saved, now).unwrap();
    assert_eq!(*back.save(now), *saved);
    assert!(back.pseudonyms().eq(phone.pseudonyms()));
    let rows = |phone: &Phone| -> Vec<_> { phone.history(now).map(row).collect() };
    assert_eq!(rows(&back), rows(&phone));
    assert_eq!((back.at_risk(), back.bluetooth()), (Some(true), true));
    assert_eq!(
        back.emit(now).unwrap().to_bytes(),
        phone.emit(now).unwrap().to_bytes()
    );
    assert!(matches!(back.ask(now), Err(Refusal::TooSoon { .. })));
    assert_eq!(back.last_question(), Some(now.day()));
}

#[test]
fn what_expired_while_the_phone_was_off_is_not_restored() {
    let mut phone = listening();
    phone.hear(&[1; 16], -40, NOON).unwrap();
    let saved = phone.save(NOON);
    let late = phone_history_forgotten_at(NOON);
    assert_eq!(
        Phone::restore(&saved, late - seconds(1))
            .unwrap()
            .history(NOON)
            .count(),
        1
    );
    assert_eq!(
        Phone::restore(&saved, late).unwrap().history(NOON).count(),
        0
    );
}

#[test]
fn the_code_is_saved_only_while_the_answer_is_unknown() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    let now = NOON + hours(1);
    let holds_code = |phone: &mut Phone| {
        phone
            .save(now)
            .windows(CODE.len())
            .any(|bytes| bytes == CODE.as_bytes())
    };
    phone.draft(Onset::Unknown, now).unwrap();
    assert!(!holds_code(&mut phone));
    phone.send(code(), now).unwrap();
    assert!(holds_code(&mut phone));
    phone.accepted().unwrap();
    assert!(!holds_code(&mut phone));
}

#[test]
fn a_draft_and_a_registration_in_flight_begin_again() {
    let mut phone = listening();
    record(&mut phone, 1, NOON, -40);
    phone.register(&mut Steady(1)).unwrap();
    phone.draft(Onset::Unknown, NOON + hours(1)).unwrap();
    let mut back = Phone::restore(&phone.save(NOON + hours(1)), NOON + hours(1)).unwrap();
    assert_eq!(back.report_state(), ReportState::None);
    let server = Server::new();
    assert_eq!(
        back.registered(&server.secret.public(), "", NOON),
        Err(Refusal::NotAsked)
    );
    assert_eq!(back.history(NOON).count(), 91);
}

#[test]
fn the_saved_form_is_pinned() {
    assert_eq!(hex(&Phone::new().save(NOON)), GOLDEN_NEW);
    assert_eq!(hex(&golden_phone().save(NOON)), GOLDEN);
}

#[test]
fn a_phone_of_the_pinned_form_is_read() {
    let bytes: Vec<_> = (0..GOLDEN.len() / 2)
        .map(|i| u8::from_str_radix(&GOLDEN[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let mut phone = Phone::restore(&bytes, NOON).unwrap();
    assert_eq!(phone.history(NOON).count(), 2);
    assert_eq!(phone.pseudonyms().count(), 2);
    assert_eq!(phone.report_state(), ReportState::Refused);
    assert_eq!(*phone.save(NOON), bytes);
}

#[test]
fn damage_is_an_answer_and_never_a_panic() {
    let saved = golden_phone().save(NOON);
    for length in 0..saved.len() {
        assert!(
            Phone::restore(&saved[..length], NOON).is_err(),
            "cut to {length}"
        );
    }
    for byte in 0..saved.len() {
        for bit in 0..8 {
            let mut damaged = saved.to_vec();
            damaged[byte] ^= 1 << bit;
            let error = Phone::restore(&damaged, NOON).err();
            match byte {
                0 => assert_eq!(error, Some(RestoreError::UnknownVersion(damaged[0]))),
                _ => assert_eq!(error, Some(RestoreError::Damaged)),
            }
        }
    }
    let mut longer = saved.to_vec();
    longer.push(0);
    assert_eq!(
        Phone::restore(&longer, NOON).err(),
        Some(RestoreError::Damaged)
    );
}

// ---- The workshop's story ---------------------------------------------------------------------

/// The press kit's "15 minutes at less than a metre", and what the deployed formula makes of it.
///
/// 15 minutes that begin with an epoch lie in one epoch, whose score cannot exceed 14.0; the threshold is 14.84.
#[test]
fn a_quarter_of_an_hour_in_one_epoch_is_not_enough() {
    let mut server = Server::new();
    let met = server.met(NOON, minutes(15), 0.8);
    assert_eq!(met.scores, [14.0]);
    assert!(!met.at_risk);
}

#[test]
fn twenty_minutes_over_two_epochs_are_enough() {
    let mut server = Server::new();
    let met = server.met(NOON, minutes(20), 0.8);
    assert_eq!(met.scores, [14.0, 4.0]);
    assert!(met.at_risk);
}

/// The phone's filter lets this meeting through: it is the server that finds it too far.
#[test]
fn twenty_minutes_at_five_metres_are_not_enough() {
    let mut server = Server::new();
    let met = server.met(NOON, minutes(20), 5.0);
    assert_eq!(met.scores.len(), 2);
    let sum: f64 = met.scores.iter().sum();
    assert!((sum - 10.08).abs() < 0.01, "{sum}");
    assert!(!met.at_risk);
}

/// Where in its epoch a meeting begins changes its score, but none of the three outcomes: over two epochs, whole
/// minutes are lost at both ends.
#[test]
fn the_outcome_does_not_depend_on_the_hour_at_which_they_meet() {
    let mut server = Server::new();
    for (length, metres, at_risk) in [(15, 0.8, false), (20, 0.8, true), (20, 5.0, false)] {
        for start in (0..900).step_by(45) {
            let met = server.met(NOON + seconds(start), minutes(length), metres);
            assert_eq!(
                met.at_risk, at_risk,
                "{length} min at {metres} m from second {start}: {:?}",
                met.scores
            );
        }
    }
}

/// The shortest meeting that the deployed formula calls a risk, at its best moment.
#[test]
fn fifteen_minutes_and_ten_seconds_can_be_enough() {
    let mut server = Server::new();
    let start = NOON + seconds(900 - 430);
    let met = server.met(start, minutes(15) + seconds(20), 0.8);
    assert_eq!(met.scores, [7.0, 8.0]);
    assert!(met.at_risk);
    let met = server.met(start, minutes(15) + seconds(10), 0.8);
    assert!(!met.at_risk, "{:?}", met.scores);
}

// ---- Both sides -------------------------------------------------------------------------------

/// Noon of a day in the service's fourth week.
const NOON: Moment = Moment::from_unix(SERVICE_START.unix() + 20 * 86_400 + 43_200);
const CODE: &str = "7QKX9C2M4T";

const GOLDEN_NEW: &str = "";
const GOLDEN: &str = "";

fn golden_phone() -> Phone {
    let mut server = Server::new();
    let mut phone = Phone::new();
    let public = phone.register(&mut Steady(9)).unwrap();
    let (account, _) = server.open_account(&public, NOON);
    let tuples = bundle::tuples(
        &server.keys,
        &server.federation,
        COUNTRY,
        account.id,
        [epoch(NOON), epoch(NOON).next().unwrap()],
    );
    let sealed = bundle::seal(&account.tuples, &mut server.rng, &tuples);
    phone
        .registered(&server.secret.public(), &sealed, NOON)
        .unwrap();
    phone.switch_bluetooth(true);
    phone.hear(&[0xab; 16], -128, NOON - seconds(10)).unwrap();
    phone.hear(&[0xcd; 16], 127, NOON).unwrap();
    phone.ask(NOON).unwrap();
    phone.answered(4, &sealed, NOON).unwrap();
    phone.draft(Onset::Unknown, NOON).unwrap();
    phone.send(code(), NOON).unwrap();
    phone.refused().unwrap();
    phone
}

/// The server's half, and only what these tests need of it.
struct Server {
    secret: ServerSecret,
    federation: FederationKey,
    keys: BTreeMap<Day, ServerKey>,
    accounts: u8,
    rng: Steady,
}

struct Account {
    id: Id,
    auth: AuthKey,
    tuples: TupleKey,
}

/// What the server makes of a meeting that was reported.
struct Met {
    scores: Vec<f64>,
    at_risk: bool,
}

impl Server {
    fn new() -> Self {
        let days = (0..60).map(|n| SERVICE_START.day().plus_days(n));
        let key = |day: Day| {
            (
                day,
                ServerKey::from_bytes(&[day.number().to_le_bytes()[0]; 24]),
            )
        };
        Self {
            secret: ServerSecret::from_bytes(&[7; 32]).unwrap(),
            federation: FederationKey::from_bytes(&[9; 32]),
            keys: days.map(key).collect(),
            accounts: 0,
            rng: Steady(0),
        }
    }

    fn register(&mut self, now: Moment) -> (Phone, Account) {
        let mut phone = Phone::new();
        let account = self.register_again(&mut phone, now);
        (phone, account)
    }

    fn register_again(&mut self, phone: &mut Phone, now: Moment) -> Account {
        let public = phone.register(&mut self.rng).unwrap();
        let (account, bundle) = self.open_account(&public, now);
        phone
            .registered(&self.secret.public(), &bundle, now)
            .unwrap();
        account
    }

    fn open_account(&mut self, public: &ClientPublic, now: Moment) -> (Account, String) {
        self.accounts += 1;
        let (auth, tuples) = self.secret.agree(public);
        let account = Account {
            id: Id([self.accounts; 5]),
            auth,
            tuples,
        };
        let bundle = self.bundle(&account, now);
        (account, bundle)
    }

    fn bundle(&mut self, account: &Account, now: Moment) -> String {
        let epochs = bundle::epochs_from(epoch(now), BUNDLE_DAYS);
        let tuples = bundle::tuples(&self.keys, &self.federation, COUNTRY, account.id, epochs);
        bundle::seal(&account.tuples, &mut self.rng, &tuples)
    }

    /// Two people meet, one of them reports an hour later, and the other asks.
    fn met(&mut self, start: Moment, length: Duration, metres: f64) -> Met {
        let (mut johanna, _) = self.register(start);
        let (mut justin, account) = self.register(start);
        let contacts = meet(&mut johanna, &mut justin, start, length, metres);
        let now = start + length + hours(1);
        let applied: Vec<_> = contacts
            .iter()
            .map(|contact| {
                let located = locate(&self.keys, &self.federation, COUNTRY, contact, now).unwrap();
                assert_eq!(located.id, account.id);
                let hellos = authenticate(&account.auth, &located, now);
                assert_eq!(hellos.len(), contact.hellos.len());
                AppliedContact {
                    epoch: located.epoch,
                    hellos,
                }
            })
            .collect();
        let exposures = expose(&applied);
        let verdict = judge(&Verdict::default(), &exposures, now);
        Met {
            scores: exposures
                .iter()
                .map(|exposure| (exposure.score * 1e9).round() / 1e9)
                .collect(),
            at_risk: verdict.is_at_risk(now),
        }
    }
}

/// One phone hears the other every ten seconds at this distance, as in the workshop, and reports. Returns what leaves.
fn meet(
    listener: &mut Phone,
    speaker: &mut Phone,
    start: Moment,
    length: Duration,
    metres: f64,
) -> Vec<Contact> {
    listener.switch_bluetooth(true);
    speaker.switch_bluetooth(true);
    let level = (-45.0 - 20.0 * metres.log10()).round() as i8;
    for second in (0..length.as_secs()).step_by(10) {
        let now = start + seconds(second);
        let hello = speaker.emit(now).unwrap().to_bytes();
        listener.hear(&hello, level, now).unwrap();
    }
    let now = start + length + hours(1);
    let selection = listener.draft(Onset::Unknown, now).unwrap();
    // The filter lets all of these meetings through, but for ends of less than two minutes.
    for meeting in &selection.meetings {
        let (first, last) = meeting.span;
        let expected = if last.since(first) < minutes(2) {
            Fate::TooShort
        } else {
            Fate::Leaves
        };
        assert_eq!(meeting.fate(), expected);
    }
    let contacts = listener.send(code(), now).unwrap().contacts;
    listener.accepted().unwrap();
    contacts
}

/// Bytes that look random and are the same each time.
struct Steady(u64);

impl rand_core::TryRng for Steady {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| (word >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(word ^ (word >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let Ok(word) = self.try_next_u64();
            chunk.copy_from_slice(&word.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Steady {}

fn listening() -> Phone {
    let mut phone = Phone::new();
    phone.switch_bluetooth(true);
    phone
}

/// A quarter of an hour of one pseudonym, a HELLO every ten seconds, both ends included.
fn record(phone: &mut Phone, pseudonym: u8, from: Moment, level: i8) {
    for second in (0..=900).step_by(10) {
        phone
            .hear(&[pseudonym; 16], level, from + seconds(second))
            .unwrap();
    }
}

fn row(recorded: &Recorded) -> (Moment, [u8; 16], i8) {
    (recorded.at, recorded.hello.to_bytes(), recorded.rssi)
}

fn written(contacts: &[Contact]) -> String {
    serde_json::to_string(contacts).unwrap()
}

/// Bytes of these contacts in the API's JSON, numbers at their longest.
fn longest_json(contacts: &[Contact]) -> usize {
    let hello = r#"{"timeCollectedOnDevice":4294967295,"timeFromHelloMessage":65535,"mac":"AAAAAAA=","rssiCalibrated":-128},"#;
    let contact = r#"{"ebid":"AAAAAAAAAAA=","ecc":"AA==","ids":[]},"#;
    contacts
        .iter()
        .map(|c| contact.len() + c.hellos.len() * hello.len())
        .sum()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn code() -> Once<String> {
    Once::new(CODE.to_owned())
}

fn epoch(moment: Moment) -> Epoch {
    Epoch::at(moment).unwrap()
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

const fn hours(n: u64) -> Duration {
    Duration::from_secs(3_600 * n)
}
