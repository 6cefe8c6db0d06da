//! The parameters that the server announces, and those that it applies.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use decree::article_2::Onset;
use decree::{Day, Moment};
use harness::Secrets;
use http_tests::level;
use robert::score::{Sample, score};
use robert::{Contact, Epoch, HeardHello, Ntp};
use serde_json::Value;
use service::keyring::KeyRing;
use service::session::Session;

use crate::forger::Forger;
use crate::story::Story;
use crate::words::Words;

/// Names and values, the values as JSON writes them.
fn settings(config: &Value) -> BTreeMap<String, String> {
    let list = config.as_array().expect("une liste");
    let pairs = list.iter().map(|setting| {
        let value = &setting["value"];
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (setting["name"].as_str().expect("un nom").to_owned(), text)
    });
    let settings: BTreeMap<_, _> = pairs.collect();
    assert_eq!(settings.len(), list.len(), "un paramètre annoncé deux fois");
    settings
}

/// At registration and with a status alike.
pub(super) fn announced(story: &mut Story, words: &Words) {
    let rows = words.rows().iter();
    let expected: BTreeMap<_, _> = rows.map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(settings(&mallory(story).config), expected);
    let status = story.answers.last().expect("une réponse").reply.json();
    assert_eq!(settings(&status["config"]), expected);
}

/// Each is tried on both sides of the value that was announced.
pub(super) fn applied(story: &mut Story, words: &Words) {
    let settings = settings(&mallory(story).config);
    let name = words.text(1);
    let number = || settings[name].parse::<u64>().unwrap();
    match name {
        "app.service.start" => service_start(story, &settings[name]),
        "app.epoch.seconds" => epoch_seconds(story, number()),
        "app.country.code" => country(story, number()),
        "app.bundle.days" => bundle_days(story, number()),
        "app.status.gap.epochs" => status_gap(story, number()),
        "app.request.tolerance.seconds" => request_tolerance(story, number()),
        "app.hello.tolerance.seconds" => hello_tolerance(story, number()),
        "app.history.days" => history_days(story, number()),
        "app.symptoms.hours" => symptoms_hours(story, number()),
        "app.risk.r0" | "app.risk.threshold" => {
            let real = |name: &str| settings[name].parse::<f64>().unwrap();
            risk(story, real("app.risk.r0"), real("app.risk.threshold"));
        }
        "app.risk.days" => risk_days(story, number()),
        "app.contagious.epochs" => contagious_epochs(story, number()),
        "app.captcha.algorithms" => captcha_algorithms(story, &settings[name]),
        other => panic!("« {other} » n'est pas éprouvé ici"),
    }
}

/// The first is the one that is drawn, and its solution is taken.
fn captcha_algorithms(story: &mut Story, names: &str) {
    let (_, challenge) = story.realm.captcha();
    assert_eq!(
        names.split(',').next(),
        challenge["parameters"]["algorithm"].as_str()
    );
    Forger::register(story.realm);
}

fn service_start(story: &mut Story, date: &str) {
    let clock = story.realm.get("/api/v6/clock").is(200).json();
    assert_eq!(clock["serviceStartDate"], date);
    let (day, hour) = clock["time"].as_str().unwrap().split_once('T').unwrap();
    let parts = hour.trim_end_matches('Z').split(':');
    let seconds = parts.fold(0, |sum, part| 60 * sum + part.parse::<u64>().unwrap());
    let start = |date: &str| date.parse::<Day>().unwrap().start().unix();
    assert_eq!(clock["epoch"], (start(day) + seconds - start(date)) / 900);
}

fn epoch_seconds(story: &mut Story, value: u64) {
    let epoch = |story: &Story| {
        let clock = story.realm.get("/api/v6/clock").is(200).json();
        clock["epoch"].as_u64().unwrap()
    };
    story.go(story.realm.next_epoch());
    let first = epoch(story);
    let soon = SOON.as_secs();
    story.realm.advance(value - soon);
    assert_eq!(epoch(story), first);
    story.realm.advance(soon);
    assert_eq!(epoch(story), first + 1);
}

/// The country code is encrypted: only who holds the realm's key can read it, as the server does.
fn country(story: &mut Story, value: u64) {
    let ring = KeyRing::from_text(Some(&Secrets::of_demo_tests().root), true).unwrap();
    let sealed = story.realm.door().trim_start_matches("/demo/");
    let session = Session::open(&ring.sessions(), sealed, Moment::from_unix(0)).unwrap();
    let federation = ring.front(session.realm()).federation;
    for tuple in &mallory(story).tuples {
        let code = federation.decode(tuple.ebid, tuple.ecc);
        assert_eq!(u64::from(code.0), value);
    }
    story.go(story.realm.next_epoch());
    let now = story.now();
    let with = |mask| heard(mallory(story), &[now], mask, NEAR, 0);
    report(story, &[1, 2, 128, 255].map(with));
    assert_eq!(exposed(story), 0);
    report(story, &[with(0)]);
    assert_eq!(exposed(story), 1);
}

