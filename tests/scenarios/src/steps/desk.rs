//! The issuers' desk: who may do what there, and what is written down of it.

use core::time::Duration;

use http_tests::{Person, Realm, Reply};
use minreq::Method;
use serde_json::{Value, json};

use super::fields;
use crate::office::{Office, PATIENCE};
use crate::story::Story;
use crate::words::Words;

pub(super) fn open(story: &mut Story, words: &Words) {
    story.office = Some(Office::open(words.text(1) == "après"));
}

fn office(story: &mut Story) -> &mut Office {
    story.office.as_mut().expect("un bureau")
}

/// Asks, and keeps the answer.
fn ask(story: &mut Story, who: &str, method: Method, path: &str, body: Option<&Value>) -> Reply {
    let office = office(story);
    let reply = office.ask(who, method, path, body);
    office.reply = Some(reply.clone());
    reply
}

pub(super) fn make_key(story: &mut Story, words: &Words) {
    let role = match words.text(3) {
        "de laboratoire" => "lab",
        "de médecin" => "doctor",
        _ => "operator",
    };
    let body = json!({ "role": role, "quota": 10 });
    let made = ask(story, words.text(1), Method::Post, "keys", Some(&body));
    if made.status == 201 {
        office(story).give(words.text(2), &made);
    }
}

pub(super) fn revoke_key(story: &mut Story, words: &Words) {
    let path = format!("keys/{}", office(story).keys[words.text(2)].id);
    ask(story, words.text(1), Method::Delete, &path, None).is(204);
}

fn kind(word: &str) -> &str {
    match word.trim_end_matches('s') {
        "long" => "long",
        _ => "short",
    }
}

pub(super) fn draw_code(story: &mut Story, words: &Words) {
    let body = json!({ "kind": kind(words.text(2)) });
    let reply = ask(story, words.text(1), Method::Post, "codes", Some(&body));
    if reply.status == 201 {
        let (who, code) = (words.text(1).to_owned(), reply.field("code"));
        office(story).codes.insert(who, code);
    }
}

pub(super) fn draw_codes(story: &mut Story, words: &Words) {
    let body = json!({ "kind": kind(words.text(3)), "count": words.count(2) });
    ask(story, words.text(1), Method::Post, "batches", Some(&body));
}

pub(super) fn list(story: &mut Story, words: &Words) {
    let path = match words.text(2) {
        "la liste des clés" => "keys",
        _ => "acts",
    };
    ask(story, words.text(1), Method::Get, path, None);
}

/// The name of the code, what it is good for, and until when: of nobody.
pub(super) fn code_alone(story: &mut Story, _: &Words) {
    let reply = office(story).reply.clone().expect("une réponse").is(201);
    assert_eq!(fields(&reply.json()), ["code", "expiresAt", "kind"]);
}

pub(super) fn refused(story: &mut Story, _: &Words) {
    let reply = office(story).reply.clone().expect("une réponse").is(403);
    assert!(!reply.message().is_empty());
}

/// All that the first operator can read, who can read everything.
fn known(office: &Office) -> Vec<Value> {
    let read = |path| office.ask("l'opérateur", Method::Get, path, None);
    ["keys", "acts"]
        .map(|path| read(path).is(200).json())
        .into()
}

pub(super) fn note(story: &mut Story, _: &Words) {
    let office = office(story);
    office.noted = known(office);
}

pub(super) fn nothing_learnt(story: &mut Story, _: &Words) {
    let office = office(story);
    assert_eq!(known(office), office.noted);
    let told = format!("{:?}", office.noted);
    for code in office.codes.values() {
        assert!(!told.contains(code.as_str()) && !told.contains(&code.replace('-', "")));
    }
}

/// The code is used up: another report with it is refused.
pub(super) fn report(story: &mut Story, words: &Words) {
    let office = office(story);
    let code = &office.codes[words.text(1)];
    let report = |number: u8| {
        let body = json!({ "token": code, "contacts": [], "number": number });
        office.realm.post("/api/v6/report", &body)
    };
    report(1).is(200);
    report(2).is(401);
}

