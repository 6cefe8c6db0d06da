//! One life of the server: what is asked of it, and when it is killed.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Instant, SystemTime};

use harness::Server;
use http_tests::{Realm, disk};
use rand::RngExt;
use rand::rngs::StdRng;

use crate::deck::Deck;
use crate::verdict::{Answer, OK};

/// A request to send.
pub(crate) struct Errand<'a> {
    /// Which call of `/api/v6/`.
    pub(crate) call: &'a str,
    pub(crate) body: &'a [u8],
    /// After the start of this life.
    pub(crate) delay: Duration,
}

/// At which moment the server is killed.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// So long after the first request.
    InFlight(Duration),
    /// So long after the first 200.
    Answered(Duration),
    /// So long after the first write of a registry: in the midst of deliveries.
    Delivering(Duration),
    /// So long after the start.
    After(Duration),
}

impl Aim {
    /// Numbers of aims, for [`Aim::draw`].
    pub(crate) fn deck() -> Deck<u8> {
        Deck::new(0..10)
    }

    /// Over the life of a report. `pace` is how long an answer takes on this machine.
    pub(crate) fn draw(deck: &mut Deck<u8>, rng: &mut StdRng, pace: Duration) -> Self {
        let part = rng.random::<f64>();
        match deck.draw(rng) {
            0..3 => Self::InFlight(pace.mul_f64(1.2 * part)),
            3..5 => Self::Answered(Duration::from_millis(4).mul_f64(part)),
            5..8 => Self::Delivering(Duration::from_millis(6).mul_f64(part)),
            8 => Self::After(pace.mul_f64(part)),
            _ => Self::After(pace.mul_f64(4.0 * part)),
        }
    }
}

/// What came of it.
pub(crate) struct Life {
    /// For each errand; nothing for one that the server did not live to see.
    pub(crate) answers: Vec<Option<Answer>>,
    /// Whether what the kill waited for came.
    pub(crate) aim_met: bool,
    /// How long the slowest whole answer took.
    pub(crate) pace: Option<Duration>,
}

enum Event {
    Sent,
    Accepted,
}

/// Longest wait for what a kill is to follow.
const PATIENCE: Duration = Duration::from_secs(3);

/// Runs the errands together, and kills the server when the aim says so; without one it lives on.
pub(crate) fn live(
    server: &mut Server,
    realm: &Realm,
    errands: &[Errand<'_>],
    aim: Option<Aim>,
) -> Life {
    let killed = AtomicBool::new(false);
    let (tell, told) = channel();
    let before = stamps(server);
    thread::scope(|scope| {
        let running: Vec<_> = errands
            .iter()
            .map(|errand| {
                let (tell, killed) = (tell.clone(), &killed);
                scope.spawn(move || run(realm, errand, killed, &tell))
            })
            .collect();
        drop(tell);
        let mut aim_met = false;
        if let Some(aim) = aim {
            aim_met = wait_for(aim, &told, || stamps(server) != before);
            server.kill().expect("a kill");
            killed.store(true, Relaxed);
        }
        let ran = running.into_iter().map(|one| one.join().expect("a reply"));
        let (answers, paces): (Vec<_>, Vec<_>) = ran.unzip();
        Life {
            answers,
            aim_met,
            pace: paces.into_iter().flatten().max(),
        }
    })
}

fn run(
    realm: &Realm,
    errand: &Errand<'_>,
    killed: &AtomicBool,
    tell: &Sender<Event>,
) -> (Option<Answer>, Option<Duration>) {
    thread::sleep(errand.delay);
    if killed.load(Relaxed) {
        return (None, None);
    }
    // Nobody listens once the kill is decided.
    let _ = tell.send(Event::Sent);
    let sent = Instant::now();
    let path = format!("/api/v6/{}", errand.call);
    let Some(reply) = realm.try_post_bytes(&path, errand.body) else {
        return (Some(Answer::Cut), None);
    };
    let answer = Answer::Status(reply.status);
    if answer == OK {
        let _ = tell.send(Event::Accepted);
    }
    (Some(answer), Some(sent.elapsed()))
}

/// Returns when the server is to be killed: whether what that was to follow has come.
fn wait_for(aim: Aim, told: &Receiver<Event>, has_written: impl Fn() -> bool) -> bool {
    let until = Instant::now() + PATIENCE;
    let wait_for_event = |wanted: fn(&Event) -> bool| {
        let left = || until.saturating_duration_since(Instant::now());
        std::iter::from_fn(|| told.recv_timeout(left()).ok()).any(|event| wanted(&event))
    };
    let (met, after) = match aim {
        Aim::InFlight(after) => (wait_for_event(|_| true), after),
        Aim::Answered(after) => (
            wait_for_event(|event| matches!(event, Event::Accepted)),
            after,
        ),
        Aim::Delivering(after) => {
            while !has_written() && Instant::now() < until {
                thread::sleep(Duration::from_micros(500));
            }
            (has_written(), after)
        }
        Aim::After(after) => (true, after),
    };
    thread::sleep(after);
    met
}

/// Changes whenever a registry writes.
fn stamps(server: &Server) -> Vec<Option<(u64, SystemTime)>> {
    let journal = |file: PathBuf| {
        let found = fs::metadata(format!("{}-wal", file.display())).ok()?;
        Some((found.len(), found.modified().ok()?))
    };
    let files = disk::objects(server, "Registry");
    files.into_iter().map(journal).collect()
}
