//! A process that does not outlive this program, however that ends.

use std::fs;
use std::io::{Error, Result, Write};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A running process, and a shell that watches over it.
#[derive(Debug)]
pub struct Process {
    process: Child,
    /// Reads what is written to it: `stop` ends the process (SIGTERM), an empty line ends the watch. As soon as the pipe
    /// ends without a word it kills the process: the system ends the pipe with this program.
    watch: Child,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// When it, or the shell, does not start.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut process = command.spawn()?;
        match watch(&process) {
            Ok(watch) => Ok(Self { process, watch }),
            Err(error) => {
                process.kill()?;
                process.wait()?;
                Err(error)
            }
        }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it says, if its output was made a pipe; once.
    pub fn take_output(&mut self) -> Option<(ChildStdout, ChildStderr)> {
        Some((self.process.stdout.take()?, self.process.stderr.take()?))
    }

    /// Asks it to end (SIGTERM).
    ///
    /// # Errors
    /// When the watch is gone.
    pub fn stop(&mut self) -> Result<()> {
        match self.watch.stdin.as_mut() {
            Some(pipe) => pipe.write_all(b"stop\n"),
            None => Ok(()),
        }
    }

    /// Kills it (SIGKILL), unless it has ended.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        // From here on its number may be another's.
        if let Some(mut pipe) = self.watch.stdin.take() {
            // The watch may have been killed by somebody else.
            let _ = pipe.write_all(b"\n");
        }
        self.watch.wait()?;
        Ok(())
    }

    /// Whether it has ended by itself, and how.
    ///
    /// # Errors
    /// When the system refuses to tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.process.try_wait()
    }

    /// How many files, sockets and pipes it holds open.
    ///
    /// # Errors
    /// When the system does not tell: Linux does.
    pub fn open_files(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.id()))?.count())
    }

    /// How much memory it holds, in bytes.
    ///
    /// # Errors
    /// When the system does not tell: Linux does.
    pub fn memory(&self) -> Result<u64> {
        let told = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let kilobytes = told
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"));
        let kilobytes = kilobytes.ok_or_else(|| Error::other("no VmRSS"))?.trim();
        Ok(1_024 * kilobytes.parse::<u64>().map_err(Error::other)?)
    }

    /// How much processor time its threads have used: the first number of each thread's `schedstat`, in nanoseconds.
    ///
    /// # Errors
    /// When the system does not tell: Linux does.
    pub fn processor_time(&self) -> Result<Duration> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.process.id()))?;
        let mut used = Duration::ZERO;
        for thread in threads {
            let told = fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanoseconds = told.split(' ').next().unwrap_or_default();
            used += Duration::from_nanos(nanoseconds.parse().map_err(Error::other)?);
        }
        Ok(used)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nobody is left to tell: what cannot be killed here is already gone.
        let _ = self.kill();
    }
}

/// Signals of a terminal, or of a supervisor, go to the whole group: the watch stays until the pipe says what to do.
const WATCH: &str = r#"trap '' HUP INT TERM
while read -r word; do
    case $word in
    stop) kill -TERM "$0" ;;
    *) exit ;;
    esac
done
kill -KILL "$0""#;

fn watch(process: &Child) -> Result<Child> {
    let mut shell = Command::new("sh");
    shell.args(["-c", WATCH]);
    shell.arg(process.id().to_string());
    shell.stdin(Stdio::piped()).stdout(Stdio::null());
    shell.spawn()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::process::ExitStatusExt;
    use std::thread;
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

    /// A process that was only just begun has not loaded its program yet: it is asked until it has.
    #[test]
    fn it_tells_how_much_memory_it_holds() {
        let begun = Instant::now();
        let sleeper = sleeper();
        loop {
            let memory = sleeper.memory().unwrap();
            if (100_000..100_000_000).contains(&memory) {
                break;
            }
            assert!(begun.elapsed().as_secs() < 30, "{memory}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn it_can_be_asked_to_end() {
        let mut sleeper = sleeper();
        sleeper.stop().unwrap();
        assert_eq!(sleeper.process.wait().unwrap().signal(), Some(15));
        sleeper.kill().unwrap();
        assert!(sleeper.watch.wait().unwrap().success());
    }

    #[test]
    fn once_it_was_killed_nobody_else_is() {
        let mut sleeper = sleeper();
        sleeper.kill().unwrap();
        // It was told, and had no need to kill.
        assert!(sleeper.watch.wait().unwrap().success());
        sleeper.kill().unwrap();
    }
}
