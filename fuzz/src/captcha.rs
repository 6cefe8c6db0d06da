//! The solution of a challenge, which ALTCHA's libraries encode as base64 of JSON: that of a registration, and that of a
//! short code when many wrong ones came.

use std::sync::LazyLock;

use altcha::{
    Challenge, HmacAlgorithm, Payload, SolveChallengeOptions, sign_challenge, solve_challenge,
};
use base64ct::{Base64, Encoding};
use decree::Moment;
use service::captcha::{Claim, Purpose};
use service::front;
use service::keyring::FrontKeys;
use service::work::{self, Work};
use service::{Realm, captcha as service_captcha, codes};
use wire::Refusal;
use wire::api::{CaptchaId, OpenedReport, ReportRequest};
use wire::code::Code;

use crate::{Counting, NOW, RING, choose};

const DEMO: Realm = Realm::Demo([3; 16]);
const ID: CaptchaId = CaptchaId([9; 16]);
/// `1K3VC-8CQX0`, as it is typed.
const CODE: &str = "1K3VC-8CQX0";
const REGISTRATION: Purpose = Purpose::Register;

static KEYS: LazyLock<FrontKeys> = LazyLock::new(|| RING.front(DEMO));
static TRY: LazyLock<Purpose> = LazyLock::new(|| {
    let code = Code::parse(CODE).unwrap_or_else(|_| unreachable!());
    Purpose::Code(codes::work_hash(KEYS.peppers.newest(), &code))
});

/// Where a solution is shown.
struct Door {
    purpose: Purpose,
    /// What the other door's challenges are for.
    other: Purpose,
    /// Until when the challenge is good that this solves.
    verify: fn(&str) -> Option<Moment>,
}

/// Only a right solution of a challenge that this realm asks for is taken, and nothing else is worked on.
pub fn captcha(bytes: &[u8]) {
    let verify = |solution: &str| {
        let read = service_captcha::read(&KEYS.captcha, DEMO, REGISTRATION, ID, solution, NOW);
        assert!(matches!(read, Ok(_) | Err(Refusal::WrongCaptcha)));
        let claim = read.ok().filter(Claim::is_right)?;
        Some(claim.until)
    };
    let door = Door {
        purpose: REGISTRATION,
        other: *TRY,
        verify,
    };
    door.show(bytes);
}

/// The same for a short code, whatever the solution.
pub fn work(bytes: &[u8]) {
    let verify = |solution: &str| {
        let request = ReportRequest {
            captcha: Some(solution.to_owned()),
            captcha_id: Some(ID),
            ..ReportRequest::new(CODE, Vec::new())
        };
        let body = serde_json::to_vec(&request).unwrap_or_default();
        // A solution may be too long to be read.
        let opened = OpenedReport::read(&body).ok()?;
        let claim = front::read_work(&KEYS, DEMO, NOW, &opened).filter(Claim::is_right)?;
        assert_eq!(claim.id, ID);
        Some(claim.until)
    };
    let door = Door {
        purpose: *TRY,
        other: REGISTRATION,
        verify,
    };
    door.show(bytes);
}

impl Door {
    fn show(&self, bytes: &[u8]) {
        let (mode, rest) = choose(bytes);
        match mode % 5 {
            // As it comes in.
            0 => self.refuses(&String::from_utf8_lossy(rest)),
            1 => self.refuses(&Base64::encode_string(rest)),
            // With the server's own signature, were it to sign everything.
            2 => self.signed(rest),
            3 => self.bent(rest),
            // What opens the other door.
            _ => self.refuses(&Base64::encode_string(&solve(self.other, choose(rest).0))),
        }
    }

    #[track_caller]
    fn refuses(&self, solution: &str) {
        assert_eq!((self.verify)(solution), None);
    }

    /// Whatever it asks for, and however well it is solved: what is taken is one of this realm's works, for this id and
    /// this purpose, and not yet over.
    fn signed(&self, json: &[u8]) {
        let Ok(Payload {
            challenge,
            mut solution,
        }) = serde_json::from_slice::<Payload>(json)
        else {
            return;
        };
        let mut parameters = challenge.parameters;
        let secret = KEYS.captcha.newest();
        let signed = sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, secret, None);
        let Ok(challenge) = signed else {
            return;
        };
        let is_easy = parameters.algorithm == "SHA-256"
            && parameters.cost <= 16
            && parameters.key_length <= 64
            && parameters.key_prefix.len() <= 3;
        if is_easy && let Ok(Some(solved)) = solve_challenge(SolveChallengeOptions::new(&challenge))
        {
            solution = solved;
        }
        let payload = Payload {
            challenge,
            solution,
        };
        let text = Base64::encode_string(&serde_json::to_vec(&payload).unwrap_or_default());
        if let Some(until) = (self.verify)(&text) {
            assert!(until > NOW);
            let asked = |work: &'static Work| {
                work.algorithm == parameters.algorithm
                    && work.cost == parameters.cost
                    && work.prefix == parameters.key_prefix
                    && work.memory == parameters.memory_cost
            };
            assert!(work::accepted(DEMO).any(asked), "a work that is not asked");
            let data = parameters.data.unwrap_or_default();
            assert_eq!(data.get("captchaId"), Some(&"09".repeat(16).into()));
            assert_eq!(data.get("realm"), Some(&DEMO.to_string().into()));
            assert_eq!(data.get("for"), Some(&name(self.purpose).into()));
        }
    }

    /// A right solution in which bytes were changed: what is still taken says the same.
    fn bent(&self, changes: &[u8]) {
        let (seed, changes) = choose(changes);
        let right = solve(self.purpose, seed);
        assert!((self.verify)(&Base64::encode_string(&right)).is_some());
        let mut bent = right.clone();
        for change in changes.chunks_exact(3) {
            let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % bent.len();
            bent[at] = change[2];
        }
        if (self.verify)(&Base64::encode_string(&bent)).is_some() {
            let read = |json: &[u8]| serde_json::from_slice::<Payload>(json).ok();
            let (Some(right), Some(bent)) = (read(&right), read(&bent)) else {
                panic!("taken, and not even read");
            };
            let parameters =
                |payload: &Payload| serde_json::to_string(&payload.challenge.parameters).ok();
            assert_eq!(parameters(&bent), parameters(&right));
            assert_eq!(bent.solution.counter, right.solution.counter);
        }
    }
}

fn name(purpose: Purpose) -> String {
    match purpose {
        Purpose::Register => "register".to_owned(),
        Purpose::Code(hash) => hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        Purpose::Demo => "demo".to_owned(),
    }
}

/// The JSON of a right solution, solved once.
fn solve(purpose: Purpose, seed: u8) -> Vec<u8> {
    const MOST: u8 = 4;
    static SOLVED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let purposes = [REGISTRATION, *TRY].into_iter();
        let all = purposes.flat_map(|purpose| (0..MOST).map(move |seed| (purpose, seed)));
        all.map(|(purpose, seed)| solve_now(purpose, seed.into()))
            .collect()
    });
    let row = if purpose == REGISTRATION { 0 } else { MOST };
    SOLVED[usize::from(row + seed % MOST)].clone()
}

fn solve_now(purpose: Purpose, seed: u64) -> Vec<u8> {
    let (rng, work) = (&mut Counting(seed), work::asked(DEMO));
    let drawn = service_captcha::draw(&KEYS.captcha, DEMO, purpose, ID, work, rng, NOW);
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
