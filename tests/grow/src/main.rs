//! `cargo xtask grow`: what a registry takes as it grows.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measurement that meets what it does not expect stops"
)]

mod life;
mod measure;
mod safes;
mod seed;
mod watch;

use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use harness::Result;
use http_tests::Realm;
use lexopt::{Arg, Parser, ValueExt};

use self::measure::{ASKED, Day, Night};
use self::seed::Seeded;

/// A question of the largest registry costs at the most so much more than one of the smallest.
const BOUND: f64 = 1.3;
/// The row that this is about.
const WARM: &str = "status, CPU";

fn main() -> Result<ExitCode> {
    let mut sizes = vec![1_000, 10_000, 100_000];
    let mut arguments = Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("sizes") => {
                let told = arguments.value()?.string()?;
                sizes = told.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            other => return Err(other.unexpected().into()),
        }
    }
    sizes.sort_unstable();
    let asked = u32::try_from(ASKED)?;
    if let Some(few) = sizes.iter().find(|size| seed::may_ask(**size) < asked) {
        let what = format!("{few} accounts are too few: {asked} are asked for");
        return Err(std::io::Error::other(what).into());
    }
    eprintln!("a server lives for eighteen days");
    let mut server = life::start()?;
    let realm = Realm::national(&server);
    let lived = life::lead(&mut server, &realm)?;
    let mut columns = Vec::new();
    for accounts in sizes {
        eprintln!("{accounts} accounts are added to what it stored");
        server.kill()?;
        lived.put_back(&server)?;
        let seeded = seed::add(&server, &lived, accounts, asked)?;
        eprintln!("  in {:.0} s; it starts", seeded.lasted.as_secs_f64());
        let day = measure::day(&mut server, &realm, &lived, &seeded)?;
        eprintln!("  a status costs {}", milliseconds(day.warm));
        let night = measure::night(&mut server, &realm, &lived, &seeded, day.loaded)?;
        let load = fs::read_to_string("/proc/loadavg")?;
        let load = load.split(' ').next().unwrap_or_default().to_owned();
        columns.push(Column {
            seeded,
            day,
            night,
            load,
        });
    }
    print(&columns);
    let costs = columns.iter().map(|of| (of.seeded.accounts, of.day.warm));
    let Some((is_over, sentence)) = judge(&costs.collect::<Vec<_>>()) else {
        return Ok(ExitCode::SUCCESS);
    };
    println!("{sentence}");
    Ok(if is_over {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// What was measured with one number of accounts.
struct Column {
    seeded: Seeded,
    day: Day,
    night: Night,
    /// Of this machine, in the last minute of it.
    load: String,
}

fn print(columns: &[Column]) {
    let row = |name: &str, show: &dyn Fn(&Column) -> String| {
        let cells = columns.iter().map(|column| format!("{:>14}", show(column)));
        println!("{name:52}{}", cells.collect::<String>());
    };
    row("accounts", &|of| of.seeded.accounts.to_string());
    row("added in", &|of| seconds(of.seeded.lasted));
    row("groups of record keys", &|of| {
        of.seeded.safes.len().to_string()
    });
    row("files", &|of| of.seeded.files.to_string());
    row("disk, bytes an account", &|of| {
        (of.seeded.bytes / u64::from(of.seeded.accounts)).to_string()
    });
    println!("After a start:");
    row("  first answer", &|of| seconds(of.day.first_answer));
    row("  all groups are loaded", &|of| seconds(of.day.loaded));
    row("  status, CPU", &|of| milliseconds(of.day.cold));
    row("  memory", &|of| megabytes(of.day.memory[0]));
    println!("Once all is loaded:");
    row(&format!("  {WARM}"), &|of| milliseconds(of.day.warm));
    row("  status, 10 a second: half within", &|of| {
        milliseconds(of.day.waits[0])
    });
    row("  status, 10 a second: 99 in 100 within", &|of| {
        milliseconds(of.day.waits[1])
    });
    row(&format!("  memory after {ASKED} statuses"), &|of| {
        megabytes(of.day.memory[1])
    });
    row("  open files since the start, at the most", &|of| {
        of.day.open_files.to_string()
    });
    println!("At midnight:");
    row("  exposures past their term", &|of| {
        of.night.exposures.to_string()
    });
    row("  they are gone after", &|of| seconds(of.night.gone));
    row("  watched for", &|of| seconds(of.night.watched));
    row("  accounts looked at", &|of| of.night.walked.to_string());
    row("  accounts forgotten", &|of| of.night.forgotten.to_string());
    for (at, when) in ["before", "after"].iter().enumerate() {
        row(&format!("  CPU of a second, {when}"), &|of| {
            milliseconds(of.night.busy[at])
        });
        row(
            &format!("  status, 10 a second: 99 in 100 within, {when}"),
            &|of| milliseconds(of.night.hundredth[at]),
        );
        row(
            &format!("  status, 10 a second: all within, {when}"),
            &|of| milliseconds(of.night.most[at]),
        );
    }
    row("  open files since the start, at the most", &|of| {
        of.night.open_files.to_string()
    });
    row("Load of this machine", &|of| of.load.clone());
}

/// How much more a status costs in the largest registry than in the smallest: whether that is too much, and a sentence.
fn judge(costs: &[(u32, Duration)]) -> Option<(bool, String)> {
    let [(few, small), .., (many, large)] = costs else {
        return None;
    };
    let ratio = large.div_duration_f64(*small);
    let is_over = ratio > BOUND;
    let over = if is_over { "over: " } else { "" };
    let sentence = format!(
        "{over}{WARM}, once all is loaded: {ratio:.2} times as much with {many} accounts as with {few}; {BOUND} is allowed"
    );
    Some((is_over, sentence))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_costs_more_with_more_accounts_fails_and_is_named() {
        let judge = |costs: [u64; 3]| {
            let sizes = [1_000, 10_000, 100_000];
            let costs = costs.map(Duration::from_micros);
            judge(&sizes.into_iter().zip(costs).collect::<Vec<_>>()).expect("three sizes")
        };
        assert!(!judge([3_000, 9_000, 3_900]).0);
        let (is_over, sentence) = judge([3_000, 3_000, 3_930]);
        assert!(is_over && sentence.starts_with("over: status, CPU"));
        assert!(sentence.contains("1.31 times"));
    }
}
