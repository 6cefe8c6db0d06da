//! `cargo xtask speed`: what one core does per second.

use std::process::ExitCode;

use anyhow::Result;
use lexopt::Parser;

use crate::run::{announce, cargo, run};
use crate::{help, tools, wants_help};

const HELP: &str = "\
cargo xtask speed

Full HELLO validations per second on one core (decrypt the EBID, check the ECC, unwrap the key, check the MAC)
and what they consist of, natively and in WebAssembly as deployed: crates/robert/examples/speed.rs.";

pub(crate) fn command(arguments: Parser) -> Result<ExitCode> {
    if wants_help(arguments)? {
        return help(HELP);
    }
    tools::prepare()?;
    let example = ["--locked", "--package", "robert", "--example", "speed"];
    announce("Natively");
    run(cargo().args(["run", "--profile", "speed"]).args(example))?;
    announce("In WebAssembly, under Node");
    let mut measure = cargo();
    measure.args(["test", "--release"]).args(example);
    run(measure.args(["--target", "wasm32-unknown-unknown", "--", "--nocapture"]))?;
    Ok(ExitCode::SUCCESS)
}
