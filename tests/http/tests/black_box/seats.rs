//! Demo realms sit on two hundred seats in turn: what they leave, who gets one, and who must work for it.

use harness::Server;
use http_tests::{
    Person, Realm, Reply, authenticated, days, open_and_end, register_at_once, registration,
    report, solve,
};
use minreq::Method;
use robert::phone::Phone;
use serde_json::json;

const SEATS: usize = 200;
/// A third of the seats is free before each of so many visitors.
const WITHOUT_WORK: usize = 134;

/// People register until each registry has made its group. The last of them.
fn live_everywhere(realm: &Realm) -> Person<'_> {
    loop {
        let person = Person::register(realm);
        if realm.state().rows("registry", "record_group").len() == 2 {
            return person;
        }
    }
}

/// However many realms are opened and ended, their objects are those of two hundred seats; and whoever sits where another
/// sat before finds nothing of them.
#[test]
fn ended_realms_leave_no_more_files_than_there_are_seats() {
    let server = Server::fresh().unwrap();
    let national = Realm::national(&server);
    national.stay_off_midnight(120);
    // Who lived there lived long.
    let first = Realm::open(&server);
    let mut lodger = live_everywhere(&first);
    first.advance(days(31));
    first.advance(days(29));
    let status = authenticated(&lodger.phone.ask(first.now()).unwrap_or_else(|_| {
        lodger.register_again();
        lodger.phone.ask(first.now()).unwrap()
    }));
    first.code("long");
    first.end();
    let files = open_and_end(&server, SEATS - 1);

    // The first seat again.
    let next = Realm::open(&server);
    let shown = next.state();
    let found: Vec<_> = shown
        .tables()
        .into_iter()
        // The realm has its row, and looking makes day keys.
        .filter(|(object, _)| *object != "realm" && !object.starts_with("vault"))
        .filter(|(object, table)| !shown.rows(object, table).is_empty())
        .collect();
    assert!(found.is_empty(), "{found:?}");
    // Its clock is not the other's.
    next.advance(0);
    for (method, path, body) in [
        (Method::Get, "/state", None),
        (Method::Get, "/api/v6/clock", None),
        (Method::Post, "/api/v6/status", Some(&status)),
        (
            Method::Post,
            "/clock",
            Some(&json!({ "advanceSeconds": 0 })),
        ),
        (Method::Delete, "", None),
    ] {
        let body = body.map(|body| body.to_string());
        let json = [("Content-Type", "application/json")];
        let body = body.as_deref().map(str::as_bytes);
        first.send(method, path, &json, body).is(404);
    }
    let reply = next.post("/api/v6/status", &status);
    assert!([400, 430].contains(&reply.status), "{reply:?}");
    live_everywhere(&next);
    assert!(!next.state().rows("registry", "account").is_empty());
    next.end();
    assert_eq!(open_and_end(&server, SEATS / 2 - 1), files);
}

#[test]
fn two_hundred_demo_realms_live_at_a_time_the_last_for_a_proof_of_work() {
    let server = Server::fresh().unwrap();
    let national = Realm::national(&server);
    let open = |captcha: Option<&str>| match captcha {
        Some(captcha) => national.post("/demo", &json!({ "captcha": captcha })),
        None => national.send(Method::Post, "/demo", &[], None),
    };
    let realms: Vec<_> = (0..WITHOUT_WORK)
        .map(|_| {
            let session = open(None).is(201).field("session");
            national.behind(&format!("/demo/{session}"))
        })
        .collect();
    let retry_after = |reply: &Reply| {
        let seconds = reply.header("retry-after").unwrap();
        seconds.parse::<u64>().unwrap()
    };
    let challenge = || {
        let scarce = open(None).is(429);
        assert_eq!(scarce.names(), ["challenge", "message"]);
        assert!((3_000..=3_600).contains(&retry_after(&scarce)));
        scarce.json()["challenge"].clone()
    };
    let solution = solve(&challenge());
    assert_eq!(open(Some("AAAA")).is(401).body, b"");
    // A registration's, in a realm or in the national one, is another work.
    for realm in [&realms[0], &national] {
        let (_, challenge) = realm.captcha();
        assert_eq!(open(Some(&solve(&challenge))).is(401).body, b"");
    }
    open(Some(&solution)).is(201);
    assert_eq!(open(Some(&solution)).is(401).body, b"");
    // Two leave: there is room for one.
    for realm in &realms[..2] {
        realm.end();
    }
    open(None).is(201);
    for _ in WITHOUT_WORK..SEATS {
        open(Some(&solve(&challenge()))).is(201);
    }
    // All are used by somebody: no work helps, so that none is asked for.
    let full = open(None).is(429);
    assert_eq!(full.names(), ["message"]);
    assert!((600..=900).contains(&retry_after(&full)), "{full:?}");
    realms[2].end();
    open(Some(&solve(&challenge()))).is(201);
    realms[3].get("/state").is(200);
}

#[test]
fn seventy_five_registrations_at_once_in_a_realm_of_fifty_are_fifty() {
    let server = Server::fresh().unwrap();
    let realm = Realm::open(&server);
    let statuses = register_at_once(&realm, 75);
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(201), count(429)), (50, 25), "{statuses:?}");
    assert_eq!(realm.state().rows("registry", "account").len(), 50);
}

/// What is refused takes no room: neither a challenge that was used, nor a code that nobody gave out.
#[test]
fn what_is_refused_does_not_count() {
    let server = Server::fresh().unwrap();
    let realm = Realm::open(&server);
    let (id, challenge) = realm.captcha();
    let body = registration(&mut Phone::new(), &id, &solve(&challenge));
    realm.post("/api/v6/register", &body).is(201);
    for _ in 0..50 {
        realm.post("/api/v6/register", &body).is(401);
    }
    Person::register(&realm);
    let unknown = report("7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6", &[]);
    for _ in 0..100 {
        realm.post("/api/v6/report", &unknown).is(401);
    }
    realm
        .post("/api/v6/report", &report(&realm.code("long"), &[]))
        .is(200);
}

#[test]
fn pages_of_other_sites_are_refused() {
    let server = Server::fresh().unwrap();
    let (national, realm) = (Realm::national(&server), Realm::open(&server));
    let asked = |site: &str| {
        let site = [("Sec-Fetch-Site", site)];
        let json = [site[0], ("Content-Type", "application/json")];
        [
            national.send(Method::Post, "/demo", &site, None),
            realm.send(Method::Get, "/state", &site, None),
            realm.send(Method::Get, "/api/v6/clock", &site, None),
            realm.send(Method::Post, "/code", &json, Some(br#"{"kind":"long"}"#)),
        ]
        .map(|reply| reply.status)
    };
    assert_eq!(asked("cross-site"), [403; 4]);
    for site in ["same-origin", "same-site", "none"] {
        assert_eq!(asked(site), [201, 200, 200, 201], "{site}");
    }
    let other = [("Sec-Fetch-Site", "cross-site")];
    national
        .send(Method::Get, "/api/v6/clock", &other, None)
        .is(200);
    let refused = national.send(Method::Post, "/demo", &other, None).is(403);
    assert!(refused.message().starts_with("Sec-Fetch-Site"));
}
