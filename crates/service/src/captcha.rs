//! Proof of work at registration, by ALTCHA's own protocol and library: no third party, no image.
//!
//! The challenge holds its realm, its id and its expiry in signed data. The library's own expiry
//! reads real time, and a demo realm has another: so the signed expiry is compared here.

use std::collections::BTreeMap;

use altcha::{
    Challenge, ChallengeParameters, HmacAlgorithm, Payload, VerifySolutionOptions, sign_challenge,
    verify_solution,
};
use base64ct::{Base64, Encoding};
use decree::Moment;
use rand_core::CryptoRng;
use wire::Refusal;
use wire::api::{CaptchaId, CaptchaReply};

use crate::Realm;
use crate::keyring::{CaptchaSecrets, KeyId, from_hexadecimal, hexadecimal};
use crate::work::{self, Work};

/// How long a challenge can be used, in seconds of the realm's clock.
pub const LIFETIME_SECONDS: u64 = 600;

/// What a challenge opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// One registration.
    Register,
    /// One try of the short code with this hash.
    Code([u8; 32]),
}

/// A challenge that was solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Solved {
    /// When it expires, until when it must be remembered as spent.
    pub until: Moment,
    /// How much work it asked for: the place among [`work::levels`].
    pub level: usize,
}

/// Draws the id of a challenge, which says whose registry it is.
pub fn draw_id(rng: &mut impl CryptoRng) -> CaptchaId {
    CaptchaId(draw_bytes(rng))
}

/// Draws the challenge of this id, which asks for this much work.
///
/// # Errors
/// [`Refusal::Unavailable`] when the library refuses to sign it.
pub fn draw(
    secrets: &CaptchaSecrets,
    realm: Realm,
    purpose: Purpose,
    id: CaptchaId,
    work: &Work,
    rng: &mut impl CryptoRng,
    now: Moment,
) -> Result<CaptchaReply<Challenge>, Refusal> {
    let until = now.unix().saturating_add(LIFETIME_SECONDS);
    let mut parameters = ChallengeParameters {
        algorithm: work.algorithm.to_owned(),
        cost: work.cost,
        data: Some(signed_data(
            realm,
            purpose,
            id,
            until,
            Some(secrets.newest_id()),
        )),
        expires_at: None,
        key_length: 32,
        key_prefix: work.prefix.to_owned(),
        key_signature: None,
        memory_cost: None,
        nonce: hexadecimal(&draw_bytes(rng)),
        parallelism: None,
        salt: hexadecimal(&draw_bytes(rng)),
    };
    let secret = secrets.newest();
    let challenge = sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, secret, None)
        .map_err(|_| Refusal::Unavailable)?;
    Ok(CaptchaReply {
        id,
        captcha_id: id,
        challenge,
    })
}

/// Checks a solution.
///
/// # Errors
/// [`Refusal::WrongCaptcha`] for everything that is not a right solution of this challenge.
pub fn verify(
    secrets: &CaptchaSecrets,
    realm: Realm,
    purpose: Purpose,
    id: CaptchaId,
    solution: &str,
    now: Moment,
) -> Result<Solved, Refusal> {
    check(secrets, realm, purpose, id, solution, now).ok_or(Refusal::WrongCaptcha)
}

fn check(
    secrets: &CaptchaSecrets,
    realm: Realm,
    purpose: Purpose,
    id: CaptchaId,
    solution: &str,
    now: Moment,
) -> Option<Solved> {
    let json = Base64::decode_vec(solution).ok()?;
    let Payload {
        challenge,
        solution,
    } = serde_json::from_slice(&json).ok()?;
    // Only what was asked is worked on: the library derives what the parameters say.
    let asked = &challenge.parameters;
    let is_asked = |work: &Work| {
        asked.algorithm == work.algorithm
            && asked.cost == work.cost
            && asked.key_prefix == work.prefix
    };
    let level = work::levels(realm).iter().position(is_asked)?;
    if asked.key_length != 32 {
        return None;
    }
    let data = asked.data.as_ref()?;
    let until = data.get("until")?.as_u64()?;
    // 0.1.0 named no root: there was one.
    let (root, secret) = match data.get("root") {
        Some(root) => {
            let root = from_hexadecimal(root.as_str()?)?;
            (Some(root), secrets.of(root)?)
        }
        None => (None, secrets.oldest()),
    };
    if data != &signed_data(realm, purpose, id, until, root) || now.unix() >= until {
        return None;
    }
    let result = verify_solution(VerifySolutionOptions::new(
        &challenge,
        &solution,
        secret.as_str(),
    ))
    .ok()?;
    result.verified.then_some(Solved {
        until: Moment::from_unix(until),
        level,
    })
}

fn signed_data(
    realm: Realm,
    purpose: Purpose,
    id: CaptchaId,
    until: u64,
    root: Option<KeyId>,
) -> BTreeMap<String, serde_json::Value> {
    let purpose = match purpose {
        Purpose::Register => "register".to_owned(),
        Purpose::Code(hash) => hexadecimal(&hash),
    };
    let mut data = BTreeMap::from([
        ("for".to_owned(), purpose.into()),
        ("realm".to_owned(), realm.to_string().into()),
        ("captchaId".to_owned(), hexadecimal(&id.0).into()),
        ("until".to_owned(), until.into()),
    ]);
    if let Some(root) = root {
        data.insert("root".to_owned(), hexadecimal(&root).into());
    }
    data
}

