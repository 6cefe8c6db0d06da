//! Issuers' keys, and the record of what administrators did.

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use wire::{Refusal, issuer};

use super::super::{ISSUERS, START};
use super::codes::Kind;
use crate::operation::Operation;
use crate::schema;

pub(super) fn make_key() -> Operation {
    Operation::new(
        "makeKey",
        ISSUERS,
        "Make a key",
        "For a laboratory, a doctor or another operator. It is shown once: a keyed hash of it is stored. No key can \
         be made that does more than the one that makes it. The act is recorded.",
    )
    .takes::<KeyOrder>(example_order())
    .answers::<MadeKey>(201, "The key.", example_made())
    .refuses(
        &Refusal::forbidden("This takes an operator's key."),
        "Not an operator's key; or the quota is above that key's own, it made 1,000 keys that are in force, or \
         there are seven keys between the new one and the configured operator's.",
    )
}

pub(super) fn list_keys() -> Operation {
    for_operators(Operation::new(
        "listKeys",
        ISSUERS,
        "Every key that was made",
        "Without what opens the door. `root`, the configured operator's, is not among them.",
    ))
    .goes_on("^[0-9A-Fa-f]{16}$", key_id())
    .answers::<IssuerKeys>(200, "A thousand at the most, in no order.", example_keys())
}

pub(super) fn revoke_key() -> Operation {
    for_operators(Operation::new(
        "revokeKey",
        ISSUERS,
        "Revoke a key",
        "And every key that came from it, at once. Revoking it again changes nothing. Codes that it handed out stay \
         good, until they are made void. The act is recorded.",
    ))
    .answers_nothing(204, "It is not in force any more.")
    .refuses(
        &Refusal::NotFound,
        "There is no such key, or it is neither the one that asks nor came from it.",
    )
}

pub(super) fn void_codes() -> Operation {
    for_operators(Operation::new(
        "voidCodes",
        ISSUERS,
        "Make a key's codes void",
        "Those that the key, and every key that came from it, handed out and nobody has used. The key need not be in \
         force: a stolen key is revoked first, or it hands out more. `root` stands for the first operator's key, \
         whoever holds it, and so for all. Codes of release 0.2.0 and before stay good. The act is recorded.",
    ))
    .answers::<Voided>(
        200,
        "They are good no more. Sent again, it makes void what is left.",
        issuer::Voided { codes: 120 },
    )
    .refuses(
        &Refusal::NotFound,
        "There is no such key, or it is neither the one that asks nor came from it.",
    )
}

pub(super) fn list_acts() -> Operation {
    for_operators(Operation::new(
        "listActs",
        ISSUERS,
        "What administrators did",
        "The record that Article 3 of the decree asks for: keys made and revoked, codes handed out by operators, \
         clocks confirmed, registration keys asked for. \
         Every operator reads all of it.",
    ))
    .goes_on("^[0-9]{1,12}-[0-9A-Fa-f]{32}$", act_mark())
    .answers::<Acts>(200, "The newest thousand.", example_acts())
}

pub(super) fn confirm_clock() -> Operation {
    for_operators(Operation::new(
            "confirmClock",
            ISSUERS,
            "Say that the host's clock is right",
            "After a step of more than a day the server doubts its clock: nothing is forgotten, closed or made until it \
             has gone on steadily for a day, or until an operator has looked at it and says so here. The act is recorded.",
        ))
        .answers_nothing(204, "The clock is believed; what waited goes on.")
}

fn for_operators(operation: Operation) -> Operation {
    operation.refuses(
        &Refusal::forbidden("This takes an operator's key."),
        "Not an operator's key.",
    )
}

/// What a key may do.
#[derive(Serialize)]
struct Role;

impl ToSchema for Role {}

impl PartialSchema for Role {
    fn schema() -> RefOr<Schema> {
        schema::one_of(
            "What a key may do.",
            issuer::Role::ALL.map(issuer::Role::name),
        )
    }
}

/// `POST /issuer/v1/keys`.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct KeyOrder {
    /// What the key may do.
    role: Role,
    /// Codes per UTC day.
    #[schema(minimum = 1, maximum = 1000000)]
    quota: u32,
}

/// How many codes were made void: 200.
#[derive(Serialize, ToSchema)]
struct Voided {
    /// How many codes were good, and are not any more.
    codes: u64,
}

/// A new key, shown this once: 201.
#[derive(ToSchema)]
struct MadeKey {
    /// Names the key.
    #[schema(pattern = "^[0-9a-f]{16}$")]
    id: String,
    /// Opens the door.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    key: String,
    /// What it may do.
    role: Role,
    /// Codes per UTC day.
    quota: u32,
}

