//! The national realm while the host's clock is wrong, or was: what cannot be undone waits, and everybody is served. The
//! clock is moved from outside, and the server is the deployed one.

use std::collections::BTreeSet;
use std::thread::sleep;

use harness::{Server, Settings};
use http_tests::{Person, Realm, authenticated, days, disk, registration, report, seconds, solve};
use minreq::Method;
use robert::phone::Phone;
use serde_json::{Value, json};
use service::timekeeper::{RELEASED, Timekeeping};

use super::told::{Told, exposures, meetings, receipts, rows, wait, waiting};
use http_tests::thief::Kind;

const DOUBTED: &str = "the clock is doubted";
const BELIEVED: &str = "the clock is believed again";

/// A server whose clock can be moved, and the national realm as a client finds it whose own clock is right.
struct Host {
    server: Server,
    realm: Realm,
}

impl Host {
    fn new() -> Self {
        let server = Server::fresh_with_clock().unwrap();
        let realm = Realm::national(&server);
        let host = Self { server, realm };
        host.wait_for("believed");
        host
    }

    /// Time passes, for the server and for its clients.
    fn go_on(&mut self, seconds: i64) {
        self.server.move_clock(seconds).unwrap();
        self.realm.follow(&self.server);
    }

    /// The host stands still for so long, and is started again: nobody confirms the time.
    fn stop(&mut self, seconds: u64) {
        let seconds = u32::try_from(seconds).unwrap();
        self.server.restart_after_stop(seconds).unwrap();
        self.realm.follow(&self.server);
    }

    /// Reads the clock until the timekeeper has come to this.
    #[track_caller]
    fn wait_for(&self, clock: &str) {
        wait(&format!("the clock is not {clock}"), || {
            self.realm.get("/api/v6/clock").is(200);
            self.realm.get("/api/health").is(200).field("clock") == clock
        });
    }

    /// How often the log says this.
    fn says(&self, what: &str) -> usize {
        let log = self.server.own_words();
        log.lines().filter(|line| line.contains(what)).count()
    }

    fn root(&self) -> &str {
        self.server.issuer_key().unwrap()
    }

    fn acts(&self) -> Vec<Value> {
        let acts = self.realm.at_desk(Method::Get, "acts", self.root(), None);
        acts.is(200).json()["acts"].as_array().unwrap().clone()
    }
}

/// What the timekeeper stores.
fn timekeeping(server: &Server) -> Option<Timekeeping> {
    let file = disk::objects(server, "Timekeeper").pop()?;
    let rows = disk::query(
        &file,
        "_cf_KV",
        "SELECT value FROM _cf_KV WHERE key = 'known'",
    );
    let value = rows.first()?.blob(0).unwrap().to_vec();
    // The runtime writes a few bytes of its own before the object's.
    let known = (0..value.len()).filter_map(|at| Timekeeping::from_bytes(&value[at..]).ok());
    known.max_by_key(|known| {
        (
            known.highest > RELEASED.start().unix() - 1,
            known.doubt.is_some(),
        )
    })
}

/// The wrapped keys of every day, as they stand in the vaults.
fn day_keys(server: &Server) -> BTreeSet<Vec<u8>> {
    const KEYS: &str = "SELECT value FROM _cf_KV WHERE key = 'keys'";
    let files = disk::objects(server, "Vault").into_iter();
    files
        .flat_map(|file| disk::query(&file, "_cf_KV", KEYS))
        .map(|row| row.blob(0).unwrap().to_vec())
        .collect()
}

