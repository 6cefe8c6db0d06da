//! How a demo realm ends: its phases are stored, so that each step can be taken again.

use core::time::Duration;

use service::session::{LIFETIME_SECONDS, Session};
use service::visit::{self, Usage};
use service::{Failure, gate};
use store::Native;
use wire::Refusal;

use crate::common::NOON;

fn session(id: u8) -> Session {
    Session::new([id; 16], NOON + Duration::from_secs(LIFETIME_SECONDS))
}

#[test]
fn a_realm_that_is_shut_is_not_emptied_until_it_is_said() {
    let sql = Native::in_memory().unwrap();
    assert_eq!(visit::ending(&sql, NOON), Ok(None));
    visit::open(&sql, &session(7), NOON).unwrap();
    let entered = visit::enter(&sql, NOON, Usage::default()).unwrap();
    let is_emptied = || {
        let ending = visit::ending(&sql, NOON).unwrap().unwrap();
        assert_eq!(ending.realm(), session(7).realm());
        assert_eq!(ending.entered.opened, entered.opened);
        ending.is_emptied
    };
    assert!(!is_emptied());
    // However often the first pass has to begin again, it stays the first.
    for _ in 0..3 {
        visit::shut(&sql).unwrap();
        assert!(!is_emptied());
    }
    let gone = Err(Failure::Refused(Refusal::NotFound));
    assert_eq!(visit::enter(&sql, NOON, Usage::default()), gone);
    visit::emptied(&sql).unwrap();
    assert!(is_emptied());
    assert_eq!(visit::enter(&sql, NOON, Usage::default()), gone);
}

/// Every pass says it, and whoever left already changes nothing for the others.
#[test]
fn leaving_twice_is_leaving_once() {
    let sql = Native::in_memory().unwrap();
    for id in 0..200 {
        gate::admit(&sql, &session(id), NOON).unwrap();
    }
    let full = gate::admit(&sql, &session(200), NOON);
    let wait = Refusal::TooMany(LIFETIME_SECONDS);
    assert_eq!(full, Err(Failure::Refused(wait.clone())));
    for _ in 0..2 {
        gate::leave(&sql, session(3).id).unwrap();
    }
    gate::admit(&sql, &session(201), NOON).unwrap();
    let full = gate::admit(&sql, &session(202), NOON);
    assert_eq!(full, Err(Failure::Refused(wait)));
}
