//! Realms, and the names of their objects: `<realm>/<class>/<index or date>`.

use core::fmt;

use decree::Day;
use serde::{Deserialize, Serialize};

/// A realm: objects, secrets and requests of one are refused in every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Realm {
    /// Everybody's, in real time.
    National,
    /// One visitor's, named by 128 random bits.
    Demo([u8; 16]),
}

impl fmt::Display for Realm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::National => formatter.write_str("national"),
            Self::Demo(id) => write!(formatter, "demo-{:032x}", u128::from_be_bytes(*id)),
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
        format!("{}/{}", self.realm, self.local_name())
    }

    /// The object's name inside its realm: `registry/3`.
    #[must_use]
    pub fn local_name(&self) -> String {
        format!("{}/{}", self.class.name(), self.index)
    }
}

/// The name of the Vault of this day: `national/vault/2020-06-02`.
#[must_use]
pub fn vault_name(realm: Realm, day: Day) -> String {
    format!("{realm}/vault/{day}")
}

/// The name of a safe, which holds the key of one account's records.
#[must_use]
pub fn safe_name(realm: Realm, safe: [u8; 16]) -> String {
    format!("{realm}/safe/{:032x}", u128::from_be_bytes(safe))
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
    use super::*;

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
