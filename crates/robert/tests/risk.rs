//! From contacts to a verdict: the official acceptance scenarios, the terms, and that no order of
//! application matters.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

mod common;

use common::{moment, test};
use core::time::Duration;
use decree::Moment;
use proptest::prelude::*;
use robert::parameters::{EPOCH_SECONDS, RISK_THRESHOLD};
use robert::risk::{AppliedContact, Exposure, Unreadable, Verdict, expose, judge, risk};
use robert::score::{Sample, score};
use robert::{Epoch, Heard, Ntp, Time16};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// "60 min together, then report": at risk.
#[test]
fn an_hour_together_up_to_seven_days_ago_puts_at_risk() {
    for now in instants() {
        for ago in [1, 2, 3, 4, 5, 6, 7]
            .map(|days| days * DAY)
            .into_iter()
            .chain([7 * DAY + HOUR / 2])
        {
            assert!(
                verdict_of_an_hour(now, ago).is_at_risk(now),
                "{ago} s before {now:?}"
            );
        }
    }
}

/// The same, too long ago.
#[test]
fn an_hour_together_more_than_seven_days_ago_does_not() {
    for now in instants() {
        for ago in (8..=16)
            .map(|days| days * DAY)
            .chain([7 * DAY + HOUR + HOUR / 4])
        {
            assert!(
                !verdict_of_an_hour(now, ago).is_at_risk(now),
                "{ago} s before {now:?}"
            );
        }
    }
}

/// "Reported then; today": still at risk after 6 days, not from 8 days on.
#[test]
fn the_flag_falls_at_midnight_of_the_eighth_day() {
    let met = moment("2022-05-10T10:00:00Z");
    let verdict = verdict_of_an_hour(met + Duration::from_secs(2 * HOUR), 2 * HOUR);
    assert_eq!(verdict.exposed_day(), Some(met.day()));
    for days in 0..=7 {
        assert!(
            verdict.is_at_risk(met.day().plus_days(days).start()),
            "{days} days"
        );
    }
    assert!(verdict.is_at_risk(moment("2022-05-17T23:59:59Z")));
    for days in 8..30 {
        let then = met.day().plus_days(days).start();
        assert!(!verdict.is_at_risk(then), "{days} days");
        assert_eq!(verdict.after_terms(then).exposed_day(), None);
    }
    assert!(!verdict.is_at_risk(moment("2022-05-18T23:59:59Z")));
}

/// "5 min": not at risk; nor is any single epoch.
#[test]
fn minutes_together_do_not() {
    let now = moment("2022-05-10T12:00:00Z");
    for minutes in [1, 5, 15] {
        let contacts = meeting(now - Duration::from_secs(HOUR), minutes * 60, 10, -35);
        assert!(!judge(&Verdict::default(), &expose(&contacts), now).is_at_risk(now));
    }
    let longest = meeting(now - Duration::from_secs(HOUR), 15 * 60, 10, -35);
    assert_eq!(expose(&longest)[0].score, 14.0);
    let longer = meeting(now - Duration::from_secs(HOUR), 20 * 60, 10, -35);
    assert!(judge(&Verdict::default(), &expose(&longer), now).is_at_risk(now));
}

#[test]
fn below_the_threshold_nothing_changes() {
    let now = moment("2022-05-10T12:00:00Z");
    let epoch = Epoch::at(now).unwrap().previous().unwrap();
    let below = [Exposure {
        epoch,
        score: 14.8395,
    }];
    let above = [Exposure {
        epoch,
        score: 14.8396,
    }];
    assert_eq!(judge(&Verdict::default(), &below, now), Verdict::default());
    let verdict = judge(&Verdict::default(), &above, now);
    assert_eq!(verdict.exposed_day(), Some(epoch.day()));
    assert_eq!(verdict.latest_risk_epoch(), Epoch::at(now));
    assert!(!verdict.is_told());
}

