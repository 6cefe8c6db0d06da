//! What the tests share. Each test file says `use common::test`, so that the same functions run
//! natively and in a browser.
#![allow(dead_code, unused_imports, unused_macros, unreachable_pub)] // each test file uses a part of it

#[cfg(not(target_arch = "wasm32"))]
pub use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
pub use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

use base64ct::{Base64, Encoding};
use core::convert::Infallible;
use decree::{Day, Moment};
use rand_core::{TryCryptoRng, TryRng};
use robert::{Id, Ntp, ServerKey};
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads one file of `tests/vectors`, embedded so that a browser has it too.
macro_rules! vectors {
    ($name:literal) => {
        crate::common::parse(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/vectors/",
            $name,
            ".json"
        )))
    };
}
pub(crate) use vectors;

pub fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

pub fn rows(value: &Value, count: usize) -> &[Value] {
    let rows = value.as_array().unwrap();
    assert_eq!(rows.len(), count, "number of vectors");
    rows
}

pub fn hex<const N: usize>(value: &Value) -> [u8; N] {
    hex_vec(value).try_into().unwrap()
}

pub fn hex_vec(value: &Value) -> Vec<u8> {
    let hex = value.as_str().unwrap();
    assert!(hex.len().is_multiple_of(2));
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

pub fn base64<const N: usize>(value: &Value) -> [u8; N] {
    Base64::decode_vec(value.as_str().unwrap())
        .unwrap()
        .try_into()
        .unwrap()
}

/// Floats are kept as text in the vector files: their parsing is exact in the standard library.
pub fn float(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

pub fn number(value: &Value) -> u32 {
    value.as_u64().unwrap().try_into().unwrap()
}

pub fn ntp(value: &Value) -> Ntp {
    Ntp(value.as_u64().unwrap())
}

/// An RNG that draws the bytes it was given, over and over.
pub struct Draws(pub Vec<u8>, pub usize);

impl Draws {
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec(), 0)
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.0[self.1 % self.0.len()];
            self.1 += 1;
        }
        Ok(())
    }
}

impl TryCryptoRng for Draws {}

/// A different server key for each of these days.
pub fn day_keys(days: impl IntoIterator<Item = Day>) -> BTreeMap<Day, ServerKey> {
    let key = |day: Day| {
        let mut bytes = [0x5a; 24];
        bytes[..4].copy_from_slice(&day.number().to_be_bytes());
        (day, ServerKey::from_bytes(&bytes))
    };
    days.into_iter().map(key).collect()
}

pub fn moment(text: &str) -> Moment {
    let (date, time) = text.trim_end_matches('Z').split_once('T').unwrap();
    let day: Day = date.parse().unwrap();
    let time: Vec<&str> = time.split(['.', ':']).collect();
    let part = |index: usize| time[index].parse::<u64>().unwrap();
    Moment::from_unix(day.start().unix() + part(0) * 3600 + part(1) * 60 + part(2))
}

pub const SOMEONE: Id = Id([0xfc, 0x0a, 0x39, 0x76, 0x95]);
