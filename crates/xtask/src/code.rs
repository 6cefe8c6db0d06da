//! `cargo xtask code`: a client of the issuer's door.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, Parser, ValueExt};
use serde_json::{Value, json};

use crate::{dev, help};

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
    let url = dev::url()?;
    let key = dev::secrets()?.issuer_key.context("no operator key")?;
    let reply = minreq::post(format!("{url}/issuer/v1/codes"))
        .with_header("Authorization", format!("Bearer {key}"))
        .with_header("Content-Type", "application/json")
        .with_body(json!({ "kind": kind }).to_string())
        .with_timeout(10)
        .send()
        .with_context(|| {
            format!("no server answers at {url}: run `cargo xtask up` in another terminal")
        })?;
    let text = reply.as_str()?;
    if reply.status_code != 201 {
        bail!("the server answered {}: {text}", reply.status_code);
    }
    let reply: Value = serde_json::from_str(text)?;
    println!(
        "{}",
        reply
            .get("code")
            .and_then(Value::as_str)
            .context("the answer holds no code")?
    );
    Ok(ExitCode::SUCCESS)
}
