//! A visitor's hour in a demo realm.

use core::time::Duration;

use http_tests::{Realm, days, minutes};

use super::{People, gather, register};
use crate::{ALERTED, Codes, Demo, DemoReport};

/// From the start of an epoch on: in four of them, so four contacts, and enough for an alert.
const LONG: Duration = minutes(60);
const EPOCHS: usize = 4;

/// People meet, report and are told; three days later they meet again, and a report waits until the clock is moved.
pub(super) fn visit(realm: &Realm) -> (People<'_>, Demo) {
    let begun = realm.moved();
    let mut people = register(realm, &["ana", "bob", "cora", "dan", "eve"]);
    let mut used = Vec::new();
    let mut report = |people: &mut People<'_>, reporter: &str, met: &[&str]| {
        let start = realm.next_epoch();
        let met: Vec<_> = met.iter().map(|name| (*name, LONG)).collect();
        gather(people, reporter, &met, start);
        realm.advance_to(start + LONG);
        let code = realm.code("long");
        people.get_mut(reporter).unwrap().report(&code).is(200);
        used.push(code);
    };
    report(&mut people, "ana", &["bob"]);
    // What waits is delivered.
    realm.advance(0);
    for (name, level) in [("bob", ALERTED), ("eve", 0)] {
        assert_eq!(people.get_mut(name).unwrap().ask(), level, "{name}");
    }
    realm.advance(days(3));
    report(&mut people, "cora", &["dan", "eve"]);

    let state = realm.state();
    let count = |table: &str| state.rows("registry", table).len();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let demo = Demo {
        door: realm.door().to_owned(),
        advanced: (realm.moved() - begun).try_into().unwrap(),
        at_risk: names(&["bob"]),
        not_at_risk: names(&["ana"]),
        waiting: DemoReport {
            reporter: "cora".to_owned(),
            alerted: names(&["dan", "eve"]),
            exposures: 2 * EPOCHS,
        },
        codes: Codes {
            long: vec![realm.code("long")],
            short: vec![realm.code("short")],
            void: used,
        },
        accounts: count("account"),
        exposures: count("exposure"),
    };
    assert_eq!((demo.accounts, demo.exposures), (5, EPOCHS));
    (people, demo)
}
