//! What must be written down nowhere: who sent a request and from where, what the phones of others add to theirs, and
//! every secret. All of it is sent, or read where a visitor may read it; then every byte on disk is searched, the
//! log's as well.

mod issuer;
pub(crate) mod nonsense;
mod search;

use std::fs;
use std::path::PathBuf;

use base64ct::{Base64, Encoding};
use harness::{Secrets, Server};
use http_tests::{Person, Realm, Reply, base64, disk, heard, registration, report, solve, unhex};
use minreq::Method;
use robert::Epoch;
use robert::auth::Kind;
use robert::phone::Phone;
use serde_json::{Value, json};
use store::{Native, Sql};
use wire::BodyRule;

use self::issuer::be_an_issuer;
use self::search::{Canary, Search, folder, found};
use crate::addresses;
use crate::hostile::Account;

const ADDRESS: &str = "203.0.113.219";
const ADDRESS_6: &str = "2001:db8:5e1:c0de::ca7a";
const AGENT: &str = "canary-agent/8c1e";
const REFERER: &str = "https://canary-referer.example/8c1e";
const COOKIE: &str = "canary-cookie=8c1e";
const QUERY: &str = "canary-query=8c1e";
const PUSH: &str = "canary-push-token-8c1e";
const FIELD: &str = "canary-field-8c1e";
const PATH: &str = "canary-path-8c1e";
const METHOD: &str = "CANARY-METHOD-8C1E";

const HEADERS: [(&str, &str); 9] = [
    ("X-Forwarded-For", ADDRESS),
    ("CF-Connecting-IP", ADDRESS_6),
    ("X-Real-IP", ADDRESS),
    ("Forwarded", "for=203.0.113.219;by=203.0.113.219"),
    ("User-Agent", AGENT),
    ("Referer", REFERER),
    ("Cookie", COOKIE),
    ("Accept-Language", "canary-language-8c1e"),
    ("If-None-Match", "\"canary-tag-8c1e\""),
];

/// Those that every request brings.
fn brought() -> Vec<Canary> {
    let v6: std::net::Ipv6Addr = ADDRESS_6.parse().unwrap();
    let mut canaries = vec![Canary::new("address, packed", &v6.octets())];
    for (name, text) in HEADERS {
        canaries.push(Canary::text(name, text.trim_matches('"')));
    }
    for text in [ADDRESS, QUERY, PUSH, FIELD, PATH, METHOD] {
        canaries.push(Canary::text(text, text));
    }
    canaries
}

/// Sends it with everything that may tell of its sender.
fn send(realm: &Realm, method: Method, path: &str, body: Option<&Value>) -> Reply {
    let path = format!("{path}?{QUERY}");
    let headers = [&HEADERS[..], &[("Content-Type", "application/json")]].concat();
    let body = body.map(|body| {
        let mut body = body.clone();
        body["pushInfo"] = json!({ "token": PUSH, "locale": PUSH, "timezone": PUSH });
        body["pushToken"] = json!(PUSH);
        body[FIELD] = json!({ FIELD: [FIELD] });
        body.to_string().into_bytes()
    });
    realm.send(method, &path, &headers, body.as_deref())
}

fn post(realm: &Realm, path: &str, body: &Value) -> Reply {
    send(realm, Method::Post, path, Some(body))
}

