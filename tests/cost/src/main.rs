//! `cargo xtask cost`: what requests cost the server and their senders.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement that meets what it does not expect stops"
)]

mod deliveries;
mod hostile;
mod loads;
mod requests;
mod steady;

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
            Arg::Long("loads") => return print_loads(),
            Arg::Long("hostile") => return print_hostile(),
            Arg::Long(hostile::OPTION) => {
                hostile::attack(&arguments.value()?.string()?)?;
                return Ok(ExitCode::SUCCESS);
            }
            Arg::Long("deliveries") => return print_steady(arguments.value()?.parse()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let costs = requests::measure()?;
    println!(
        "{:52} {:>6} {:>9} {:>9} {:>9} {:>9}",
        "", "status", "bytes", "server", "bound", "sender"
    );
    let mut is_any_over = false;
    for cost in &costs {
        let bound = cost.bound();
        let is_over = bound.is_some_and(|bound| cost.server > bound);
        is_any_over |= is_over;
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
    Ok(failed_if(is_any_over))
}

/// How late contacts are that become due all the while; fails where one in a hundred is later than it should be.
fn print_steady(lasts: u64) -> Result<ExitCode> {
    let measured = steady::measure(Duration::from_secs(lasts))?;
    let [half, hundredth, most] = measured.late.map(|late| late.as_secs_f64());
    println!(
        "{} contacts a second for {lasts} s, at one intake on one core: {} were applied, half within {half:.1} s of their \
         moment, 99 in 100 within {hundredth:.1} s, all within {most:.1} s; {} still waited, {} reports were not taken; the server \
         was busy {:.0} % of the time",
        steady::EACH_SECOND,
        measured.contacts,
        measured.left,
        measured.refused,
        100.0 * measured.busy,
    );
    let is_over = hundredth > steady::BOUND.as_secs_f64();
    Ok(failed_if(
        is_over || measured.left > 0 || measured.refused > 0,
    ))
}

/// What others waited for; fails where it is longer than it should be.
fn print_loads() -> Result<ExitCode> {
    let [clock, status] = loads::BOUNDS.map(|bound| milliseconds(Some(bound)));
    println!(
        "{:56} {:>8} {:>20} {:>24}",
        "The server", "lasts", "clock 1/2, 1/100", "status 1/2, 1/100"
    );
    let mut is_over = false;
    loads::measure(|load| {
        let [told, asked] = load.waits;
        let over = told.hundredth > loads::BOUNDS[0] || asked.hundredth > loads::BOUNDS[1];
        is_over |= over;
        println!(
            "{:56} {:>6.1} s {:>9}, {:>9} {:>11}, {:>11} {}",
            load.what,
            load.lasted.as_secs_f64(),
            milliseconds(Some(told.half)),
            milliseconds(Some(told.hundredth)),
            milliseconds(Some(asked.half)),
            milliseconds(Some(asked.hundredth)),
            if over { "over" } else { "" },
        );
    })?;
    println!(
        "One in a hundred should wait {clock} for the time and {status} for an answer at the most."
    );
    Ok(failed_if(is_over))
}

/// What honest phones keep while others attack; fails where it is less than it should be.
fn print_hostile() -> Result<ExitCode> {
    println!(
        "{:52} {:>12} {:>12} {:>7} {:>12} {:>6} {:>6}",
        "64 connections send", "quiet", "beside it", "kept", "hostile", "line", "busy"
    );
    let mut is_any_under = false;
    hostile::measure(|kept| {
        let is_under = kept.part() < hostile::BOUND;
        is_any_under |= is_under;
        println!(
            "{:52} {:>10.0}/s {:>10.0}/s {:>5.0} % {:>10.0}/s {:>4.0} % {:>4.0} % {}",
            kept.what,
            kept.honest[0],
            kept.honest[1],
            100.0 * kept.part(),
            kept.hostile,
            100.0 * kept.line,
            100.0 * kept.busy,
            if is_under { "under" } else { "" },
        );
    })?;
    Ok(failed_if(is_any_under))
}

const fn failed_if(is_failed: bool) -> ExitCode {
    if is_failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn milliseconds(time: Option<Duration>) -> String {
    time.map_or_else(String::new, |time| {
        format!("{:.2} ms", time.as_secs_f64() * 1e3)
    })
}
