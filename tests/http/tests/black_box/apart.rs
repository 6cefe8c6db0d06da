//! Demo realms have a process of their own: whatever becomes of it, the national realm does not notice, and neither knows
//! anything of the other.

use core::time::Duration;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use harness::{Secrets, Server, Settings};
use http_tests::{Person, Realm, Reply, disk, seconds};
use minreq::Method;
use serde_json::json;
use wire::Refusal;

/// A visitor knows by then that the process is gone, hangs or has no room.
const KNOWN: Duration = seconds(10);

const SILENT: &str = "the server of demo realms does not answer";
const ANSWERS: &str = "the server of demo realms answers again";

/// Come back later, told in time.
#[track_caller]
fn put_off(within: Duration, request: impl FnOnce() -> Reply) {
    let begun = Instant::now();
    let reply = request().is(503);
    let took = begun.elapsed();
    assert!(took < within, "{took:?}");
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert_eq!(reply.text(), Refusal::Unavailable.body().unwrap());
}

/// Everything that a visitor may ask is put off.
fn all_is_put_off(national: &Realm, demo: &Realm, within: Duration) {
    thread::scope(|scope| {
        scope.spawn(|| put_off(within, || national.post("/demo", &json!({}))));
        scope.spawn(|| put_off(within, || demo.get("/state")));
        scope.spawn(|| put_off(within, || demo.get("/api/v6/clock")));
        scope.spawn(|| {
            put_off(within, || {
                demo.post("/clock", &json!({ "advanceSeconds": 0 }))
            })
        });
        scope.spawn(|| put_off(within, || demo.post("/api/v6/captcha", &json!({}))));
    });
}

/// The national realm is served as ever, by a machine that compiles meanwhile.
fn national_is_well(national: &Realm, act: impl FnOnce()) {
    let slowest = national.slowest_clock(act);
    assert!(slowest < seconds(3), "{slowest:?}");
    Person::register(national);
}

