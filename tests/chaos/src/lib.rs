//! Exactly once, whatever happens: the running server is killed at random moments while reports go in, and at the end
//! everything that it answered is held against what it counted.
//!
//! Real codes and real time, in the national realm of a `workerd` that gets SIGKILL: while a report is under way, right
//! after its 200, while its contacts wait, in the midst of deliveries, while acknowledgements travel. What was not
//! answered is sent again; so is some of what was. Then sixteen days pass without a request, and all that tells of
//! exposures must be gone.
//!
//! # In scope
//! Who is met how often (`plan`), one server's run (`run`), what its files show (`files`), what is left of it in the end
//! (`term`), and what all that proves ([`judge`], pure). A run that begins with an earlier release is upgraded on the way
//! (`upgrade`).
//!
//! # Out of scope
//! Failing writes, alarms that are lost or late, and weeks in which things happen, many times faster and without a server
//! (`crates/sim`).

// Whatever is not expected here is a failed test.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod deck;
mod files;
mod life;
mod plan;
mod run;
mod tally;
mod term;
mod upgrade;
mod verdict;

use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, thread};

pub use files::Fault;
pub use plan::Placed;
pub use run::{Outcome, Treatment, run};
pub use tally::Tally;
pub use upgrade::Earlier;
pub use verdict::{Answer, Finding, Observations, Reported, Somebody, judge};

/// Servers that are killed side by side.
const SERVERS: usize = 2;
/// People whom the reports of one server name.
const MET: usize = 10;
/// One report for each kill, but no more than this: one person's epochs have room for so many contacts only.
const MOST_REPORTS: usize = 500;

/// Kills several servers so often in all, and prints what it does. Everything that is not as it was promised.
pub fn rehearse(kills: usize, seed: u64) -> (Vec<Finding>, Tally) {
    println!("{kills} kills, seed {seed}");
    let treatment = |number: usize| {
        let kills = kills / SERVERS + usize::from(number < kills % SERVERS);
        Treatment {
            seed: seed.wrapping_add(number as u64),
            kills,
            reports: kills.min(MOST_REPORTS),
            met: MET,
            fault: None,
            until_forgotten: true,
            from: None,
        }
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..SERVERS)
            .map(|number| {
                scope.spawn(move || {
                    let say = move |what: &str| println!("server {}: {what}", number + 1);
                    run(treatment(number), &say)
                })
            })
            .collect();
        let ran = running.into_iter();
        ran.map(|one| one.join().expect("a run")).collect()
    });
    let (mut findings, mut tally) = (Vec::new(), Tally::default());
    for (number, outcome) in outcomes.iter().enumerate() {
        tally += outcome.tally;
        for finding in judge(&outcome.seen) {
            println!("server {}: {finding}", number + 1);
            findings.push(finding);
        }
        if !outcome.seen.log.is_empty() {
            println!("server {} wrote:\n{}", number + 1, outcome.seen.log);
        }
    }
    println!("{tally}\nseed {seed}");
    (findings, tally)
}

/// The seed in `LIMPIDE_SEED`, else one of this moment.
///
/// # Panics
/// When that is not a number.
#[must_use]
pub fn seed() -> u64 {
    match env::var("LIMPIDE_SEED") {
        Ok(seed) => seed.parse().expect("LIMPIDE_SEED is a number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.unwrap_or_default().subsec_nanos().into()
        }
    }
}
