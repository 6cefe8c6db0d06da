//! `cargo xtask cost`: what requests cost the server and their senders.

use std::ffi::OsStr;
use std::process::ExitCode;

use anyhow::Result;
use lexopt::{Arg, Parser, ValueExt};

use crate::run::{cargo, run};
use crate::{help, tools};

const HELP: &str = "\
cargo xtask cost [--contacts N]
cargo xtask cost --loads
cargo xtask cost --deliveries [SECONDS]
cargo xtask cost --hostile

Sends a server of its own every kind of request, taken and refused, and prints for each what it is answered, the length
of its body, the server's processor time, and the sender's, where it takes more than writing the request. What shows no
valid code, work or account should cost 1.5 ms and 1 ms for each 100 kB at the most: what is over is marked, and it fails.

Then N contacts are reported (default: 2000), to a server that has forgotten all keys: what keeping and delivering one of
them costs, and how long others wait meanwhile.

--loads       instead: how long others wait for the server's time, and for an answer to a phone's question, while it works at
              what can wait, on one core. Fails where one in a hundred waits longer than 50 and 250 ms.
--deliveries  instead: how late contacts are applied when 145 become due in a second, at one intake on one core, for so many
              seconds (default: 600). Fails where one in a hundred is later than a minute.
--hostile     instead: what honest phones keep of their answers while 64 connections, at 10 Mbit/s, send each kind of request
              that shows no valid code, work or account. The server has one core, all others the next. Fails under a half.

It takes the server as it was last built. Processor times differ by a third from run to run on a busy machine.";

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let mut handed_on = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("contacts") => {
                let number: u32 = arguments.value()?.parse()?;
                handed_on.extend(["--contacts".to_owned(), number.to_string()]);
            }
            Arg::Long(name @ ("loads" | "hostile")) => handed_on.push(format!("--{name}")),
            Arg::Long("deliveries") => {
                let lasts = next_number(&mut arguments)?.unwrap_or(600);
                handed_on.extend(["--deliveries".to_owned(), lasts.to_string()]);
            }
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    tools::prepare()?;
    let program = ["run", "--locked", "--package", "cost-tests", "--"];
    run(cargo().args(program).args(handed_on))?;
    Ok(ExitCode::SUCCESS)
}

/// The number that follows an option, if one does.
fn next_number(arguments: &mut Parser) -> Result<Option<u32>> {
    if let Some(value) = arguments.optional_value() {
        return Ok(Some(value.parse()?));
    }
    let more = arguments.try_raw_args();
    let is_number = |next: &OsStr| {
        next.to_str()
            .is_some_and(|next| next.parse::<u32>().is_ok())
    };
    if more.is_some_and(|more| more.peek().is_some_and(is_number)) {
        return Ok(Some(arguments.value()?.parse()?));
    }
    Ok(None)
}
