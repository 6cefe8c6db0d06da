//! Who means harm, or never answers: replays, floods, objects that hang.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use harness::Server;
use http_tests::{
    Person, Realm, Reply, Row, authenticated, days, disk, pretend, registration, seconds, shared,
    solve, stand,
};
use robert::auth::{AuthRequest, Kind};
use robert::bundle::{self, Tuple};
use robert::keys::{ClientSecret, ServerPublic};
use robert::parameters::STATUS_GAP_EPOCHS;
use robert::phone::Phone;
use robert::{AuthKey, Epoch, Ntp, TupleKey};
use serde_json::{Value, json};

/// An account whose owner keeps what a phone forgets: every pseudonym that it ever had.
pub(crate) struct Account {
    pub(crate) auth: AuthKey,
    pub(crate) tuples: TupleKey,
    pub(crate) pseudonyms: Vec<Tuple>,
}

impl Account {
    pub(crate) fn open(realm: &Realm) -> Self {
        let secret = ClientSecret::generate(&mut UnwrapErr(SysRng));
        let (id, challenge) = realm.captcha();
        let key = secret.public().to_base64();
        let body =
            json!({ "captcha": solve(&challenge), "captchaId": id, "clientPublicECDHKey": key });
        let reply = realm.post("/api/v6/register", &body).is(201);
        let server = realm.get("/api/keys").is(200).field("registration");
        let (auth, tuples) = secret.agree(&ServerPublic::from_base64(&server).unwrap());
        let pseudonyms = bundle::open(&tuples, &reply.field("tuples")).unwrap();
        Self {
            auth,
            tuples,
            pseudonyms,
        }
    }

    /// A request under the pseudonym of this epoch, sealed now.
    pub(crate) fn request(&self, realm: &Realm, kind: Kind, epoch: Epoch) -> Value {
        let mut mine = self.pseudonyms.iter();
        let Tuple { ebid, .. } = mine.find(|tuple| tuple.epoch == epoch).unwrap();
        let now = Ntp::from(realm.now());
        authenticated(&AuthRequest::seal(kind, &self.auth, *ebid, epoch, now))
    }

    fn ask(&self, realm: &Realm, epoch: Epoch) -> Reply {
        realm.post("/api/v6/status", &self.request(realm, Kind::Status, epoch))
    }
}

