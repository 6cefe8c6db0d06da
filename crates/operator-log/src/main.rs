//! `limpide-log`: starts the runtime, and shows of its output the server's own lines alone.

use std::env;
use std::ffi::OsString;
use std::io::{Write, stderr};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use operator_log::{FilteredOutput, Process, RUNTIME};

const HELP: &str = "\
limpide-log PROGRAM [ARGUMENT]...

Starts PROGRAM, which is the runtime (`workerd serve …`), and writes to the standard error, of all that it says, the lines of
Limpide's own log alone. What the runtime says about requests that it could not read would quote them: of such lines only the
number is written, once a minute. What an operator must act on is written in fixed words.

SIGTERM, SIGINT and SIGHUP are handed on as SIGTERM, and a second one as SIGKILL. The runtime ends with this program,
however that ends; and this program with the runtime, with its exit code (128 and the signal's number, if a signal ended it).";

/// How often it is seen to whether the runtime ended, or a signal came.
const TICK: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let program = match arguments.next() {
        None => return say(HELP, ExitCode::FAILURE),
        Some(first) if first == "-h" || first == "--help" => return say(HELP, ExitCode::SUCCESS),
        Some(program) => program,
    };
    match run(program, arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => say(
            &format!("{RUNTIME}does not start: {error}"),
            ExitCode::FAILURE,
        ),
    }
}

fn run(program: OsString, arguments: impl Iterator<Item = OsString>) -> std::io::Result<u8> {
    let asked = Arc::new(AtomicU32::new(0));
    let told = Arc::clone(&asked);
    let handler = move || {
        told.fetch_add(1, Ordering::Relaxed);
    };
    ctrlc::set_handler(handler).map_err(std::io::Error::other)?;
    let mut command = Command::new(program);
    command.args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Process::start(&mut command)?;
    let passing = process
        .take_output()
        .map(|(output, errors)| FilteredOutput::start(output, errors, stderr()));
    let mut handed_on = 0;
    let status = loop {
        if let Some(status) = process.ended()? {
            break status;
        }
        if asked.load(Ordering::Relaxed) > handed_on {
            handed_on += 1;
            if handed_on == 1 {
                process.stop()?;
            } else {
                process.kill()?;
            }
        }
        sleep(TICK);
    };
    if let Some(passing) = passing {
        passing.finish(Some(format!("{RUNTIME}ended: {status}")));
    }
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Whether anybody reads it or not.
fn say<T>(text: &str, then: T) -> T {
    let _ = writeln!(stderr(), "{text}");
    then
}
