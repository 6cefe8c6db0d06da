//! The proof of work before registration, solved by ALTCHA's own library.

use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use base64ct::{Base64, Encoding};

/// What `register` wants in `captcha`: base64 of the JSON payload, as ALTCHA's libraries encode it.
///
/// A trial server asks for a few thousand hashes: some tens of milliseconds. `None` if the challenge cannot be solved.
pub fn solve(challenge: Challenge) -> Option<String> {
    let options = SolveChallengeOptions {
        timeout_ms: PATIENCE_MS,
        ..SolveChallengeOptions::new(&challenge)
    };
    let solution = solve_challenge(options).ok()??;
    let payload = Payload {
        challenge,
        solution,
    };
    let json = serde_json::to_vec(&payload).ok()?;
    Some(Base64::encode_string(&json))
}

const PATIENCE_MS: u64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use altcha::{
        CreateChallengeOptions, VerifySolutionOptions, create_challenge, verify_solution,
    };

    #[test]
    fn the_library_accepts_what_was_solved() {
        let challenge = create_challenge(CreateChallengeOptions {
            algorithm: "SHA-256".to_owned(),
            cost: 1,
            key_prefix: "0000".to_owned(),
            hmac_signature_secret: Some("secret".to_owned()),
            ..CreateChallengeOptions::default()
        })
        .unwrap();
        let text = solve(challenge).unwrap();
        let payload: Payload = serde_json::from_slice(&Base64::decode_vec(&text).unwrap()).unwrap();
        let verified = verify_solution(VerifySolutionOptions::new(
            &payload.challenge,
            &payload.solution,
            "secret",
        ));
        assert!(verified.unwrap().verified);

        let mut other = payload.solution.clone();
        other.counter = other.counter.wrapping_add(1);
        let refused = verify_solution(VerifySolutionOptions::new(
            &payload.challenge,
            &other,
            "secret",
        ));
        assert!(!refused.unwrap().verified);
    }
}