#[test]
fn the_newest_exposure_must_begin_less_than_seven_days_ago() {
    let now = moment("2022-05-10T12:00:00Z");
    let seven = Epoch::at(now - Duration::from_secs(7 * DAY)).unwrap();
    assert_eq!(seven.start(), now - Duration::from_secs(7 * DAY));
    let at = |epoch| judge(&Verdict::default(), &[Exposure { epoch, score: 20.0 }], now);
    assert!(!at(seven).is_at_risk(now));
    assert!(at(seven.next().unwrap()).is_at_risk(now));
    // Any score makes it the newest, even none.
    let light = Exposure {
        epoch: seven.next().unwrap(),
        score: 0.0,
    };
    let verdict = judge(
        &Verdict::default(),
        &[
            Exposure {
                epoch: seven,
                score: 20.0,
            },
            light,
        ],
        now,
    );
    assert!(verdict.is_at_risk(now));
}

#[test]
fn exposures_count_for_fourteen_days() {
    let now = moment("2022-05-20T12:00:00Z");
    let current = Epoch::at(now).unwrap();
    let recent = Exposure {
        epoch: current.previous().unwrap(),
        score: 1.0,
    };
    let old = |ago: u32| Exposure {
        epoch: Epoch::new(current.number() - ago).unwrap(),
        score: 14.0,
    };
    assert!(judge(&Verdict::default(), &[old(1344), recent], now).is_at_risk(now));
    assert!(!judge(&Verdict::default(), &[old(1345), recent], now).is_at_risk(now));
}

#[test]
fn an_epoch_that_has_not_begun_exposes_nobody_yet() {
    let now = moment("2022-05-20T12:00:00Z");
    let next = Exposure {
        epoch: Epoch::at(now).unwrap().next().unwrap(),
        score: 20.0,
    };
    assert_eq!(judge(&Verdict::default(), &[next], now), Verdict::default());
    let later = now + Duration::from_secs(900);
    assert!(judge(&Verdict::default(), &[next], later).is_at_risk(later));
}

#[test]
fn what_alerted_once_does_not_alert_again() {
    let now = moment("2022-05-10T12:00:00Z");
    let epoch = Epoch::at(now).unwrap().previous().unwrap();
    let first = [Exposure { epoch, score: 20.0 }];
    let told = judge(&Verdict::default(), &first, now).tell(now);
    assert!(told.is_told());
    let later = now + Duration::from_secs(DAY);
    assert_eq!(judge(&told, &first, later), told);

    // A new risk is told anew, and moves the flag.
    let new = Epoch::at(later).unwrap().previous().unwrap();
    let both = [
        first[0],
        Exposure {
            epoch: new,
            score: 14.0,
        },
    ];
    assert_eq!(
        judge(&told, &both, later),
        told,
        "the old exposure is used up"
    );
    let both = [
        first[0],
        Exposure {
            epoch: new,
            score: 15.0,
        },
    ];
    let again = judge(&told, &both, later);
    assert!(!again.is_told());
    assert_eq!(again.exposed_day(), Some(new.day()));
    assert_eq!(again.latest_risk_epoch(), Epoch::at(later));
}

#[test]
fn a_late_contact_moves_the_flag_while_it_is_raised() {
    let now = moment("2022-05-10T12:00:00Z");
    let epoch = |text| Epoch::at(moment(text)).unwrap();
    let old = Exposure {
        epoch: epoch("2022-05-06T12:00:00Z"),
        score: 20.0,
    };
    let late = Exposure {
        epoch: epoch("2022-05-09T12:00:00Z"),
        score: 0.5,
    };
    let verdict = judge(&Verdict::default(), &[old], now);
    assert_eq!(verdict.exposed_day(), Some(old.epoch.day()));
    let moved = judge(&verdict, &[old, late], now + Duration::from_secs(HOUR));
    assert_eq!(moved.exposed_day(), Some(late.epoch.day()));
    assert_eq!(moved.latest_risk_epoch(), verdict.latest_risk_epoch());
    // Backwards it never moves, nor does anything raise it again without a new alert.
    assert_eq!(judge(&moved, &[old], now), moved);
    let after = moment("2022-05-18T00:00:00Z");
    assert_eq!(judge(&moved, &[old, late], after).exposed_day(), None);
}

