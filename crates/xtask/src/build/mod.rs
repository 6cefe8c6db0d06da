//! From sources to what is deployed: `web/dist` and `worker/build`.

mod page;
mod site;
mod worker;

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::run::announce;

/// The page first: the worker knows its files by name.
pub(crate) fn everything() -> Result<()> {
    announce("Building the page");
    page::build()?;
    announce("Building the worker");
    worker::build()?;
    check_paths()
}

/// Where this machine keeps the sources of crates: `$CARGO_HOME/registry/src/*`. None are there when they are vendored.
fn sources() -> Result<Vec<String>> {
    let home = match (env::var_os("CARGO_HOME"), env::var_os("HOME")) {
        (Some(cargo), _) => PathBuf::from(cargo),
        (None, Some(home)) => PathBuf::from(home).join(".cargo"),
        (None, None) => bail!("neither CARGO_HOME nor HOME is set"),
    };
    let folder = home.join("registry/src");
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let folders = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let path = |entry: fs::DirEntry| entry.path().into_os_string().into_string();
    let paths = folders.map(|entry| path(entry?).ok().context("a path that is no text"));
    paths.collect()
}

/// What Cargo is told so that messages of panics name crates, and not where this machine keeps them: else every machine
/// would build another bundle, and each would tell its paths.
fn without_paths() -> Result<[String; 2]> {
    let flags: Vec<_> = sources()?
        .iter()
        .map(|source| format!("--remap-path-prefix={source}=crates.io"))
        .collect();
    let flags = serde_json::to_string(&flags)?;
    let config = format!("target.wasm32-unknown-unknown.rustflags={flags}");
    Ok(["--config".to_owned(), config])
}

fn check_paths() -> Result<()> {
    let root = harness::root();
    let worker = root.join("worker/build/index_bg.wasm");
    let assets = fs::read_dir(root.join("web/dist/assets"))?;
    let assets = assets.map(|entry| Ok(entry?.path()));
    let mut files = assets.collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|kind| kind == "wasm"));
    files.push(worker);
    for file in files {
        let built = fs::read(&file)?;
        for source in sources()? {
            if built
                .windows(source.len())
                .any(|part| part == source.as_bytes())
            {
                bail!(
                    "{} tells where this machine keeps crates: {source}",
                    file.display()
                );
            }
        }
    }
    Ok(())
}
