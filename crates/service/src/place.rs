//! Realms, and the names of their objects: `<realm>/<class>/<index or date>`.
//!
//! An object leaves a file on its host for good, whatever it stores. So the objects of demo realms are named by one of a
//! fixed number of *seats*, which visitors take in turn, and days and safes of a seat come from fixed sets too. An object
//! stores whose turn it is; what an earlier visitor's letters ask is refused.

use core::fmt;

use decree::Day;
use serde::{Deserialize, Serialize};
use wire::demo::MAX_OFFSET_SECONDS;

use crate::vault::DAYS_AHEAD;

/// A realm: objects, secrets and requests of one are refused in every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Realm {
    /// Everybody's, in real time.
    National,
    /// One visitor's, named by 128 random bits, as its objects are: releases up to 0.2.0 opened such realms.
    Demo([u8; 16]),
    /// One visitor's, named by 128 random bits; its objects are those of its seat.
    Seated(Seat, [u8; 16]),
}

/// Where a visitor of demo realms sits, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seat {
    /// Which seat.
    pub number: u8,
    /// Which of all visits: each has a higher number than all before it, on whatever seat.
    pub turn: u32,
}

/// The vaults of a seat. A realm's days are those that its clock can come to (60 days, and a midnight that passes while it
/// is open), and the days ahead whose keys are made.
pub const VAULTS: u32 = MAX_OFFSET_SECONDS / 86_400 + 1 + DAYS_AHEAD + 1;

impl Realm {
    /// Its seat, if it has one.
    #[must_use]
    pub const fn seat(&self) -> Option<Seat> {
        match self {
            Self::National | Self::Demo(_) => None,
            Self::Seated(seat, _) => Some(*seat),
        }
    }

    /// The 128 random bits that name a demo realm.
    #[must_use]
    pub const fn id(&self) -> Option<[u8; 16]> {
        match self {
            Self::National => None,
            Self::Demo(id) | Self::Seated(_, id) => Some(*id),
        }
    }

    /// How the names of its objects begin.
    #[must_use]
    pub fn folder(&self) -> String {
        match self {
            Self::National | Self::Demo(_) => self.to_string(),
            Self::Seated(seat, _) => format!("demo-{}", seat.number),
        }
    }

    /// Whose an object is, as it stores it: the realm's name, and on a seat the turn.
    #[must_use]
    pub fn mark(&self) -> String {
        match self {
            Self::National | Self::Demo(_) => self.to_string(),
            Self::Seated(seat, _) => format!("{self} {}", seat.turn),
        }
    }

    /// The turn in a [mark](Realm::mark).
    #[must_use]
    pub fn turn_in(mark: &str) -> Option<u32> {
        mark.split_once(' ')?.1.parse().ok()
    }
}

/// What its keys are derived for: a seat is no part of it.
impl fmt::Display for Realm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::National => formatter.write_str("national"),
            Self::Demo(id) | Self::Seated(_, id) => {
                write!(formatter, "demo-{:032x}", u128::from_be_bytes(*id))
            }
        }
    }
}

/// The classes of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// Accounts and exposures.
    Registry,
    /// One-time codes, and contacts on their way.
    Intake,
    /// The realm's days in figures: one per realm.
    Tally,
    /// Who may hand out codes: one, in the national realm.
    Desk,
}

impl Class {
    /// As in an object's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Intake => "intake",
            Self::Tally => "tally",
            Self::Desk => "desk",
        }
    }
}

/// Where an object stands, fixed for its life: it is stored at its first write and checked at
/// each one after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its realm.
    pub realm: Realm,
    /// Its class.
    pub class: Class,
    /// Its index, below `of`.
    pub index: u16,
    /// How many of its class the realm has: N registries, M intakes, one tally, one desk.
    pub of: u16,
    /// The first day that can have keys, in days since 1970-01-01: the realm's first.
    pub since: u32,
}

impl Place {
    /// The object's name: `national/registry/3`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.realm.folder(), self.local_name())
    }

    /// The object's name inside its realm: `registry/3`.
    #[must_use]
    pub fn local_name(&self) -> String {
        format!("{}/{}", self.class.name(), self.index)
    }
}

/// The name of the Vault of this day: `national/vault/2020-06-02`; on a seat `demo-7/vault/58`, by the day modulo
/// [`VAULTS`].
#[must_use]
pub fn vault_name(realm: Realm, day: Day) -> String {
    let folder = realm.folder();
    match realm.seat() {
        None => format!("{folder}/vault/{day}"),
        Some(_) => format!("{folder}/vault/{}", day.number() % VAULTS),
    }
}

