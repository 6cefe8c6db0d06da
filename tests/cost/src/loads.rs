//! How long others wait while the server is at work that can wait.
//!
//! The server has one core to itself, as far as this machine allows: its clock is asked for and a phone's question is
//! answered all the while, and of each the median and the hundredth that waits longest are told. Everything is one
//! process's work, but for a demo realm's, which has a process of its own on the same core.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use harness::{Result, Server};
use http_tests::{DECOY, Person, Realm, authenticated, disk, of_nobody, report, seconds};
use serde_json::{Value, json};
use store::{Native, Sql};

use crate::deliveries;
use crate::requests::contact;

/// Longest that one in a hundred may wait for the server's time, and for an answer to a phone's question.
pub(crate) const BOUNDS: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];
/// Between two questions for the time; every fifth is a phone's instead.
const EVERY: Duration = Duration::from_millis(20);
/// How long each load lasts at the least.
const LASTS: Duration = Duration::from_secs(15);
/// Exposures that go at once.
const EXPOSURES: u64 = 1_000_000;
/// Contacts that wait at the start of a server.
const BACKLOG: usize = 5_000;
/// People who ask.
const PEOPLE: usize = 10;
/// Contacts of the largest report, and how many of these are sent.
const LARGEST: u16 = 20_000;
const REPORTS: usize = 4;
/// Accounts of a full demo realm; contacts of fifteen HELLOs, more than have room in it; and how many a report brings.
const ACCOUNTS: usize = 50;
const FULL: usize = 4_500;
const PART: usize = 300;

/// One load, and how long others waited.
pub(crate) struct Load {
    /// What the server did.
    pub(crate) what: &'static str,
    /// How long it took.
    pub(crate) lasted: Duration,
    /// Waits for the time, and for a phone's answer.
    pub(crate) waits: [Waits; 2],
}

/// How long one in two, and one in a hundred, waited longer than.
#[derive(Clone, Copy, Default)]
pub(crate) struct Waits {
    pub(crate) half: Duration,
    pub(crate) hundredth: Duration,
}

impl Waits {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        let at = |part: usize| all.get(all.len() * part / 100).copied().unwrap_or_default();
        Self {
            half: at(50),
            hundredth: at(99),
        }
    }
}

/// Measures under every load, and tells each as soon as it is known.
///
/// # Errors
/// Of the servers.
pub(crate) fn measure(mut tell: impl FnMut(&Load)) -> Result<()> {
    for load in [nothing, state, demo_realm, largest, backlog, purge] {
        tell(&load()?);
    }
    Ok(())
}

/// A server whose processes share one core.
pub(crate) fn pinned(start: impl FnOnce() -> Result<Server>) -> Result<Server> {
    on_core(0, start)
}

/// What is done, and started, on this core if the machine has it.
pub(crate) fn on_core<T>(core: usize, act: impl FnOnce() -> T) -> T {
    let last = cores() - 1;
    on_cores(&core.min(last).to_string());
    let done = act();
    on_cores(&format!("0-{last}"));
    done
}

/// How many this machine has, for which a thread that is kept on one of them must not be asked.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Where this thread runs, and what it starts. Without the command all share all cores.
fn on_cores(which: &str) {
    let this = std::process::id().to_string();
    let taskset = Command::new("taskset").args(["-cp", which, &this]).output();
    if !taskset.is_ok_and(|done| done.status.success()) {
        eprintln!("taskset (util-linux) is missing: the server is not kept on one core");
    }
}

/// Asks while this is under way.
fn watch(realm: &Realm, questions: &[Value], mut is_over: impl FnMut() -> bool) -> [Waits; 2] {
    let (mut clock, mut status) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    for number in 0_usize.. {
        // Looking may cost something itself.
        if number % 50 == 49 && begun.elapsed() > LASTS && is_over() {
            break;
        }
        assert!(begun.elapsed() < seconds(900), "this has no end");
        let asked = Instant::now();
        if number % 5 == 4 {
            let question = &questions[number / 5 % questions.len()];
            // It is too soon, from the second time on: the same work, and no row is written.
            let reply = realm.post("/api/v6/status", question);
            assert!([200, 400].contains(&reply.status), "{reply:?}");
            status.push(asked.elapsed());
        } else {
            realm.get("/api/v6/clock").is(200);
            clock.push(asked.elapsed());
        }
        sleep(EVERY);
    }
    [Waits::of(clock), Waits::of(status)]
}

fn questions(realm: &Realm) -> Vec<Value> {
    let mut people: Vec<_> = (0..PEOPLE).map(|_| Person::register(realm)).collect();
    let now = realm.now();
    let ask = |person: &mut Person<'_>| authenticated(&person.phone.ask(now).expect("a question"));
    people.iter_mut().map(ask).collect()
}

fn nothing() -> Result<Load> {
    let server = pinned(Server::fresh)?;
    let realm = Realm::national(&server);
    let questions = questions(&realm);
    let begun = Instant::now();
    Ok(Load {
        what: "nothing",
        waits: watch(&realm, &questions, || true),
        lasted: begun.elapsed(),
    })
}

/// A server starts, and everything that waits is due.
fn backlog() -> Result<Load> {
    let mut server = pinned(Server::fresh)?;
    let realm = Realm::national(&server);
    let questions = questions(&realm);
    deliveries::report_all(&realm, BACKLOG);
    on_core(0, || server.restart_ahead(180))?;
    realm.follow(&server);
    let begun = Instant::now();
    Ok(Load {
        what: "starts, and delivers 5,000 contacts that are due",
        waits: watch(&realm, &questions, || deliveries::waiting(&server) == 0),
        lasted: begun.elapsed(),
    })
}