fn draw_bytes(rng: &mut impl CryptoRng) -> [u8; 16] {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use altcha::{SolveChallengeOptions, solve_challenge};

    use super::*;
    use crate::tests::Fixed;
    use zeroize::Zeroizing;

    fn of_root(id: u8, secret: &str) -> (KeyId, Zeroizing<String>) {
        ([id; 4], Zeroizing::new(secret.to_owned()))
    }

    fn secrets() -> CaptchaSecrets {
        CaptchaSecrets::new(of_root(1, "secret"), []).unwrap()
    }

    fn solve(challenge: &Challenge) -> String {
        let solution = solve_challenge(SolveChallengeOptions::new(challenge))
            .unwrap()
            .unwrap();
        let payload = Payload {
            challenge: challenge.clone(),
            solution,
        };
        Base64::encode_string(&serde_json::to_vec(&payload).unwrap())
    }

    fn draw_calm(realm: Realm, now: Moment) -> CaptchaReply<Challenge> {
        let rng = &mut Fixed(3);
        let (id, work) = (draw_id(rng), &work::levels(realm)[0]);
        draw(&secrets(), realm, Purpose::Register, id, work, rng, now).unwrap()
    }

    #[test]
    fn a_solution_is_good_for_its_realm_its_id_and_ten_minutes() {
        let realm = Realm::Demo([1; 16]);
        let now = Moment::from_unix(1_000);
        let drawn = draw_calm(realm, now);
        let solution = solve(&drawn.challenge);
        let at = |unix| {
            verify(
                &secrets(),
                realm,
                Purpose::Register,
                drawn.id,
                &solution,
                Moment::from_unix(unix),
            )
        };
        let solved = Solved {
            until: Moment::from_unix(1_600),
            level: 0,
        };
        assert_eq!(at(1_000), Ok(solved));
        assert_eq!(at(1_599), Ok(solved));
        assert_eq!(at(1_600), Err(Refusal::WrongCaptcha));
        for (secret, realm, purpose, id) in [
            ("other", realm, Purpose::Register, drawn.id),
            ("secret", Realm::Demo([2; 16]), Purpose::Register, drawn.id),
            ("secret", Realm::National, Purpose::Register, drawn.id),
            ("secret", realm, Purpose::Code([7; 32]), drawn.id),
            ("secret", realm, Purpose::Register, CaptchaId([0; 16])),
        ] {
            let secrets = CaptchaSecrets::new(of_root(1, secret), []).unwrap();
            assert_eq!(
                verify(&secrets, realm, purpose, id, &solution, now),
                Err(Refusal::WrongCaptcha)
            );
        }
        assert_eq!(
            verify(&secrets(), realm, Purpose::Register, drawn.id, "AAAA", now),
            Err(Refusal::WrongCaptcha)
        );
    }

    /// However right the seal is: a challenge of another kind was not asked for here.
    #[test]
    fn only_the_works_that_the_realm_asks_for_are_done() {
        let (realm, now) = (Realm::Demo([1; 16]), Moment::from_unix(1_000));
        let work = &work::levels(realm)[0];
        for wrong in [
            Work { cost: 2, ..*work },
            Work {
                prefix: "0",
                ..*work
            },
            Work {
                algorithm: "SHA-512",
                ..*work
            },
        ] {
            let (rng, id) = (&mut Fixed(3), CaptchaId([4; 16]));
            let drawn = draw(&secrets(), realm, Purpose::Register, id, &wrong, rng, now).unwrap();
            let solution = solve(&drawn.challenge);
            let answer = verify(&secrets(), realm, Purpose::Register, id, &solution, now);
            assert_eq!(answer, Err(Refusal::WrongCaptcha), "{wrong:?}");
        }
    }

    /// A challenge names the root that signed it, and is good while that root is listed.
    #[test]
    fn a_challenge_outlives_a_change_of_roots() {
        let (realm, now) = (Realm::Demo([1; 16]), Moment::from_unix(1_000));
        let drawn = draw_calm(realm, now);
        let solution = solve(&drawn.challenge);
        let lists = [
            (secrets(), true),
            (
                CaptchaSecrets::new(of_root(2, "other"), [of_root(1, "secret")]).unwrap(),
                true,
            ),
            (CaptchaSecrets::new(of_root(2, "other"), []).unwrap(), false),
            // The same secret under another name is another root.
            (
                CaptchaSecrets::new(of_root(2, "secret"), []).unwrap(),
                false,
            ),
        ];
        for (list, is_good) in lists {
            let answer = verify(&list, realm, Purpose::Register, drawn.id, &solution, now);
            assert_eq!(answer.is_ok(), is_good);
        }
        assert_eq!(drawn.challenge.parameters.data.unwrap()["root"], "01010101");
    }
}
