//! Keys that open the door, and what each may do.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field;

/// Highest quota of a key, in codes per UTC day: that of the operator's own.
pub const MAX_QUOTA: u32 = 1_000_000;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(rename_all = "lowercase")
)]
pub enum Role {
    /// Long codes, one or many at a time.
    Lab,
    /// Short codes, one at a time.
    Doctor,
    /// All codes, keys, and the record of administrators' acts.
    Operator,
}

impl Role {
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
        [Self::Lab, Self::Doctor, Self::Operator]
            .into_iter()
            .find(|role| role.name() == name)
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
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(max_properties = 64)
)]
pub struct KeyOrder {
    /// What the key may do.
    pub role: Role,
    /// Codes per UTC day.
    #[serde(deserialize_with = "quota")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000))]
    pub quota: u32,
}

/// A new key, shown this once: 201.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeKey {
    /// Names the key.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{16}$"))]
    pub id: String,
    /// Opens the door.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
    pub key: String,
    /// What it may do.
    pub role: Role,
    /// Codes per UTC day.
    pub quota: u32,
}

/// `GET /issuer/v1/keys`: 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = IssuerKeys)
)]
pub struct Keys {
    /// At most a thousand.
    pub keys: Vec<ListedKey>,
    /// What to send as `before` for those that follow; `null` when none do.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{16}$"))]
    pub next: Option<String>,
}

/// A key, without what opens the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedKey {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{16}$"))]
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
    #[cfg_attr(feature = "openapi", schema(pattern = "^([0-9a-f]{16}|root)$"))]
    pub maker: String,
}

fn quota<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    field::within(deserializer, field::QUOTA, 1..=MAX_QUOTA)
}
