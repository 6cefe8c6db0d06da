//! The pinned tools. `cargo xtask` installs them into `.limpide/tools` and `node_modules`: nothing of the user's own
//! changes, except that rustup gains the WebAssembly target. It never installs a package of the system: where one is
//! missing, the error says the command, and whoever owns the machine decides.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use toml::Table;

use crate::dev;
use crate::run::{announce, cargo, read, run};

const TARGET: &str = "wasm32-unknown-unknown";
const OLDEST_NODE: (u32, u32) = (20, 3);

/// Everything that building and serving need; makes what is missing.
pub(crate) fn prepare() -> Result<()> {
    wasm_target()?;
    npm_packages()?;
    install(&builders()?)
}

/// What the tests need besides: what is quickly found missing first.
pub(crate) fn prepare_tests() -> Result<()> {
    compiler_of_cpp()?;
    browser()?;
    prepare_schema()?;
    wasm_target()?;
    npm_packages()?;
    let [bindgen, build] = builders()?;
    let runner = Tool::new("wasm-pack", "0.15.1");
    let gate = Tool::new("cargo-deny", "0.20.2");
    install(&[gate, bindgen, build, runner, fuzzer()])
}

/// Both must agree with the library of the same release, so the lock file says which.
fn builders() -> Result<[Tool; 2]> {
    Ok([
        Tool::new("wasm-bindgen-cli", locked("wasm-bindgen")?),
        Tool::new("worker-build", locked("worker")?),
    ])
}

fn fuzzer() -> Tool {
    Tool::new("cargo-fuzz", "0.13.2")
}

/// Looks for a browser and its driver.
fn browser() -> Result<()> {
    if chromium().is_ok() && chromedriver().is_ok() {
        return Ok(());
    }
    Err(missing(
        "Chromium and its driver",
        "chromium chromium-driver",
        "set CHROMIUM and CHROMEDRIVER to programs of the same version",
    ))
}

/// What tries the API against its description: a Python program, in a virtual environment of its own.
fn prepare_schema() -> Result<()> {
    let list = harness::root().join("tests/schema/requirements.txt");
    let wanted = fs::read(&list).with_context(|| list.display().to_string())?;
    let installed = python_folder().join("installed-from.txt");
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if !has_venv() {
        return Err(missing(
            "Python 3.11 or later with its module venv",
            "python3 python3-venv",
            "install it from https://www.python.org",
        ));
    }
    announce("Installing schemathesis into .limpide/tools");
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(python_folder()))?;
    // The list names every package and the hashes of its files: pip takes no other file, and nothing else.
    let mut pip = Command::new(python());
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps"]);
    pip.args(["--require-hashes", "--disable-pip-version-check"]);
    pip.arg("--requirement").arg(&list);
    run(&mut pip)?;
    Ok(fs::write(installed, wanted)?)
}

/// Whether this Python can make a virtual environment: Debian keeps half of that in a package of its own.
fn has_venv() -> bool {
    let mut python = Command::new("python3");
    python.args([
        "-c",
        "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))",
    ]);
    python.stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

/// The Python that it runs in.
pub(crate) fn python() -> PathBuf {
    python_folder().join("bin/python")
}

/// The program that tries the API.
pub(crate) fn schemathesis() -> PathBuf {
    python_folder().join("bin/schemathesis")
}

fn python_folder() -> PathBuf {
    folder().join("python")
}

/// Says which part of the system is missing, and the command that brings it.
fn missing(what: &str, packages: &str, elsewhere: &str) -> anyhow::Error {
    anyhow!("missing: {what}. On Debian: sudo apt-get install {packages}\nElsewhere: {elsewhere}.")
}

/// What fuzzing needs: cargo's command for it, and a compiler for LLVM's libFuzzer.
pub(crate) fn prepare_fuzzing() -> Result<()> {
    compiler_of_cpp()?;
    install(&[fuzzer()])
}

fn compiler_of_cpp() -> Result<()> {
    let compiler = env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    if on_path(&compiler).is_some() {
        return Ok(());
    }
    Err(missing(
        "a C++ compiler (libFuzzer is written in it)",
        "g++",
        "set CXX to one",
    ))
}

/// A program among the installed tools.
pub(crate) fn program(name: &str) -> PathBuf {
    folder().join("bin").join(name)
}

/// A search path on which the installed tools come first.
pub(crate) fn path() -> Result<OsString> {
    let own = [folder().join("bin")].into_iter();
    let given = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(own.chain(env::split_paths(&given)))?)
}

/// Binaryen's optimiser, a Node script.
pub(crate) fn wasm_opt() -> PathBuf {
    harness::node_modules().join("binaryen/bin/wasm-opt")
}

