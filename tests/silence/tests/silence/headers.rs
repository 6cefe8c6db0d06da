//! What the answers of every route that phones call have in common.

use harness::Server;
use http_tests::{Realm, registration, solve};
use robert::phone::Phone;
use serde_json::json;
use silence_tests::Line;

use crate::alone;

/// The lines offer gzip and Brotli with every request. Statuses and reports are looked at by [`silence_tests::Block`].
#[test]
fn nothing_is_compressed_or_kept() {
    let _alone = alone();
    let server = Server::fresh().unwrap();
    let realm = Realm::open(&server);
    let mut line = Line::open(&server.address());
    let (id, challenge) = realm.captcha();
    let solved = registration(&mut Phone::new(), &id, &solve(&challenge));
    let refused = json!({ "token": "0f8fad5b-d9cb-469f-a165-70867728950e", "contacts": [] });
    let report = json!({ "token": realm.code("short"), "contacts": [] });
    let calls = [
        ("captcha", json!({}), 201),
        ("register", solved.clone(), 201),
        ("register", solved, 401),
        ("status", json!({}), 400),
        ("report", report, 200),
        ("report", refused, 401),
        ("report", json!({}), 400),
        ("unregister", json!({}), 400),
        ("deleteExposureHistory", json!({}), 400),
    ];
    for (call, body, status) in calls {
        let path = format!("{}/api/v6/{call}", realm.door());
        let reply = line.post(&path, body.to_string().as_bytes()).answer.reply();
        let reply = reply.is(status);
        assert_eq!(reply.header("content-encoding"), None, "{call} {status}");
        let caching = reply.header("cache-control");
        assert_eq!(caching, Some("no-store, no-transform"), "{call} {status}");
    }
}
