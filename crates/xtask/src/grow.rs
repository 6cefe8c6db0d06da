//! `cargo xtask grow`: what a registry takes as it grows.

use std::process::ExitCode;

use anyhow::Result;
use lexopt::{Arg, Parser, ValueExt};

use crate::run::{cargo, run};
use crate::{help, tools};

const HELP: &str = "\
cargo xtask grow [--sizes N,N…]

Has a server of its own, with one registry, live for eighteen days; then adds accounts to its files, in its own formats and
under its own keys, one in twenty exposed to one to three contacts; starts it, and prints for each number of accounts:

  disk            bytes an account, of the registry's file and the safes of its groups; files of all objects
  after a start   when the first phone is answered, and when the last group of record keys was read (forty-eight at
                  once, then eight a second); processor time of the first 39 statuses after that one, loading included
  all loaded      processor time of a status (median of five rounds of 150), how long one waits at ten a second,
                  memory after 990, and open files
  at midnight     started again before, so that up to 100000 accounts are loaded: when the exposures of a day are gone,
                  500 at a time; how many accounts the walk of those that nobody can reach looked at, 500 a second, and
                  forgot, of one in a hundred; a second's processor time and how long statuses wait, in the 15 s before
                  and in the 15 to 60 s after

Each answer is opened: an account that was exposed must be told so, and no other. Times that are waited for are those of this
machine, whatever else it does; the last row is its load.

--sizes N,N…  numbers of accounts (default: 1000,10000,100000), each 1000 or more. The default takes six to ten minutes,
              1000000 alone about sixteen: six to add them, and eight until they are loaded.

It takes the server as it was last built. Fails where a status, once all is loaded, costs more than 1.3 times as much
processor time with the largest number as with the smallest.";

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let mut handed_on = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("sizes") => {
                handed_on.extend(["--sizes".to_owned(), arguments.value()?.string()?]);
            }
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    tools::prepare()?;
    let program = [
        "run",
        "--release",
        "--locked",
        "--package",
        "grow-tests",
        "--",
    ];
    run(cargo().args(program).args(handed_on))?;
    Ok(ExitCode::SUCCESS)
}
