//! `cargo xtask sim`: the simulation of a whole realm, for as many lists of operations as wanted.

use std::process::ExitCode;

use anyhow::Result;
use lexopt::{Arg, Parser, ValueExt};

use crate::help;
use crate::run::{cargo, run};

const HELP: &str = "\
cargo xtask sim [--cases N] [--seed S]

Draws N lists of operations (2,000 unless told otherwise), executes each on a whole simulated realm, and checks the
invariants after each operation. One that fails is shrunk and printed, with the seed that draws it again.";

const CASES: u64 = 2_000;

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let (mut cases, mut seed) = (CASES, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("cases") => cases = arguments.value()?.parse()?,
            Arg::Long("seed") => seed = Some(arguments.value()?.parse::<u64>()?),
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let mut test = cargo();
    test.args([
        "test",
        "--locked",
        "--package",
        "sim",
        "--test",
        "simulation",
    ]);
    test.args(["no_list", "--", "--nocapture"]);
    test.env("LIMPIDE_CASES", cases.to_string());
    let seed = match seed {
        Some(seed) => seed,
        // Short to type again, and far from what another run draws.
        None => getrandom::u64()? >> 16,
    };
    test.env("LIMPIDE_SEED", seed.to_string());
    run(&mut test)?;
    Ok(ExitCode::SUCCESS)
}
