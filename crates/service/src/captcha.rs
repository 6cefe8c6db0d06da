//! Proof of work at registration, by ALTCHA's own protocol and library: no third party, no image.
//!
//! The challenge holds its realm, its id and its expiry in signed data. The library's own expiry
//! reads real time, and a demo realm has another: so the signed expiry is compared here.
//!
//! A solution is looked at in two parts, so that what is wrong is refused where that is cheapest. [`read`] compares
//! everything that can be compared, the signature and the begin of the derived key among it; [`Claim::is_right`] makes the
//! one derivation that the work consists of.

use std::collections::BTreeMap;

use altcha::{
    Challenge, ChallengeParameters, HmacAlgorithm, Payload, Solution, VerifySolutionOptions,
    sign_challenge, verify_solution,
};
use base64ct::{Base64, Encoding};
use decree::Moment;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use wire::Refusal;
use wire::api::{CaptchaId, CaptchaReply};

use crate::Realm;
use crate::keyring::{CaptchaSecrets, KeyId, from_hexadecimal, hexadecimal};
use crate::turns::TICKET_SECONDS;
use crate::work::{self, Work};

/// How long a challenge can be solved, in seconds of the realm's clock.
pub const LIFETIME_SECONDS: u64 = 600;

/// What a challenge opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// One registration.
    Register,
    /// One try of the short code with this hash.
    Code([u8; 32]),
    /// One demo realm.
    Demo,
}

/// What says that it is the solution of a challenge that this realm drew: all of it was compared but the work itself.
pub struct Claim<'a> {
    challenge: Challenge,
    solution: Solution,
    secret: &'a str,
    work: &'static Work,
    /// The challenge, which works once.
    pub id: CaptchaId,
    /// Until when it can be solved, and must be remembered as spent.
    pub until: Moment,
}

impl Claim<'_> {
    /// Whether checking the work costs more than asking whether it was checked before.
    #[must_use]
    pub fn is_dear(&self) -> bool {
        self.work.is_dear()
    }

    /// Makes the derivation, and says whether it is the one that was shown.
    #[must_use]
    pub fn is_right(&self) -> bool {
        let options = VerifySolutionOptions::new(&self.challenge, &self.solution, self.secret);
        verify_solution(options).is_ok_and(|result| result.verified)
    }
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
    sign(secrets, Some(realm), purpose, id, work, rng, now)
}

/// Draws the challenge that opens a demo realm: it is of no realm. `secrets` are the gate's.
///
/// # Errors
/// As [`draw`].
pub fn draw_for_demo(
    secrets: &CaptchaSecrets,
    rng: &mut impl CryptoRng,
    now: Moment,
) -> Result<CaptchaReply<Challenge>, Refusal> {
    let id = draw_id(rng);
    sign(secrets, None, Purpose::Demo, id, &work::GATE, rng, now)
}

fn sign(
    secrets: &CaptchaSecrets,
    realm: Option<Realm>,
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
        key_length: KEY_BYTES,
        key_prefix: work.prefix.to_owned(),
        key_signature: None,
        memory_cost: work.memory,
        nonce: hexadecimal(&draw_bytes(rng)),
        parallelism: work.lanes(),
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

/// Reads what is shown as a solution, and compares it with what was asked. It derives nothing.
///
/// A challenge for a registration that was solved in time may come again for [a day](TICKET_SECONDS): the registry
/// knows whether it was, and waits its turn. Any other is over at [`Claim::until`].
///
/// # Errors
/// [`Refusal::WrongCaptcha`] for everything that cannot be a right solution of this challenge.
pub fn read<'a>(
    secrets: &'a CaptchaSecrets,
    realm: Realm,
    purpose: Purpose,
    id: CaptchaId,
    solution: &str,
    now: Moment,
) -> Result<Claim<'a>, Refusal> {
    let claim = decode(solution)
        .and_then(|payload| compare(secrets, Some(realm), purpose, id, payload, now));
    claim.ok_or(Refusal::WrongCaptcha)
}

/// The same of a challenge that opens a demo realm, which says itself which one it is.
///
/// # Errors
/// As [`read`].
pub fn read_for_demo<'a>(
    secrets: &'a CaptchaSecrets,
    solution: &str,
    now: Moment,
) -> Result<Claim<'a>, Refusal> {
    let claim = || {
        let payload = decode(solution)?;
        let id = payload.challenge.parameters.data.as_ref()?;
        let id = CaptchaId(from_hexadecimal(id.get("captchaId")?.as_str()?)?);
        compare(secrets, None, Purpose::Demo, id, payload, now)
    };
    claim().ok_or(Refusal::WrongCaptcha)
}

