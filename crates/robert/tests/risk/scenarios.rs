//! The acceptance scenarios of the official end-to-end suite.

use super::{DAY, HOUR, meeting};
use crate::common::{moment, test};
use core::time::Duration;
use decree::Moment;
use robert::risk::{Verdict, expose, judge};

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

fn instants() -> [Moment; 4] {
    [
        "2022-05-20T10:00:00Z",
        "2022-05-20T00:00:00Z",
        "2022-05-20T23:59:59Z",
        "2022-05-20T16:07:31Z",
    ]
    .map(moment)
}

fn verdict_of_an_hour(now: Moment, ago: u64) -> Verdict {
    let contacts = meeting(now - Duration::from_secs(ago), HOUR, 10, -40);
    judge(&Verdict::default(), &expose(&contacts), now)
}