/// The clock is a year ahead while every kind of request comes in once, and while alarms ring: of a server that runs, and
/// of one that starts with it.
#[test]
fn a_clock_a_year_ahead_for_a_moment_costs_nobody_anything() {
    const YEAR: i64 = 365 * 86_400;
    for starts_with_it in [false, true] {
        let mut host = Host::new();
        host.realm.stay_off_midnight(180);
        let right = host.realm.behind("");
        let mut sylvie = Person::register(&right);
        let mut justin = Person::register(&right);
        assert_eq!(sylvie.ask(), 0);
        let codes = ["long", "short"].map(|kind| right.code(kind));
        let meetings = meetings(&mut sylvie.phone);
        right
            .post("/api/v6/report", &report(&right.code("long"), &meetings))
            .is(200);
        let keys = day_keys(&host.server);
        assert_eq!(keys.len(), 5);
        assert!(waiting(&host.server) > 0, "no contact is on its way");

        if starts_with_it {
            host.stop(days(365));
        } else {
            host.go_on(YEAR);
        }
        // The phones' clocks are right.
        let status = justin.phone.ask(right.now()).unwrap();
        right
            .post("/api/v6/status", &authenticated(&status))
            .is(503);
        right
            .post("/api/v6/report", &report(&codes[0], &meetings))
            .is(503);
        let (id, challenge) = right.captcha();
        let body = registration(&mut Phone::new(), &id, &solve(&challenge));
        right.post("/api/v6/register", &body).is(503);
        right.get("/api/v6/clock").is(200);
        host.wait_for("doubted");
        assert!(timekeeping(&host.server).unwrap().doubt.is_some());
        // A contact waits from five seconds to a minute: on a slow host one may have arrived before the clock went ahead.
        let arrived = exposures(&host.server);
        // Long enough for alarms to ring, and for deliveries to fail.
        sleep(seconds(3));
        assert_eq!(exposures(&host.server), arrived);
        host.go_on(-YEAR);

        // The request that came too early is answered now, and the next one of who had asked already.
        right
            .post("/api/v6/status", &authenticated(&status))
            .is(200);
        host.wait_for("believed");
        assert_eq!(timekeeping(&host.server).unwrap().doubt, None);
        assert_eq!(day_keys(&host.server), keys);
        assert_eq!(receipts(&host.server), [] as [Vec<u8>; 0]);
        assert_eq!(rows(&host.server, "Registry", "account"), 2);
        assert_eq!(rows(&host.server, "Intake", "code"), 2);
        for code in &codes {
            right.post("/api/v6/report", &report(code, &[])).is(200);
        }
        wait("a contact still waits", || waiting(&host.server) == 0);
        assert_eq!(exposures(&host.server), 2);
        host.go_on(1_800);
        let mut sylvie = Person::restore(&host.realm, &sylvie.phone.save(right.now()));
        sylvie.phone.switch_bluetooth(true);
        assert_eq!(sylvie.ask(), 4);
        // Her old pseudonyms and the new ones of somebody else.
        Person::register(&host.realm);
        assert_eq!(
            (host.says(DOUBTED), host.says(BELIEVED)),
            (1, 1),
            "{}",
            host.server.own_words()
        );
    }
}

/// A server on which somebody was told sixteen days ago, after a stop of three days. What is due was not before the stop.
fn after_a_stop() -> (Told, Vec<Vec<u8>>) {
    let mut told = Told::new();
    told.server.restart_ahead(days(13)).unwrap();
    told.realm.follow(&told.server);
    // Keys of this day and of four more: this is what phones are served with after the stop.
    Person::register(&told.realm);
    wait("the clock is not believed", || {
        timekeeping(&told.server).is_some_and(|known| known.doubt.is_none())
    });
    let before = receipts(&told.server);
    assert_eq!((before.len(), exposures(&told.server)), (0, 2));
    told.server.restart_after_stop(3 * 86_400).unwrap();
    told.realm.follow(&told.server);
    let mut justin = Person::register(&told.realm);
    assert_eq!(justin.ask(), 0);
    wait("the clock is not doubted", || {
        timekeeping(&told.server).is_some_and(|known| known.doubt.is_some())
    });
    (told, before)
}

/// The clock goes on by so many seconds, and is read.
#[track_caller]
fn read_later(told: &mut Told, seconds: i64) {
    told.server.move_clock(seconds).unwrap();
    told.realm.follow(&told.server);
    let now = told.realm.now().unix();
    told.realm.get("/api/v6/clock").is(200);
    wait("the clock was not read", || {
        let known = timekeeping(&told.server).unwrap();
        known.doubt.map_or(known.highest, |doubt| doubt.last) >= now
    });
}

/// Reads it again and again: while the clock is doubted nothing is forgotten, and with the last reading everything is.
#[track_caller]
fn forgets_with_the_last(readings: u32, seconds: i64) {
    let (mut told, before) = after_a_stop();
    // The first was at the start.
    for reading in 2..readings {
        read_later(&mut told, seconds);
        let doubt = timekeeping(&told.server).unwrap().doubt;
        assert_eq!(doubt.map(|doubt| doubt.readings), Some(reading));
    }
    assert_eq!(told.realm.get("/api/health").field("clock"), "doubted");
    assert_eq!(
        (receipts(&told.server), exposures(&told.server)),
        (before, 2)
    );
    read_later(&mut told, seconds);
    assert_eq!(timekeeping(&told.server).unwrap().doubt, None);
    // The keys of the day of the meeting and of the next, and of those that ended meanwhile.
    wait("something is left", || {
        exposures(&told.server) == 0 && receipts(&told.server).len() >= 3
    });
    told.server.kill().unwrap();
    let opened = told.openable();
    assert_eq!(
        (opened.count(Kind::Contact), opened.count(Kind::Exposure)),
        (0, 0)
    );
}

