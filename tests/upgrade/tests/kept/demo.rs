//! A demo realm that was open when the server was killed. Up to 0.2.0 one process served the national realm and demo
//! realms; since then they have processes of their own, and a demo realm does not outlive the upgrade.

use harness::Server;
use http_tests::{Realm, days, disk, seconds};
use minreq::Method;
use serde_json::json;
use upgrade_tests::{ALERTED, Build, Release};

use super::{for_each, person, works};

/// Its hour, and a little more.
const OVER: u32 = 2 * 3_600;
/// Longer than its objects wait until they are emptied once more, and how often, on a machine that compiles meanwhile.
const AGAIN: u32 = 5 * 60;
const ROUNDS: u32 = 8;

/// Nobody comes by any more, and yet nothing of it stays in the folders of the national realm.
#[test]
fn what_an_earlier_release_left_of_demo_realms_ends_by_itself() {
    for release in Release::all() {
        if release.life.demo.is_none() {
            continue;
        }
        let mut server = release.open(Build::Current);
        let rows = |server: &_| -> usize {
            let files = disk::objects(server, "Realm").into_iter();
            let visits = files.map(|file| disk::query(&file, "visit", "SELECT 1 FROM visit").len());
            visits.sum()
        };
        assert_eq!(rows(&server), 1);
        let mut passed = 0;
        while rows(&server) > 0 {
            assert!(passed < ROUNDS, "{}", server.own_words());
            let later = if passed == 0 { OVER } else { AGAIN };
            server.restart_later(later).unwrap();
            // The alarm rings, and all objects are emptied.
            std::thread::sleep(seconds(5));
            passed += 1;
        }
        assert!(passed > 1, "a request that was under way may still write");
    }
}

#[test]
fn a_visit_goes_on_in_the_release_that_opened_it_alone() {
    for_each(|release, server| {
        let Some(demo) = &release.life.demo else {
            return;
        };
        let realm = Realm::national(server).behind(&demo.door);
        if server.runs_this_build() {
            realm.get("/state").is(404);
            realm.get("/api/v6/clock").is(404);
            realm
                .post("/clock", &json!({ "advanceSeconds": 0 }))
                .is(404);
            realm.send(Method::Delete, "", &[], None).is(404);
            return;
        }
        realm.note_move(demo.advanced);
        let count = |table: &str| realm.state().rows("registry", table).len();
        assert_eq!(count("account"), demo.accounts);
        assert_eq!(count("exposure"), demo.exposures);
        for (names, level) in [(&demo.at_risk, ALERTED), (&demo.not_at_risk, 0)] {
            assert!(!names.is_empty());
            for name in names {
                assert_eq!(person(release, &realm, name).ask(), level, "{name}");
            }
        }
        // What waits arrives, and once.
        for _ in 0..2 {
            realm.advance(0);
            assert_eq!(count("exposure"), demo.exposures + demo.waiting.exposures);
        }
        for name in &demo.waiting.alerted {
            assert_eq!(person(release, &realm, name).ask(), ALERTED, "{name}");
        }
        for code in demo.codes.long.iter().chain(&demo.codes.short) {
            assert!(works(&realm, code, 1) && !works(&realm, code, 2));
        }
        for code in &demo.codes.void {
            assert!(!works(&realm, code, 3));
        }
        // Its days are forgotten as any others.
        realm.advance(days(16));
        assert_eq!(count("exposure"), 0);
        realm.end();
        realm.get("/state").is(404);
    });
}

/// By the alarm that the earlier release armed: it has no seat, and its objects have names of their own.
#[test]
fn a_visit_that_nobody_ends_is_over_after_its_hour() {
    /// Longer than the hour, and than what is emptied waits to be emptied again.
    const HOUR: u32 = 3_700;
    const AGAIN: u32 = 240;
    for release in Release::all() {
        let mut server = release.open(Build::Current);
        assert!(matches!(left(&server), (1, 0, 3..)));
        for (later, expected) in [(HOUR, (1, 1, 0)), (AGAIN, (0, 0, 0))] {
            server.restart_later(later).unwrap();
            Realm::wait_until(seconds(60), "an end is not there yet", || {
                left(&server) == expected
            });
        }
        assert_eq!(server.own_words(), "");
    }
}

/// How many demo realms have a row, how many of these say that all was emptied, and how many of their other objects have
/// tables.
fn left(server: &Server) -> (usize, usize, usize) {
    let count = |class: &str, table: &str, statement: &str| {
        let files = disk::objects(server, class).into_iter();
        files
            .map(|file| disk::query(&file, table, statement).len())
            .sum::<usize>()
    };
    let of_demo = "SELECT 1 FROM place WHERE realm LIKE 'demo-%'";
    let others = ["Registry", "Intake", "Tally"].map(|class| count(class, "place", of_demo));
    let visits = count("Realm", "visit", "SELECT 1 FROM visit");
    let emptied = count("Realm", "visit", "SELECT 1 FROM visit WHERE emptied = 1");
    (visits, emptied, others.iter().sum())
}
