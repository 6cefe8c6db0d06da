//! The roots of the server's keys, and the registration keys.

use serde::Serialize;
use utoipa::ToSchema;
use wire::{Refusal, issuer};

use super::super::phones::{KeysReply, example_keys};
use super::super::{ISSUERS, START};
use crate::operation::Operation;

pub(super) fn list_roots() -> Operation {
    Operation::new(
        "listRoots",
        ISSUERS,
        "The listed roots, and whether an old one may go",
        "After a change of `ROOT_SECRET` everything that the national realm stores is wrapped again under the newest root, \
         slowly. An old root must stay listed for whatever is named here; with nothing named, it may be taken off.",
    )
    .answers::<Roots>(200, "The newest first.", example_roots())
    .refuses(
        &Refusal::forbidden("This takes an operator's key."),
        "Not an operator's key; or the host's clock is doubted.",
    )
}

pub(super) fn add_registration() -> Operation {
    Operation::new(
        "addRegistration",
        ISSUERS,
        "Draw the next registration key",
        "Phones that have the one before it built in register with that one for so many days more. The act is recorded.",
    )
    .takes::<RegistrationOrder>(example_order())
    .answers::<KeysReply>(
        201,
        "The keys that are valid now, the new one last.",
        example_keys(),
    )
    .refuses(
        &Refusal::forbidden("This takes an operator's key."),
        "Not an operator's key; or the host's clock is doubted; or two registration keys are valid already.",
    )
}

/// `GET /issuer/v1/roots`: 200.
#[derive(ToSchema)]
struct Roots {
    /// Those that `ROOT_SECRET` lists, the newest first.
    #[schema(min_items = 1, max_items = 4)]
    roots: Vec<ListedRoot>,
}

/// One root, without what it is.
#[derive(ToSchema)]
struct ListedRoot {
    /// Its name: eight hexadecimal digits, as in the log.
    #[schema(min_length = 8, max_length = 8, pattern = "^[0-9a-f]{8}$")]
    id: String,
    /// Everything for which it must stay; nothing when it may be taken off the list.
    #[schema(max_items = 4)]
    stays: Vec<StaysFor>,
}

/// Why a root must stay in the list.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum StaysFor {
    /// It is the newest: the one that wraps.
    Newest,
    /// It may wrap keys of accounts, or in their safes.
    Accounts {
        /// So many of a hundred are wrapped by the newest.
        #[schema(minimum = 0, maximum = 99)]
        percent: u8,
    },
    /// The realm's own secrets are not wrapped by the newest yet.
    Secrets,
    /// Vaults hold day keys that it may have wrapped, and they are not written again.
    Vaults {
        /// When the last of them is destroyed, in Unix seconds.
        until: u64,
    },
    /// Codes may be out that were hashed under it.
    Codes {
        /// When the last of them expires, in Unix seconds.
        until: u64,
    },
}

/// `POST /issuer/v1/registrations`.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct RegistrationOrder {
    /// For how many days the key that is the newest now is still good.
    #[schema(minimum = 1, maximum = 3650)]
    days: u32,
}

fn example_roots() -> issuer::Roots {
    let root = |id: &str, stays| issuer::ListedRoot {
        id: id.to_owned(),
        stays,
    };
    let old = vec![
        issuer::StaysFor::Accounts { percent: 42 },
        issuer::StaysFor::Secrets,
        issuer::StaysFor::Vaults {
            until: START + 19 * 86_400,
        },
        issuer::StaysFor::Codes {
            until: START + 7 * 86_400,
        },
    ];
    issuer::Roots {
        roots: vec![
            root("5e0b11f4", vec![issuer::StaysFor::Newest]),
            root("c01d9a77", old),
        ],
    }
}

fn example_order() -> issuer::RegistrationOrder {
    issuer::RegistrationOrder { days: 90 }
}
