//! Another root, and another registration key: while people are registered, and without one of them noticing.

use core::time::Duration;

use harness::Server;
use http_tests::{Person, Realm, Reply, days, disk, registration, report, solve};
use minreq::Method;
use robert::keys::ServerPublic;
use robert::phone::Phone;
use serde_json::{Value, json};

/// For how long a registry waits before it wraps again what it holds.
const SETTLES: i64 = 3_600;

fn operator(server: &Server) -> &str {
    server.issuer_key().unwrap()
}

fn at_desk(
    realm: &Realm,
    server: &Server,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Reply {
    realm.at_desk(method, path, operator(server), body)
}

/// The listed roots: the id of each, and why it must stay.
fn roots(realm: &Realm, server: &Server) -> Vec<(String, Vec<Value>)> {
    let reply = at_desk(realm, server, Method::Get, "roots", None).is(200);
    assert_eq!(reply.names(), ["roots"]);
    let roots = reply.json()["roots"].as_array().unwrap().clone();
    let read = |root: &Value| {
        let stays = root["stays"].as_array().unwrap().clone();
        (root["id"].as_str().unwrap().to_owned(), stays)
    };
    roots.iter().map(read).collect()
}

fn kinds(stays: &[Value]) -> Vec<&str> {
    stays
        .iter()
        .map(|why| why["kind"].as_str().unwrap())
        .collect()
}

/// The moment up to which this reason holds.
fn until(stays: &[Value], kind: &str) -> u64 {
    let why = stays.iter().find(|why| why["kind"] == kind).unwrap();
    why["until"].as_u64().unwrap()
}

/// A laboratory's key.
fn lab(realm: &Realm, server: &Server) -> String {
    let order = json!({ "role": "lab", "quota": 5 });
    let made = at_desk(realm, server, Method::Post, "keys", Some(&order));
    made.is(201).field("key")
}

#[test]
fn an_old_root_leaves_when_the_server_says_so_and_nobody_notices() {
    let mut server = Server::fresh_with_clock().unwrap();
    let realm = Realm::national(&server);
    realm.stay_off_midnight(300);
    let alone = roots(&realm, &server);
    assert_eq!((alone.len(), kinds(&alone[0].1)), (1, vec!["newest"]));
    let lab = lab(&realm, &server);
    realm
        .at_desk(Method::Get, "roots", &lab, None)
        .is(403)
        .message();
    realm.at_desk(Method::Get, "roots", "nobody", None).is(401);

    let mut saved: Vec<_> = (0..6)
        .map(|_| Person::register(&realm).phone.save(realm.now()).to_vec())
        .collect();
    let code = realm.code("long");
    let keys = realm.get("/api/keys").is(200);
    server
        .change(|settings| settings.secrets.add_root())
        .unwrap();
    server.restart().unwrap();
    let changed = realm.now().unix();

    let listed = roots(&realm, &server);
    assert_eq!(listed[1].0, alone[0].0);
    assert_eq!(kinds(&listed[0].1), ["newest"]);
    assert_eq!(kinds(&listed[1].1), ["accounts", "vaults", "codes"]);
    assert_eq!(walked(&server), 0);
    // Keys and codes are what they were.
    assert_eq!(realm.get("/api/keys").is(200).body, keys.body);
    realm.post("/api/v6/report", &report(&code, &[])).is(200);
    realm
        .post(
            "/api/v6/report",
            &json!({ "token": code, "contacts": [], "more": 1 }),
        )
        .is(401);

    // Woken each quarter of an hour, as by a timer, every registry begins its walk an hour after it was first woken.
    let mut quarters = 0;
    while kinds(&roots(&realm, &server)[1].1) != ["vaults", "codes"] {
        assert!(quarters < 12, "the walk does not end");
        assert_eq!(
            walked(&server) > 0,
            quarters > SETTLES / 900,
            "after {quarters}"
        );
        server.move_clock(900).unwrap();
        realm.follow(&server);
        realm.get("/api/v6/clock").is(200);
        std::thread::sleep(Duration::from_secs(1));
        quarters += 1;
    }
    server.restart().unwrap();
    let stays = &roots(&realm, &server)[1].1;
    assert_eq!(kinds(stays), ["vaults", "codes"]);
    let vaults = until(stays, "vaults");
    assert!(
        vaults - changed > days(19) - 86_400 && vaults - changed < days(20),
        "{vaults}"
    );
    assert_eq!(vaults % 86_400, 0);
    let codes = until(stays, "codes");
    assert!(
        codes - changed > days(6) && codes - changed < days(9),
        "{codes}"
    );

    // Every three days people ask, for new pseudonyms.
    while realm.now().unix() < vaults {
        assert_ne!(roots(&realm, &server)[1].1, [] as [Value; 0]);
        let left = vaults - realm.now().unix();
        let later = left.min(days(3) - 600) + 60;
        server.restart_later(u32::try_from(later).unwrap()).unwrap();
        realm.follow(&server);
        for phone in &mut saved {
            let mut person = Person::restore(&realm, phone);
            assert_eq!(person.ask(), 0);
            *phone = person.phone.save(realm.now()).to_vec();
        }
    }
    assert_eq!(roots(&realm, &server)[1].1, [] as [Value; 0]);
    server
        .change(|settings| settings.secrets.drop_old_roots())
        .unwrap();
    server.restart().unwrap();
    let left = roots(&realm, &server);
    assert_eq!((left.len(), &left[0]), (1, &listed[0]));
    server.move_clock(31 * 60).unwrap();
    realm.follow(&server);
    let mut leaver = Person::restore(&realm, &saved[0]);
    assert_eq!(leaver.ask(), 0);
    leaver.unregister().is(200);
    for phone in &saved[1..] {
        assert_eq!(Person::restore(&realm, phone).ask(), 0);
    }
    Person::register(&realm);
    assert_eq!(realm.get("/api/keys").is(200).body, keys.body);
    assert_eq!(server.own_words(), "", "something missed its root");
}

/// How many registries have ended their walk.
fn walked(server: &Server) -> usize {
    const ENDED: &str = "SELECT 1 FROM rewrapping WHERE due IS NULL";
    let files = disk::objects(server, "Registry").into_iter();
    files
        .flat_map(|file| disk::query(&file, "rewrapping", ENDED))
        .count()
}

/// A registration that names this key, by a phone that has it built in.
fn register(realm: &Realm, key: &Value) -> Reply {
    let (id, challenge) = realm.captcha();
    let mut phone = Phone::new();
    let mut body = registration(&mut phone, &id, &solve(&challenge));
    body["keyId"] = key["id"].clone();
    let reply = realm.post("/api/v6/register", &body);
    if reply.status == 201 {
        let public = ServerPublic::from_base64(key["key"].as_str().unwrap()).unwrap();
        // Opens only what was sealed with the secret that both agreed on.
        let tuples = reply.field("tuples");
        phone.registered(&public, &tuples, realm.now()).unwrap();
    }
    reply
}

#[test]
fn a_registration_key_is_replaced_and_phones_follow() {
    let mut server = Server::fresh_with_clock().unwrap();
    let realm = Realm::national(&server);
    let keys = || realm.get("/api/keys").is(200).json();
    let before = keys();
    assert_eq!(before["registrations"].as_array().unwrap().len(), 1);
    let old = before["registrations"][0].clone();
    assert_eq!(old.get("until"), None);
    register(&realm, &old).is(201);
    let lab = lab(&realm, &server);
    let acts = |realm: &Realm, server: &Server| {
        let acts = at_desk(realm, server, Method::Get, "acts", None).is(200);
        acts.json()["acts"].as_array().unwrap().clone()
    };
    let recorded = acts(&realm, &server);

    let order = json!({ "days": 2 });
    let add = |order: &Value| at_desk(&realm, &server, Method::Post, "registrations", Some(order));
    let by = |key: &str| realm.at_desk(Method::Post, "registrations", key, Some(&order));
    by(&lab).is(403).message();
    by("nobody").is(401);
    for bad in [
        json!({ "days": 0 }),
        json!({ "days": 3_651 }),
        json!({ "days": "2" }),
        json!({}),
    ] {
        let why = add(&bad).is(400).message();
        assert!(why.starts_with("days"), "{bad}: {why}");
    }
    assert_eq!(keys(), before);
    assert_eq!(acts(&realm, &server), recorded);

    let told = add(&order).is(201).json();
    assert_eq!(keys(), told);
    let both = told["registrations"].as_array().unwrap().clone();
    assert_eq!(both.len(), 2);
    let ends = both[0]["until"].as_u64().unwrap();
    let now = realm.now().unix();
    assert!((now..=now + 60).contains(&(ends + 60 - days(2))), "{ends}");
    assert_eq!(both[0]["id"], old["id"]);
    assert_eq!(both[1].get("until"), None);
    assert_ne!(both[1]["key"], old["key"]);
    assert_eq!(told["registration"], old["key"]);
    add(&order).is(403).message();
    let after = acts(&realm, &server);
    assert_eq!(after.len(), recorded.len() + 1);
    assert_eq!(
        (&after[0]["kind"], &after[0]["actor"], &after[0]["until"]),
        (&json!("registrationKeyAsked"), &json!("root"), &json!(ends))
    );
    for key in &both {
        register(&realm, key).is(201);
    }
    // It has the oldest built in, and names none.
    Person::register(&realm);

    // Killed, and from the moment on at which the older ends.
    server.restart().unwrap();
    assert_eq!(realm.get("/api/keys").is(200).json(), told);
    server
        .restart_later(u32::try_from(days(2) + 60).unwrap())
        .unwrap();
    realm.follow(&server);
    let now = realm.get("/api/keys").is(200).json();
    assert_eq!(
        (
            &now["registration"],
            now["registrations"].as_array().unwrap().len()
        ),
        (&both[1]["key"], 1)
    );
    register(&realm, &both[0]).is(400).message();
    register(&realm, &both[1]).is(201);
    Person::register(&realm);
}
