//! What is done at once is what is done one by one: identifiers, contacts, bundles and scores, against the algorithms of
//! 0.2.0.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

#[path = "common/before.rs"]
mod before;
mod common;

use common::{Draws, SOMEONE, day_keys, moment, test};
use core::time::Duration;
use decree::{Day, Moment};
use robert::bundle;
use robert::parameters::{COUNTRY, RISK_THRESHOLD, SCORING_TOLERANCE, SERVICE_START};
use robert::risk::risk;
use robert::score::{Sample, score, score_in_order};
use robert::validate::{Dropped, Located, locate, locate_all};
use robert::{
    Contact, CountryCode, Ebid, Ecc, Epoch, FederationKey, HeardHello, Hello, Id, Ntp, ServerKey,
    TupleKey,
};
use std::collections::{BTreeMap, BTreeSet};

/// A browser takes a hundredth.
const fn times(native: usize) -> usize {
    if cfg!(target_arch = "wasm32") {
        native / 100
    } else {
        native
    }
}

#[test]
fn identifiers() {
    let random = &mut Random(1);
    let federation = FederationKey::from_bytes(&[3; 32]);
    for many in (0..=20).chain([63, 64, 65, 96, 127, 128, 129, 200]) {
        let key = ServerKey::from_bytes(&core::array::from_fn(|_| random.below(256) as u8));
        let epochs: Vec<_> = (0..many)
            .map(|_| Epoch::new(random.below(1 << 24) as u32).unwrap())
            .collect();
        let ebids = key.encrypt_all(&epochs, SOMEONE);
        let one_by_one: Vec<_> = epochs
            .iter()
            .map(|epoch| key.encrypt(*epoch, SOMEONE))
            .collect();
        assert_eq!(ebids, one_by_one);
        let all: Vec<_> = epochs.iter().map(|epoch| (*epoch, SOMEONE)).collect();
        assert_eq!(key.decrypt_all(ebids.iter().copied()), all);

        let country = CountryCode(random.below(256) as u8);
        let eccs = federation.encode_all(ebids.iter().copied(), country);
        let one_by_one: Vec<_> = ebids
            .iter()
            .map(|ebid| federation.encode(*ebid, country))
            .collect();
        assert_eq!(eccs, one_by_one);
        let named = ebids.iter().copied().zip(eccs);
        assert_eq!(federation.decode_all(named), vec![country; many]);
    }
}

/// Reports of contacts of all kinds: ours and nobody's, of our country and of others, heard at any time of their days, in
/// the three minutes around midnight, in the first week, on days whose key is gone.
#[test]
fn contacts_of_a_report() {
    let federation = FederationKey::from_bytes(&[3; 32]);
    let random = &mut Random(2);
    let mut fates = BTreeSet::new();
    for start in [
        SERVICE_START,
        moment("2020-06-09T00:00:00Z"),
        moment("2022-05-10T00:00:00Z"),
        moment("2036-02-05T00:00:00Z"),
    ] {
        let first = start.day();
        let days: Vec<_> = (0..9).map(|later| first.plus_days(later)).collect();
        let mut keys = day_keys(days);
        // One is gone.
        keys.remove(&first.plus_days(4));
        for _ in 0..times(1000) {
            let contacts: Vec<_> = (0..random.below(24))
                .map(|_| contact(random, &keys, &federation, first))
                .collect();
            let now = first.plus_days(random.below(12) as u32).start();
            let at_once: Vec<_> = locate_all(&keys, &federation, COUNTRY, &contacts, now).collect();
            assert_eq!(at_once.len(), contacts.len());
            for (contact, at_once) in contacts.iter().zip(&at_once) {
                let alone = locate(&keys, &federation, COUNTRY, contact, now);
                let before = before::locate(&keys, &federation, COUNTRY, contact, now);
                assert_eq!(show(at_once), show(&before), "{contact:?}, {now:?}");
                assert_eq!(show(&alone), show(&before), "{contact:?}, {now:?}");
                fates.insert(match &before {
                    Ok(_) => "located",
                    Err(Dropped::Foreign(_)) => "foreign",
                    Err(Dropped::NoDayKey) => "no day key",
                    Err(Dropped::WrongEpoch) => "wrong epoch",
                    Err(Dropped::Disagreement) => "disagreement",
                });
            }
        }
    }
    // That HELLOs disagree takes a key that is searched for: see `validation`.
    let expected = ["foreign", "located", "no day key", "wrong epoch"];
    assert!(fates.into_iter().eq(expected));
}

