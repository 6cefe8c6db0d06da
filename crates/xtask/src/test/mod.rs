//! `cargo xtask test`: every check there is, the quick ones first, ending at the first that fails.

mod browser;
mod native;
mod report;
mod schema;

use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::run::{announce, cargo, run};
use crate::{build, fuzz, help, sizes, tools};
use native::Native;
use report::{Count, Outcome, Report};

const HELP: &str = "\
cargo xtask test [--list] [--only STEP]...

Runs every check, the quick ones first, and stops at the first step that fails. Installs missing tools into this folder,
as `cargo xtask up` does. Of the system it needs Chromium with its driver, a C++ compiler and Python 3.11 with venv: where
one is missing, it says the command that installs it.

  --list        name the steps
  --only STEP   run this step alone (may be repeated); it takes what earlier steps built as it is

With CI=true in the environment a test that has to be skipped is a failure.";

struct Step {
    name: &'static str,
    what: &'static str,
    when: When,
    run: fn(&Native) -> Result<Count>,
}

/// Two cores are idle while a test waits for real time.
#[derive(PartialEq, Eq)]
enum When {
    /// Once all before it have ended.
    Next,
    /// At the same time as the one before it.
    Beside,
}

const STEPS: &[Step] = &[
    Step {
        name: "format",
        what: "the code is formatted",
        when: When::Next,
        run: |_| check(cargo().args(["fmt", "--all", "--check"])),
    },
    Step {
        name: "tools",
        what: "what the next steps need is installed",
        when: When::Next,
        run: |_| {
            tools::prepare_tests()?;
            Ok(Count::ONE)
        },
    },
    Step {
        name: "deny",
        what: "licences, sources and bans of every crate that is linked",
        when: When::Next,
        run: |_| deny(),
    },
    Step {
        name: "lint",
        what: "clippy finds nothing, natively, in WebAssembly and in the fuzz targets",
        when: When::Next,
        run: |_| lint(),
    },
    Step {
        name: "native",
        what: "tests of every crate",
        when: When::Next,
        run: Native::crates,
    },
    Step {
        name: "fuzz",
        what: "every parser, given what nobody would send for a few seconds",
        when: When::Next,
        run: |_| fuzzed(),
    },
    Step {
        name: "doc",
        what: "the documentation builds without a warning, and its examples run",
        when: When::Next,
        run: |_| native::documentation(),
    },
    Step {
        name: "build",
        what: "page and worker build, within their size budgets",
        when: When::Next,
        run: |_| deployable(),
    },
    Step {
        name: "wasm",
        what: "tests of skinny, robert and workshop in Chromium, as many as natively, and of the page's parts",
        when: When::Next,
        run: browser::crates,
    },
    Step {
        name: "http",
        what: "black-box tests against the running server",
        when: When::Next,
        run: Native::http,
    },
    Step {
        name: "planted",
        what: "faults on purpose, each of which the simulation finds",
        when: When::Beside,
        run: Native::planted,
    },
    Step {
        name: "proxy",
        what: "the reference proxy, and black-box tests through it, where nginx is installed",
        when: When::Next,
        run: Native::proxied,
    },
    Step {
        name: "upgrade",
        what: "what earlier releases stored and sent, opened and replaced by this build",
        when: When::Beside,
        run: Native::upgrade,
    },
    Step {
        name: "schema",
        what: "the running server against its own description, by a phone written from it and by schemathesis",
        when: When::Beside,
        run: |_| schema::run(),
    },
    Step {
        name: "scenarios",
        what: "scenarios in French, played on the running server",
        when: When::Beside,
        run: Native::scenarios,
    },
    Step {
        name: "chaos",
        what: "200 kills of running servers, and every report counted once",
        when: When::Beside,
        run: Native::chaos,
    },
    Step {
        name: "browser",
        what: "the page in Chromium",
        when: When::Beside,
        run: |_| browser::page(),
    },
    Step {
        name: "silence",
        what: "sizes, times and rows tell a watcher nothing, measured on the running server",
        when: When::Next,
        run: Native::silence,
    },
];

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let mut only = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("list") => return list(),
            Arg::Long("only") => only.push(arguments.value()?.string()?),
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = only
        .iter()
        .find(|name| STEPS.iter().all(|step| step.name != **name))
    {
        bail!("no step {unknown}; `cargo xtask test --list` names them");
    }

    let steps: Vec<_> = STEPS
        .iter()
        .filter(|step| only.is_empty() || only.iter().any(|name| name == step.name))
        .collect();
    let mut report = Report::default();
    let native = Native::default();
    for together in steps.chunk_by(|_, step| step.when == When::Beside) {
        if report.has_failed() {
            for step in together {
                report.add(step.name, None, Outcome::NotRun);
            }
            continue;
        }
        thread::scope(|scope| {
            let begun = together
                .iter()
                .map(|step| (step, scope.spawn(|| step.run(&native))));
            for (step, running) in begun.collect::<Vec<_>>() {
                let (took, outcome) = running.join().unwrap_or_else(|_| {
                    let broke = Outcome::Broke(format!("{} panicked", step.name));
                    (None, broke)
                });
                report.add(step.name, took, outcome);
            }
        });
    }
    report.print();
    Ok(if report.has_failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl Step {
    fn run(&self, native: &Native) -> (Option<Duration>, Outcome) {
        announce(&format!("{}: {}", self.name, self.what));
        let begun = Instant::now();
        let outcome = (self.run)(native).into();
        (Some(begun.elapsed()), outcome)
    }
}

fn list() -> Result<ExitCode> {
    for step in STEPS {
        println!("{:<9} {}", step.name, step.what);
    }
    Ok(ExitCode::SUCCESS)
}

/// Holds both lock files against `deny.toml`. In the first, a line of `deny.toml` that matches nothing is an error too;
/// the second, of the fuzz targets, has fewer crates. The check for known holes needs a database on the network, so it
/// is none of these.
fn deny() -> Result<Count> {
    let strict = ["warnings"].as_slice();
    let unmatched = [
        "license-not-encountered",
        "unmatched-skip",
        "unnecessary-skip",
        "unused-wrapper",
    ];
    for (manifest, denied, allowed) in [
        ("Cargo.toml", strict, [].as_slice()),
        (fuzz::MANIFEST, &[], &unmatched),
    ] {
        let mut command = Command::new(tools::program("cargo-deny"));
        command
            .current_dir(harness::root())
            .args(["--locked", "--manifest-path", manifest])
            .args(["--config", "deny.toml", "check"])
            .args(denied.iter().flat_map(|lint| ["--deny", lint]))
            .args(allowed.iter().flat_map(|lint| ["--allow", lint]))
            // Which crate is exempt from the list of licences is one list for both.
            .args(["--allow", "license-exception-not-encountered"])
            .args(["bans", "licenses", "sources"]);
        run(&mut command)?;
    }
    Ok(Count {
        passed: 2,
        ..Count::default()
    })
}

/// The views of the page exist in WebAssembly only, so the two halves that are deployed are read there too: in
/// the profile in which they are deployed, whose macros and build scripts the next steps need anyway. The fuzz targets
/// are a workspace of their own, and match on types of this one.
fn lint() -> Result<Count> {
    check(cargo().args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    let mut deployed = cargo();
    deployed.args([
        "clippy",
        "--locked",
        "--release",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    deployed.args([
        "--package",
        "limpide-web",
        "--package",
        "limpide-worker",
        "--",
        "-D",
        "warnings",
    ]);
    check(&mut deployed)?;
    let mut fuzzed = cargo();
    fuzzed.args(["clippy", "--locked", "--manifest-path", fuzz::MANIFEST]);
    check(fuzzed.args(["--", "-D", "warnings"]))?;
    Ok(Count {
        passed: 3,
        ..Count::default()
    })
}

fn fuzzed() -> Result<Count> {
    let passed = fuzz::smoke()?;
    Ok(Count {
        passed,
        ..Count::default()
    })
}

fn deployable() -> Result<Count> {
    build::everything()?;
    sizes::check()?;
    Ok(Count::ONE)
}

fn check(command: &mut Command) -> Result<Count> {
    run(command)?;
    Ok(Count::ONE)
}
