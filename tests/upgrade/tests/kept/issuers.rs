//! The issuers' desk: keys, a request that is sent again, the record of what administrators did.

use http_tests::{Realm, Reply};
use minreq::Method::{Get, Post};
use serde_json::{Value, json};
use upgrade_tests::tells;

use super::{for_each, works};

#[test]
fn keys_open_the_door_and_revoked_ones_do_not() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let desk = &release.life.national.desk;
        for (key, kind, forbidden) in [
            (&desk.laboratory, "long", "short"),
            (&desk.doctor, "short", "long"),
        ] {
            let code = realm.issue(&key.key, &json!({ "kind": kind })).is(201);
            assert!(works(&realm, &code.field("code"), 0));
            realm.issue(&key.key, &json!({ "kind": forbidden })).is(403);
        }
        realm
            .issue(&desk.revoked.key, &json!({ "kind": "long" }))
            .is(401);
        // Keys are made and revoked as before.
        let operator = server.issuer_key().unwrap();
        let order = json!({ "role": "lab", "quota": 5 });
        let made = realm.at_desk(Post, "keys", operator, Some(&order)).is(201);
        realm
            .issue(&made.field("key"), &json!({ "kind": "long" }))
            .is(201);
        let path = format!("keys/{}", desk.laboratory.id);
        realm
            .at_desk(minreq::Method::Delete, &path, operator, None)
            .is(204);
        realm
            .issue(&desk.laboratory.key, &json!({ "kind": "long" }))
            .is(401);
    });
}

#[test]
fn a_request_that_is_sent_again_is_the_same() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let desk = &release.life.national.desk;
        let ask = |order: &Value| realm.at_desk(Post, "batches", &desk.laboratory.key, Some(order));
        let codes = |reply: Reply| -> Vec<String> {
            let json = reply.is(201).json();
            let codes = json.as_array().unwrap().iter();
            codes
                .map(|code| code["code"].as_str().unwrap().to_owned())
                .collect()
        };
        let batch = &desk.batch;
        assert_eq!(codes(ask(&batch.order)), batch.codes);
        let mut other = batch.order.clone();
        other["count"] = (batch.codes.len() + 1).into();
        ask(&other).is(409);
        // It revived none.
        let void = &release.life.national.codes.void;
        let used: Vec<_> = batch
            .codes
            .iter()
            .filter(|code| void.contains(code))
            .collect();
        assert!(!used.is_empty());
        assert!(used.iter().all(|code| !works(&realm, code, 0)));
    });
}

/// Nothing that an administrator did is lost, and no quota is given back.
#[test]
fn keys_and_acts_are_listed_as_they_were() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let desk = &release.life.national.desk;
        let operator = server.issuer_key().unwrap();
        let list = |path: &str| realm.at_desk(Get, path, operator, None).is(200).json();
        assert!(desk.acts["acts"].as_array().unwrap().len() >= 4);
        assert!(tells(&desk.keys, &list("keys")), "{}", list("keys"));
        assert!(tells(&desk.acts, &list("acts")), "{}", list("acts"));
    });
}
