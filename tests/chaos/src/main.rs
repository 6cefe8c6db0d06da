//! `cargo xtask chaos`: the same as the test, longer.

use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt};

const HELP: &str = "\
cargo xtask chaos [--kills N] [--seed S]

Kills running servers at random moments while reports go in, starts them again, waits until all is at rest, and counts:
every report answered 200 once for each person it names, nothing for others, no code used twice; and that nothing of it
is left after sixteen days. About ten minutes on two cores, and two of them are waiting at the end.

  --kills N   how often (1000)
  --seed S    repeat what was drawn under this seed; it is printed. So does LIMPIDE_SEED=S";

fn main() -> ExitCode {
    match command(Parser::from_env()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command(mut arguments: Parser) -> Result<ExitCode, lexopt::Error> {
    let (mut kills, mut seed) = (1_000, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("kills") => kills = arguments.value()?.parse()?,
            Arg::Long("seed") => seed = Some(arguments.value()?.parse()?),
            Arg::Short('h') | Arg::Long("help") => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected()),
        }
    }
    let (findings, _) = chaos::rehearse(kills, seed.unwrap_or_else(chaos::seed));
    println!("{} findings", findings.len());
    Ok(match findings.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
