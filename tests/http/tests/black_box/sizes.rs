//! How much may be sent: each limit is met, then passed by one.

use std::io::{Read, Write};
use std::net::TcpStream;

use http_tests::{Realm, Reply, shared};
use serde_json::json;

const HELLO: &str =
    r#"{"timeCollectedOnDevice":1,"timeFromHelloMessage":1,"mac":"AAAAAAA=","rssiCalibrated":-1}"#;

/// A report's body with so many contacts of so many HELLOs each.
fn body(token: &str, contacts: usize, hellos: usize) -> Vec<u8> {
    let ids = vec![HELLO; hellos].join(",");
    let contact = format!(r#"{{"ebid":"AAAAAAAAAAA=","ecc":"AA==","ids":[{ids}]}}"#);
    let contacts = vec![contact; contacts].join(",");
    format!(r#"{{"token":"{token}","contacts":[{contacts}]}}"#).into_bytes()
}

/// A JSON object of exactly so many bytes.
fn padded(start: &str, length: usize) -> Vec<u8> {
    let pad = "p".repeat(length - start.len() - r#","pad":""}"#.len());
    let body = format!(r#"{start},"pad":"{pad}"}}"#);
    assert_eq!(body.len(), length);
    body.into_bytes()
}

/// One code each: what is too long does not use it up, and the longest that is allowed does.
#[test]
fn lists_are_bounded() {
    let server = shared();
    for (contacts, hellos, too_long) in [
        (20_000, 1, (20_001, 1)),
        (1, 1_000, (1, 1_001)),
        (40, 1_000, (41, 1_000)),
    ] {
        let realm = Realm::open(&server);
        let code = realm.code("long");
        let report =
            |contacts, hellos| realm.post_bytes("/api/v6/report", &body(&code, contacts, hellos));
        report(too_long.0, too_long.1).is(413);
        report(contacts, hellos).is(200);
    }
}

#[test]
fn bodies_are_bounded() {
    let server = shared();
    let realm = Realm::open(&server);
    const REPORT: usize = 4 << 20;
    const OTHER: usize = 16_384;

    let start = format!(r#"{{"token":"{}","contacts":[]"#, realm.code("long"));
    let reply = realm.post_bytes("/api/v6/report", &padded(&start, REPORT));
    reply.is(200);
    let reply = realm.post_bytes("/clock", &padded(r#"{"advanceSeconds":0"#, OTHER));
    reply.is(200);

    for (path, most) in [
        ("/api/v6/report", REPORT),
        ("/api/v6/captcha", OTHER),
        ("/api/v6/register", OTHER),
        ("/api/v6/status", OTHER),
        ("/api/v6/unregister", OTHER),
        ("/api/v6/deleteExposureHistory", OTHER),
        ("/clock", OTHER),
        ("/code", OTHER),
    ] {
        let path = format!("{}{path}", realm.door());
        // By its announced length, before any of it is sent.
        let announced = format!("Content-Length: {}\r\n\r\n", most + 1);
        assert_eq!(
            raw(&server.address(), &path, announced.as_bytes()),
            413,
            "{path}"
        );
        // By what comes, when nothing was announced.
        let mut chunked = b"Transfer-Encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..=most / OTHER {
            chunked.extend_from_slice(format!("{OTHER:x}\r\n").as_bytes());
            chunked.extend_from_slice(&[b' '; OTHER]);
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        assert_eq!(
            raw(&server.address(), &path, &chunked),
            413,
            "{path}, in chunks"
        );
    }
}

/// The status code that comes back for a POST of JSON whose last headers and body are these bytes. The server
/// may answer, and hang up, before it has read them all.
fn raw(address: &str, path: &str, rest: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(http_tests::seconds(60)))
        .unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let _ = stream.write_all(rest);
    let mut start = Vec::new();
    let mut byte = [0];
    while start.len() < 12 && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        start.push(byte[0]);
    }
    let start = String::from_utf8(start).unwrap();
    start
        .strip_prefix("HTTP/1.1 ")
        .and_then(|code| code.parse().ok())
        .unwrap_or_default()
}

#[test]
fn a_demo_realm_takes_five_megabytes() {
    let server = shared();
    let realm = Realm::open(&server);
    let send = |length: usize| -> Reply {
        let start = format!(r#"{{"token":"{}","contacts":[]"#, realm.code("long"));
        realm.post_bytes("/api/v6/report", &padded(&start, length))
    };
    send(2_500_000).is(200);
    let full = send(2_500_001).is(429);
    let after: u64 = full.header("retry-after").unwrap().parse().unwrap();
    assert!((3_000..=3_600).contains(&after), "{after}");
    assert!(!full.message().is_empty());
    send(100_000).is(200);
    // What was refused was not counted, nor was its code used up.
    assert_eq!(realm.state().rows("intake", "code").len(), 1);
    let reply = realm.post(
        "/api/v6/report",
        &json!({ "token": realm.code("short"), "contacts": [] }),
    );
    reply.is(200);
}