fn bundle_days(story: &mut Story, value: u64) {
    let tuples = mallory(story).tuples.iter();
    let days: BTreeSet<_> = tuples.map(|tuple| tuple.epoch.day()).collect();
    assert_eq!(days.len() as u64, value);
}

fn status_gap(story: &mut Story, value: u64) {
    assert_eq!(ask_off(story, 0), 200);
    for _ in 1..value {
        story.realm.advance(900);
        assert_eq!(ask_off(story, 0), 400);
    }
    story.realm.advance(900);
    assert_eq!(ask_off(story, 0), 200);
}

/// Fast and slow: the server's clock may itself have gone on by a few seconds.
fn request_tolerance(story: &mut Story, value: u64) {
    let value = value.cast_signed();
    for side in [1, -1] {
        assert_eq!(ask_off_soon(story, side * (value + 5)), 400);
        assert_eq!(ask_off_soon(story, side * (value - 5)), 200);
        story.realm.advance(3_600);
    }
}

/// Again, should the question have taken so long that its clock was another one when it came.
fn ask_off_soon(story: &mut Story, fast: i64) -> u16 {
    loop {
        let asked = Instant::now();
        let status = ask_off(story, fast);
        if asked.elapsed() < Duration::from_secs(4) {
            return status;
        }
        story.realm.advance(3_600);
    }
}

/// To the second, on both sides.
fn hello_tolerance(story: &mut Story, value: u64) {
    story.go(story.realm.next_epoch() + Duration::from_mins(7));
    let (now, value) = (story.now(), value.cast_signed());
    let met: Vec<_> = [value, -value, value + 1, -value - 1]
        .into_iter()
        .map(|off| heard(&Forger::register(story.realm), &[now], 0, NEAR, off))
        .collect();
    let (kept, lost) = met.split_at(2);
    report(story, lost);
    assert_eq!(exposed(story), 0);
    report(story, kept);
    assert_eq!(exposed(story), 2);
}

/// What the server keeps of a day ends when so many days have begun since; phones count to the second, and are tried
/// under Article 3.
fn history_days(story: &mut Story, value: u64) {
    let now = story.now();
    report(story, &[heard(mallory(story), &[now], 0, NEAR, 0)]);
    let end = now.day().plus_days(u32::try_from(value).unwrap()).start();
    story.realm.advance_to(end - SOON);
    assert_eq!(exposed(story), 1);
    story.realm.advance_to(end);
    assert_eq!(exposed(story), 0);
}

/// It is the phone that applies it: a meeting of five minutes, and symptoms that begin so many hours after it.
fn symptoms_hours(story: &mut Story, value: u64) {
    story.install("Johanna");
    let start = story.now();
    for second in (0..300).step_by(10) {
        let now = start + Duration::from_secs(second);
        let hello = mallory(story).emit(now, 0);
        story.hear("Johanna", Some(&hello), NEAR, now);
    }
    let onset = start + Duration::from_hours(value);
    story.go(onset + SOON);
    let now = story.now();
    for (late, leaving) in [(0, 30), (1, 29)] {
        let onset = Onset::Known(onset + Duration::from_secs(late));
        let selected = story.phone("Johanna").select(onset, now).expect("un choix");
        let meetings = selected.meetings.iter();
        assert_eq!(
            meetings.map(|meeting| meeting.leaving()).sum::<usize>(),
            leaving
        );
    }
}

/// The sum of scores at which 1 − exp(−R0 · Σ) comes to the threshold, from just below and from just above.
fn risk(story: &mut Story, r0: f64, threshold: f64) {
    let needed = -(1.0 - threshold).ln() / r0;
    let (full, rest) = ((needed / 14.0).floor(), needed % 14.0);
    let minutes = rest.ceil() as u64;
    let worth = |level: i8| {
        let seconds = (0..=60 * minutes).step_by(30);
        let samples = seconds.map(|second| Sample {
            seconds: second.cast_signed(),
            rssi: level,
        });
        score(&samples.collect::<Vec<_>>()).score
    };
    let over = (-66..=-35).find(|level| worth(*level) >= rest);
    let over = over.expect("un niveau qui suffit");
    let first = Epoch::at(story.realm.next_epoch()).unwrap();
    let people = [over - 1, over].map(|level| (level, Forger::register(story.realm)));
    let mut met = Vec::new();
    for (level, person) in &people {
        let mut epoch = first;
        for _ in 0..full as u64 {
            met.push(quarter(person, epoch));
            epoch = epoch.next().unwrap();
        }
        let seconds = (0..=60 * minutes).step_by(30);
        let at = seconds.map(|second| epoch.start() + Duration::from_secs(second));
        met.push(heard(person, &at.collect::<Vec<_>>(), 0, *level, 0));
    }
    story.go(first.start() + Duration::from_mins(15 * (full as u64 + 1)));
    report(story, &met);
    let [(_, mut under), (_, mut over)] = people;
    assert_eq!((told(story, &mut under), told(story, &mut over)), (0, 4));
}

