//! Two days in the national realm.

use core::time::Duration;

use decree::Moment;
use harness::Server;
use http_tests::{Realm, minutes, registration, seconds, solve};
use minreq::Method::{Delete, Get, Post};
use robert::phone::Phone;
use serde_json::{Value, json};

use super::{People, gather, register};
use crate::{ALERTED, Batch, Codes, Desk, Key, Meetings, National, told};

/// Long enough for an alert, and what half of it is not quite.
const LONG: Duration = minutes(60);
const HALF: Duration = minutes(10);

/// What is waiting in the end, and what nobody has reported.
const WAITING: [&str; 4] = ["yves", "rose", "paul", "simon"];
const UNREPORTED: [&str; 4] = ["emma", "luc", "paul", "simon"];

/// Nineteen days before the rest: somebody registers, and does not come back; a code is handed out that nobody uses. Both
/// are void by now, and so are the keys of that day, and of the next.
pub(super) fn long_ago<'r>(server: &mut Server, realm: &'r Realm) -> (People<'r>, String) {
    let people = register(realm, &["claire"]);
    let code = realm.code("long");
    advance(server, realm, realm.now() + Duration::from_hours(19 * 24));
    (people, code)
}

/// Noon: people register, meet, and are told; somebody leaves, somebody deletes the history; keys are made.
pub(super) fn first_day<'r>(
    server: &mut Server,
    realm: &'r Realm,
    (old, expired): (People<'r>, String),
) -> (People<'r>, National) {
    let operator = server.issuer_key().unwrap().to_owned();
    let mut people = register(
        realm,
        &[
            "johanna", "sylvie", "ariane", "gilbert", "nadia", "marc", "yves", "rose", "paul",
            "simon", "emma", "luc",
        ],
    );
    let desk = open_desk(realm, &operator);
    let used = desk.batch.codes[0].clone();

    let start = realm.next_epoch();
    let met = [
        ("sylvie", LONG),
        ("ariane", LONG),
        ("nadia", LONG),
        ("marc", LONG),
        ("gilbert", minutes(5)),
    ];
    gather(&mut people, "johanna", &met, start);
    advance(server, realm, start + LONG);
    let reported = people.get_mut("johanna").unwrap().report(&used);
    reported.is(200);
    advance(server, realm, realm.now() + minutes(2));

    for name in ["sylvie", "nadia"] {
        assert_eq!(told(server, realm, people.get_mut(name).unwrap()), ALERTED);
    }
    assert_eq!(people.get_mut("gilbert").unwrap().ask(), 0);
    people.get_mut("nadia").unwrap().delete_exposures().is(200);
    people.get_mut("marc").unwrap().unregister().is(200);

    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let national = National {
        at_risk: names(&["sylvie", "ariane", "nadia"]),
        not_at_risk: names(&["johanna", "gilbert", "yves", "emma", "luc"]),
        left: names(&["marc", "claire"]),
        waiting: meetings(WAITING),
        unreported: meetings(UNREPORTED),
        codes: Codes {
            long: Vec::new(),
            short: Vec::new(),
            void: vec![used, expired],
        },
        desk,
        statistics: Value::Null,
        keys: Value::Null,
    };
    people.extend(old);
    (people, national)
}

