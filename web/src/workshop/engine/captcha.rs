//! The proof of work before registration: ALTCHA's SHA-256 challenge.
//!
//! Solved here and not by ALTCHA's own library, which verifies it in the tests: for the page that library weighs 67 kB
//! (brotli), a third of all that a visitor may have to load; these lines weigh nothing beside the SHA-256 that the
//! phones need anyway.

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What `register` wants in `captcha`: base64 of the JSON payload, as ALTCHA's libraries encode it.
///
/// A trial server asks for a few thousand hashes: some milliseconds. `None` if the challenge is of another kind.
pub fn solve(challenge: Value) -> Option<String> {
    let parameters = Parameters::deserialize(challenge.get("parameters")?).ok()?;
    let (counter, derived_key) = parameters.solve()?;
    let solution = json!({ "counter": counter, "derivedKey": derived_key });
    let payload = json!({ "challenge": challenge, "solution": solution });
    Some(Base64::encode_string(payload.to_string().as_bytes()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    algorithm: String,
    cost: u32,
    key_length: usize,
    key_prefix: String,
    nonce: String,
    salt: String,
}

impl Parameters {
    /// The first counter whose key begins as asked, and that key in hexadecimal.
    fn solve(&self) -> Option<(u32, String)> {
        if self.algorithm != "SHA-256" {
            return None;
        }
        let (nonce, salt) = (bytes(&self.nonce)?, bytes(&self.salt)?);
        let prefix = self.key_prefix.to_ascii_lowercase();
        (0..MOST_ATTEMPTS)
            .map(|counter| {
                (
                    counter,
                    self.derive(&[&salt, &nonce, &counter.to_be_bytes()]),
                )
            })
            .find(|(_, key)| key.starts_with(&prefix))
    }

    /// The hash of the parts, hashed again until it has cost what it must.
    fn derive(&self, parts: &[&[u8]]) -> String {
        let first = Sha256::digest(parts.concat());
        let last = (1..self.cost).fold(first, |hash, _| Sha256::digest(hash));
        hexadecimal(last.get(..self.key_length).unwrap_or(&last))
    }
}

/// A prefix of four digits takes 65,536 attempts on average; beyond this something is wrong.
const MOST_ATTEMPTS: u32 = 2_000_000;

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    (0..hexadecimal.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hexadecimal.get(at..at + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use altcha::{
        CreateChallengeOptions, Payload, VerifySolutionOptions, create_challenge, verify_solution,
    };

    fn challenge(cost: u32, key_length: usize, key_prefix: &str) -> Value {
        let challenge = create_challenge(CreateChallengeOptions {
            algorithm: "SHA-256".to_owned(),
            cost,
            key_length,
            key_prefix: key_prefix.to_owned(),
            hmac_signature_secret: Some("secret".to_owned()),
            ..CreateChallengeOptions::default()
        });
        serde_json::to_value(challenge.unwrap()).unwrap()
    }

    fn is_verified(payload: &Payload) -> bool {
        let options = VerifySolutionOptions::new(&payload.challenge, &payload.solution, "secret");
        verify_solution(options).unwrap().verified
    }

    #[test]
    fn altchas_own_library_accepts_what_was_solved() {
        for (cost, key_length, prefix) in
            [(1, 32, "000"), (1, 32, "ab1"), (5, 16, "0C"), (1, 32, "")]
        {
            let text = solve(challenge(cost, key_length, prefix)).unwrap();
            let mut payload: Payload =
                serde_json::from_slice(&Base64::decode_vec(&text).unwrap()).unwrap();
            assert!(is_verified(&payload), "{cost} {prefix}");
            payload.solution.counter += 1;
            assert!(!is_verified(&payload), "{cost} {prefix}: another counter");
        }
    }

    #[test]
    fn another_kind_of_challenge_is_left() {
        let mut other = challenge(1, 32, "00");
        other["parameters"]["algorithm"] = "PBKDF2/SHA-256".into();
        assert_eq!(solve(other), None);
        assert_eq!(solve(json!({})), None);
    }
}
