//! What the law lets a phone keep, and for how long.

use decree::Moment;
use decree::article_2::{Onset, transfer_window};
use decree::article_3::phone_history_forgotten_at;
use robert::phone::{Fate, Phone, Refusal, ReportState};

use crate::both_sides::{NOON, Server, Steady, code, hours, listening, record, seconds};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
    let calls: [fn(&mut Phone, Moment); 11] = [
        |phone, now| {
            let _ = phone.emit(now);
        },
        |phone, now| {
            let _ = phone.hear(&[3; 16], 0, now);
        },
        |phone, now| {
            let _ = phone.ask(now);
        },
        |phone, now| {
            let _ = phone.draft(Onset::Unknown, now);
        },
        |phone, now| {
            let _ = phone.retry(now);
        },
        |phone, now| {
            let _ = phone.delete_exposures(now);
        },
        |phone, now| {
            let _ = phone.unregister(now);
        },
        |phone, now| {
            let _ = phone.save(now);
        },
        |phone, now| {
            let _ = phone.next_decoy(now, &mut Steady(0));
        },
        |phone, now| {
            let _ = phone.decoy(now, &mut Steady(0));
        },
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
