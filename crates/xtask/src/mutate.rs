//! `cargo xtask mutate`: takes one statement or one comparison at a time out of `crates/objects`, and runs the
//! simulation: it must notice.
//!
//! All of them are built at once, in a copy of the sources, each behind a number; `LIMPIDE_MUTANT` names the one that is
//! taken out of a run. What no longer compiles without a statement is left alone.

mod sites;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use self::sites::{Site, rewrite};
use crate::help;
use crate::run::{announce, cargo, target};

const HELP: &str = "\
cargo xtask mutate [--cases N] [--seconds S] [--seed S] [--list] [NUMBER]...

Takes one statement or comparison at a time out of crates/objects (what arms, acknowledges, leases, postpones,
compares), and simulates N lists of operations (300 unless told otherwise) for S seconds at the most (180): the
simulation must notice. Says which were missed; crates/sim/missed.txt says why. Nine of ten must be noticed of those
that are faults at all: not of those that change nothing anybody could tell. With numbers, only these.";

/// The files whose statements are taken out: what objects do in a national realm.
const FILES: [&str; 17] = [
    "alarms.rs",
    "days.rs",
    "intake.rs",
    "intake/deliver.rs",
    "intake/reserve.rs",
    "intake/transit.rs",
    "letter.rs",
    "memory.rs",
    "registry.rs",
    "registry/account.rs",
    "registry/due.rs",
    "safe.rs",
    "safes.rs",
    "tally.rs",
    "vault.rs",
    "wake.rs",
    "entry.rs",
];
/// What the copy is made of.
const CRATES: [&str; 9] = [
    "decree",
    "objects",
    "operator-log",
    "robert",
    "service",
    "sim",
    "skinny",
    "store",
    "wire",
];
/// So many of a hundred must be noticed.
const ENOUGH: usize = 90;
/// How the reason begins of what is no fault: nothing that anybody could tell is changed.
const NONE: &str = "same: ";
/// Told apart by its number.
const SWITCH: &str = "
/// Whether this statement is taken out.
pub fn off(number: u32) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<u32>> = std::sync::OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var(\"LIMPIDE_MUTANT\").ok()?.parse().ok());
    *chosen == Some(number)
}
";

struct Options {
    cases: u64,
    seconds: u64,
    seed: u64,
    chosen: BTreeSet<u32>,
}

