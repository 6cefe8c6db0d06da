//! Which addresses there are, what they answer to, and who may come in.

use std::fs;

use harness::{Secrets, Server, Settings};
use http_tests::{Person, Realm, base64, days, registration, shared, solve};
use minreq::Method;
use robert::phone::Phone;
use serde_json::json;
use wire::route::{Caller, Row};
use wire::{BodyRule, MAX_BODY_BYTES};

use crate::addresses;

#[test]
fn addresses_answer_their_own_method_alone() {
    let server = shared();
    let demo = Realm::open(&server);
    for realm in [&Realm::national(&server), &demo] {
        let all = addresses::of(realm);
        for (path, row) in &all {
            let methods = addresses::methods(&all, path);
            let others = [
                Method::Get,
                Method::Post,
                Method::Put,
                Method::Delete,
                Method::Patch,
                Method::Custom("QUERY".to_owned()),
            ];
            let is_answered =
                |method: &Method| methods.iter().any(|one| addresses::sent(one) == *method);
            for method in others.into_iter().filter(|method| !is_answered(method)) {
                let reply = realm.send(method.clone(), path, &[], None);
                assert_eq!(reply.status, 405, "{method:?} {path}: {reply:?}");
                let allowed = reply.header("allow");
                assert_eq!(allowed, Some(&*methods.names()), "{method:?} {path}");
            }
            // HEAD is GET without its body.
            if row.method == wire::Method::Get && row.caller != Caller::Issuer {
                let head = realm.send(Method::Head, path, &[], None).is(200);
                let get = realm.get(path).is(200);
                assert_eq!(head.header("content-type"), get.header("content-type"));
                assert!(head.body.is_empty());
            }
        }
        for path in [
            "/api/v6/",
            "/api/v6/nothing",
            "/api/v5/clock",
            "/api/v6/clock/",
            "/api//v6/clock",
        ] {
            realm.get(path).is(404);
        }
    }
    let national = Realm::national(&server);
    for path in [
        "/demo/x",
        "/demo/",
        "/issuer",
        "/issuer/v1/nothing",
        "/log/",
        "/log/checkpoint",
    ] {
        assert_ne!(national.get(path).status, 200, "{path}");
    }
    // The national realm has no clock to move, no code for everyone, and shows no state.
    for path in [
        "/clock",
        "/code",
        "/state",
        "/api/clock",
        "/api/code",
        "/api/state",
        "/api/v6/state",
    ] {
        assert_ne!(
            national
                .post(path, &json!({ "advanceSeconds": 0, "kind": "long" }))
                .status
                / 100,
            2
        );
        if path.starts_with("/api") {
            national.get(path).is(404);
        }
    }
}

#[test]
fn only_json_is_read() {
    let server = shared();
    let realm = Realm::open(&server);
    let all = addresses::of(&realm).into_iter();
    let needs_json = |row: &Row| matches!(row.body, BodyRule::Json | BodyRule::Report);
    for (path, _) in all.filter(|(_, row)| needs_json(row)) {
        for content_type in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some(""),
        ] {
            let headers: Vec<_> = content_type
                .map(|value| ("Content-Type", value))
                .into_iter()
                .collect();
            let reply = realm.send(Method::Post, &path, &headers, Some(b"{}"));
            assert_eq!(reply.status, 415, "{path} {content_type:?}: {reply:?}");
            assert!(!reply.message().is_empty());
        }
    }
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
    ] {
        let headers = [("Content-Type", content_type)];
        realm
            .send(
                Method::Post,
                "/clock",
                &headers,
                Some(br#"{"advanceSeconds":0}"#),
            )
            .is(200);
    }
}

