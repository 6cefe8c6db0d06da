//! The record of administrators' acts.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::code::Kind;

/// `GET /issuer/v1/acts`: 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acts {
    /// The newest first, at most a thousand.
    pub acts: Vec<Act>,
    /// What to send as `before` for the older ones; `null` when there are none.
    pub next: Option<String>,
}

/// What an administrator did (decree, Article 3, last alinéa).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Who: the id of a key, or `root`.
    pub actor: String,
    /// When, in Unix seconds.
    pub moment: u64,
    /// What.
    #[serde(flatten)]
    pub deed: Deed,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Deed {
    /// A key was made.
    KeyMade {
        /// Its id.
        key: String,
        /// What it may do.
        role: Role,
        /// Codes per UTC day.
        quota: u32,
    },
    /// A key was revoked, and those that came from it.
    KeyRevoked {
        /// Its id.
        key: String,
    },
    /// The codes that a key, and those that came from it, had handed out were made void, as far as they were not used.
    CodesVoided {
        /// Its id, or `root`.
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
