//! A demo realm that was open when the server was killed.

use http_tests::{Realm, days};
use upgrade_tests::ALERTED;

use super::{for_each, person, works};

#[test]
fn a_visit_goes_on() {
    for_each(|release, server| {
        let demo = &release.life.demo;
        let realm = Realm::national(server).behind(&demo.door);
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
