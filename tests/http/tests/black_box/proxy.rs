//! The reference proxy, `docs/host/nginx.conf`, before a server.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread::{self, scope};
use std::time::Duration;

use harness::{Limits, NAME, Proxy, Server, Settings, has_proxy};
use http_tests::{Realm, Reply, request};
use minreq::Method;
use wire::{MAX_REPORT_BYTES, Refusal};

use crate::canaries::nonsense;

/// A server behind the proxy; nothing, said, where nginx is not installed. `cargo xtask test` counts that as skipped.
fn proxied() -> Option<Server> {
    if !has_proxy() {
        println!("skipped: nginx is not installed (Debian: apt-get install nginx openssl)");
        return None;
    }
    let mut settings = Settings::of_tests(harness::new_folder().unwrap());
    settings.proxied = true;
    Some(Server::start_disposable(settings).unwrap())
}

/// Another proxy before this server, and what is kept until its end.
fn another(server: &Server, limits: Limits) -> Proxy {
    let folder = server.storage().parent().unwrap().join("another");
    Proxy::start(&folder, server.port(), limits).unwrap()
}

fn post(proxy: &Proxy, path: &str, body: &[u8]) -> Reply {
    let url = format!("http://{}{path}", proxy.address());
    let json = [("Content-Type", "application/json")];
    request(Method::Post, &url, &json, Some(body))
}

#[test]
fn what_is_malformed_reaches_neither_the_runtime_nor_a_file() {
    if let Some(mut server) = proxied() {
        nonsense::none_of_it_passes_the_proxy(&mut server);
    }
}

/// What the server is handed: nothing until the request is there as a whole; then with its length, and without what tells
/// of its sender.
#[test]
fn a_request_is_handed_on_whole_and_without_its_sender() {
    if !has_proxy() {
        return;
    }
    let folder = harness::new_folder().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let proxy = Proxy::start(&folder, port, Limits::Reference).unwrap();
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    let told = [
        "X-Forwarded-For",
        "X-Real-IP",
        "Forwarded",
        "CF-Connecting-IP",
        "Via",
        "User-Agent",
        "Referer",
        "Cookie",
        "Accept-Language",
        "Upgrade",
    ];
    let told = told.map(|name| format!("{name}: canary-8c1e\r\n")).concat();
    let head = "POST /api/v6/status HTTP/1.1\r\nHost: canary-8c1e\r\nAuthorization: Bearer x\r\n";
    let head = format!("{head}{told}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n");
    client.write_all(head.as_bytes()).unwrap();
    server.set_nonblocking(true).unwrap();
    thread::sleep(Duration::from_millis(500));
    assert!(server.accept().is_err(), "half a request came");
    client.write_all(b"1\r\n!\r\n0\r\n\r\n").unwrap();
    server.set_nonblocking(false).unwrap();
    let (mut handed_on, _) = server.accept().unwrap();
    handed_on
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"body!") {
        let mut bytes = [0; 1_024];
        let length = handed_on.read(&mut bytes).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&request));
        request.extend(&bytes[..length]);
    }
    let request = String::from_utf8(request).unwrap().to_lowercase();
    assert!(
        request.contains("content-length: 5\r\n") && !request.contains("chunked"),
        "{request}"
    );
    assert!(request.contains("authorization: bearer x\r\n"), "{request}");
    assert!(
        !request.contains("canary") && !request.contains("127.0.0.1"),
        "{request}"
    );
    drop(proxy);
    fs::remove_dir_all(folder).unwrap();
}

/// But for the connection's own, and for HSTS, which the proxy says in the server's place.
#[test]
fn the_headers_of_an_answer_pass_unchanged() {
    let Some(server) = proxied() else { return };
    let headers = |address: &str, path: &str| -> BTreeMap<String, String> {
        let reply = request(Method::Get, &format!("http://{address}{path}"), &[], None);
        let of_connection = [
            "connection",
            "content-length",
            "date",
            "server",
            "transfer-encoding",
        ];
        let all = reply.headers.into_iter();
        all.filter(|(name, _)| !of_connection.contains(&name.as_str()))
            .collect()
    };
    for path in [
        "/",
        "/atelier",
        "/nothing",
        "/api/health",
        "/api/v6/clock",
        "/api/openapi.json",
    ] {
        let mut own = headers(&server.own_address(), path);
        own.insert(
            "strict-transport-security".to_owned(),
            "max-age=31536000".to_owned(),
        );
        assert_eq!(headers(&server.address(), path), own, "{path}");
    }
}

