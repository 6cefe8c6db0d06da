//! `cargo xtask silence`: what a watcher of the network can tell of the answers.

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::run::{cargo, run};
use crate::{help, tools};

const HELP: &str = "\
cargo xtask silence [--requests N] [--seed N]

Asks a server of its own, N times for each of two questions, and prints how well a classifier of sizes and times tells
the answers apart: as an area under its curve (1/2 is a guess) with the interval that holds it 95 times in 100.

  status   of somebody at risk, or of somebody who is not
  report   of somebody who has the disease, or a phone's decoy

  --requests N   how many requests (default: 20000)
  --seed N       draws the order in which the two kinds come (default: 1)

It takes the server as it was last built. Fails past 0.55, or when sizes or headers differ.";

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let mut handed_on = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long(name @ ("requests" | "seed")) => {
                handed_on.push(format!("--{name}"));
                let number: u64 = arguments.value()?.parse()?;
                handed_on.push(number.to_string());
            }
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    tools::prepare()?;
    let program = ["run", "--locked", "--package", "silence-tests", "--"];
    if run(cargo().args(program).args(handed_on)).is_err() {
        bail!("a watcher can tell something, or the measurement broke");
    }
    Ok(ExitCode::SUCCESS)
}
