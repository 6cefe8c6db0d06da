//! What is answered, to the byte where it matters: nobody who watches learns more than the protocol tells.

use std::collections::BTreeSet;

use http_tests::{
    Person, Realm, Reply, authenticated, base64, meet, minutes, registration, shared, solve,
};
use minreq::Method;
use robert::auth::{AuthRequest, Kind};
use robert::keys::ServerPublic;
use robert::phone::Phone;
use robert::{AuthKey, Epoch, Ntp};
use serde_json::{Value, json};

#[test]
fn replies_have_the_deployed_shapes() {
    let server = shared();
    let national = Realm::national(&server);
    for realm in [&national, &Realm::open(&server)] {
        let clock = realm.get("/api/v6/clock").is(200);
        assert_eq!(clock.names(), ["epoch", "serviceStartDate", "time"]);
        assert_eq!(clock.field("serviceStartDate"), "2020-06-01");
        let now = Epoch::at(realm.now()).unwrap().number();
        assert!(clock.json()["epoch"].as_u64().unwrap().abs_diff(now.into()) <= 1);
        let time = clock.field("time");
        let shape: String = time
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        assert_eq!(shape, "0000-00-00T00:00:00Z");
        assert!(time.starts_with(&realm.now().day().to_string()), "{time}");

        let keys = realm.get("/api/keys").is(200);
        assert_eq!(keys.names(), ["registration", "registrations"]);
        ServerPublic::from_base64(&keys.field("registration")).unwrap();
    }
    // Two realms, two keys.
    let key = |realm: &Realm| realm.get("/api/keys").field("registration");
    assert_ne!(key(&national), key(&Realm::open(&server)));

    let realm = Realm::open(&server);
    let (id, challenge) = realm.captcha();
    let mut phone = Phone::new();
    let body = registration(&mut phone, &id, &solve(&challenge));
    let registered = realm.post("/api/v6/register", &body).is(201);
    assert_eq!(
        registered.names(),
        ["config", "message", "timeStart", "tuples"]
    );
    let json = registered.json();
    assert_eq!(json["message"], Value::Null);
    // 2020-06-01T00:00:00Z in seconds since 1900.
    assert_eq!(json["timeStart"], 3_799_958_400_u64);
    config(&json["config"]);
    let key = ServerPublic::from_base64(&realm.get("/api/keys").field("registration")).unwrap();
    phone
        .registered(&key, &registered.field("tuples"), realm.now())
        .unwrap();
    // What is left of today, and three days more.
    let epochs: Vec<_> = phone
        .pseudonyms()
        .map(|tuple| tuple.epoch.number())
        .collect();
    assert!(epochs.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    assert_eq!(epochs.last().unwrap() % 96, 95);
    assert_eq!(epochs.len(), 3 * 96 + (96 - epochs[0] as usize % 96));

    let request = phone.ask(realm.now()).unwrap();
    let status = realm
        .post("/api/v6/status", &authenticated(&request))
        .is(200);
    assert_eq!(status.names(), ["config", "riskLevel", "tuples"]);
    config(&status.json()["config"]);
    assert_eq!(
        status.header("cache-control"),
        Some("no-store, no-transform")
    );

    let code = realm.post("/code", &json!({ "kind": "short" })).is(201);
    assert_eq!(code.names(), ["code", "expiresAt", "kind"]);
    let report = json!({ "token": code.field("code"), "contacts": [] });
    let reported = realm.post("/api/v6/report", &report).is(200);
    assert_eq!(
        reported.json(),
        json!({ "success": true, "message": "Successful operation" })
    );
}

#[test]
fn the_description_is_served_as_it_is_committed() {
    let server = shared();
    let reply = Realm::national(&server).get("/api/openapi.json").is(200);
    assert_eq!(reply.header("cache-control"), Some("no-cache"));
    assert_eq!(reply.json()["openapi"], "3.1.0");
    let committed = harness::root().join("crates/openapi/openapi.json");
    assert!(
        reply.body == std::fs::read(committed).unwrap(),
        "build again"
    );
}

/// Names with numbers or texts.
fn config(config: &Value) {
    let settings = config.as_array().unwrap();
    assert!(!settings.is_empty());
    for setting in settings {
        assert!(setting["name"].is_string(), "{setting}");
        assert!(
            setting["value"].is_string() || setting["value"].is_number(),
            "{setting}"
        );
    }
}

#[test]
fn a_reply_to_somebody_at_risk_looks_like_any_other() {
    let server = shared();
    let realm = Realm::open(&server);
    let (mut sylvie, mut johanna) = (Person::register(&realm), Person::register(&realm));
    let start = realm.next_epoch();
    meet(
        &mut sylvie.phone,
        &mut johanna.phone,
        start,
        minutes(20),
        0.8,
    );
    realm.advance_to(start + minutes(60));
    johanna.report(&realm.code("short")).is(200);
    realm.advance(0);
    // Both ask in the same epoch.
    realm.advance_to(realm.next_epoch() + minutes(1));
    let ask = |person: &mut Person<'_>| {
        let request = person.phone.ask(realm.now()).unwrap();
        realm
            .post("/api/v6/status", &authenticated(&request))
            .is(200)
    };
    let (at_risk, not) = (ask(&mut sylvie), ask(&mut johanna));
    assert_eq!(at_risk.body.len(), not.body.len());
    assert_eq!(watched(&at_risk), watched(&not));
    assert_eq!([sylvie.learn(&at_risk), johanna.learn(&not)], [4, 0]);
}

