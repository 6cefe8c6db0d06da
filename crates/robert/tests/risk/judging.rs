//! Thresholds, terms, and what an alert uses up.

use super::{DAY, HOUR};
use crate::common::{moment, test};
use core::time::Duration;
use robert::Epoch;
use robert::risk::{Exposure, Verdict, is_too_old, judge};

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
fn an_epoch_that_has_not_begun_counts_once_and_dates_nothing_ahead() {
    let now = moment("2022-05-20T23:50:00Z");
    let tomorrow = Exposure {
        epoch: Epoch::at(now).unwrap().next().unwrap(),
        score: 20.0,
    };
    assert!(tomorrow.epoch.day() > now.day());
    let told = judge(&Verdict::default(), &[tomorrow], now).tell(now);
    assert!(told.is_at_risk(now));
    assert_eq!(told.exposed_day(), Some(now.day()));

    // Once it has begun, it is not a new risk.
    let later = now + Duration::from_secs(2 * 900);
    assert!(judge(&told, &[tomorrow], later).is_told());
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

/// Above the threshold, and no alert any more: the figure that counts this looks at nothing else.
#[test]
fn too_old_is_above_the_threshold_and_past_seven_days() {
    let now = moment("2022-05-10T12:00:00Z");
    let ago = |days, score| Exposure {
        epoch: Epoch::at(now - Duration::from_secs(days * DAY)).unwrap(),
        score,
    };
    let none = Verdict::default();
    for (exposures, too_old) in [
        (vec![ago(8, 14.8396)], true),
        (vec![ago(8, 14.8395)], false),
        (vec![ago(7, 20.0)], true),
        (vec![ago(6, 20.0)], false),
        (vec![ago(8, 8.0), ago(9, 8.0)], true),
        // One that is young enough makes it an alert, whatever it scores.
        (vec![ago(8, 20.0), ago(6, 0.0)], false),
        (vec![ago(15, 20.0)], false),
        (vec![], false),
    ] {
        assert_eq!(is_too_old(&none, &exposures, now), too_old, "{exposures:?}");
        let alert = judge(&none, &exposures, now).is_at_risk(now);
        assert!(!(alert && too_old), "{exposures:?}");
    }
}

#[test]
fn what_an_alert_used_up_is_never_too_old() {
    let now = moment("2022-05-10T12:00:00Z");
    let met = Epoch::at(now).unwrap().previous().unwrap();
    let exposures = [Exposure {
        epoch: met,
        score: 20.0,
    }];
    let verdict = judge(&Verdict::default(), &exposures, now);
    for days in 0..=14 {
        let then = now + Duration::from_secs(days * DAY);
        assert!(!is_too_old(&verdict, &exposures, then), "{days} days");
    }
}
