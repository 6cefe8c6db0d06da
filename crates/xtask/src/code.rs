//! `cargo xtask code`: a client of the issuers' door.

use std::process::ExitCode;

use anyhow::{Context, Result};
use lexopt::{Arg, Parser, ValueExt};
use minreq::Method;
use serde_json::{Value, json};

use crate::{help, issuer};

const HELP: &str = "\
cargo xtask code [long|short]

Prints a one-time code of the national realm of the server that `cargo xtask up` runs: long (7 days, by
default) or short (60 minutes). It asks as a laboratory would: POST /issuer/v1/codes with the operator's key.";

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let mut kind = "long".to_owned();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Value(value) => kind = value.string()?,
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let reply = issuer::ask(Method::Post, "codes", Some(&json!({ "kind": kind })))?;
    println!(
        "{}",
        reply
            .get("code")
            .and_then(Value::as_str)
            .context("the answer holds no code")?
    );
    Ok(ExitCode::SUCCESS)
}
