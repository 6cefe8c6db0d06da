//! How much work a registration asks, and how many registrations a registry takes.
//!
//! A registry remembers the challenges spent in the last ten minutes: their number is its load.
//! The work doubles each time the load does, and at a ceiling nothing is taken until the oldest
//! of them is ten minutes old.
//!
//! # Where the numbers come from
//! A country of 256 registries whose fastest day brings 600,000 registrations, half of them in one
//! hour: 83 a second, so 195 to a registry in ten minutes. Up to twice that ([`CALM`]) the work is
//! the least there is. At the ceiling ([`MOST`], sixteen times that peak) a challenge takes eight
//! seconds of a phone, and the country takes 1,365 registrations a second. A challenge that was drawn
//! before the load rose is still taken when it asked for half of that, and not for less: so whoever
//! floods the country keeps over five thousand phones at work, and eleven thousand ten minutes on,
//! and everybody in France could still register within a day.

use serde::{Deserialize, Serialize};
use wire::Refusal;

use crate::Realm;

/// One derivation's kind and cost, and the hexadecimal digits that the derived key begins with.
#[derive(Debug, PartialEq, Eq)]
pub struct Work {
    /// ALTCHA's name of the derivation.
    pub algorithm: &'static str,
    /// How often it is repeated inside; checking a solution costs one derivation.
    pub cost: u32,
    /// Each digit multiplies by sixteen the derivations that finding a solution takes.
    pub prefix: &'static str,
}

impl Work {
    /// What finding a solution takes on average.
    #[must_use]
    pub const fn total(&self) -> u64 {
        (self.cost as u64) << (4 * self.prefix.len())
    }
}

/// In a demo realm: a few milliseconds, whatever the load. It has limits of its own.
const DEMO: [Work; 1] = [Work {
    algorithm: "SHA-256",
    cost: 1,
    prefix: "000",
}];

/// In the national realm: about a second on a mid-range phone, then two, four and eight. Under load
/// one digit more is asked of cheaper derivations, so that checking, of wrong solutions too, costs
/// the server least when it is busiest.
const NATIONAL: [Work; 4] = [
    pbkdf2(5_000, "00"),
    pbkdf2(625, "000"),
    pbkdf2(1_250, "000"),
    pbkdf2(2_500, "000"),
];

const fn pbkdf2(cost: u32, prefix: &'static str) -> Work {
    Work {
        algorithm: "PBKDF2/SHA-256",
        cost,
        prefix,
    }
}

/// Registrations in ten minutes up to which a registry asks the least work.
pub const CALM: u64 = 400;
/// Most registrations that a registry takes in ten minutes.
pub const MOST: u64 = 3_200;

/// What a registry took in the last ten minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// How many challenges were spent.
    pub spent: u64,
    /// Seconds until there is room for one more: 0 below [`MOST`].
    pub wait: u64,
}

/// Every work that this realm asks for, the least first.
#[must_use]
pub const fn levels(realm: Realm) -> &'static [Work] {
    match realm {
        Realm::National => &NATIONAL,
        Realm::Demo(_) => &DEMO,
    }
}

/// The work to ask at this load.
///
/// # Errors
/// [`Refusal::TooMany`] at the ceiling, for as long as it lasts.
pub fn ask(realm: Realm, load: Load) -> Result<&'static Work, Refusal> {
    let levels = levels(realm);
    levels
        .get(level(realm, load)?)
        .or(levels.last())
        .ok_or(Refusal::Unavailable)
}

/// The load below which work of this level will do, if at this load it will not. One level less than
/// what is asked does: the load may have risen while a phone was at work.
///
/// # Errors
/// As [`ask`].
pub fn enough_below(realm: Realm, load: Load, done: usize) -> Result<Option<u64>, Refusal> {
    let enough = done.saturating_add(1);
    Ok((level(realm, load)? > enough).then(|| CALM << enough))
}

/// The place among [`levels`] of the work to ask.
fn level(realm: Realm, load: Load) -> Result<usize, Refusal> {
    let doublings = match realm {
        Realm::National if load.spent >= MOST => return Err(Refusal::TooMany(load.wait.max(1))),
        Realm::National => (load.spent / CALM).checked_ilog2(),
        Realm::Demo(_) => None,
    };
    Ok(doublings.map_or(0, |doublings| doublings as usize + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(spent: u64) -> Option<u64> {
        let load = Load { spent, wait: 7 };
        ask(Realm::National, load).ok().map(Work::total)
    }

    #[test]
    fn the_work_doubles_when_the_load_does() {
        let calm = 256 * 5_000;
        for (spent, times) in [
            (0, 1),
            (CALM - 1, 1),
            (CALM, 2),
            (2 * CALM - 1, 2),
            (2 * CALM, 4),
            (4 * CALM - 1, 4),
            (4 * CALM, 8),
            (MOST - 1, 8),
        ] {
            assert_eq!(total(spent), Some(times * calm), "{spent}");
        }
        let full = ask(
            Realm::National,
            Load {
                spent: MOST,
                wait: 7,
            },
        );
        assert_eq!(full, Err(Refusal::TooMany(7)));
        assert_eq!(total(u64::MAX), None);
    }

    #[test]
    fn work_that_is_one_level_short_is_taken_and_no_less() {
        let load = |spent| Load { spent, wait: 7 };
        let national = |spent, done| enough_below(Realm::National, load(spent), done);
        for (done, enough) in [(0, 2 * CALM), (1, 4 * CALM)] {
            assert_eq!(national(enough - 1, done), Ok(None));
            assert_eq!(national(enough, done), Ok(Some(enough)));
            assert_eq!(national(MOST - 1, done), Ok(Some(enough)));
        }
        for done in [2, 3, usize::MAX] {
            assert_eq!(national(MOST - 1, done), Ok(None));
        }
        assert_eq!(national(MOST, 3), Err(Refusal::TooMany(7)));
        let demo = enough_below(Realm::Demo([1; 16]), load(u64::MAX), 0);
        assert_eq!(demo, Ok(None));
    }

    #[test]
    fn checking_never_costs_more_than_in_calm() {
        for Work { cost, .. } in &NATIONAL {
            assert!(*cost <= NATIONAL[0].cost);
        }
    }

    #[test]
    fn a_demo_realm_asks_the_same_whatever_its_load() {
        for spent in [0, CALM, MOST, u64::MAX] {
            let load = Load { spent, wait: 0 };
            assert_eq!(ask(Realm::Demo([1; 16]), load), Ok(&DEMO[0]));
        }
    }

    #[test]
    fn twice_the_fastest_day_of_a_country_is_calm() {
        let peak = 600_000 / 2 / 3_600 * 600 / 256;
        assert_eq!((peak, 2 * peak <= CALM), (194, true));
    }
}
