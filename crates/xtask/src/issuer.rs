//! `cargo xtask issuer`: a client of the issuers' door, with the operator's key.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use decree::Moment;
use lexopt::{Arg, Parser, ValueExt};
use minreq::Method;
use serde_json::{Value, json};

use crate::{dev, help};

const HELP: &str = "\
cargo xtask issuer create --role lab|doctor|operator [--quota N]
cargo xtask issuer list
cargo xtask issuer revoke ID
cargo xtask issuer void ID
cargo xtask issuer acts
cargo xtask issuer roots
cargo xtask issuer registration --days N
cargo xtask issuer clock

Makes, lists and revokes the keys of the server that `cargo xtask up` runs, and shows what administrators did; lists the
roots of its keys, and says which may be taken off ROOT_SECRET; draws the next registration key; says that the host's clock
is right. It asks as any operator would, at /issuer/v1/…, with the operator's key. docs/ISSUERS.md says what a key is good
for, docs/KEYS.md how roots and registration keys are changed, docs/OPERATING.md when a clock is doubted.

  --role   lab: long codes; doctor: short codes, one at a time; operator: all codes, and keys
  --quota  codes that the key may hand out on one UTC day (100, by default)
  --days   for how many days the registration key in use is still good, at most 3650

A new key is printed once. Revoking a key revokes those that it made. `void` makes the codes void that a key, and those
that it made, handed out and nobody used: of a stolen key, once it is revoked; `void root` of all keys.";