pub(super) fn restart_later(story: &mut Story, words: &Words) {
    let office = office(story);
    office.restart_at(office.begun + words.duration(1));
}

pub(super) fn restart_around_the_end(story: &mut Story, words: &Words) {
    let office = office(story);
    let (end, off): (_, Duration) = (office.end(), words.duration(1));
    office.restart_at(match words.text(2) {
        "avant" => end - off,
        _ => end + off,
    });
}

/// Who, what, and which moment between the opening and now: no more and no less.
pub(super) fn acts(story: &mut Story, words: &Words) {
    let office = office(story);
    let json = office
        .ask("l'opérateur", Method::Get, "acts", None)
        .is(200)
        .json();
    assert_eq!(json["next"], Value::Null);
    let id = |who: &str| office.keys[who].id.clone();
    let mut told = Vec::new();
    let mut last = u64::MAX;
    for act in json["acts"].as_array().unwrap() {
        let mut act = act.clone();
        let moment = act.as_object_mut().unwrap().remove("moment").unwrap();
        let moment = moment.as_u64().unwrap();
        let now = office.realm.now().unix();
        assert!((office.begun.unix()..=now).contains(&moment) && moment <= last);
        last = moment;
        told.push(act.to_string());
    }
    let expected = words.rows().iter().map(|row| {
        let [who, what, whom] = row.as_slice() else {
            panic!("auteur, nature, objet")
        };
        let actor = id(who);
        let act = match what.as_str() {
            "a remis des codes" => {
                let (count, kind) = whom.split_once(' ').expect("combien, et lesquels");
                let count: u32 = count.parse().unwrap();
                json!({ "actor": actor, "kind": "codesHandedOut", "codes": self::kind(kind), "count": count })
            }
            "a révoqué une clé" => {
                json!({ "actor": actor, "kind": "keyRevoked", "key": id(whom) })
            }
            made => {
                let role = match made {
                    "a donné une clé de laboratoire" => "lab",
                    "a donné une clé d'opérateur" => "operator",
                    other => panic!("« {other} » n'est pas un acte"),
                };
                json!({ "actor": actor, "kind": "keyMade", "key": id(whom), "role": role, "quota": 10 })
            }
        };
        act.to_string()
    });
    // The newest is the first.
    told.reverse();
    assert_eq!(told, expected.collect::<Vec<_>>());
}

/// Neither for an operator nor on the disk; nor of the keys that were revoked.
pub(super) fn no_acts(story: &mut Story, _: &Words) {
    let office = office(story);
    Realm::wait_until(PATIENCE, "un acte est encore là", || {
        office.stored("act").is_empty()
    });
    let json = office
        .ask("l'opérateur", Method::Get, "acts", None)
        .is(200)
        .json();
    assert_eq!(json, json!({ "acts": [], "next": null }));
    let keys = office
        .ask("l'opérateur", Method::Get, "keys", None)
        .is(200)
        .json();
    let keys = keys["keys"].as_array().unwrap();
    assert!(!keys.is_empty() && keys.iter().all(|key| key["revoked"] == false));
}

pub(super) fn register(story: &mut Story, words: &Words) {
    let office = office(story);
    for who in words.names(1) {
        let person = Person::register(office.realm);
        office.people.insert(who.to_owned(), person);
    }
}

pub(super) fn answers(story: &mut Story, words: &Words) {
    let office = office(story);
    for who in [words.text(1), words.text(2)] {
        assert_eq!(office.people.get_mut(who).expect("une inscrite").ask(), 0);
    }
    assert_eq!(
        office.stored_in("Registry", "account").len(),
        words.count(3)
    );
}

/// Whoever asks, and whatever: it is over.
pub(super) fn has_ended(story: &mut Story, _: &Words) {
    let realm = office(story).realm;
    for call in ["status", "captcha", "register", "report"] {
        let reply = realm.post(&format!("/api/v6/{call}"), &json!({})).is(410);
        assert!(!reply.message().is_empty());
    }
}

pub(super) fn nobody_is_left(story: &mut Story, _: &Words) {
    let office = office(story);
    Realm::wait_until(PATIENCE, "un compte est encore là", || {
        office.stored_in("Registry", "account").is_empty()
    });
}
