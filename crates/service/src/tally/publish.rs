//! What may leave the tally: counts of at least the floor, over periods that never change.
//!
//! Each figure has its own periods, one after the other without a gap. A period ends with the
//! first day on which its count reaches the floor; what has not reached it is withheld until it
//! does. So every count that was ever published, and every difference of two, is a sum of whole
//! periods, whatever was published before or is published later.
//!
//! One figure could give away another: reports are exactly the codes used of both kinds, and what
//! was issued and was neither used nor did expire is still out. So all that is told of codes shares its
//! periods, which end only where a period of the reports does, and where of neither kind a few codes
//! are out: none, or the floor at least.
//!
//! Nothing leaves while few people are registered: only the days up to the last at whose end there
//! were enough are told. How many there were is taken from what would be published of the
//! registrations and unregistrations alone, so that whether a day is told or not says nothing more.

use decree::Day;
use wire::statistics::{Figure, Period, Statistics};

use super::{DayTally, FIGURES};

/// No smaller count leaves the server, as in other countries.
pub const FLOOR: u64 = 10;
/// No count at all leaves it while fewer people are registered.
pub const PEOPLE_NEEDED: u64 = 100;

/// The public names, in the order of [`DayTally::counts`].
pub const NAMES: [&str; FIGURES] = [
    "registrations",
    "unregistrations",
    "statusChecks",
    "contactsNotified",
    "aboveThresholdTooOld",
    "reports",
    "longCodesIssued",
    "longCodesUsed",
    "longCodesExpired",
    "shortCodesIssued",
    "shortCodesUsed",
    "shortCodesExpired",
];

const REGISTRATIONS: usize = 0;
const UNREGISTRATIONS: usize = 1;
const REPORTS: usize = 5;
/// All that is told of codes.
const CODES: [usize; 6] = [6, 7, 8, 9, 10, 11];
/// Issued, used and expired, of each kind.
const KINDS: [[usize; 3]; 2] = [[6, 7, 8], [9, 10, 11]];

/// What may be published of these days, which are in order and complete.
#[must_use]
pub fn publish(days: &[DayTally], floor: u64, people_needed: u64) -> Statistics {
    let told = told(days, floor, people_needed);
    let reports = merge(told, &[REPORTS], floor, any_day);
    let few = few_are_out(told, floor);
    let ends_a_period = |day| {
        let of_reports = reports.binary_search_by_key(&day, |end| end.day).is_ok();
        of_reports && few.binary_search(&day).is_err()
    };
    let figures = NAMES.into_iter().enumerate().map(|(figure, name)| {
        let merged = if CODES.contains(&figure) {
            merge(told, &CODES, floor, ends_a_period)
        } else {
            merge(told, &[figure], floor, any_day)
        };
        show(days, figure, name, &merged)
    });
    Statistics {
        floor,
        people_needed,
        from: days.first().map(|tally| tally.day.to_string()),
        until: days.last().map(|tally| tally.day.to_string()),
        figures: figures.collect(),
        missing: missing(days),
    }
}

/// The days up to the last at whose end people enough were registered.
fn told(days: &[DayTally], floor: u64, people_needed: u64) -> &[DayTally] {
    let [came, left] = [REGISTRATIONS, UNREGISTRATIONS].map(|figure| {
        let periods = merge(days, &[figure], floor, any_day);
        move |until: Day| -> u64 {
            let periods = periods.iter().take_while(|period| period.day <= until);
            periods.filter_map(of(figure)).sum()
        }
    });
    let enough =
        |tally: &DayTally| came(tally.day).saturating_sub(left(tally.day)) >= people_needed;
    let until = days.iter().rposition(enough).map_or(0, |last| last + 1);
    days.get(..until).unwrap_or_default()
}

/// The days at whose end a few codes of a kind were out.
fn few_are_out(days: &[DayTally], floor: u64) -> Vec<Day> {
    let mut sums = [0_u64; FIGURES];
    let mut few = Vec::new();
    for tally in days {
        for (sum, count) in sums.iter_mut().zip(tally.counts) {
            *sum += count;
        }
        let ended = DayTally {
            day: tally.day,
            counts: sums,
        };
        let is_few = |kind: &[usize; 3]| {
            let [issued, used, expired] = kind.map(|figure| of(figure)(&ended).unwrap_or_default());
            // Days that are missing may have handed out more than is known.
            (1..floor).contains(&issued.abs_diff(used + expired))
        };
        if KINDS.iter().any(is_few) {
            few.push(tally.day);
        }
    }
    few
}

/// A figure's part of a day or of a period.
fn of(figure: usize) -> impl Fn(&DayTally) -> Option<u64> {
    move |tally| tally.counts.get(figure).copied()
}

const fn any_day(_: Day) -> bool {
    true
}

/// Days merged into periods, each under its last day, in which each of these figures reaches the
/// floor. What is left over is withheld.
fn merge(
    days: &[DayTally],
    figures: &[usize],
    floor: u64,
    may_end: impl Fn(Day) -> bool,
) -> Vec<DayTally> {
    let mut periods = Vec::new();
    let mut open = [0; FIGURES];
    for DayTally { day, counts } in days {
        for (sum, count) in open.iter_mut().zip(counts) {
            *sum += count;
        }
        let period = DayTally {
            day: *day,
            counts: open,
        };
        let reaches = |figure: &usize| of(*figure)(&period).is_some_and(|sum| sum >= floor);
        if may_end(*day) && figures.iter().all(reaches) {
            periods.push(period);
            open = [0; FIGURES];
        }
    }
    periods
}

fn show(days: &[DayTally], figure: usize, name: &str, merged: &[DayTally]) -> Figure {
    let mut next = days.first().map(|tally| tally.day);
    let mut periods = Vec::with_capacity(merged.len());
    for period in merged {
        if let (Some(from), Some(count)) = (next, of(figure)(period)) {
            periods.push(Period {
                from: from.to_string(),
                to: period.day.to_string(),
                count,
            });
        }
        next = Some(period.day.plus_days(1));
    }
    let last = days.last().map(|tally| tally.day);
    Figure {
        name: name.to_owned(),
        periods,
        withheld_since: next
            .filter(|day| Some(*day) <= last)
            .map(|day| day.to_string()),
    }
}

/// The days that were forgotten before they could be collected.
fn missing(days: &[DayTally]) -> Vec<String> {
    let pairs = days.iter().zip(days.iter().skip(1));
    let gaps = pairs.flat_map(|(one, next)| one.day.number() + 1..next.day.number());
    gaps.map(|day| Day::from_number(day).to_string()).collect()
}
