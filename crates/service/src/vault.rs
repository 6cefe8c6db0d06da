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

use crate::form::{Form, Unreadable, VERSION, Version};
use crate::keyring::{Pepper, WrappingKey};
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

    /// As a vault stores them, wrapped under its own key: the day stands before them in the clear,
    /// since an alarm is not told it.
    pub fn wrap(&self, vault: &WrappingKey, rng: &mut impl CryptoRng, day: Day) -> Vec<u8> {
        let mut plain = [0; 56];
        let (server, data) = plain.split_at_mut(24);
        server.copy_from_slice(&self.server);
        data.copy_from_slice(&self.data);
        let wrapped = vault.wrap(rng, &day.number().to_be_bytes(), CONTEXT, &plain);
        plain.zeroize();
        wrapped
    }

    /// As [`DayKeys::wrap`] wrapped them, or 0.1.0, for the same day; nothing when it is another's or
    /// was changed.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn unwrap(
        vault: &WrappingKey,
        day: Day,
        stored: &[u8],
    ) -> Result<Option<Self>, Unreadable> {
        let open = day.number().to_be_bytes();
        let plain = match Form::DayKeys.version(stored)? {
            Version::Current => vault.unwrap(&open, CONTEXT, stored)?,
            Version::Former => {
                let context = format!("vault/{day}");
                let wrapped = stored.strip_prefix(&open);
                wrapped.and_then(|wrapped| vault.unwrap_former(context.as_bytes(), wrapped))
            }
        };
        Ok(plain.and_then(|plain| {
            let (server, data) = plain.split_at_checked(24)?;
            Some(Self {
                server: server.try_into().ok()?,
                data: data.try_into().ok()?,
            })
        }))
    }

    /// K_S and the data key, as bytes: only for showing a demo realm to its visitor.
    #[must_use]
    pub fn show(&self) -> (&[u8], &[u8]) {
        (&self.server, &self.data)
    }
}

const CONTEXT: &[u8] = b"vault";

/// The day of these stored keys.
///
/// # Errors
/// [`Unreadable`].
pub fn stored_day(stored: &[u8]) -> Result<Day, Unreadable> {
    let day = match Form::DayKeys.version(stored)? {
        Version::Current => stored.get(5..9),
        Version::Former => stored.get(..4),
    };
    let day = day.and_then(|day| day.try_into().ok());
    let day = day.ok_or(Unreadable::Length(stored.len()))?;
    Ok(Day::from_number(u32::from_be_bytes(day)))
}

/// The receipt of a day's end, as a vault stores it: version ‖ moment (8), big-endian.
#[must_use]
pub fn write_receipt(destroyed: Moment) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = destroyed.unix().to_be_bytes();
    [VERSION, a, b, c, d, e, f, g, h]
}

/// As [`write_receipt`] wrote it. 0.1.0 stored a number, which is handed over as its eight bytes, big-endian.
///
/// # Errors
/// [`Unreadable`].
pub fn read_receipt(stored: &[u8]) -> Result<Moment, Unreadable> {
    let moment = match stored {
        [VERSION, moment @ ..] => moment,
        // A number of 0.1.0: its first byte is zero for as long as there are people.
        [0, ..] => stored,
        [version, ..] => return Err(Unreadable::Version(*version)),
        [] => return Err(Unreadable::Length(0)),
    };
    let moment = moment.try_into().map(u64::from_be_bytes);
    let moment = moment.map_err(|_| Unreadable::Length(stored.len()))?;
    Ok(Moment::from_unix(moment))
}

/// What a vault holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Nothing yet.
    Nothing,
    /// The keys of its day.
    Keys,
    /// The receipt of their end: they are never made again.
    Receipt,
}

/// What a vault does when asked for the keys of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Hand out what is stored.
    HandOut,
    /// Make keys, store them, arm the alarm for [`destroyed_at`], hand them out.
    Make,
    /// Forgotten, or never made in time: nothing to hand out.
    Gone,
    /// Not yet: too far ahead.
    TooSoon,
}

