//! What an issuer sends, and is shown.

use harness::Server;
use http_tests::{Realm, unhex};
use minreq::Method;
use serde_json::{Value, json};

use super::search::Canary;
use super::{FIELD, HEADERS, PATH, PUSH, QUERY, spellings};

/// What an issuer calls a request: only a fingerprint of it is kept.
const ORDER: &str = "canary-order-8c1e";

/// An issuer's day: all that the door accepts, with everything that may tell of its sender.
pub(super) fn be_an_issuer(server: &Server, realm: &Realm) -> Vec<Canary> {
    let ask = |key: &str, method: Method, path: &str, body: Option<Value>| {
        let bearer = format!("Bearer {key}");
        let mut headers = HEADERS.to_vec();
        headers.extend([
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
        ]);
        let body = body.map(|mut body| {
            body["pushToken"] = json!(PUSH);
            body[FIELD] = json!({ FIELD: [FIELD] });
            body.to_string().into_bytes()
        });
        let path = format!("/issuer/v1/{path}?{QUERY}");
        realm.send(method, &path, &headers, body.as_deref())
    };
    let root = server.issuer_key().unwrap();
    let make = json!({ "role": "lab", "quota": 50 });
    let made = ask(root, Method::Post, "keys", Some(make.clone())).is(201);
    let (id, lab) = (made.field("id"), made.field("key"));
    let mut canaries = vec![
        Canary::text("a lab's key", &lab),
        Canary::new("a lab's key, decoded", &unhex(&lab)),
        Canary::text("an issuer's own name for a request", ORDER),
    ];
    let order = json!({ "kind": "long", "id": ORDER });
    for _ in 0..2 {
        let code = ask(&lab, Method::Post, "codes", Some(order.clone()))
            .is(201)
            .field("code");
        canaries.extend(spellings(&code));
        let picture = json!({ "code": code, "format": "svg" });
        ask(&lab, Method::Post, "qr", Some(picture)).is(200);
    }
    for format in [
        json!({}),
        json!({ "format": "csv" }),
        json!({ "format": "tar", "images": "svg" }),
    ] {
        let mut batch = json!({ "kind": "long", "count": 2, "id": format!("{ORDER}, a batch") });
        batch
            .as_object_mut()
            .unwrap()
            .extend(format.as_object().unwrap().clone());
        let reply = ask(&lab, Method::Post, "batches", Some(batch)).is(201);
        if format == json!({}) {
            let codes = reply.json();
            let codes = codes.as_array().unwrap().iter();
            canaries.extend(codes.flat_map(|code| spellings(code["code"].as_str().unwrap())));
        }
    }
    // Refused.
    ask(
        &lab,
        Method::Post,
        "codes",
        Some(json!({ "kind": "long", "count": 3, "id": format!("{ORDER}, a batch") })),
    )
    .is(409);
    ask(
        &lab,
        Method::Post,
        "codes",
        Some(json!({ "kind": "short" })),
    )
    .is(403);
    ask(
        &lab,
        Method::Post,
        "batches",
        Some(json!({ "kind": "long", "count": 51 })),
    )
    .is(403);
    ask(&lab, Method::Post, "keys", Some(make)).is(403);
    ask(&lab, Method::Get, "acts", None).is(403);
    ask(PUSH, Method::Get, "keys", None).is(401);
    ask(root, Method::Get, "keys", None).is(200);
    ask(root, Method::Get, "acts", None).is(200);
    ask(root, Method::Delete, &format!("keys/{PATH}"), None).is(404);
    ask(root, Method::Delete, &format!("keys/{id}"), None).is(204);
    ask(&lab, Method::Post, "codes", Some(order)).is(401);
    canaries
}