/// Who may ask, as the route table has it: whoever else comes is refused, whatever the body.
#[test]
fn every_route_asks_for_what_opens_it() {
    let server = shared();
    let demo = Realm::open(&server);
    let national = Realm::national(&server);
    let nobodys = demo.behind(&format!("{}x", demo.door()));
    let json_type = [("Content-Type", "application/json")];
    let stranger = json!({ "epochId": 1, "ebid": base64(&[7; 8]), "time": base64(&[7; 4]),
        "mac": base64(&[7; 32]) });
    let stranger = stranger.to_string();
    let mut seen = 0;
    for realm in [&national, &demo] {
        for (path, row) in addresses::of(realm) {
            let ask = |realm: &Realm| {
                let body = (row.body != BodyRule::Nothing).then_some(stranger.as_bytes());
                realm.send(addresses::sent(row.method), &path, &json_type, body)
            };
            let reply = match row.caller {
                Caller::Issuer => ask(realm).is(401),
                Caller::Phone => ask(realm),
                Caller::Visitor => ask(&nobodys).is(404),
                Caller::Anyone => continue,
            };
            if row.caller == Caller::Phone {
                let is_refused = matches!(reply.status, 400 | 430) && reply.body.is_empty();
                assert!(is_refused, "{path}: {reply:?}");
            }
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
    // The realm whose session was misspelt is untouched.
    demo.get("/state").is(200);
}

/// How much of a body is read, as the route table has it.
#[test]
fn every_route_reads_as_much_as_it_says() {
    let server = shared();
    let realm = Realm::open(&server);
    let large = format!("{{{}}}", " ".repeat(MAX_BODY_BYTES));
    let json_type = [("Content-Type", "application/json")];
    for (path, row) in addresses::of(&realm) {
        // It would end the realm.
        if row.method == wire::Method::Delete {
            continue;
        }
        let body = Some(large.as_bytes());
        let reply = realm.send(addresses::sent(row.method), &path, &json_type, body);
        let right = match row.body {
            BodyRule::Nothing => 200,
            BodyRule::Json | BodyRule::JsonIfAny => 413,
            // Read, and no report.
            BodyRule::Report => 400,
        };
        assert_eq!(reply.status, right, "{path}: {reply:?}");
    }
}

/// No page of another origin can read an answer, or make a browser send JSON.
#[test]
fn no_other_origin_is_let_in() {
    let server = shared();
    let realm = Realm::open(&server);
    let headers = [
        ("Origin", "https://stop-c19.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    let replies = [
        realm.send(Method::Options, "/api/v6/status", &headers, None),
        realm
            .send(Method::Get, "/api/v6/clock", &headers, None)
            .is(200),
        realm.send(Method::Get, "/state", &headers, None).is(200),
        Realm::national(&server).send(Method::Options, "/demo", &headers, None),
    ];
    for reply in replies {
        let allowing = reply
            .headers
            .iter()
            .find(|(name, _)| name.starts_with("access-control-"));
        assert_eq!(allowing, None, "{reply:?}");
    }
}

#[test]
fn the_issuers_door_opens_to_the_key_alone() {
    let server = shared();
    let realm = Realm::national(&server);
    let asked = json!({ "kind": "long" });
    let key = server.issuer_key().unwrap();
    for wrong in [
        "",
        "wrong",
        &key[1..],
        &format!("{key}x"),
        &key.to_uppercase(),
    ] {
        let reply = realm.issue(wrong, &asked).is(401);
        assert!(!reply.message().contains(key));
    }
    let reply = realm.issue(key, &asked).is(201);
    assert_eq!(reply.names(), ["code", "expiresAt", "kind"]);
    assert_eq!(reply.field("code").len(), 36);
    realm.issue(key, &json!({ "kind": "medium" })).is(400);
    realm.issue(key, &json!({})).is(400);
    // No header at all.
    let json = [("Content-Type", "application/json")];
    realm
        .send(Method::Post, "/issuer/v1/codes", &json, Some(b"{}"))
        .is(401);
    realm.get("/issuer/v1/codes").is(405);
}

/// The hash of the operator's key is bytes: however it is written; and what is none opens nothing.
#[test]
fn the_operators_hash_is_read_in_both_cases_or_not_at_all() {
    const KEY: &str = "key-of-the-tests-0123456789abcdef";
    // Its SHA-256.
    let hash = "d3189daea09fb01e4e12bab987a912c328aed4f29d7f6c71b62808f9f01d0a34";
    let folder = std::env::temp_dir().join(format!("limpide-hash-{}", std::process::id()));
    for (hash, status) in [
        (hash.to_uppercase(), 201),
        (String::new(), 404),
        (hash[1..].to_owned(), 404),
        (format!("{hash} "), 404),
        // Of no key: whoever sends none would be the operator.
        (
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned(),
            404,
        ),
    ] {
        let settings = Settings {
            secrets: Secrets {
                issuer_key: None,
                ..Secrets::of_tests()
            },
            vars: vec![("ISSUER_KEY_SHA256".to_owned(), hash)],
            ..Settings::of_tests(folder.clone())
        };
        let server = Server::start(settings).unwrap();
        let realm = Realm::national(&server);
        let asked = json!({ "kind": "long" });
        realm.issue(KEY, &asked).is(status);
        realm
            .issue("", &asked)
            .is(if status == 201 { 401 } else { 404 });
        let told = server.log().contains("ISSUER_KEY_SHA256");
        assert_eq!(told, status == 404, "{}", server.log());
        drop(server);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn without_demos_and_without_an_issuer_those_doors_are_not_there() {
    let folder = std::env::temp_dir().join(format!("limpide-doors-{}", std::process::id()));
    let settings = Settings {
        secrets: Secrets {
            issuer_key: None,
            ..Secrets::of_tests()
        },
        demo: None,
        ..Settings::of_tests(folder.clone())
    };
    let server = Server::start(settings).unwrap();
    let realm = Realm::national(&server);
    let absent = realm.post("/api/v6/nothing", &json!({})).is(404);
    for method in [Method::Get, Method::Post, Method::Put, Method::Options] {
        for path in ["/demo", "//demo", "/demo/", "/demo/x", "/demo/x/clock"] {
            let reply = realm.send(method.clone(), path, &[], None);
            assert_eq!(reply, absent, "{method:?} {path}");
        }
    }
    // A session that is good elsewhere.
    let elsewhere = shared();
    let open = Realm::open(&elsewhere);
    open.get("/state").is(200);
    assert_eq!(realm.behind(open.door()).get("/state"), absent);
    assert_eq!(
        realm
            .behind(open.door())
            .post("/clock", &json!({ "advanceSeconds": 0 })),
        absent
    );
    for key in ["", "key-of-the-tests-0123456789abcdef"] {
        assert_eq!(realm.issue(key, &json!({ "kind": "long" })), absent);
        let all = addresses::of(&realm).into_iter();
        let known = all.filter_map(|(path, _)| path.strip_prefix("/issuer/v1/").map(str::to_owned));
        for path in known.chain(["".to_owned(), "x".to_owned()]) {
            for method in [Method::Get, Method::Post, Method::Delete, Method::Put] {
                let reply = realm.at_desk(method.clone(), &path, key, None);
                assert_eq!(reply, absent, "{method:?} {path}");
            }
        }
    }
    // The national realm is there.
    Person::register(&realm);
    drop(server);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_demo_realms_clock_goes_forward_and_not_too_far() {
    let server = shared();
    let realm = Realm::open(&server);
    let ask =
        |by: &str| realm.post_bytes("/clock", format!(r#"{{"advanceSeconds":{by}}}"#).as_bytes());
    for wrong in [
        "-1",
        "2678401",
        "1.5",
        "\"1\"",
        "null",
        "18446744073709551616",
    ] {
        assert!(
            ask(wrong).is(400).message().starts_with("advanceSeconds: "),
            "{wrong}"
        );
    }
    ask("{}").is(400);
    // An integer, however it is written.
    ask("0e1").is(200);
    let reply = ask("0").is(200);
    assert_eq!(reply.names(), ["now"]);
    realm.advance(days(31));
    realm.advance(days(29));
    // Sixty days in all: not a second more.
    ask("1").is(400).message();
    realm.advance(0);
    let day = realm.get("/api/v6/clock").field("time");
    assert!(day.starts_with(&realm.now().day().to_string()), "{day}");
}

#[test]
fn a_demo_realm_has_room_for_fifty_accounts_and_a_hundred_reports() {
    let server = shared();
    let realm = Realm::open(&server);
    let register = || {
        let (id, challenge) = realm.captcha();
        let body = registration(&mut Phone::new(), &id, &solve(&challenge));
        realm.post("/api/v6/register", &body)
    };
    for _ in 0..50 {
        register().is(201);
    }
    let full = register().is(429);
    assert!(full.header("retry-after").unwrap().parse::<u64>().unwrap() > 3_000);
    let report = || {
        let body = json!({ "token": realm.code("short"), "contacts": [] });
        realm.post("/api/v6/report", &body)
    };
    for _ in 0..100 {
        report().is(200);
    }
    let full = report().is(429);
    assert!(full.header("retry-after").unwrap().parse::<u64>().unwrap() > 3_000);
    assert_eq!(realm.state().rows("registry", "account").len(), 50);
}
