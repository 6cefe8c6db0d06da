//! HTTP itself, as RFC 9110 and RFC 9112 have it, and what browsers are told. Written to the socket: no client library mends,
//! hides or adds anything.

use std::io::Write;
use std::net::TcpStream;

use harness::Server;
use http_tests::message::{read, read_head};
use http_tests::{Realm, Reply, registration, seconds, shared, solve};
use robert::phone::Phone;
use serde_json::json;
use wire::route::{Caller, Row, is_open};
use wire::{BodyRule, Method};

use crate::addresses;

const MARK: &str = "\u{feff}";
const DATE: &str = "date";

/// All but what is another with each answer.
fn lasting(answer: &Reply) -> Vec<(String, String)> {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != DATE && name != "content-length");
    headers
}

/// Sends these bytes, and reads what is answered; no header stands there twice.
fn exchange(server: &Server, request: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(seconds(60))).unwrap();
    stream.write_all(request).unwrap();
    let answer = if request.starts_with(b"HEAD ") {
        read_head(&mut stream)
    } else {
        read(&mut stream)
    };
    let answer = answer.ok()??.reply();
    let mut names: Vec<_> = answer.headers.iter().map(|(name, _)| name).collect();
    names.sort();
    assert!(names.is_sorted_by(|one, other| one < other), "{answer:?}");
    Some(answer)
}

/// Sends a request of this method to this address, with these header lines and this body.
fn send(server: &Server, method: &str, target: &str, headers: &str, body: &[u8]) -> Reply {
    let address = server.address();
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\n{headers}");
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    head += "\r\n";
    let answered = exchange(server, &[head.as_bytes(), body].concat());
    answered.unwrap_or_else(|| panic!("no answer: {method} {target}"))
}

const JSON: &str = "Content-Type: application/json\r\n";

fn post(server: &Server, target: &str, headers: &str, body: &str) -> Reply {
    let headers = format!("{JSON}{headers}");
    send(server, "POST", target, &headers, body.as_bytes())
}

/// Every address of both realms, as it is asked for.
fn every(server: &Server) -> Vec<(Realm, String, &'static Row)> {
    let mut all = Vec::new();
    for realm in [Realm::national(server), Realm::open(server)] {
        for (path, row) in addresses::of(&realm) {
            let target = format!("{}{path}", realm.door());
            all.push((realm.behind(realm.door()), target, row));
        }
    }
    all
}

const fn name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    }
}

