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

/// Of the workspace that the targets are.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";
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
    run(cargo().args(["fmt", "--manifest-path", MANIFEST, "--check"]))?;
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
    let number = targets.len();
    let waiting = Mutex::new(targets.into_iter());
    let next = || {
        waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    let passed: usize = thread::scope(|scope| {
        let work = || {
            let mut passed = 0;
            while let Some(target) = next() {
                match run_one(&programs, &target, seconds) {
                    Ok(()) => passed += 1,
                    Err(error) => eprintln!("{error:#}"),
                }
            }
            passed
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        // Where a thread broke, nothing passed.
        let passed = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_default());
        passed.sum()
    });
    let failed = number - passed;
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
    let Some([inputs, a_second]) = figures(&said).filter(|[inputs, _]| *inputs > 0) else {
        bail!("fuzz target {target} was given nothing:\n{said}");
    };
    println!("{target:<14} {inputs:>10} inputs, {a_second:>7} a second");
    Ok(())
}

/// How many inputs a target was given, in all and in a second.
fn figures(said: &str) -> Option<[u64; 2]> {
    let figure = |name| {
        let line = said.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse().ok()
    };
    Some([
        figure("stat::number_of_executed_units:")?,
        figure("stat::average_exec_per_sec:")?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_says_nothing_was_given_nothing() {
        let said = "Done 812 runs in 5 second(s)\nstat::number_of_executed_units: 812\n\
                    stat::average_exec_per_sec:     162\nstat::new_units_added: 3\n";
        assert_eq!(figures(said), Some([812, 162]));
        assert_eq!(figures("INFO: Seed: 1"), None);
    }
}
