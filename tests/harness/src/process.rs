//! A process that does not outlive this program, however that ends.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

#[derive(Debug)]
pub(crate) struct Process {
    process: Child,
    /// Kills it as soon as the pipe to here ends without a word: the system ends it with this program.
    watch: Child,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut process = command
            .spawn()
            .with_context(|| format!("{} does not start", command.get_program().display()))?;
        match watch(&process) {
            Ok(watch) => Ok(Self { process, watch }),
            Err(error) => {
                process.kill()?;
                process.wait()?;
                Err(error)
            }
        }
    }

    /// Kills it (SIGKILL), unless it has ended.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        // From here on its number may be another's.
        if let Some(mut pipe) = self.watch.stdin.take() {
            // Who interrupts a terminal's programs interrupts this one as well.
            let _ = pipe.write_all(b"\n");
        }
        self.watch.wait()?;
        Ok(())
    }

    /// Whether it has ended by itself, and how.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.process.try_wait()?)
    }

    /// How much processor time its threads have used: the first number of each thread's `schedstat`, in nanoseconds.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.process.id()))?;
        let mut used = Duration::ZERO;
        for thread in threads {
            let told = fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanoseconds = told.split(' ').next().unwrap_or_default().parse()?;
            used += Duration::from_nanos(nanoseconds);
        }
        Ok(used)
    }
}

fn watch(process: &Child) -> Result<Child> {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"read -r _ || kill -9 "$0""#]);
    shell.arg(process.id().to_string());
    shell.stdin(Stdio::piped()).stdout(Stdio::null());
    shell
        .spawn()
        .context("a shell is needed to watch the server")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::process::ExitStatusExt;
    use std::time::Instant;

    use super::*;

    fn sleeper() -> Process {
        Process::start(Command::new("sleep").arg("60")).unwrap()
    }

    /// What the system does to the pipe of a program that was killed.
    #[test]
    fn it_ends_with_this_program() {
        let begun = Instant::now();
        let mut sleeper = sleeper();
        assert_eq!(sleeper.ended().unwrap(), None);
        drop(sleeper.watch.stdin.take());
        assert_eq!(sleeper.process.wait().unwrap().signal(), Some(9));
        assert!(begun.elapsed().as_secs() < 30);
        sleeper.kill().unwrap();
    }

    #[test]
    fn once_it_was_killed_nobody_else_is() {
        let mut sleeper = sleeper();
        sleeper.kill().unwrap();
        // The status of `read`: there was no need for the other command.
        assert!(sleeper.watch.wait().unwrap().success());
        sleeper.kill().unwrap();
    }
}
