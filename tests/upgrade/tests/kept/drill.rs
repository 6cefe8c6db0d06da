//! The upgrade drill: a kept release under load, replaced by the current build under kills.

use chaos::{Earlier, Treatment, judge, run, seed};
use upgrade_tests::Release;

/// Of twenty people; two are told before the upgrade, twelve never.
const MET: usize = 6;
/// About as many reports as it takes to tell them apart.
const REPORTS: usize = 30;
/// One on the kept release, in the midst of deliveries, and twenty on the current build.
const KILLS: usize = 21;

#[test]
fn a_release_under_load_is_replaced_and_nothing_is_lost() {
    for release in Release::all() {
        let seed = seed();
        println!("{}, seed {seed}", release.folder.display());
        let treatment = Treatment {
            seed,
            kills: KILLS,
            reports: REPORTS,
            met: MET,
            fault: None,
            until_forgotten: false,
            from: Some(Earlier {
                build: release.folder.clone(),
                is_refused: !release.shares_tables(),
            }),
        };
        let outcome = run(treatment, &|what| println!("{what}"));
        println!("{}", outcome.tally);
        assert_eq!(judge(&outcome.seen), [], "{}", outcome.seen.log);
        assert_eq!(outcome.tally.kills, KILLS);
        assert!(outcome.tally.forgotten > 0, "nothing had to be forgotten");
    }
}