fn show(located: &Result<Located, Dropped>) -> String {
    format!("{located:?}")
}

fn contact(
    random: &mut Random,
    keys: &BTreeMap<Day, ServerKey>,
    federation: &FederationKey,
    first: Day,
) -> Contact {
    let seconds = match random.below(3) {
        0 => random.below(9 * 86_400),
        // Around a midnight.
        _ => 86_400 * (1 + random.below(8)) - 200 + random.below(400),
    };
    let met = Moment::from_unix(first.start().unix() + seconds);
    let epoch = Epoch::at(met).unwrap();
    let id = Id(core::array::from_fn(|_| random.below(256) as u8));
    let key = keys
        .get(&epoch.day())
        .unwrap_or(keys.first_key_value().unwrap().1);
    // In the first week an EBID may be of the day before.
    let key = match random.below(4) {
        0 => keys.get(&epoch.day().minus_days(1)).unwrap_or(key),
        _ => key,
    };
    let ebid = match random.below(8) {
        0 => Ebid(random.next().to_be_bytes()),
        _ => key.encrypt(epoch, id),
    };
    let ecc = match random.below(8) {
        0 => Ecc(random.below(256) as u8),
        _ => federation.encode(ebid, COUNTRY),
    };
    let silence = Hello::from_bytes([0; 16]);
    let heard = |random: &mut Random| {
        let later = match random.below(6) {
            0 => random.below(6 * 86_400) as i64 - 3 * 86_400,
            1 => random.below(2_000) as i64 - 1_000,
            _ => random.below(200) as i64 - 100,
        };
        let at = Moment::from_unix(met.unix().saturating_add_signed(later));
        HeardHello::new(&silence, Ntp::from(at), -60)
    };
    let hellos = (0..random.below(12)).map(|_| heard(random)).collect();
    Contact { ebid, ecc, hellos }
}

/// Of every length, with days without a key in between, and through the first ten days, whose midnight is that of Paris.
#[test]
fn bundles() {
    let federation = FederationKey::from_bytes(&[3; 32]);
    let tuple_key = TupleKey::from_bytes(&[5; 32]);
    for first in [0, 90, 900, 66_800, 99_999, 1_048_560] {
        let first = Epoch::new(first).unwrap();
        let mut keys = day_keys((0..5).map(|later| first.day().plus_days(later)));
        for gone in [None, Some(1), Some(0), Some(3)] {
            if let Some(gone) = gone {
                keys.remove(&first.day().plus_days(gone));
            }
            for start in [0, 1, 50, 95].map(|later| Epoch::new(first.number() + later).unwrap()) {
                for days in 0..=4 {
                    let epochs = || bundle::epochs_from(start, days);
                    let made = bundle::tuples(&keys, &federation, COUNTRY, SOMEONE, epochs());
                    let before = before::tuples(&keys, &federation, COUNTRY, SOMEONE, epochs());
                    assert_eq!(made, before);
                    let sealed = bundle::seal(&tuple_key, &mut Draws::of(&[7, 8, 9]), &made);
                    let before = before::seal(&tuple_key, &mut Draws::of(&[7, 8, 9]), &made);
                    assert_eq!(sealed, before);
                }
            }
        }
    }
    // In whatever order.
    let keys = day_keys((0..5).map(|later| SERVICE_START.day().plus_days(later)));
    let epochs = || [300, 1, 2, 301, 300, 0].map(|number| Epoch::new(number).unwrap());
    assert_eq!(
        bundle::tuples(&keys, &federation, COUNTRY, SOMEONE, epochs()),
        before::tuples(&keys, &federation, COUNTRY, SOMEONE, epochs())
    );
}

