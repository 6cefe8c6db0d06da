//! `cargo run -p upgrade-tests --bin keep`: keeps the release that is built here.

use std::env;
use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
cargo run -p upgrade-tests --bin keep -- VERSION FOLDER

Plays a short life on a server of the current build, which must be of this version, kills it, and keeps in the folder
(tests/releases/VERSION, which must not exist yet) its bundle, its storage, the phones, and what must be true of them.
Build first: cargo xtask sizes";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [version, folder] if version == env!("CARGO_PKG_VERSION") => {
            upgrade_tests::keep(Path::new(folder));
            ExitCode::SUCCESS
        }
        [version, _] => {
            eprintln!(
                "error: this is {}, not {version}",
                env!("CARGO_PKG_VERSION")
            );
            ExitCode::FAILURE
        }
        _ => {
            eprintln!("{HELP}");
            ExitCode::FAILURE
        }
    }
}