const QUOTA: u32 = 100;

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let what = match arguments.next()? {
        Some(Arg::Value(what)) => what.string()?,
        Some(Arg::Short('h') | Arg::Long("help")) | None => return help(HELP),
        Some(other) => return Err(other.unexpected().into()),
    };
    let (mut role, mut quota, mut id, mut days) = (None, QUOTA, None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("role") if what == "create" => role = Some(arguments.value()?.string()?),
            Arg::Long("quota") if what == "create" => quota = arguments.value()?.parse()?,
            Arg::Long("days") if what == "registration" => {
                days = Some(arguments.value()?.parse()?);
            }
            Arg::Value(value) if ["revoke", "void"].contains(&what.as_str()) && id.is_none() => {
                id = Some(value.string()?);
            }
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    match what.as_str() {
        "create" => create(&role.context("--role lab, doctor or operator")?, quota),
        "list" => list(),
        "revoke" => revoke(&id.context("which key? `cargo xtask issuer list` shows their ids")?),
        "void" => void(&id.context("which key? `cargo xtask issuer list` shows their ids")?),
        "acts" => acts(),
        "roots" => roots(),
        "registration" => {
            add_registration(days.context("--days N: how long is the key in use still good?")?)
        }
        "clock" => confirm_clock(),
        other => bail!("no command {other}; `cargo xtask issuer --help` lists them"),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn create(role: &str, quota: u32) -> Result<()> {
    let body = json!({ "role": role, "quota": quota });
    let made = ask(Method::Post, "keys", Some(&body))?;
    eprintln!(
        "Key {} ({role}, {quota} codes a day), shown this once:",
        text(&made, "id")
    );
    println!("{}", text(&made, "key"));
    Ok(())
}

fn list() -> Result<()> {
    println!("id                role        quota    today  made by");
    for key in &read_all("keys")? {
        let revoked = key.get("revoked") == Some(&Value::Bool(true));
        println!(
            "{:<16}  {:<8}  {:>7}  {:>7}  {}{}",
            text(key, "id"),
            text(key, "role"),
            text(key, "quota"),
            text(key, "usedToday"),
            text(key, "maker"),
            if revoked { "  revoked" } else { "" },
        );
    }
    Ok(())
}

/// It becomes a part of the address.
fn check_id(id: &str) -> Result<()> {
    if id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(());
    }
    bail!("{id:?} is not the id of a key; `cargo xtask issuer list` shows them")
}

fn void(id: &str) -> Result<()> {
    check_id(id)?;
    let voided = ask(Method::Delete, &format!("keys/{id}/codes"), None)?;
    eprintln!("{} codes of {id} were made void.", text(&voided, "codes"));
    Ok(())
}

fn revoke(id: &str) -> Result<()> {
    check_id(id)?;
    ask(Method::Delete, &format!("keys/{id}"), None)?;
    eprintln!("Revoked: {id}, and the keys that it made.");
    Ok(())
}

fn acts() -> Result<()> {
    let acts = read_all("acts")?;
    for act in acts.iter().filter_map(Value::as_object) {
        let rest = act
            .iter()
            .filter(|(name, _)| !["moment", "actor", "kind"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name} {}", plain(value)));
        let field = |name: &str| act.get(name).map(plain).unwrap_or_default();
        println!(
            "{}  {:<16}  {:<14}  {}",
            field("moment"),
            field("actor"),
            field("kind"),
            rest.collect::<Vec<_>>().join(", ")
        );
    }
    Ok(())
}

fn roots() -> Result<()> {
    let reply = ask(Method::Get, "roots", None)?;
    for root in items(&reply, "roots") {
        let reasons: Vec<_> = items(root, "stays").iter().map(reason).collect();
        let stays = match reasons.as_slice() {
            [] => "may be taken off ROOT_SECRET".to_owned(),
            reasons => reasons.join("; "),
        };
        println!("{}  {stays}", text(root, "id"));
    }
    Ok(())
}

/// Why a root must stay in the list.
fn reason(stays: &Value) -> String {
    let until = || moment(stays.get("until"));
    match text(stays, "kind").as_str() {
        "newest" => "wraps everything that is written".to_owned(),
        "accounts" => {
            let percent = text(stays, "percent");
            format!("stays: {percent} of 100 accounts and their safes are wrapped by the newest")
        }
        "secrets" => {
            "stays: the realm's own secrets are wrapped by the newest at the next question"
                .to_owned()
        }
        "vaults" => format!(
            "stays until {}: vaults hold day keys that it wrapped",
            until()
        ),
        "codes" => format!("stays until {}: codes of then may be used", until()),
        other => format!("stays: {other}"),
    }
}

fn add_registration(days: u32) -> Result<()> {
    let keys = ask(
        Method::Post,
        "registrations",
        Some(&json!({ "days": days })),
    )?;
    for key in items(&keys, "registrations") {
        let until = match key.get("until") {
            None | Some(Value::Null) => "no end yet".to_owned(),
            until => format!("until {}", moment(until)),
        };
        println!("{}  {until}  {}", text(key, "id"), text(key, "key"));
    }
    Ok(())
}

fn confirm_clock() -> Result<()> {
    ask(Method::Post, "clock", None)?;
    eprintln!("The host's clock is believed. What waited goes on.");
    Ok(())
}

/// Unix seconds, in words.
fn moment(seconds: Option<&Value>) -> String {
    let Some(seconds) = seconds.and_then(Value::as_u64) else {
        return "an unknown moment".to_owned();
    };
    let day = Moment::from_unix(seconds).day();
    let minutes = (seconds - day.start().unix()) / 60;
    format!("{day} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    match value.get(name) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// A list, which comes in parts.
fn read_all(name: &str) -> Result<Vec<Value>> {
    let (mut all, mut path) = (Vec::new(), name.to_owned());
    loop {
        let mut reply = ask(Method::Get, &path, None)?;
        if let Some(Value::Array(part)) = reply.get_mut(name).map(Value::take) {
            all.extend(part);
        }
        match reply.get("next").and_then(Value::as_str) {
            Some(next) => path = format!("{name}?before={next}"),
            None => return Ok(all),
        }
    }
}

/// Asks the development server's issuers' door, as its operator. What has no body is `null`.
pub(crate) fn ask(method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
    let url = dev::url()?;
    let key = dev::secrets()?.issuer_key.context("no operator key")?;
    let mut request = minreq::Request::new(method, format!("{url}/issuer/v1/{path}"))
        .with_header("Authorization", format!("Bearer {key}"))
        .with_timeout(10);
    if let Some(body) = body {
        request = request
            .with_header("Content-Type", "application/json")
            .with_body(body.to_string());
    }
    let reply = request.send().with_context(|| {
        format!("no server answers at {url}: run `cargo xtask up` in another terminal")
    })?;
    let text = reply.as_str()?;
    if !(200..300).contains(&reply.status_code) {
        bail!("the server answered {}: {text}", reply.status_code);
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(text)?)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
