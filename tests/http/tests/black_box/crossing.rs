//! What belongs to one realm is worth nothing in another, and what was never given opens nothing.
//!
//! These tests count files and compare every stored row, so each has a server of its own.

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::PathBuf;

use base64ct::{Base64UrlUnpadded, Encoding};
use harness::Server;
use http_tests::{
    Person, Realm, Reply, authenticated, disk, heard, registration, report, seconds, solve,
};
use minreq::Method;
use robert::phone::Phone;
use robert::{Contact, Epoch};
use serde_json::json;

use super::national::waiting;

/// Both ways between two demo realms, and both ways between a demo realm and the national one.
#[test]
fn nothing_crosses_between_realms() {
    let server = Server::fresh().unwrap();
    let national = Realm::national(&server);
    let (one, other) = (Realm::open(&server), Realm::open(&server));
    for realm in [&national, &one, &other] {
        // Somebody lives there, so that there is something to change; all keys are made.
        Person::register(realm);
    }
    for (home, abroad) in [
        (&one, &other),
        (&other, &one),
        (&national, &one),
        // Last: the national objects go on with a delivery for minutes.
        (&one, &national),
    ] {
        cross(&server, home, abroad);
    }
}

fn cross(server: &Server, home: &Realm, abroad: &Realm) {
    let mut phone = Person::register(home).phone;
    let code = home.code("long");
    let (id, challenge) = home.captcha();
    let solution = solve(&challenge);
    let contact = heard_just_now(&mut phone, home);
    settle(server);

    let before = rows(server);
    let unchanged = |what: &str, reply: Reply, status: &[u16]| {
        assert!(status.contains(&reply.status), "{what}: {reply:?}");
        assert_eq!(rows(server), before, "{what}");
        reply
    };

    let with_code = report(&code, std::slice::from_ref(&contact));
    let reply = abroad.post("/api/v6/report", &with_code);
    unchanged("code", reply, &[401]);

    let asked = registration(&mut Phone::new(), &id, &solution);
    let reply = abroad.post("/api/v6/register", &asked);
    assert_eq!(unchanged("captcha", reply, &[401]).body, b"");

    let now = home.now();
    for (call, request) in [
        ("status", phone.ask(now)),
        ("unregister", phone.unregister(now)),
        ("deleteExposureHistory", phone.delete_exposures(now)),
    ] {
        let reply = abroad.post(
            &format!("/api/v6/{call}"),
            &authenticated(&request.unwrap()),
        );
        assert_eq!(unchanged(call, reply, &[400, 430]).body, b"");
    }

    // A HELLO from another realm is nobody's: the report is accepted as any other, and nobody is exposed.
    let with_hellos = report(&abroad.code("short"), &[contact]);
    abroad.post("/api/v6/report", &with_hellos).is(200);
    assert_eq!(waiting(server).len(), 1, "the contact is not on its way");
    if !abroad.door().is_empty() {
        abroad.advance(0);
    }
    Realm::wait_until(seconds(90), "the contact still waits", || {
        waiting(server).is_empty()
    });
    let of_people = |mut all: Rows| {
        // A registry that nobody's contact reached has its tables, and nothing in them.
        all.retain(|(_, table), rows| {
            matches!(table.as_str(), "account" | "exposure") && !rows.is_empty()
        });
        all
    };
    assert_eq!(
        of_people(rows(server)),
        of_people(before),
        "a HELLO crossed"
    );

    // All of it is good at home.
    home.post("/api/v6/report", &json!({ "token": code, "contacts": [] }))
        .is(200);
    home.post(
        "/api/v6/register",
        &registration(&mut Phone::new(), &id, &solution),
    )
    .is(201);
    let request = phone.delete_exposures(home.now()).unwrap();
    home.post("/api/v6/deleteExposureHistory", &authenticated(&request))
        .is(200);
}

fn heard_just_now(phone: &mut Phone, realm: &Realm) -> Contact {
    let epoch = Epoch::at(realm.now()).unwrap();
    heard(phone, epoch, (0..600).step_by(10))
}