/// Headers as a watcher sees them, the time apart.
fn watched(reply: &Reply) -> Vec<(String, String)> {
    let mut headers = reply.headers.clone();
    headers.retain(|(name, _)| name != "date");
    headers
}

#[test]
fn refused_authentication_says_nothing() {
    let server = shared();
    let realm = Realm::open(&server);
    let mut person = Person::register(&realm);
    let stranger = AuthKey::from_bytes(&[7; 32]);
    let now = Ntp::from(realm.now());
    let first = *person.phone.pseudonyms().next().unwrap();
    let second = *person.phone.pseudonyms().nth(1).unwrap();
    let seal = |kind, at| AuthRequest::seal(kind, &stranger, first.ebid, first.epoch, at);

    let mut refused = Vec::new();
    let mut refuse = |call: &str, what: &str, request: &AuthRequest| {
        let reply = realm.post(&format!("/api/v6/{call}"), &authenticated(request));
        refused.push((format!("{call}: {what}"), reply));
    };
    let genuine = person.phone.delete_exposures(realm.now()).unwrap();
    for (call, kind) in [
        ("status", Kind::Status),
        ("unregister", Kind::Unregister),
        ("deleteExposureHistory", Kind::DeleteHistory),
    ] {
        refuse(call, "another's key", &seal(kind, now));
        refuse(call, "a clock that is slow", &seal(kind, Ntp(now.0 - 70)));
        let other_epoch = AuthRequest {
            epoch: second.epoch.number(),
            ..seal(kind, now)
        };
        refuse(call, "an EBID of another epoch", &other_epoch);
        let invented = AuthRequest {
            ebid: robert::Ebid([9; 8]),
            ..seal(kind, now)
        };
        refuse(call, "an invented EBID", &invented);
        if kind != Kind::DeleteHistory {
            refuse(call, "a request of another kind", &genuine);
        }
    }
    for seconds in [70, 3_600] {
        let late = person
            .phone
            .unregister(realm.now() - http_tests::seconds(seconds))
            .unwrap();
        refuse(
            "unregister",
            "a clock that is slow, and the right key",
            &late,
        );
        let early = person
            .phone
            .unregister(realm.now() + http_tests::seconds(seconds))
            .unwrap();
        refuse(
            "unregister",
            "a clock that is fast, and the right key",
            &early,
        );
    }
    let status = person.phone.ask(realm.now()).unwrap();
    realm
        .post("/api/v6/status", &authenticated(&status))
        .is(200);
    refuse("status", "too soon", &status);

    let distinct: BTreeSet<_> = refused
        .iter()
        .map(|(what, reply)| {
            assert_eq!(reply.status, 400, "{what}: {reply:?}");
            assert_eq!(reply.body, b"", "{what}");
            watched(reply)
        })
        .collect();
    assert_eq!(distinct.len(), 1, "{distinct:?}");

    // No key of that day: the phone must register again.
    for epoch in [
        0,
        first.epoch.number() - 96 * 20,
        first.epoch.number() + 96 * 20,
        u32::MAX,
    ] {
        let request = AuthRequest {
            epoch,
            ..seal(Kind::Status, now)
        };
        let reply = realm
            .post("/api/v6/status", &authenticated(&request))
            .is(430);
        assert_eq!(reply.body, b"");
    }

    // A clock up to a minute off is still right.
    let late = person
        .phone
        .delete_exposures(realm.now() - http_tests::seconds(50))
        .unwrap();
    realm
        .post("/api/v6/deleteExposureHistory", &authenticated(&late))
        .is(200);
}

