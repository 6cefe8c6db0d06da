//! `cargo xtask speed`: what one core does per second.

use std::process::ExitCode;

use anyhow::Result;
use lexopt::Parser;

use crate::run::{announce, cargo, run};
use crate::{help, tools, wants_help};

const HELP: &str = "\
cargo xtask speed

Full HELLO validations per second on one core (decrypt the EBID, check the ECC, unwrap the key, check the MAC), bundles,
registrations and scores, and what they consist of, natively and in WebAssembly as deployed, each beside the algorithm of
0.2.0 in the same run: crates/robert/examples/speed.rs. What a machine does differs from minute to minute; the ratios hold.
The load of the machine is printed first.";

pub(crate) fn command(arguments: Parser) -> Result<ExitCode> {
    if wants_help(arguments)? {
        return help(HELP);
    }
    tools::prepare()?;
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        println!("load of the machine: {}", load.trim());
    }
    let example = ["--locked", "--package", "robert", "--example", "speed"];
    announce("Natively");
    run(cargo().args(["run", "--profile", "speed"]).args(example))?;
    announce("In WebAssembly, under Node");
    let mut measure = cargo();
    measure.args(["test", "--release"]).args(example);
    run(measure.args(["--target", "wasm32-unknown-unknown", "--", "--nocapture"]))?;
    Ok(ExitCode::SUCCESS)
}