/// `Mon, 30 Nov 2026 21:57:15 GMT` (RFC 9110, 5.6.7), and it is now.
#[track_caller]
fn is_now(date: &str, realm: &Realm) {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    assert_eq!(date.len(), 29, "{date}");
    // The answer was written a moment ago, perhaps on the day before.
    let now = realm.now();
    let is_at = |ago: u64| {
        let then = now - seconds(ago);
        let day = then.day().to_string();
        let (year, rest) = day.split_once('-').unwrap();
        let (month, day) = rest.split_once('-').unwrap();
        let month = MONTHS[month.parse::<usize>().unwrap() - 1];
        let weekday = DAYS[usize::try_from(then.unix() / 86_400 % 7).unwrap()];
        let of_day = then.unix() % 86_400;
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        date == format!("{weekday}, {day} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
    };
    assert!((0..60).any(is_at), "{date} is not now");
}

/// Whatever is answered, by whichever part of the server.
#[test]
fn every_answer_says_when_it_was_written_and_what_a_browser_may_do_with_it() {
    let server = shared();
    let national = Realm::national(&server);
    let demo = Realm::open(&server).door().to_owned();
    let bearer = format!("Authorization: Bearer {}\r\n", server.issuer_key().unwrap());
    let state = format!("{demo}/state");
    let demo_clock = format!("{demo}/api/v6/clock");
    let cross_site = "Sec-Fetch-Site: cross-site\r\n";
    for (method, target, headers, status) in [
        ("GET", "/api/v6/clock", "", 200),
        ("GET", "/api/statistics.csv", "", 200),
        ("GET", "/api/openapi.json", "", 200),
        ("GET", "/api/health", "", 200),
        ("GET", "/api/nothing", "", 404),
        ("GET", "/log/x", "", 404),
        ("DELETE", "/api/v6/clock", "", 405),
        ("OPTIONS", "/api/v6/clock", "", 204),
        ("OPTIONS", "/api/v6/status", "", 204),
        ("POST", "/api/v6/captcha", "", 201),
        ("POST", "/api/v6/status", "", 415),
        ("GET", "/issuer/v1/acts", "", 401),
        ("GET", "/issuer/v1/acts", &bearer, 200),
        ("GET", &state, "", 200),
        ("GET", &demo_clock, "", 200),
        ("HEAD", &demo_clock, "", 200),
        ("GET", &state, cross_site, 403),
        ("GET", "/demo/x/state", "", 404),
    ] {
        let answer = send(&server, method, target, headers, b"").is(status);
        is_now(answer.header(DATE).unwrap(), &national);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.split("; ").any(|one| one == part), "{policy}");
        }
        let resource = answer.header("cross-origin-resource-policy").unwrap();
        let right = match is_open(target) {
            true => "cross-origin",
            false => "same-origin",
        };
        assert_eq!(resource, right, "{target}");
        let cache = answer.header("cache-control").unwrap();
        let is_description = target == "/api/openapi.json";
        let right = match is_description {
            true => "no-cache",
            false => "no-store, no-transform",
        };
        assert_eq!(cache, right, "{target}");
    }
    // The page has headers of its own.
    for target in ["/", "/atelier", "/nothing", "//nothing", "/assets/"] {
        let answer = send(&server, "GET", target, "", b"");
        is_now(answer.header(DATE).unwrap(), &national);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("content-security-policy").is_some());
    }
}

#[test]
fn every_address_tells_its_methods() {
    let server = shared();
    for (realm, target, _) in every(&server) {
        let all = addresses::of(&realm);
        let path = target.strip_prefix(realm.door()).unwrap();
        let methods = addresses::methods(&all, path).names();
        assert!(methods.ends_with(", OPTIONS"), "{methods}");
        let answer = send(&server, "OPTIONS", &target, "", b"").is(204);
        assert_eq!(answer.header("allow"), Some(&*methods), "{target}");
        assert_eq!(answer.body, b"");
        assert_eq!(answer.header("content-type"), None);
        assert_eq!(answer.header("content-length"), None);
        // And a method that no address answers is told the same.
        let refused = send(&server, "PUT", &target, "", b"").is(405);
        assert_eq!(refused.header("allow"), Some(&*methods), "{target}");
    }
    let page = send(&server, "OPTIONS", "/atelier", "", b"").is(204);
    assert_eq!(page.header("allow"), Some("GET, HEAD, OPTIONS"));
    for target in ["/api/nothing", "/api", "/issuer/", "/demo/", "/log/x"] {
        let answer = send(&server, "OPTIONS", target, "", b"").is(404);
        assert_eq!(answer.header("allow"), None, "{target}");
    }
}

#[test]
fn head_is_get_without_its_body() {
    let server = shared();
    let bearer = format!("Authorization: Bearer {}\r\n", server.issuer_key().unwrap());
    let mut seen = 0;
    for (_, target, row) in every(&server) {
        if row.method != Method::Get {
            continue;
        }
        let key = match row.caller {
            Caller::Issuer => bearer.as_str(),
            _ => "",
        };
        let get = send(&server, "GET", &target, key, b"").is(200);
        let head = send(&server, "HEAD", &target, key, b"").is(200);
        assert_eq!(lasting(&head), lasting(&get), "{target}");
        assert!(head.body.is_empty() && !get.body.is_empty(), "{target}");
        seen += 1;
    }
    assert!(seen >= 13, "{seen}");
}

