//! `cargo xtask silence`: what a watcher of the network can tell of the answers.

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::run::{cargo, run};
use crate::{help, tools};

const HELP: &str = "\
cargo xtask silence [--people N] [--requests N] [--seed N] [--leaving]

Asks servers of its own, and prints how well a classifier of sizes and times tells the answers apart: as an area under its
curve (1/2 is a guess) with the interval that holds it 95 times in 100.

Nationally, of N people of each kind:

  status            beside decoys at five times the calm rate, and while short codes are guessed
  unregistering     of somebody who was exposed, or was not
  status            after a restart, when hardly any keys are loaded, of somebody at risk, or who is not
  status            after a restart, of somebody whose contact is under way, or of somebody else
  report            or a phone's stamped decoy

In demo realms, with N requests each:

  status            of somebody at risk, or of somebody who is not
  report            of somebody who has the disease, or a phone's decoy

And two leaks on purpose, which it must see: a row more in the storage, and release 0.2.0, which remembered keys.

  --people N     how many of each kind (default: 1600)
  --requests N   how many requests in demo realms (default: 20000)
  --seed N       draws the order in which the two kinds come (default: 1)
  --leaving      asks the question on unregistering alone

It takes the server as it was last built. Fails past 0.52, or when sizes, headers or rows differ. What is past 0.52 is asked
again, four times in all, and judged over all that was seen.";

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let mut handed_on = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long(name @ ("people" | "requests" | "seed")) => {
                handed_on.push(format!("--{name}"));
                let number: u64 = arguments.value()?.parse()?;
                handed_on.push(number.to_string());
            }
            Arg::Long("leaving") => handed_on.push("--leaving".to_owned()),
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
