//! The roots of the server's keys, and the registration keys.

use serde::{Deserialize, Deserializer, Serialize};

use crate::field;

/// `GET /issuer/v1/roots`: 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roots {
    /// Those that `ROOT_SECRET` lists, the newest first.
    pub roots: Vec<ListedRoot>,
}

/// One root, without what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRoot {
    /// Its name: eight hexadecimal digits, as in the log.
    pub id: String,
    /// Everything for which it must stay; nothing when it may be taken off the list.
    pub stays: Vec<StaysFor>,
}

/// Why a root must stay in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum StaysFor {
    /// It is the newest: the one that wraps.
    Newest,
    /// It may wrap keys of accounts, or in their safes.
    Accounts {
        /// So many of a hundred are wrapped by the newest.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationOrder {
    /// For how many days the key that is the newest now is still good, at most [`MAX_DAYS`].
    #[serde(deserialize_with = "days")]
    pub days: u32,
}

/// Most days for which a registration key that has a successor is still good.
pub const MAX_DAYS: u32 = 3_650;

fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    field::within(deserializer, field::DAYS, 1..=MAX_DAYS)
}