#[test]
fn a_stop_of_three_days_is_made_up_for_after_a_day() {
    // The 97th is the first that is 24 hours after the first.
    forgets_with_the_last(97, 900);
}

#[test]
fn a_day_with_fewer_than_ninety_readings_is_not_enough() {
    // The 89th is more than 24 hours after the first.
    forgets_with_the_last(90, 990);
}

#[test]
fn an_operator_ends_the_doubt_at_once() {
    let mut host = Host::new();
    let lab = json!({ "role": "lab", "quota": 5 });
    let lab = host
        .realm
        .at_desk(Method::Post, "keys", host.root(), Some(&lab))
        .is(201)
        .field("key");
    Person::register(&host.realm);
    // Longer than keys are made ahead: nobody can be served before the clock is believed.
    host.stop(days(6));
    host.wait_for("doubted");
    let register = || {
        let (id, challenge) = host.realm.captcha();
        let body = registration(&mut Phone::new(), &id, &solve(&challenge));
        host.realm.post("/api/v6/register", &body)
    };
    register().is(503);
    let confirm = |key: &str| host.realm.at_desk(Method::Post, "clock", key, None);
    confirm(&lab).is(403).message();
    confirm("nobody").is(401);
    let acts = host.acts();
    // By a clock that is ahead a root may go that people need, and a key has ended that they have built in.
    let next = json!({ "days": 9 });
    for (method, path, body) in [
        (Method::Get, "roots", None),
        (Method::Post, "registrations", Some(&next)),
    ] {
        let refused = host.realm.at_desk(method, path, host.root(), body).is(403);
        assert!(refused.message().contains("clock"), "{refused:?}");
    }
    assert_eq!(host.acts(), acts);
    host.realm.get("/api/health").is(200);
    register().is(503);
    assert_eq!(host.says(BELIEVED), 0);

    assert!(confirm(host.root()).is(204).body.is_empty());
    register().is(201);
    host.wait_for("believed");
    let after = host.acts();
    assert_eq!(after.len(), acts.len() + 1);
    assert_eq!(
        (&after[0]["kind"], &after[0]["actor"]),
        (&json!("clockConfirmed"), &json!("root"))
    );
    assert_eq!(after[1..], acts);
    assert_eq!(
        (host.says(DOUBTED), host.says(BELIEVED)),
        (1, 1),
        "{}",
        host.server.own_words()
    );
}

/// However long it goes on, and whoever says that it is right.
#[test]
fn a_time_before_the_release_is_never_believed() {
    let folder = harness::new_folder().unwrap();
    let mut settings = Settings::of_tests(folder);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let early = RELEASED.start().unix() - days(3);
    settings.clock = i64::try_from(early).unwrap() - i64::try_from(now.as_secs()).unwrap();
    let server = Server::start_disposable(settings).unwrap();
    let mut host = Host {
        realm: Realm::national(&server),
        server,
    };
    host.wait_for("doubted");
    for _ in 0..100 {
        let before = timekeeping(&host.server).unwrap().doubt.unwrap();
        host.go_on(900);
        host.realm.get("/api/v6/clock").is(200);
        wait("the clock was not read", || {
            timekeeping(&host.server)
                .unwrap()
                .doubt
                .is_some_and(|doubt| doubt.last > before.last)
        });
    }
    let doubt = timekeeping(&host.server).unwrap().doubt.unwrap();
    assert!(
        doubt.readings > 100 && doubt.last - doubt.since > 86_400,
        "{doubt:?}"
    );
    assert_eq!(
        host.realm.get("/api/health").is(200).field("clock"),
        "doubted"
    );
    let refused = host
        .realm
        .at_desk(Method::Post, "clock", host.root(), None)
        .is(403);
    assert!(
        refused.message().contains("before the release"),
        "{refused:?}"
    );
    assert_eq!(host.acts(), [] as [Value; 0]);
    assert_eq!(
        host.realm.get("/api/health").is(200).field("clock"),
        "doubted"
    );
    assert!(day_keys(&host.server).is_empty());
    // Set right, to the hour after the release, it is believed without anybody's word.
    host.go_on(i64::try_from(days(2)).unwrap());
    host.wait_for("believed");
    Person::register(&host.realm);
    assert_eq!(
        (host.says(DOUBTED), host.says(BELIEVED)),
        (1, 1),
        "{}",
        host.server.own_words()
    );
}