/// `GET /issuer/v1/keys`: 200.
#[derive(ToSchema)]
struct IssuerKeys {
    /// At most a thousand.
    keys: Vec<ListedKey>,
    /// What to send as `before` for those that follow; `null` when none do.
    #[schema(pattern = "^[0-9a-f]{16}$")]
    next: Option<String>,
}

/// A key, without what opens the door.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct ListedKey {
    /// Its name.
    #[schema(pattern = "^[0-9a-f]{16}$")]
    id: String,
    /// What it may do.
    role: Role,
    /// Codes per UTC day.
    quota: u32,
    /// Whether it is no longer in force.
    revoked: bool,
    /// Codes handed out today by it, and by the keys that came from it.
    used_today: u32,
    /// The key that made it: its id, or `root`.
    #[schema(pattern = "^([0-9a-f]{16}|root)$")]
    maker: String,
}

/// `GET /issuer/v1/acts`: 200.
#[derive(ToSchema)]
struct Acts {
    /// The newest first, at most a thousand.
    acts: Vec<Act>,
    /// What to send as `before` for the older ones; `null` when there are none.
    #[schema(pattern = "^[0-9]{1,12}-[0-9a-f]{32}$")]
    next: Option<String>,
}

/// What an administrator did (decree, Article 3, last alinéa).
#[derive(Serialize, ToSchema)]
struct Act {
    /// Who: the id of a key, or `root`.
    #[schema(pattern = "^([0-9a-f]{16}|root)$")]
    actor: String,
    /// When, in Unix seconds.
    moment: u64,
    /// What.
    #[serde(flatten)]
    deed: Deed,
}

/// What was done.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Deed {
    /// A key was made.
    KeyMade {
        /// Its id.
        #[schema(pattern = "^[0-9a-f]{16}$")]
        key: String,
        /// What it may do.
        role: Role,
        /// Codes per UTC day.
        quota: u32,
    },
    /// A key was revoked, and those that came from it.
    KeyRevoked {
        /// Its id.
        #[schema(pattern = "^[0-9a-f]{16}$")]
        key: String,
    },
    /// What a key, and those that came from it, had handed out was made void, as far as it was not used.
    CodesVoided {
        /// Its id, or `root`.
        #[schema(pattern = "^([0-9a-f]{16}|root)$")]
        key: String,
    },
    /// An operator handed out codes.
    CodesHandedOut {
        /// Which kind.
        codes: Kind,
        /// How many.
        count: u32,
    },
    /// An operator said that the host's clock is right.
    ClockConfirmed,
    /// An operator asked for a new registration key.
    RegistrationKeyAsked {
        /// From when the one before it is refused, in Unix seconds.
        until: u64,
    },
}

const fn example_order() -> issuer::KeyOrder {
    issuer::KeyOrder {
        role: issuer::Role::Lab,
        quota: 500,
    }
}

pub(crate) fn key_id() -> String {
    "1f".repeat(8)
}

fn example_made() -> issuer::MadeKey {
    let issuer::KeyOrder { role, quota } = example_order();
    issuer::MadeKey {
        id: key_id(),
        key: "7c".repeat(32),
        role,
        quota,
    }
}

fn example_keys() -> issuer::Keys {
    let issuer::KeyOrder { role, quota } = example_order();
    issuer::Keys {
        keys: vec![issuer::ListedKey {
            id: key_id(),
            role,
            quota,
            revoked: false,
            used_today: 120,
            maker: "root".to_owned(),
        }],
        next: None,
    }
}

fn example_acts() -> issuer::Acts {
    let issuer::KeyOrder { role, quota } = example_order();
    let act = |moment, deed| issuer::Act {
        actor: "root".to_owned(),
        moment,
        deed,
    };
    let handed_out = issuer::Deed::CodesHandedOut {
        codes: wire::code::Kind::Short,
        count: 1,
    };
    let key = key_id();
    let revoked = issuer::Deed::KeyRevoked { key: key.clone() };
    let voided = issuer::Deed::CodesVoided { key: key.clone() };
    issuer::Acts {
        acts: vec![
            act(
                START + 9_900,
                issuer::Deed::RegistrationKeyAsked {
                    until: START + 90 * 86_400,
                },
            ),
            act(START + 9_000, issuer::Deed::ClockConfirmed),
            act(START + 7_260, voided),
            act(START + 7_200, revoked),
            act(START + 3_600, handed_out),
            act(START, issuer::Deed::KeyMade { key, role, quota }),
        ],
        next: None,
    }
}

fn act_mark() -> String {
    format!("{START}-{}", "4d".repeat(16))
}
