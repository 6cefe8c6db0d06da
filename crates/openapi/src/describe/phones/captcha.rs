//! Proofs of work.

use base64ct::{Base64, Encoding};
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use wire::api;

use super::super::{PHONES, START};
use crate::operation::Operation;

pub(in crate::describe) fn captcha() -> Operation {
    Operation::new(
        "captcha",
        PHONES,
        "Ask for a proof of work",
        "Draws the challenge that a registration has to solve: about a second on a phone of 2020, however many \
         register. No third party, no image, no sound. A body is not needed; `type` and `locale`, which deployed phones send, are accepted.",
    )
    .takes::<CaptchaRequest>(api::CaptchaRequest {})
    .answers::<CaptchaReply>(
        201,
        "A challenge, good for one registration in this realm within ten minutes.",
        example(),
    )
}

/// `POST captcha`. The deployed clients send `type` and `locale`; a proof of work needs neither.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct CaptchaRequest {}

/// What `POST captcha` answers: 201.
#[derive(ToSchema)]
pub(super) struct CaptchaReply {
    /// Always equal to `captchaId`, as deployed.
    id: CaptchaId,
    /// To be sent back with the solution.
    #[schema(rename = "captchaId")]
    captcha_id: CaptchaId,
    /// The proof of work to do; ALTCHA's own libraries solve it.
    challenge: Challenge,
}

/// The proof of work to do, as ALTCHA's libraries read it.
#[derive(Serialize, ToSchema)]
pub(in crate::describe) struct Challenge {
    /// The work.
    parameters: Parameters,
    /// The server's HMAC-SHA256 of the parameters, in hexadecimal. It goes back with the solution, unchanged.
    signature: String,
}

/// What to derive, and what to find: a counter whose derived key begins with `keyPrefix`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChallengeParameters)]
struct Parameters {
    /// The derivation: `ARGON2ID` in the national realm, `SHA-256` in a demo realm, and to open one. The setting
    /// `app.captcha.algorithms` lists every one whose challenges are accepted, this one first.
    algorithm: String,
    /// Its iterations; of `ARGON2ID`, its passes.
    cost: u32,
    /// What this challenge is good for.
    data: SignedData,
    /// Bytes of the derived key.
    key_length: u32,
    /// Its first hexadecimal digits.
    key_prefix: String,
    /// Memory of one derivation in KiB: with `ARGON2ID` alone.
    memory_cost: Option<u32>,
    /// Random, in hexadecimal.
    nonce: String,
    /// Lanes of that memory: with `ARGON2ID` alone.
    parallelism: Option<u32>,
    /// Random, in hexadecimal.
    salt: String,
}

/// What this challenge is good for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChallengeData)]
struct SignedData {
    /// The challenge's id.
    captcha_id: String,
    /// Until when, in Unix seconds of the realm's time: ten minutes.
    until: u64,
    /// In which realm; `demo` to open one.
    realm: String,
    /// For what: `register`, `demo`, or what tells one short code.
    #[serde(rename = "for")]
    purpose: String,
    /// Names the secret that signs it.
    root: String,
}

/// Names one challenge: 16 random bytes in hexadecimal.
pub(super) struct CaptchaId;

impl ToSchema for CaptchaId {}

impl PartialSchema for CaptchaId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Names one challenge: 16 random bytes in hexadecimal."))
            .pattern(Some("^[0-9A-Fa-f]{32}$"))
            .into()
    }
}

pub(super) const CHALLENGE: api::CaptchaId = api::CaptchaId([0x3c; 16]);

pub(super) fn example() -> api::CaptchaReply<Challenge> {
    api::CaptchaReply {
        id: CHALLENGE,
        captcha_id: CHALLENGE,
        challenge: challenge(),
    }
}

/// What opens a demo realm.
pub(in crate::describe) fn for_demo() -> Challenge {
    let mut challenge = challenge();
    challenge.parameters = Parameters {
        algorithm: "SHA-256".to_owned(),
        cost: 1,
        key_prefix: "0000".to_owned(),
        data: SignedData {
            realm: "demo".to_owned(),
            purpose: "demo".to_owned(),
            ..challenge.parameters.data
        },
        ..challenge.parameters
    };
    challenge
}

fn challenge() -> Challenge {
    Challenge {
        parameters: Parameters {
            algorithm: "ARGON2ID".to_owned(),
            cost: 1,
            data: SignedData {
                captcha_id: "3c".repeat(16),
                until: START + 600,
                realm: "national".to_owned(),
                purpose: "register".to_owned(),
                root: "d4c3b2a1".to_owned(),
            },
            key_length: 32,
            key_prefix: "00".to_owned(),
            memory_cost: Some(4_096),
            nonce: "a5".repeat(16),
            parallelism: Some(1),
            salt: "5a".repeat(16),
        },
        signature: "c3".repeat(32),
    }
}

pub(super) fn solution() -> String {
    solved(&challenge())
}

/// The solution of this challenge, or what looks like one.
pub(in crate::describe) fn solved(challenge: &Challenge) -> String {
    let prefix = &challenge.parameters.key_prefix;
    let key = format!("{prefix:7<64}");
    let solution = json!({ "counter": 113, "derivedKey": key });
    let payload = json!({ "challenge": challenge, "solution": solution });
    Base64::encode_string(payload.to_string().as_bytes())
}