fn signal(server: &Server, name: &str) {
    let process = server.demo_process().unwrap().to_string();
    let sent = Command::new("kill").args([name, &process]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn when_the_process_is_gone_the_national_realm_does_not_notice() {
    let mut server = Server::fresh().unwrap();
    let (national, demo) = (Realm::national(&server), Realm::open(&server));
    Person::register(&demo);
    for _ in 0..2 {
        server.kill_demo().unwrap();
        // Its port is shut: that is known at once.
        national_is_well(&national, || all_is_put_off(&national, &demo, seconds(5)));
        server.restart_demo().unwrap();
        Person::register(&Realm::open(&server));
    }
    // A line when it falls silent, whoever asks then, and one when it is back.
    let log = server.log();
    let said: Vec<_> = log
        .lines()
        .filter(|line| line.starts_with(SILENT) || *line == ANSWERS)
        .map(|line| line == ANSWERS)
        .collect();
    assert_eq!(said, [false, true, false, true], "{log}");
}

#[test]
fn when_the_process_hangs_the_national_realm_does_not_notice() {
    let server = Server::fresh().unwrap();
    let (national, demo) = (Realm::national(&server), Realm::open(&server));
    signal(&server, "-STOP");
    national_is_well(&national, || {
        for _ in 0..2 {
            all_is_put_off(&national, &demo, KNOWN);
        }
    });
    signal(&server, "-CONT");
    demo.get("/state").is(200);
    Person::register(&demo);
}

/// That a process hangs is not told by how long an answer takes: this one comes after twelve seconds.
#[test]
fn an_answer_may_take_its_time() {
    let server = Server::fresh().unwrap();
    let demo = Realm::open(&server);
    let body = r#"{"advanceSeconds":3600}"#;
    let head = format!(
        "POST {}/clock HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        demo.door(),
        body.len()
    );
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(seconds(30))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let (begun, end) = body.split_at(4);
    stream.write_all(begun.as_bytes()).unwrap();
    thread::sleep(seconds(12));
    stream.write_all(end.as_bytes()).unwrap();
    let mut answer = [0; 1_024];
    let length = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// A file system in memory of so many bytes, for as long as it is held.
struct Memory(PathBuf);

impl Memory {
    fn mount(folder: &Path, bytes: u64) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args([
            "-t",
            "tmpfs",
            "-o",
            &format!("size={bytes},mode=0700"),
            "tmpfs",
        ]);
        let mounted = mount.arg(folder).output();
        let is_mounted = mounted.is_ok_and(|output| output.status.success());
        is_mounted.then(|| Self(folder.to_owned()))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn when_its_storage_is_full_the_national_realm_does_not_notice() {
    let mut settings = Settings::of_tests(harness::new_folder().unwrap());
    let folder = settings.demo.as_ref().unwrap().storage.clone();
    let Some(memory) = Memory::mount(&folder, 16 << 20) else {
        println!("skipped: no file system in memory can be mounted here; root may");
        return;
    };
    settings.proxied = false;
    let mut server = Server::start_disposable(settings).unwrap();
    let (national, demo) = (Realm::national(&server), Realm::open(&server));
    Person::register(&demo);
    let filler = folder.join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    // Until nothing more is taken.
    while file.write_all(&[7; 4_096]).is_ok() {}
    drop(file);
    national_is_well(&national, || {
        // What must be written cannot be.
        for _ in 0..3 {
            put_off(KNOWN, || national.post("/demo", &json!({})));
            put_off(KNOWN, || demo.post("/code", &json!({ "kind": "long" })));
        }
    });
    // Once there is room it goes on, or whoever watches over it starts it again.
    fs::remove_file(&filler).unwrap();
    if server.stopped().unwrap().is_some() {
        server.restart_demo().unwrap();
    }
    Realm::wait_until(seconds(30), "no realm opens", || {
        national.post("/demo", &json!({})).status == 201
    });
    drop(server);
    drop(memory);
}

#[test]
fn the_national_realm_alone_has_no_demo_realms() {
    let server = Server::fresh_national().unwrap();
    let national = Realm::national(&server);
    for path in ["/demo", "/demo/x", "/demo/x/state", "/demo/x/api/v6/clock"] {
        national.get(path).is(404);
        national.post(path, &json!({})).is(404);
    }
    Person::register(&national);
    assert!(disk::count(&server) > 0);
    for class in ["Realm", "Gate"] {
        assert_eq!(disk::objects(&server, class), [] as [PathBuf; 0], "{class}");
    }
}

#[test]
fn with_demo_realms_behind_it_the_national_realm_stores_nothing_of_them() {
    let server = Server::fresh().unwrap();
    let (national, demo) = (Realm::national(&server), Realm::open(&server));
    Person::register(&demo);
    Person::register(&national);
    let demos = server.demo_storage().unwrap();
    let files = |class: &str| -> Vec<bool> {
        let files = disk::objects(&server, class).into_iter();
        files.map(|file| file.starts_with(demos)).collect()
    };
    assert_eq!(files("Realm"), [true]);
    assert_eq!(files("Gate"), [true]);
    for class in ["Registry", "Vault", "Safe"] {
        let of_demo = files(class).into_iter().filter(|of_demo| *of_demo).count();
        assert!(of_demo > 0 && of_demo < files(class).len(), "{class}");
    }
    for class in ["Desk", "Timekeeper", "Secrets"] {
        assert_eq!(files(class), [false], "{class}");
    }
    for entry in fs::read_dir(demos).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with("limpide-demo-"), "{name}");
    }
}

/// Whoever comes to its port is a visitor, and nobody else.
#[test]
fn the_process_for_demo_realms_serves_nothing_else() {
    let server = Server::fresh().unwrap();
    let demo = Realm::open(&server);
    let address = server.demo_address().unwrap();
    let key = format!("Bearer {}", server.issuer_key().unwrap());
    // Not as the tests' client, which holds what is answered against the description of both servers together.
    let ask = |method: &Method, path: &str| {
        let asked = minreq::Request::new(method.clone(), format!("http://{address}{path}"));
        let asked = asked.with_header("Content-Type", "application/json");
        let asked = asked.with_header("Authorization", &key).with_body("{}");
        let reply = asked.with_timeout(60).send().unwrap();
        (reply.status_code, reply.as_str().unwrap().to_owned())
    };
    let nothing = (404, Refusal::NotFound.body().unwrap());
    for path in [
        "/",
        "/index.html",
        "/atelier",
        "/api/health",
        "/api/openapi.json",
        "/api/keys",
        "/api/statistics",
        "/api/v6/clock",
        "/api/v6/captcha",
        "/api/v6/register",
        "/api/v6/status",
        "/api/v6/report",
        "/issuer/v1/codes",
        "/issuer/v1/keys",
        "/issuer/v1/clock",
        "/log/x",
    ] {
        for method in [Method::Get, Method::Post] {
            assert_eq!(ask(&method, path), nothing, "{method:?} {path}");
        }
    }
    let clock = format!("{}/api/v6/clock", demo.door());
    assert_eq!(ask(&Method::Get, &clock).0, 200);
    // It has a root of its own, and of the national realm neither root nor operator.
    let environment = format!("/proc/{}/environ", server.demo_process().unwrap());
    if let Ok(environment) = fs::read(environment) {
        let environment = String::from_utf8(environment).unwrap();
        assert!(environment.contains(&Secrets::of_demo_tests().root));
        assert!(!environment.contains(server.roots()), "{environment}");
        assert!(!environment.contains("ISSUER"), "{environment}");
    }
}

#[test]
fn the_process_for_demo_realms_refuses_to_know_an_operator() {
    let mut settings = Settings::of_tests(harness::new_folder().unwrap());
    let demo = settings.demo.as_mut().unwrap();
    demo.secrets.issuer_key = Secrets::of_tests().issuer_key;
    let server = Server::start_disposable(settings).unwrap();
    let national = Realm::national(&server);
    national.post("/demo", &json!({})).is(503);
    national.get("/demo/x/state").is(503);
    let said = "ISSUER_KEY_SHA256 must not be set where ROLE is demo";
    assert!(server.log().contains(said), "{}", server.log());
    Person::register(&national);
}

/// Up to 0.2.0 this variable opened demo realms, in the same process.
#[test]
fn the_variable_of_earlier_releases_opens_nothing() {
    let settings = Settings {
        vars: vec![("DEMO".to_owned(), "on".to_owned())],
        demo: None,
        ..Settings::of_tests(harness::new_folder().unwrap())
    };
    let server = Server::start_disposable(settings).unwrap();
    let national = Realm::national(&server);
    national.post("/demo", &json!({})).is(404);
    let said = "DEMO has no effect as a variable";
    assert_eq!(server.log().matches(said).count(), 1, "{}", server.log());
    Person::register(&national);
}

/// Reads a request up to the end of this body.
fn receive(listener: &TcpListener, body: &str) -> (TcpStream, String) {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(seconds(20))).unwrap();
    let mut bytes = Vec::new();
    while !bytes.ends_with(body.as_bytes()) {
        let mut more = [0; 4_096];
        let length = stream.read(&mut more).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&bytes));
        bytes.extend(&more[..length]);
    }
    (stream, String::from_utf8(bytes).unwrap())
}

