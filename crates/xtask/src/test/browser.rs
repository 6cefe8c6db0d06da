//! The tests that run in Chromium.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};
use harness::Server;

use super::native::Native;
use super::report::Count;
use crate::run::watch;
use crate::{dev, tools};

/// The crates whose every test must give the same in a browser.
const CRATES: [&str; 3] = ["skinny", "robert", "workshop"];

/// The page: its parts are tested where they exist.
const PAGE: &str = "web";

/// Runs the tests of [`CRATES`] in a browser, and holds their number against the native one; then those of [`PAGE`].
pub(super) fn crates(native: &Native) -> Result<Count> {
    let mut total = Count::default();
    for name in CRATES {
        // All but the examples of the documentation, which have a step of their own.
        let count = tests_of(&format!("crates/{name}"), &["--lib", "--test", "*"])?;
        let (here, there) = (native.number_of_tests(name)?, count.passed + count.skipped);
        println!("{name}: {here} tests natively, {there} in the browser");
        if count.skipped > 0 {
            println!(
                "  of these, {} read a file, which a browser cannot: they run natively alone",
                count.skipped
            );
        }
        if here != there {
            bail!("{name} has {here} tests natively, but {there} in the browser");
        }
        total += Count {
            skipped: 0,
            ..count
        };
    }
    let count = tests_of(PAGE, &["--lib"])?;
    println!("{PAGE}: {} tests in the browser", count.passed);
    if count.passed == 0 {
        bail!("no part of the page is tested");
    }
    total += count;
    Ok(total)
}

/// Runs the tests of the crate in this folder in a browser.
fn tests_of(folder: &str, which: &[&str]) -> Result<Count> {
    let mut command = Command::new(tools::program("wasm-pack"));
    command
        .current_dir(harness::root())
        .env("PATH", tools::path()?);
    command.args([
        "test",
        "--headless",
        "--chrome",
        "--mode",
        "no-install",
        "--chromedriver",
    ]);
    command.arg(tools::chromedriver()?).arg(folder);
    command.arg("--locked").args(which);
    let (status, output) = watch(&mut command)?;
    let count = Count::of_rust(&output).unwrap_or_default();
    if !status.success() {
        bail!(
            "the tests of {folder} fail in the browser ({} passed, {} failed)",
            count.passed,
            count.failed
        );
    }
    Ok(count)
}

/// Starts a server of its own and runs `tests/e2e/*.test.mjs` against it.
pub(super) fn page() -> Result<Count> {
    let server = Server::fresh()?;
    let folder = harness::root().join("tests/e2e");
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    let summary = dev::folder().join("browser.tap");
    // What an earlier run left is not read for this one's.
    fs::write(&summary, "").with_context(|| summary.display().to_string())?;
    let mut command = Command::new("node");
    // One file at a time: they share a server and two cores.
    command.args([
        "--test",
        "--test-concurrency=1",
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
    ]);
    command
        .arg("--test-reporter=tap")
        .arg(format!("--test-reporter-destination={}", summary.display()));
    command
        .args(files)
        .env("LIMPIDE_URL", server.url())
        .env("CHROMIUM", tools::chromium()?);
    let (status, _) = watch(command.current_dir(harness::root()))?;
    let mut count = Count::of_node(&fs::read_to_string(&summary)?);
    if !status.success() && count.failed == 0 {
        count.failed = 1;
    }
    if count.failed > 0 {
        eprintln!("what the server said:\n{}", server.output());
    }
    Ok(count)
}
