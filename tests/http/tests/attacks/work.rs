//! Whoever makes the server work, or keeps others from having it work.

use core::time::Duration;
use std::thread::sleep;

use http_tests::{
    Admission, Person, Realm, authenticated, crowd, disk, heard, of_nobody, pretend, registration,
    report, seconds, solve, stand,
};
use robert::auth::{AuthRequest, Kind};
use robert::phone::Phone;
use robert::{AuthKey, Ebid, Epoch, Ntp};
use serde_json::{Value, json};

use crate::{Build, End, INVENTED, cost, held_since};

const REGISTER: &str = "/api/v6/register";
const REPORT: &str = "/api/v6/report";

#[test]
fn an_invented_code_costs_little() {
    const CONTACTS: u16 = 3_000;
    const TIMES: u32 = 4;
    /// For each 100 kB: three times what `cargo xtask cost` allows on an idle machine.
    const MOST: Duration = Duration::from_millis(3);
    held_since(Build::Second, |build| {
        let server = build.start();
        let realm = Realm::national(&server);
        let contacts: Vec<_> = (0..CONTACTS).map(|number| of_nobody(number, 1)).collect();
        let body = report(INVENTED, &contacts).to_string();
        let each = cost(&server, TIMES, || {
            realm.post_bytes(REPORT, body.as_bytes()).is(401);
        });
        let most = MOST * u32::try_from(body.len()).unwrap() / 100_000;
        let seen = format!(
            "{} bytes cost {each:.1?}, {most:.1?} at the most",
            body.len()
        );
        End::of(each > most, seen)
    });
}

/// Measured in what else is asked of a registry in vain: a question for a status in nobody's name, and a registration that
/// shows no work.
#[test]
fn a_wrong_solution_costs_once() {
    const TIMES: u32 = 25;
    held_since(Build::Second, |build| {
        let server = build.start();
        let realm = Realm::national(&server);
        let (id, challenge) = realm.captcha();
        let wrong = registration(&mut Phone::new(), &id, &pretend(&challenge));
        let none = registration(&mut Phone::new(), &id, "e30=");
        let (key, now) = (AuthKey::from_bytes(&[7; 32]), realm.now());
        let epoch = Epoch::at(now).unwrap();
        let nobody = AuthRequest::seal(Kind::Status, &key, Ebid([9; 8]), epoch, Ntp::from(now));
        let [again, none, nobody] = [
            (REGISTER, wrong),
            (REGISTER, none),
            ("/api/v6/status", authenticated(&nobody)),
        ]
        .map(|(path, body)| {
            cost(&server, TIMES, || {
                let refused = realm.post(path, &body).status;
                assert!([400, 401].contains(&refused), "{refused}");
            })
        });
        let other = none + nobody;
        let seen = format!("{again:.1?} each time, {none:.1?} + {nobody:.1?} for the others");
        End::of(again > other * 7 / 4, seen)
    });
}

#[test]
fn a_challenge_is_tried_once() {
    held_since(Build::Second, |build| {
        let server = build.start();
        let realm = Realm::national(&server);
        let (id, challenge) = realm.captcha();
        let send = |solution: &str| {
            let body = registration(&mut Phone::new(), &id, solution);
            realm.post(REGISTER, &body).status
        };
        let statuses = [pretend(&challenge), solve(&challenge)].map(|solution| send(&solution));
        let seen = format!(
            "a wrong solution got {}, the right one {}",
            statuses[0], statuses[1]
        );
        End::of(statuses[1] == 201, seen)
    });
}

#[test]
fn a_challenge_takes_memory() {
    held_since(Build::Second, |build| {
        let server = build.start();
        let (_, challenge) = Realm::national(&server).captcha();
        let (name, memory) = ("algorithm", "memoryCost");
        let parameter = |name: &str| challenge["parameters"][name].clone();
        let seen = format!("{}, {} KiB", parameter(name), parameter(memory));
        End::of(parameter(memory).as_u64() < Some(4_096), seen)
    });
}

