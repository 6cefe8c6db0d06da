//! Bodies that do not come as announced: too long, cut off, slow, in two lengths. Written to the socket itself,
//! since no client library would send them.

use std::time::{Duration, Instant};

use http_tests::{Person, Raw, Realm, authenticated, registration, seconds, shared, solve};
use robert::phone::Phone;
use serde_json::json;

/// What an answer may take while a body drips elsewhere, on a busy machine.
const SOON: Duration = seconds(20);

/// A report of nobody, under a code that was just handed out.
fn report(realm: &Realm) -> String {
    json!({ "token": realm.code("long"), "contacts": [] }).to_string()
}

/// How many codes wait to be used, and how many reports were answered.
fn rows(realm: &Realm) -> (usize, usize) {
    let state = realm.state();
    (
        state.rows("intake", "code").len(),
        state.rows("intake", "answered").len(),
    )
}

#[test]
fn a_body_announced_too_long_is_refused_though_none_of_it_comes() {
    let server = shared();
    let realm = Realm::open(&server);
    for (path, length) in [
        ("/api/v6/report", "4194305"),
        ("/api/v6/status", "16385"),
        ("/clock", "16385"),
        ("/api/v6/report", "9223372036854775807"),
    ] {
        let headers = format!("Content-Length: {length}\r\n");
        let begun = Instant::now();
        let wire = Raw::post(&server.address(), &realm, path, &headers);
        let (status, body) = wire.answer();
        assert_eq!(status, 413, "{path} {length}: {body}");
        assert!(body["message"].is_string(), "{path}: {body}");
        assert!(begun.elapsed() < SOON);
    }
}

#[test]
fn chunks_past_the_cap_are_refused_before_the_last_one_comes() {
    let server = shared();
    let realm = Realm::open(&server);
    let headers = "Transfer-Encoding: chunked\r\n";
    let mut wire = Raw::post(&server.address(), &realm, "/api/v6/status", headers);
    // 16,385 bytes, and no end.
    wire.write(&format!("4001\r\n{}\r\n", " ".repeat(16_385)));
    assert_eq!(wire.answer().0, 413);
}

#[test]
fn a_body_that_is_cut_off_leaves_nothing_behind() {
    let server = shared();
    let realm = Realm::open(&server);
    let body = report(&realm);
    let before = rows(&realm);
    assert_eq!(before.0, 1);
    let length = format!("Content-Length: {}\r\n", body.len());
    for (headers, sent) in [
        (length.as_str(), body[..body.len() / 2].to_owned()),
        (length.as_str(), String::new()),
        (
            "Transfer-Encoding: chunked\r\n",
            format!("{:x}\r\n{body}", body.len() + 9),
        ),
        // Every byte of the report came, but not the end of the body.
        (
            "Transfer-Encoding: chunked\r\n",
            format!("{:x}\r\n{body}\r\n", body.len()),
        ),
    ] {
        for half_open in [true, false] {
            let mut wire = Raw::post(&server.address(), &realm, "/api/v6/report", headers);
            wire.write(&sent);
            if half_open {
                // It says that nothing more will come, and listens.
                wire.end().unwrap();
                let (status, body) = wire.answer();
                assert!(matches!(status, 0 | 400), "{status} {body}");
            } else {
                wire.hang_up();
            }
        }
    }
    assert_eq!(rows(&realm), before);
    // The server goes on, and the code is still good: the whole report is accepted once.
    realm.post_bytes("/api/v6/report", body.as_bytes()).is(200);
    assert_eq!(rows(&realm).0, 0);
}

#[test]
fn a_body_that_drips_holds_up_nobody_else() {
    let server = shared();
    let realm = Realm::open(&server);
    let body = report(&realm);
    let mut dripping: Vec<_> = (0..20)
        .map(|_| {
            let headers = format!("Content-Length: {}\r\n", body.len());
            Raw::post(&server.address(), &realm, "/api/v6/report", &headers)
        })
        .collect();
    for byte in 0..3 {
        for wire in &mut dripping {
            wire.write(&body[byte..=byte]);
        }
        let begun = Instant::now();
        realm.get("/api/v6/clock").is(200);
        realm.captcha();
        Realm::national(&server).get("/api/v6/clock").is(200);
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        std::thread::sleep(seconds(1));
    }
    // Whoever ends what was begun is served, and the same bytes again are the same report.
    for mut wire in dripping.drain(..2) {
        wire.write(&body[3..]);
        assert_eq!(wire.answer().0, 200);
    }
    for wire in dripping {
        wire.hang_up();
    }
    assert_eq!(rows(&realm).0, 0);
}