#[test]
fn no_refusal_repeats_what_was_sent() {
    const MARK: &str = "h4y5t4ck";
    let server = shared();
    let realm = Realm::open(&server);
    let bodies = [
        MARK.to_owned(),
        format!("\"{MARK}\""),
        format!("{{\"{MARK}\""),
        format!("{{\"{MARK}\":1,\"{MARK}\":2}}"),
        format!("{{\"{MARK}\":[[[[\"{MARK}\"]]]]}}"),
        json!({ "ebid": MARK, "epochId": MARK, "time": MARK, "mac": MARK }).to_string(),
        json!({ "captcha": MARK, "captchaId": MARK, "clientPublicECDHKey": MARK }).to_string(),
        json!({ "token": MARK, "contacts": MARK }).to_string(),
        json!({ "token": MARK, "contacts": [{ "ebid": MARK, "ecc": MARK, "ids": [MARK] }] })
            .to_string(),
        json!({ "token": MARK, "contacts": [] }).to_string(),
        json!({ "kind": MARK, "advanceSeconds": MARK }).to_string(),
    ];
    for path in [
        "/api/v6/register",
        "/api/v6/status",
        "/api/v6/report",
        "/api/v6/unregister",
        "/api/v6/deleteExposureHistory",
        "/clock",
        "/code",
    ] {
        for body in &bodies {
            let reply = realm.post_bytes(path, body.as_bytes()).is(400);
            assert!(!reply.message().is_empty(), "{path} {body}");
            assert!(
                !format!("{reply:?}").contains(MARK),
                "{path} {body}: {reply:?}"
            );
        }
    }
    for path in [
        format!("/{MARK}"),
        format!("/api/{MARK}"),
        format!("/api/v6/{MARK}"),
    ] {
        let reply = realm.send(Method::Get, &path, &[], None).is(404);
        assert!(!format!("{reply:?}").contains(MARK), "{path}: {reply:?}");
    }
}

#[test]
fn malformed_fields_are_named() {
    let server = shared();
    let realm = Realm::open(&server);
    let request = Person::register(&realm)
        .phone
        .delete_exposures(realm.now())
        .unwrap();
    let good = authenticated(&request);
    for (field, wrong) in [
        ("ebid", json!(base64(&[0; 7]))),
        ("ebid", json!(base64(&[0; 9]))),
        ("ebid", json!("AAAAAAAAAAB=")),
        ("ebid", json!(null)),
        ("epochId", json!(-1)),
        ("epochId", json!(1.5)),
        ("epochId", json!("1")),
        ("epochId", json!(4_294_967_296_u64)),
        ("time", json!(base64(&[0; 5]))),
        ("mac", json!(base64(&[0; 31]))),
        ("mac", json!("_".repeat(44))),
    ] {
        let mut body = good.clone();
        body[field] = wrong;
        let message = realm.post("/api/v6/unregister", &body).is(400).message();
        assert!(message.starts_with(&format!("{field}: ")), "{message}");
        body.as_object_mut().unwrap().remove(field);
        let message = realm.post("/api/v6/unregister", &body).is(400).message();
        assert!(message.starts_with(&format!("{field}: ")), "{message}");
    }

    // Two parsers that keep different ones would read two requests.
    let twice = good.to_string().replacen('{', "{\"epochId\":1,", 1);
    realm
        .post_bytes("/api/v6/unregister", twice.as_bytes())
        .is(400)
        .message();
    let hidden = good
        .to_string()
        .replacen('{', "{\"x\":{\"y\":1,\"\\u0079\":2},", 1);
    realm
        .post_bytes("/api/v6/unregister", hidden.as_bytes())
        .is(400)
        .message();

    // Fields that the deployed phones may add.
    let mut more = good;
    more["pushInfo"] = json!({ "token": "t", "locale": "fr", "timezone": "Europe/Paris" });
    realm.post("/api/v6/deleteExposureHistory", &more).is(200);
    assert!(!realm.state().mentions("Europe/Paris"));
}
