//! Other programs, run to their end.

use std::env;
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

/// Says what begins now.
pub(crate) fn announce(what: &str) {
    eprintln!("\x1b[1m==> {what}\x1b[0m");
}

/// The cargo that runs this, at the repository's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(harness::root());
    // Set for this very program by `cargo run`; handed on, they would make others rebuild.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" {
            command.env_remove(name);
        }
    }
    command
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    harness::root().join(chosen.unwrap_or_else(|| "target".into()))
}

/// Runs a program, its words going to the terminal; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| name(command))?;
    succeeded(command, status)
}

/// Runs a program and hands back what it wrote to its standard output; anything but success is an error.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| name(command))?;
    succeeded(command, output.status)?;
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a program, showing its standard output line by line and handing it back whole, success or not.
pub(crate) fn watch(command: &mut Command) -> Result<(ExitStatus, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| name(command))?;
    let mut said = String::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            writeln!(stdout(), "{line}")?;
            said.push_str(&line);
            said.push('\n');
        }
    }
    Ok((child.wait()?, said))
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{} failed ({status})", name(command));
    }
    Ok(())
}

fn name(command: &Command) -> String {
    let words = command
        .get_args()
        .take(3)
        .map(|word| word.to_string_lossy().into_owned());
    let program = command.get_program().to_string_lossy().into_owned();
    [program]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}
