//! Whether the host's clock is to be believed, before anything is done that cannot be undone.
//!
//! Destroying keys, deleting rows, making keys and closing accounts follow the clock, and a clock can be wrong: a
//! dead battery, a restored machine, a forged time server. One object of the national realm keeps the highest time
//! that it has believed. While the host's clock and that time agree within a day, all goes on by itself. Else the
//! clock is doubted: terms are still checked on each read, so nothing past its term is served, but what cannot be
//! undone waits until an operator confirms the time, or until the clock has gone on steadily for a day.
//!
//! | What happened | What follows |
//! | --- | --- |
//! | the host stood still for less than a day | nothing |
//! | the host stood still for three days | doubted; believed again after 24 hours, and then all that is due is forgotten |
//! | one reading is a year ahead, the next is right | the year is never believed; nothing was lost |
//! | the clock is before the release of this code | never believed, however long it lasts |
//!
//! Every function here is pure: the object stores what they return.

use core::time::Duration;

use decree::{Day, Moment};
use serde::{Deserialize, Serialize};

/// The day of this release: no true clock is before it. It is written here, and not taken from the build, so that
/// the same source gives the same bundle.
pub const RELEASED: Day = Day::from_number(20_787);

/// The day of the first release: no vault is of a day before it.
pub const FIRST_RELEASED: Day = Day::from_number(20_780);

/// How far the host's clock and the highest time may be apart.
pub const AGREES_WITHIN: Duration = Duration::from_hours(24);
/// How long a doubted clock must go on steadily until it is believed.
pub const STEADY_FOR: Duration = Duration::from_hours(24);
/// How many readings it must have given meanwhile.
pub const STEADY_READINGS: u32 = 90;
/// How often the object reads the clock by itself.
pub const EVERY: Duration = Duration::from_mins(15);
/// Readings that follow one another sooner count as one.
const APART: Duration = Duration::from_mins(10);
/// Between readings that are further apart than this the clock was not seen to go on steadily.
const TOGETHER: Duration = Duration::from_hours(1);
/// First byte of what is stored.
const VERSION: u8 = 1;

/// What is known of the host's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timekeeping {
    /// The highest time that was believed, in Unix seconds.
    pub highest: u64,
    /// What is known of a clock that is not believed.
    pub doubt: Option<Doubt>,
}

/// A clock that does not agree with the highest time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Its first reading, in Unix seconds.
    pub since: u64,
    /// Its last reading that counted, in Unix seconds.
    pub last: u64,
    /// How many readings counted.
    pub readings: u32,
}

/// Stored bytes that this code does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is stored of the host's clock has another version")]
pub struct UnknownVersion;

impl Timekeeping {
    /// Whether what cannot be undone may be done at this time.
    #[must_use]
    pub fn believes(&self, now: Moment) -> bool {
        self.doubt.is_none() && agrees(self.highest, now)
    }

    /// The bytes that are stored: a version, then `postcard`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(postcard::to_stdvec(self).unwrap_or_default());
        bytes
    }

    /// As [`Timekeeping::to_bytes`] wrote them.
    ///
    /// # Errors
    /// [`UnknownVersion`] for bytes of another release.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnknownVersion> {
        let body = bytes.strip_prefix(&[VERSION]).ok_or(UnknownVersion)?;
        postcard::from_bytes(body).map_err(|_| UnknownVersion)
    }
}

/// What is known after one more reading of the clock; what was known before is nothing in a new realm.
#[must_use]
pub fn read(known: Option<Timekeeping>, now: Moment) -> Timekeeping {
    let Some(known) = known else {
        return begin(now);
    };
    if is_possible(now) && agrees(known.highest, now) {
        return Timekeeping {
            highest: known.highest.max(now.unix()),
            doubt: None,
        };
    }
    let doubt = known
        .doubt
        .map_or_else(|| first(now), |doubt| next(doubt, now));
    let is_steady = doubt.readings >= STEADY_READINGS
        && Duration::from_secs(doubt.last - doubt.since) >= STEADY_FOR;
    if is_steady && is_possible(now) {
        confirm(now)
    } else {
        Timekeeping {
            doubt: Some(doubt),
            ..known
        }
    }
}

/// What is known once an operator has confirmed the time.
#[must_use]
pub const fn confirm(now: Moment) -> Timekeeping {
    Timekeeping {
        highest: now.unix(),
        doubt: None,
    }
}

/// Whether a true clock can say this.
#[must_use]
pub fn is_possible(now: Moment) -> bool {
    now >= RELEASED.start()
}

/// A new realm has nothing to compare with but the release.
fn begin(now: Moment) -> Timekeeping {
    let possible = is_possible(now);
    Timekeeping {
        highest: now.unix().max(RELEASED.start().unix()),
        doubt: (!possible).then(|| first(now)),
    }
}

fn agrees(highest: u64, now: Moment) -> bool {
    Duration::from_secs(highest.abs_diff(now.unix())) <= AGREES_WITHIN
}