#[test]
fn what_is_past_its_term_is_dropped() {
    let now = moment("2022-05-10T12:00:00Z");
    let epoch = Epoch::at(now).unwrap().previous().unwrap();
    let verdict = judge(&Verdict::default(), &[Exposure { epoch, score: 20.0 }], now).tell(now);
    let end = now.day().plus_days(8).start();
    let just_before = end - Duration::from_secs(1);
    assert_eq!(verdict.after_terms(just_before), verdict);
    let after = verdict.after_terms(end);
    assert_eq!((after.exposed_day(), after.is_told()), (None, false));
    assert_eq!(after.latest_risk_epoch(), verdict.latest_risk_epoch());
    let forgotten = now.day().plus_days(15).start();
    let just_before = forgotten - Duration::from_secs(1);
    assert_eq!(
        verdict.after_terms(just_before).latest_risk_epoch(),
        verdict.latest_risk_epoch()
    );
    assert_eq!(verdict.after_terms(forgotten), Verdict::default());
}

#[test]
fn a_stored_verdict_has_one_form() {
    let now = moment("2022-05-10T12:00:00Z");
    let epoch = Epoch::new(68_015).unwrap();
    assert_eq!(Epoch::at(now), epoch.next());
    let verdict = judge(&Verdict::default(), &[Exposure { epoch, score: 20.0 }], now);
    let empty = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let raised = [1, 3, 0, 0, 0x4a, 0xb2, 0, 0x01, 0x09, 0xb0];
    let told = [1, 7, 0, 0, 0x4a, 0xb2, 0, 0x01, 0x09, 0xb0];
    assert_eq!(Verdict::default().to_bytes(), empty);
    assert_eq!(verdict.to_bytes(), raised);
    assert_eq!(verdict.tell(now).to_bytes(), told);
    assert_eq!(Verdict::from_bytes(&told), Ok(verdict.tell(now)));

    for (byte, value) in [(0, 0), (0, 2), (1, 8), (1, 1), (1, 2), (6, 1)] {
        let mut changed = raised;
        changed[byte] = value;
        assert_eq!(
            Verdict::from_bytes(&changed),
            Err(Unreadable),
            "byte {byte} = {value}"
        );
    }
    assert_eq!(Verdict::from_bytes(&raised[..9]), Err(Unreadable));
    assert_eq!(
        Verdict::from_bytes(&[&raised[..], &[0]].concat()),
        Err(Unreadable)
    );
}

#[test]
fn a_stored_contact_has_one_form() {
    let contact = AppliedContact {
        epoch: Epoch::new(0x01_09_80).unwrap(),
        hellos: vec![
            Heard {
                time: Time16([0xa3, 0x3b]),
                collected: 0xe614_e100,
                rssi: -60,
            },
            Heard {
                time: Time16([0, 1]),
                collected: 2,
                rssi: 127,
            },
        ],
    };
    let bytes = [
        1, 0x01, 0x09, 0x80, // version, epoch
        0xa3, 0x3b, 0xe6, 0x14, 0xe1, 0x00, 0xc4, // time16, time of reception, level
        0, 1, 0, 0, 0, 2, 0x7f,
    ];
    assert_eq!(contact.to_bytes(), bytes);
    assert_eq!(AppliedContact::from_bytes(&bytes), Ok(contact));
    for length in (0..bytes.len()).filter(|length| ![4, 11].contains(length)) {
        assert_eq!(
            AppliedContact::from_bytes(&bytes[..length]),
            Err(Unreadable),
            "{length}"
        );
    }
    assert_eq!(AppliedContact::from_bytes(&[2, 0, 0, 0]), Err(Unreadable));
}

#[test]
fn a_hello_counts_once() {
    let start = moment("2022-05-10T12:00:00Z");
    let one = &meeting(start, 15 * 60, 10, -60)[0];
    let alone = expose(std::slice::from_ref(one));
    // Listed twice in one contact, reported twice, and in two contacts that share part of them.
    let mut twice = one.clone();
    twice.hellos.extend(one.hellos.iter().rev());
    assert_eq!(expose(&[twice]), alone);
    assert_eq!(expose(&[one.clone(), one.clone(), one.clone()]), alone);
    let mut half = one.clone();
    half.hellos.truncate(45);
    assert_eq!(expose(&[half.clone(), one.clone()]), alone);
    assert_eq!(expose(&[one.clone(), half]), alone);
    // With another claim about a level, the stronger contact prevails; still once.
    let mut louder = one.clone();
    louder.hellos.iter_mut().for_each(|heard| heard.rssi = -55);
    let loudest = expose(std::slice::from_ref(&louder));
    assert!(loudest[0].score > alone[0].score);
    assert_eq!(expose(&[one.clone(), louder]), loudest);
}

