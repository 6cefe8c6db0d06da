//! The issuers' door, as laboratories, doctors, operators and thieves find it.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use harness::Server;
use http_tests::{Realm, Reply, disk, shared};
use minreq::Method::{Delete, Get, Post};
use serde_json::{Value, json};
use wire::BodyRule;
use wire::route::{Caller, Row};

use crate::addresses;

mod files;
mod kept;

/// Somebody with a key.
struct Desk<'r> {
    realm: &'r Realm,
    id: String,
    key: String,
}

impl<'r> Desk<'r> {
    /// The configured operator.
    fn root(realm: &'r Realm, server: &Server) -> Self {
        Self {
            realm,
            id: "root".to_owned(),
            key: server.issuer_key().unwrap().to_owned(),
        }
    }

    /// Somebody to whom this one gives a key.
    #[track_caller]
    fn make(&self, role: &str, quota: u32) -> Self {
        let made = self.try_make(role, quota).is(201);
        assert_eq!(made.names(), ["id", "key", "quota", "role"]);
        assert_eq!(made.field("role"), role);
        assert_eq!(made.json()["quota"], quota);
        Self {
            realm: self.realm,
            id: made.field("id"),
            key: made.field("key"),
        }
    }

    fn try_make(&self, role: &str, quota: u32) -> Reply {
        self.post("keys", &json!({ "role": role, "quota": quota }))
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.realm.at_desk(Post, path, &self.key, Some(body))
    }

    fn get(&self, path: &str) -> Reply {
        self.realm.at_desk(Get, path, &self.key, None)
    }

    fn revoke(&self, id: &str) -> Reply {
        let path = format!("keys/{id}");
        self.realm.at_desk(Delete, &path, &self.key, None)
    }

    /// Makes the codes of this key void.
    fn void(&self, id: &str) -> Reply {
        let path = format!("keys/{id}/codes");
        self.realm.at_desk(Delete, &path, &self.key, None)
    }

    fn batch(&self, kind: &str, count: u32, id: &str) -> Reply {
        self.post(
            "batches",
            &json!({ "kind": kind, "count": count, "id": id }),
        )
    }

    /// What the list says of a key.
    fn listed(&self, id: &str) -> Value {
        let json = self.get("keys").is(200).json();
        let keys = json["keys"].as_array().unwrap();
        let found = keys.iter().find(|key| key["id"] == id);
        found.unwrap_or_else(|| panic!("no {id}")).clone()
    }
}

/// The codes of a batch.
#[track_caller]
fn codes(reply: &Reply) -> Vec<String> {
    let json = reply.clone().is(201).json();
    let all = json.as_array().unwrap().iter();
    all.map(|code| code["code"].as_str().unwrap().to_owned())
        .collect()
}

