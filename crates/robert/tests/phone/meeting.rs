//! The story of the press kit, with the deployed formula.

use crate::both_sides::{NOON, Server, minutes, seconds};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The press kit's "15 minutes at less than a metre", and what the deployed formula makes of it.
///
/// 15 minutes that begin with an epoch lie in one epoch, whose score cannot exceed 14.0; the threshold is 14.84.
#[test]
fn a_quarter_of_an_hour_in_one_epoch_is_not_enough() {
    let mut server = Server::new();
    let met = server.met(NOON, minutes(15), 0.8);
    assert_eq!(met.scores, [14.0]);
    assert!(!met.at_risk);
}

#[test]
fn twenty_minutes_over_two_epochs_are_enough() {
    let mut server = Server::new();
    let met = server.met(NOON, minutes(20), 0.8);
    assert_eq!(met.scores, [14.0, 4.0]);
    assert!(met.at_risk);
}

/// The phone's filter lets this meeting through: it is the server that finds it too far.
#[test]
fn twenty_minutes_at_five_metres_are_not_enough() {
    let mut server = Server::new();
    let met = server.met(NOON, minutes(20), 5.0);
    assert_eq!(met.scores.len(), 2);
    let sum: f64 = met.scores.iter().sum();
    assert!((sum - 10.08).abs() < 0.01, "{sum}");
    assert!(!met.at_risk);
}

/// Where in its epoch a meeting begins changes its score, but none of the three outcomes: over two epochs, whole
/// minutes are lost at both ends.
#[test]
fn the_outcome_does_not_depend_on_the_hour_at_which_they_meet() {
    let mut server = Server::new();
    for (length, metres, at_risk) in [(15, 0.8, false), (20, 0.8, true), (20, 5.0, false)] {
        for start in (0..900).step_by(45) {
            let met = server.met(NOON + seconds(start), minutes(length), metres);
            assert_eq!(
                met.at_risk, at_risk,
                "{length} min at {metres} m from second {start}: {:?}",
                met.scores
            );
        }
    }
}

/// The shortest meeting that the deployed formula calls a risk, at its best moment.
#[test]
fn fifteen_minutes_and_ten_seconds_can_be_enough() {
    let mut server = Server::new();
    let start = NOON + seconds(900 - 430);
    let met = server.met(start, minutes(15) + seconds(20), 0.8);
    assert_eq!(met.scores, [7.0, 8.0]);
    assert!(met.at_risk);
    let met = server.met(start, minutes(15) + seconds(10), 0.8);
    assert!(!met.at_risk, "{:?}", met.scores);
}