/// A midnight at which a million exposures are past their term, in one registry.
fn purge() -> Result<Load> {
    let mut server = pinned(Server::fresh)?;
    let realm = Realm::national(&server);
    let questions = questions(&realm);
    server.kill()?;
    let file = disk::objects(&server, "Registry")
        .into_iter()
        .find(|file| !disk::query(file, "account", "SELECT 1 FROM account").is_empty())
        .expect("a registry with an account");
    fill(&file, realm.now().day().number() - 20);
    on_core(0, || server.restart())?;
    realm.follow(&server);
    let begun = Instant::now();
    let left = || {
        let rows = disk::query(&file, "exposure", "SELECT 1 FROM exposure LIMIT 1");
        !rows.is_empty()
    };
    Ok(Load {
        what: "deletes 1,000,000 exposures past their term",
        waits: watch(&realm, &questions, || !left()),
        lasted: begun.elapsed(),
    })
}

/// Rows of the size that exposures have.
fn fill(file: &std::path::Path, day: u32) {
    let sql = Native::open(file).expect("a database");
    let rows = format!(
        "INSERT OR IGNORE INTO exposure (id, sealed) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {EXPOSURES}) \
         SELECT {day} << 38 | random() & 0x3fffffffff, randomblob(253) FROM n"
    );
    sql.exec(&rows, &[]).expect("rows");
    let size = fs::metadata(file).map_or(0, |file| file.len());
    eprintln!("(a registry of {} MB)", size / 1_000_000);
}

/// A visitor who moves sixty days again and again while five megabytes wait.
fn demo_realm() -> Result<Load> {
    let server = pinned(Server::fresh)?;
    let national = Realm::national(&server);
    let questions = questions(&national);
    let is_over = AtomicBool::new(false);
    let begun = Instant::now();
    let waits = scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Relaxed) {
                visit(&server);
            }
        });
        let waits = watch(&national, &questions, || true);
        is_over.store(true, Relaxed);
        waits
    });
    Ok(Load {
        what: "moves a demo realm with 5 MB by 60 days, again and again",
        waits,
        lasted: begun.elapsed(),
    })
}

/// Reports as large as they may be, each under a code of its own. How long one took at the most is told too.
fn largest() -> Result<Load> {
    let server = pinned(Server::fresh)?;
    let realm = Realm::national(&server);
    let questions = questions(&realm);
    let contacts: Vec<_> = (0..LARGEST).map(|number| of_nobody(number, 1)).collect();
    let bodies = [(); REPORTS].map(|()| report(&realm.code("long"), &contacts).to_string());
    let is_over = AtomicBool::new(false);
    let begun = Instant::now();
    let waits = scope(|scope| {
        scope.spawn(|| {
            for body in &bodies {
                let asked = Instant::now();
                let reply = realm.post_bytes("/api/v6/report", body.as_bytes());
                let took = asked.elapsed().as_secs_f64();
                eprintln!("({} after {took:.1} s)", reply.status);
            }
            is_over.store(true, Relaxed);
        });
        watch(&realm, &questions, || is_over.load(Relaxed))
    });
    Ok(Load {
        what: "takes reports of 20,000 contacts, and delivers them",
        waits,
        lasted: begun.elapsed(),
    })
}

/// A visitor who reads everything in a full realm again and again. Who asks meanwhile is another visitor, of the same process.
fn state() -> Result<Load> {
    let server = pinned(Server::fresh)?;
    let (full, other) = (Realm::open(&server), Realm::open(&server));
    let questions = questions(&other);
    let mut people: Vec<_> = (0..ACCOUNTS).map(|_| Person::register(&full)).collect();
    full.advance(86_400);
    let contacts = deliveries::reports(&mut people, FULL).concat();
    // Until there is no more room.
    let mut parts = contacts.chunks(PART);
    while let Some(some) = parts.next()
        && let body = report(&full.code("long"), some)
        && full.post("/api/v6/report", &body).status == 200
    {}
    full.advance(120);
    let is_over = AtomicBool::new(false);
    let mut longest = Duration::ZERO;
    let begun = Instant::now();
    let waits = scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Relaxed) {
                let asked = Instant::now();
                let length = full.get("/state").is(200).body.len();
                if longest.is_zero() {
                    eprintln!("(a state of {} MB)", length / 1_000_000);
                }
                longest = longest.max(asked.elapsed());
            }
        });
        let waits = watch(&other, &questions, || true);
        is_over.store(true, Relaxed);
        waits
    });
    eprintln!("(read in {:.1} s at the most)", longest.as_secs_f64());
    Ok(Load {
        what: "shows a full demo realm, again and again, to its visitor",
        waits,
        lasted: begun.elapsed(),
    })
}

fn visit(server: &Server) {
    const CONTACTS: u16 = 1_000;
    const DAY: u64 = 86_400;
    let realm = Realm::open(server);
    let contacts: Vec<_> = (0..CONTACTS).map(contact).collect();
    let body = report(DECOY, &contacts);
    // Until there is no more room.
    while realm.post("/api/v6/report", &body).status == 200 {}
    for days in [31, 29] {
        let mut move_on = json!({ "advanceSeconds": days * DAY });
        // 202: it goes on with the next call.
        while realm.post("/clock", &move_on).status == 202 {
            move_on = json!({ "advanceSeconds": 0 });
        }
    }
    realm.end();
}
