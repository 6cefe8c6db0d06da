//! Whoever reads the log.

use http_tests::{Raw, Realm, seconds};
use serde_json::json;

use crate::{Build, End, held_since};

#[test]
fn a_code_framed_wrong_is_not_logged() {
    held_since(Build::Second, |build| {
        let mut settings = build.settings();
        settings.proxied = false;
        let mut server = harness::Server::start_disposable(settings).unwrap();
        let realm = Realm::national(&server);
        let code = realm.code("long");
        let chunked = "Transfer-Encoding: chunked\r\n";
        let mut raw = Raw::post(&server.address(), &realm, "/api/v6/report", chunked);
        // Where the size of a chunk should stand, the body stands itself.
        let _ = raw.try_write(&format!(
            "{{\"token\":\"{code}\",\"contacts\":[]}}\r\n0\r\n\r\n"
        ));
        // Else this would prove nothing.
        Realm::wait_until(seconds(20), "the runtime says nothing of it", || {
            server.output().contains(&code)
        });
        server.kill().unwrap();
        let log = build.log(&server);
        End::of(log.contains(&code), format!("a log of {} bytes", log.len()))
    });
}

/// Said of a registry that does not answer, by the server itself: what stands between it and the log would put it right.
#[test]
fn a_line_names_a_class() {
    held_since(Build::Second, |build| {
        let mut server = build.start();
        server.restart_without("Registry").unwrap();
        let realm = Realm::national(&server);
        realm.post("/api/v6/captcha", &json!({})).is(503);
        let output = server.output();
        let line = output
            .lines()
            .find(|line| line.contains("did not answer in time"));
        let line = line.unwrap_or_else(|| panic!("no line: {output}"));
        End::of(line.contains("registry/"), line.to_owned())
    });
}
