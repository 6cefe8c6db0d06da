//! The keys of one UTC day: K_S, which makes that day's pseudonyms, and the data key, which seals
//! what the server stores about that day.
//!
//! They are made on demand while today ≤ d ≤ today + 4 and destroyed at 00:00 UTC of d + 15
//! (decree, Article 3). Destroying them is what forgetting is: rows may linger in a file, but
//! nothing opens them any more. A past day without keys is a destroyed day and is never refilled.

use std::collections::BTreeMap;

use decree::{Day, Moment, article_3};
use rand_core::CryptoRng;
use robert::{Id, ServerKey, validate};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::keyring::Pepper;
use crate::record::RecordKey;
use crate::seal::SealingKey;

/// How many days ahead keys are made: a bundle covers today and the three days after, and a
/// phone's clock may be a little ahead.
pub const DAYS_AHEAD: u32 = 4;

/// The two keys of a day, on their way between the vault and those who use them.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct DayKeys {
    server: [u8; 24],
    data: [u8; 32],
}

impl DayKeys {
    /// Two fresh keys.
    pub fn draw(rng: &mut impl CryptoRng) -> Self {
        let mut keys = Self {
            server: [0; 24],
            data: [0; 32],
        };
        rng.fill_bytes(&mut keys.server);
        rng.fill_bytes(&mut keys.data);
        keys
    }

    /// Wrapped for storage under the vault's own key.
    pub fn wrap(&self, vault: &SealingKey, rng: &mut impl CryptoRng, day: Day) -> Vec<u8> {
        let mut plain = [0; 56];
        let (server, data) = plain.split_at_mut(24);
        server.copy_from_slice(&self.server);
        data.copy_from_slice(&self.data);
        let wrapped = vault.seal(rng, &context(day), &plain);
        plain.zeroize();
        wrapped
    }

    /// As [`DayKeys::wrap`] wrapped them, for the same day.
    #[must_use]
    pub fn unwrap(vault: &SealingKey, day: Day, wrapped: &[u8]) -> Option<Self> {
        let plain = vault.open(&context(day), wrapped)?;
        let (server, data) = plain.split_at_checked(24)?;
        Some(Self {
            server: server.try_into().ok()?,
            data: data.try_into().ok()?,
        })
    }

    /// K_S and the data key, as bytes: only for showing a demo realm to its visitor.
    #[must_use]
    pub fn show(&self) -> (&[u8], &[u8]) {
        (&self.server, &self.data)
    }
}

fn context(day: Day) -> Vec<u8> {
    format!("vault/{day}").into_bytes()
}

/// What a vault does when asked for the keys of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Hand out what is stored.
    HandOut,
    /// Make keys, store them, arm the alarm for [`destroyed_at`], hand them out.
    Make,
    /// Forgotten, or never made in time: nothing to hand out, and what may be left is erased.
    Gone,
    /// Not yet: too far ahead.
    TooSoon,
}

/// The vault's decision: a pure function of its state, its day and now.
#[must_use]
pub fn decide(stored: bool, day: Day, now: Moment) -> Decision {
    let today = now.day();
    if article_3::day_is_forgotten(day, now) {
        Decision::Gone
    } else if stored {
        Decision::HandOut
    } else if day < today {
        Decision::Gone
    } else if day > today.plus_days(DAYS_AHEAD) {
        Decision::TooSoon
    } else {
        Decision::Make
    }
}

/// When the keys of this day are destroyed.
#[must_use]
pub const fn destroyed_at(day: Day) -> Moment {
    article_3::day_key_destroyed_at(day)
}

/// The days whose keys can exist at `now`, in a realm whose first day is `since`.
pub fn living_days(since: Day, now: Moment) -> impl Iterator<Item = Day> {
    let today = now.day();
    let oldest = today.minus_days(article_3::DAYS_KEPT).max(since).number();
    (oldest..=today.plus_days(DAYS_AHEAD).number())
        .map(Day::from_number)
        .filter(move |day| !article_3::day_is_forgotten(*day, now))
}

/// The day keys that the caller has fetched, ready for use. Those past their term are not here,
/// whoever still holds them.
#[derive(Default)]
pub struct Keys(BTreeMap<Day, OneDay>);