#[test]
fn contacts_that_share_nothing_add_up() {
    let start = moment("2022-05-10T12:00:00Z");
    let one = meeting(start, 15 * 60, 10, -50).remove(0);
    // The same person heard by two others, at other seconds.
    let mut other = one.clone();
    for heard in &mut other.hellos {
        heard.time = Time16::from_seconds(heard.time.seconds() + 5);
        heard.collected += 5;
    }
    let alone = expose(std::slice::from_ref(&one));
    assert_eq!(expose(&[one.clone(), other])[0].score, 2.0 * alone[0].score);
    // The same second of another epoch is another HELLO.
    let mut later = one.clone();
    later.epoch = one.epoch.next().unwrap();
    assert_eq!(expose(&[later, one]).len(), 2);
    // And where no HELLO was genuine, nobody was exposed.
    assert_eq!(
        expose(&[AppliedContact {
            epoch: Epoch::FIRST,
            hellos: Vec::new()
        }]),
        []
    );
}

#[test]
fn an_exposure_is_the_score_of_its_contact() {
    for (seconds, every, rssi) in [(900, 10, -50), (900, 30, -60), (300, 7, -45), (60, 1, -35)] {
        let contacts = meeting(moment("2036-02-07T06:15:00Z"), seconds, every, rssi);
        let samples: Vec<_> = (0..seconds)
            .step_by(every as usize)
            .map(|second| Sample {
                seconds: second as i64,
                rssi,
            })
            .collect();
        // 2036-02-07T06:28:16Z falls into this epoch: the wrap must not show.
        assert_eq!(expose(&contacts)[0].score, score(&samples).score);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() })]

    /// The promise of the verdict: contacts that wait together may be applied in any order and
    /// grouping, with a judgement after each.
    #[test]
    fn no_order_and_no_grouping_changes_a_verdict(
        before in prop::collection::vec(contact(), 0..3),
        (waiting, shuffled) in waiting(),
        cuts in prop::collection::vec(1usize..4, 8),
        hours in 0u64..(9 * 24),
    ) {
        // What was known, judged some time before.
        let then = now() - Duration::from_secs(hours * HOUR);
        let verdict = judge(&Verdict::default(), &expose(&before), then).tell(then);

        let mut all = before.clone();
        all.extend(waiting);
        let at_once = judge(&verdict, &expose(&all), now());

        let (mut applied, mut step_by_step) = (before, verdict);
        let mut rest = &shuffled[..];
        for cut in cuts.into_iter().cycle() {
            let (group, after) = rest.split_at(cut.min(rest.len()));
            applied.extend_from_slice(group);
            step_by_step = judge(&step_by_step, &expose(&applied), now());
            rest = after;
            if rest.is_empty() { break; }
        }
        prop_assert_eq!(step_by_step, at_once);
    }

    #[test]
    fn no_order_changes_an_exposure((contacts, mut shuffled) in waiting()) {
        for contact in &mut shuffled {
            contact.hellos.reverse();
        }
        prop_assert_eq!(expose(&contacts), expose(&shuffled));
    }

    /// What the promise above rests on.
    #[test]
    fn one_more_contact_never_lowers_a_sum((contacts, _) in waiting(), more in contact()) {
        let sum = |contacts: &[AppliedContact]| -> f64 {
            expose(contacts).iter().map(|exposure| exposure.score).sum()
        };
        let with: Vec<_> = contacts.iter().cloned().chain([more]).collect();
        prop_assert!(sum(&with) >= sum(&contacts) - 1e-9);
    }

    #[test]
    fn a_sum_is_at_most_what_the_contacts_score_alone((contacts, _) in waiting()) {
        let alone: f64 = contacts.iter().flat_map(|c| expose(std::slice::from_ref(c))).map(|e| e.score).sum();
        let together: f64 = expose(&contacts).iter().map(|e| e.score).sum();
        prop_assert!(together <= alone + 1e-9);
    }

    #[test]
    fn stored_contacts_come_back(contact in contact()) {
        prop_assert_eq!(AppliedContact::from_bytes(&contact.to_bytes()), Ok(contact));
    }

    #[test]
    fn stored_verdicts_come_back(bytes in prop::array::uniform10(any::<u8>()), flags in 0u8..8) {
        let mut bytes = bytes;
        (bytes[0], bytes[1], bytes[6]) = (1, flags, 0);
        match Verdict::from_bytes(&bytes) {
            Ok(verdict) => prop_assert_eq!(verdict.to_bytes(), bytes),
            Err(Unreadable) => prop_assert!(flags & 3 != 3, "both values are there, so all bytes mean something"),
        }
    }

    #[test]
    fn risk_grows_with_the_sum(a in 0.0..1000.0, b in 0.0..1000.0) {
        prop_assert_eq!(a <= b, risk(a) <= risk(b));
        prop_assert_eq!(risk(a) >= RISK_THRESHOLD, a >= 14.839_509_247_581_2);
    }
}

