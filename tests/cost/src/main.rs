//! `cargo xtask cost`: what requests cost the server and their senders.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement that meets what it does not expect stops"
)]

mod deliveries;
mod requests;

use std::process::ExitCode;
use std::time::Duration;

use harness::Result;
use lexopt::{Arg, Parser, ValueExt};

fn main() -> Result<ExitCode> {
    let mut contacts = 2_000;
    let mut arguments = Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("contacts") => contacts = arguments.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let costs = requests::measure()?;
    println!(
        "{:52} {:>6} {:>9} {:>9} {:>9} {:>9}",
        "", "status", "bytes", "server", "bound", "sender"
    );
    for cost in &costs {
        let bound = cost.bound();
        let is_over = bound.is_some_and(|bound| cost.server > bound);
        println!(
            "{:52} {:>6} {:>9} {:>9} {:>9} {:>9} {}",
            cost.what,
            cost.status,
            cost.bytes,
            milliseconds(Some(cost.server)),
            milliseconds(bound),
            milliseconds(cost.sender),
            if is_over { "over" } else { "" },
        );
    }
    let measured = deliveries::measure(contacts)?;
    println!(
        "\n{} contacts: {} to keep one, {} to deliver it; all delivered in {:.1} s, and the server told its time meanwhile \
         in {} (half of the answers), {} (99 in 100)",
        measured.contacts,
        milliseconds(Some(measured.kept)),
        milliseconds(Some(measured.delivered)),
        measured.lasted.as_secs_f64(),
        milliseconds(Some(measured.clock[0])),
        milliseconds(Some(measured.clock[1])),
    );
    Ok(ExitCode::SUCCESS)
}

fn milliseconds(time: Option<Duration>) -> String {
    time.map_or_else(String::new, |time| {
        format!("{:.2} ms", time.as_secs_f64() * 1e3)
    })
}
