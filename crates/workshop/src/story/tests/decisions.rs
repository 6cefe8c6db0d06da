//! What follows from each decision.

use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_whole_story_with_every_yes() {
    let mut teller = Teller::after(&learn());
    assert_eq!(teller.story.step, Step::Fortnight);
    for person in [Justin, Sylvie] {
        assert_eq!(
            teller.person(person).answer.map(|answer| answer.at_risk),
            Some(true)
        );
    }
    let forgetting = teller.story.forgetting().unwrap();
    assert!(teller.tell(Event::GoTo(forgetting)));
    assert_eq!(teller.story.step, Step::End(Chapter::Fortnight));
    assert!(teller.tell(Continue));
    assert!(teller.tell(Accept));
    assert_eq!(teller.story.step, Step::End(Chapter::Receipt));
    assert_eq!(
        (teller.story.realm, teller.story.follows),
        (Realm::Ended, Follow::Erased)
    );
    assert!(!teller.tell(Continue), "the story is over");
}

#[test]
fn every_no_and_the_story_still_ends() {
    let mut teller = Teller::new();
    let mut steps = Vec::new();
    while teller.story.step != Step::End(Chapter::Receipt) {
        steps.push(teller.story.step);
        assert!(
            teller.tell(Refuse) || teller.tell(Continue),
            "{:?}",
            teller.story.step
        );
    }
    let expected = [
        Step::Notices,
        Step::End(Chapter::Install),
        Step::Meeting,
        Step::End(Chapter::Meet),
        Step::End(Chapter::Warn),
        Step::End(Chapter::Learn),
        Step::Fortnight,
        Step::Erase,
    ];
    assert_eq!(steps, expected);
    assert_eq!(teller.story.follows, Follow::ErasesItself);
    let sent = |effect: &&Effect| !matches!(effect, Effect::OpenRealm | Effect::Look);
    let sent: Vec<_> = teller.done.iter().filter(sent).collect();
    assert!(
        matches!(sent.as_slice(), [Effect::MoveTo(_)]),
        "nobody sent anything: {sent:?}"
    );
}

#[test]
fn a_phone_without_the_application_is_set_aside() {
    let mut teller = Teller::after(&[Accept, Accept, Refuse, Accept]);
    assert_eq!(teller.person(Justin).app, App::SetAside);
    assert_eq!(teller.story.step, Step::End(Chapter::Install));
    assert!(teller.tell(Continue));
    assert_eq!(teller.story.step, Step::Bluetooth(Sylvie));
    assert!(teller.tell(Accept));
    assert_eq!(
        teller.story.step,
        Step::Bluetooth(Johanna),
        "Justin is not asked"
    );
    assert!(!teller.tell(Event::Ask(Justin)), "nor can he ask");
}

#[test]
fn without_johannas_application_nobody_is_warned() {
    let mut teller = Teller::after(&[Accept, Accept, Accept, Refuse]);
    assert_eq!(teller.story.follows, Follow::SetAside(Johanna));
    let rest = [Continue, Accept, Accept, Event::Meet(MEETING), Continue];
    assert!(rest.into_iter().all(|event| teller.tell(event)));
    assert_eq!(teller.story.step, Step::End(Chapter::Warn));
    assert_eq!(teller.story.follows, Follow::NoPhoneToWarn);
    assert!(
        [Continue, Accept]
            .into_iter()
            .all(|event| teller.tell(event))
    );
    assert_eq!(teller.story.follows, Follow::NothingToReport(Justin));
}

#[test]
fn refused_bluetooth_leaves_the_phone_silent() {
    let teller = Teller::after(&[install(), vec![Accept, Refuse]].concat());
    assert_eq!(teller.person(Justin).bluetooth, Some(false));
    assert_eq!(teller.story.follows, Follow::BluetoothOff(Justin));
    assert_eq!(teller.story.step, Step::Bluetooth(Johanna));
}

#[test]
fn without_a_meeting_time_passes_all_the_same() {
    let mut teller = Teller::after(&[install(), vec![Accept, Accept, Accept, Refuse]].concat());
    assert_eq!(
        (teller.story.meeting, teller.story.follows),
        (None, Follow::NoMeeting)
    );
    assert!(teller.tell(Continue));
    assert_eq!(teller.story.step, Step::TakeCode);
    assert_eq!(
        teller.now,
        OPENED.day().plus_days(4).start() + Duration::from_hours(8)
    );
}

#[test]
fn johanna_may_keep_her_result_at_each_step() {
    for before in [
        vec![],
        vec![Event::Code(CodeKind::Short), Event::Onset(Onset::Unknown)],
    ] {
        let mut teller = Teller::after(&[meet(), before].concat());
        assert!(teller.tell(Refuse));
        assert_eq!(teller.story.report, Report::Kept);
        assert_eq!(teller.story.follows, Follow::KeptToHerself);
        assert_eq!(teller.story.step, Step::End(Chapter::Warn));
        assert!(!teller.done.contains(&Effect::Report));
        assert!(teller.tell(Continue) && teller.tell(Accept));
        assert_eq!(teller.story.follows, Follow::NothingToReport(Justin));
    }
}

