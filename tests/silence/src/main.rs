//! `cargo xtask silence`: measures for as long as one likes, and prints what a watcher could tell.

use std::process::ExitCode;
use std::time::Instant;

use harness::{Result, Server};
use lexopt::{Arg, Parser, ValueExt};
use silence_tests::{Block, Random, judge, reports, statuses};

/// A watcher who does no better than this has learnt nothing that a few more people in the street would not hide.
const BOUND: f64 = 0.55;

fn main() -> Result<ExitCode> {
    let (mut requests, mut seed) = (20_000, 1);
    let mut arguments = Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("requests") => requests = arguments.value()?.parse()?,
            Arg::Long("seed") => seed = arguments.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    println!("{requests} requests for each question, order drawn from seed {seed}");
    let mut random = Random::seeded(seed);
    let server = Server::fresh()?;
    let statuses = told(
        "status, at risk or not",
        |random| statuses::watch(&server, &server.address(), requests, random),
        &mut random,
    );
    drop(server);
    let reports = told(
        "report, real or decoy",
        |random| reports::watch(requests, random, Server::address),
        &mut random,
    );
    Ok(if statuses && reports {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Measures, prints, and says whether all is as it should be.
fn told(
    question: &str,
    watch: impl FnOnce(&mut Random) -> Vec<Block>,
    random: &mut Random,
) -> bool {
    let begun = Instant::now();
    let blocks = watch(random);
    let difference = blocks.iter().find_map(|block| block.check().err());
    let finding = judge(&blocks);
    println!(
        "{question}: {finding}, in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    match &difference {
        Some(difference) => println!("  they differ in {difference}"),
        None => println!("  sizes and headers are the same to the byte, nothing is compressed"),
    }
    difference.is_none() && finding.is_within(BOUND)
}
