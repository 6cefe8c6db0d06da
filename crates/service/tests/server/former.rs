//! What 0.1.0 stored, byte for byte, is read by this program, goes on, and is written in today's forms.
//!
//! `tests/former/life.json` was written by 0.1.0: two registries and an intake after five people
//! registered, two pairs met, and two reported. Sylvie's contact was delivered, Justin's waits, and
//! one person left.

use base64ct::{Base64UrlUnpadded, Encoding};
use decree::{Day, Moment};
use robert::phone::Phone;
use serde_json::Value as Json;
use service::desk::{Holder, Request, key};
use service::form::{Form, Version};
use service::keyring::secrets::RealmSecrets;
use service::keyring::{KeyRing, from_hexadecimal, hexadecimal, wrapper};
use service::record::RecordKey;
use service::registry::{Progress, SETTLES};
use service::session::Session;
use service::vault::{self, DayKeys};
use service::{Class, Realm, captcha, codes, registry, schema};
use store::{Native, Sql, Value};
use wire::api::CaptchaId;
use wire::code::{Code, Kind};

use crate::common::{World, count, rng};

const NATIONAL: Realm = Realm::National;
/// SHA-256 of `b`.
const NEW: &str = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

fn life() -> Json {
    serde_json::from_str(include_str!("../former/life.json")).unwrap()
}

