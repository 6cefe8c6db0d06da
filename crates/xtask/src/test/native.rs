//! The tests that run on this machine itself. All are compiled in one go, so that no crate is compiled twice
//! with other features; then each program is run by itself.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use super::report::Count;
use crate::run::{cargo, read, run, watch};

/// The packages of the tests on the running server: their programs run later, once there is one.
const HTTP: &str = "http";
const UPGRADE: &str = "upgrade";
const SCENARIOS: &str = "scenarios";
const CHAOS: &str = "chaos";
/// It measures: nothing else runs at the same time.
const SILENCE: &str = "silence";
const LATER: [&str; 5] = [HTTP, UPGRADE, SCENARIOS, CHAOS, SILENCE];

/// The program that plants faults into the simulation: it works for minutes, on one core mostly.
const PLANTED: &str = "planted";

/// Of the black-box tests, those that wait for real time and hardly work.
const WAITING: [&str; 4] = ["leaving::", "national::", "term::", "unreachable::"];

/// The tests of the reference proxy itself.
const PROXY: &str = "proxy::";

/// Black-box tests that go through the proxy too: what is sent and answered as HTTP has it. The others look at raw
/// framing, at times, or at what a proxy says differently on purpose: the date, and an address that no QR code should have.
const PROXIED: [&str; 5] = ["answers::", "doors::", "health::", "story::", "told::"];
const NOT_PROXIED: &str = "doors::without_demos_and_without_an_issuer";

/// The official RSSI series may be used but not copied: where it is absent its test is skipped.
const OFFICIAL: &str = "../shared/vectors/official-rssi.json";

/// The compiled test programs; compiled when first asked for.
#[derive(Default)]
pub(super) struct Native {
    programs: OnceLock<Result<Vec<Program>, String>>,
}

struct Program {
    package: String,
    folder: PathBuf,
    path: PathBuf,
}

impl Native {
    /// Runs the tests of every crate.
    pub(super) fn crates(&self) -> Result<Count> {
        let programs = self.programs()?.iter().filter(|program| {
            !LATER.contains(&program.package.as_str()) && name(&program.path) != PLANTED
        });
        run_all(&programs.collect::<Vec<_>>(), |_| {})
    }

    /// Plants faults into the simulation, each of which it must find.
    pub(super) fn planted(&self) -> Result<Count> {
        let programs = self.programs()?.iter();
        let planted = programs.filter(|program| name(&program.path) == PLANTED);
        run_all(&planted.collect::<Vec<_>>(), |_| {})
    }

    /// Runs the black-box tests: those that wait beside the others, which would come before them.
    pub(super) fn http(&self) -> Result<Count> {
        let programs = self.package(HTTP)?;
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                run_all(&programs, |command| {
                    command.env("RUST_TEST_THREADS", "8").args(WAITING);
                })
            });
            let mut count = run_all(&programs, |command| {
                let others = WAITING.into_iter().chain([PROXY]);
                let others = others.flat_map(|name| ["--skip", name]);
                command.env("RUST_TEST_THREADS", "4").args(others);
            })?;
            let Ok(waited) = waiting.join() else {
                bail!("nobody saw the tests that wait to their end");
            };
            count += waited?;
            Ok(count)
        })
    }

    /// Runs the tests of the reference proxy, and others through it; nothing where nginx is not installed.
    pub(super) fn proxied(&self) -> Result<Count> {
        if !harness::has_proxy() {
            if env::var("CI").is_ok_and(|ci| ci == "true") {
                bail!("nginx and openssl are needed");
            }
            println!(
                "skipped: nginx is not installed (Debian: sudo apt-get install nginx openssl)"
            );
            return Ok(Count {
                skipped: 1,
                ..Count::default()
            });
        }
        run_all(&self.package(HTTP)?, |command| {
            command
                .env(harness::PROXIED, "1")
                .env("RUST_TEST_THREADS", "4");
            command.args(["--skip", NOT_PROXIED, PROXY]).args(PROXIED);
        })
    }

    /// Opens what earlier releases stored: all wait together for what was on its way.
    pub(super) fn upgrade(&self) -> Result<Count> {
        run_all(&self.package(UPGRADE)?, |command| {
            command.env("RUST_TEST_THREADS", "6");
        })
    }

    /// Plays the scenarios in French.
    pub(super) fn scenarios(&self) -> Result<Count> {
        run_all(&self.package(SCENARIOS)?, |_| {})
    }

    /// Runs the tests that kill the server: all wait together, and seeds are printed whatever comes of it.
    pub(super) fn chaos(&self) -> Result<Count> {
        run_all(&self.package(CHAOS)?, |command| {
            command.env("RUST_TEST_THREADS", "6").arg("--nocapture");
        })
    }

    /// Measures what a watcher can tell: one at a time, and the figures are worth reading.
    pub(super) fn silence(&self) -> Result<Count> {
        run_all(&self.package(SILENCE)?, |command| {
            command.env("RUST_TEST_THREADS", "1").arg("--nocapture");
        })
    }

    fn package(&self, name: &str) -> Result<Vec<&Program>> {
        let programs = self.programs()?.iter();
        Ok(programs.filter(|program| program.package == name).collect())
    }

    /// How many tests a package has.
    pub(super) fn number_of_tests(&self, package: &str) -> Result<u32> {
        let mut number = 0;
        for program in self.package(package)? {
            let listed = read(program.command().args(["--list", "--format=terse"]))?;
            number += u32::try_from(
                listed
                    .lines()
                    .filter(|line| line.ends_with(": test"))
                    .count(),
            )?;
        }
        Ok(number)
    }

    fn programs(&self) -> Result<&[Program]> {
        let compiled = self
            .programs
            .get_or_init(|| compile().map_err(|error| format!("{error:#}")));
        compiled.as_deref().map_err(|error| anyhow!("{error}"))
    }
}

