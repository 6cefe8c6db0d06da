//! What honest phones keep of the server while 64 connections send it what shows no valid code, work or account.
//!
//! The server has one core to itself. On another, honest phones and the attacker, in a process that yields to them, send as
//! fast as they are answered: the attacker at [`BITS`] a second at the most. That the server was busy all the time, or the
//! attacker's line full, says that the attacker did what can be done with it.

use std::io::{Error, Read, Write, stdin};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use harness::{Result, Server};
use http_tests::message::read;
use http_tests::{Admission, Person, Realm, authenticated};
use service::work;

use crate::loads::{on_core, pinned};
use crate::requests::{Unpaid, unpaid};

/// Connections of the attacker.
pub(crate) const CONNECTIONS: usize = 64;
/// What its line carries in a second.
const BITS: u64 = 10_000_000;
/// A request is written in pieces of this many bytes.
const PIECE: usize = 16_384;
/// Connections of honest phones: as many.
const PHONES: usize = CONNECTIONS;
/// Phones that ask, once in quiet or once beside the attacker.
const PEOPLE: usize = 800;
/// Before that all connections of the attacker are made.
const BEFORE: Duration = Duration::from_secs(1);
/// A phone asks again after so long, in seconds.
const GAP: i64 = 31 * 60;
/// What honest phones keep, at the least, of the answers that they have in quiet.
pub(crate) const BOUND: f64 = 0.5;
/// The option under which this program is the attacker, followed by the server's address.
pub(crate) const OPTION: &str = "attack";

/// What was measured of one kind.
pub(crate) struct Kept {
    /// What the attacker sent.
    pub(crate) what: String,
    /// Answers to honest phones a second: in quiet, and beside the attacker.
    pub(crate) honest: [f64; 2],
    /// Requests of the attacker a second.
    pub(crate) hostile: f64,
    /// Which part of its line these filled.
    pub(crate) line: f64,
    /// Which part of its core the server used.
    pub(crate) busy: f64,
}

impl Kept {
    /// Which part of their answers honest phones kept.
    pub(crate) fn part(&self) -> f64 {
        self.honest[1] / self.honest[0]
    }
}

/// Measures each kind after the other, and tells it as soon as it is known.
///
/// # Errors
/// Of the server, or when the attacker does not start.
pub(crate) fn measure(mut tell: impl FnMut(&Kept)) -> Result<()> {
    let mut server = pinned(Server::fresh_with_clock)?;
    let realm = Realm::national(&server);
    let admission = Admission::to(&server, work::asked(service::Realm::National));
    let people = (0..2 * PEOPLE).map(|_| Person::admit(&realm, &admission));
    let mut people: Vec<_> = people.collect();
    for kind in unpaid(&realm, &people[0]) {
        server.move_clock(GAP)?;
        realm.follow(&server);
        let (one, other) = people.split_at_mut(PEOPLE);
        let quiet = ask(&server, &realm, one)?;
        let attacker = Attacker::start(&server, &kind)?;
        let beside = ask(&server, &realm, other)?;
        let (hostile, line) = attacker.end()?;
        tell(&Kept {
            what: kind.what,
            honest: [quiet.answers, beside.answers],
            hostile,
            line,
            busy: beside.busy,
        });
    }
    Ok(())
}

/// How many answers honest phones had in a second, and which part of its core the server used.
struct Asked {
    answers: f64,
    busy: f64,
}