/// What is handed on is what came, but for the key of an issuer; what is handed back is what was answered.
#[test]
fn a_request_is_handed_on_as_it_came_and_so_is_its_answer() {
    const ANSWER: &str = r#"{"message":"canary-8c1e"}"#;
    let mut server = Server::fresh().unwrap();
    server.kill_demo().unwrap();
    let listener = TcpListener::bind(server.demo_address().unwrap()).unwrap();
    let asked = json!({ "kind": "canary-body-8c1e" }).to_string();
    let national = Realm::national(&server);
    let (sent, reply) = thread::scope(|scope| {
        let receiving = scope.spawn(|| {
            let (mut stream, request) = receive(&listener, &asked);
            let length = ANSWER.len();
            write!(
                stream,
                "HTTP/1.1 429 x\r\nContent-Type: application/json\r\nRetry-After: 77\r\n\
                 Content-Length: {length}\r\n\r\n{ANSWER}"
            )
            .unwrap();
            request
        });
        let headers = [
            ("Content-Type", "application/json"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Authorization", "Bearer key-of-an-issuer-8c1e"),
        ];
        let path = "/demo/of-a-visitor/code?query=8c1e";
        let reply = national.send(Method::Post, path, &headers, Some(asked.as_bytes()));
        (receiving.join().unwrap(), reply)
    });
    assert!(
        sent.starts_with("POST /demo/of-a-visitor/code?query=8c1e HTTP/1.1\r\n"),
        "{sent}"
    );
    let lower = sent.to_lowercase();
    for header in [
        format!("content-length: {}\r\n", asked.len()),
        "content-type: application/json\r\n".to_owned(),
        "sec-fetch-site: same-origin\r\n".to_owned(),
    ] {
        assert!(lower.contains(&header), "{header}{sent}");
    }
    assert!(!sent.contains("key-of-an-issuer"), "{sent}");
    assert_eq!(reply.status, 429);
    assert_eq!(reply.header("retry-after"), Some("77"));
    assert_eq!(reply.header("content-length"), Some("25"));
    assert_eq!(reply.text(), ANSWER);
}
