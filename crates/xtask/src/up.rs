//! `cargo xtask up`: from a fresh clone to an answering page.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use harness::{Demo, LogTo, Server, Settings};
use lexopt::{Arg, Parser, ValueExt};

use crate::run::announce;
use crate::{build, dev, help, sizes, tools};

const HELP: &str = "\
cargo xtask up [--fresh] [--port N] [--unfiltered]

Installs what is missing (Rust's WebAssembly target, pinned tools into .limpide/tools, npm packages into
node_modules), draws the development secrets on first run, builds the page and the worker, and serves both at
http://localhost:8787 until Ctrl-C. What the national realm stores stays in .limpide/storage for the next time. Demo
realms have a process of their own behind it, which stores in memory where the system has a file system there (/dev/shm),
and are gone when it stops. Both processes have the same priority: on a host, docs/OPERATING.md gives them weights.

  --fresh        start with an empty storage and new secrets
  --port N       serve at another port
  --unfiltered   show what the runtime itself says too: it may quote requests, so this is for development alone";

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let (mut fresh, mut port, mut log) = (false, 8787, LogTo::Terminal);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("fresh") => fresh = true,
            Arg::Long("unfiltered") => log = LogTo::TerminalUnfiltered,
            Arg::Long("port") => port = arguments.value()?.parse()?,
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let begun = Instant::now();
    tools::prepare()?;
    build::everything()?;
    if let Err(error) = sizes::check() {
        eprintln!("warning: {error:#}");
    }
    if fresh {
        for made in ["storage", "dev"].map(|name| dev::folder().join(name)) {
            if made.exists() {
                fs::remove_dir_all(made)?;
            }
        }
    }
    announce("Starting the server");
    let storage = dev::DemoStorage::new()?;
    if !storage.is_in_memory {
        let folder = storage.folder.display();
        eprintln!("warning: no file system in memory is found: demo realms are stored in {folder}");
    }
    let settings = Settings {
        port,
        folder: dev::folder(),
        secrets: dev::secrets()?,
        vars: Vec::new(),
        log,
        build: harness::root(),
        clock: 0,
        front: harness::Front::Own,
        proxied: false,
        demo: Some(Demo {
            secrets: dev::demo_secrets()?,
            storage: storage.folder.clone(),
        }),
    };
    let mut server = Server::start(settings)?;
    dev::note_url(&server.url())?;
    announce(&format!(
        "Limpide answers at {} (after {} s). A one-time code: cargo xtask code. Stop: Ctrl-C.",
        server.url(),
        begun.elapsed().as_secs()
    ));
    serve(&mut server)
}

/// Until somebody asks to stop, or the server stops by itself.
fn serve(server: &mut Server) -> Result<ExitCode> {
    let asked = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&asked);
    ctrlc::set_handler(move || told.store(true, Ordering::Relaxed))?;
    while !asked.load(Ordering::Relaxed) {
        if let Some(status) = server.stopped()? {
            // The terminal sends Ctrl-C to both, and the server may hear it first.
            sleep(Duration::from_millis(100));
            if !asked.load(Ordering::Relaxed) {
                bail!("the server stopped ({status})");
            }
        }
        sleep(Duration::from_millis(100));
    }
    Ok(ExitCode::SUCCESS)
}
