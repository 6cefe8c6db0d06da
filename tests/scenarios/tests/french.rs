//! Plays the features of `features/`, and sums up as Rust's own test runner does.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Of what a test program can be told, only a text to look for means something here.
    let sought = env::args().skip(1).find(|text| !text.starts_with('-'));
    let scenarios::Tally { passed, failed } = scenarios::run(sought.as_deref());
    let ok = failed == 0 && passed > 0;
    println!(
        "\ntest result: {}. {passed} passed; {failed} failed; 0 ignored",
        if ok { "ok" } else { "FAILED" }
    );
    if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
