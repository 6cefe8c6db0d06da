//! The realm as it is: no list of operations breaks an invariant.
//!
//! The lists are the same at each run, so that what fails is what was changed; `cargo xtask sim` draws others.
//! `LIMPIDE_SEED` chooses them; `LIMPIDE_CASES` sets their number, where else they are drawn for a quarter of a minute,
//! and until there are enough of them. With `LIMPIDE_HASTE=1` a list that fails is not shrunk.

// Integration tests are outside clippy's allowance for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, process};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sim::{
    Aim, Asking, Mishap, Operation, Plant, Reply, Span, Step, Tally, Which, cases, find, hunt, run,
};

/// Cases of one seed; the next ones have the next seed.
const BATCH: u32 = 20;
const TIME: Duration = Duration::from_secs(15);
/// In so many lists everything that can go wrong does.
const ENOUGH: u64 = 150;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
    )
}

#[test]
fn no_list_of_operations_breaks_an_invariant() {
    let seed = number("LIMPIDE_SEED").unwrap_or(1);
    let most = number("LIMPIDE_CASES");
    let hunt = if number("LIMPIDE_HASTE").is_some() {
        find
    } else {
        hunt
    };
    let begun = Instant::now();
    let (mut tried, mut seed, mut tally) = (0, seed, Tally::default());
    println!("simulation: from seed {seed}");
    while most.map_or(tried < ENOUGH || begun.elapsed() < TIME, |most| {
        tried < most
    }) {
        let left = most.map_or(BATCH.into(), |most| most - tried);
        let batch = BATCH.min(left.try_into().unwrap_or(BATCH));
        match hunt(seed, batch, None) {
            Ok(more) => tally.add(&more),
            Err(caught) => {
                panic!("again with LIMPIDE_SEED={seed} LIMPIDE_CASES={batch}\n{caught}")
            }
        }
        (tried, seed) = (tried + u64::from(batch), seed + 1);
    }
    println!("simulation: {:.0?}, {tally}", begun.elapsed());
    let Tally {
        reports,
        repeated,
        slowed,
        decoys,
        exposures,
        alerts,
        erasures,
        forgotten,
        pairs,
        due_together,
        visits,
        refusals,
        struck,
        kept,
        ..
    } = tally;
    let happened = [
        reports, repeated, slowed, decoys, exposures, alerts, erasures, forgotten, visits,
        refusals, struck, kept,
    ];
    // Fewer are drawn only where somebody asks for them, to see one list again.
    assert!(tried < ENOUGH || happened.iter().all(|count| *count > 0));
    // One in 56 is due in the same second by chance.
    assert!(tried < ENOUGH || due_together * 3 < pairs);
}

/// Visitors sit on one seat in turn: whichever letter of one is still under way when the next is there reads and writes
/// nothing.
#[test]
fn nor_does_a_letter_of_an_earlier_visit() {
    let aims = [
        Aim::Delivery,
        Aim::Registry,
        Aim::Intake,
        Aim::Vault,
        Aim::Safe,
        Aim::Emptying,
    ];
    let mut visits = 0;
    for (number, aim) in (0..).zip(aims.into_iter().cycle().take(60)) {
        // Past its sender's patience, some three of a visit, and then others of the same kind.
        let late = Mishap::Late(11 + number % 40);
        let befall = [Operation::Befall(aim, late); 3];
        let operations = befall
            .into_iter()
            .chain([Operation::Visit, Operation::Visit]);
        let steps: Vec<_> = (u64::from(number) * 10..)
            .zip(operations)
            .map(|(seed, operation)| Step { seed, operation })
            .collect();
        let tally = run(&steps, None, None);
        visits += tally
            .unwrap_or_else(|finding| panic!("{finding}: {steps:#?}"))
            .visits;
    }
    // In each list the second two are played to their end.
    assert!(visits >= 60, "{visits}");
}

/// At each hour of the day: reported three days later, asked for in between and at the end, and then there is silence.
fn met_at(hour: u8, plant: Option<Plant>) -> Result<Tally, String> {
    let (one, other) = (0, 1);
    let day = |days| Operation::Wait(Span::Days(days));
    let ask = Operation::Ask(one, Asking::Phone, Reply::Comes);
    let operations = [
        // The realm begins at 11:58.
        Operation::Wait(Span::Hours(hour)),
        Operation::Meet(one, other, 16),
        day(3),
        Operation::Report(other, Which::Fresh, Reply::Comes),
        Operation::Wait(Span::Minutes(2)),
        ask,
        day(6),
        ask,
        day(5),
        ask,
    ];
    // With this seed they are near each other.
    let steps = operations.map(|operation| Step { seed: 1, operation });
    run(&steps, plant, None).map_err(|finding| finding.to_string())
}

#[test]
fn nor_does_anything_tell_of_a_meeting_past_its_term() {
    for hour in 0..24 {
        let tally = met_at(hour, None).unwrap_or_else(|finding| panic!("{hour}: {finding}"));
        assert_eq!(tally.alerts, 1, "{hour}");
    }
    let found = met_at(0, Some(Plant::DayOfWriting)).unwrap_err();
    assert_eq!(found, "a verdict tells of a meeting past its term");
}

#[test]
fn nor_on_files_that_a_restart_opens_again() {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(number("LIMPIDE_SEED").unwrap_or(1)),
        ..Config::default()
    });
    for number in 0..3 {
        let steps = cases().new_tree(&mut runner).unwrap().current();
        let name = format!("sim-{}-{number}", process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let outcome = run(&steps, None, Some(&folder));
        fs::remove_dir_all(&folder).unwrap();
        outcome.unwrap_or_else(|finding| panic!("{finding}: {steps:#?}"));
    }
}
