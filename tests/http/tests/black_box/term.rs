//! The national realm with its clock moved between two starts: what is forgotten without any traffic, and when an alarm
//! is late, lost or comes twice.

use core::time::Duration;

use http_tests::days;
use http_tests::thief::Kind;

use super::told::{
    DELIVERED, Told, armed, exposures, lose_alarms, plant_alarms, planted, receipts, rows, stays,
    wait,
};

/// Vaults whose day is over its term so many days later: a vault is made for each of five days.
fn past_term(later: u64) -> usize {
    usize::try_from(later - 14).unwrap().min(5)
}

#[test]
fn sixteen_days_without_traffic_leave_nothing() {
    let mut told = Told::new();
    told.server.restart_unasked(days(16)).unwrap();
    wait("a key is left", || {
        receipts(&told.server).len() >= past_term(16)
    });
    // The code that nobody used ended while the server was down, and is counted on the day that this was seen.
    wait("something is left", || {
        stays(&told.server) == ["Intake intake_figures"]
    });
    // Sixteen days more, and that is gone too.
    told.server.restart_unasked(days(32)).unwrap();
    wait("something is left", || stays(&told.server).is_empty());
    told.ends_forgotten(days(32));
}

/// Nothing is asked, and the last key that could name her account is destroyed on the eighteenth day.
#[test]
fn an_account_that_nobody_can_reach_goes_by_itself() {
    let mut told = Told::new();
    let accounts = |told: &Told| rows(&told.server, "Registry", "account");
    told.server.restart_unasked(days(17)).unwrap();
    wait("no alarm came", || exposures(&told.server) == 0);
    assert_eq!(accounts(&told), 1);
    told.server.restart_unasked(days(18)).unwrap();
    wait("her account is left", || {
        accounts(&told) == 0 && rows(&told.server, "Registry", "emptying") == 0
    });
    told.server.kill().unwrap();
    assert_eq!(told.openable().count(Kind::AccountKey), 0);
    told.server.restart_ahead(days(18)).unwrap();
    told.realm.follow_clock(days(18));
    let now = told.realm.now();
    let left = told.ask("unregister", |phone| phone.unregister(now).unwrap());
    assert_eq!(left.is(430).body, b"");
    told.ends_forgotten(days(18));
}

/// Without its alarms a server on its own host does nothing by itself: `docs/OPERATING.md` asks for a timer that reads the
/// clock every five minutes.
#[test]
fn alarms_that_were_lost_are_made_up_for_by_the_timer_alone() {
    for late in [16, 40] {
        let mut told = Told::new();
        lose_alarms(&told.server);
        told.server.restart_unasked(days(late)).unwrap();
        std::thread::sleep(Duration::from_secs(2));
        assert_eq!(exposures(&told.server), 2, "something came by");
        told.realm.get("/api/v6/clock").is(200);
        wait("a key is left", || {
            receipts(&told.server).len() >= past_term(late)
        });
        wait("something is left", || {
            stays(&told.server) == ["Intake intake_figures"]
        });
        told.ends_forgotten(days(late));
    }
}

#[test]
fn an_alarm_that_comes_twice_or_early_changes_nothing() {
    let (mut told, early) = (Told::new(), DELIVERED + 1_900);
    // First nothing is on its way any more: what is set again after that, the alarms set by themselves.
    told.server.restart_unasked(early).unwrap();
    wait("a word still waits", || {
        rows(&told.server, "Intake", "outbox") == 0
    });
    told.server.kill().unwrap();
    // Early: before any term nothing goes, and each alarm that has something to wait for is set again.
    alarms_run(&mut told, early);
    assert_eq!(exposures(&told.server), 2);
    assert!(receipts(&told.server).is_empty());
    for (class, table) in [
        ("Registry", "place"),
        ("Desk", "place"),
        ("Vault", "_cf_KV"),
    ] {
        let all = rows(&told.server, class, table);
        assert_eq!(armed(&told.server, class), all, "{class}");
    }
    told.realm.follow_clock(early);
    assert_eq!(told.level(), 4);
    // In time, by what was set again.
    told.server.restart_unasked(days(16)).unwrap();
    wait("no alarm came", || {
        exposures(&told.server) == 0 && receipts(&told.server).len() >= past_term(16)
    });
    let before = receipts(&told.server);
    // Twice.
    told.server.kill().unwrap();
    alarms_run(&mut told, days(16));
    assert_eq!(receipts(&told.server), before);
    told.ends_forgotten(days(16));
}

/// Starts the stopped server so far ahead with every alarm due at once, and nobody asks it anything: each alarm runs.
#[track_caller]
fn alarms_run(told: &mut Told, ahead: u64) {
    plant_alarms(&told.server);
    assert!(planted(&told.server) > 0);
    let before = told.server.output().len();
    told.server.restart_unasked(ahead).unwrap();
    wait("an alarm did not run", || planted(&told.server) == 0);
    let log = told.server.output().split_off(before);
    // What the runtime says of an alarm that it does not run.
    assert!(!log.contains("NOSENTRY"), "{log}");
}