/// The name of a safe, which holds the key of one account's records; on a seat `demo-7/safe/3`, by its last byte.
#[must_use]
pub fn safe_name(realm: Realm, safe: [u8; 16]) -> String {
    let folder = realm.folder();
    match realm.seat() {
        None => format!("{folder}/safe/{:032x}", u128::from_be_bytes(safe)),
        Some(_) => {
            let [.., number] = safe;
            format!("{folder}/safe/{number}")
        }
    }
}

/// How many registries and intakes a realm has: fixed for its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shards {
    /// N, a power of two from 1 to 256.
    pub registries: u16,
    /// M, from 1 to 256.
    pub intakes: u16,
}

impl Shards {
    /// Of a demo realm.
    pub const DEMO: Self = Self {
        registries: 2,
        intakes: 1,
    };

    /// Checks the configured numbers.
    #[must_use]
    pub const fn new(registries: u16, intakes: u16) -> Option<Self> {
        if registries.is_power_of_two() && registries <= 256 && intakes >= 1 && intakes <= 256 {
            Some(Self {
                registries,
                intakes,
            })
        } else {
            None
        }
    }

    /// The registry that an identity or a challenge belongs to: its top bits.
    #[must_use]
    pub const fn registry_of(self, first_byte: u8) -> u16 {
        (first_byte as u16 * self.registries) >> 8
    }

    /// The intake that a code's hash belongs to.
    #[must_use]
    pub const fn intake_of(self, first_byte: u8) -> u16 {
        (first_byte as u16 * self.intakes) >> 8
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::collections::BTreeSet;

    use super::*;
    use crate::session::LIFETIME_SECONDS;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn names() {
        let place = Place {
            realm: Realm::National,
            class: Class::Registry,
            index: 3,
            of: 4,
            since: 0,
        };
        assert_eq!(place.name(), "national/registry/3");
        let demo = Realm::Demo([0xab; 16]);
        assert_eq!(
            vault_name(demo, Day::from_number(18_415)),
            "demo-abababababababababababababababab/vault/2020-06-02"
        );
    }

    #[test]
    fn a_seat_names_objects_and_the_visit_keys() {
        let of = |turn, id| Realm::Seated(Seat { number: 7, turn }, [id; 16]);
        let (one, other) = (of(1, 0xab), of(2, 0xcd));
        let place = |realm| Place {
            realm,
            class: Class::Intake,
            index: 0,
            of: 1,
            since: 0,
        };
        let day = Day::from_number(18_415);
        let names = |realm| {
            [
                place(realm).name(),
                vault_name(realm, day),
                safe_name(realm, [3; 16]),
            ]
        };
        assert_eq!(
            names(one),
            ["demo-7/intake/0", "demo-7/vault/1", "demo-7/safe/3"]
        );
        assert_eq!(names(one), names(other));
        assert_ne!(one.to_string(), other.to_string());
        assert_eq!(one.to_string(), Realm::Demo([0xab; 16]).to_string());
        assert_eq!(Realm::turn_in(&one.mark()), Some(1));
        assert_eq!(Realm::turn_in(&Realm::Demo([0xab; 16]).mark()), None);
        assert_eq!(Realm::turn_in(&Realm::National.mark()), None);
    }

    /// Sixty days on, and an hour that passes a midnight, and the days ahead.
    #[test]
    fn no_two_days_of_a_realm_share_a_vault() {
        let realm = Realm::Seated(Seat { number: 0, turn: 1 }, [1; 16]);
        let opened = Day::from_number(18_415).start() + Duration::from_hours(24) - SECOND;
        let end = opened + Duration::from_secs(MAX_OFFSET_SECONDS.into());
        let end = end + Duration::from_secs(LIFETIME_SECONDS) - SECOND;
        let last = end.day().plus_days(DAYS_AHEAD).number();
        let days = opened.day().number()..=last;
        assert_eq!(days.clone().count() as u32, VAULTS);
        let names: BTreeSet<_> = days
            .map(|day| vault_name(realm, Day::from_number(day)))
            .collect();
        assert_eq!(names.len() as u32, VAULTS);
    }

    #[test]
    fn a_shard_is_the_top_bits() {
        let four = Shards::new(4, 2).unwrap();
        assert_eq!(
            [0, 63, 64, 255].map(|byte| four.registry_of(byte)),
            [0, 0, 1, 3]
        );
        assert_eq!(Shards::new(256, 1).unwrap().registry_of(255), 255);
        assert_eq!(Shards::new(3, 1), None);
        assert_eq!(Shards::new(0, 1), None);
    }
}