#[test]
fn a_thousand_forged_sessions_create_no_file() {
    let server = Server::fresh().unwrap();
    let realm = Realm::open(&server);
    let genuine = realm.door().trim_start_matches("/demo/").to_owned();
    let bytes = Base64UrlUnpadded::decode_vec(&genuine).unwrap();
    assert_eq!(bytes.len(), 66);
    settle(&server);

    let before = disk::count(&server);
    for number in 0..1_000 {
        let mut forged = bytes.clone();
        match number % 4 {
            // One bit is another: of the version, of the root, of the seat, of the turn, of the name, of the end, of
            // the seal.
            0..3 => forged[number / 4 % 66] ^= 1 << (number % 8),
            _ => getrandom::fill(&mut forged).unwrap(),
        }
        let forged = match number % 10 {
            8 => genuine[..number % genuine.len()].to_owned(),
            9 => format!("{genuine}{}", "A".repeat(1 + number % 50)),
            _ => Base64UrlUnpadded::encode_string(&forged),
        };
        let realm = realm.behind(&format!("/demo/{forged}"));
        let reply = match number % 8 {
            0 => realm.get("/state"),
            1 => realm.post("/clock", &json!({ "advanceSeconds": 60 })),
            2 => realm.post("/code", &json!({ "kind": "long" })),
            3 => realm.post("/api/v6/captcha", &json!({})),
            4 => realm.post("/api/v6/report", &json!({ "token": "", "contacts": [] })),
            5 => realm.get("/api/v6/clock"),
            6 => realm.get("/api/statistics"),
            _ => realm.send(Method::Delete, "", &[], None),
        };
        assert_eq!(reply.status, 404, "{number}: {reply:?}");
    }
    settle(&server);
    assert_eq!(disk::count(&server), before);

    // The realm itself stands.
    realm.get("/state").is(200);
}

#[test]
fn an_ended_realm_leaves_nothing_behind() {
    let server = Server::fresh().unwrap();
    let realm = Realm::open(&server);
    let mut phone = Person::register(&realm).phone;
    let contact = heard_just_now(&mut phone, &realm);
    for kind in ["long", "short"] {
        let body = report(&realm.code(kind), std::slice::from_ref(&contact));
        realm.post("/api/v6/report", &body).is(200);
        realm.code(kind);
    }
    // A day is over: its figures are collected.
    realm.advance(26 * 3_600);
    realm.get("/api/statistics").is(200);
    // The gate goes on, its tables have a version, and it knows when a seat became free; the timekeeper is of no demo
    // realm.
    let rows = |server: &Server| {
        let mut rows = rows(server);
        rows.retain(|(file, table), rows| {
            let is_timekeepers = file.to_string_lossy().contains("Timekeeper");
            !rows.is_empty() && table != "version" && table != "seat" && !is_timekeepers
        });
        rows
    };
    let kept = rows(&server);
    for class in ["Registry", "Intake", "Tally", "Vault", "Realm", "Gate"] {
        let stands = |(file, _): &(PathBuf, String)| file.to_string_lossy().contains(class);
        assert!(kept.keys().any(stands), "{class}");
    }

    realm.send(Method::Delete, "", &[], None).is(204);
    // At once nothing is left but that it is shut, for whoever still comes.
    let left: Vec<_> = rows(&server).into_keys().map(|(_, table)| table).collect();
    assert!(left.iter().all(|table| table == "visit"), "{left:?}");
    // It is as if it had never been.
    realm.get("/state").is(404);
    let ahead = json!({ "advanceSeconds": 0 });
    realm.post("/clock", &ahead).is(404);
    realm.send(Method::Delete, "", &[], None).is(404);
    let request = phone.ask(realm.now()).unwrap();
    let request = authenticated(&request);
    realm.post("/api/v6/status", &request).is(404);
    // And soon nothing at all.
    Realm::wait_until(seconds(300), "something is left of an ended realm", || {
        rows(&server).is_empty()
    });
    realm.post("/api/v6/status", &request).is(404);
    assert_eq!(rows(&server), BTreeMap::new());
}

/// The rows of every object, by file and table.
type Rows = BTreeMap<(PathBuf, String), Vec<String>>;

/// All but where the runtime notes when an object's next alarm is: the national ones have one at midnight, and set it
/// again whenever they have looked. Nor when the gate heard that a realm is used, which it does once a minute.
fn rows(server: &Server) -> Rows {
    // What is written as time goes by, whoever asks or does not.
    const BY_TIME: [&str; 3] = ["_cf_METADATA", "forgetting", "rewrapping"];
    let mut rows = disk::dump(server);
    rows.retain(|(_, table), _| !BY_TIME.contains(&table.as_str()));
    for ((_, table), rows) in &mut rows {
        if table == "open" {
            for row in rows {
                let seen = row.rfind("Integer").unwrap();
                row.truncate(seen);
            }
        }
    }
    rows
}

/// Waits until the server has done what it does by itself after the first request.
fn settle(server: &Server) {
    let mut last = disk::dump(server);
    let mut files = disk::count(server);
    Realm::wait_until(
        Duration::from_secs(20),
        "the files never come to rest",
        || {
            std::thread::sleep(Duration::from_millis(300));
            let (now, count) = (disk::dump(server), disk::count(server));
            let same = now == last && count == files;
            (last, files) = (now, count);
            same
        },
    );
}
