//! `cargo xtask chaos`: the program of the test that kills the server, longer.

use std::process::ExitCode;

use anyhow::Result;
use lexopt::Parser;

use crate::run::{cargo, run};

/// What follows is the program's: it has its own help.
pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--locked", "--package", "chaos", "--"]);
    run(command.args(arguments.raw_args()?))?;
    Ok(ExitCode::SUCCESS)
}