/// A solution as ALTCHA's libraries encode it.
fn decode(solution: &str) -> Option<Payload> {
    let json = Base64::decode_vec(solution).ok()?;
    serde_json::from_slice(&json).ok()
}

fn compare<'a>(
    secrets: &'a CaptchaSecrets,
    realm: Option<Realm>,
    purpose: Purpose,
    id: CaptchaId,
    payload: Payload,
    now: Moment,
) -> Option<Claim<'a>> {
    let Payload {
        challenge,
        solution,
    } = payload;
    // Only what was asked is worked on: the library derives what the parameters say.
    let shown = &challenge.parameters;
    let is_asked = |work: &&Work| {
        shown.algorithm == work.algorithm
            && shown.cost == work.cost
            && shown.memory_cost == work.memory
            && shown.parallelism == work.lanes()
            && shown.key_prefix == work.prefix
    };
    let work = match realm {
        Some(realm) => work::accepted(realm).find(is_asked)?,
        None => Some(&work::GATE).filter(is_asked)?,
    };
    if shown.key_length != KEY_BYTES {
        return None;
    }
    // A key that does not begin as asked need not be derived.
    let key = &solution.derived_key;
    if key.len() != 2 * KEY_BYTES || !key.starts_with(work.prefix) {
        return None;
    }
    let data = shown.data.as_ref()?;
    let until = data.get("until")?.as_u64()?;
    let waits = match (realm, purpose) {
        (Some(Realm::National), Purpose::Register) => TICKET_SECONDS - LIFETIME_SECONDS,
        _ => 0,
    };
    if now.unix() >= until.saturating_add(waits) {
        return None;
    }
    // 0.1.0 named no root: there was one.
    let (root, secret) = match data.get("root") {
        Some(root) => {
            let root = from_hexadecimal(root.as_str()?)?;
            (Some(root), secrets.of(root)?)
        }
        None => (None, secrets.oldest()),
    };
    if data != &signed_data(realm, purpose, id, until, root) {
        return None;
    }
    let mut parameters = challenge.parameters.clone();
    let signed =
        sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, secret, None).ok()?;
    let (signed, shown) = (signed.signature?, challenge.signature.as_ref()?);
    let is_signed: bool = signed.as_bytes().ct_eq(shown.as_bytes()).into();
    is_signed.then_some(Claim {
        secret: secret.as_str(),
        until: Moment::from_unix(until),
        challenge,
        solution,
        work,
        id,
    })
}

/// Length of the derived key.
const KEY_BYTES: usize = 32;