/// A body that is not plain is refused as such, before anything is read of it.
#[test]
fn a_body_in_another_content_coding_is_refused() {
    let server = shared();
    let mut seen = 0;
    for (_, target, row) in every(&server) {
        if row.body == BodyRule::Nothing || row.caller == Caller::Issuer {
            continue;
        }
        for coding in ["gzip", "br", "GZIP", "identity, gzip", "x-none"] {
            let headers = format!("Content-Encoding: {coding}\r\n");
            let answer = post(&server, &target, &headers, "{}").is(415);
            assert_eq!(answer.header("accept-encoding"), Some("identity"));
            assert!(answer.message().starts_with("Content-Encoding: "));
        }
        for coding in ["identity", "Identity", "", "identity, identity"] {
            let headers = format!("Content-Encoding: {coding}\r\n");
            let answer = post(&server, &target, &headers, "{}");
            assert_ne!(answer.status, 415, "{target} {coding:?}: {answer:?}");
        }
        // What is plain, and no JSON, is refused for that.
        let body = b"{}";
        let plain = send(
            &server,
            "POST",
            &target,
            "Content-Type: text/plain\r\n",
            body,
        );
        assert_eq!(plain.header("accept-encoding"), None);
        seen += 1;
    }
    assert!(seen >= 15, "{seen}");
    // At the issuers' door, to who may ask there.
    let key = server.issuer_key().unwrap();
    for (key, status) in [("", 401), (key, 415)] {
        let headers = format!("Authorization: Bearer {key}\r\nContent-Encoding: gzip\r\n");
        post(&server, "/issuer/v1/codes", &headers, "{}").is(status);
    }
}

#[test]
fn a_byte_order_mark_before_json_is_passed_over() {
    let server = shared();
    let realm = Realm::open(&server);
    let door = realm.door();
    let at = |path: &str, body: &str| post(&server, &format!("{door}{path}"), "", body);
    at("/clock", &format!("{MARK}{{\"advanceSeconds\":0}}")).is(200);
    at("/api/v6/captcha", &format!("{MARK}{{}}")).is(201);
    let (id, challenge) = realm.captcha();
    let body = registration(&mut Phone::new(), &id, &solve(&challenge));
    at("/api/v6/register", &format!("{MARK}{body}")).is(201);
    // With the mark or without, it is the same report: answered again, and counted once.
    let report = json!({ "token": realm.code("long"), "contacts": [] }).to_string();
    for mark in ["", MARK, ""] {
        at("/api/v6/report", &format!("{mark}{report}")).is(200);
    }
    let other = report.replace("[]", "[ ]");
    at("/api/v6/report", &format!("{MARK}{other}")).is(401);
    let wrong = json!({ "token": "none", "contacts": [] }).to_string();
    let refused = at("/api/v6/report", &format!("{MARK}{wrong}")).is(400);
    assert!(refused.message().starts_with("token: "), "{refused:?}");
    // One, and before everything else.
    for body in [
        format!("{MARK}{MARK}{{\"advanceSeconds\":0}}"),
        format!(" {MARK}{{\"advanceSeconds\":0}}"),
        format!("{{\"advanceSeconds\":0}}{MARK}"),
        MARK.to_owned(),
    ] {
        at("/clock", &body).is(400);
    }
}

#[test]
fn a_key_is_shown_by_a_scheme_in_either_case_and_asked_for_where_it_lacks() {
    let server = shared();
    let key = server.issuer_key().unwrap();
    let asked = r#"{"kind":"long"}"#;
    let ask = |authorization: &str| post(&server, "/issuer/v1/codes", authorization, asked);
    for scheme in ["Bearer ", "bearer ", "BEARER ", "bEaReR  "] {
        let answer = ask(&format!("Authorization: {scheme}{key}\r\n")).is(201);
        assert_eq!(answer.header("www-authenticate"), None);
    }
    for header in [
        String::new(),
        "Authorization: Bearer\r\n".to_owned(),
        format!("Authorization: {key}\r\n"),
        format!("Authorization: Basic {key}\r\n"),
        format!("Authorization: Bearer{key}\r\n"),
        format!("Authorization: Bearer x{key}\r\n"),
    ] {
        let answer = ask(&header).is(401);
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge, Some("Bearer realm=\"issuers\""), "{header}");
    }
    // A code and a proof of work are no authentication of HTTP: as deployed.
    let unknown = json!({ "token": "0f8fad5b-d9cb-469f-a165-70867728950e", "contacts": [] });
    let answer = post(&server, "/api/v6/report", "", &unknown.to_string()).is(401);
    assert_eq!(answer.header("www-authenticate"), None);
}

