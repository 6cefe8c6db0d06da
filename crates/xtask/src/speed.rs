//! `cargo xtask speed`: what one core does per second.

use std::process::{Command, ExitCode};

use anyhow::Result;
use lexopt::Parser;

use crate::run::{announce, cargo, run, target};
use crate::{dev, help, tools, wants_help};

const HELP: &str = "\
cargo xtask speed

Full HELLO validations per second on one core (decrypt the EBID, check the ECC, unwrap the key, check the MAC),
natively and in WebAssembly, both compiled as deployed: crates/robert/examples/speed.rs.";

pub(crate) fn command(arguments: Parser) -> Result<ExitCode> {
    if wants_help(arguments)? {
        return help(HELP);
    }
    tools::prepare()?;
    let example = [
        "--locked",
        "--release",
        "--package",
        "robert",
        "--example",
        "speed",
    ];
    announce("Natively");
    run(cargo().arg("run").args(example))?;

    announce("In WebAssembly");
    run(cargo()
        .arg("build")
        .args(example)
        .args(["--target", "wasm32-unknown-unknown"])
        .arg("--target-dir")
        .arg(target()))?;
    let made = dev::folder().join("speed");
    let mut bind = Command::new(tools::program("wasm-bindgen"));
    bind.args(["--target", "nodejs", "--no-typescript", "--out-dir"])
        .arg(&made);
    run(bind.arg(target().join("wasm32-unknown-unknown/release/examples/speed.wasm")))?;
    run(Command::new("node").arg(made.join("speed.js")))?;
    Ok(ExitCode::SUCCESS)
}
