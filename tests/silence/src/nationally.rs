//! What is asked of national accounts, and the leaks that are planted to see that it would be seen.

use std::thread::scope;

use http_tests::Realm;
use service::work;

use crate::country::{self, solve_decoys};
use crate::{Country, Outcome, Random, reports};

/// Accounts whose rows are compared.
const COMPARED: usize = 12;

/// Asks each question of so many people of each kind at the least, and hands over what came of it.
///
/// # Panics
/// When a status changes other rows for one account than for another, or a row more is not seen.
pub fn ask(
    of_each_kind: usize,
    bound: f64,
    random: &mut Random,
    mut told: impl FnMut(&str, Outcome),
) {
    let all = 2 * of_each_kind;
    let server = country::server(harness::root());
    let realm = Realm::national(&server);
    realm.follow(&server);
    let mut country = Country::new(server, &realm, work::asked(service::Realm::National));
    // Some for each of the first two questions. Stamps are found meanwhile.
    let other = &mut Random::seeded(random.below(1 << 32) as u64);
    let mut solved = scope(|scope| {
        let solved = scope.spawn(|| solve_decoys(&realm, all, other));
        country.populate(2 * of_each_kind, random);
        solved.join().ok()
    });
    let busy = Outcome::of(bound, all, || {
        let solved = solved.take();
        let decoys = solved.unwrap_or_else(|| solve_decoys(&realm, all, random));
        country.ask_beside(&decoys, all, random)
    });
    told(
        "status beside decoys and guessed codes, at risk or not",
        busy,
    );
    let mut is_first = true;
    let leaving = Outcome::of(bound, all, || {
        if !std::mem::take(&mut is_first) {
            country.populate(of_each_kind, random);
        }
        country.leave(all, random)
    });
    told("unregistering, exposed or not", leaving);
    let restarted = Outcome::of(bound, all, || country.ask_after_restart(random));
    told("status after a restart, at risk or not", restarted);

    let mut compare = || country.compare_rows(COMPARED);
    let compared = compare().or_else(|_| compare()).or_else(|_| compare());
    assert_eq!(compared, Ok(()));
    country.plant_row();
    // Whatever else a registry did meanwhile may come first.
    let seen: Vec<_> = (0..3).map(|_| country.compare_rows(COMPARED)).collect();
    let is_seen = |seen: &Result<(), String>| seen.as_ref().is_err_and(|of| of.contains("planted"));
    assert!(
        seen.iter().any(is_seen),
        "a row more was not seen: {seen:?}"
    );
    country.uproot();

    let delivered = Outcome::of(bound, all, || country.ask_under_delivery(random));
    told(
        "status after a restart, with a contact under way or not",
        delivered,
    );
    drop(country);
    let reported = Outcome::of(bound, all, || reports::watch_nationally(all, random));
    told("report nationally, real or stamped decoy", reported);
}

/// Has so many people of each kind at the least leave, and nothing else.
pub fn leave(of_each_kind: usize, bound: f64, random: &mut Random) -> Outcome {
    let server = country::server(harness::root());
    let realm = Realm::national(&server);
    realm.follow(&server);
    let mut country = Country::new(server, &realm, work::asked(service::Realm::National));
    Outcome::of(bound, 2 * of_each_kind, || {
        country.populate(of_each_kind, random);
        country.leave(2 * of_each_kind, random)
    })
}

/// Asks after a restart, with a contact under way or not, whoever registered at release 0.2.0: it kept every record key in
/// memory that a delivery had fetched. So this is the leak that must not come back, in a server that has it, and no line of
/// the one that is deployed knows of it.
pub fn ask_of_release_0_2_0(of_each_kind: usize, bound: f64, random: &mut Random) -> Outcome {
    let server = country::server(harness::root().join("tests/releases/0.2.0"));
    let realm = Realm::national(&server);
    realm.follow(&server);
    let earlier = work::accepted(service::Realm::National).nth(1);
    let mut country = Country::new(server, &realm, earlier.expect("what 0.2.0 asks for"));
    country.populate(of_each_kind, random);
    Outcome::seen(bound, || country.ask_under_delivery(random))
}