#[test]
fn a_refused_code_can_be_replaced_or_left() {
    let sent = [
        meet(),
        vec![Event::Code(CodeKind::Short), Event::Onset(Onset::Unknown)],
    ]
    .concat();
    let mut teller = Teller::after(&sent);
    teller.code_is_good = false;
    assert!(teller.tell(Accept));
    assert_eq!(
        (teller.story.step, teller.story.report),
        (Step::Send, Report::CodeRefused)
    );
    teller.code_is_good = true;
    assert!(teller.tell(Event::Code(CodeKind::Long)));
    assert_eq!(teller.story.step, Step::Send);
    assert!(teller.tell(Accept));
    assert_eq!(teller.story.step, Step::End(Chapter::Warn));
    assert!(matches!(teller.story.report, Report::Accepted { .. }));
}

#[test]
fn who_does_not_ask_does_not_know() {
    let mut teller = Teller::after(&warn());
    assert_eq!(teller.story.step, Step::Ask(Justin));
    assert!(teller.tell(Refuse) && teller.tell(Refuse));
    assert_eq!(teller.story.step, Step::End(Chapter::Learn));
    assert_eq!(teller.story.follows, Follow::NeverKnows(Sylvie));
    assert!(teller.person(Justin).declined_to_ask && teller.person(Justin).answer.is_none());
    assert!(teller.tell(Event::Ask(Justin)), "he may change his mind");
    assert!(!teller.person(Justin).declined_to_ask);
    assert_eq!(teller.story.follows, Follow::AtRisk(Justin));
    assert_eq!(teller.story.step, Step::End(Chapter::Learn));
}

#[test]
fn an_unknown_phone_registers_again() {
    let day = OPENED.day();
    for (why, follows) in [
        (Unknown::BeforeTerm, Follow::Unknown(Justin)),
        (Unknown::ForgottenOn(day), Follow::Forgotten(Justin, day)),
    ] {
        let mut teller = Teller::after(&warn());
        teller.unknown = Some(why);
        assert!(teller.tell(Accept));
        assert_eq!(teller.person(Justin).app, App::Unknown);
        assert!(!teller.tell(Event::Ask(Justin)) && !teller.tell(Event::EraseExposures(Justin)));
        assert_eq!(teller.story.follows, follows);
        assert!(teller.tell(Event::RegisterAgain(Justin)));
        assert_eq!(teller.person(Justin).app, App::Installed);
    }
}

#[test]
fn anybody_may_uninstall_at_any_time() {
    let mut teller = Teller::after(&meet());
    assert!(teller.tell(Event::Uninstall(Johanna)));
    assert_eq!(teller.person(Johanna).app, App::Uninstalled);
    assert_eq!(
        teller.story.step,
        Step::End(Chapter::Warn),
        "she has nothing to send any more"
    );
    assert!(!teller.tell(Event::Uninstall(Johanna)));
    assert!(teller.tell(Continue) && teller.tell(Event::Uninstall(Justin)));
    assert_eq!(teller.story.step, Step::Ask(Sylvie));
}

#[test]
fn time_only_goes_forward_and_jumps_over_no_chapter() {
    let mut teller = Teller::after(&install());
    assert!(!teller.tell(Event::GoTo(OPENED)));
    assert!(teller.tell(Event::Advance(40 * 86_400)));
    assert_eq!(Some(teller.now), teller.story.reach());
    assert_eq!(
        teller.now,
        OPENED.day().plus_days(1).start() + Duration::from_hours(16)
    );
    assert!(!teller.tell(Event::Advance(60)), "the meeting comes first");

    let mut teller = Teller::after(&learn());
    assert!(teller.tell(Event::Advance(86_400)));
    assert_eq!(teller.story.step, Step::Fortnight);
    assert_eq!(
        teller.story.follows,
        Follow::TimePassed { days: 0, rows: 0 }
    );
    assert!(teller.tell(Event::Advance(40 * 86_400)));
    assert_eq!(teller.now, OPENED.day().plus_days(24).start());
    assert_eq!(teller.story.step, Step::End(Chapter::Fortnight));
}

#[test]
fn the_meeting_is_always_covered_by_the_first_bundle() {
    // Four days of pseudonyms, the first day's included.
    let mut teller = Teller::after(&install());
    teller.tell(Event::Advance(40 * 86_400));
    let met = [Accept, Accept, Accept, Event::Meet(Meeting::new(40, 8))];
    assert!(met.into_iter().all(|event| teller.tell(event)));
    let met = teller.story.meeting.unwrap();
    assert!(met.meeting.end(met.start) < OPENED.day().plus_days(4).start());
    assert_eq!(met.start.unix() % 900, 0);
}

#[test]
fn a_chapter_is_told_again_with_the_same_decisions() {
    let first = Teller::after(&warn());
    let mut again = Teller::new();
    again.story = first.story.replay(Chapter::Warn);
    again.carry_on();
    assert_eq!(again.story.step, Step::TakeCode);
    assert_eq!(again.story.meeting.map(|met| met.meeting), Some(MEETING));
    assert_eq!(again.story.log.len(), meet().len());
}
