//! The proof of work before registration: ALTCHA's SHA-256 challenge.
//!
//! Solved here and not by ALTCHA's own library, which verifies it in the tests: for the page that library weighs 67 kB
//! (brotli), a third of all that a visitor may have to load; these lines weigh nothing beside the SHA-256 that the
//! phones need anyway.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use crate::exchange::Read;
use crate::json;

/// What `register` wants in `captcha`: base64 of the JSON payload, as ALTCHA's libraries encode it.
///
/// `reply` is what `captcha` answered: its challenge goes back as it came. A demo realm asks for a few thousand
/// hashes: some milliseconds. `None` if the challenge is of another kind.
pub(crate) fn solve(reply: &[u8]) -> Option<String> {
    let leaves = json::leaves(reply, |path| path == "challenge")?;
    let challenge = leaves.into_iter().find(|leaf| leaf.path == "challenge")?;
    let challenge = core::str::from_utf8(reply.get(challenge.range)?).ok()?;
    let (counter, key) = Parameters::of(challenge)?.solve()?;
    let solution = format!(r#"{{"counter":{counter},"derivedKey":"{key}"}}"#);
    let payload = format!(r#"{{"challenge":{challenge},"solution":{solution}}}"#);
    Some(Base64::encode_string(payload.as_bytes()))
}

struct Parameters {
    cost: u64,
    key_length: u64,
    key_prefix: String,
    nonce: Vec<u8>,
    salt: Vec<u8>,
}

impl Parameters {
    fn of(challenge: &str) -> Option<Self> {
        let challenge = Read::new(challenge.as_bytes()).ok()?;
        let parameters = challenge.member("parameters").ok()?;
        if parameters.text("algorithm") != Ok("SHA-256") {
            return None;
        }
        Some(Self {
            cost: parameters.number("cost").ok()?,
            key_length: parameters.number("keyLength").ok()?,
            key_prefix: parameters.text("keyPrefix").ok()?.to_ascii_lowercase(),
            nonce: bytes(parameters.text("nonce").ok()?)?,
            salt: bytes(parameters.text("salt").ok()?)?,
        })
    }

    /// The first counter whose key begins as asked, and that key in hexadecimal.
    fn solve(&self) -> Option<(u32, String)> {
        (0..MOST_ATTEMPTS)
            .map(|counter| (counter, self.derive(counter)))
            .find(|(_, key)| key.starts_with(&self.key_prefix))
    }

    /// The hash of salt, nonce and counter, hashed again until it has cost what it must.
    fn derive(&self, counter: u32) -> String {
        let first = [&*self.salt, &self.nonce, &counter.to_be_bytes()].concat();
        let last = (1..self.cost).fold(Sha256::digest(first), |hash, _| Sha256::digest(hash));
        let length = usize::try_from(self.key_length).unwrap_or(usize::MAX);
        hexadecimal(last.get(..length).unwrap_or(&last))
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

/// The bytes that these digits stand for.
pub(super) fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
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
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn challenge(cost: u32, key_length: usize, key_prefix: &str) -> String {
        let challenge = create_challenge(CreateChallengeOptions {
            algorithm: "SHA-256".to_owned(),
            cost,
            key_length,
            key_prefix: key_prefix.to_owned(),
            hmac_signature_secret: Some("secret".to_owned()),
            ..CreateChallengeOptions::default()
        });
        let challenge = serde_json::to_string(&challenge.unwrap()).unwrap();
        format!(r#"{{"id":"x","challenge":{challenge}}}"#)
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
            let text = solve(challenge(cost, key_length, prefix).as_bytes()).unwrap();
            let mut payload: Payload =
                serde_json::from_slice(&Base64::decode_vec(&text).unwrap()).unwrap();
            assert!(is_verified(&payload), "{cost} {prefix}");
            payload.solution.counter += 1;
            assert!(!is_verified(&payload), "{cost} {prefix}: another counter");
        }
    }

    #[test]
    fn another_kind_of_challenge_is_left() {
        let other = challenge(1, 32, "00").replace("SHA-256", "PBKDF2/SHA-256");
        assert_eq!(solve(other.as_bytes()), None);
        assert_eq!(solve(b"{}"), None);
        assert_eq!(solve(b"<html>"), None);
    }
}