pub(crate) fn command(mut arguments: Parser) -> Result<ExitCode> {
    let mut options = Options {
        cases: 300,
        seconds: 180,
        seed: 1,
        chosen: BTreeSet::new(),
    };
    let mut lists = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("cases") => options.cases = arguments.value()?.parse()?,
            Arg::Long("seconds") => options.seconds = arguments.value()?.parse()?,
            Arg::Long("seed") => options.seed = arguments.value()?.parse()?,
            Arg::Long("list") => lists = true,
            Arg::Value(number) => drop(options.chosen.insert(number.parse()?)),
            Arg::Short('h') | Arg::Long("help") => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let (program, sites) = build()?;
    if lists {
        for (number, site) in &sites {
            println!("{number:4} {site}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    judge(&program, &sites, &options)
}

/// Copies the sources, takes out what can be taken out, and builds: the simulation, and what is in it by its number.
fn build() -> Result<(PathBuf, BTreeMap<u32, Site>)> {
    let tree = target().join("mutate");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    let root = harness::root();
    for name in CRATES {
        let of = Path::new("crates").join(name);
        copy(&root.join(&of), &tree.join(&of))?;
    }
    fs::copy(root.join("Cargo.lock"), tree.join("Cargo.lock"))?;
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let (_, rest) = manifest
        .split_once("[workspace.package]")
        .context("Cargo.toml has no [workspace.package]")?;
    let head = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n[workspace.package]";
    fs::write(tree.join("Cargo.toml"), format!("{head}{rest}"))?;
    // What stands behind a switch is not elegant.
    let objects = tree.join("crates/objects/Cargo.toml");
    let unlinted = fs::read_to_string(&objects)?.replace("[lints]\nworkspace = true\n", "");
    fs::write(&objects, unlinted)?;
    // Only its tests start servers.
    let log = tree.join("crates/operator-log/Cargo.toml");
    let alone = fs::read_to_string(&log)?.replace("harness.workspace = true\n", "");
    fs::write(&log, alone)?;
    let source = tree.join("crates/objects/src");
    let library = source.join("lib.rs");
    fs::write(&library, fs::read_to_string(&library)? + SWITCH)?;

    let originals = FILES.map(|file| (file, root.join("crates/objects/src").join(file)));
    let mut refused = BTreeSet::new();
    loop {
        let mut sites = BTreeMap::new();
        for (file, original) in &originals {
            let text = fs::read_to_string(original).with_context(|| format!("no {file}"))?;
            let written = rewrite(file, &text, &refused, &mut sites);
            fs::write(source.join(file), written)?;
        }
        announce(&format!("{} statements and comparisons", sites.len()));
        let wrong = check(&tree)?;
        if wrong.is_empty() {
            return Ok((compile(&tree)?, sites));
        }
        let before = refused.len();
        refused.extend(sites.into_values().filter_map(|site| {
            let is_wrong =
                |(file, line): &(String, usize)| *file == site.file && site.lines.contains(line);
            wrong.iter().any(is_wrong).then(|| site.key())
        }));
        if refused.len() == before {
            bail!("the copy does not compile, and nothing taken out is to blame: {wrong:?}");
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

fn in_tree(tree: &Path, arguments: &[&str]) -> Command {
    let mut command = cargo();
    command.current_dir(tree).args(arguments);
    // In the workspace's own, cargo would take the copy's crates for the workspace's: their paths are the same.
    command.env("CARGO_TARGET_DIR", target().join("mutants"));
    command
}

/// Where the copy does not compile: file and line.
fn check(tree: &Path) -> Result<BTreeSet<(String, usize)>> {
    let arguments = [
        "check",
        "--offline",
        "-p",
        "objects",
        "--message-format=short",
    ];
    let output = in_tree(tree, &arguments).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let at = |line: &str| {
        let (place, error) = line.split_once(": error")?;
        let mut parts = place.split(':');
        let file = parts
            .next()?
            .split_once("crates/objects/src/")?
            .1
            .to_owned();
        let line: usize = parts.next()?.parse().ok()?;
        // Of a `let … else` the first line is told, and the next is to blame.
        Some((file, line + usize::from(error.contains("does not diverge"))))
    };
    let wrong: BTreeSet<_> = said.lines().filter_map(at).collect();
    if wrong.is_empty() && !output.status.success() {
        bail!("{said}");
    }
    Ok(wrong)
}

/// The simulation's program.
fn compile(tree: &Path) -> Result<PathBuf> {
    let arguments = [
        "test",
        "--offline",
        "-p",
        "sim",
        "--test",
        "simulation",
        "--no-run",
    ];
    let output = in_tree(tree, &arguments).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let program = said
        .lines()
        .filter(|line| line.trim_start().starts_with("Executable"))
        .find_map(|line| line.rsplit_once('(')?.1.strip_suffix(')'));
    let program = program.filter(|_| output.status.success());
    let program = program.with_context(|| said.clone())?;
    let kept = tree.join("simulation");
    fs::copy(program, &kept)?;
    Ok(kept)
}

/// Runs the simulation without each of them, as many at a time as there are cores.
fn judge(program: &Path, sites: &BTreeMap<u32, Site>, options: &Options) -> Result<ExitCode> {
    if is_noticed(program, None, options)? {
        bail!("the simulation fails with nothing taken out");
    }
    let chosen: Vec<_> = sites
        .iter()
        .filter(|(number, _)| options.chosen.is_empty() || options.chosen.contains(number))
        .collect();
    let (next, missed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some((number, site)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let noticed = is_noticed(program, Some(**number), options).unwrap_or(false);
                    let word = if noticed { "noticed" } else { "MISSED " };
                    println!("{word} {:4.0?} {number:4} {site}", begun.elapsed());
                    if !noticed && let Ok(mut missed) = missed.lock() {
                        missed.push((**number, site.key()));
                    }
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap_or_default();
    let reasons = fs::read_to_string(harness::root().join("crates/sim/missed.txt"));
    let reasons = reasons.unwrap_or_default();
    let reason = |key: &str| {
        let mut lines = reasons.lines();
        lines.find(|line| *line == key)?;
        lines.next().map(str::trim)
    };
    // Of two statements that are alike the reason may hold for one alone: then it excuses neither.
    let is_alone = |key: &str| sites.values().filter(|site| site.key() == key).count() == 1;
    let is_none = |key: &str| is_alone(key) && reason(key).is_some_and(|why| why.starts_with(NONE));
    let none = missed.iter().filter(|(_, key)| is_none(key));
    let none = none.count();
    let (noticed, faults) = (chosen.len() - missed.len(), chosen.len() - none);
    println!(
        "{noticed} of {} noticed; {none} are no faults here; of the others {} %",
        chosen.len(),
        noticed * 100 / faults.max(1)
    );
    let mut unexplained = 0;
    for (number, key) in &missed {
        let reason = reason(key);
        unexplained += usize::from(reason.is_none());
        if !is_none(key) {
            let reason = reason.unwrap_or("no reason in crates/sim/missed.txt");
            println!("missed: {number} {key}\n    {reason}");
        }
    }
    Ok(if noticed * 100 >= faults * ENOUGH && unexplained == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether the simulation fails, or never ends, without this.
fn is_noticed(program: &Path, number: Option<u32>, options: &Options) -> Result<bool> {
    let mut command = Command::new(program);
    command
        .arg("no_list")
        .env("LIMPIDE_CASES", options.cases.to_string())
        .env("LIMPIDE_SEED", options.seed.to_string())
        .env("LIMPIDE_HASTE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(number) = number {
        command.env("LIMPIDE_MUTANT", number.to_string());
    }
    let mut child = command.spawn()?;
    let end = Instant::now() + Duration::from_secs(options.seconds);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(!status.success());
        }
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(100));
    }
}
