//! Article 3, alinéas 1 and 2: six months after the end of the state of emergency the processing is over.

use std::{env, fs, process};

use harness::{Server, Settings};
use http_tests::{Person, Realm, disk, seconds, shared};
use minreq::Method;
use serde_json::json;

#[test]
fn once_it_is_over_phones_are_refused_and_nothing_of_anybody_is_left() {
    let folder = env::temp_dir().join(format!("limpide-ended-{}", process::id()));
    let start = |ended: &str| {
        let settings = Settings {
            vars: ["EMERGENCY_ENDED", "EMERGENCY_ENDED_AGAIN"]
                .map(|name| (name.to_owned(), ended.to_owned()))
                .to_vec(),
            ..Settings::of_tests(folder.clone())
        };
        Server::start(settings).unwrap()
    };
    let rows = |server: &Server| {
        let files = disk::objects(server, "Registry");
        ["account", "emptying"].map(|table| {
            let statement = format!("SELECT 1 FROM {table}");
            let count = files
                .iter()
                .map(|file| disk::query(file, table, &statement).len());
            count.sum::<usize>()
        })
    };
    let server = start("");
    let realm = Realm::national(&server);
    for _ in 0..3 {
        Person::register(&realm);
    }
    let today = realm.now().day();
    drop(server);
    // Less than six months ago: nothing changes.
    let server = start(&today.minus_days(150).to_string());
    Person::register(&Realm::national(&server));
    assert_eq!(rows(&server), [4, 0]);
    drop(server);

    let server = start("2020-07-10");
    let realm = Realm::national(&server);
    for path in [
        "captcha",
        "register",
        "status",
        "report",
        "unregister",
        "deleteExposureHistory",
    ] {
        let reply = realm.post(&format!("/api/v6/{path}"), &json!({})).is(410);
        assert!(!reply.message().is_empty());
    }
    // Nor does a code come to be that no report can use; the record of what operators did can be read.
    let operator = server.issuer_key().unwrap();
    let long = json!({ "kind": "long", "count": 2 });
    for path in ["codes", "batches"] {
        let reply = realm.at_desk(Method::Post, path, operator, Some(&long));
        assert!(!reply.is(410).message().is_empty());
    }
    realm.at_desk(Method::Get, "acts", operator, None).is(200);
    for path in ["v6/clock", "keys", "statistics"] {
        realm.get(&format!("/api/{path}")).is(200);
    }
    // Each safe is emptied twice, a minute apart.
    Realm::wait_until(seconds(150), "every account and its key are gone", || {
        rows(&server) == [0, 0]
    });
    assert_eq!(server.own_words(), "");
    // A demo realm holds nobody's data.
    Person::register(&Realm::open(&server));
    drop(server);
    fs::remove_dir_all(&folder).unwrap();
    // Where no end is configured nothing ends.
    Realm::national(&shared()).captcha();
}