/// An address is what the description says, to the slash: nothing else is there, whatever the method.
#[test]
fn a_slash_too_many_is_another_address() {
    let server = shared();
    let realm = Realm::open(&server);
    let door = realm.door();
    let mut targets: Vec<_> = [
        "//api/v6/status",
        "///api/v6/status",
        "/api//v6/status",
        "/api/v6//status",
        "/api/v6/status/",
        "/api/v6/status//",
        "//api/v6/clock",
        "/api/v6/clock/",
        "//issuer/v1/codes",
        "/issuer/v1/codes/",
        "//demo",
        "/demo/",
        "//log/x",
    ]
    .map(str::to_owned)
    .into();
    targets.extend([
        format!("/{door}/state"),
        format!("{door}//state"),
        format!("{door}/state/"),
        format!("{door}/"),
        format!("{door}//api/v6/clock"),
        format!("{door}/api/v6/clock/"),
    ]);
    for target in targets {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "PUT"] {
            let answer = send(&server, method, &target, "", b"").is(404);
            assert_eq!(answer.header("allow"), None, "{method} {target}");
            if method != "HEAD" {
                assert_eq!(answer.message(), "There is nothing at this address.");
            }
        }
    }
    realm.get("/state").is(200);
}

/// What tells of nobody is read by pages of every origin, and nothing else is; none comes with what a browser keeps of this
/// one.
#[test]
fn other_origins_read_what_is_public_alone() {
    const ORIGIN: &str = "Origin: https://elsewhere.example\r\n";
    let server = shared();
    let mut open = 0;
    for (_, target, row) in every(&server) {
        let preflight = format!(
            "{ORIGIN}Access-Control-Request-Method: {}\r\nAccess-Control-Request-Headers: x-more\r\n",
            name(row.method)
        );
        let asked = send(&server, "OPTIONS", &target, &preflight, b"").is(204);
        // The method that it answers, and one that it does not.
        let mut answers = vec![send(&server, "PUT", &target, ORIGIN, b"").is(405)];
        if row.method == Method::Get {
            answers.push(send(&server, "GET", &target, ORIGIN, b""));
        }
        let is_open = is_open(&target);
        for answer in answers.iter().chain([&asked]) {
            let origin = answer.header("access-control-allow-origin");
            assert_eq!(origin, is_open.then_some("*"), "{target}: {answer:?}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            let told = answer.headers.iter();
            let mut told = told.filter(|(name, _)| name.starts_with("access-control-"));
            assert_eq!(told.next().is_some(), is_open, "{target}: {answer:?}");
        }
        if is_open {
            let allowed = |name: &str| asked.header(&format!("access-control-allow-{name}"));
            assert_eq!(allowed("methods"), Some("GET, HEAD"));
            assert_eq!(allowed("headers"), Some("*"));
            open += 1;
        }
    }
    assert_eq!(open, 6);
    let page = send(&server, "GET", "/", ORIGIN, b"").is(200);
    assert_eq!(page.header("access-control-allow-origin"), None);
}

/// Names of methods are read as they are written (RFC 9110, 9.1); those that the runtime itself does not know are its own to
/// refuse.
#[test]
fn a_method_in_another_case_is_another_method() {
    let server = shared();
    for method in ["get", "Get", "post", "options"] {
        let answer = send(&server, method, "/api/v6/clock", "", b"");
        assert!(matches!(answer.status, 400 | 405 | 501), "{answer:?}");
    }
}