/// Each of these people asks once, on so many connections.
fn ask(server: &Server, realm: &Realm, people: &mut [Person<'_>]) -> Result<Asked> {
    let (now, address) = (realm.now(), server.address());
    let questions = people.iter_mut().map(|person| {
        let body = authenticated(&person.phone.ask(now).expect("the gap is over"));
        request("/api/v6/status", Some(&body.to_string()))
    });
    let questions: Vec<_> = questions.collect();
    let next = AtomicUsize::new(0);
    let phone = || {
        let mut line = None;
        while let Some(question) = questions.get(next.fetch_add(1, Relaxed)) {
            // Whoever was hung up on asks again: the first question may have been answered.
            let status = loop {
                let mut open = match line.take() {
                    Some(open) => open,
                    None => Line::open(&address).expect("the server listens"),
                };
                if let Ok(status) = open.send(question, |_| ()) {
                    line = Some(open);
                    break status;
                }
            };
            assert!([200, 400].contains(&status), "an honest phone had {status}");
        }
    };
    let (begun, before) = (Instant::now(), server.processor_time()?);
    on_core(1, || {
        scope(|scope| {
            for _ in 0..PHONES {
                scope.spawn(phone);
            }
        });
    });
    let lasted = begun.elapsed().as_secs_f64();
    let used = server.processor_time()? - before;
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    let asked = questions.len() as f64;
    Ok(Asked {
        answers: asked / lasted,
        busy: used.as_secs_f64() / lasted,
    })
}

/// A process that attacks until it is told to end.
struct Attacker {
    process: Child,
    /// At its end the attacker ends.
    order: ChildStdin,
}

impl Attacker {
    fn start(server: &Server, kind: &Unpaid) -> Result<Self> {
        let this = std::env::current_exe()?;
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(this);
        command.args([&format!("--{OPTION}"), &server.address()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = on_core(1, || command.spawn())?;
        let mut order = process.stdin.take().expect("a pipe");
        let request = request(kind.path, kind.body.as_deref());
        order.write_all(&u64::try_from(request.len())?.to_be_bytes())?;
        order.write_all(&request)?;
        order.flush()?;
        sleep(BEFORE);
        Ok(Self { process, order })
    }

    /// Ends it: how many requests it sent in a second, and which part of its line they filled.
    fn end(self) -> Result<(f64, f64)> {
        drop(self.order);
        let told = self.process.wait_with_output()?;
        let told = String::from_utf8(told.stdout)?;
        let mut told = told.split_whitespace().map(str::parse::<f64>);
        match (told.next(), told.next()) {
            (Some(Ok(requests)), Some(Ok(line))) => Ok((requests, line)),
            _ => Err(Error::other("the attacker broke").into()),
        }
    }
}

/// The attacker: reads a request, and sends it on all connections until its input ends.
///
/// # Errors
/// When there is no request.
pub(crate) fn attack(address: &str) -> Result<()> {
    let mut length = [0; 8];
    stdin().read_exact(&mut length)?;
    let mut request = vec![0; usize::try_from(u64::from_be_bytes(length))?];
    stdin().read_exact(&mut request)?;
    let (sent, answered, is_over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    // The line carries what is written one piece after the other.
    let wait = |piece: usize| {
        let bytes = sent.fetch_add(piece as u64, Relaxed);
        let from = Duration::from_micros(bytes * 8_000_000 / BITS);
        sleep(from.saturating_sub(begun.elapsed()));
    };
    let connection = || {
        let mut line = None;
        while !is_over.load(Relaxed) {
            let open = match line.take() {
                Some(open) => Ok(open),
                None => Line::open(address),
            };
            // Whoever was hung up on calls again.
            if let Ok(mut open) = open
                && open.send(&request, wait).is_ok()
            {
                answered.fetch_add(1, Relaxed);
                line = Some(open);
            }
        }
    };
    let counted = scope(|scope| -> Result<_> {
        for _ in 0..CONNECTIONS {
            scope.spawn(connection);
        }
        // The first second is the connections'.
        sleep(BEFORE);
        let counts = || (answered.load(Relaxed), sent.load(Relaxed));
        let (begun, before) = (Instant::now(), counts());
        let ended = stdin().read_to_end(&mut Vec::new());
        let (now, lasted) = (counts(), begun.elapsed());
        is_over.store(true, Relaxed);
        ended?;
        Ok([now.0 - before.0, now.1 - before.1].map(|number| number as f64 / lasted.as_secs_f64()))
    })?;
    #[expect(clippy::cast_precision_loss, reason = "ten millions")]
    let line = counted[1] * 8.0 / BITS as f64;
    println!("{} {line}", counted[0]);
    Ok(())
}

/// What is sent, from the first byte to the last.
fn request(path: &str, body: Option<&str>) -> Vec<u8> {
    match body {
        Some(body) => format!(
            "POST {path} HTTP/1.1\r\nHost: limpide\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        None => format!("GET {path} HTTP/1.1\r\nHost: limpide\r\n\r\n"),
    }
    .into_bytes()
}

/// A connection that is kept as long as the server keeps it.
struct Line(TcpStream);

impl Line {
    fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self(stream))
    }

    /// Sends a request, each piece once `wait` comes back, and reads the whole answer: its status.
    fn send(&mut self, request: &[u8], wait: impl Fn(usize)) -> Result<u16> {
        for piece in request.chunks(PIECE) {
            wait(piece.len());
            // A server that refuses early does not read the rest: its answer may be there.
            if self.0.write_all(piece).is_err() {
                break;
            }
        }
        let answer = read(&mut self.0)?.ok_or_else(|| Error::other("hung up"))?;
        Ok(answer.reply().status)
    }
}
