//! The national realm: people, their phones, and what was on its way.

use core::time::Duration;

use http_tests::{Person, Realm, minutes, seconds};
use robert::phone::ReportState;
use serde_json::Value;
use upgrade_tests::{ALERTED, gather, tells, told};

use super::{for_each, person, works};

/// Long enough for an alert.
const LONG: Duration = minutes(60);

#[test]
fn everyone_is_told_what_they_were() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let national = &release.life.national;
        assert!(!national.at_risk.is_empty() && !national.not_at_risk.is_empty());
        for name in &national.at_risk {
            assert_eq!(person(release, &realm, name).ask(), ALERTED, "{name}");
        }
        for name in &national.not_at_risk {
            assert_eq!(person(release, &realm, name).ask(), 0, "{name}");
        }
        assert!(!national.left.is_empty());
        for name in &national.left {
            let mut person = person(release, &realm, name);
            assert_eq!(person.ask_status().is(430).body, b"", "{name}");
            assert_eq!(person.unregister().is(430).body, b"", "{name}");
        }
    });
}

/// The report was taken, its answer was lost, and its contacts waited: it is sent again, and they arrive.
///
/// That they arrive once is seen of two people who were each met twice, a little under the threshold: the first meeting is
/// in the report that waited, the second in one that is sent now. One of them deletes the history in between. If the
/// first came again after that, both would be alerted, and not only the other.
#[test]
fn what_waited_arrives_once() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let national = &release.life.national;
        let (waiting, unreported) = (&national.waiting, &national.unreported);

        let mut reporter = person(release, &realm, &waiting.reporter);
        assert_eq!(reporter.phone.report_state(), ReportState::AnswerUnknown);
        reporter.report_again().is(200);
        let mut alerted = person(release, &realm, &waiting.alerted);
        assert_eq!(told(server, &realm, &mut alerted), ALERTED);

        let [mut forgotten, mut reminded] = waiting
            .halves
            .each_ref()
            .map(|name| person(release, &realm, name));
        assert_eq!(waiting.halves, unreported.halves);
        forgotten.delete_exposures().is(200);
        // Everything that is put off is due again meanwhile.
        advance(server, &realm, minutes(31));

        let mut reporter = person(release, &realm, &unreported.reporter);
        reporter.report(&national.codes.long[0]).is(200);
        assert_eq!(reporter.phone.report_state(), ReportState::Accepted);
        advance(server, &realm, minutes(2));
        let mut alerted = person(release, &realm, &unreported.alerted);
        assert_eq!(told(server, &realm, &mut alerted), ALERTED);
        assert_eq!(told(server, &realm, &mut reminded), ALERTED);
        assert_eq!(forgotten.ask(), 0);
    });
}

#[test]
fn codes_are_good_once() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let codes = &release.life.national.codes;
        let batch = &release.life.national.desk.batch.codes;
        for code in &codes.void {
            assert!(!works(&realm, code, 0), "a used code came back");
        }
        let unused = batch.iter().filter(|code| !codes.void.contains(code));
        let unused: Vec<_> = unused.chain(&codes.long).chain(&codes.short).collect();
        assert!(!codes.long.is_empty() && !codes.short.is_empty());
        for code in unused {
            assert!(works(&realm, code, 1), "a code is lost");
            assert!(!works(&realm, code, 2), "a code works twice");
        }
    });
}

/// Phones that were saved restore, ask, meet, are saved again, and report.
#[test]
fn phones_go_on() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let national = &release.life.national;
        let [one, other, ..] = national.not_at_risk.as_slice() else {
            panic!("too few people");
        };
        let mut two = [one, other].map(|name| person(release, &realm, name));
        let mut newcomer = Person::register(&realm);
        assert_eq!(two.each_mut().map(Person::ask), [0, 0]);
        let start = realm.next_epoch();
        let [reporter, met] = &mut two;
        let mut others = [&mut met.phone, &mut newcomer.phone].map(|phone| (phone, LONG));
        gather(&mut reporter.phone, &mut others, start);
        advance(server, &realm, start.since(realm.now()) + LONG + seconds(1));
        let saved = reporter.phone.save(realm.now());
        let mut reporter = Person::restore(&realm, &saved);
        reporter.report(&national.codes.long[0]).is(200);
        advance(server, &realm, minutes(2));
        assert_eq!(told(server, &realm, met), ALERTED);
        assert_eq!(told(server, &realm, &mut newcomer), ALERTED);
    });
}

/// What phones have built in is as it was.
#[test]
fn registration_keys_are_as_they_were() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let now = realm.get("/api/keys").is(200).json();
        let kept = &release.life.national.keys;
        assert!(kept.is_null() || tells(kept, &now), "{now}");
    });
}

#[test]
fn figures_stay_as_they_were_published() {
    for_each(|release, server| {
        let realm = Realm::national(server);
        let kept = &release.life.national.statistics;
        assert!(kept["until"].is_string());
        let now = realm.get("/api/statistics").is(200).json();
        // What is published later comes after it.
        let ends = ["until", "figures"];
        let mut before = kept.clone();
        before
            .as_object_mut()
            .unwrap()
            .retain(|name, _| !ends.contains(&name.as_str()));
        assert!(tells(&before, &now), "{now}");
        assert!(kept["until"].as_str() <= now["until"].as_str());
        let figures = |told: &Value| told["figures"].as_array().unwrap().clone();
        for figure in figures(kept) {
            let later = figures(&now)
                .into_iter()
                .find(|later| later["name"] == figure["name"]);
            let later = later.expect("a figure by the same name");
            assert!(tells(&figure["periods"], &later["periods"]), "{later}");
        }
        let table = realm.get("/api/statistics.csv").is(200);
        assert!(table.text().lines().next().is_some());
    });
}

fn advance(server: &mut harness::Server, realm: &Realm, by: Duration) {
    server
        .restart_later(by.as_secs().try_into().unwrap())
        .unwrap();
    realm.follow(server);
}
