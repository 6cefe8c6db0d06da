//! A client of the server that shares none of its code for JSON and HTTP: it writes the documented shapes by
//! hand, and the phones behind it are [`robert::phone`].
//!
//! # In scope
//! Requests and replies ([`Reply`], and [`Raw`] and [`message`] where no client library would send or show them), realms ([`Realm`]), people with a
//! phone ([`Person`]) and how hundreds of them register ([`Admission`]) or stand in line ([`stand`]), the running server
//! that tests share ([`shared`]), what lies in the objects' files ([`disk`]), and what of it still opens ([`thief`]).
//!
//! # Out of scope
//! Starting and killing servers (`harness`).

// Whatever this client does not expect is a failed test.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod admission;
mod description;
pub mod disk;
mod http;
mod line;
pub mod message;
mod person;
mod raw;
mod realm;
mod state;
pub mod thief;

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use base64ct::{Base64, Encoding};
use harness::Server;

pub use admission::Admission;
pub use http::{Reply, request};
pub use line::{crowd, stand};
pub use person::{
    DECOY, Person, authenticated, decoy, decoys, heard, level, meet, of_nobody, register_at_once,
    registration, report, score_of, stamp,
};
pub use raw::Raw;
pub use realm::{Realm, open_and_end, pretend, solve};
pub use state::{Row, State};

/// The server of every test that neither kills nor counts it. It ends with the last test that holds it.
pub fn shared() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::fresh().expect("a server"));
        *shared = Arc::downgrade(&server);
        server
    })
}

/// Standard base64.
pub fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Lower-case hexadecimal, as `state` shows bytes.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What [`hex`] wrote.
pub fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

/// So many minutes.
pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

/// So many seconds.
pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Seconds of so many days.
pub const fn days(n: u64) -> u64 {
    86_400 * n
}
