//! Two hundred kills and sixteen days without a finding, and that each broken promise would be one.

// The helpers of tests are tests too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use core::time::Duration;

use chaos::{Fault, Finding, Treatment, judge, rehearse, run, seed};
use harness::Server;
use http_tests::{Person, Realm, disk, heard, report};
use robert::Epoch;
use store::{Native, Sql};

#[test]
fn after_two_hundred_kills_everything_answered_is_counted_once() {
    let (findings, tally) = rehearse(200, seed());
    assert_eq!(findings, []);
    assert_eq!(tally.kills, 200);
    // The kills were where they could do harm.
    for (hit, least) in [
        (tally.in_flight, 20),
        (tally.after_answer, 10),
        (tally.waiting, 50),
        (tally.delivering, 10),
        (tally.unacknowledged, 1),
        (tally.words, 10),
        (tally.repeats, 20),
        (tally.forgotten, 40),
    ] {
        assert!(hit >= least, "{tally:?}");
    }
}

#[test]
fn a_lost_delivery_is_found() {
    let findings = with(Fault::Lost);
    let [
        Finding::Lost {
            person,
            contacts: 1,
        },
        told @ ..,
    ] = findings.as_slice()
    else {
        panic!("{findings:?}");
    };
    // Was it one that counts, and somebody who is to be alerted? Then they were not told.
    for told in told {
        let Finding::WronglyTold { person: who, level } = told else {
            panic!("{findings:?}");
        };
        assert_eq!((who, *level), (person, 0));
    }
}

#[test]
fn a_contact_applied_twice_is_found() {
    let findings = with(Fault::AppliedTwice);
    assert!(
        matches!(findings[..], [Finding::Doubled { contacts: 1, .. }]),
        "{findings:?}"
    );
}

#[test]
fn a_code_used_twice_is_found() {
    let findings = with(Fault::CodeAgain);
    let (twice, rest): (Vec<_>, Vec<_>) = findings
        .iter()
        .partition(|finding| matches!(finding, Finding::CodeUsedTwice { .. }));
    assert_eq!(twice.len(), 1, "{findings:?}");
    // Had its report a rival, that is counted now too.
    assert!(
        rest.iter().all(|finding| matches!(
            finding,
            Finding::Doubled { .. } | Finding::WronglyTold { level: 4, .. }
        )),
        "{findings:?}"
    );
}

#[test]
fn a_late_purge_is_found() {
    let findings = with(Fault::LatePurge);
    assert!(
        matches!(findings[..], [Finding::Kept { rows }, Finding::Opens { values }] if rows > 0 && values > rows),
        "{findings:?}"
    );
}

/// What is found when this is done to a server's files between two of its lives, or after the last.
fn with(fault: Fault) -> Vec<Finding> {
    let treatment = Treatment {
        seed: seed(),
        kills: 12,
        reports: 14,
        met: 4,
        fault: Some(fault),
        until_forgotten: false,
        from: None,
    };
    println!("{fault:?}: seed {}", treatment.seed);
    judge(&run(treatment, &|what| println!("{fault:?}: {what}")).seen)
}

/// Traffic on any other route makes good an alarm that the platform has lost: as a rule at once. One time in a thousand
/// it sets the very millisecond that the object remembers, which changes nothing; five minutes later it is overdue, and
/// set to another.
#[test]
fn a_report_whose_alarm_was_lost_arrives() {
    let mut server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let mut person = Person::register(&realm);
    let epoch = Epoch::at(realm.now()).unwrap();
    let contact = heard(&mut person.phone, epoch, (0..890).step_by(10));
    let body = report(&realm.code("long"), &[contact]);
    realm.post("/api/v6/report", &body).is(200);
    server.kill().unwrap();
    drop_alarms(&server);
    server.restart().unwrap();
    Realm::wait_until(Duration::from_mins(7), "the contact still waits", || {
        realm.get("/api/v6/clock").is(200);
        rows(&server, "Registry", "exposure") == 1 && rows(&server, "Intake", "outbox") == 1
    });
    assert_eq!(person.ask(), 0);
}

fn rows(server: &Server, class: &str, table: &str) -> usize {
    let files = disk::objects(server, class).into_iter();
    let rows = files.map(|file| disk::query(&file, table, &format!("SELECT 1 FROM {table}")).len());
    rows.sum()
}

/// Nothing is left of the intakes' alarms.
fn drop_alarms(server: &Server) {
    let file = server.storage().join("limpide-Intake/metadata.sqlite");
    let sql = Native::open(&file).unwrap();
    let alarms = sql.query("SELECT 1 FROM _cf_ALARM", &[]).unwrap();
    assert!(!alarms.is_empty(), "there was no alarm to lose");
    sql.exec("DELETE FROM _cf_ALARM", &[]).unwrap();
}