/// What a flood of registrations leaves is put where it would leave it: thousands of them would take minutes.
#[test]
fn a_flood_keeps_nobody_out() {
    const TURN: u64 = 4;
    held_since(Build::Second, |build| {
        let mut settings = build.settings();
        let vars = [("REGISTRY_SHARDS", "1"), ("INTAKE_SHARDS", "1")];
        settings.vars = vars.map(|(name, value)| (name.into(), value.into())).into();
        let mut server = harness::Server::start_disposable(settings).unwrap();
        let realm = Realm::national(&server);
        // Makes the tables.
        Person::admit(&realm, &Admission::to(&server, build.work()));
        server.kill().unwrap();
        crowd(&server, realm.now() + seconds(600));
        if build == Build::Current {
            stand(&server, realm.now() + seconds(TURN));
        }
        server.restart().unwrap();
        let asked = realm.post("/api/v6/captcha", &json!({}));
        if asked.status != 201 {
            let wait = asked.header("retry-after").unwrap_or_default();
            return End::GaveWay(format!("no challenge is drawn for {wait} s"));
        }
        let solution = solve(&asked.json()["challenge"]);
        let body = registration(&mut Phone::new(), &asked.field("captchaId"), &solution);
        let mut statuses = vec![realm.post(REGISTER, &body).status];
        while *statuses.last().unwrap() != 201 && statuses.len() < 40 {
            sleep(Duration::from_millis(500));
            statuses.push(realm.post(REGISTER, &body).status);
        }
        let last = *statuses.last().unwrap();
        statuses.dedup();
        End::of(
            last != 201,
            format!("whoever solved a challenge got {statuses:?}"),
        )
    });
}

/// The same body, as often as it is taken.
#[test]
fn deleting_again_leaves_no_files() {
    const TIMES: usize = 60;
    held_since(Build::Second, |build| {
        let server = build.start();
        let realm = Realm::national(&server);
        let admission = Admission::to(&server, build.work());
        let mut person = Person::admit(&realm, &admission);
        let now = realm.now();
        let request = person.phone.delete_exposures(now).unwrap();
        let body = authenticated(&request);
        let files = || disk::objects(&server, "Safe").len();
        let delete = || realm.post("/api/v6/deleteExposureHistory", &body).status;
        delete();
        let before = files();
        let taken = (0..TIMES).filter(|_| delete() == 200).count();
        let more = files() - before;
        End::of(
            more > TIMES / 2,
            format!("{taken} of {TIMES} were taken, and left {more} files more"),
        )
    });
}

/// What delivering a contact costs, as many at both: the earlier release takes twice as much, and must take half as much again.
#[test]
fn deliveries_travel_together() {
    const ROUNDS: usize = 2;
    let mut least = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        let costs = [Build::Second, Build::Current].map(delivered);
        least = [least[0].min(costs[0]), least[1].min(costs[1])];
    }
    let [earlier, now] = least;
    println!("{earlier:.2?} for each contact at 0.2.0, {now:.2?} at this build");
    assert!(now * 3 / 2 < earlier, "{now:?}, not less than {earlier:?}");
}

fn delivered(build: Build) -> Duration {
    const PEOPLE: usize = 10;
    const EPOCHS: usize = 40;
    const HELLOS: u64 = 5;
    let server = build.start();
    let realm = Realm::open(&server);
    let mut people: Vec<_> = (0..PEOPLE).map(|_| Person::register(&realm)).collect();
    let epochs: Vec<_> = people[0].phone.pseudonyms().map(|own| own.epoch).collect();
    let mut contacts = Vec::new();
    for epoch in epochs.into_iter().take(EPOCHS) {
        for person in &mut people {
            let times = (0..HELLOS).map(|hello| 10 * hello);
            contacts.push(heard(&mut person.phone, epoch, times));
        }
    }
    let bodies: Vec<Value> = contacts
        .chunks(50)
        .map(|some| report(&realm.code("long"), some))
        .collect();
    for body in &bodies {
        realm.post(REPORT, body).is(200);
    }
    let before = server.processor_time().unwrap();
    realm.advance(0);
    let used = server.processor_time().unwrap() - before;
    let arrived = realm.state().rows("registry", "exposure").len();
    assert!(arrived > 0, "nothing arrived");
    println!(
        "{build:?}: {} contacts, {arrived} exposures",
        contacts.len()
    );
    used / u32::try_from(contacts.len()).unwrap()
}
