//! What a server with these accounts takes: to start, to answer, and at the midnight that comes.

use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use decree::{Moment, article_3};
use harness::{Result, Server};
use http_tests::{Person, Realm, authenticated, seconds};
use robert::auth::{AuthRequest, Kind};
use robert::bundle;
use robert::validate::DayKeys;
use robert::{AuthKey, Epoch, Ntp, TupleKey};
use service::vault::Keys;
use store::{Native, Sql};

use crate::life::{Lived, go_to, noon};
use crate::seed::{Asker, Seeded};
use crate::watch::Watch;

/// Questions right after a start.
const FIRST: usize = 40;
/// Rounds of questions once all is loaded: the median counts.
const ROUNDS: usize = 5;
/// Questions of a round, one right after the other.
const IN_A_ROUND: usize = 150;
/// Questions at the calm rate.
const CALM: usize = 200;
/// Accounts that are asked for: each once by day, and at most once by night.
pub(crate) const ASKED: usize = FIRST + ROUNDS * IN_A_ROUND + CALM;
/// The calm rate: a question in so long.
const EVERY: Duration = Duration::from_millis(100);
/// By night the server is started so long before midnight, and earlier by what loading takes, up to a minute: what is due
/// waits for ten seconds of loading.
const EVENING: Duration = Duration::from_secs(25);
const LOADING: Duration = Duration::from_mins(1);
/// And watched for so long before.
const BEFORE: Duration = Duration::from_secs(15);
/// How long it is watched after midnight, at the least and at the most: a walk over a million accounts takes half an
/// hour.
const AFTER: [Duration; 2] = [Duration::from_secs(15), Duration::from_secs(60)];

/// What a day takes.
pub(crate) struct Day {
    /// From the start until a phone is answered.
    pub(crate) first_answer: Duration,
    /// From the start until every group was read.
    pub(crate) loaded: Duration,
    /// Processor time of a question right after the start.
    pub(crate) cold: Duration,
    /// The same once all is loaded.
    pub(crate) warm: Duration,
    /// How long half of the calm questions, and all but one in a hundred, wait at the most.
    pub(crate) waits: [Duration; 2],
    /// Bytes of memory, after the start and after [`ASKED`] questions.
    pub(crate) memory: [u64; 2],
    /// Most files, sockets and pipes at once.
    pub(crate) open_files: usize,
}

/// What a night takes: before midnight and after.
pub(crate) struct Night {
    /// Exposures past their term at midnight.
    pub(crate) exposures: u64,
    /// From midnight until the last of them has gone.
    pub(crate) gone: Duration,
    /// How long it was watched after midnight.
    pub(crate) watched: Duration,
    /// Accounts that the walk looked at meanwhile.
    pub(crate) walked: u64,
    /// Accounts that it forgot.
    pub(crate) forgotten: u64,
    /// Processor time of each second, at the same rate of questions.
    pub(crate) busy: [Duration; 2],
    /// How long all but one question in a hundred wait at the most.
    pub(crate) hundredth: [Duration; 2],
    /// How long all of them wait at the most.
    pub(crate) most: [Duration; 2],
    /// Most files, sockets and pipes at once.
    pub(crate) open_files: usize,
}

/// Starts the server at noon, and asks each account once.
///
/// # Errors
/// Of the server.
///
/// # Panics
/// When an account is not answered as it must be.
pub(crate) fn day(
    server: &mut Server,
    realm: &Realm,
    lived: &Lived,
    seeded: &Seeded,
) -> Result<Day> {
    let (first, rest) = seeded.askers.split_at(FIRST);
    let (rounds, calm) = rest.split_at(ROUNDS * IN_A_ROUND);
    let keys = lived.keys_at(noon(lived.today));
    let ask = |asker: &Asker| ask(realm, &keys, asker);
    let begun = Instant::now();
    go_to(server, realm, noon(lived.today))?;
    let watch = Watch::of(server.process_id(), begun, &seeded.safes);
    watch.during(|| {
        ask(&first[0]);
        let first_answer = begun.elapsed();
        let at_start = server.memory()?;
        let cold = cost(server, &first[1..], ask)?;
        wait_for_loading(&watch, seeded.safes.len());
        let costs = rounds.chunks(IN_A_ROUND);
        let costs = costs.map(|round| cost(server, round, ask));
        let costs = sorted(costs.collect::<Result<_>>()?);
        let waits = sorted(calm.iter().map(|asker| calmly(|| ask(asker))).collect());
        Ok(Day {
            first_answer,
            loaded: watch.loaded(),
            cold,
            warm: part(&costs, 50),
            waits: [part(&waits, 50), part(&waits, 99)],
            memory: [at_start, server.memory()?],
            open_files: watch.most(),
        })
    })
}

