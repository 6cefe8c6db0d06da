//! The running server against the description that it serves. A phone that was written from the description alone does all
//! that a phone does; and schemathesis tries everything: what is documented is accepted, what is not is refused, and every
//! answer has a documented status code, type and shape.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};
use harness::Server;
use serde_json::Value;

use super::report::Count;
use crate::run::{announce, watch};
use crate::{dev, tools};

/// The national API with the issuers' door, and that of demo realms: each run has its share of the time.
const RUNS: [(&str, [&str; 2]); 2] = [
    ("national", ["--exclude-path-regex", "^/demo/"]),
    ("demo", ["--include-path-regex", "^/demo/"]),
];

pub(super) fn run() -> Result<Count> {
    let server = Server::fresh()?;
    let url = server.url().replace("localhost", "127.0.0.1");
    let folder = dev::folder().join("schemathesis");
    fs::create_dir_all(&folder)?;
    let mut total = phone(&url)?;
    // All before the first run, which opens as many realms as are given without work.
    let sessions = RUNS.map(|_| Ok((open(&url)?, open(&url)?)));
    let sessions = sessions.into_iter().collect::<Result<Vec<_>>>()?;
    for ((name, paths), (session, spare)) in RUNS.into_iter().zip(sessions) {
        announce(&format!("schemathesis, {name}"));
        let report = folder.join(format!("{name}.xml"));
        let mut command = Command::new(tools::schemathesis());
        command
            .current_dir(&folder)
            .args(["--no-color", "--config-file"])
            .arg(harness::root().join("tests/schema/schemathesis.toml"))
            .args(["run", &format!("{url}/api/openapi.json")])
            .args(paths)
            .args(["--report", "junit", "--report-junit-path"])
            .arg(&report)
            .env(
                "SCHEMATHESIS_HOOKS",
                harness::root().join("tests/schema/hooks.py"),
            )
            .env("SESSION", session)
            .env("SPARE_SESSION", spare)
            .env("ISSUER_KEY", server.issuer_key().unwrap_or_default());
        let (status, _) = watch(&mut command)?;
        let count = read(&fs::read_to_string(&report).context("schemathesis wrote no report")?)?;
        if status.success() != (count.failed == 0) {
            bail!("schemathesis ended with {status}, and reported {count:?}");
        }
        total += count;
    }
    Ok(total)
}

/// Python's own library is all that it has: nothing of this project's code.
fn phone(url: &str) -> Result<Count> {
    announce("a phone that was written from the description");
    let program = harness::root().join("tests/schema/phone.py");
    let mut command = Command::new(tools::python());
    let (status, _) = watch(command.arg("-B").arg(program).arg(url))?;
    Ok(Count {
        passed: status.success().into(),
        failed: (!status.success()).into(),
        skipped: 0,
    })
}

/// A demo realm's session.
fn open(url: &str) -> Result<String> {
    let reply = minreq::post(format!("{url}/demo"))
        .with_timeout(30)
        .send()?;
    let opened: Value = serde_json::from_str(reply.as_str()?)?;
    let session = opened.get("session").and_then(Value::as_str);
    Ok(session.context("no demo realm opened")?.to_owned())
}

/// Reads the sums of a JUnit report: `<testsuites … tests="9" errors="0" failures="1" …>`; one test per operation
/// and phase. A report of none is no proof.
fn read(report: &str) -> Result<Count> {
    let sums = report
        .split_once("<testsuites")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(sums, _)| sums)
        .context("not a JUnit report")?;
    let number = |name: &str| {
        let (_, rest) = sums.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()?.parse::<u32>().ok()
    };
    let tests = number("tests").context("no number of tests")?;
    if tests == number("skipped").unwrap_or_default() {
        bail!("schemathesis tried nothing");
    }
    let failed = number("failures").unwrap_or_default() + number("errors").unwrap_or_default();
    Ok(Count {
        passed: tests.saturating_sub(failed),
        failed,
        skipped: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_and_one_of_nothing_is_a_failure() {
        let report = r#"<?xml version="1.0"?><testsuites disabled="0" errors="1" failures="2" tests="9" time="3">"#;
        let expected = Count {
            passed: 6,
            failed: 3,
            skipped: 0,
        };
        assert_eq!(read(report).unwrap(), expected);
        for nothing in [
            r#"<testsuites errors="0" failures="0" tests="0">"#,
            r#"<testsuites errors="0" failures="0" skipped="4" tests="4">"#,
            "<testsuites>",
            "",
        ] {
            assert!(read(nothing).is_err(), "{nothing}");
        }
    }
}
