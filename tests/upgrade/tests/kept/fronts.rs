//! Each release's front before the objects of the other, as while a release is rolled out. Where their letters have
//! different versions, phones and issuers are told to try later, and lose nothing; where they have one, all are served.

use harness::{Front, Server, Settings};
use http_tests::{DECOY, Person, Realm, authenticated, disk, registration, report, solve};
use minreq::Method::{self, Delete, Get, Post};
use robert::auth::AuthRequest;
use robert::phone::Phone;
use serde_json::{Value, json};
use upgrade_tests::{ALERTED, Build, Release};

use super::letters::EARLY;
use super::works;

#[test]
fn an_earlier_front_before_objects_of_this_release() {
    cross(Build::Kept, Build::Current);
}

#[test]
fn this_front_before_objects_of_an_earlier_release() {
    cross(Build::Current, Build::Kept);
}

fn cross(front: Build, objects: Build) {
    for release in Release::all() {
        let registration = solved(&release, front);
        let settings = Settings {
            front: Front::Of(release.build(front)),
            ..release.settings(objects, EARLY)
        };
        let mut server = Server::start_disposable(settings).unwrap();
        server.kill().unwrap();
        let before = disk::stored(&server);
        server.restart().unwrap();
        let realm = Realm::national(&server);
        if release.shares_letters() {
            serve(&release, &realm, &registration);
            continue;
        }
        ask_everything(&release, &realm, &server, &registration);
        server.kill().unwrap();
        assert_eq!(
            disk::stored(&server),
            before,
            "{front:?} before {objects:?}"
        );

        // The rollout is over: whatever was told to try later is good.
        server
            .change(|settings| {
                settings.build = release.build(Build::Current);
                settings.front = Front::Own;
            })
            .unwrap();
        server.restart().unwrap();
        serve(&release, &Realm::national(&server), &registration);
    }
}

/// Codes work, once; somebody registers, somebody is told, and leaves.
fn serve(release: &Release, realm: &Realm, registration: &Value) {
    let codes = &release.life.national.codes;
    for code in codes.long.iter().chain(&codes.short) {
        assert!(works(realm, code, 1) && !works(realm, code, 2));
    }
    realm.post("/api/v6/register", registration).is(201);
    let name = &release.life.national.at_risk[0];
    let mut person = Person::restore(realm, &release.phone(name));
    assert_eq!(person.ask(), ALERTED);
    person.unregister().is(200);
}

/// Every call that reaches an object.
fn ask_everything(release: &Release, realm: &Realm, server: &Server, registration: &Value) {
    let now = realm.now();
    let saved = release.phone(&release.life.national.at_risk[0]);
    let signed = |sign: &dyn Fn(&mut Phone) -> AuthRequest| {
        let mut phone = Phone::restore(&saved, now).unwrap();
        authenticated(&sign(&mut phone))
    };
    let codes = &release.life.national.codes;
    for (path, body) in [
        ("captcha", json!({})),
        ("register", registration.clone()),
        ("status", signed(&|phone| phone.ask(now).unwrap())),
        (
            "deleteExposureHistory",
            signed(&|phone| phone.delete_exposures(now).unwrap()),
        ),
        (
            "unregister",
            signed(&|phone| phone.unregister(now).unwrap()),
        ),
        ("report", report(&codes.long[0], &[])),
        ("report", report(&codes.short[0], &[])),
        ("report", report(DECOY, &[])),
    ] {
        let reply = realm.post(&format!("/api/v6/{path}"), &body);
        assert_eq!(reply.status, 503, "{path} {reply:?}");
    }
    for path in ["/api/statistics", "/api/statistics.csv"] {
        let reply = realm.get(path);
        assert_eq!(reply.status, 503, "{path} {reply:?}");
    }
    // Demo realms are served by a process of their own, where neither front is.
    realm.post("/demo", &json!({})).is(404);
    if let Some(demo) = &release.life.demo {
        realm.behind(&demo.door).get("/state").is(404);
    }

    let desk = &release.life.national.desk;
    let operator = server.issuer_key().unwrap();
    let revoke = format!("keys/{}", desk.doctor.id);
    let asked: [(Method, &str, &str, Option<Value>); 8] = [
        (Post, "codes", operator, Some(json!({ "kind": "long" }))),
        (
            Post,
            "codes",
            &desk.doctor.key,
            Some(json!({ "kind": "short" })),
        ),
        (
            Post,
            "batches",
            &desk.laboratory.key,
            Some(desk.batch.order.clone()),
        ),
        (
            Post,
            "batches",
            operator,
            Some(json!({ "kind": "long", "count": 2 })),
        ),
        (
            Post,
            "keys",
            operator,
            Some(json!({ "role": "lab", "quota": 5 })),
        ),
        (Get, "keys", operator, None),
        (Get, "acts", operator, None),
        (Delete, &revoke, operator, None),
    ];
    for (method, path, key, body) in asked {
        let reply = realm.at_desk(method, path, key, body.as_ref());
        assert_eq!(reply.status, 503, "{path} {reply:?}");
    }
}

/// A registration whose challenge is solved: a front looks at it before it asks an object. The challenge comes from
/// another server of the same build and secrets.
fn solved(release: &Release, front: Build) -> Value {
    let server = Server::start_disposable(release.settings(front, EARLY)).unwrap();
    let (id, challenge) = Realm::national(&server).captcha();
    registration(&mut Phone::new(), &id, &solve(&challenge))
}