struct OneDay {
    server: ServerKey,
    data: SealingKey,
    records: Pepper,
    tags: Pepper,
}

/// Stands for an account in the rows of one day: without that day's key and the account's nobody
/// can tell whose they are.
pub type DayTag = [u8; 16];

impl Keys {
    /// Takes the keys in force at `now`.
    pub fn in_force(fetched: impl IntoIterator<Item = (Day, DayKeys)>, now: Moment) -> Self {
        Self(
            fetched
                .into_iter()
                .filter(|(day, _)| !article_3::day_is_forgotten(*day, now))
                .map(|(day, keys)| {
                    let data = Pepper::new(keys.data);
                    let tags = Pepper::new(data.hash(&[b"tags"]));
                    let records = Pepper::new(data.hash(&[b"records"]));
                    let server = ServerKey::from_bytes(&keys.server);
                    (
                        day,
                        OneDay {
                            server,
                            data: SealingKey::new(keys.data),
                            records,
                            tags,
                        },
                    )
                })
                .collect(),
        )
    }

    /// The data key of this day.
    #[must_use]
    pub fn data(&self, day: Day) -> Option<&SealingKey> {
        self.0.get(&day).map(|keys| &keys.data)
    }

    /// What seals this day's records of one account: it takes the key of the day and the account's.
    #[must_use]
    pub fn of_record(&self, day: Day, record: &RecordKey) -> Option<SealingKey> {
        let key = self.0.get(&day)?.records.hash(&[record.as_bytes()]);
        Some(SealingKey::new(key))
    }

    /// What stands for this account in the rows of this day.
    #[must_use]
    pub fn tag(&self, day: Day, id: Id, record: &RecordKey) -> Option<DayTag> {
        let hash = self.0.get(&day)?.tags.hash(&[&id.0, record.as_bytes()]);
        hash.first_chunk().copied()
    }

    /// Every day whose keys are here, oldest first.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        self.0.keys().copied()
    }
}

impl validate::DayKeys for Keys {
    fn server_key(&self, day: Day) -> Option<&ServerKey> {
        self.0.get(&day).map(|keys| &keys.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Fixed;

    #[test]
    fn keys_live_from_four_days_before_until_fifteen_after() {
        let day = Day::from_number(18_500);
        let at = |days: i64, seconds: i64| {
            let unix = day.start().unix() as i64 + days * 86_400 + seconds;
            Moment::from_unix(unix as u64)
        };
        for (now, empty, filled) in [
            (at(-5, 86_399), Decision::TooSoon, Decision::HandOut),
            (at(-4, 0), Decision::Make, Decision::HandOut),
            (at(0, 86_399), Decision::Make, Decision::HandOut),
            (at(1, 0), Decision::Gone, Decision::HandOut),
            (at(14, 86_399), Decision::Gone, Decision::HandOut),
            (at(15, 0), Decision::Gone, Decision::Gone),
        ] {
            assert_eq!(decide(false, day, now), empty, "{now:?}");
            assert_eq!(decide(true, day, now), filled, "{now:?}");
        }
    }

    #[test]
    fn living_days_are_those_that_a_vault_may_hand_out() {
        let now = Moment::from_unix(1_600_000_000);
        let days: Vec<_> = living_days(Day::from_number(0), now).collect();
        assert_eq!(days.len(), 19);
        assert!(
            days.iter()
                .all(|day| decide(true, *day, now) == Decision::HandOut)
        );
        assert_eq!(living_days(now.day(), now).count(), 5);
    }

    #[test]
    fn wrapped_keys_open_for_their_own_day_only() {
        let vault = SealingKey::new([3; 32]);
        let day = Day::from_number(18_500);
        let keys = DayKeys::draw(&mut Fixed(9));
        let wrapped = keys.wrap(&vault, &mut Fixed(5), day);
        assert_eq!(
            DayKeys::unwrap(&vault, day, &wrapped).unwrap().show(),
            keys.show()
        );
        assert!(DayKeys::unwrap(&vault, day.plus_days(1), &wrapped).is_none());
    }
}
