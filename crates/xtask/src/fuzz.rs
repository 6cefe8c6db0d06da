//! `cargo xtask fuzz`: every parser, given what nobody would send.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::run::{announce, cargo, read, run};
use crate::{help, tools};

const HELP: &str = "\
cargo xtask fuzz [--list] [--seconds N] [TARGET]...

Runs the fuzz targets in fuzz/, or those named, for N seconds each (300 unless told), as many at a time as there are
cores. Starts from fuzz/seeds and what earlier runs kept in fuzz/corpus. An input that breaks a promise is kept in
fuzz/artifacts, and run alone by

  cargo fuzz run -s none TARGET FILE        (with .limpide/tools/bin on the path)";

/// Seconds of each target in `cargo xtask test`.
const SMOKE: u32 = 4;

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let known = targets()?;
    let (mut seconds, mut chosen) = (300, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("list") => return help(&known.join("\n")),
            Arg::Long("seconds") => seconds = arguments.value()?.parse()?,
            Arg::Value(name) => chosen.push(name.string()?),
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = chosen.iter().find(|name| !known.contains(name)) {
        bail!("no target {unknown}; `cargo xtask fuzz --list` names them");
    }
    tools::prepare_fuzzing()?;
    fuzz(if chosen.is_empty() { known } else { chosen }, seconds)?;
    Ok(ExitCode::SUCCESS)
}

/// Every target for a few seconds: how many there are.
pub(crate) fn smoke() -> Result<u32> {
    tools::prepare_fuzzing()?;
    run(cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))?;
    let targets = targets()?;
    let count = targets.len().try_into()?;
    fuzz(targets, SMOKE)?;
    Ok(count)
}

fn folder() -> PathBuf {
    harness::root().join("fuzz")
}

fn targets() -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(folder().join("fuzz_targets"))? {
        let path = entry?.path();
        targets.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    targets.sort();
    Ok(targets)
}

/// Compiles all of them in one go, then runs these. What they say is shown where one fails.
fn fuzz(targets: Vec<String>, seconds: u32) -> Result<()> {
    announce("Compiling the fuzz targets");
    let mut build = cargo();
    build.args(["fuzz", "build", "--sanitizer", "none"]);
    run(build.env("PATH", tools::path()?))?;
    let host = read(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let programs = folder().join("target").join(host.trim()).join("release");

    let cores = thread::available_parallelism()?.get();
    let waiting = Mutex::new(targets.into_iter());
    let next = || {
        waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    let outcomes = thread::scope(|scope| {
        let work = || {
            let mut outcomes = Vec::new();
            while let Some(target) = next() {
                outcomes.push(run_one(&programs, &target, seconds));
            }
            outcomes
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join())
            .collect::<Vec<_>>()
    });
    let mut failed = 0;
    for outcome in outcomes.into_iter().flatten().flatten() {
        if let Err(error) = outcome {
            eprintln!("{error:#}");
            failed += 1;
        }
    }
    if failed > 0 {
        bail!("{failed} fuzz targets failed");
    }
    Ok(())
}

fn run_one(programs: &std::path::Path, target: &str, seconds: u32) -> Result<()> {
    let corpus = folder().join("corpus").join(target);
    let artifacts = folder().join("artifacts").join(target);
    for made in [&corpus, &artifacts] {
        fs::create_dir_all(made)?;
    }
    let mut command = Command::new(programs.join(target));
    command
        .arg(&corpus)
        .arg(folder().join("seeds").join(target));
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.arg(format!("-dict={}", folder().join("json.dict").display()));
    // As long as most bodies may be. One input takes milliseconds.
    command.arg("-max_len=16384");
    command.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    // What was broken is said above the backtrace, which says nothing more.
    let output = command
        .env("RUST_BACKTRACE", "0")
        .output()
        .with_context(|| format!("fuzz target {target}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let mut last: Vec<_> = said.lines().rev().take(25).collect();
        last.reverse();
        bail!("fuzz target {target} failed:\n{}", last.join("\n"));
    }
    let figure = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.map_or("?", str::trim).to_owned()
    };
    println!(
        "{target:<14} {:>10} inputs, {:>7} a second",
        figure("stat::number_of_executed_units:"),
        figure("stat::average_exec_per_sec:")
    );
    Ok(())
}