/// Nobody gains time: a challenge that has expired meanwhile is void, a question is as old as it says.
#[test]
fn a_body_that_is_held_back_is_served_when_it_ends() {
    let server = shared();
    let realm = Realm::open(&server);
    let mut person = Person::register(&realm);
    let (id, challenge) = realm.captcha();
    let registers = registration(&mut Phone::new(), &id, &solve(&challenge));
    let asks = authenticated(&person.phone.ask(realm.now()).unwrap());
    let report = report(&realm);
    let held = [
        ("register", registers.to_string(), 401),
        ("status", asks.to_string(), 400),
        // The code is good for a week.
        ("report", report, 200),
    ];
    let held = held.map(|(call, body, status)| {
        let headers = format!("Content-Length: {}\r\n", body.len());
        let path = format!("/api/v6/{call}");
        let mut wire = Raw::post(&server.address(), &realm, &path, &headers);
        let (most, last) = body.split_at(body.len() - 1);
        wire.write(most);
        (wire, call, last.to_owned(), status)
    });
    realm.advance(660);
    for (mut wire, call, last, status) in held {
        wire.write(&last);
        assert_eq!(wire.answer().0, status, "{call}");
    }
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let server = shared();
    let realm = Realm::open(&server);
    let begun = Instant::now();
    let headers = "Content-Length: 100\r\n";
    let mut wire = Raw::post(&server.address(), &realm, "/api/v6/status", headers);
    wire.write("{");
    let (status, answer) = wire.answer();
    assert_eq!(
        (status, begun.elapsed() >= seconds(29)),
        (400, true),
        "{answer}"
    );
    assert!(answer["message"].is_string(), "{answer}");
}

#[test]
fn a_body_has_one_length() {
    let server = shared();
    let realm = Realm::open(&server);
    let body = report(&realm);
    let (right, more) = (body.len(), body.len() + 1);
    let before = rows(&realm);
    for headers in [
        format!("Content-Length: {right}\r\nContent-Length: {more}\r\n"),
        format!("Content-Length: {more}\r\nContent-Length: {right}\r\n"),
        format!("Content-Length: {right}, {more}\r\n"),
        format!("Content-Length: -{right}\r\n"),
        format!("Content-Length: +{right}\r\n"),
        format!("Content-Length: 0x{right:x}\r\n"),
        "Content-Length: 99999999999999999999999\r\n".to_owned(),
        "Content-Length:\r\n".to_owned(),
    ] {
        let mut wire = Raw::post(&server.address(), &realm, "/api/v6/report", &headers);
        // The runtime itself refuses most of these, with 500, and may hang up before it has read this.
        let _ = wire.try_write(&body);
        let _ = wire.end();
        let (status, answer) = wire.answer();
        assert!(
            matches!(status, 0 | 400 | 413 | 500),
            "{headers}{status} {answer}"
        );
    }
    // Too short a length: what is read is no JSON, and what follows is no request.
    let short = format!("Content-Length: {}\r\n", right - 1);
    let mut wire = Raw::post(&server.address(), &realm, "/api/v6/report", &short);
    wire.write(&body);
    assert_eq!(wire.answer().0, 400);
    assert_eq!(rows(&realm), before);
}

#[test]
fn a_header_that_stands_twice_smuggles_nothing() {
    let server = shared();
    let realm = Realm::open(&server);
    let body = report(&realm);
    let before = rows(&realm);
    // Two content types are one text, which is not that of JSON alone.
    let length = body.len();
    let headers = format!("Content-Type: text/plain\r\nContent-Length: {length}\r\n");
    let mut wire = Raw::post(&server.address(), &realm, "/api/v6/report", &headers);
    wire.write(&body);
    assert_eq!(wire.answer().0, 415);
    // A length and chunks: one of them is refused or ignored, never half of each.
    let headers = format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n");
    let mut wire = Raw::post(&server.address(), &realm, "/api/v6/report", &headers);
    let _ = wire.try_write(&body);
    let _ = wire.end();
    let (status, _) = wire.answer();
    assert!(matches!(status, 0 | 400), "{status}");
    assert_eq!(rows(&realm), before);
    // Two keys: neither opens the issuer's door.
    let national = Realm::national(&server);
    let key = server.issuer_key().unwrap();
    let asked = r#"{"kind":"long"}"#;
    let headers = format!(
        "Authorization: Bearer {key}\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n",
        asked.len()
    );
    let mut wire = Raw::post(&server.address(), &national, "/issuer/v1/codes", &headers);
    wire.write(asked);
    assert_eq!(wire.answer().0, 401);
}
