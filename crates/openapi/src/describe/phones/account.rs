//! What a registered phone asks, under the seal of its account's key.

use robert::Ebid;
use robert::auth::AuthRequest;
use robert::time::Time32;
use utoipa::ToSchema;
use wire::api;

use super::super::PHONES;
use super::{Done, Setting, config, tuples};
use crate::operation::Operation;

pub(in crate::describe) fn status() -> Operation {
    sealed(
        "status",
        "Am I at risk?",
        "Answers one thing (Article 2 I 6°), and a fresh bundle. Every answer of the same moment has the same length \
         and headers. A phone may ask once in two epochs.",
    )
    .answers::<StatusReply>(200, "At risk or not.", example_status())
}

pub(in crate::describe) fn unregister() -> Operation {
    sealed(
        "unregister",
        "Forget this account",
        "Deletes the account and all that is stored of it, at once (Article 3). The phone may register again.",
    )
    .answers::<Done>(200, "It is gone.", api::Done::default())
}

pub(in crate::describe) fn delete_exposure_history() -> Operation {
    sealed(
        "deleteExposureHistory",
        "Forget whom I met",
        "Deletes the exposures stored of this account. What it was told of them stays until its term, so that an alert does not \
         end by it; the account stays too.",
    )
    .answers::<Done>(200, "They are gone.", api::Done::default())
}

/// A call that the key of the phone's account seals.
fn sealed(id: &str, summary: &'static str, description: &'static str) -> Operation {
    Operation::new(id, PHONES, summary, description)
        .takes::<AuthenticatedRequest>(example_request())
}

/// What `POST status` answers: 200. `riskLevel` is the only thing it tells (Article 2 I 6°).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct StatusReply {
    /// 0: none; 4: at risk. As deployed; the levels between are never used.
    #[schema(maximum = 4, multiple_of = 4)]
    risk_level: u8,
    /// A fresh bundle, encrypted for this phone, as at registration.
    #[schema(pattern = "^[A-Za-z0-9+/]+={0,2}$")]
    tuples: String,
    /// The parameters in force.
    config: Vec<Setting>,
}

/// A request that the phone's own key seals (specification §6).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", max_properties = 64)]
struct AuthenticatedRequest {
    /// One of the phone's own pseudonyms: 8 bytes in base64.
    #[schema(
        min_length = 12,
        max_length = 12,
        pattern = "^[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=$"
    )]
    ebid: String,
    /// The epoch of that pseudonym: quarters of an hour since the service start.
    epoch_id: u32,
    /// When it was sent: NTP seconds modulo 2^32, 4 bytes big-endian in base64. Up to 60 seconds wrong is right.
    #[schema(min_length = 8, max_length = 8, pattern = "^[A-Za-z0-9+/]{5}[AQgw]==$")]
    time: String,
    /// HMAC-SHA256 under the seal key of the kind (02 for `status`, 03 for `unregister`, 04 for `deleteExposureHistory`),
    /// `ebid` (8 bytes), `epochId` (4 bytes) and `time` (4 bytes): 32 bytes in base64.
    #[schema(
        min_length = 44,
        max_length = 44,
        pattern = "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"
    )]
    mac: String,
}

/// The EBID of the published test vectors.
pub(super) const EBID: Ebid = Ebid([0xe3, 0x40, 0x0d, 0xd4, 0x30, 0x85, 0xe9, 0x44]);

/// The request of the published test vectors.
fn example_request() -> api::Authenticated {
    api::Authenticated(AuthRequest {
        ebid: EBID,
        epoch: 0,
        time: Time32([0xe2, 0x7e, 0xc3, 0x80]),
        mac: [
            0x73, 0x72, 0xec, 0x79, 0x1b, 0x4c, 0xf7, 0xae, 0x50, 0xf3, 0x9a, 0x4e, 0x96, 0x81,
            0x81, 0xb5, 0x7e, 0x08, 0x70, 0x0a, 0xb1, 0x7d, 0xd0, 0x0a, 0x68, 0x1f, 0x28, 0x58,
            0x2e, 0xd3, 0x61, 0x61,
        ],
    })
}

fn example_status() -> api::StatusReply {
    api::StatusReply {
        risk_level: api::RISK_NONE,
        tuples: tuples(),
        config: config(),
    }
}