/// The one account of a realm, as it is stored.
fn stored(realm: &Realm) -> Row {
    let mut rows = realm.state().rows("registry", "account");
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn refused(reply: Reply) {
    assert_eq!(reply.is(400).body, b"");
}

#[test]
fn a_replayed_question_is_refused_and_moves_nothing() {
    let server = shared();
    let realm = Realm::open(&server);
    let account = Account::open(&realm);
    realm.advance_to(realm.next_epoch() + seconds(5));
    let epoch = Epoch::at(realm.now()).unwrap();
    let question = account.request(&realm, Kind::Status, epoch);
    let ask = || realm.post("/api/v6/status", &question);
    ask().is(200);
    let before = stored(&realm);
    // Inside the minute in which its time is right, then for as long as the gap lasts, then after it.
    for wait in [0, 20, 30, 60, 900, 900, days(1)] {
        realm.advance(wait);
        refused(ask());
        assert_eq!(stored(&realm), before, "{wait}");
    }
    // The phone's own next question is answered as if nothing had been replayed.
    account.ask(&realm, Epoch::at(realm.now()).unwrap()).is(200);

    // Requests that erase can be replayed inside their minute: what they erase is gone already.
    let erase = account.request(&realm, Kind::DeleteHistory, epoch);
    realm.post("/api/v6/deleteExposureHistory", &erase).is(200);
    let before = stored(&realm);
    realm.post("/api/v6/deleteExposureHistory", &erase).is(200);
    assert_eq!(stored(&realm)["last_status"], before["last_status"]);
    let leave = account.request(&realm, Kind::Unregister, epoch);
    realm.post("/api/v6/unregister", &leave).is(200);
    realm.post("/api/v6/unregister", &leave).is(430);
    assert_eq!(realm.state().rows("registry", "account"), []);
}

/// Any pseudonym whose day key exists authenticates, as deployed; the gap is counted from the epoch that it is.
#[test]
fn no_pseudonym_old_or_new_shortens_the_gap() {
    let server = shared();
    let realm = Realm::open(&server);
    let account = Account::open(&realm);
    realm.advance(days(1));
    realm.advance_to(realm.next_epoch() + seconds(5));
    let after = |epochs: u32| {
        let first = Epoch::at(realm.now()).unwrap().number();
        Epoch::new(first + epochs).unwrap()
    };
    let now = after(0);
    let all: Vec<_> = account.pseudonyms.iter().map(|tuple| tuple.epoch).collect();
    let (oldest, newest) = (all[0], all[all.len() - 1]);
    assert!(oldest.distance(now) >= 96 && newest.distance(now) >= 96);
    let sample: Vec<_> = all.iter().step_by(29).copied().collect();
    let sample = [sample, vec![oldest, now.previous().unwrap(), now, newest]].concat();
    let all_are_refused = |asked: Epoch| {
        let before = stored(&realm);
        assert_eq!(before["last_status"], asked.number());
        for epoch in &sample {
            refused(account.ask(&realm, *epoch));
        }
        assert_eq!(stored(&realm), before);
    };
    account.ask(&realm, now).is(200);
    all_are_refused(now);
    realm.advance_to(after(STATUS_GAP_EPOCHS - 1).start() + seconds(5));
    all_are_refused(now);
    for pseudonym in [oldest, newest, oldest] {
        realm.advance_to(after(STATUS_GAP_EPOCHS).start() + seconds(5));
        account.ask(&realm, pseudonym).is(200);
        all_are_refused(after(0));
    }
}

/// Seconds in `Retry-After` of a refused reply.
fn wait_of(reply: Reply) -> u64 {
    let reply = reply.is(429);
    assert!(!reply.message().is_empty());
    reply.header("retry-after").unwrap().parse().unwrap()
}

/// The same solution is sent again, and nobody is turned away.
#[test]
fn in_a_flood_whoever_solved_a_challenge_has_a_turn() {
    const WAIT: u64 = 40;
    let mut server =
        Server::fresh_with(&[("REGISTRY_SHARDS", "1"), ("INTAKE_SHARDS", "1")]).unwrap();
    let realm = Realm::national(&server);
    // Registers one, which makes the tables.
    Person::register(&realm);
    server.kill().unwrap();
    let turn = realm.now() + seconds(WAIT);
    stand(&server, turn);
    server.restart().unwrap();

    let mut bodies = [(); 2].map(|()| {
        let (id, challenge) = realm.captcha();
        registration(&mut Phone::new(), &id, &solve(&challenge))
    });
    let left = || turn.since(realm.now()).as_secs();
    let send = |body: &Value| {
        let (most, wait) = (left() + 2, wait_of(realm.post("/api/v6/register", body)));
        assert!((left()..=most).contains(&wait), "{wait}");
    };
    bodies.iter().for_each(send);
    // Each has its place, however often it comes: nothing more is stored. What asks costs no derivation.
    let before = (disk::dump(&server), server.processor_time().unwrap());
    for _ in 0..50 {
        send(&bodies[0]);
    }
    assert_eq!(disk::dump(&server), before.0);
    let each = (server.processor_time().unwrap() - before.1) / 50;
    println!("{each:?} for one that waits");
    assert!(each < Duration::from_millis(5), "{each:?}");

    // It is kept while the server is not there.
    server.kill().unwrap();
    server.restart().unwrap();
    send(&bodies[0]);
    thread::sleep(seconds(left().saturating_sub(1)));
    while realm.now() < turn + seconds(1) {
        thread::sleep(Duration::from_millis(20));
    }
    for body in &mut bodies {
        realm.post("/api/v6/register", body).is(201);
        realm.post("/api/v6/register", body).is(401);
    }

    // Others are not kept waiting for it: a demo realm has limits of its own.
    Person::register(&Realm::open(&server));
}

/// Nobody makes the server derive again and again for one challenge.
#[test]
fn a_wrong_solution_uses_its_challenge_up() {
    const TIMES: u32 = 50;
    let server = shared();
    let realm = Realm::national(&server);
    let (id, challenge) = realm.captcha();
    let body = |solution: &str| registration(&mut Phone::new(), &id, solution);
    let (wrong, right) = (body(&pretend(&challenge)), body(&solve(&challenge)));
    realm.post("/api/v6/register", &wrong).is(401);
    let before = disk::dump(&server);
    for _ in 0..TIMES {
        assert_eq!(realm.post("/api/v6/register", &wrong).is(401).body, b"");
    }
    realm.post("/api/v6/register", &right).is(401);
    assert_eq!(disk::dump(&server), before, "nothing is stored of it");
}

/// What is wrong costs a derivation as what is right does: so they may take a fifth of a core, whoever sends them.
#[test]
fn derivations_take_a_fifth_of_a_core_and_what_comes_beyond_is_not_lost() {
    const MANY: usize = 480;
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let (id, challenge) = realm.captcha();
    let right = registration(&mut Phone::new(), &id, &solve(&challenge));
    let wrong: Vec<_> = (0..MANY)
        .map(|_| {
            let (id, challenge) = realm.captcha();
            registration(&mut Phone::new(), &id, &pretend(&challenge))
        })
        .collect();
    let begun = Instant::now();
    // From many sides, so that it is the server that sets the pace.
    let answers: Vec<_> = thread::scope(|scope| {
        let sides = wrong.chunks(MANY / 8).map(|some| {
            let realm = &realm;
            let send = |body| realm.post("/api/v6/register", body);
            scope.spawn(move || some.iter().map(send).collect::<Vec<_>>())
        });
        let sides: Vec<_> = sides.collect();
        sides
            .into_iter()
            .flat_map(|side| side.join().unwrap())
            .collect()
    });
    let mut beyond = realm.post("/api/v6/register", &right);
    let took = begun.elapsed().as_secs() + 2;
    let derived = answers.iter().filter(|reply| reply.status == 401).count() as u64;
    let most = 50 + took * 25;
    assert!((50..=most).contains(&derived), "{derived} of {most}");
    let refused: Vec<_> = answers.iter().filter(|reply| reply.status == 503).collect();
    assert_eq!(derived as usize + refused.len(), MANY);
    assert!(!refused.is_empty(), "too slow to tell");
    assert!(
        refused
            .iter()
            .all(|reply| reply.header("retry-after") == Some("5"))
    );
    // Nothing was tried: the same is good, once there is time.
    Realm::wait_until(seconds(10), "no time for a registration", || {
        if beyond.status == 503 {
            beyond = realm.post("/api/v6/register", &right);
        }
        beyond.status == 201
    });
}

/// The reply, and how long it took.
fn timed(request: impl FnOnce() -> Reply) -> (Reply, Duration) {
    let begun = Instant::now();
    let reply = request();
    (reply, begun.elapsed())
}

fn gave_up(given_up: (Reply, Duration)) {
    gave_up_after(Duration::from_secs(10), given_up);
}

fn gave_up_after(patience: Duration, (reply, took): (Reply, Duration)) {
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert!(!reply.message().is_empty());
    assert!(
        // Twice as long on a machine that compiles meanwhile.
        (patience..patience + Duration::from_secs(20)).contains(&took),
        "{took:?}"
    );
}

fn went_on((reply, took): (Reply, Duration), status: u16) -> Reply {
    assert!(took < Duration::from_secs(8), "{took:?}");
    reply.is(status)
}

#[test]
fn a_registry_that_never_answers_is_given_up_and_holds_up_nobody_else() {
    let server = Server::fresh_without("Registry").unwrap();
    let national = Realm::national(&server);
    // At first the server is busy with its wake-up.
    Realm::wait_until(seconds(60), "the wake-up is not over", || {
        timed(|| national.get("/api/health")).1 < Duration::from_millis(200)
    });
    thread::scope(|scope| {
        let stuck = scope.spawn(|| timed(|| national.post("/api/v6/captcha", &json!({}))));
        thread::sleep(Duration::from_millis(500));
        // What needs no registry is answered meanwhile.
        let opened = timed(|| national.post("/demo", &json!({})));
        let session = went_on(opened, 201).field("session");
        let demo = national.behind(&format!("/demo/{session}"));
        went_on(
            timed(|| demo.post("/code", &json!({ "kind": "long" }))),
            201,
        );
        went_on(timed(|| national.get("/")), 200);
        gave_up(stuck.join().unwrap());
    });
    let line = "an object did not answer in time";
    assert!(server.log().contains(line), "{}", server.log());
}

#[test]
fn an_intake_that_never_answers_is_given_up() {
    let server = Server::fresh_without("Intake").unwrap();
    let demo = Realm::open(&server);
    // Registries of a demo realm are there; its intake is not.
    went_on(timed(|| demo.post("/api/v6/captcha", &json!({}))), 201);
    let code = "b5f0c1de-8a3e-4c77-9a52-3d1f60c2e9ab";
    let body = json!({ "token": code, "contacts": [] });
    gave_up(timed(|| demo.post("/api/v6/report", &body)));
}

#[test]
fn a_vault_that_never_answers_loses_nothing() {
    let server = Server::fresh_without("Vault").unwrap();
    let national = Realm::national(&server);
    let (id, challenge) = national.captcha();
    let body = registration(&mut Phone::new(), &id, &solve(&challenge));
    let code = national.code("long");
    let before = disk::dump(&server);
    thread::scope(|scope| {
        let report = json!({ "token": code, "contacts": [] });
        let report = scope.spawn(move || timed(|| national.post("/api/v6/report", &report)));
        let national = Realm::national(&server);
        gave_up(timed(|| national.post("/api/v6/register", &body)));
        gave_up(report.join().unwrap());
    });
    // The challenge and the code can still be used.
    assert_eq!(disk::dump(&server), before);
}

/// Classes that few routes reach, and each of those routes. What else the server does goes on.
#[test]
fn whatever_never_answers_is_given_up() {
    thread::scope(|scope| {
        scope.spawn(|| {
            let server = Server::fresh_without("Desk").unwrap();
            let national = Realm::national(&server);
            let key = server.issuer_key().unwrap();
            let order = json!({ "kind": "long" });
            gave_up(timed(|| national.issue(key, &order)));
            went_on(timed(|| Realm::open(&server).get("/api/v6/clock")), 200);
        });
        scope.spawn(|| {
            let server = Server::fresh_without("Tally").unwrap();
            let national = Realm::national(&server);
            gave_up(timed(|| national.get("/api/statistics")));
            went_on(timed(|| national.get("/api/v6/clock")), 200);
        });
        scope.spawn(|| {
            let server = Server::fresh_without("Gate").unwrap();
            let national = Realm::national(&server);
            gave_up(timed(|| national.post("/demo", &json!({}))));
            went_on(timed(|| national.get("/api/v6/clock")), 200);
        });
        scope.spawn(|| {
            let mut server = Server::fresh().unwrap();
            let demo = Realm::open(&server);
            server.restart_without("Realm").unwrap();
            let national = Realm::national(&server);
            gave_up(timed(|| demo.get("/api/v6/clock")));
            gave_up(timed(|| national.post("/demo", &json!({}))));
            went_on(timed(|| national.get("/api/v6/clock")), 200);
        });
    });
}

#[test]
fn a_safe_that_never_answers_loses_nothing() {
    let mut server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let account = Account::open(&realm);
    let epoch = Epoch::at(realm.now()).unwrap();
    server.restart_without("Safe").unwrap();
    let (id, challenge) = realm.captcha();
    let register = registration(&mut Phone::new(), &id, &solve(&challenge));
    let before = accounts(&server);
    thread::scope(|scope| {
        for (path, body) in [
            ("register", register),
            ("status", account.request(&realm, Kind::Status, epoch)),
            (
                "deleteExposureHistory",
                account.request(&realm, Kind::DeleteHistory, epoch),
            ),
            (
                "unregister",
                account.request(&realm, Kind::Unregister, epoch),
            ),
        ] {
            let realm = Realm::national(&server);
            let path = format!("/api/v6/{path}");
            // A registry waits less for a safe than its caller waits for the registry.
            let patience = Duration::from_secs(4);
            scope.spawn(move || gave_up_after(patience, timed(|| realm.post(&path, &body))));
        }
    });
    // Whoever could not be given a key is not there.
    Realm::wait_until(seconds(30), "half an account is left", || {
        accounts(&server) == before
    });
    server.kill().unwrap();
    assert_eq!(accounts(&server), before);
}

/// The rows of all accounts.
fn accounts(server: &Server) -> Vec<store::Row> {
    let files = disk::objects(server, "Registry").into_iter();
    let rows = files.flat_map(|file| disk::query(&file, "account", "SELECT * FROM account"));
    rows.collect()
}

/// The registry gives up before its caller does: what is refused is not done, and can be asked again.
#[test]
fn a_safe_that_never_answers_leaves_no_account_and_no_key() {
    let mut server = Server::fresh_without("Safe").unwrap();
    let national = Realm::national(&server);
    let (id, challenge) = national.captcha();
    let body = registration(&mut Phone::new(), &id, &solve(&challenge));
    let (reply, took) = timed(|| national.post("/api/v6/register", &body));
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (503, Some("5"))
    );
    assert!(took < Duration::from_secs(9), "{took:?}");
    let rows = |server: &Server, table: &str| -> usize {
        let files = disk::objects(server, "Registry").into_iter();
        let statement = format!("SELECT 1 FROM {table}");
        files
            .map(|file| disk::query(&file, table, &statement).len())
            .sum()
    };
    let stored = |server: &Server| ["account", "challenge", "emptying"].map(|of| rows(server, of));
    // Four groups were tried, and then no more.
    assert_eq!(stored(&server), [0, 0, 4]);
    server.wake_all();
    server.restart().unwrap();
    national.post("/api/v6/register", &body).is(201);
    assert_eq!(stored(&server), [1, 1, 4]);
    // Once nothing can arrive there any more, what was tried is destroyed.
    server.restart_ahead(70).unwrap();
    Realm::wait_until(seconds(30), "the safe is emptied", || {
        rows(&server, "emptying") == 0
    });
    assert_eq!(rows(&server, "account"), 1);
}
