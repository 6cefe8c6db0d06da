//! Limpide's server as the tests and `cargo xtask up` run it: the runtime `workerd` alone, configured from
//! `wrangler.toml`, storing in a folder that the caller chooses. Demo realms have a process of their own behind that of the
//! national realm; one address leads to both.
//!
//! ```no_run
//! # fn main() -> harness::Result<()> {
//! let mut server = harness::Server::fresh()?;      // a free port, an empty folder
//! println!("{} {}", server.url(), server.issuer_key().unwrap_or("none"));
//! server.kill()?;                                  // SIGKILL: nothing is flushed, nothing is said goodbye
//! println!("{:?}", server.storage());              // what is on disk now
//! server.restart()?;                               // same address, same folder
//! # Ok(())
//! # }
//! ```
//!
//! # Out of scope
//! Building: `cargo xtask` does that. A missing build is an error that names the command.

mod capnp;
mod log;
mod manifest;
mod proxy;
mod running;
mod server;

use std::env;
use std::path::{Path, PathBuf};

pub use anyhow::Result;
pub use log::OUTPUT;
pub use manifest::{Manifest, Object, Service};
pub use proxy::{Limits, NAME, Proxy, has_proxy};
pub use server::{
    Demo, Front, LogTo, PROXIED, Secrets, Server, Settings, new_folder, runtime, storage,
};

/// The root of the repository: around the folder one works in, else where this was compiled.
#[must_use]
pub fn root() -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut candidates = here.ancestors().chain(compiled.ancestors());
    candidates
        .find(|folder| folder.join("wrangler.toml").is_file())
        .unwrap_or(compiled)
        .to_owned()
}

/// The npm packages that `package-lock.json` pins, once installed.
#[must_use]
pub fn node_modules() -> PathBuf {
    root().join("node_modules")
}
