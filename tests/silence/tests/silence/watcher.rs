//! The watcher at work.

use std::time::Duration;

use harness::Server;
use silence_tests::{Block, Message, Outcome, Random, judge, reports, statuses};

use crate::alone;
use crate::relay::{self, Leak};

/// Requests for each question in demo realms, and where a leak is planted.
const REQUESTS: usize = 1_000;
/// By how much a planted answer is late, at the least.
const LEAST_DELAY: Duration = Duration::from_micros(300);
/// What a watcher may reach: 1 would be certainty, ½ is a guess.
const BOUND: f64 = 0.55;
/// Fixed, so that a failure can be repeated.
const SEED: u64 = 1;

#[test]
fn a_status_does_not_tell_who_is_at_risk() {
    let _alone = alone();
    let server = Server::fresh().unwrap();
    let random = &mut Random::seeded(SEED);
    nothing_shows("status", || {
        statuses::watch(&server, &server.address(), REQUESTS, random)
    });
}

#[test]
fn a_report_is_not_told_from_a_decoy() {
    let _alone = alone();
    let random = &mut Random::seeded(SEED);
    nothing_shows("report", || {
        reports::watch(REQUESTS, random, Server::address)
    });
}

#[track_caller]
fn nothing_shows(question: &str, ask: impl FnMut() -> Vec<Block>) {
    let outcome = Outcome::of(BOUND, REQUESTS, ask);
    println!("{question}: {outcome}");
    assert!(outcome.is_silent(), "{question}: {outcome}");
}

#[test]
fn one_byte_more_is_seen() {
    let _alone = alone();
    let blocks = statuses_through(Leak::Byte);
    let difference = blocks.iter().find_map(|block| block.check().err());
    assert!(
        difference.is_some_and(|found| found.starts_with("sizes of answers")),
        "the byte passed"
    );
    let finding = judge(&blocks);
    println!("status, one byte more: {finding}");
    assert!(finding.auc.value > 0.99, "{finding}");
}

#[test]
fn an_alert_that_comes_later_is_seen() {
    a_delay_is_seen("status", statuses_through);
}

#[test]
fn a_decoy_that_is_answered_later_is_seen() {
    a_delay_is_seen("report", reports_through);
}

/// A third of a millisecond, or where the machine is so busy that nobody could see that, half of what its times are scattered
/// by: those of the run before, and once more of this one, should it have been busier. And what is seen is the delay, not the
/// relay.
#[track_caller]
fn a_delay_is_seen(question: &str, through: fn(Leak) -> Vec<Block>) {
    let _alone = alone();
    let without = judge(&through(Leak::None));
    println!("{question}, relayed: {without}");
    assert!(without.auc.interval().0 <= BOUND, "{without}");
    let mut last = without;
    for _ in 0..2 {
        let delay = LEAST_DELAY.max(last.spread / 2);
        let blocks = through(Leak::Delay(delay));
        assert!(blocks.iter().all(|block| block.check().is_ok()));
        last = judge(&blocks);
        println!("{question}, {delay:?} later: {last}");
        if last.auc.interval().0 > BOUND {
            return;
        }
    }
    panic!("{question}: the delay passed: {last}");
}

fn statuses_through(leak: Leak) -> Vec<Block> {
    let server = Server::fresh().unwrap();
    let at_risk = |_: &Message, answer: &Message| {
        String::from_utf8_lossy(&answer.body()).contains(r#""riskLevel":4"#)
    };
    let relay = relay::start(server.address(), at_risk, leak);
    statuses::watch(&server, &relay, REQUESTS, &mut Random::seeded(SEED))
}

fn reports_through(leak: Leak) -> Vec<Block> {
    let is_decoy = |request: &Message, _: &Message| reports::is_decoy(&request.body());
    reports::watch(REQUESTS, &mut Random::seeded(SEED), |server| {
        relay::start(server.address(), is_decoy, leak)
    })
}
