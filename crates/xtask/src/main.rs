//! Build, run and check Limpide: `cargo xtask --help`.
#![allow(clippy::indexing_slicing)] // in fixed tables of two languages; a developer's tool may stop there

mod build;
mod chaos;
mod code;
mod cost;
mod dev;
mod fuzz;
mod grow;
mod issuer;
mod mutate;
mod openapi;
mod run;
mod silence;
mod sim;
mod sizes;
mod speed;
mod test;
mod tools;
mod up;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::{Arg, Parser, ValueExt};

const HELP: &str = "\
Build, run and check Limpide.

  cargo xtask up       set everything up, build, and serve at http://localhost:8787
  cargo xtask test     run every check there is, and say what passed
  cargo xtask code     print a one-time code for the running server
  cargo xtask issuer   make, list and revoke the keys of laboratories and doctors; change the roots of all keys
  cargo xtask openapi  write the description of the API, as the code says it
  cargo xtask sizes    build what is deployed, and hold it against its size budgets
  cargo xtask speed    validations per second, native and in WebAssembly
  cargo xtask fuzz     give every parser what nobody would send
  cargo xtask sim      simulate a whole realm for thousands of lists of operations
  cargo xtask mutate   take one statement at a time out of what objects do: the simulation must notice
  cargo xtask chaos    kill running servers a thousand times, and count every report once
  cargo xtask cost     what each request costs the server and its sender, measured
  cargo xtask grow     what a registry takes as it grows from a thousand accounts to a million, measured
  cargo xtask silence  what a watcher of the network can tell of the answers, measured

`cargo xtask COMMAND --help` says more.";

fn main() -> ExitCode {
    match command(Parser::from_env()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(mut arguments: Parser) -> Result<ExitCode> {
    let name = match arguments.next()? {
        Some(Arg::Value(name)) => name.string()?,
        Some(Arg::Short('h') | Arg::Long("help")) | None => return help(HELP),
        Some(other) => return Err(other.unexpected().into()),
    };
    match name.as_str() {
        "sim" => sim::command(arguments),
        "mutate" => mutate::command(arguments),
        "chaos" => chaos::command(arguments),
        "up" => up::command(arguments),
        "test" => test::command(arguments),
        "code" => code::command(arguments),
        "issuer" => issuer::command(arguments),
        "openapi" => openapi::command(arguments),
        "sizes" => sizes::command(arguments),
        "fuzz" => fuzz::command(arguments),
        "speed" => speed::command(arguments),
        "silence" => silence::command(arguments),
        "cost" => cost::command(arguments),
        "grow" => grow::command(arguments),
        other => bail!("no command {other}; `cargo xtask --help` lists them"),
    }
}

fn help(text: &str) -> Result<ExitCode> {
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// For a command that takes no options: whether its help was asked for.
fn wants_help(mut arguments: Parser) -> Result<bool> {
    match arguments.next()? {
        None => Ok(false),
        Some(Arg::Short('h') | Arg::Long("help")) => Ok(true),
        Some(other) => Err(other.unexpected().into()),
    }
}
