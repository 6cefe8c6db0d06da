//! Defects on purpose, each of which the simulation must find and tell in a few operations.

// Integration tests are outside clippy's allowance for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sim::{Plant, hunt};

/// Finds the defect within so many cases, and says it in one of these ways and in at most so many operations.
fn finds_one_of(plant: Plant, cases: u32, longest: usize, says: &[&str]) {
    let caught = hunt(1, cases, Some(plant)).expect_err("the planted fault was not found");
    println!("{plant:?}: {caught}");
    assert!(
        says.iter().any(|says| caught.why.contains(says)),
        "{plant:?}: {caught}"
    );
    let length = caught.steps.len();
    assert!(
        length <= longest,
        "{plant:?}: {length} operations\n{caught}"
    );
}

fn finds(plant: Plant, cases: u32, longest: usize, says: &str) {
    finds_one_of(plant, cases, longest, &[says]);
}

#[test]
fn a_contact_applied_twice() {
    // What is sealed is bound to its row, so the second one does not open.
    let says = "an exposure of a living day belongs to no account";
    finds(Plant::DoubleApply, 50, 4, says);
}

#[test]
fn a_registry_that_forgets_what_it_applied() {
    // Either an exposure that comes back after its deletion, or an id forgotten too soon.
    let says = [
        "a contact was applied again",
        "somebody was exposed whom no accepted report names",
        "a delivery was forgotten while it is owed",
    ];
    finds_one_of(Plant::ForgetfulRegistry, 200, 12, &says);
}

#[test]
fn a_word_said_while_the_call_is_under_way() {
    // Either an exposure that comes back after its deletion, or an id that nobody will ever take away.
    let says = [
        "a contact was applied again",
        "ids of deliveries are remembered for ever",
    ];
    finds_one_of(Plant::HastyWord, 200, 8, &says);
}

#[test]
fn a_delivery_that_is_lost() {
    finds(
        Plant::LostDelivery,
        50,
        6,
        "an accepted contact never arrived",
    );
}

#[test]
fn a_code_that_is_used_twice() {
    // Its row tells before anybody tries it again.
    finds(Plant::CodeTwice, 50, 4, "codes stored");
}

#[test]
fn keys_that_outlive_their_term() {
    let says = [
        "an hour past their term",
        "keys stand past their term",
        "no alarm is armed for what is due next",
    ];
    finds_one_of(Plant::LatePurge, 50, 4, &says);
}

#[test]
fn a_wake_up_that_trusts_alarms() {
    finds(Plant::BlindWake, 50, 4, "an hour past their term");
}

#[test]
fn readers_that_keep_what_they_had() {
    // A verdict that opens past its term, also that of somebody who was not exposed.
    let says = [
        "verdict: Some",
        "sixteen days without traffic leave something",
    ];
    finds_one_of(Plant::StaleCache, 50, 4, &says);
}

#[test]
fn a_key_that_is_not_destroyed_with_its_account() {
    finds(
        Plant::KeptKey,
        50,
        4,
        "a restored copy opens what was deleted",
    );
}

#[test]
fn a_safe_that_stays_full() {
    finds(
        Plant::FullSafe,
        50,
        4,
        "a restored copy opens what was deleted",
    );
}

#[test]
fn a_decoy_that_is_believed() {
    // Or the second is taken for the first once more.
    let says = [
        "somebody was exposed whom no accepted report names",
        "a decoy's contact travelled to a registry",
        "figures of",
    ];
    finds_one_of(Plant::TrustedDecoy, 50, 4, &says);
}

#[test]
fn a_decoy_that_travels() {
    let says = "a decoy's contact travelled to a registry";
    finds(Plant::TravellingDecoy, 50, 4, says);
}

#[test]
fn a_stamp_that_is_taken_twice() {
    finds(Plant::StampTwice, 200, 4, "figures of");
}

#[test]
fn guesses_that_are_never_enough() {
    finds(Plant::EndlessGuesses, 50, 3, "WorkNeeded");
}

#[test]
fn figures_that_are_lost() {
    finds(Plant::LostFigures, 50, 4, "figures of");
}

#[test]
fn an_old_pseudonym_that_shortens_the_gap() {
    // One of days ago opens the door too soon, or has the account forgotten too early; one of days to come shuts the door.
    let says = [
        "an account was closed that nobody closed",
        "a status was answered, and not refused",
        "refusal: Err(Unauthenticated), and not Ok",
    ];
    finds_one_of(Plant::ClaimedEpoch, 200, 6, &says);
}

/// Two calls to one registry at once: the second commits while the first waits for a key.
#[test]
fn a_status_that_rests_on_what_was_read_before() {
    // Two are answered in one gap, or a verdict, or an answer, is written over.
    let says = [
        "a status was answered, and not refused",
        "verdict: ",
        "at risk: ",
        "refusal: Err(Unauthenticated), and not Ok",
    ];
    finds_one_of(Plant::StaleStatus, 400, 8, &says);
}

/// Two reports at one intake at once: both ask the safe of the key that their contacts wait under.
#[test]
fn a_safe_that_draws_a_key_for_each_of_two() {
    finds(Plant::TornSafe, 400, 8, "an accepted contact never arrived");
}

/// A pass of deliveries beside another.
#[test]
fn a_pass_of_deliveries_that_does_not_know_of_the_other() {
    let says = [
        "a delivery is sent while it is under way",
        "a registry that did not answer is asked at once",
    ];
    finds_one_of(Plant::NoLease, 400, 8, &says);
}

#[test]
fn contacts_that_bear_a_common_mark() {
    finds(Plant::AlikeIds, 50, 6, "ids alike");
    // An intake delivers at moments ten seconds apart: of contacts that came together one in five coincide.
    let coincide = |plant| {
        let tally = hunt(1, 90, plant).unwrap();
        assert!(tally.pairs > 100, "{tally}");
        tally.due_together * 3 > tally.pairs
    };
    assert!(coincide(Some(Plant::SharedDue)) && !coincide(None));
}

/// As 0.1.0 and 0.2.0 did.
#[test]
fn a_verdict_that_lives_as_long_as_the_day_on_which_it_was_written() {
    let says = [
        "a verdict tells of a meeting past its term",
        // On the last day, before a wake-up.
        "verdict: Some",
    ];
    finds_one_of(Plant::DayOfWriting, 200, 8, &says);
}
