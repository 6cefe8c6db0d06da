//! Handing out one-time codes.

use core::time::Duration;

use decree::{Day, Moment};
use rand_core::CryptoRng;
use wire::code::{Code, Kind};

use crate::intake::StoredCode;
use crate::keyring::{FrontKeys, Pepper};
use crate::place::Shards;

/// Life of a short code.
const SHORT: Duration = Duration::from_mins(60);
/// Life of a long code: until 23:59 Europe/Paris of this many days later.
const LONG_DAYS: u32 = 7;

/// A new code of a demo realm, and what is stored of it.
pub fn draw(
    pepper: &Pepper,
    rng: &mut impl CryptoRng,
    kind: Kind,
    now: Moment,
) -> (Code, StoredCode) {
    let mut random = [0; 32];
    rng.fill_bytes(&mut random);
    let code = from_random(kind, random);
    let stored = stored(pepper, &code, end(kind, now));
    (code, stored)
}

/// The code of this kind that these random bytes make; more come than are needed.
#[must_use]
pub fn from_random(kind: Kind, random: [u8; 32]) -> Code {
    match kind {
        Kind::Long => Code::long(first_of(random)),
        Kind::Short => Code::short(first_of(random)),
    }
}

fn first_of<const N: usize>(random: [u8; 32]) -> [u8; N] {
    let mut first = [0; N];
    first
        .iter_mut()
        .zip(random)
        .for_each(|(to, from)| *to = from);
    first
}

/// From when a code that is handed out now is refused.
#[must_use]
pub fn end(kind: Kind, now: Moment) -> Moment {
    match kind {
        Kind::Long => end_of_long(now),
        Kind::Short => now + SHORT,
    }
}

/// A code expires on the UTC day on which it is handed out, or so many days later at the most: a long one so many days after
/// the date in Paris, which from 23:00 UTC, or 22:00 in summer, is tomorrow's.
pub const MOST_DAYS: u32 = LONG_DAYS + 1;

/// What is stored of a code that is good until then.
#[must_use]
pub fn stored(pepper: &Pepper, code: &Code, until: Moment) -> StoredCode {
    StoredCode {
        hash: hash(pepper, code),
        until: until.unix(),
    }
}

/// What is stored of a code.
#[must_use]
pub fn hash(pepper: &Pepper, code: &Code) -> [u8; 32] {
    pepper.hash(&[code.canonical().as_bytes()])
}

/// The intake that knows this code, whichever root hashed it.
#[must_use]
pub fn intake_of(keys: &FrontKeys, code: &Code, shards: Shards) -> u16 {
    let [first, ..] = hash(&keys.routing, code);
    shards.intake_of(first)
}

/// What a proof of work is bound to that tries this code: another value than the one stored.
#[must_use]
pub fn work_hash(pepper: &Pepper, code: &Code) -> [u8; 32] {
    pepper.hash(&[b"work", code.canonical().as_bytes()])
}

/// 23:59 Europe/Paris, seven days after the Paris date of `now`.
fn end_of_long(now: Moment) -> Moment {
    let date = (now + paris_offset(now)).day().plus_days(LONG_DAYS);
    let local = date.start() + Duration::from_mins(23 * 60 + 59);
    // No transition happens between 21:00 and 23:00 UTC, so the winter guess finds the offset.
    local - paris_offset(local - Duration::from_hours(1))
}

/// Directive 2000/84/EC: summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC
/// on the last Sunday of October.
fn paris_offset(moment: Moment) -> Duration {
    let day = moment.day();
    let text = day.to_string();
    let year = text.get(..4).unwrap_or_default();
    let change = |last_of_month: &str| {
        let last = format!("{year}-{last_of_month}").parse().unwrap_or(day);
        last_sunday(last).start() + Duration::from_hours(1)
    };
    let summer = change("03-31") <= moment && moment < change("10-31");
    Duration::from_hours(if summer { 2 } else { 1 })
}

/// The last Sunday up to this day; 1970-01-04 was one.
const fn last_sunday(day: Day) -> Day {
    day.minus_days((day.number() + 4) % 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str, hour: u64, minute: u64) -> Moment {
        day.parse::<Day>().unwrap().start() + Duration::from_mins(hour * 60 + minute)
    }

    #[test]
    fn a_long_code_ends_at_23_59_in_paris() {
        for (now, end) in [
            (at("2020-06-10", 12, 0), at("2020-06-17", 21, 59)),
            (at("2020-06-10", 21, 59), at("2020-06-17", 21, 59)),
            (at("2020-06-10", 22, 0), at("2020-06-18", 21, 59)),
            (at("2020-12-10", 12, 0), at("2020-12-17", 22, 59)),
            // Across both changes of 2020: 29 March and 25 October.
            (at("2020-03-25", 12, 0), at("2020-04-01", 21, 59)),
            (at("2020-10-20", 12, 0), at("2020-10-27", 22, 59)),
        ] {
            assert_eq!(end_of_long(now), end, "{now:?}");
        }
    }

    /// Every half hour of a year: whoever looks for codes by the day on which they end looks far enough.
    #[test]
    fn no_code_ends_later_than_the_most() {
        let mut farthest = 0;
        for half_hours in 0..48 * 366 {
            let now = at("2020-01-01", 0, 30 * half_hours);
            for kind in [Kind::Long, Kind::Short] {
                let end = end(kind, now).day().number();
                farthest = farthest.max(end - now.day().number());
            }
        }
        assert_eq!(farthest, MOST_DAYS);
    }

    #[test]
    fn summer_time_changes_at_one_in_the_morning() {
        let hours = |moment| paris_offset(moment).as_secs() / 3_600;
        assert_eq!(hours(at("2020-03-29", 0, 59)), 1);
        assert_eq!(hours(at("2020-03-29", 1, 0)), 2);
        assert_eq!(hours(at("2020-10-25", 0, 59)), 2);
        assert_eq!(hours(at("2020-10-25", 1, 0)), 1);
        assert_eq!(hours(at("2026-10-25", 1, 0)), 1);
    }
}