/// The newest exposure is so many days old, less a moment, or exactly; and the alert ends so many whole days after it.
fn risk_days(story: &mut Story, value: u64) {
    let first = Epoch::at(story.realm.next_epoch()).unwrap();
    let second = first.next().unwrap();
    let (mut young, mut old) = (Forger::register(story.realm), Forger::register(story.realm));
    let both = |person: &Forger| [quarter(person, first), quarter(person, second)];
    let (of_young, of_old) = (both(&young), both(&old));
    let term = second.start() + Duration::from_hours(24 * value);
    story.realm.advance_to(term - SOON);
    report(story, &of_young);
    assert_eq!(told(story, &mut young), 4);
    story.realm.advance_to(term);
    report(story, &of_old);
    assert_eq!(told(story, &mut old), 0);
    let days = u32::try_from(value).unwrap() + 1;
    let end = second.day().plus_days(days).start();
    story.realm.advance_to(end - SOON);
    assert_eq!(told(story, &mut young), 4);
    story.realm.advance_to(end + Duration::from_mins(30));
    assert_eq!(told(story, &mut young), 0);
}

/// One quarter of an hour is not enough, two are, if the older one still counts.
fn contagious_epochs(story: &mut Story, value: u64) {
    let older = Epoch::at(story.realm.next_epoch()).unwrap();
    let later = |epochs: u64| older.start() + Duration::from_secs(900 * epochs);
    let newer = Epoch::at(later(value - 4)).unwrap();
    let mut people = [(); 2].map(|()| Forger::register(story.realm));
    let mut met = people.each_ref().map(|person| vec![quarter(person, older)]);
    // Pseudonyms of that later day.
    story.realm.advance_to(later(value - 8));
    for (person, met) in people.iter_mut().zip(&mut met) {
        assert_eq!(told(story, person), 0);
        met.push(quarter(person, newer));
    }
    let [inside, outside] = &mut people;
    let [of_inside, of_outside] = &met;
    story.realm.advance_to(later(value));
    report(story, of_inside);
    assert_eq!(told(story, inside), 4);
    story.realm.advance_to(later(value + 1));
    report(story, of_outside);
    assert_eq!(told(story, outside), 0);
}

/// Closer than a metre.
const NEAR: i8 = -43;
/// Time enough for a few requests.
const SOON: Duration = Duration::from_secs(60);

fn mallory(story: &Story) -> &Forger {
    story.forger.as_ref().expect("Mallory")
}

/// What somebody heard of this account, by a clock that is so many seconds fast.
fn heard(person: &Forger, at: &[Moment], mask: u8, level: i8, fast: i64) -> Contact {
    let hear = |now: &Moment| {
        let hello = person.emit(*now, mask);
        let heard = Ntp(Ntp::from(*now).0.saturating_add_signed(fast));
        (hello, HeardHello::new(&hello, heard, level))
    };
    let all: Vec<_> = at.iter().map(hear).collect();
    let (first, _) = all.first().expect("un message");
    Contact {
        ebid: first.ebid,
        ecc: first.ecc,
        hellos: all.iter().map(|(_, heard)| *heard).collect(),
    }
}

/// A whole quarter of an hour close by: the most that one is worth, 14.
fn quarter(person: &Forger, epoch: Epoch) -> Contact {
    let at = (0..900).step_by(30);
    let at = at.map(|second| epoch.start() + Duration::from_secs(second));
    heard(person, &at.collect::<Vec<_>>(), 0, level(0.6), 0)
}

fn report(story: &Story, contacts: &[Contact]) {
    let body = http_tests::report(&story.realm.code("short"), contacts);
    story.realm.post("/api/v6/report", &body).is(200);
    story.deliver();
}

/// How many people the server keeps exposures of.
fn exposed(story: &Story) -> usize {
    let rows = story.realm.state().rows("registry", "exposure");
    let people: BTreeSet<_> = rows
        .iter()
        .map(|row| row["account (opened)"].to_string())
        .collect();
    people.len()
}

/// The risk level that this account is told.
fn told(story: &Story, person: &mut Forger) -> u64 {
    let request = person.ask(1, Ntp::from(story.now()), None).clone();
    let reply = story.realm.post("/api/v6/status", &request).is(200);
    person.learn(&reply);
    reply.json()["riskLevel"].as_u64().unwrap()
}

/// What the server says to Mallory, whose clock is so many seconds fast.
fn ask_off(story: &mut Story, fast: i64) -> u16 {
    let now = Ntp(Ntp::from(story.now()).0.saturating_add_signed(fast));
    let request = story.forger.as_mut().unwrap().ask(1, now, None).clone();
    story.post("Mallory", "status", &request).status
}