/// A body as large as any that the API takes stays in memory, and one that is larger is refused in the API's form.
#[test]
fn no_body_is_written_to_a_disk() {
    let Some(server) = proxied() else { return };
    let proxy = another(&server, Limits::High);
    // Whatever it would write there fails, and is answered 500.
    fs::remove_dir_all(proxy.folder().join("bodies")).unwrap();
    let largest = vec![b' '; MAX_REPORT_BYTES];
    assert_eq!(post(&proxy, "/api/v6/report", &largest).status, 400);
    assert_eq!(
        post(&proxy, "/api/v6/report", &[&largest[..], b" "].concat()).status,
        413
    );
    let reply = post(&proxy, "/api/v6/report", &vec![b' '; 6 << 20]).is(413);
    assert_eq!(reply.text(), Refusal::TooLarge.body().unwrap());
    let log = fs::read_to_string(proxy.folder().join("nginx.log")).unwrap();
    assert!(
        !log.contains("temporary file") && !log.contains("client"),
        "{log}"
    );
}

#[test]
fn one_address_cannot_ask_without_end() {
    let Some(server) = proxied() else { return };
    let proxy = another(&server, Limits::Reference);
    let url = format!("http://{}/api/v6/clock", proxy.address());
    // Twenty at a time: one after the other they may be slower than the limit, on a busy machine.
    let ask = || [(); 20].map(|()| request(Method::Get, &url, &[], None));
    let replies = scope(|scope| {
        let asking: Vec<_> = (0..20).map(|_| scope.spawn(ask)).collect();
        let replies = asking.into_iter().map(|asking| asking.join().unwrap());
        replies.flatten().collect::<Vec<_>>()
    });
    let refused: Vec<_> = replies
        .into_iter()
        .filter(|reply| reply.status != 200)
        .collect();
    assert!((1..=200).contains(&refused.len()), "{}", refused.len());
    for reply in refused {
        assert_eq!(reply.header("retry-after"), Some("5"), "{reply:?}");
        assert_eq!(reply.is(503).text(), Refusal::Unavailable.body().unwrap());
    }
}

#[test]
fn without_its_server_the_proxy_says_to_come_back() {
    let Some(mut server) = proxied() else { return };
    let realm = Realm::national(&server);
    server.kill().unwrap();
    let reply = realm.get("/api/v6/clock").is(503);
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert_eq!(reply.text(), Refusal::Unavailable.body().unwrap());
    server.restart().unwrap();
    realm.get("/api/v6/clock").is(200);
}

/// HTTP/2 under TLS, by the one name that the certificate is for.
#[test]
fn tls_is_spoken_for_one_name() {
    let Some(server) = proxied() else { return };
    let proxy = another(&server, Limits::Reference);
    let port = proxy.tls_port();
    let ask = |name: &str, more: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--include",
            "--max-time",
            "20",
            "--noproxy",
            "*",
        ]);
        curl.args(["--resolve", &format!("{name}:{port}:127.0.0.1"), "--cacert"]);
        curl.arg(proxy.certificate()).args(more);
        let answered = curl
            .arg(format!("https://{name}:{port}/api/health"))
            .output()
            .unwrap();
        let text = String::from_utf8(answered.stdout).unwrap();
        (answered.status.success(), text)
    };
    for (version, begins) in [("--http2", "HTTP/2 200"), ("--http1.1", "HTTP/1.1 200 OK")] {
        let (went_well, answer) = ask(NAME, &[version]);
        assert!(went_well && answer.starts_with(begins), "{answer}");
        let sts = "strict-transport-security: max-age=31536000";
        assert_eq!(answer.to_lowercase().matches(sts).count(), 1, "{answer}");
        assert!(answer.contains("\"ready\":true"), "{answer}");
    }
    let old = ask(NAME, &["--tls-max", "1.1", "--tlsv1.0"]);
    assert_eq!(old, (false, String::new()));
    let other = ask("other.example", &["--insecure"]);
    assert_eq!(other, (false, String::new()));
}