/// Builds the crates' documentation, where a warning (a link to nothing, a name that is private) is a failure; then
/// runs the examples in it.
pub(super) fn documentation() -> Result<Count> {
    let mut build = cargo();
    build.args(["doc", "--locked", "--workspace", "--no-deps", "--quiet"]);
    run(build.env("RUSTDOCFLAGS", "--deny warnings"))?;
    let mut total = Count::ONE;
    total += count(cargo().args(["test", "--locked", "--workspace", "--doc", "--quiet"]))?;
    Ok(total)
}

impl Program {
    /// As cargo would start it.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder);
        command
    }
}

fn compile() -> Result<Vec<Program>> {
    let mut command = cargo();
    command.args([
        "test",
        "--locked",
        "--workspace",
        "--tests",
        "--no-run",
        "--message-format=json-render-diagnostics",
    ]);
    let mut programs = Vec::new();
    for line in read(&mut command)?.lines() {
        let message: Value = serde_json::from_str(line)?;
        let text = |pointer| message.pointer(pointer).and_then(Value::as_str);
        let (Some(path), Some(manifest)) = (text("/executable"), text("/manifest_path")) else {
            continue;
        };
        // A command that its own package's tests need is built too, and is no test.
        if message.pointer("/profile/test") != Some(&Value::Bool(true)) {
            continue;
        }
        // …/crates/robert/Cargo.toml: the folder has the package's name.
        let folder = Path::new(manifest)
            .parent()
            .context("a manifest in no folder")?;
        let package = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        programs.push(Program {
            package,
            folder: folder.to_owned(),
            path: path.into(),
        });
    }
    if programs.is_empty() {
        bail!("cargo built no test program");
    }
    programs.sort_by(|a, b| (&a.package, &a.path).cmp(&(&b.package, &b.path)));
    Ok(programs)
}

/// Runs these programs one after the other, each as `with` would have it.
fn run_all(programs: &[&Program], with: impl Fn(&mut Command)) -> Result<Count> {
    if programs.is_empty() {
        bail!("there are no such tests");
    }
    let official = harness::root().join(OFFICIAL);
    let mut total = Count::default();
    for program in programs {
        let mut command = program.command();
        if official.exists() {
            command
                .env("LIMPIDE_OFFICIAL_RSSI", &official)
                .arg("--include-ignored");
        }
        with(&mut command);
        println!("{} ({})", program.package, name(&program.path));
        total += count(&mut command)?;
    }
    if total.skipped > 0 && env::var("CI").is_ok_and(|ci| ci == "true") {
        bail!(
            "{} tests were skipped: {} is needed",
            total.skipped,
            official.display()
        );
    }
    Ok(total)
}

fn count(command: &mut Command) -> Result<Count> {
    let (status, output) = watch(command)?;
    Ok(counted(status.success(), &output))
}

/// A program that fails without a summary (it crashed, it did not compile) counts as one failure; so does one that
/// ended well and sums up nothing.
fn counted(went_well: bool, output: &str) -> Count {
    let summed_up = Count::of_rust(output);
    let is_good = went_well && summed_up.is_some();
    let mut count = summed_up.unwrap_or_default();
    if !is_good && count.failed == 0 {
        count.failed = 1;
    }
    count
}

fn name(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name.rsplit_once('-')
        .map_or(name.to_string(), |(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sums_up_nothing_has_failed() {
        let failed = |went_well, output| counted(went_well, output).failed;
        let passes = "test result: ok. 2 passed; 0 failed; 0 ignored";
        assert_eq!(failed(true, passes), 0);
        assert_eq!(failed(true, "running 2 tests"), 1);
        assert_eq!(failed(false, passes), 1);
        let fails = "test result: FAILED. 1 passed; 2 failed; 0 ignored";
        assert_eq!(failed(false, fails), 2);
    }
}
