//! Whoever leaves, or deletes the history, is forgotten at once and not fifteen days later: old files say nothing.

use core::time::Duration;
use std::time::Instant;

use http_tests::thief::Kind;
use http_tests::{Person, Realm, shared};

use super::told::{DELIVERED, Told, exposures, rows};

#[test]
fn old_files_say_nothing_of_who_has_left() {
    let mut told = Told::new();
    told.server.restart_ahead(DELIVERED).unwrap();
    let now = told.realm.now();
    let leave = |told: &Told| told.ask("unregister", |phone| phone.unregister(now).unwrap());
    leave(&told).is(200);
    assert_eq!(exposures(&told.server), 0);
    assert_eq!(rows(&told.server, "Registry", "account"), 0);
    told.server.kill().unwrap();
    says_nothing(&told);
    told.put_back();
    // The days' keys are there, hers is not.
    says_nothing(&told);
    // The old row does not bring her back.
    told.server.restart_ahead(DELIVERED).unwrap();
    assert_eq!(leave(&told).is(430).body, b"");
}

/// The account goes on, under another key.
#[test]
fn old_files_say_nothing_of_a_deleted_history() {
    let mut told = Told::new();
    let later = DELIVERED + 1_900;
    told.server.restart_ahead(later).unwrap();
    told.realm.follow_clock(later);
    let now = told.realm.now();
    let delete = |told: &Told| {
        let request = told.ask("deleteExposureHistory", |phone| {
            phone.delete_exposures(now).unwrap()
        });
        request.is(200);
    };
    delete(&told);
    assert_eq!(exposures(&told.server), 0);
    told.server.kill().unwrap();
    told.known.learn(&told.server);
    let opened = told.openable();
    assert_eq!(opened.count(Kind::Exposure), 0);
    // What stays of her: the verdict, until its own term, and her two keys.
    assert_eq!(opened.count(Kind::Verdict), 1);
    assert_eq!(opened.count(Kind::AccountKey), 2);
    // She is still told so.
    told.server.restart_ahead(later).unwrap();
    assert_eq!(told.level(), 4);
    told.put_back();
    says_nothing(&told);
}

/// How long it takes tells how much there was to delete: neither is answered before the first beat, which is fifty milliseconds
/// after the request, less the one that a timer may be early by.
#[test]
fn both_are_answered_on_the_beat() {
    const BEAT: Duration = Duration::from_millis(49);
    let server = shared();
    let realm = Realm::open(&server);
    let mut person = Person::register(&realm);
    for ask in [Person::delete_exposures, Person::unregister] {
        let begun = Instant::now();
        ask(&mut person).is(200);
        let took = begun.elapsed();
        assert!(took >= BEAT, "{took:?}");
    }
}

#[track_caller]
fn says_nothing(told: &Told) {
    let opened = told.openable();
    for kind in [
        Kind::Contact,
        Kind::Exposure,
        Kind::Verdict,
        Kind::AccountKey,
    ] {
        assert_eq!(opened.count(kind), 0, "{kind:?} opens");
    }
}
