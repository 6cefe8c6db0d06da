//! What a machine that watches the server reads: whether it serves, and if not, why.

use std::time::{Duration, Instant};

use harness::{Server, Settings};
use http_tests::{Person, Realm, disk, seconds};
use serde_json::{Value, json};

use super::addresses;

/// An object's file is made when the object first writes, so nothing new is there, and no row is another, if nobody was
/// asked to write. The wake-up, which is due with the first request of any kind, is over by then.
#[test]
fn health_is_read_from_memory_and_costs_little() {
    const REQUESTS: u32 = 2_000;
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let mut rows = disk::dump(&server);
    Realm::wait_until(seconds(60), "the wake-up is over", || {
        std::thread::sleep(seconds(2));
        let before = std::mem::replace(&mut rows, disk::dump(&server));
        !rows.is_empty() && before == rows
    });
    let reply = realm.get("/api/health").is(200);
    assert_eq!(
        reply.names(),
        [
            "allowsTestRoot",
            "clock",
            "lastWakeSeconds",
            "ready",
            "version",
            "whyNot"
        ]
    );
    let told = reply.json();
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (&told["ready"], &told["whyNot"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(told["clock"], "believed");
    assert!(told["lastWakeSeconds"].as_u64().unwrap() < 120);
    assert_eq!(
        reply.header("cache-control"),
        Some("no-store, no-transform")
    );

    let before = server.processor_time().unwrap();
    for _ in 0..REQUESTS {
        realm.get("/api/health").is(200);
    }
    let each = (server.processor_time().unwrap() - before) / REQUESTS;
    println!("{each:?} of the server's processor time for each reading of /api/health");
    // Half a millisecond on an idle machine; one that compiles meanwhile has colder caches.
    assert!(each < Duration::from_millis(1), "{each:?}");
    let after = disk::dump(&server);
    let changed = after
        .iter()
        .filter(|(name, of)| rows.get(*name) != Some(of));
    // Where the runtime notes when an alarm is next, which the wake-up sets.
    let changed = changed.map(|(name, _)| name);
    let changed: Vec<_> = changed.filter(|(_, of)| of != "_cf_METADATA").collect();
    assert!(
        changed.is_empty(),
        "an object was asked to write: {changed:?}"
    );
}

/// Nor is any asked to read: with objects that never answer it is told all the same, where a call would wait ten seconds
/// each time. At first the server is busy with its wake-up.
#[test]
fn health_waits_for_no_object() {
    for class in ["Timekeeper", "Registry", "Vault"] {
        let server = Server::fresh_without(class).unwrap();
        let realm = Realm::national(&server);
        Realm::wait_until(seconds(60), "health waits for an object", || {
            let begun = Instant::now();
            let told = realm.get("/api/health").is(200).json();
            let is_unknown = told["clock"] == "unknown";
            assert_eq!(is_unknown, class == "Timekeeper", "{class}: {told}");
            begun.elapsed() < Duration::from_millis(500)
        });
    }
}

/// A variable that cannot be read stops everything but the page: a server must not guess.
#[test]
fn a_malformed_end_of_the_emergency_stops_the_server() {
    for (name, value) in [
        ("EMERGENCY_ENDED", "10 July 2020"),
        ("EMERGENCY_ENDED_AGAIN", "2020-7-10"),
    ] {
        let server = Server::fresh_with(&[(name, value)]).unwrap();
        let realm = Realm::national(&server);
        let reply = realm.get("/api/health").is(503);
        let told = reply.json();
        assert_eq!(told["ready"], false);
        assert!(!told["whyNot"].as_str().unwrap().is_empty());
        let demo = realm.behind("/demo/nobodys");
        for realm in [&realm, &demo] {
            let all = addresses::of(realm).into_iter();
            // What is the same text whatever is configured is told, like the page.
            let needs_settings = |path: &str| !["/api/health", "/api/openapi.json"].contains(&path);
            for (path, row) in all.filter(|(path, _)| needs_settings(path)) {
                let json = [("Content-Type", "application/json")];
                let sent = addresses::sent(row.method);
                let reply = realm.send(sent, &path, &json, Some(b"{}"));
                assert_eq!(reply.status, 503, "{path}: {reply:?}");
            }
        }
        realm.get("/").is(200);
        assert_eq!(disk::count(&server), 0);
        let said = server.log();
        assert_eq!(said.matches("must be dates").count(), 1, "{said}");
    }
}

/// A slip of the pen deletes nothing: one variable alone, or two that differ, have no effect, and the log says so.
#[test]
fn an_end_of_the_emergency_that_is_written_once_has_no_effect() {
    let folder = harness::new_folder().unwrap();
    let start = |ended: &str, again: &str| {
        let vars = [("EMERGENCY_ENDED", ended), ("EMERGENCY_ENDED_AGAIN", again)];
        let settings = Settings {
            vars: vars
                .map(|(name, day)| (name.to_owned(), day.to_owned()))
                .to_vec(),
            ..Settings::of_tests(folder.clone())
        };
        Server::start(settings).unwrap()
    };
    let mut accounts = 0;
    for (ended, again) in [
        ("2020-07-10", ""),
        ("", "2020-07-10"),
        ("2020-07-10", "2020-07-01"),
    ] {
        let server = start(ended, again);
        Person::register(&Realm::national(&server));
        accounts += 1;
        std::thread::sleep(seconds(2));
        let files = disk::objects(&server, "Registry");
        let rows = files
            .iter()
            .map(|file| disk::query(file, "account", "SELECT 1 FROM account").len());
        assert_eq!(rows.sum::<usize>(), accounts, "{ended} {again}");
        let log = server.log();
        assert_eq!(
            log.matches("neither has an effect").count(),
            accounts,
            "{log}"
        );
        drop(server);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
