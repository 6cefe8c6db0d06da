//! Contacts that become due all the while, as at an intake of a country: how late each is applied.

use std::collections::BTreeMap;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use harness::{Result, Server};
use http_tests::{Person, Realm, disk, report, seconds};

use crate::deliveries::{IN_A_REPORT, PEOPLE, reports};
use crate::loads::pinned;

/// Contacts that become due in a second: what each of sixteen intakes has of a country of 50 million phones, each of which
/// sends twenty contacts in five days.
pub(crate) const EACH_SECOND: usize = 145;
/// Longest that one in a hundred may take from its moment until it is applied.
pub(crate) const BOUND: Duration = Duration::from_mins(1);
/// Between two looks at what waits: no contact is seen gone earlier than it is, and some by so much later.
const LOOKS: Duration = Duration::from_secs(2);
/// Longest that the rest takes once nothing comes any more.
const REST: Duration = Duration::from_mins(3);
/// Different reports, each sent again and again under other codes.
const DIFFERENT: usize = 40;
/// Who send them, so that one that waits for its answer holds up no other.
const SENDERS: usize = 4;
/// Codes that are asked for at once.
const BATCH: usize = 1_000;

/// What was measured.
pub(crate) struct Steady {
    /// How many contacts were seen to be applied.
    pub(crate) contacts: usize,
    /// Reports that were not answered 200.
    pub(crate) refused: usize,
    /// What still waited at the end.
    pub(crate) left: usize,
    /// From due to applied: one in two, one in a hundred and none took longer.
    pub(crate) late: [Duration; 3],
    /// Which part of its core the server used while reports came.
    pub(crate) busy: f64,
}

/// Reports for so long to a server on one core that has one intake, and watches what waits there.
///
/// # Errors
/// Of the server.
///
/// # Panics
/// When a code cannot be had.
pub(crate) fn measure(lasts: Duration) -> Result<Steady> {
    let server = pinned(|| Server::fresh_with(&[("INTAKE_SHARDS", "1")]))?;
    let realm = Realm::national(&server);
    let mut people: Vec<_> = (0..PEOPLE).map(|_| Person::register(&realm)).collect();
    let bodies: Vec<_> = reports(&mut people, DIFFERENT * IN_A_REPORT)
        .iter()
        .map(|contacts| report(TOKEN, contacts).to_string())
        .collect();
    let number = lasts.as_secs() as usize * EACH_SECOND / IN_A_REPORT;
    let codes = codes(&server, &realm, number);
    let every = seconds(IN_A_REPORT as u64) / u32::try_from(EACH_SECOND)?;
    let (begun, before) = (Instant::now(), server.processor_time()?);
    let send = |sender: usize| {
        let mut refused = 0;
        for (number, code) in codes.iter().enumerate().skip(sender).step_by(SENDERS) {
            let due = every * u32::try_from(number).unwrap_or(u32::MAX);
            sleep(due.saturating_sub(begun.elapsed()));
            let body = bodies[number % bodies.len()].replacen(TOKEN, code, 1);
            let reply = realm.post_bytes("/api/v6/report", body.as_bytes());
            refused += usize::from(reply.status != 200);
        }
        refused
    };
    let mut watch = Watch::default();
    let (refused, busy) = scope(|scope| -> Result<_> {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| scope.spawn(move || send(sender)))
            .collect();
        while !senders.iter().all(|sender| sender.is_finished()) {
            watch.look(&server);
            sleep(LOOKS);
        }
        let used = server.processor_time()? - before;
        let busy = used.as_secs_f64() / begun.elapsed().as_secs_f64();
        let refused = senders
            .into_iter()
            .map(|sender| sender.join().expect("a sender"));
        Ok((refused.sum(), busy))
    })?;
    let ended = Instant::now();
    while !watch.waiting.is_empty() && ended.elapsed() < REST {
        sleep(LOOKS);
        watch.look(&server);
    }
    let Watch { waiting, mut late } = watch;
    late.sort_unstable();
    let at = |part: usize| {
        late.get(late.len() * part / 100)
            .copied()
            .unwrap_or_default()
    };
    Ok(Steady {
        contacts: late.len(),
        refused,
        left: waiting.len(),
        late: [at(50), at(99), late.last().copied().unwrap_or_default()],
        busy,
    })
}

/// What stands in each body in the place of its code.
const TOKEN: &str = "7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6";

/// So many long codes.
fn codes(server: &Server, realm: &Realm, number: usize) -> Vec<String> {
    let key = server.issuer_key().expect("an issuer's key");
    let mut codes = Vec::with_capacity(number);
    while codes.len() < number {
        let count = BATCH.min(number - codes.len());
        let order = serde_json::json!({ "kind": "long", "count": count });
        let batch = realm
            .try_post_at_desk("batches", key, &order)
            .expect("an answer");
        let batch = batch.is(201).json();
        let batch = batch.as_array().expect("a list").iter();
        codes.extend(batch.filter_map(|code| code["code"].as_str().map(str::to_owned)));
    }
    codes
}

/// What was seen to wait, and how late it went.
#[derive(Default)]
struct Watch {
    /// When each was due at first, in Unix seconds.
    waiting: BTreeMap<Vec<u8>, u64>,
    late: Vec<Duration>,
}

impl Watch {
    fn look(&mut self, server: &Server) {
        const WAITING: &str = "SELECT id, due FROM outbox WHERE slot IS NOT NULL";
        let files = disk::objects(server, "Intake");
        let rows = files
            .iter()
            .flat_map(|file| disk::query(file, "outbox", WAITING));
        let seen: BTreeMap<_, _> = rows
            .filter_map(|row| Some((row.blob(0).ok()?.to_vec(), row.integer(1).ok()?)))
            .collect();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let gone = self.waiting.extract_if(.., |id, _| !seen.contains_key(id));
        self.late
            .extend(gone.map(|(_, due)| now.saturating_sub(Duration::from_secs(due))));
        for (id, due) in seen {
            self.waiting.entry(id).or_insert(due);
        }
    }
}
