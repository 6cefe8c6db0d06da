//! `cargo xtask sizes`: what a visitor downloads and what is deployed, against their budgets.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use lexopt::Parser;

use crate::run::read;
use crate::{build, help, tools, wants_help};

const HELP: &str = "\
cargo xtask sizes

Builds the page and the worker as they are deployed, prints their compressed sizes and fails over budget:
the worker 1,000,000 bytes (gzip 9), the workshop page with its scripts, styles and program 200,000 (brotli 11).";

const WORKER_BUDGET: usize = 1_000_000;
const PAGE_BUDGET: usize = 200_000;

/// The heaviest page: the workshop, in French.
const PAGE: &str = "atelier.html";

pub(crate) fn command(arguments: Parser) -> Result<ExitCode> {
    if wants_help(arguments)? {
        return help(HELP);
    }
    tools::prepare()?;
    build::everything()?;
    check()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the sizes of what is built; over budget is an error.
pub(crate) fn check() -> Result<()> {
    let root = harness::root();
    let worker = ["index.js", "index_bg.wasm"].map(|name| root.join("worker/build").join(name));
    let worker = total(&worker, |size| size.gzip)?;
    let page = total(&page_files(&root.join("web/dist"))?, |size| size.brotli)?;
    println!("worker   {worker:>9} bytes gzip    budget {WORKER_BUDGET:>9}");
    println!("page     {page:>9} bytes brotli  budget {PAGE_BUDGET:>9}");
    if worker > WORKER_BUDGET || page > PAGE_BUDGET {
        bail!("over the size budget");
    }
    Ok(())
}

/// The page and everything that it mentions, directly or not: scripts, styles, program. Type faces and
/// pictures are left out: the page reads without them.
fn page_files(dist: &Path) -> Result<Vec<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![dist.join(PAGE)];
    while let Some(path) = waiting.pop() {
        let kind = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        if !["html", "css", "js", "wasm"].contains(&kind)
            || !found.insert(path.clone())
            || kind == "wasm"
        {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for mention in text.split("/assets/").skip(1) {
            let end = mention.find(|c: char| !c.is_ascii_alphanumeric() && !"/._-".contains(c));
            let name = mention
                .get(..end.unwrap_or(mention.len()))
                .unwrap_or_default();
            waiting.push(dist.join("assets").join(name));
        }
    }
    Ok(found.into_iter().collect())
}

struct Size {
    plain: usize,
    gzip: usize,
    brotli: usize,
}

fn total(files: &[PathBuf], counted: fn(&Size) -> usize) -> Result<usize> {
    let mut sum = 0;
    for (path, size) in files.iter().zip(measure(files)?) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        println!(
            "  {:>9} plain {:>8} gzip {:>8} brotli  {name}",
            size.plain, size.gzip, size.brotli
        );
        sum += counted(&size);
    }
    Ok(sum)
}

/// Node brings both compressors.
fn measure(files: &[PathBuf]) -> Result<Vec<Size>> {
    const SCRIPT: &str = r#"
        const { readFileSync } = require("node:fs"), z = require("node:zlib");
        for (const file of process.argv.slice(1)) {
            const plain = readFileSync(file);
            const brotli = z.brotliCompressSync(plain, { params: { [z.constants.BROTLI_PARAM_QUALITY]: 11 } });
            console.log(plain.length, z.gzipSync(plain, { level: 9 }).length, brotli.length);
        }"#;
    let lines = read(Command::new("node").args(["--eval", SCRIPT]).args(files))?;
    let mut sizes = Vec::new();
    for line in lines.lines() {
        let mut numbers = line.split(' ').map(str::parse::<usize>);
        let mut next = || {
            numbers
                .next()
                .context("a size is missing")?
                .context("a size is no number")
        };
        sizes.push(Size {
            plain: next()?,
            gzip: next()?,
            brotli: next()?,
        });
    }
    Ok(sizes)
}
