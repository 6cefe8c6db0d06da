//! Releases that are kept in `tests/releases/<version>`, and opened by every later build.
//!
//! A kept release is its bundle (`wrangler.toml`, script, WebAssembly), the storage that a server of it left after a
//! short life ([`keep`]), the phones of the people who lived it, as they saved themselves, and what must be true of all
//! that ([`Life`]). The tests put the storage back at the time at which it was kept ([`Release::open`]), run the
//! current build on it, and ask over HTTP alone: whatever a later build stores, and however, these answers stay. They
//! run the kept bundle too, so that a test that asks too much is told from a build that breaks something.
//!
//! What a release sent between its objects (`letters.txt`) is posted to the current build's, and the other way round; each
//! build's front is put before the objects of the other; and the kept bundle is replaced by the current build in the midst
//! of its work, under kills.
//!
//! # Out of scope
//! What an object answers that was not asked: `replies.txt`, which `objects` reads in its own tests.

// Whatever is not expected here is a failed test.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod keep;
mod life;
mod release;

use core::time::Duration;
use std::thread::sleep;

use decree::Moment;
use harness::Server;
use http_tests::{Person, Realm, meet, seconds};
use robert::phone::Phone;

pub use keep::keep;
pub use life::{Batch, Codes, Demo, DemoReport, Desk, Key, Life, Meetings, National};
pub use release::{Build, Letter, Release, tells};

/// What a report of its own alerts for: a long meeting, close by.
pub const ALERTED: u64 = 4;

/// One phone is close to several others, to each for so long: it hears one HELLO of each every ten seconds.
pub fn gather(one: &mut Phone, others: &mut [(&mut Phone, Duration)], start: Moment) {
    const EVERY: Duration = seconds(10);
    const METRES: f64 = 0.8;
    let longest = others.iter().map(|(_, length)| *length).max();
    let mut passed = Duration::ZERO;
    while Some(passed) < longest {
        for (other, length) in &mut *others {
            if passed < *length {
                meet(one, other, start + passed, EVERY, METRES);
            }
        }
        passed += EVERY;
    }
}

/// The level that this person is told once everything that waits has arrived. Who is not at risk asks again half an hour
/// later, by the server's clock: what a busy machine had not delivered yet has come by then.
pub fn told(server: &mut Server, realm: &Realm, person: &mut Person<'_>) -> u64 {
    const TRIES: u32 = 3;
    /// Longer than the gap between two questions, and than a failed delivery is put off.
    const LATER: u32 = 31 * 60;
    for _ in 1..TRIES {
        sleep(seconds(2));
        let level = person.ask();
        if level == ALERTED {
            return level;
        }
        server.restart_later(LATER).unwrap();
        realm.follow(server);
    }
    sleep(seconds(2));
    person.ask()
}