/// The bundler that comes with wrangler.
pub(crate) fn esbuild() -> Result<PathBuf> {
    let packages = harness::node_modules().join("@esbuild");
    let found = fs::read_dir(&packages).into_iter().flatten().flatten();
    let found = found
        .map(|package| package.path().join("bin/esbuild"))
        .find(|path| path.is_file());
    found.context("esbuild is not installed: run `npm ci`")
}

/// The browser of the tests.
pub(crate) fn chromium() -> Result<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let found = named.or_else(|| {
        ["chromium", "chromium-browser"]
            .into_iter()
            .find_map(on_path)
    });
    found.context("Chromium is missing (Debian: chromium)")
}

/// What steers the browser in the crates' tests.
pub(crate) fn chromedriver() -> Result<PathBuf> {
    let named = env::var_os("CHROMEDRIVER").map(PathBuf::from);
    named
        .or_else(|| on_path("chromedriver"))
        .context("chromedriver is missing (Debian: chromium-driver)")
}

struct Tool {
    name: &'static str,
    version: String,
}

impl Tool {
    fn new(name: &'static str, version: impl Into<String>) -> Self {
        Self {
            name,
            version: version.into(),
        }
    }

    /// As cargo notes what it installed.
    fn is_installed(&self) -> bool {
        let noted = fs::read_to_string(folder().join(".crates.toml")).unwrap_or_default();
        noted.contains(&format!("\"{} {} (", self.name, self.version))
    }
}

/// Installs into one target folder, so that what the tools share is compiled once; and leaves them as they
/// come, since they run for seconds.
fn install(tools: &[Tool]) -> Result<()> {
    let target = folder().join("target");
    for tool in tools.iter().filter(|tool| !tool.is_installed()) {
        announce(&format!(
            "Installing {} {} into .limpide/tools (once; minutes)",
            tool.name, tool.version
        ));
        let mut command = cargo();
        command.args([
            "install",
            "--locked",
            "--force",
            "--version",
            &format!("={}", tool.version),
        ]);
        command
            .arg("--root")
            .arg(folder())
            .arg(tool.name)
            .env("CARGO_TARGET_DIR", &target);
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        command.env("CARGO_PROFILE_RELEASE_LTO", "off");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        run(&mut command)?;
    }
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    dev::folder().join("tools")
}

fn wasm_target() -> Result<()> {
    let mut rustc = Command::new("rustc");
    let library = read(rustc.args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(library.trim()).is_dir() {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!(
            "Rust's target {TARGET} is missing, and so is rustup, which would install it.\n\
             Get rustup at https://rustup.rs, or your system's package of the target \
             (Debian: libstd-rust-dev-wasm32)."
        );
    }
    announce(&format!("Installing Rust's target {TARGET}"));
    run(Command::new("rustup")
        .current_dir(harness::root())
        .args(["target", "add", TARGET]))
}

fn npm_packages() -> Result<()> {
    let how = "Debian: sudo apt-get install nodejs npm; elsewhere: https://nodejs.org";
    let (major, minor) = OLDEST_NODE;
    if on_path("node").is_none() || on_path("npm").is_none() {
        bail!("Node.js {major}.{minor} or later, with npm, is missing. {how}");
    }
    let version = read(Command::new("node").arg("--version"))?;
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(str::parse::<u32>);
    if let (Some(Ok(found)), Some(Ok(point))) = (numbers.next(), numbers.next())
        && (found, point) < OLDEST_NODE
    {
        bail!(
            "Node.js is {}; {major}.{minor} or later is needed. {how}",
            version.trim()
        );
    }
    // npm keeps no word of what it installed from: this copy does.
    let lock = fs::read(harness::root().join("package-lock.json")).context("package-lock.json")?;
    let installed = harness::node_modules().join(".installed-from.json");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    announce("Installing the npm packages into node_modules");
    run(Command::new("npm").current_dir(harness::root()).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))?;
    Ok(fs::write(installed, lock)?)
}

/// The version of a library that the lock file chose.
fn locked(name: &str) -> Result<String> {
    let lock: Table = fs::read_to_string(harness::root().join("Cargo.lock"))?.parse()?;
    let packages = lock.get("package").and_then(|packages| packages.as_array());
    let text = |package: &toml::Value, key| Some(package.get(key)?.as_str()?.to_owned());
    let found = packages
        .into_iter()
        .flatten()
        .find(|package| text(package, "name").as_deref() == Some(name));
    found
        .and_then(|package| text(package, "version"))
        .with_context(|| format!("{name} is not in Cargo.lock"))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_command_that_brings_it() {
        let error = missing("a C++ compiler", "g++", "set CXX to one").to_string();
        assert_eq!(
            error,
            "missing: a C++ compiler. On Debian: sudo apt-get install g++\nElsewhere: set CXX to one."
        );
    }
}