/// Starts the server again in the evening, whose groups took so long to be loaded by day, and asks at the calm rate until the midnight is over.
///
/// # Errors
/// Of the server, and of its registry's file, which is read meanwhile.
///
/// # Panics
/// When an account is not answered as it must be, or exposures outlive their term.
pub(crate) fn night(
    server: &mut Server,
    realm: &Realm,
    lived: &Lived,
    seeded: &Seeded,
    loaded: Duration,
) -> Result<Night> {
    let tomorrow = lived.today.plus_days(1);
    let evening = EVENING + loaded.min(LOADING);
    go_to(server, realm, tomorrow.start() - evening)?;
    let server = &*server;
    let watch = Watch::of(server.process_id(), Instant::now(), &[]);
    let keys = lived.keys_at(noon(tomorrow));
    let ask = |asker: &Asker| ask(realm, &keys, asker);
    let mut askers = seeded.askers.iter();
    let registry = Registry::open(seeded, tomorrow)?;
    let (exposures, accounts) = (registry.past_their_term()?, registry.accounts()?);
    watch.during(|| {
        sleep(until(realm, tomorrow.start() - BEFORE));
        let mut asked = Asked::begin(server)?;
        let midnight = Instant::now() + until(realm, tomorrow.start());
        while Instant::now() < midnight {
            asked
                .waits
                .push(calmly(|| ask(askers.next().expect("one more"))));
        }
        let before = asked.end(server)?;
        let begun = Instant::now();
        let mut asked = Asked::begin(server)?;
        let gone = scope(|scope| {
            let gone = scope.spawn(|| Registry::open(seeded, tomorrow)?.until_gone(begun));
            for asker in askers {
                asked.waits.push(calmly(|| ask(asker)));
                let passed = begun.elapsed();
                if passed > AFTER[1] || passed > AFTER[0] && registry.is_walk_over()? {
                    break;
                }
            }
            gone.join().expect("no panic")
        })?;
        let watched = begun.elapsed();
        let after = asked.end(server)?;
        let forgotten = accounts - registry.accounts()?;
        let walked = match registry.is_walk_over()? {
            true => accounts,
            false => forgotten + registry.walked()?,
        };
        for phone in &lived.phones {
            assert_eq!(Person::restore(realm, phone).ask(), 0, "nobody was met");
        }
        Ok(Night {
            exposures,
            gone,
            watched,
            walked,
            forgotten,
            busy: [before.busy, after.busy],
            hundredth: [&before, &after].map(|asked| part(&asked.waits, 99)),
            most: [&before, &after].map(|asked| part(&asked.waits, 100)),
            open_files: watch.most(),
        })
    })
}

/// What was asked, and what it took.
struct Asked {
    begun: Instant,
    used: Duration,
    waits: Vec<Duration>,
}

/// The same, once it is over.
struct Took {
    /// Processor time of the server in each second.
    busy: Duration,
    waits: Vec<Duration>,
}

impl Asked {
    fn begin(server: &Server) -> Result<Self> {
        Ok(Self {
            begun: Instant::now(),
            used: server.processor_time()?,
            waits: Vec::new(),
        })
    }

    fn end(self, server: &Server) -> Result<Took> {
        let used = server.processor_time()? - self.used;
        Ok(Took {
            busy: used.div_f64(self.begun.elapsed().as_secs_f64()),
            waits: sorted(self.waits),
        })
    }
}

/// The file of the registry, read while the server writes there: neither waits for the other.
struct Registry {
    sql: Native,
    /// The day that the midnight begins.
    day: decree::Day,
}

impl Registry {
    fn open(seeded: &Seeded, day: decree::Day) -> Result<Self> {
        let sql = Native::open(&seeded.registry)?;
        Ok(Self { sql, day })
    }