/// A day later: the day before is counted, people ask and meet again, codes are handed out.
pub(super) fn second_day<'r>(
    server: &mut Server,
    realm: &'r Realm,
    people: &mut People<'r>,
    national: &mut National,
) {
    advance(server, realm, realm.now() + Duration::from_hours(22));
    for (name, level) in [("sylvie", ALERTED), ("luc", 0)] {
        assert_eq!(people.get_mut(name).unwrap().ask(), level, "{name}");
    }
    let mut start = realm.next_epoch();
    // One after the other: what two phones heard of one at the same second counts once.
    for [reporter, long, halves @ ..] in [WAITING, UNREPORTED] {
        let [one, other] = halves.map(|half| (half, HALF));
        gather(people, reporter, &[(long, LONG), one, other], start);
        start = start + LONG;
    }
    advance(server, realm, start + minutes(5));

    // Their challenge is remembered as spent.
    people.extend(register(realm, &["zoe"]));
    national.not_at_risk.push("zoe".to_owned());

    let desk = &mut national.desk;
    let code = |key: &Key, kind: &str| {
        let code = realm.issue(&key.key, &json!({ "kind": kind })).is(201);
        code.field("code")
    };
    let codes = &mut national.codes;
    codes.long = (0..3).map(|_| code(&desk.laboratory, "long")).collect();
    codes.short = (0..2).map(|_| code(&desk.doctor, "short")).collect();
    let operator = server.issuer_key().unwrap();
    // Phones that are registered from now on may name the second registration key.
    let order = json!({ "days": 30 });
    let drawn = realm.at_desk(Post, "registrations", operator, Some(&order));
    drawn.is(201);
    national.keys = realm.get("/api/keys").is(200).json();
    let list = |path: &str| realm.at_desk(Get, path, operator, None).is(200).json();
    (desk.keys, desk.acts) = (list("keys"), list("acts"));
    national.statistics = realm.get("/api/statistics").is(200).json();
    assert!(
        national.statistics["until"].is_string(),
        "no day is counted"
    );
}

/// A registration that comes to nothing, since no safe answers: the registry owes the emptying of the one that may have
/// been filled all the same, a minute later. When it began to.
pub(super) fn leave_safe_owed(server: &mut Server, realm: &Realm) -> Moment {
    server.restart_without("Safe").unwrap();
    let (id, challenge) = realm.captcha();
    let body = registration(&mut Phone::new(), &id, &solve(&challenge));
    let begun = realm.now();
    realm.post("/api/v6/register", &body).is(503);
    server.wake_all();
    server.restart().unwrap();
    begun
}

/// A report that nobody will have delivered, and whose answer is lost. When it was sent.
pub(super) fn leave_waiting(
    realm: &Realm,
    people: &mut People<'_>,
    national: &mut National,
) -> Moment {
    let code = national.codes.long.pop().unwrap();
    let reporter = people.get_mut(&national.waiting.reporter).unwrap();
    let sent = realm.now();
    reporter.report_unheard(&code).is(200);
    national.codes.void.push(code);
    sent
}

/// Keys of every role, one of them revoked, and a batch under an id of its own.
fn open_desk(realm: &Realm, operator: &str) -> Desk {
    let make = |maker: &str, role: &str, quota: u32| {
        let order = json!({ "role": role, "quota": quota });
        let made = realm.at_desk(Post, "keys", maker, Some(&order)).is(201);
        Key {
            id: made.field("id"),
            key: made.field("key"),
        }
    };
    let laboratory = make(operator, "lab", 500);
    let hospital = make(operator, "operator", 100);
    let doctor = make(&hospital.key, "doctor", 20);
    let revoked = make(operator, "lab", 10);
    realm
        .issue(&revoked.key, &json!({ "kind": "long" }))
        .is(201);
    let path = format!("keys/{}", revoked.id);
    realm.at_desk(Delete, &path, operator, None).is(204);
    let order = json!({ "kind": "long", "count": 5, "id": "lundi" });
    let batch = realm.at_desk(Post, "batches", &laboratory.key, Some(&order));
    let json = batch.is(201).json();
    let codes = json.as_array().unwrap().iter();
    let codes = codes.map(|code| code["code"].as_str().unwrap().to_owned());
    Desk {
        laboratory,
        hospital,
        doctor,
        revoked,
        batch: Batch {
            order,
            codes: codes.collect(),
        },
        keys: Value::Null,
        acts: Value::Null,
    }
}

fn meetings([reporter, alerted, halves @ ..]: [&str; 4]) -> Meetings {
    Meetings {
        reporter: reporter.to_owned(),
        alerted: alerted.to_owned(),
        halves: halves.map(str::to_owned),
    }
}

/// Starts the server again at this moment of its clock.
fn advance(server: &mut Server, realm: &Realm, to: Moment) {
    let left = to.since(realm.now()) + seconds(1);
    server
        .restart_later(left.as_secs().try_into().unwrap())
        .unwrap();
    realm.follow(server);
}
