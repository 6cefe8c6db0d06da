//! Decoys, and what their senders pay.

use std::path::PathBuf;
use std::time::Duration;

use harness::Server;
use http_tests::{DECOY, Person, Realm, days, decoy, disk, report, shared, stamp};
use robert::stamp::{hash_contacts, zeros};
use robert::{Contact, Ebid, Ecc, HeardHello, Mac40, Time16};
use serde_json::{Value, json};

/// Contacts of pseudonyms that nobody had, of so many HELLOs each.
fn contacts(number: u16, hellos: u16) -> Vec<Contact> {
    let hello = |second: u16| HeardHello {
        time: Time16(second.to_be_bytes()),
        collected: 3_800_000_000 + u32::from(second),
        mac: Mac40([1, 2, 3, 4, 5]),
        rssi: -50,
    };
    let contact = |number: u16| {
        let [high, low] = number.to_be_bytes();
        Contact {
            ebid: Ebid([high, low, 1, 2, 3, 4, 5, 6]),
            ecc: Ecc(9),
            hellos: (0..hellos).map(hello).collect(),
        }
    };
    (0..number).map(contact).collect()
}

fn send(realm: &Realm, body: &Value) -> u16 {
    realm.post("/api/v6/report", body).status
}

/// Nationally a decoy is paid for, once, and for what is in it.
#[test]
fn nationally_a_decoy_shows_a_stamp() {
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let (three, others) = (contacts(3, 2), contacts(4, 2));
    let waiting = || {
        let files = disk::objects(&server, "Intake").into_iter();
        let rows = |file: PathBuf| {
            const WAITING: &str = "SELECT 1 FROM outbox WHERE slot IS NOT NULL";
            disk::query(&file, "outbox", WAITING).len()
        };
        files.map(rows).sum::<usize>()
    };
    assert_eq!(send(&realm, &report(DECOY, &three)), 401);
    let paid = decoy(&realm, &three);
    let token = paid["token"].as_str().unwrap();
    assert_eq!(send(&realm, &report(token, &others)), 401);
    assert_eq!(waiting(), 0);
    assert_eq!(send(&realm, &paid), 200);
    assert_eq!(waiting(), 3);
    // An answer that was lost is given again; other bytes under the same stamp are refused.
    assert_eq!(send(&realm, &paid), 200);
    let mut longer = paid.clone();
    longer["pushToken"] = json!("t");
    assert_eq!(send(&realm, &longer), 401);
    assert_eq!(send(&realm, &report(token, &others)), 401);
    assert_eq!(waiting(), 3);

    // A stamp of 22 bits is for 256 contacts, and not for one more: it is refused once they are counted.
    let [most, more] = [256, 257].map(|number| report(DECOY, &contacts(number, 1)));
    let of = |body: &Value| loop {
        let token = stamp(&realm, &body["contacts"], 22);
        let hash = hash_contacts(body["contacts"].to_string().as_bytes());
        if zeros(realm.now().day(), &hash, &token) == 22 {
            let mut body = body.clone();
            body["token"] = token.into();
            return body;
        }
    };
    assert_eq!(send(&realm, &of(&more)), 401);
    assert_eq!(send(&realm, &of(&most)), 200);
    // Who pays for what is no contact learns that, as with a code; and may pay for others.
    let bent = json!([{ "ebid": "x" }]);
    let token = stamp(&realm, &bent, 22);
    assert_eq!(
        send(&realm, &json!({ "token": token, "contacts": bent })),
        400
    );
}

/// Above the operator's ceiling whatever comes is told when the next day begins, and then it is taken.
#[test]
fn above_the_ceiling_of_a_day_reports_and_decoys_are_told_the_same() {
    let vars = [("INTAKE_SHARDS", "1"), ("REPORTS_A_DAY", "2")];
    let mut server = Server::fresh_with(&vars).unwrap();
    let realm = Realm::national(&server);
    realm.stay_off_midnight(60);
    let some = contacts(3, 2);
    let [first, second] = [(); 2].map(|()| report(&realm.code("long"), &some));
    let (paid, late) = (decoy(&realm, &some), decoy(&realm, &some));
    let wrong = report(DECOY, &some);
    assert_eq!(send(&realm, &first), 200);
    assert_eq!(send(&realm, &wrong), 401);
    assert_eq!(send(&realm, &paid), 200);
    let told = [&second, &late, &wrong].map(|body| {
        let reply = realm.post("/api/v6/report", body).is(503);
        let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
        let begins = realm.now() + Duration::from_secs(wait);
        let midnight = realm.now().day().plus_days(1).start();
        assert!(begins.unix().abs_diff(midnight.unix()) <= 5, "{begins:?}");
        reply.message()
    });
    assert!(told.iter().all(|message| *message == told[0]), "{told:?}");
    for answered in [&first, &paid] {
        assert_eq!(send(&realm, answered), 200);
    }
    let midnight = realm.now().day().plus_days(1).start();
    let rest = midnight.since(realm.now()).as_secs();
    server.restart_ahead(rest + 2).unwrap();
    realm.follow(&server);
    assert_eq!(send(&realm, &second), 200);
}

/// What came without work costs the server next to nothing, however large.
#[test]
fn a_megabyte_and_a_half_without_a_stamp_is_cheap() {
    const TIMES: u32 = 20;
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    realm.code("long");
    let body = report(DECOY, &contacts(1_000, 15)).to_string();
    assert!(body.len() > 1_400_000, "{}", body.len());
    let before = server.processor_time().unwrap();
    for _ in 0..TIMES {
        realm.post_bytes("/api/v6/report", body.as_bytes()).is(401);
    }
    let each = (server.processor_time().unwrap() - before) / TIMES;
    println!("{each:?} for {} bytes without a stamp", body.len());
    assert!(each < Duration::from_millis(60), "{each:?}");
}

/// In a demo realm the constant code is good, as often as one likes, and a stamp that costs a sixty-fourth is too.
#[test]
fn in_a_demo_realm_a_decoy_is_free() {
    let server = shared();
    let realm = Realm::open(&server);
    let mut sylvie = Person::register(&realm);
    let two = contacts(2, 3);
    assert_eq!(send(&realm, &report(DECOY, &two)), 200);
    assert_eq!(send(&realm, &report(DECOY, &contacts(2, 4))), 200);
    sylvie.decoy().is(200);
    let paid = decoy(&realm, &two);
    assert_eq!(send(&realm, &paid), 200);
    assert_eq!(realm.state().rows("intake", "code").len(), 2, "the stamps");
    // What is due of them is dropped: no registry hears of it.
    realm.advance(0);
    assert_eq!(realm.state().rows("intake", "outbox"), []);
    assert_eq!(realm.state().rows("registry", "applied"), []);
    // A day later the stamps are forgotten.
    realm.advance(days(2));
    assert_eq!(realm.state().rows("intake", "code"), []);
}
