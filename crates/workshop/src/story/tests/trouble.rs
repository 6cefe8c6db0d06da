//! Calls that fail, or are not answered, and what is left then.

use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn nothing_can_be_decided_meanwhile() {
    let mut story = Story::default();
    assert!(story.on(Accept));
    assert!(story.is_busy() && story.pending() == Some(Effect::OpenRealm));
    let before = story.clone();
    assert!(!story.on(Accept) && !story.on(Refuse));
    assert_eq!(story, before);
}

#[test]
fn trouble_waits_for_a_retry() {
    let mut teller = Teller::new();
    assert!(teller.story.on(Accept));
    teller.story.fail(Trouble::Busy(60), Vec::new());
    assert_eq!(teller.story.pending(), None);
    teller.story.retry();
    teller.carry_on();
    assert_eq!(teller.story.step, Step::Install(Sylvie));
}

#[test]
fn what_is_left_after_trouble() {
    let mut teller = Teller::after(&[Accept]);
    assert!(teller.story.on(Accept));
    teller.story.fail(Trouble::Offline, Vec::new());
    teller.story.give_up();
    assert_eq!(
        (teller.story.step, teller.story.log.len()),
        (Step::Install(Sylvie), 1)
    );
    assert!(!teller.story.is_busy());

    // The phone was registered, only the look at the server failed: the story goes on.
    assert!(teller.story.on(Accept));
    let fact = Fact::Registered;
    let outcome = Outcome {
        messages: Vec::new(),
        phones: Each::default(),
        now: Some(OPENED),
        fact,
    };
    teller.story.learn(outcome);
    teller.story.fail(Trouble::Offline, Vec::new());
    teller.story.give_up();
    assert_eq!(teller.story.step, Step::Install(Justin));
}

#[test]
fn a_report_that_was_accepted_is_not_asked_for_again() {
    let sent = [
        meet(),
        vec![Event::Code(CodeKind::Long), Event::Onset(Onset::Unknown)],
    ]
    .concat();
    let mut teller = Teller::after(&sent);
    assert!(teller.story.on(Accept));
    let fact = Fact::Reported {
        contacts: 4,
        hellos: 240,
    };
    let outcome = Outcome {
        messages: Vec::new(),
        phones: Each::default(),
        now: Some(OPENED),
        fact,
    };
    teller.story.learn(outcome);
    assert!(matches!(teller.story.pending(), Some(Effect::MoveTo(_))));
    teller.story.fail(Trouble::Unavailable, Vec::new());
    teller.story.give_up();
    assert_eq!(teller.story.step, Step::End(Chapter::Warn));

    // Where moving the clock is the decision, leaving it leaves the step.
    let mut teller = Teller::after(&learn());
    let log = teller.story.log.len();
    assert!(teller.story.on(Event::Advance(86_400)));
    teller.story.fail(Trouble::Unavailable, Vec::new());
    teller.story.give_up();
    assert_eq!(
        (teller.story.step, teller.story.log.len()),
        (Step::Fortnight, log)
    );
}

#[test]
fn a_replay_that_is_left_stops_there() {
    let first = Teller::after(&warn());
    let mut story = first.story.replay(Chapter::Warn);
    assert_eq!(story.pending(), Some(Effect::OpenRealm));
    story.fail(Trouble::Offline, Vec::new());
    story.give_up();
    assert_eq!((story.step, story.is_busy()), (Step::Notices, false));
    assert!(story.on(Accept));
    let mut teller = Teller {
        story,
        ..Teller::new()
    };
    teller.carry_on();
    assert_eq!(
        teller.story.step,
        Step::Install(Sylvie),
        "and not further by itself"
    );
}

#[test]
fn a_report_without_an_answer_is_sent_again() {
    let sent = [
        meet(),
        vec![Event::Code(CodeKind::Long), Event::Onset(Onset::Unknown)],
    ]
    .concat();
    let mut teller = Teller::after(&sent);
    assert!(teller.story.on(Accept));
    teller.story.fail(Trouble::TimedOut, Vec::new());
    assert_eq!(teller.story.report, Report::AnswerUnknown);
    let mut left = teller.story.clone();
    left.give_up();
    assert!(left.on(Refuse));
    assert_eq!(
        (left.report, left.step),
        (Report::AnswerUnknown, Step::End(Chapter::Warn))
    );
    teller.story.retry();
    assert_eq!(teller.story.pending(), Some(Effect::Report));
    teller.carry_on();
    assert!(matches!(teller.story.report, Report::Accepted { .. }));
}

#[test]
fn a_realm_that_is_gone_ends_the_story() {
    let mut teller = Teller::after(&[Accept]);
    assert!(teller.story.on(Accept));
    teller.story.learn(Outcome {
        messages: Vec::new(),
        phones: Each::default(),
        now: None,
        fact: Fact::Gone,
    });
    assert_eq!(teller.story.realm, Realm::Gone);
    assert!(!teller.story.is_busy() && !teller.story.on(Accept));
}