/// A million series, the same in every bit: so is every sum of them, and every verdict. Levels and seconds are drawn near
/// where something changes as often as from all there are.
#[test]
fn scores() {
    const LEVELS: [i64; 12] = [-128, -127, -67, -66, -65, -37, -36, -35, -34, -6, -5, 127];
    const SECONDS: [i64; 14] = [
        -1, 0, 59, 60, 119, 839, 840, 899, 900, 959, 960, 1_019, 1_080, 1_081,
    ];
    let random = &mut Random(3);
    let mut sum = 0.0;
    let (mut at_risk, mut not) = (0, 0);
    for round in 0..times(1_000_000) {
        let typical = -80 + random.below(50) as i64;
        let start = [0, -5, 1 << 40, i64::MIN, i64::MAX - 500][random.below(5) as usize];
        let length = [1, 60, 300, 1_080, 1_200][random.below(5) as usize];
        let draw = |random: &mut Random| {
            let rssi = match random.below(8) {
                0 => LEVELS[random.below(12) as usize],
                1 => random.below(256) as i64 - 128,
                _ => typical + random.below(12) as i64 - 6,
            };
            let seconds = match random.below(8) {
                0 => SECONDS[random.below(14) as usize],
                _ => random.below(length) as i64,
            };
            Sample {
                seconds: start.saturating_add(seconds),
                rssi: rssi.try_into().unwrap(),
            }
        };
        let mut samples: Vec<_> = (0..random.below(40)).map(|_| draw(random)).collect();
        // As a phone lists them; one in eight as it comes.
        if round % 8 > 0 {
            samples.sort_by_key(|sample| sample.seconds);
        }
        let made = score_in_order(&samples, SCORING_TOLERANCE);
        let before = before::score_in_order(&samples, SCORING_TOLERANCE);
        assert!(same(&made, &before), "{made:?}, {before:?}: {samples:?}");
        if round % 8 == 1 {
            let (made, before) = (score(&samples), before::score(&samples));
            assert!(same(&made, &before), "{made:?}, {before:?}: {samples:?}");
        }
        // What makes a verdict.
        sum = if sum > 15.0 { 0.0 } else { sum + made.score };
        if risk(sum) >= RISK_THRESHOLD {
            at_risk += 1;
        } else {
            not += 1;
        }
    }
    assert!(
        at_risk > times(100_000) && not > times(100_000),
        "both verdicts: {at_risk}, {not}"
    );
}

/// Seconds as far from each other as they can be.
#[test]
fn scores_of_any_time() {
    let sample = |seconds| Sample { seconds, rssi: -50 };
    let times = [i64::MIN, i64::MIN + 1, -61, -1, 0, 1, 70, 1 << 32, i64::MAX];
    for first in times {
        for middle in times {
            for tolerance in [Duration::from_secs(180), Duration::MAX] {
                let samples = [first, middle, 70, first].map(sample);
                let made = score_in_order(&samples, tolerance);
                let before = before::score_in_order(&samples, tolerance);
                assert!(same(&made, &before), "{made:?}, {before:?}: {samples:?}");
            }
        }
    }
}

/// Every level alone, twice in a minute and in two, at every minute.
#[test]
fn scores_of_each_level() {
    for rssi in i8::MIN..=i8::MAX {
        for second in 0..1_100 {
            let samples = [0, second, second + 30].map(|seconds| Sample { seconds, rssi });
            for samples in [&samples[..1], &samples[..2], &samples] {
                let made = score_in_order(samples, Duration::from_secs(300));
                let before = before::score_in_order(samples, Duration::from_secs(300));
                assert!(same(&made, &before), "{made:?}, {before:?}: {samples:?}");
            }
        }
    }
}

fn same(one: &robert::score::Score, other: &robert::score::Score) -> bool {
    one.score.to_bits() == other.score.to_bits()
        && (one.duration, one.contacts) == (other.duration, other.contacts)
}

/// Numbers that differ.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        self.0 ^ self.0 >> 29
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 20) % limit
    }
}