/// Whether a report with this code is accepted; each report is another one.
fn works(realm: &Realm, code: &str) -> bool {
    let number: [u8; 16] = rand();
    let body = json!({ "token": code, "contacts": [], "number": http_tests::hex(&number) });
    match realm.post("/api/v6/report", &body).status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

fn rand<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// The answers to eight requests sent together.
fn at_once(request: impl Fn(usize) -> Reply + Sync) -> Vec<Reply> {
    let start = Barrier::new(8);
    let send = |number| {
        start.wait();
        request(number)
    };
    thread::scope(|scope| {
        let send = &send;
        let all: Vec<_> = (0..8)
            .map(|number| scope.spawn(move || send(number)))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn nobody_can_grant_more_than_they_hold() {
    let server = shared();
    let realm = Realm::national(&server);
    let root = Desk::root(&realm, &server);
    let operator = root.make("operator", 20);
    let (lab, doctor) = (operator.make("lab", 20), operator.make("doctor", 20));
    for (who, kind, count, status) in [
        (&lab, "long", 1, 201),
        (&lab, "long", 5, 201),
        (&lab, "short", 1, 403),
        (&doctor, "short", 1, 201),
        (&doctor, "short", 2, 403),
        (&doctor, "long", 1, 403),
        (&operator, "short", 2, 201),
        (&operator, "long", 2, 201),
        (&lab, "long", 21, 403),
    ] {
        let reply = who.post("batches", &json!({ "kind": kind, "count": count }));
        assert_eq!(reply.status, status, "{kind} {count}: {reply:?}");
        if status == 403 {
            assert!(!reply.message().is_empty());
        }
        if count == 1 {
            let reply = who.post("codes", &json!({ "kind": kind })).is(status);
            if status == 201 {
                assert_eq!(reply.names(), ["code", "expiresAt", "kind"]);
                assert!(works(&realm, &reply.field("code")));
            }
        }
    }
    operator.try_make("operator", 21).is(403).message();
    for who in [&lab, &doctor] {
        for role in ["lab", "doctor", "operator"] {
            who.try_make(role, 1).is(403).message();
        }
        who.get("keys").is(403).message();
        who.get("acts").is(403).message();
        who.revoke(&who.id).is(403).message();
    }
    root.try_make("lab", 1_000_001).is(400).message();
    root.try_make("root", 1).is(400).message();

    // One operator does not reach into what another handed out.
    let other = root.make("operator", 20);
    other.revoke(&lab.id).is(404);
    operator.revoke("0000000000000000").is(404);
    operator.revoke("root").is(404);
    lab.post("codes", &json!({ "kind": "long" })).is(201);
    // Revoked: with everything that came from it.
    let below = operator.make("operator", 5);
    let deep = below.make("lab", 5);
    deep.post("codes", &json!({ "kind": "long" })).is(201);
    assert_eq!(operator.revoke(&below.id).is(204).body, b"");
    for who in [&below, &deep] {
        let reply = who.post("codes", &json!({ "kind": "long" })).is(401);
        // As one that never was.
        assert_eq!(reply, realm.issue("wrong", &json!({ "kind": "long" })));
        assert_eq!(root.listed(&who.id)["revoked"], true);
    }
    lab.post("codes", &json!({ "kind": "long" })).is(201);
    operator.revoke(&operator.id).is(204);
    for who in [&operator, &lab, &doctor] {
        who.post("codes", &json!({ "kind": "short" })).is(401);
        who.get("keys").is(401);
        who.post("qr", &json!({ "code": "x" })).is(400);
        let code = "00000000-0000-4000-8000-000000000001";
        who.post("qr", &json!({ "code": code })).is(401);
    }
    other.post("codes", &json!({ "kind": "short" })).is(201);
}

#[test]
fn a_stolen_keys_codes_are_made_void() {
    let server = shared();
    let realm = Realm::national(&server);
    let root = Desk::root(&realm, &server);
    let (stolen, other) = (root.make("lab", 1_000), root.make("lab", 1_000));
    let codes = |of: &Desk<'_>| -> Vec<String> {
        let list = of.batch("long", 40, "batch").is(201).json();
        let code = |one: &serde_json::Value| one["code"].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(code).collect()
    };
    let (theirs, good) = (codes(&stolen), codes(&other));
    let report = |code: &str| realm.post("/api/v6/report", &http_tests::report(code, &[]));
    report(&theirs[0]).is(200);
    stolen.void(&stolen.id).is(403);
    root.revoke(&stolen.id).is(204);
    // Of the forty all but the one that was used.
    assert_eq!(root.void(&stolen.id).is(200).json(), json!({ "codes": 39 }));
    assert_eq!(root.void(&stolen.id).is(200).json(), json!({ "codes": 0 }));
    for code in &theirs[1..] {
        report(code).is(401);
    }
    report(&good[0]).is(200);
    root.void("0000000000000000").is(404);
}

#[test]
fn a_quota_is_exact_however_many_ask_at_once() {
    let server = shared();
    let realm = Realm::national(&server);
    realm.stay_off_midnight(120);
    let operator = Desk::root(&realm, &server).make("operator", 30);
    let labs = [operator.make("lab", 10), operator.make("lab", 25)];
    let ask = |lab: &Desk<'_>, count: u32| {
        lab.post("batches", &json!({ "kind": "long", "count": count }))
    };
    let left = || 86_400 - realm.now().unix() % 86_400;
    let most = left();
    // Three at a time: three of eight fit into ten.
    let replies = at_once(|_| ask(&labs[0], 3));
    let handed_out: BTreeSet<_> = replies
        .iter()
        .filter(|reply| reply.status == 201)
        .flat_map(codes)
        .collect();
    assert_eq!(handed_out.len(), 9);
    assert_eq!(operator.listed(&labs[0].id)["usedToday"], 9);
    for refused in replies.iter().filter(|reply| reply.status != 201) {
        let seconds: u64 = refused
            .clone()
            .is(429)
            .header("retry-after")
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            (left()..=most).contains(&seconds),
            "{seconds}, not {}…{most}",
            left()
        );
    }
    ask(&labs[0], 1).is(201);
    ask(&labs[0], 1).is(429);
    // The operator's thirty are for both.
    let replies = at_once(|_| ask(&labs[1], 4));
    let served = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(served, 5);
    ask(&operator, 1).is(429);
    assert_eq!(operator.listed(&labs[1].id)["usedToday"], 20);
    assert!(handed_out.iter().all(|code| works(&realm, code)));
}

#[test]
fn eight_times_the_same_request_is_one() {
    let server = shared();
    let realm = Realm::national(&server);
    realm.stay_off_midnight(120);
    let root = Desk::root(&realm, &server);
    let lab = root.make("lab", 40);
    let replies = at_once(|_| lab.batch("long", 40, "at once"));
    let first = codes(&replies[0]);
    assert_eq!(first.len(), 40);
    for reply in &replies {
        assert_eq!(reply.clone().is(201).body, replies[0].body);
    }
    assert_eq!(root.listed(&lab.id)["usedToday"], 40);
    assert!(works(&realm, &first[0]));
    assert_eq!(lab.batch("long", 40, "at once").body, replies[0].body);
    assert!(!works(&realm, &first[0]), "a used code came back");
    assert!(works(&realm, &first[39]) && !works(&realm, &first[39]));
    // Something else under that id; the same id of somebody else.
    lab.batch("long", 39, "at once").is(409).message();
    let doctor = root.make("doctor", 5);
    let one = json!({ "kind": "short", "id": "at once" });
    let reply = doctor.post("codes", &one).is(201);
    assert_eq!(doctor.post("codes", &one).is(201).body, reply.body);
    assert_eq!(root.listed(&doctor.id)["usedToday"], 1);
    assert!(works(&realm, &reply.field("code")));
    assert_eq!(doctor.post("codes", &one).is(201).body, reply.body);
    assert!(!works(&realm, &reply.field("code")));
    // Without an id each is another one.
    let any = json!({ "kind": "short" });
    let (one, other) = (doctor.post("codes", &any), doctor.post("codes", &any));
    assert_ne!(one.is(201).body, other.is(201).body);
}

#[test]
fn what_operators_do_is_written_down() {
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let root = Desk::root(&realm, &server);
    let begun = realm.now().unix();
    let operator = root.make("operator", 10);
    thread::sleep(Duration::from_millis(1_100));
    let lab = operator.make("lab", 5);
    thread::sleep(Duration::from_millis(1_100));
    lab.post("codes", &json!({ "kind": "long" })).is(201);
    operator.batch("short", 2, "x").is(201);
    operator.batch("short", 2, "x").is(201);
    operator.try_make("lab", 11).is(403);
    thread::sleep(Duration::from_millis(1_100));
    root.revoke(&lab.id).is(204);
    let mut acts = operator.get("acts").is(200).json();
    assert_eq!(acts["next"], Value::Null);
    let mut last = u64::MAX;
    for act in acts["acts"].as_array_mut().unwrap() {
        let moment = act.as_object_mut().unwrap().remove("moment").unwrap();
        let moment = moment.as_u64().unwrap();
        assert!(moment < last && moment >= begun && moment <= realm.now().unix());
        last = moment;
    }
    let expected = json!([
        { "actor": "root", "kind": "keyRevoked", "key": lab.id },
        { "actor": operator.id, "kind": "codesHandedOut", "codes": "short", "count": 2 },
        { "actor": operator.id, "kind": "keyMade", "key": lab.id, "role": "lab", "quota": 5 },
        { "actor": "root", "kind": "keyMade", "key": operator.id, "role": "operator", "quota": 10 },
    ]);
    assert_eq!(acts["acts"], expected);
    // Recorded in the transaction that did it.
    let desk = disk::objects(&server, "Desk");
    assert_eq!(desk.len(), 1);
    assert_eq!(disk::query(&desk[0], "act", "SELECT 1 FROM act").len(), 4);
    assert_eq!(
        disk::query(&desk[0], "request", "SELECT 1 FROM request").len(),
        1
    );
}

#[test]
fn whatever_is_sent_is_answered() {
    let server = shared();
    let realm = Realm::national(&server);
    let root = Desk::root(&realm, &server);
    let bearer = format!("Bearer {}", root.key);
    let authorization = ("Authorization", bearer.as_str());
    let json_type = ("Content-Type", "application/json");
    let all = addresses::of(&realm).into_iter();
    let takes_json = |row: &Row| row.caller == Caller::Issuer && row.body == BodyRule::Json;
    for (path, _) in all.filter(|(_, row)| takes_json(row)) {
        let send = |headers: &[_], body: &[u8]| realm.send(Post, &path, headers, Some(body));
        send(&[authorization], b"{}").is(415);
        send(&[json_type], b"{}").is(401);
        for body in [
            &b""[..],
            b"{",
            b"null",
            b"[]",
            b"[\"long\",1]",
            b"{}",
            b"{\"kind\":\"long\",\"kind\":\"long\",\"count\":1}",
            b"{\"kind\":7,\"count\":1e99,\"role\":{},\"quota\":[],\"code\":null}",
            b"{\"kind\":\"long\",\"count\":1,\"id\":\"\\ud800\"}",
            b"\xff\xfe",
        ] {
            let reply = send(&[authorization, json_type], body).is(400);
            assert!(!reply.message().is_empty());
        }
        let large = format!("{{\"pad\":\"{}\"}}", "p".repeat(16_384));
        send(&[authorization, json_type], large.as_bytes()).is(413);
    }
    for (method, path, allowed) in [
        (Get, "codes", "POST, OPTIONS"),
        (Delete, "batches", "POST, OPTIONS"),
        (Post, "acts", "GET, HEAD, OPTIONS"),
        (Delete, "keys", "GET, HEAD, POST, OPTIONS"),
        (Get, "keys/7", "DELETE, OPTIONS"),
    ] {
        let reply = realm.at_desk(method, path, &root.key, None).is(405);
        assert_eq!(reply.header("allow"), Some(allowed), "{path}");
    }
    for list in ["acts", "keys"] {
        let read = |query: &str| root.get(&format!("{list}?{query}"));
        read("before=x").is(400).message();
        read("before=").is(400).message();
        let names = read("other=1&befor=2").is(200).names();
        assert_eq!(names, [list, "next"]);
    }
    // Before everything there is nothing.
    let first = "0".repeat(16);
    let acts = root.get(&format!("acts?before=0-{first}{first}")).is(200);
    assert_eq!(acts.json(), json!({ "acts": [], "next": null }));
    let keys = root.get(&format!("keys?before={first}")).is(200);
    assert_eq!(keys.json(), json!({ "keys": [], "next": null }));
    for path in ["", "code", "keys/", "keys/7/8", "codes/"] {
        realm.at_desk(Post, path, &root.key, None).is(404);
    }
    // A key that has the right shape and was never made here.
    for key in [
        "0".repeat(64),
        "f".repeat(64),
        "0".repeat(63),
        "é".repeat(32),
    ] {
        realm.at_desk(Get, "keys", &key, None).is(401);
    }
}