fn signed_data(
    realm: Option<Realm>,
    purpose: Purpose,
    id: CaptchaId,
    until: u64,
    root: Option<KeyId>,
) -> BTreeMap<String, serde_json::Value> {
    let purpose = match purpose {
        Purpose::Register => "register".to_owned(),
        Purpose::Code(hash) => hexadecimal(&hash),
        Purpose::Demo => "demo".to_owned(),
    };
    let realm = realm.map_or_else(|| "demo".to_owned(), |realm| realm.to_string());
    let mut data = BTreeMap::from([
        ("for".to_owned(), purpose.into()),
        ("realm".to_owned(), realm.into()),
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

    const DEMO: Realm = Realm::Demo([1; 16]);

    fn of_root(id: u8, secret: &str) -> (KeyId, Zeroizing<String>) {
        ([id; 4], Zeroizing::new(secret.to_owned()))
    }

    fn secrets() -> CaptchaSecrets {
        CaptchaSecrets::new(of_root(1, "secret"), []).unwrap()
    }

    fn encode(challenge: &Challenge, solution: Solution) -> String {
        let payload = Payload {
            challenge: challenge.clone(),
            solution,
        };
        Base64::encode_string(&serde_json::to_vec(&payload).unwrap())
    }

    fn solve(challenge: &Challenge) -> String {
        let solution = solve_challenge(SolveChallengeOptions::new(challenge));
        encode(challenge, solution.unwrap().unwrap())
    }

    /// What costs nothing: a key that begins as asked, and nobody derived.
    fn pretend(challenge: &Challenge) -> String {
        let mut derived_key = challenge.parameters.key_prefix.clone();
        derived_key.push_str(&"7".repeat(64 - derived_key.len()));
        let solution = Solution {
            counter: 7,
            derived_key,
            time: None,
        };
        encode(challenge, solution)
    }

    fn draw_work(
        realm: Realm,
        purpose: Purpose,
        work: &Work,
        now: Moment,
    ) -> CaptchaReply<Challenge> {
        let rng = &mut Fixed(3);
        let id = draw_id(rng);
        draw(&secrets(), realm, purpose, id, work, rng, now).unwrap()
    }

    fn draw_for(realm: Realm, now: Moment) -> CaptchaReply<Challenge> {
        draw_work(realm, Purpose::Register, work::asked(realm), now)
    }

    /// Whether it is the right solution, and whether it is looked at at all.
    fn look(
        secrets: &CaptchaSecrets,
        realm: Realm,
        id: CaptchaId,
        solution: &str,
        now: Moment,
    ) -> Option<bool> {
        let claim = read(secrets, realm, Purpose::Register, id, solution, now).ok()?;
        assert_eq!(claim.id, id);
        Some(claim.is_right())
    }

    #[test]
    fn a_solution_is_good_for_its_realm_its_id_and_ten_minutes() {
        let now = Moment::from_unix(1_000);
        let drawn = draw_for(DEMO, now);
        let solution = solve(&drawn.challenge);
        let at = |unix| {
            look(
                &secrets(),
                DEMO,
                drawn.id,
                &solution,
                Moment::from_unix(unix),
            )
        };
        assert_eq!(at(1_000), Some(true));
        assert_eq!(at(1_599), Some(true));
        assert_eq!(at(1_600), None);
        for (secret, realm, purpose, id) in [
            ("other", DEMO, Purpose::Register, drawn.id),
            ("secret", Realm::Demo([2; 16]), Purpose::Register, drawn.id),
            ("secret", Realm::National, Purpose::Register, drawn.id),
            ("secret", DEMO, Purpose::Code([7; 32]), drawn.id),
            ("secret", DEMO, Purpose::Register, CaptchaId([0; 16])),
        ] {
            let secrets = CaptchaSecrets::new(of_root(1, secret), []).unwrap();
            let refused = read(&secrets, realm, purpose, id, &solution, now).err();
            assert_eq!(refused, Some(Refusal::WrongCaptcha));
        }
        assert_eq!(look(&secrets(), DEMO, drawn.id, "AAAA", now), None);
    }

    /// Nobody derives anything to see that it is wrong.
    #[test]
    fn what_can_be_compared_is_compared_before_anything_is_derived() {
        let (secrets, now) = (secrets(), Moment::from_unix(1_000));
        let drawn = draw_for(Realm::National, now);
        let looked_at = |solution: &str| {
            let is_good = read(
                &secrets,
                Realm::National,
                Purpose::Register,
                drawn.id,
                solution,
                now,
            );
            is_good.is_ok()
        };
        let right = pretend(&drawn.challenge);
        assert!(looked_at(&right));
        let bend = |change: fn(&mut Payload)| {
            let json = Base64::decode_vec(&right).unwrap();
            let mut payload: Payload = serde_json::from_slice(&json).unwrap();
            change(&mut payload);
            Base64::encode_string(&serde_json::to_vec(&payload).unwrap())
        };
        let bent: [fn(&mut Payload); 9] = [
            |of| of.challenge.signature = None,
            |of| of.challenge.signature = Some("00".repeat(32)),
            |of| of.challenge.parameters.nonce.replace_range(..1, "g"),
            |of| of.challenge.parameters.key_signature = Some(String::new()),
            |of| of.challenge.parameters.expires_at = Some(0),
            |of| of.challenge.parameters.memory_cost = Some(8),
            |of| of.solution.derived_key.replace_range(..1, "7"),
            |of| of.solution.derived_key.truncate(62),
            |of| of.solution.derived_key.clear(),
        ];
        for (number, change) in bent.into_iter().enumerate() {
            assert!(!looked_at(&bend(change)), "{number}");
        }
        // This one is found out by the derivation alone.
        assert_eq!(
            look(&secrets, Realm::National, drawn.id, &right, now),
            Some(false)
        );
        let solved = solve(&drawn.challenge);
        assert_eq!(
            look(&secrets, Realm::National, drawn.id, &solved, now),
            Some(true)
        );
    }

    /// Whether it was solved in time the registry knows.
    #[test]
    fn a_challenge_for_a_registration_may_come_again_for_a_day() {
        let (secrets, now) = (secrets(), Moment::from_unix(1_000));
        let id = draw_id(&mut Fixed(3));
        let (code, register) = (Purpose::Code([7; 32]), Purpose::Register);
        for (realm, purpose, good_for) in [
            (Realm::National, register, 86_400),
            (Realm::National, code, 600),
            (DEMO, register, 600),
            (DEMO, code, 600),
        ] {
            let drawn = draw_work(realm, purpose, work::asked(realm), now);
            let shown = pretend(&drawn.challenge);
            for (later, is_good) in [(good_for - 1, true), (good_for, false)] {
                let at = Moment::from_unix(1_000 + later);
                let claim = read(&secrets, realm, purpose, id, &shown, at);
                assert_eq!(claim.is_ok(), is_good, "{realm} {purpose:?}");
                let until = claim.ok().map(|claim| claim.until.unix());
                assert_eq!(until, is_good.then_some(1_600));
            }
        }
    }

    /// It says itself which challenge it is: the gate remembers those that were spent.
    #[test]
    fn a_solution_for_a_demo_realm_is_good_for_that_alone() {
        let (now, secrets) = (Moment::from_unix(1_000), secrets());
        let drawn = draw_for_demo(&secrets, &mut Fixed(3), now).unwrap();
        let solution = solve(&drawn.challenge);
        let at = |unix| read_for_demo(&secrets, &solution, Moment::from_unix(unix));
        let claim = at(1_599).ok().unwrap();
        assert_eq!((claim.id, claim.until.unix()), (drawn.id, 1_600));
        assert!(claim.is_right());
        assert!(at(1_600).is_err());
        for realm in [Realm::National, DEMO] {
            let register = Purpose::Register;
            assert!(read(&secrets, realm, register, drawn.id, &solution, now).is_err());
        }
        let of_realm = draw_work(DEMO, Purpose::Register, work::asked(DEMO), now);
        assert!(read_for_demo(&secrets, &solve(&of_realm.challenge), now).is_err());
        // Another challenge's id is not what was signed.
        let mut other = drawn.challenge;
        let data = other.parameters.data.as_mut().unwrap();
        data.insert("captchaId".to_owned(), "00".repeat(16).into());
        assert!(read_for_demo(&secrets, &solve(&other), now).is_err());
    }

    /// However right the seal is: a challenge of another kind was not asked for here.
    #[test]
    fn only_the_works_that_the_realm_asks_for_are_done() {
        let now = Moment::from_unix(1_000);
        let work = work::asked(DEMO);
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
            let drawn = draw_work(DEMO, Purpose::Register, &wrong, now);
            let solution = solve(&drawn.challenge);
            let answer = look(&secrets(), DEMO, drawn.id, &solution, now);
            assert_eq!(answer, None, "{wrong:?}");
        }
    }

    /// Release 0.2.0 drew it, and was replaced while a phone was at work.
    #[test]
    fn a_challenge_of_the_release_before_is_good_for_its_time() {
        let now = Moment::from_unix(1_000);
        let earlier: Vec<_> = work::accepted(Realm::National).skip(1).collect();
        assert_eq!(earlier.len(), 4);
        for work in earlier {
            let drawn = draw_work(Realm::National, Purpose::Register, work, now);
            let shown = pretend(&drawn.challenge);
            let answer = look(&secrets(), Realm::National, drawn.id, &shown, now);
            assert_eq!(answer, Some(false), "{work:?}");
        }
        let dearest = work::accepted(Realm::National).nth(1).unwrap();
        let drawn = draw_work(Realm::National, Purpose::Register, dearest, now);
        let solved = solve(&drawn.challenge);
        let answer = look(&secrets(), Realm::National, drawn.id, &solved, now);
        assert_eq!(answer, Some(true));
    }

    /// A challenge names the root that signed it, and is good while that root is listed.
    #[test]
    fn a_challenge_outlives_a_change_of_roots() {
        let now = Moment::from_unix(1_000);
        let drawn = draw_for(DEMO, now);
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
            let answer = look(&list, DEMO, drawn.id, &solution, now);
            assert_eq!(answer.is_some(), is_good);
        }
        assert_eq!(drawn.challenge.parameters.data.unwrap()["root"], "01010101");
    }
}