    fn accounts(&self) -> Result<u64> {
        self.count("account")
    }

    fn past_their_term(&self) -> Result<u64> {
        let day = self.day.minus_days(article_3::DAYS_KEPT).number();
        self.count(&format!("exposure WHERE day <= {day}"))
    }

    fn is_walk_over(&self) -> Result<bool> {
        let day = self.day.number();
        let over = self.count(&format!(
            "forgetting WHERE midnight = {day} AND due IS NULL"
        ))?;
        Ok(over == 1)
    }

    /// Accounts that the walk has come past, and that are still there.
    fn walked(&self) -> Result<u64> {
        self.count("account WHERE id <= (SELECT at FROM forgetting LIMIT 1)")
    }

    /// How long it takes until nothing is past its term.
    fn until_gone(&self, begun: Instant) -> Result<Duration> {
        while self.past_their_term()? > 0 {
            assert!(begun.elapsed() < AFTER[1], "exposures outlive their term");
            sleep(Duration::from_millis(2));
        }
        Ok(begun.elapsed())
    }

    fn count(&self, rows: &str) -> Result<u64> {
        let counted = self
            .sql
            .query(&format!("SELECT COUNT(*) FROM {rows}"), &[])?;
        Ok(counted.first().expect("a number").integer(0)?)
    }
}

/// Asks for this account, and looks at all of the answer: how long it took.
fn ask(realm: &Realm, keys: &Keys, asker: &Asker) -> Duration {
    let now = realm.now();
    let epoch = Epoch::at(now).expect("an epoch");
    let key = keys.server_key(epoch.day()).expect("the key of today");
    let ebid = key.encrypt(epoch, asker.id);
    let auth_key = AuthKey::from_bytes(&asker.auth_key);
    let request = AuthRequest::seal(Kind::Status, &auth_key, ebid, epoch, Ntp::from(now));
    let body = authenticated(&request).to_string();
    let asked = Instant::now();
    let reply = realm.post_bytes("/api/v6/status", body.as_bytes());
    let waited = asked.elapsed();
    let reply = reply.is(200);
    let level = if asker.is_at_risk { 4 } else { 0 };
    assert_eq!(reply.json()["riskLevel"], level, "another verdict");
    let tuple_key = TupleKey::from_bytes(&asker.tuple_key);
    let tuples = bundle::open(&tuple_key, &reply.field("tuples"));
    assert!(!tuples.expect("this account's bundle").is_empty());
    waited
}

/// The same after a pause.
fn calmly(ask: impl FnOnce() -> Duration) -> Duration {
    sleep(EVERY);
    ask()
}

/// Processor time of the server for each of these questions.
fn cost(server: &Server, askers: &[Asker], ask: impl Fn(&Asker) -> Duration) -> Result<Duration> {
    let before = server.processor_time()?;
    for asker in askers {
        ask(asker);
    }
    let used = server.processor_time()? - before;
    Ok(used / u32::try_from(askers.len())?)
}

/// Eight groups are loaded in a second.
fn wait_for_loading(watch: &Watch, groups: usize) {
    let most = seconds(120 + u64::try_from(groups).unwrap_or_default() / 2);
    let begun = Instant::now();
    for looks in 1.. {
        let left = watch.unopened();
        if left == 0 {
            break;
        }
        assert!(begun.elapsed() < most, "{left} groups are never loaded");
        if looks % 60 == 0 {
            eprintln!("  {left} of {groups} groups are still to be loaded");
        }
        sleep(seconds(1) / 2);
    }
    // Their files are closed after ten seconds.
    sleep(seconds(12));
}

/// How long it is until this moment by the server's clock.
fn until(realm: &Realm, moment: Moment) -> Duration {
    let real = moment.unix().saturating_add_signed(-realm.moved());
    let real = UNIX_EPOCH + Duration::from_secs(real);
    real.duration_since(SystemTime::now()).unwrap_or_default()
}

fn sorted(mut all: Vec<Duration>) -> Vec<Duration> {
    all.sort_unstable();
    all
}

/// What so many of a hundred do not exceed.
fn part(sorted: &[Duration], of_hundred: usize) -> Duration {
    sorted[(sorted.len() * of_hundred / 100).min(sorted.len() - 1)]
}