/// The vault's decision: a pure function of its state, its day and now.
#[must_use]
pub fn decide(holds: Holds, day: Day, now: Moment) -> Decision {
    let today = now.day();
    if holds == Holds::Receipt || article_3::day_is_forgotten(day, now) {
        Decision::Gone
    } else if holds == Holds::Keys {
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
    /// Makes the other keys, and is used for nothing else: only 0.1.0 sealed with it.
    data: Pepper,
    records: Pepper,
    tags: Pepper,
}

/// What seals the records of one account on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfRecord {
    /// Whether the account is at risk.
    Verdict,
    /// What the account was exposed to.
    Exposure,
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
                            data,
                            records,
                            tags,
                        },
                    )
                })
                .collect(),
        )
    }

    /// Whether the keys of this day are here.
    #[must_use]
    pub fn has(&self, day: Day) -> bool {
        self.0.contains_key(&day)
    }

    /// What seals the contacts of this day for one registry, from the front to there.
    #[must_use]
    pub fn of_contacts(&self, day: Day, registry: u16) -> Option<SealingKey> {
        self.of_shard(day, b"contacts", registry)
    }

    /// What seals what one registry counts on this day.
    #[must_use]
    pub fn of_figures(&self, day: Day, registry: u16) -> Option<SealingKey> {
        self.of_shard(day, b"figures", registry)
    }

    fn of_shard(&self, day: Day, usage: &[u8], registry: u16) -> Option<SealingKey> {
        let data = &self.0.get(&day)?.data;
        let key = data.hash(&[usage, &registry.to_be_bytes()]);
        Some(SealingKey::new(key))
    }

    /// What 0.1.0 sealed all contacts and figures of this day with.
    pub(crate) fn former(&self, day: Day) -> Option<SealingKey> {
        let data = &self.0.get(&day)?.data;
        Some(SealingKey::new(*data.as_bytes()))
    }

    /// What seals this day's records of one account: it takes the key of the day and the account's.
    #[must_use]
    pub fn of_record(&self, day: Day, of: OfRecord, record: &RecordKey) -> Option<SealingKey> {
        let usage: &[u8] = match of {
            OfRecord::Verdict => b"verdict",
            OfRecord::Exposure => b"exposure",
        };
        let records = &self.0.get(&day)?.records;
        Some(SealingKey::new(records.hash(&[usage, record.as_bytes()])))
    }

    /// What 0.1.0 sealed this day's verdict and exposures of one account with.
    pub(crate) fn former_of_record(&self, day: Day, record: &RecordKey) -> Option<SealingKey> {
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
    use crate::keyring::{PerRoot, hexadecimal};
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
            assert_eq!(decide(Holds::Nothing, day, now), empty, "{now:?}");
            assert_eq!(decide(Holds::Keys, day, now), filled, "{now:?}");
            assert_eq!(decide(Holds::Receipt, day, now), Decision::Gone, "{now:?}");
        }
    }

    #[test]
    fn living_days_are_those_that_a_vault_may_hand_out() {
        let now = Moment::from_unix(1_600_000_000);
        let days: Vec<_> = living_days(Day::from_number(0), now).collect();
        assert_eq!(days.len(), 19);
        assert!(
            days.iter()
                .all(|day| decide(Holds::Keys, *day, now) == Decision::HandOut)
        );
        assert_eq!(living_days(now.day(), now).count(), 5);
    }

    fn vault() -> WrappingKey {
        let key = ([3; 4], SealingKey::new([3; 32]));
        WrappingKey::new(PerRoot::new(key, []).unwrap())
    }

    #[test]
    fn wrapped_keys_open_for_their_own_day_only() {
        let vault = vault();
        let day = Day::from_number(18_500);
        let keys = DayKeys::draw(&mut Fixed(9));
        let stored = keys.wrap(&vault, &mut Fixed(5), day);
        let opened = DayKeys::unwrap(&vault, day, &stored).unwrap();
        assert_eq!(opened.unwrap().show(), keys.show());
        assert_eq!(stored_day(&stored), Ok(day));
        let other = DayKeys::unwrap(&vault, day.plus_days(1), &stored);
        assert!(other.unwrap().is_none());
        // The day that an alarm reads is authenticated.
        let mut other = stored.clone();
        other[8] += 1;
        assert_eq!(stored_day(&other), Ok(day.plus_days(1)));
        let opened = DayKeys::unwrap(&vault, day.plus_days(1), &other);
        assert!(opened.unwrap().is_none());
    }

    /// Pins the form: `20` ‖ root ‖ day ‖ nonce ‖ K_S and data key ‖ tag, bound to `vault`.
    #[test]
    fn stored_keys_have_their_version_their_root_and_their_day_before_them() {
        let vault = vault();
        let keys = DayKeys {
            server: [1; 24],
            data: [2; 32],
        };
        let stored = keys.wrap(&vault, &mut Fixed(5), Day::from_number(0x4844));
        assert_eq!(
            hexadecimal(&stored),
            "2003030303000048445ac389a30c3b0363f8369793a94cf09b97d10514c0c6539d60d171e0568725\
             7c8f8137ac31da057cfbd3070181d97f150623c16ec2f01a6696e6c7378851f2c33f85af57efe152\
             402135625875c26cc63c6a54ad"
        );
        let bound = [&stored[..9], b"vault"].concat();
        let opened = SealingKey::new([3; 32]).open_former(&bound, &stored[9..]);
        assert_eq!(opened.unwrap()[..24], [1; 24]);
        let receipt = write_receipt(Moment::from_unix(0x5f00_0000));
        assert_eq!(hexadecimal(&receipt), "20000000005f000000");
        assert_eq!(read_receipt(&receipt), Ok(Moment::from_unix(0x5f00_0000)));
        assert_eq!(read_receipt(&receipt[..8]), Err(Unreadable::Length(8)));
        let former = 0x5f00_0000_u64.to_be_bytes();
        assert_eq!(read_receipt(&former), Ok(Moment::from_unix(0x5f00_0000)));
        assert_eq!(read_receipt(&[0x21]), Err(Unreadable::Version(0x21)));
    }

    /// Pins the labels: changing one would make nothing that is stored open, or file it elsewhere.
    #[test]
    fn each_use_of_a_days_key_has_a_key_of_its_own() {
        let day = Day::from_number(18_500);
        let stored = DayKeys {
            server: [1; 24],
            data: [2; 32],
        };
        let keys = Keys::in_force([(day, stored)], day.start());
        let record = RecordKey::NONE;
        let data = Pepper::new([2; 32]);
        let records = Pepper::new(data.hash(&[b"records"]));
        let key = |pepper: &Pepper, parts: &[&[u8]]| SealingKey::new(pepper.hash(parts));
        let expected = [
            key(&data, &[b"contacts", &[0, 7]]),
            key(&data, &[b"contacts", &[1, 7]]),
            key(&data, &[b"figures", &[0, 7]]),
            key(&records, &[b"verdict", &[0; 32]]),
            key(&records, &[b"exposure", &[0; 32]]),
            key(&records, &[&[0; 32]]),
            SealingKey::new([2; 32]),
        ];
        let found = [
            keys.of_contacts(day, 7),
            keys.of_contacts(day, 0x107),
            keys.of_figures(day, 7),
            keys.of_record(day, OfRecord::Verdict, &record),
            keys.of_record(day, OfRecord::Exposure, &record),
            keys.former_of_record(day, &record),
            keys.former(day),
        ];
        let found = found.map(Option::unwrap);
        for (at, key) in expected.iter().enumerate() {
            let sealed = key.seal(&mut Fixed(1), b"", b"plain");
            for (other, found) in found.iter().enumerate() {
                let opens = found.open(b"", &sealed).is_some();
                assert_eq!(opens, at == other, "{at} {other}");
            }
        }
        let tag = keys.tag(day, Id([3; 5]), &record).unwrap();
        let tags = Pepper::new(data.hash(&[b"tags"]));
        assert_eq!(tag, tags.hash(&[&[3; 5], &[0; 32]])[..16]);
    }
}