fn bytes(json: &Json) -> Vec<u8> {
    let text = json.as_str().unwrap();
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

fn array<const N: usize>(json: &Json) -> [u8; N] {
    from_hexadecimal(json.as_str().unwrap()).unwrap()
}

/// The ring of then, and the same behind a newer root.
fn rings(life: &Json) -> [KeyRing; 2] {
    let old = life["root"].as_str().unwrap();
    [old.to_owned(), format!("{NEW},{old}")]
        .map(|list| KeyRing::from_text(Some(&list), true).unwrap())
}

fn database(kept: &Json) -> Native {
    let sql = Native::in_memory().unwrap();
    for statement in kept["statements"].as_array().unwrap() {
        sql.exec(statement.as_str().unwrap(), &[]).unwrap();
    }
    for table in kept["tables"].as_array().unwrap() {
        for row in table["rows"].as_array().unwrap() {
            let values: Vec<Value> = row.as_array().unwrap().iter().map(value).collect();
            let marks: Vec<_> = (1..=values.len()).map(|at| format!("?{at}")).collect();
            let name = table["table"].as_str().unwrap();
            let statement = format!("INSERT INTO {name} VALUES ({})", marks.join(", "));
            sql.exec(&statement, &values).unwrap();
        }
    }
    sql
}

fn value(cell: &Json) -> Value {
    match cell {
        Json::Null => Value::Null,
        Json::Number(number) => Value::Integer(number.as_i64().unwrap()),
        Json::String(text) => Value::Text(text.clone()),
        cell => Value::Blob(bytes(&cell["bytes"])),
    }
}

/// The realm as 0.1.0 left it, and what its safes and vaults held.
fn restore(life: &Json, ring: KeyRing) -> World {
    let registries = life["registries"].as_array().unwrap();
    let registries = registries.iter().map(database).collect();
    let now = Moment::from_unix(life["now"].as_u64().unwrap());
    let mut world = World::restored(ring, now, registries, database(&life["intake"]));
    // The first call of any kind brings the tables up to date.
    let place = World::place(Class::Intake, 0);
    assert!(schema::check(&world.intake, &place).unwrap());
    let (vault, safes) = (world.ring.vault(NATIONAL), world.ring.safes(NATIONAL));
    for kept in life["vaults"].as_array().unwrap() {
        let stored = bytes(&kept["stored"]);
        let day = vault::stored_day(&stored).unwrap();
        assert_eq!(u64::from(day.number()), kept["day"].as_u64().unwrap());
        assert_eq!(wrapper(Form::DayKeys, &stored), Ok(None));
        let keys = DayKeys::unwrap(&vault, day, &stored).unwrap().unwrap();
        let (server, data) = keys.show();
        assert_eq!(hexadecimal(server), kept["serverKey"]);
        assert_eq!(hexadecimal(data), kept["dataKey"]);
        let other = DayKeys::unwrap(&vault, day.plus_days(1), &stored);
        assert!(other.unwrap().is_none());
        world.vaults.insert(day, keys);
    }
    for kept in life["safes"].as_array().unwrap() {
        let (name, stored) = (array(&kept["name"]), bytes(&kept["stored"]));
        let key = RecordKey::unwrap(&safes, name, &stored).unwrap().unwrap();
        assert_eq!(hexadecimal(key.as_bytes()), kept["key"]);
        let again = key.rewrap(&safes, &mut rng(), name, &stored).unwrap();
        let again = again.unwrap();
        assert_eq!(
            wrapper(Form::RecordKey, &again),
            Ok(world.ring.ids().next())
        );
        world.safes.insert(name, key);
    }
    world
}

fn phone(life: &Json, name: &str, now: Moment) -> Phone {
    Phone::restore(&bytes(&life["phones"][name]), now).unwrap()
}

/// The version of every cell of this column in all registries.
fn versions(world: &World, form: Form, select: &str) -> Vec<Version> {
    let rows = world.registries.iter();
    let rows = rows.flat_map(|sql| sql.query(select, &[]).unwrap());
    rows.map(|row| form.version(row.blob(0).unwrap()).unwrap())
        .collect()
}

#[test]
fn the_phones_of_0_1_0_are_alerted_and_their_rows_take_todays_forms() {
    let life = life();
    for ring in rings(&life) {
        let newest = ring.ids().next();
        let mut world = restore(&life, ring);
        let [mut sylvie, mut johanna, mut justin] =
            ["sylvie", "johanna", "justin"].map(|name| phone(&life, name, world.now));
        let registration = world.keys.registration.oldest(world.now).secret.public();
        assert_eq!(registration.to_base64(), life["registration"]);
        let verdicts = "SELECT verdict FROM account";
        let keys = "SELECT key_for_mac FROM account";
        assert_eq!(
            versions(&world, Form::Verdict, verdicts),
            [Version::Former; 4]
        );
        assert!(world.verdicts().iter().all(Option::is_some));
        // Delivered by 0.1.0, told by this program.
        assert!(world.at_risk(&mut sylvie));
        assert!(!world.at_risk(&mut johanna));
        // Accepted by 0.1.0, taken out, delivered and judged by this one.
        assert_eq!(count(&world.intake, "outbox"), 2);
        world.deliver_all();
        assert_eq!(count(&world.intake, "outbox"), 0);
        assert!(world.at_risk(&mut justin));
        let kept = "SELECT sealed FROM former_exposure";
        let kept = versions(&world, Form::FormerExposure, kept);
        assert_eq!((kept.len(), world.count("exposure")), (2, 2));
        walk(&mut world);
        let exposures = versions(&world, Form::Exposure, "SELECT sealed FROM exposure");
        let of = |version| exposures.iter().filter(|of| **of == version).count();
        assert_eq!((of(Version::Former), of(Version::Current)), (2, 2));
        assert_eq!(world.opened_exposures(), 4);
        let written = versions(&world, Form::Verdict, verdicts);
        let former = written.iter().filter(|of| **of == Version::Former).count();
        assert_eq!(former, 1, "of one who did not ask");
        let mut wrappers: Vec<_> = world
            .registries
            .iter()
            .flat_map(|sql| sql.query(keys, &[]).unwrap())
            .map(|row| wrapper(Form::AccountKey, row.blob(0).unwrap()).unwrap())
            .collect();
        wrappers.sort_unstable();
        assert_eq!(wrappers, [None, newest, newest, newest]);
        // And once more, from what is written now.
        assert!(world.at_risk(&mut sylvie) && world.at_risk(&mut justin));
    }
}

/// Moves what was stored under 0.1.0 into the tables of today: one slice of each of two walks.
fn walk(world: &mut World) {
    for _ in 0..2 {
        world.now = world.now + core::time::Duration::from_secs(1);
        world.tick();
    }
}

/// Neither in the table of then nor in today's.
#[test]
fn who_deletes_the_history_leaves_no_exposure_of_0_1_0() {
    for has_moved in [false, true] {
        let life = life();
        let [ring, _] = rings(&life);
        let mut world = restore(&life, ring);
        let mut sylvie = phone(&life, "sylvie", world.now);
        let stored = |world: &World| {
            let tables =
                "SELECT name FROM sqlite_master WHERE name LIKE '%exposure' AND type = 'table'";
            let counts = world.registries.iter().map(|sql| -> u64 {
                let tables = sql.query(tables, &[]).unwrap();
                tables
                    .iter()
                    .map(|table| count(sql, table.text(0).unwrap()))
                    .sum()
            });
            counts.sum::<u64>()
        };
        if has_moved {
            walk(&mut world);
            assert_eq!(world.count("exposure"), 2);
        }
        assert_eq!(stored(&world), 2);
        let request = sylvie.delete_exposures(world.now).unwrap();
        let signed = world.sender(request).unwrap();
        let index = crate::common::SHARDS.registry_of(signed.id.0[0]);
        world.delete_history(index, &signed).unwrap();
        assert_eq!(stored(&world), 0);
    }
}

/// At the end of their day, wherever they stand.
#[test]
fn exposures_of_0_1_0_are_forgotten_before_they_move() {
    let life = life();
    let [ring, _] = rings(&life);
    let mut world = restore(&life, ring);
    world.now = world.now + core::time::Duration::from_hours(16 * 24);
    walk(&mut world);
    assert_eq!(world.count("exposure"), 0);
    for sql in &world.registries {
        let left = "SELECT 1 FROM sqlite_master WHERE name = 'former_exposure'";
        assert_eq!(sql.query(left, &[]).unwrap(), []);
    }
}

#[test]
fn the_leaver_of_0_1_0_is_still_to_be_emptied() {
    let life = life();
    let [ring, _] = rings(&life);
    let world = restore(&life, ring);
    let owed: usize = (0..2)
        .map(|index| {
            let place = World::place(service::Class::Registry, index);
            let sql = &world.registries[usize::from(index)];
            registry::emptying(sql, &place, world.now).unwrap().len()
        })
        .sum();
    assert_eq!(owed, 1);
}

#[test]
fn the_codes_of_0_1_0_are_good_for_one_report_under_any_list() {
    let life = life();
    for ring in rings(&life) {
        let mut world = restore(&life, ring);
        for kept in life["unused"].as_array().unwrap() {
            let text = kept["code"].as_str().unwrap();
            let code = Code::parse(text).unwrap();
            let (_, pepper) = world.keys.peppers.iter().last().unwrap();
            assert_eq!(hexadecimal(&codes::hash(pepper, &code)), kept["hash"]);
            assert_eq!(hexadecimal(&codes::work_hash(pepper, &code)), kept["work"]);
            let shards = service::place::Shards::new(256, 256).unwrap();
            let route = codes::intake_of(&world.keys, &code, shards);
            assert_eq!(route, u16::from(array::<32>(&kept["hash"])[0]));
            let body = format!(r#"{{"token":"{text}","contacts":[]}}"#);
            assert_eq!(world.report(body.as_bytes()), Ok(()));
            let other = format!(r#"{{"token":"{text}","contacts":[ ]}}"#);
            assert_eq!(
                world.report(other.as_bytes()),
                Err(wire::Refusal::UnknownCode)
            );
            assert_eq!(world.report(body.as_bytes()), Ok(()), "a lost answer");
        }
        // A report of then whose answer was lost.
        let waiting = count(&world.intake, "outbox");
        let report = life["report"].as_str().unwrap();
        assert_eq!(world.report(report.as_bytes()), Ok(()));
        assert_eq!(count(&world.intake, "outbox"), waiting);
        assert_eq!(count(&world.intake, "code"), 0);
    }
}

#[test]
fn sessions_challenges_and_issuers_of_0_1_0_go_on_under_any_list() {
    let life = life();
    for ring in rings(&life) {
        let now = Moment::from_unix(life["now"].as_u64().unwrap());
        let kept = &life["session"];
        let text = kept["text"].as_str().unwrap();
        let session = Session::open(&ring.sessions(), text, now).unwrap();
        assert_eq!(hexadecimal(&session.realm().id().unwrap()), kept["id"]);
        assert_eq!(session.expires().unix(), kept["expires"].as_u64().unwrap());
        let mut forged = Base64UrlUnpadded::decode_vec(text).unwrap();
        forged[20] ^= 1;
        let forged = Base64UrlUnpadded::encode_string(&forged);
        assert_eq!(Session::open(&ring.sessions(), &forged, now), None);

        let realm = session.realm();
        let kept = &life["captcha"];
        assert_eq!(realm.to_string(), kept["realm"]);
        let (id, solution) = (CaptchaId(array(&kept["id"])), kept["solution"].as_str());
        let register = captcha::Purpose::Register;
        let secrets = ring.front(realm).captcha;
        let claim = captcha::read(&secrets, realm, register, id, solution.unwrap(), now);
        assert!(claim.unwrap().is_right());

        let kept = &life["issuer"];
        let front = ring.front(NATIONAL);
        let hash = key::recognise(&front.issuers, kept["key"].as_str().unwrap()).unwrap();
        assert_eq!(hexadecimal(&hash), kept["hash"]);
        let issuing = ring.issuing(NATIONAL);
        let request = Request::new(&issuing, Holder::Key(hash), "a request");
        let marks = request.marks();
        let mut marks = marks.iter();
        let (root, _) = marks
            .find(|(_, mark)| kept["mark"] == hexadecimal(*mark))
            .unwrap();
        assert_eq!(root, issuing.oldest_id());
        let granted = request.under(root).unwrap();
        let until = Moment::from_unix(kept["until"].as_u64().unwrap());
        assert_eq!(hexadecimal(&granted.batch_mark(until)), kept["batch"]);
        let codes = granted.codes(Kind::Long, 3, until);
        let codes: Vec<_> = codes.map(|code| code.to_string()).collect();
        assert_eq!(Json::from(codes), kept["codes"]);
    }
}

/// The walk visits who does not ask, and every safe that holds a key: also the leaver's, which is yet to be emptied.
#[test]
fn the_walk_wraps_every_living_row_of_0_1_0_again() {
    let life = life();
    let [_, ring] = rings(&life);
    let newest = ring.ids().next();
    let mut world = restore(&life, ring);
    for index in 0..2 {
        assert!(
            world.next_slice(index).is_none(),
            "a program of then may run still"
        );
        assert_eq!(world.progress(index), Progress::Walks(0));
    }
    world.now = world.now + SETTLES;
    let mut safes = 0;
    for index in 0..2 {
        let slice = world.next_slice(index).unwrap();
        safes += slice.safes().len();
        world.rewrap(index, &slice);
        let since = world.now.unix();
        assert_eq!(world.progress(index), Progress::Done { since });
        assert_eq!(world.wrappers(index), [newest; 4]);
        assert!(world.next_slice(index).is_none());
    }
    assert_eq!(safes, 5);
    // With the new root alone every account is read.
    let alone = KeyRing::from_text(Some(NEW), true).unwrap();
    let secrets = RealmSecrets::derived(&world.ring, NATIONAL);
    world.keys = alone.front_with(NATIONAL, &secrets);
    world.ring = alone;
    let mut sylvie = phone(&life, "sylvie", world.now);
    assert!(world.at_risk(&mut sylvie));
}

/// A row whose safe is empty belongs to nobody any more, and holds up no root.
#[test]
fn the_walk_does_not_wait_for_who_has_left() {
    let life = life();
    let [_, ring] = rings(&life);
    let mut world = restore(&life, ring);
    world.safes.clear();
    for index in 0..2 {
        assert!(world.next_slice(index).is_none());
        world.now = world.now + SETTLES;
        let slice = world.next_slice(index).unwrap();
        world.rewrap(index, &slice);
        assert_eq!(world.wrappers(index), [None; 4]);
        let since = world.now.unix();
        assert_eq!(world.progress(index), Progress::Done { since });
    }
}

/// With the newer root alone nothing of then opens: each says which root is missing, or is refused.
#[test]
fn without_its_root_nothing_of_0_1_0_opens() {
    let life = life();
    let ring = KeyRing::from_text(Some(NEW), true).unwrap();
    for kept in life["safes"].as_array().unwrap() {
        let (name, stored) = (array(&kept["name"]), bytes(&kept["stored"]));
        let opened = RecordKey::unwrap(&ring.safes(NATIONAL), name, &stored);
        assert!(opened.unwrap().is_none());
    }
    for kept in life["vaults"].as_array().unwrap() {
        let day = u32::try_from(kept["day"].as_u64().unwrap()).unwrap();
        let stored = bytes(&kept["stored"]);
        let opened = DayKeys::unwrap(&ring.vault(NATIONAL), Day::from_number(day), &stored);
        assert!(opened.unwrap().is_none());
    }
}
