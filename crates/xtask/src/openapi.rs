//! `cargo xtask openapi`: the description of the API, written down.

use std::fs;
use std::process::ExitCode;

use anyhow::Result;
use lexopt::Parser;

use crate::run::{cargo, read};
use crate::{help, wants_help};

const HELP: &str = "\
cargo xtask openapi

Writes crates/openapi/openapi.json: the description of the API in OpenAPI 3.1, from the route table and the types of
the crate `wire`. It is committed, the worker serves it at /api/openapi.json, and a test of the crate `openapi` fails
when it is not what the code says.";

pub(crate) fn command(arguments: Parser) -> Result<ExitCode> {
    if wants_help(arguments)? {
        return help(HELP);
    }
    let program = ["run", "--locked", "--quiet", "--package", "openapi"];
    let text = read(cargo().args(program))?;
    let path = harness::root().join("crates/openapi/openapi.json");
    if fs::read_to_string(&path).is_ok_and(|written| written == text) {
        println!("{} is current", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    fs::write(&path, text)?;
    println!("{} is written", path.display());
    Ok(ExitCode::SUCCESS)
}
