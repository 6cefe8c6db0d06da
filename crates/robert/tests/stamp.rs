//! Stamps: found as they are checked, for one day and one list of contacts, and from one evening to the next morning but
//! one.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)] // tests

mod common;

use common::test;
use core::convert::Infallible;
use core::time::Duration;
use decree::{Day, Moment};
use proptest::prelude::*;
use rand_core::{TryCryptoRng, TryRng};
use robert::stamp::{Price, Solver, good_days, good_until, hash_contacts, is_good, zeros};

/// Another stream for each seed.
struct Steady(u64);

impl TryRng for Steady {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        Ok(self.0 >> 7)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.try_next_u64()? as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for Steady {}

fn solved(day: Day, contacts: &[u8], bits: u32, seed: u64) -> String {
    let mut solver = Solver::new(day, contacts, bits, &mut Steady(seed));
    loop {
        if let Some(token) = solver.advance(64) {
            return token;
        }
    }
}

const BITS: u32 = 8;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_found_is_a_uuid_and_shows_its_bits(
        day in 0_u32..40_000,
        contacts in proptest::collection::vec(any::<u8>(), 0..200),
        seed: u64,
    ) {
        let day = Day::from_number(day);
        let token = solved(day, &contacts, BITS, seed);
        prop_assert!(zeros(day, &hash_contacts(&contacts), &token) >= BITS);
        let symbols: Vec<_> = token.chars().collect();
        prop_assert_eq!(symbols.len(), 36);
        for (at, symbol) in symbols.into_iter().enumerate() {
            let is_right = match at {
                8 | 13 | 18 | 23 => symbol == '-',
                14 => symbol == '4',
                19 => "89ab".contains(symbol),
                _ => "0123456789abcdef".contains(symbol),
            };
            prop_assert!(is_right, "{}", token);
        }
    }
}

/// With any other day, contact or token the zeros are those of chance: of 400 one or two show eight bits, and never 40 do.
#[test]
fn a_stamp_is_for_its_day_and_its_contacts() {
    let day: Day = "2020-06-13".parse().unwrap();
    let (mut other_day, mut other_contacts, mut other_token) = (0, 0, 0);
    for seed in 0..400 {
        let token = solved(day, b"[]", BITS, seed);
        let shows = |day: Day, contacts: &[u8], token: &str| {
            u32::from(zeros(day, &hash_contacts(contacts), token) >= BITS)
        };
        other_day += shows(day.plus_days(1), b"[]", &token);
        other_contacts += shows(day, b"[ ]", &token);
        other_token += shows(day, b"[]", &token.to_uppercase());
    }
    let all = [other_day, other_contacts, other_token];
    assert!(all.iter().all(|times| *times < 40), "{all:?}");
}

/// What was tried is not tried again, however the search is cut up.
#[test]
fn a_search_goes_on_where_it_was() {
    let day = Day::from_number(18_426);
    for seed in 0..8 {
        let at_once = Solver::new(day, b"[]", 12, &mut Steady(seed)).advance(1 << 16);
        let mut solver = Solver::new(day, b"[]", 12, &mut Steady(seed));
        let in_steps = (0..1 << 16).find_map(|_| solver.advance(1));
        assert!(at_once.is_some());
        assert_eq!(in_steps, at_once);
        let other = Solver::new(day, b"[]", 12, &mut Steady(seed + 100)).advance(1 << 16);
        assert_ne!(other, at_once);
    }
}

/// From 18:00 of the day before until 06:00 of the day after.
#[test]
fn a_stamp_is_good_for_a_day_and_six_hours_on_either_side() {
    let day: Day = "2020-06-13".parse().unwrap();
    let at =
        |day: &str, second: u64| day.parse::<Day>().unwrap().start() + Duration::from_secs(second);
    for (now, good) in [
        (at("2020-06-12", 18 * 3_600 - 1), false),
        (at("2020-06-12", 18 * 3_600), true),
        (at("2020-06-13", 12 * 3_600), true),
        (at("2020-06-14", 6 * 3_600 - 1), true),
        (at("2020-06-14", 6 * 3_600), false),
    ] {
        assert_eq!(is_good(day, now), good, "{now:?}");
        assert_eq!(good_days(now).any(|other| other == day), good, "{now:?}");
    }
    assert_eq!(good_until(day), at("2020-06-14", 6 * 3_600));
    let days = |now: Moment| good_days(now).count();
    assert_eq!(days(at("2020-06-13", 0)), 2);
    assert_eq!(days(at("2020-06-13", 12 * 3_600)), 1);
    assert_eq!(days(at("2020-06-13", 18 * 3_600)), 2);
}

#[test]
fn more_contacts_cost_as_much_more() {
    for price in [Price::NATIONAL, Price::DEMO] {
        let mut before = price.least();
        for contacts in 1..=20_000 {
            let bits = price.bits(contacts);
            assert!(bits == before || bits == before + 1);
            let tries = 1_u64 << (bits - price.least());
            // Within a factor of two of what each of 256 pays.
            assert!(tries * 256 >= contacts as u64, "{contacts}");
            assert!(
                contacts <= 256 || tries * 128 < contacts as u64,
                "{contacts}"
            );
            before = bits;
        }
    }
}
