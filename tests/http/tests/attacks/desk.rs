//! Whoever comes to the issuers' door, or knows what is published.

use harness::{Secrets, Server};
use http_tests::Realm;
use minreq::Method;
use serde_json::json;

use crate::{Build, End, held_since, holds};

/// What a script makes of an operator's key that was never set: the hash of nothing.
#[test]
fn no_key_is_no_operator() {
    let attack = |build: Build| {
        let mut settings = build.settings();
        settings.secrets.issuer_key = Some(String::new());
        let server = Server::start_disposable(settings).unwrap();
        let json = [("Content-Type", "application/json")];
        let order = br#"{"kind":"long"}"#;
        let asked =
            Realm::national(&server).send(Method::Post, "/issuer/v1/codes", &json, Some(order));
        End::of(
            asked.status == 201,
            format!("without a key one got {}", asked.status),
        )
    };
    held_since(Build::First, attack);
    holds(Build::Second, attack);
}

/// Everybody can guess zeros, and one byte over and over, as the tests have it.
#[test]
fn a_published_root_is_refused() {
    for byte in ["00", "5f"] {
        let attack = |build: Build| {
            let mut settings = build.settings();
            settings.secrets = Secrets {
                root: byte.repeat(32),
                ..Secrets::of_tests()
            };
            let server = Server::start_disposable(settings).unwrap();
            let asked = Realm::national(&server).post("/api/v6/captcha", &json!({}));
            End::of(
                asked.status == 201,
                format!("under {byte}… one got {}", asked.status),
            )
        };
        held_since(Build::First, attack);
        holds(Build::Second, attack);
    }
}

/// Pictures, which take the longest.
#[test]
fn a_batch_is_not_drawn_for_ever() {
    const TIMES: usize = 25;
    held_since(Build::Second, |build| {
        let server = build.start();
        let realm = Realm::national(&server);
        realm.stay_off_midnight(120);
        let operator = server.issuer_key().unwrap();
        let order = json!({ "role": "lab", "quota": 5 });
        let made = realm.at_desk(Method::Post, "keys", operator, Some(&order));
        let lab = made.is(201).field("key");
        let order =
            json!({ "kind": "long", "count": 5, "id": "again", "format": "tar", "images": "png" });
        let draw = || {
            realm
                .at_desk(Method::Post, "batches", &lab, Some(&order))
                .status
        };
        let drawn = (0..TIMES).filter(|_| draw() == 201).count();
        End::of(drawn == TIMES, format!("drawn {drawn} times of {TIMES}"))
    });
}
