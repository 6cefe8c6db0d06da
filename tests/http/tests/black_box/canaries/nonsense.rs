//! What is not HTTP, or hardly: the runtime prints what it could not read, and the log holds nothing of it.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;

use harness::{Server, Settings};
use http_tests::Realm;
use serde_json::json;

use super::search::{Canary, Search, found};
use super::{ADDRESS, COOKIE, FIELD, METHOD, PATH, PUSH, brought, spellings};

const HOST: &str = "canary-host-8c1e.example";

/// A body as a phone sends it.
fn body(code: &str) -> String {
    format!(
        r#"{{"token":"{code}","contacts":[{{"ebid":"AAAAAAAAAAA=","ecc":"AA=="}}],"p":"{PUSH}"}}"#
    )
}

/// Requests that something is wrong with, each with what may tell of its sender.
fn nonsense(session: &str, code: &str) -> Vec<(&'static str, Vec<u8>)> {
    let body = body(code);
    let length = body.len();
    let post =
        format!("POST /demo/{session}/api/v6/report HTTP/1.1\r\nX-Forwarded-For: {ADDRESS}\r\n");
    let host = format!("Host: {HOST}\r\n");
    let chunked = "Transfer-Encoding: chunked\r\n";
    let json = "Content-Type: application/json\r\n";
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\n{host}Cookie: {COOKIE}\r\n\r\n");
    let many = format!("{FIELD}: {PUSH}\r\n").repeat(100_000 / 40);
    let texts = [
        (
            "chunk size",
            format!("{post}{host}{chunked}\r\n{body}\r\n0\r\n\r\n"),
        ),
        (
            "second chunk",
            format!("{post}{host}{chunked}{json}\r\n2\r\n{{}}\r\n{body}\r\n"),
        ),
        (
            "chunk too long",
            format!("{post}{host}{chunked}\r\nffffffffffffffffff\r\n{body}"),
        ),
        (
            "chunk extension",
            format!("{post}{host}{chunked}\r\n2;{body}\r\n{{}}\r\n0\r\n\r\n"),
        ),
        (
            "chunk longer than said",
            format!("{post}{host}{chunked}\r\n2\r\n{body}\r\n0\r\n\r\n"),
        ),
        (
            "content length",
            format!("{post}{host}Content-Length: {FIELD}\r\n\r\n{body}"),
        ),
        (
            "negative length",
            format!("{post}{host}Content-Length: -{length}{FIELD}\r\n\r\n{body}"),
        ),
        (
            "two lengths",
            format!("{post}{host}Content-Length: 2\r\nContent-Length: 1{FIELD}\r\n\r\n{body}"),
        ),
        (
            "short body",
            format!("{post}{host}Content-Length: 100000\r\n{json}\r\n{body}"),
        ),
        (
            "after the body",
            format!("{post}{host}Content-Length: 2\r\n{json}\r\n{{}}{body}\r\n\r\n"),
        ),
        (
            "transfer encoding",
            format!("{post}{host}Transfer-Encoding: {FIELD}\r\n\r\n{body}"),
        ),
        (
            "both framings",
            format!("{post}{host}{chunked}Content-Length: {length}\r\n\r\n{body}"),
        ),
        (
            "host",
            format!("{post}Host: {HOST} %%zz\r\nContent-Length: {length}\r\n\r\n{body}"),
        ),
        (
            "host with a session",
            format!("{post}Host: {session}/{code}\r\nContent-Length: {length}\r\n\r\n{body}"),
        ),
        (
            "no host",
            format!("{post}Content-Length: {length}\r\n\r\n{body}"),
        ),
        (
            "address of another",
            get(&format!("http://{HOST}/demo/{session}/state")),
        ),
        (
            "address that is none",
            get(&format!("http://{HOST} x/%zz%00/demo/{session}/state")),
        ),
        (
            "address in brackets",
            get(&format!("http://[{PATH}]/demo/{session}/state")),
        ),
        (
            "address with a port",
            get(&format!("http://{HOST}:{FIELD}/demo/{session}/state")),
        ),
        ("path", get(&format!("{PATH}/demo/{session}/state"))),
        (
            "escapes",
            get(&format!("/demo/{session}/%zz%00/{PATH}?code={code}")),
        ),
        (
            "long path",
            get(&format!("/demo/{session}/{}", PATH.repeat(5_000))),
        ),
        (
            "method",
            format!("{METHOD} /demo/{session}/state HTTP/1.1\r\n{host}\r\n"),
        ),
        ("method without a path", format!("{METHOD} {code}\r\n\r\n")),
        (
            "version",
            format!("GET /demo/{session}/state HTTP/9.9\r\n{host}\r\n"),
        ),
        (
            "header name",
            format!("{post}{host}{FIELD} {code}: {PUSH}\r\nContent-Length: 0\r\n\r\n"),
        ),
        (
            "header without a colon",
            format!("{post}{host}{FIELD}{code}\r\nContent-Length: 0\r\n\r\n"),
        ),
        (
            "folded header",
            format!("{post}{host}A: b\r\n {FIELD} {code}\r\nContent-Length: 0\r\n\r\n"),
        ),
        (
            "header of 100 kB",
            format!("{post}{host}{many}Content-Length: {length}\r\n\r\n{body}"),
        ),
        (
            "connect",
            format!("CONNECT {HOST}:443 HTTP/1.1\r\n{host}\r\n{body}"),
        ),
        (
            "connect with a session",
            format!("CONNECT /demo/{session}/state HTTP/1.1\r\n{host}\r\n"),
        ),
        (
            "websocket",
            format!(
                "GET /demo/{session}/state HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {FIELD}\r\nSec-WebSocket-Protocol: {code}\r\n\r\n"
            ),
        ),
        (
            "expectation",
            format!("{post}{host}Expect: {FIELD}\r\nContent-Length: {length}\r\n\r\n{body}"),
        ),
        ("HTTP/2", format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{body}")),
        ("no HTTP", format!("{body}\r\n\r\n")),
    ];
    let mut all: Vec<_> = texts.map(|(name, text)| (name, text.into_bytes())).into();
    // A client's hello, with the name of a host in it.
    let name = HOST.as_bytes();
    all.push((
        "TLS",
        [
            &[22, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3][..],
            &[0; 34],
            name,
            b"\r\n\r\n",
        ]
        .concat(),
    ));
    for (what, before) in [
        ("no UTF-8 in a path", format!("GET /demo/{session}/")),
        ("no UTF-8 in a host", format!("{post}Host: {HOST}")),
        (
            "no UTF-8 in a header",
            format!("{post}{host}Content-Length: 0\r\nA: {code}"),
        ),
        (
            "a zero in a header",
            format!("{post}{host}Content-Length: 0\r\nA: {code}\0"),
        ),
        (
            "no UTF-8 in a body",
            format!(
                "{post}{host}{json}Content-Length: {}\r\n\r\n{code}",
                code.len() + 6
            ),
        ),
    ] {
        let end = if before.starts_with("GET") {
            " HTTP/1.1\r\n\r\n"
        } else {
            "\r\n\r\n"
        };
        all.push((
            what,
            [before.as_bytes(), &[0xff, 0xfe], end.as_bytes()].concat(),
        ));
    }
    all
}

/// Whatever it answers.
fn send(address: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    // It may close at once.
    let _ = stream.write_all(bytes);
    let _ = stream.read(&mut [0; 1_024]);
}

/// Sends all of it, and lives; what is looked for afterwards.
fn be_sent(server: &mut Server) -> Vec<Canary> {
    let national = Realm::national(server);
    let session = national.post("/demo", &json!({})).is(201).field("session");
    let code = national.code("long");
    for (name, bytes) in nonsense(&session, &code) {
        send(&server.address(), &bytes);
        assert_eq!(server.stopped().unwrap(), None, "{name}");
    }
    national.get("/api/v6/clock").is(200);
    let mut canaries = brought();
    canaries.extend([
        Canary::text("session", &session),
        Canary::text("host", HOST),
    ]);
    canaries.extend(spellings(&code));
    canaries
}

#[test]
fn of_what_is_not_even_http_nothing_is_logged() {
    let mut settings = Settings::of_tests(harness::new_folder().unwrap());
    settings.proxied = false;
    let mut server = Server::start_disposable(settings).unwrap();
    let canaries = be_sent(&mut server);
    let search = Search::new(&canaries);
    // The runtime itself prints them, else this would prove nothing.
    let printed = search.look(server.output().as_bytes());
    for name in ["session", "code", "host", FIELD, PATH] {
        assert!(printed.contains(name), "{name}: {printed:?}");
    }
    server.kill().unwrap();
    let log = server.log();
    let parts = Search::look_for_parts(log.as_bytes(), &canaries);
    assert_eq!(parts, [].into(), "{log}");
    assert_eq!(found(&server, &search), []);
    // It is told that something was said.
    let said = "the runtime wrote lines that are not shown: ";
    assert_eq!(log.matches(said).count(), log.lines().count(), "{log}");
    assert!(!log.is_empty());
}

/// The reference proxy refuses it first, and writes nothing of it either.
pub(crate) fn none_of_it_passes_the_proxy(server: &mut Server) {
    let canaries = be_sent(server);
    let output = server.output();
    let parts = Search::look_for_parts(output.as_bytes(), &canaries);
    assert_eq!(parts, [].into(), "{output}");
    assert_eq!(found(server, &Search::new(&canaries)), []);
}