fn now() -> Moment {
    moment("2022-05-20T12:10:00Z")
}

fn instants() -> [Moment; 4] {
    [
        "2022-05-20T10:00:00Z",
        "2022-05-20T00:00:00Z",
        "2022-05-20T23:59:59Z",
        "2022-05-20T16:07:31Z",
    ]
    .map(moment)
}

/// A contact of one of a few epochs around the terms, with few enough times to collide.
fn contact() -> impl Strategy<Value = AppliedContact> + Clone {
    let ago = prop_oneof![6 => 0u32..2, 2 => 90u32..98, 1 => 668u32..676, 1 => 1340u32..1350];
    let minutes = prop::collection::vec((0u16..15, -66i8..-50), 0..16);
    (ago, prop::bool::weighted(0.1), minutes).prop_map(|(ago, ahead, minutes)| {
        let current = Epoch::at(now()).unwrap();
        let epoch = if ahead {
            current.number() + 1
        } else {
            current.number() - ago
        };
        let epoch = Epoch::new(epoch).unwrap();
        let heard = |(minute, rssi)| {
            let at = Ntp(Ntp::from(epoch.start()).0 + 60 * u64::from(minute));
            Heard {
                time: at.time16(),
                collected: at.time32().seconds(),
                rssi,
            }
        };
        AppliedContact {
            epoch,
            hellos: minutes.into_iter().map(heard).collect(),
        }
    })
}

/// Waiting contacts, and the same in another order.
fn waiting() -> impl Strategy<Value = (Vec<AppliedContact>, Vec<AppliedContact>)> {
    prop::collection::vec(contact(), 1..8)
        .prop_flat_map(|contacts| (Just(contacts.clone()), Just(contacts).prop_shuffle()))
}

/// The contacts that a listener has of somebody beside them: one HELLO every so many seconds.
fn meeting(start: Moment, seconds: u64, every: u64, rssi: i8) -> Vec<AppliedContact> {
    let mut contacts: Vec<AppliedContact> = Vec::new();
    for second in (0..seconds).step_by(every as usize) {
        let moment = start + Duration::from_secs(second);
        let (epoch, at) = (Epoch::at(moment).unwrap(), Ntp::from(moment));
        if contacts.last().is_none_or(|contact| contact.epoch != epoch) {
            contacts.push(AppliedContact {
                epoch,
                hellos: Vec::new(),
            });
        }
        let heard = Heard {
            time: at.time16(),
            collected: at.time32().seconds(),
            rssi,
        };
        contacts.last_mut().unwrap().hellos.push(heard);
    }
    assert!(contacts.len() as u64 <= seconds / u64::from(EPOCH_SECONDS) + 2);
    contacts
}

fn verdict_of_an_hour(now: Moment, ago: u64) -> Verdict {
    let contacts = meeting(now - Duration::from_secs(ago), HOUR, 10, -40);
    judge(&Verdict::default(), &expose(&contacts), now)
}
