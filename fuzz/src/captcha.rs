//! The solution of a captcha, which ALTCHA's libraries encode as base64 of JSON.

use std::sync::LazyLock;

use altcha::{
    Challenge, HmacAlgorithm, Payload, SolveChallengeOptions, sign_challenge, solve_challenge,
};
use base64ct::{Base64, Encoding};
use service::captcha::Purpose;
use service::work::{self, Work};
use service::{Realm, captcha as service_captcha};
use wire::Refusal;
use wire::api::CaptchaId;

use crate::{Counting, NOW, choose};

const SECRET: &str = "secret";
const DEMO: Realm = Realm::Demo([3; 16]);
const ID: CaptchaId = CaptchaId([9; 16]);

/// Only a right solution of a challenge that this realm asks for is taken, and nothing else is worked on.
pub fn captcha(bytes: &[u8]) {
    let (mode, rest) = choose(bytes);
    match mode % 4 {
        // As it comes in.
        0 => refused(&String::from_utf8_lossy(rest)),
        1 => refused(&Base64::encode_string(rest)),
        // With the server's own signature, were it to sign everything.
        2 => signed(rest),
        _ => bent(rest),
    }
}

fn verify(solution: &str) -> Result<decree::Moment, Refusal> {
    service_captcha::verify(SECRET, DEMO, Purpose::Register, ID, solution, NOW)
}

#[track_caller]
fn refused(solution: &str) {
    assert_eq!(verify(solution), Err(Refusal::WrongCaptcha));
}

/// Whatever it asks for, and however well it is solved: what is taken is one of this realm's works, for this id, and
/// not yet over.
fn signed(json: &[u8]) {
    let Ok(Payload {
        challenge,
        mut solution,
    }) = serde_json::from_slice::<Payload>(json)
    else {
        return;
    };
    let mut parameters = challenge.parameters;
    let signed = sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, SECRET, None);
    let Ok(challenge) = signed else {
        return;
    };
    let is_easy = parameters.algorithm == "SHA-256"
        && parameters.cost <= 16
        && parameters.key_length <= 64
        && parameters.key_prefix.len() <= 3;
    if is_easy && let Ok(Some(solved)) = solve_challenge(SolveChallengeOptions::new(&challenge)) {
        solution = solved;
    }
    let payload = Payload {
        challenge,
        solution,
    };
    let text = Base64::encode_string(&serde_json::to_vec(&payload).unwrap_or_default());
    if let Ok(until) = verify(&text) {
        assert!(until > NOW);
        let asked = |work: &Work| {
            work.algorithm == parameters.algorithm
                && work.cost == parameters.cost
                && work.prefix == parameters.key_prefix
        };
        assert!(
            work::levels(DEMO).iter().any(asked),
            "a work that is not asked"
        );
        let data = parameters.data.unwrap_or_default();
        assert_eq!(data.get("captchaId"), Some(&"09".repeat(16).into()));
        assert_eq!(data.get("realm"), Some(&DEMO.to_string().into()));
    }
}

/// A right solution in which bytes were changed: what is still taken says the same.
fn bent(changes: &[u8]) {
    let (seed, changes) = choose(changes);
    let right = solve(seed);
    assert!(verify(&Base64::encode_string(right)).is_ok());
    let mut bent = right.to_vec();
    for change in changes.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % bent.len();
        bent[at] = change[2];
    }
    if verify(&Base64::encode_string(&bent)).is_ok() {
        let read = |json: &[u8]| serde_json::from_slice::<Payload>(json).ok();
        let (Some(right), Some(bent)) = (read(right), read(&bent)) else {
            panic!("taken, and not even read");
        };
        let parameters =
            |payload: &Payload| serde_json::to_string(&payload.challenge.parameters).ok();
        assert_eq!(parameters(&bent), parameters(&right));
        assert_eq!(bent.solution.counter, right.solution.counter);
    }
}

/// The JSON of a right solution, solved once.
fn solve(seed: u8) -> &'static [u8] {
    const MOST: usize = 4;
    static SOLVED: [LazyLock<Vec<u8>>; MOST] = [
        LazyLock::new(|| solve_now(0)),
        LazyLock::new(|| solve_now(1)),
        LazyLock::new(|| solve_now(2)),
        LazyLock::new(|| solve_now(3)),
    ];
    &SOLVED[usize::from(seed) % MOST]
}

fn solve_now(seed: u64) -> Vec<u8> {
    let (rng, work) = (&mut Counting(seed), &work::levels(DEMO)[0]);
    let drawn = service_captcha::draw(SECRET, DEMO, Purpose::Register, ID, work, rng, NOW);
    let challenge: Challenge = drawn
        .map(|drawn| drawn.challenge)
        .unwrap_or_else(|_| unreachable!());
    let solved = solve_challenge(SolveChallengeOptions::new(&challenge));
    let solution = solved.ok().flatten().unwrap_or_else(|| unreachable!());
    let payload = Payload {
        challenge,
        solution,
    };
    serde_json::to_vec(&payload).unwrap_or_default()
}
