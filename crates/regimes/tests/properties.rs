//! What holds of every input.

// Integration tests are outside clippy's allowance for tests.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

use decree::Regime;
use jiff::Timestamp;
use proptest::prelude::*;
use regimes::input::{Event, Happening, Input};
use regimes::life::{Kind, What, life};
use regimes::paris::{date, days_between, parse_date, parse_moment, written};
use regimes::sanction::{ARTICLE_9, Reading, incurred};

/// Of 2022-02-27 and of 2025-01-01, 00:00 UTC: the second law in force, over six changes of the hour.
const SECONDS: (i64, i64) = (1_645_920_000, 1_735_689_600);

fn moments(count: usize) -> impl Strategy<Value = Vec<Timestamp>> {
    prop::collection::vec(SECONDS.0..SECONDS.1, count).prop_map(|mut seconds| {
        seconds.sort_unstable();
        let moments = seconds
            .into_iter()
            .map(|second| Timestamp::from_second(second).unwrap());
        moments.collect()
    })
}

fn input(events: impl IntoIterator<Item = (Timestamp, Happening)>) -> Input {
    Input {
        born: parse_date("1990-05-01").unwrap(),
        emergency_ends: None,
        until: parse_date("2025-12-31").unwrap(),
        events: events
            .into_iter()
            .map(|(at, what)| Event { at, what })
            .collect(),
    }
}

proptest! {
    #[test]
    fn nothing_that_is_read_stops_the_reader(text in any::<String>()) {
        let _ = (parse_date(&text), parse_moment(&text));
        let refused = Input::from_json(&text).unwrap_err().to_string();
        prop_assert!(!refused.contains('\n'));
    }

    #[test]
    fn moments_read_back(second in -10_000_000_000_i64..100_000_000_000, nanosecond in 0..1_000_000_000) {
        let at = Timestamp::new(second, nanosecond).unwrap();
        // Before 1911 Paris was nine minutes and 21 seconds ahead, which no offset in minutes says.
        prop_assume!(second > -1_800_000_000);
        prop_assert_eq!(parse_moment(&written(at)), Some(at));
    }

    /// Whoever leaves home is fined from the second of the notification to the end of day 14 of Paris, and at no other time.
    #[test]
    fn day_14_is_counted_in_paris(second in SECONDS.0..SECONDS.1, later in 0..1_600_000_i64) {
        let [notified, left] = [second, second + later].map(|at| Timestamp::from_second(at).unwrap());
        let life = life(Regime::LoudestSafe, &input([
            (notified, Happening::Diagnosed),
            (notified, Happening::Notifies { onset: None }),
            (left, Happening::LeavesHome),
        ]));
        let sequence = life.unwrap().sequence;
        let is_fined = sequence.iter().any(|entry| entry.what == What::LeftHome);
        prop_assert_eq!(is_fined, days_between(date(notified), date(left)) <= 14);
    }

    /// Fines follow from the dates alone, and none is lower than it would be without the violations before.
    #[test]
    fn a_past_never_lowers_a_fine(moments in moments(8), close in 1..400_i64) {
        // Drawn together, so that terms overlap.
        let moments: Vec<_> = moments
            .iter()
            .map(|at| SECONDS.0 + (at.as_second() - SECONDS.0) / close)
            .map(|second| Timestamp::from_second(second).unwrap())
            .collect();
        let walks = moments.iter().map(|at| (*at, Happening::EntersPublicPlace));
        let sequence = life(Regime::LoudestSafe, &input(walks)).unwrap().sequence;
        let fines: Vec<_> = sequence
            .iter()
            .filter(|entry| entry.kind == Kind::Sanction && !entry.reading)
            .map(|entry| entry.amount.unwrap())
            .collect();
        let dates: Vec<_> = moments.into_iter().map(date).collect();
        prop_assert_eq!(fines.len(), dates.len());
        for (number, on) in dates.iter().enumerate() {
            let with = |earlier| incurred(ARTICLE_9, Reading::Fourth, earlier, *on).amount;
            prop_assert_eq!(fines[number], with(&dates[..number]));
            prop_assert!((0..=number).all(|from| with(&dates[from..number]) <= fines[number]));
        }
    }
}
