//! National accounts, where the claim is made.

use silence_tests::{Random, nationally};

use crate::alone;

/// People of each kind for each question.
const PEOPLE: usize = 400;
/// For the release that leaks, with which it shows in fewer.
const PLANTED: usize = 150;
const BOUND: f64 = 0.55;
const SEED: u64 = 1;

#[test]
fn nationally_nothing_shows() {
    let _alone = alone();
    let mut heard = Vec::new();
    nationally::ask(
        PEOPLE,
        BOUND,
        &mut Random::seeded(SEED),
        |question, outcome| {
            println!("{question}: {outcome}");
            if !outcome.is_silent() {
                heard.push(question.to_owned());
            }
        },
    );
    assert_eq!(heard, Vec::<String>::new());
}

#[test]
fn a_key_that_a_delivery_left_in_memory_is_seen() {
    let _alone = alone();
    let outcome = nationally::ask_of_release_0_2_0(PLANTED, BOUND, &mut Random::seeded(SEED));
    println!("0.2.0: {outcome}");
    assert!(outcome.finding.is_past(BOUND), "{outcome}");
}
