//! `cargo xtask silence`: measures for as long as one likes, and prints what a watcher could tell.

use std::process::ExitCode;

use harness::{Result, Server};
use lexopt::{Arg, Parser, ValueExt};
use silence_tests::{Outcome, Random, nationally, reports, statuses};

/// A watcher who does no better than this has learnt nothing that a few more people in the street would not hide.
const BOUND: f64 = 0.52;
/// The kept release is asked until a watcher certainly does better than this.
const PLANTED: f64 = 0.55;

fn main() -> Result<ExitCode> {
    let (mut requests, mut people, mut seed, mut leaving) = (20_000, 1_600, 1, false);
    let mut arguments = Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("requests") => requests = arguments.value()?.parse()?,
            Arg::Long("people") => people = arguments.value()?.parse()?,
            Arg::Long("seed") => seed = arguments.value()?.parse()?,
            Arg::Long("leaving") => leaving = true,
            other => return Err(other.unexpected().into()),
        }
    }
    println!(
        "{requests} requests in demo realms and {people} people of each kind nationally for each question, \
         order drawn from seed {seed}"
    );
    let mut random = Random::seeded(seed);
    let mut is_good = true;
    let mut told = |question: &str, outcome: Outcome| {
        println!("{question}: {outcome}");
        is_good &= outcome.is_silent();
    };
    if leaving {
        let left = nationally::leave(people, BOUND, &mut random);
        told("unregistering, exposed or not", left);
        return Ok(code(is_good));
    }
    nationally::ask(people, BOUND, &mut random, &mut told);
    let server = Server::fresh()?;
    let asked = Outcome::of(BOUND, requests, || {
        statuses::watch(&server, &server.address(), requests, &mut random)
    });
    drop(server);
    told("status, at risk or not", asked);
    let sent = Outcome::of(BOUND, requests, || {
        reports::watch(requests, &mut random, Server::address)
    });
    told("report, real or decoy", sent);
    let planted = nationally::ask_of_release_0_2_0(people.min(400), PLANTED, &mut random);
    println!("0.2.0, which remembered keys, with a contact under way or not: {planted}");
    is_good &= planted.finding.is_past(PLANTED);
    Ok(code(is_good))
}

const fn code(is_good: bool) -> ExitCode {
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