/// Everything that can be refused, refused.
fn be_refused(realm: &Realm) {
    let wrong = [
        json!({}),
        json!({ "token": PUSH, "contacts": PUSH, "ebid": PUSH, "captcha": PUSH, "kind": PUSH }),
        json!({ "epochId": 1, "ebid": base64(&[7; 8]), "time": base64(&[7; 4]), "mac": base64(&[7; 32]) }),
        json!({ "captcha": base64(PUSH.as_bytes()), "captchaId": "07".repeat(16),
            "clientPublicECDHKey": base64(PUSH.as_bytes()) }),
    ];
    let all = addresses::of(realm).into_iter();
    for (path, row) in all.filter(|(_, row)| row.body != BodyRule::Nothing) {
        let path = path.as_str();
        for body in &wrong {
            let reply = post(realm, path, body);
            // A body of which nothing is used is not refused for what is in it.
            assert!(
                reply.status >= 400 || row.body == BodyRule::JsonIfAny,
                "{path}: {reply:?}"
            );
        }
        for body in [PUSH, "", "{", &format!("{{\"{FIELD}\":1,\"{FIELD}\":1}}")] {
            for content_type in ["application/json", PUSH] {
                let headers = [&HEADERS[..], &[("Content-Type", content_type)]].concat();
                realm.send(Method::Post, path, &headers, Some(body.as_bytes()));
            }
        }
        send(realm, Method::Put, path, None);
        send(realm, Method::Custom(METHOD.to_owned()), path, None);
    }
    for path in [
        format!("/{PATH}"),
        format!("/api/v6/{PATH}"),
        format!("/api/{PATH}/../{PATH}"),
    ] {
        send(realm, Method::Get, &path, None);
        post(realm, &path, &json!({}));
    }
}

/// A life in a demo realm: all that its routes accept. What it brings to light must be written nowhere.
fn be_accepted(server: &Server) -> Vec<Canary> {
    let national = Realm::national(server);
    let session = post(&national, "/demo", &json!({}))
        .is(201)
        .field("session");
    let realm = national.behind(&format!("/demo/{session}"));
    send(&realm, Method::Get, "/api/v6/clock", None).is(200);
    send(&realm, Method::Get, "/api/keys", None).is(200);
    post(&realm, "/clock", &json!({ "advanceSeconds": 0 })).is(200);

    let mut phone = Phone::new();
    let challenge = post(&realm, "/api/v6/captcha", &json!({})).is(201);
    let (id, solution) = (challenge.field("id"), solve(&challenge.json()["challenge"]));
    let body = registration(&mut phone, &id, &solution);
    let client = body["clientPublicECDHKey"].as_str().unwrap().to_owned();
    let tuples = post(&realm, "/api/v6/register", &body)
        .is(201)
        .field("tuples");
    let account = Account::open(&realm);
    let now = Epoch::at(realm.now()).unwrap();
    let status = account.request(&realm, Kind::Status, now);
    let refreshed = post(&realm, "/api/v6/status", &status)
        .is(200)
        .field("tuples");
    post(&realm, "/api/v6/status", &status).is(400);
    let erase = account.request(&realm, Kind::DeleteHistory, now);
    post(&realm, "/api/v6/deleteExposureHistory", &erase).is(200);

    let mut canaries = vec![
        Canary::text("session", &session),
        Canary::text("client key", &client),
        Canary::text("solution", &solution),
        Canary::text("bundle", &tuples),
        Canary::text("bundle of a status", &refreshed),
        Canary::new("account key", account.auth.as_bytes()),
        Canary::new("key of bundles", account.tuples.as_bytes()),
        Canary::new("seal of a status", &mac_of(&status)),
    ];
    for kind in ["long", "short"] {
        let code = post(&realm, "/code", &json!({ "kind": kind }))
            .is(201)
            .field("code");
        canaries.extend(spellings(&code));
        let mut met = Person::register(&realm).phone;
        let contact = heard(&mut met, now, (0..600).step_by(10));
        canaries.push(Canary::new("pseudonym reported", &contact.ebid.0));
        let body = report(&code, &[contact]);
        post(&realm, "/api/v6/report", &body).is(200);
        post(&realm, "/api/v6/report", &body).is(200);
        post(&realm, "/api/v6/report", &report(&code, &[])).is(401);
    }
    for tuple in &account.pseudonyms {
        canaries.push(Canary::new("pseudonym", &tuple.ebid.0));
    }
    post(&realm, "/clock", &json!({ "advanceSeconds": 0 })).is(200);
    for row in realm.state().rows("vault", "keys") {
        for key in ["serverKey", "dataKey"] {
            let key = row["wrapped (opened)"][key].as_str().unwrap();
            canaries.push(Canary::new("day key", &unhex(key)));
        }
    }
    be_refused(&realm);
    send(&realm, Method::Get, "/state", None).is(200);
    let leave = account.request(&realm, Kind::Unregister, Epoch::at(realm.now()).unwrap());
    post(&realm, "/api/v6/unregister", &leave).is(200);
    canaries
}

