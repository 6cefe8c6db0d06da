//! Keys that open the door, and what each may do.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field;

/// Highest quota of a key, in codes per UTC day: that of the operator's own.
pub const MAX_QUOTA: u32 = 1_000_000;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Long codes, one or many at a time.
    Lab,
    /// Short codes, one at a time.
    Doctor,
    /// All codes, keys, and the record of administrators' acts.
    Operator,
}

impl Role {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Lab, Self::Doctor, Self::Operator];

    /// The name on the wire and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Doctor => "doctor",
            Self::Operator => "operator",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// By name, in every format: what is written is what is read.
impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        field::parsed(deserializer, field::ROLE, Self::from_name)
    }
}

/// `POST /issuer/v1/keys`.
// In JSON alone, as every request: a quota is read as a signed integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyOrder {
    /// What the key may do.
    pub role: Role,
    /// Codes per UTC day.
    #[serde(deserialize_with = "quota")]
    pub quota: u32,
}

/// A new key, shown this once: 201.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeKey {
    /// Names the key.
    pub id: String,
    /// Opens the door.
    pub key: String,
    /// What it may do.
    pub role: Role,
    /// Codes per UTC day.
    pub quota: u32,
}

/// `DELETE /issuer/v1/keys/{id}/codes`: 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    /// How many codes were good, and are not any more.
    pub codes: u64,
}

/// `GET /issuer/v1/keys`: 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// At most a thousand.
    pub keys: Vec<ListedKey>,
    /// What to send as `before` for those that follow; `null` when none do.
    pub next: Option<String>,
}

/// A key, without what opens the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedKey {
    /// Its name.
    pub id: String,
    /// What it may do.
    pub role: Role,
    /// Codes per UTC day.
    pub quota: u32,
    /// Whether it is no longer in force.
    pub revoked: bool,
    /// Codes handed out today by it, and by the keys that came from it.
    pub used_today: u32,
    /// The key that made it: its id, or `root`.
    pub maker: String,
}

fn quota<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    field::within(deserializer, field::QUOTA, 1..=MAX_QUOTA)
}