const fn first(now: Moment) -> Doubt {
    Doubt {
        since: now.unix(),
        last: now.unix(),
        readings: 1,
    }
}

/// One more reading of a doubted clock. A clock that went back, or was not seen for an hour, begins anew.
fn next(doubt: Doubt, now: Moment) -> Doubt {
    let Some(passed) = now.unix().checked_sub(doubt.last).map(Duration::from_secs) else {
        return first(now);
    };
    match passed {
        _ if passed > TOGETHER => first(now),
        _ if passed < APART => doubt,
        _ => Doubt {
            last: now.unix(),
            readings: doubt.readings.saturating_add(1),
            ..doubt
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_unix(1_800_000_000);
    const DAY: Duration = Duration::from_hours(24);

    /// Reads every quarter of an hour for so long; how long until the clock was believed.
    fn go_on(mut known: Timekeeping, from: Moment, quarters: u32) -> (Timekeeping, Option<u32>) {
        for quarter in 0..quarters {
            let now = from + EVERY * quarter;
            known = read(Some(known), now);
            if known.believes(now) {
                return (known, Some(quarter));
            }
        }
        (known, None)
    }

    #[test]
    fn a_clock_that_goes_on_is_believed() {
        let mut known = read(None, START);
        for quarter in 0..400 {
            let now = START + EVERY * quarter;
            known = read(Some(known), now);
            assert!(known.believes(now));
        }
        // A night without power.
        let now = Moment::from_unix(known.highest) + Duration::from_hours(23);
        assert!(read(Some(known), now).believes(now));
    }

    #[test]
    fn a_stop_of_three_days_is_believed_after_one() {
        let known = read(None, START);
        let back = START + 3 * DAY;
        assert!(!read(Some(known), back).believes(back));
        let (_, believed) = go_on(known, back, 200);
        assert_eq!(believed, Some(96));
    }

    #[test]
    fn one_wrong_reading_changes_nothing() {
        let known = read(None, START);
        let wrong = START + 365 * DAY;
        let doubted = read(Some(known), wrong);
        assert!(!doubted.believes(wrong));
        // Nor is the right time doubted afterwards, nor does the year count for another time.
        let right = START + EVERY;
        let known = read(Some(doubted), right);
        assert!(known.believes(right));
        assert_eq!((known.highest, known.doubt), (right.unix(), None));
    }

    #[test]
    fn many_readings_at_once_are_one() {
        let known = read(None, START);
        let far = START + 10 * DAY;
        let mut doubted = known;
        for second in 0..1_000 {
            doubted = read(Some(doubted), far + Duration::from_secs(second % 60));
        }
        assert!(doubted.doubt.is_some_and(|doubt| doubt.readings <= 2));
    }

    #[test]
    fn a_clock_that_is_seen_seldom_or_jumps_is_not_steady() {
        let known = read(None, START);
        let far = START + 10 * DAY;
        let (mut seldom, mut jumps) = (known, known);
        for turn in 0..300 {
            let now = far + Duration::from_mins(61) * turn;
            seldom = read(Some(seldom), now);
            assert!(!seldom.believes(now));
            let now = far + EVERY * (turn % 80);
            jumps = read(Some(jumps), now);
            assert!(!jumps.believes(now));
        }
    }

    #[test]
    fn a_time_before_the_release_is_never_believed() {
        let early = RELEASED.start() - 400 * DAY;
        let known = read(None, early);
        assert!(!known.believes(early));
        assert_eq!(go_on(known, early, 400).1, None);
        // The right time is, at once: the release is the highest time that is known.
        let right = RELEASED.start() + Duration::from_hours(3);
        assert!(read(Some(known), right).believes(right));
    }

    /// The same bundle a year later, in a realm that never ran: nothing speaks against that clock.
    #[test]
    fn a_new_realm_believes_any_time_after_the_release() {
        let late = RELEASED.start() + 365 * DAY;
        assert!(read(None, late).believes(late));
    }

    #[test]
    fn an_operator_ends_the_doubt() {
        let known = read(None, START);
        let far = START + 3 * DAY;
        let doubted = read(Some(known), far);
        assert!(!doubted.believes(far) && confirm(far).believes(far));
    }

    #[test]
    fn what_is_stored_has_a_version() {
        let doubt = Some(first(START));
        let known = Timekeeping { highest: 7, doubt };
        assert_eq!(
            known.to_bytes(),
            [
                1, 7, 1, 0x80, 0xa4, 0xa7, 0xda, 6, 0x80, 0xa4, 0xa7, 0xda, 6, 1
            ]
        );
        assert_eq!(Timekeeping::from_bytes(&known.to_bytes()), Ok(known));
        assert_eq!(Timekeeping::from_bytes(&[2, 7, 0]), Err(UnknownVersion));
        assert_eq!(Timekeeping::from_bytes(&[]), Err(UnknownVersion));
    }
}