fn mac_of(request: &Value) -> Vec<u8> {
    Base64::decode_vec(request["mac"].as_str().unwrap()).unwrap()
}

/// A code as it was handed out, and as it may have been written down.
fn spellings(code: &str) -> Vec<Canary> {
    let bare = code.replace('-', "");
    let mut canaries = vec![
        Canary::text("code", code),
        Canary::text("code without hyphens", &bare),
    ];
    if bare.len() == 32 {
        canaries.push(Canary::new("code, decoded", &unhex(&bare)));
    }
    canaries
}

/// What no client may send and no server may write down.
fn secrets(server: &Server) -> Vec<Canary> {
    let key = Canary::text("issuer's key", server.issuer_key().unwrap());
    let roots = [Secrets::of_tests().root, Secrets::of_demo_tests().root];
    let roots = roots.into_iter().flat_map(|root| {
        [
            Canary::text("root secret, as configured", &root),
            Canary::new("root secret", &unhex(&root)),
        ]
    });
    roots.chain([key]).collect()
}

#[test]
fn nothing_is_written_down_of_who_asked_nor_any_secret() {
    let mut server = Server::fresh().unwrap();
    let national = Realm::national(&server);
    let mut canaries = brought();
    canaries.extend(secrets(&server));
    canaries.extend(be_accepted(&server));
    be_refused(&national);
    for kind in ["long", "short"] {
        let key = server.issuer_key().unwrap();
        let code = national
            .issue(key, &json!({ "kind": kind }))
            .is(201)
            .field("code");
        canaries.extend(spellings(&code));
        post(&national, "/api/v6/report", &report(&code, &[])).is(200);
        let invented = code.replace(code.chars().next().unwrap(), "7");
        post(&national, "/api/v6/report", &report(&invented, &[]));
    }
    canaries.extend(be_an_issuer(&server, &national));
    national.issue(PUSH, &json!({ "kind": FIELD })).is(401);
    let account = Account::open(&national);
    canaries.push(Canary::new("account key", account.auth.as_bytes()));
    for path in ["/", "/atelier", &format!("/{PATH}")] {
        send(&national, Method::Get, path, None);
    }
    assert_eq!(found(&server, &Search::new(&canaries)), []);

    // A server that has something to complain of says it in its own words.
    server.kill().unwrap();
    for file in disk::objects(&server, "Registry") {
        if !disk::query(&file, "place", "SELECT of FROM place").is_empty() {
            let sql = Native::open(&file).unwrap();
            sql.exec("UPDATE place SET of = of + 1", &[]).unwrap();
        }
    }
    server.restart().unwrap();
    be_refused(&national);
    let now = Epoch::at(national.now()).unwrap();
    post(
        &national,
        "/api/v6/status",
        &account.request(&national, Kind::Status, now),
    )
    .is(503);
    assert!(
        server.log().contains("restore the configuration"),
        "{}",
        server.log()
    );
    assert_eq!(found(&server, &Search::new(&canaries)), []);

    a_search_finds_what_is_there(&server, &canaries);
}

/// The search finds each form of each canary, and what is put into the log, or into a file of an object.
fn a_search_finds_what_is_there(server: &Server, canaries: &[Canary]) {
    let search = Search::new(canaries);
    for Canary { name, forms } in canaries {
        for form in forms {
            let bytes = [b"before", &form[..], b"after"].concat();
            assert!(search.look(&bytes).contains(name.as_str()), "{name}");
        }
    }
    let planted = canaries.iter().find(|canary| canary.name == PUSH).unwrap();
    let log = folder(server).join("server.log");
    let object = disk::objects(server, "Intake").remove(0);
    let journal = PathBuf::from(format!("{}-wal", object.display()));
    for place in [log, journal] {
        let before = fs::read(&place).unwrap_or_default();
        for form in &planted.forms {
            fs::write(&place, [&before, &form[..]].concat()).unwrap();
            let there = (place.clone(), planted.name.clone());
            assert_eq!(found(server, &search), [there]);
        }
        fs::write(&place, before).unwrap();
    }
}
