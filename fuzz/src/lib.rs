//! What must hold of every parser, whatever it is given: one function for each.
//!
//! Bytes that are sealed or hashed before they are read are sealed and hashed here, so that the reader behind is
//! reached. What is read must come back when it is written, keep its bounds, and when it is refused, be refused in
//! words that hold nothing of it.

mod api;
mod captcha;
mod codes;
mod issuer;
mod json;
mod lives;
mod page;
mod phone;
mod radio;
mod route;
mod stored;

use core::convert::Infallible;
use std::borrow::Cow;
use std::sync::LazyLock;

use decree::Moment;
use rand_core::{TryCryptoRng, TryRng};
use service::Realm;
use service::keyring::{FrontKeys, KeyRing};
use service::vault::{DayKeys, Keys, living_days};
use wire::Refusal;

pub use api::{authenticated, register, report};
pub use captcha::{captcha, work};
pub use codes::{code, session};
pub use issuer::issuer;
pub use json::json;
pub use lives::lives;
pub use page::page;
pub use phone::{bundle, phone};
pub use radio::{contact, hello};
pub use route::route;
pub use stored::{parcel, stored};

/// 2020-06-20T12:05:00Z.
const NOW: Moment = Moment::from_unix(1_592_654_700);
const REALM: Realm = Realm::National;

static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let ring = KeyRing::from_text(Some(&"5e".repeat(32)), true);
    ring.unwrap_or_else(|_| unreachable!("64 digits"))
});
static FRONT: LazyLock<FrontKeys> = LazyLock::new(|| RING.front(REALM));
/// The keys of every day that can have some.
static DAYS: LazyLock<Keys> = LazyLock::new(|| {
    let days = living_days(decree::Day::from_number(0), NOW);
    let keys = days.map(|day| (day, DayKeys::draw(&mut Counting(day.number().into()))));
    Keys::in_force(keys, NOW)
});

/// SplitMix64: the same bytes at every run.
struct Counting(u64);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|bits| bits as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(bits ^ (bits >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let bits = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bits[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

/// Every field that a refusal may say is missing.
const FIELDS: [&str; 16] = [
    "advanceSeconds",
    "captcha",
    "captchaId",
    "clientPublicECDHKey",
    "code",
    "contacts",
    "count",
    "ebid",
    "epochId",
    "kind",
    "mac",
    "quota",
    "role",
    "time",
    "timeCollectedOnDevice",
    "timeFromHelloMessage",
];

/// A refused body is refused as such, in our own words: text that stands in the program cannot repeat an input.
#[track_caller]
fn says_nothing_of_its_input(refusal: &Refusal) {
    match refusal {
        Refusal::TooLarge | Refusal::Malformed(Cow::Borrowed(_)) => {}
        Refusal::Malformed(Cow::Owned(text)) => {
            let name = text.strip_suffix(": this field is missing.");
            let known =
                |name: &str| FIELDS.contains(&name) || ["rssiCalibrated", "token"].contains(&name);
            assert!(name.is_some_and(known), "{text}");
        }
        other => panic!("{other:?} is no refusal of a body"),
    }
    assert!(refusal.body().is_some_and(|body| body.len() < 200));
}

/// The first byte chooses, the rest is what it chooses about.
fn choose(bytes: &[u8]) -> (u8, &[u8]) {
    bytes
        .split_first()
        .map_or((0, bytes), |(first, rest)| (*first, rest))
}

/// Takes `N` bytes, with zeros for those that are not there.
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let length = bytes.len().min(N);
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    let mut array = [0; N];
    array[..length].copy_from_slice(taken);
    array
}
