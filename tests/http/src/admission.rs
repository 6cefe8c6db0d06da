//! Registrations for tests that need hundreds of national accounts.

use altcha::{Challenge, Payload, Solution, SolveChallengeOptions, solve_challenge};
use chacha20::ChaCha8Rng;
use decree::Moment;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use harness::Server;
use rand_core::SeedableRng;
use service::Realm;
use service::captcha::{self, Purpose};
use service::keyring::{CaptchaSecrets, KeyRing};
use service::work::Work;

/// Draws challenges as the server does, whose root it knows, and all of them with one nonce and one salt. A solution is
/// found for these two alone, so what was found once solves every challenge. The server checks each as any other.
pub struct Admission {
    secrets: CaptchaSecrets,
    work: &'static Work,
    solution: Solution,
}

impl Admission {
    /// Finds the one solution, for a server that accepts this work.
    pub fn to(server: &Server, work: &'static Work) -> Self {
        let ring = KeyRing::from_text(Some(server.roots()), true).unwrap();
        let secrets = ring.front(Realm::National).captcha;
        let (_, challenge) = draw(&secrets, work, Moment::from_unix(0));
        let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).expect("solvable");
        Self {
            secrets,
            work,
            solution: solution.expect("solved in time"),
        }
    }

    /// Another challenge's id, and its solution as ALTCHA's libraries encode it.
    pub fn next(&self, now: Moment) -> (String, String) {
        let (id, challenge) = draw(&self.secrets, self.work, now);
        let payload = Payload {
            challenge,
            solution: self.solution.clone(),
        };
        (id, crate::base64(&serde_json::to_vec(&payload).unwrap()))
    }
}

fn draw(secrets: &CaptchaSecrets, work: &Work, now: Moment) -> (String, Challenge) {
    let id = captcha::draw_id(&mut UnwrapErr(SysRng));
    let same = &mut ChaCha8Rng::seed_from_u64(1);
    let (realm, purpose) = (Realm::National, Purpose::Register);
    let drawn = captcha::draw(secrets, realm, purpose, id, work, same, now).unwrap();
    let id = serde_json::to_value(drawn.captcha_id).unwrap();
    (
        id.as_str().map(str::to_owned).expect("text"),
        drawn.challenge,
    )
}
