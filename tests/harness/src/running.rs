//! One process of a server, and its log.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use operator_log::{FilteredOutput, Process};

use crate::LogTo;
use crate::log::Log;

/// How long a server may take until its first answer, on a machine that compiles meanwhile.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running (or killed) process of the runtime, in a folder of its own.
#[derive(Debug)]
pub(crate) struct Running {
    folder: PathBuf,
    process: Process,
    log: Log,
    /// Writes the log to the terminal.
    terminal: Option<FilteredOutput>,
    port: u16,
}

impl Running {
    /// Starts it. It says in [`listening`] which port it took.
    pub(crate) fn start(folder: &Path, command: &mut Command, log: LogTo) -> Result<Self> {
        let words = Log::of(folder);
        let (process, terminal) = spawn(command, &words, log)?;
        Ok(Self {
            folder: folder.to_owned(),
            process,
            log: words,
            terminal,
            port: 0,
        })
    }

    /// Starts it again.
    pub(crate) fn start_again(&mut self, command: &mut Command, log: LogTo) -> Result<()> {
        self.kill()?;
        (self.process, self.terminal) = spawn(command, &self.log, log)?;
        Ok(())
    }

    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.log.end();
        if let Some(terminal) = self.terminal.take() {
            terminal.finish(None);
        }
        Ok(())
    }

    pub(crate) const fn process(&self) -> &Process {
        &self.process
    }

    /// The port that it took, once it has said so.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    /// Whether it has stopped by itself, and how.
    pub(crate) fn stopped(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.process.ended()?)
    }

    /// Waits until it says which port it took.
    pub(crate) fn wait_until_listening(&mut self) -> Result<()> {
        let begun = Instant::now();
        loop {
            let told = fs::read_to_string(listening(&self.folder))?;
            if let Some(port) = port(&told) {
                self.port = port;
                return Ok(());
            }
            self.has_not_stopped()?;
            if begun.elapsed() > PATIENCE {
                bail!("the server does not listen\n{}", self.log.output());
            }
            sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn wait_until_answering(&mut self) -> Result<()> {
        let begun = Instant::now();
        let url = format!("http://127.0.0.1:{}/", self.port);
        loop {
            self.has_not_stopped()?;
            match minreq::get(&url).with_timeout(5).send() {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed() > PATIENCE => {
                    bail!(
                        "the server does not answer at {url} ({error})\n{}",
                        self.log.output()
                    )
                }
                Err(_) => sleep(Duration::from_millis(20)),
            }
        }
    }

    fn has_not_stopped(&mut self) -> Result<()> {
        if let Some(status) = self.stopped()? {
            bail!(
                "the server stopped at once ({status})\n{}",
                self.log.output()
            );
        }
        Ok(())
    }
}

fn spawn(
    command: &mut Command,
    words: &Log,
    log: LogTo,
) -> Result<(Process, Option<FilteredOutput>)> {
    match log {
        LogTo::File => {
            let output = words.output_file()?;
            command.stdout(output.try_clone()?).stderr(output);
        }
        LogTo::Terminal => {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        LogTo::TerminalUnfiltered => {}
    }
    let started = Process::start(command);
    let mut process =
        started.with_context(|| format!("{} does not start", command.get_program().display()))?;
    let output = process.take_output();
    let to = std::io::stderr;
    let terminal = output.map(|(output, errors)| FilteredOutput::start(output, errors, to()));
    Ok((process, terminal))
}

/// Where the runtime says which port it took.
pub(crate) fn listening(folder: &Path) -> PathBuf {
    folder.join("listening.json")
}

/// `{"event":"listen","socket":"http","port":8787}`: the number, once the line is whole.
fn port(told: &str) -> Option<u16> {
    let (_, port) = told.split_once("\"port\":")?;
    port.split_once('}')?.0.trim().parse().ok()
}
