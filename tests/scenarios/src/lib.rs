//! Scenarios in French, played by phones on the running server.
//!
//! The texts are in `features/`: what the official end-to-end suite accepted, one feature for each promise of Articles
//! 2 and 3 of the decree, one for each principle of the press kit, and the places where law, paper and official code
//! disagreed. Every scenario has a demo realm of its own, which ends with it, and travels by that realm's clock.
//!
//! # In scope
//! What a sentence means (`steps`), and how a scenario is played (`scene`, `story`).
//!
//! # Out of scope
//! The client and its phones (`http_tests`), the server (`harness`).

// Whatever a scenario does not expect is a failed scenario.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod forger;
mod office;
mod scene;
mod steps;
mod story;
mod words;

use std::path::Path;

use cucumber::Cucumber;
use cucumber::writer::Stats as _;
use futures::executor::block_on;

use crate::scene::Scene;

/// How many scenarios passed, and how many did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// They did what they say.
    pub passed: usize,
    /// They did not, or hold a sentence that means nothing.
    pub failed: usize,
}

/// The server computes on one thread, and phones mostly wait for it.
const AT_ONCE: usize = 4;

/// Plays every scenario, or those in whose feature, name or tags this text stands.
#[must_use]
pub fn run(sought: Option<&str>) -> Tally {
    // The one server ends with the last that holds it.
    let _server = http_tests::shared();
    let sought = sought.map(str::to_owned);
    let features = Path::new(env!("CARGO_MANIFEST_DIR")).join("features");
    let cucumber = Cucumber::<Scene, _, _, _, _>::new()
        .steps(steps::all())
        .after(|_, _, _, _, scene| Box::pin(scene::end(scene)))
        .max_concurrent_scenarios(AT_ONCE)
        .fail_on_skipped_with(|_, _, _| true)
        .with_default_cli();
    let told = block_on(cucumber.filter_run(features, move |feature, _, scenario| {
        let tags = feature.tags.iter().chain(&scenario.tags);
        let mut texts = tags.chain([&feature.name, &scenario.name]);
        sought
            .as_ref()
            .is_none_or(|sought| texts.any(|text| text.contains(sought.as_str())))
    }));
    let scenarios = told.scenarios_stats();
    Tally {
        passed: scenarios.passed,
        failed: scenarios.failed + scenarios.skipped + told.parsing_errors(),
    }
}
