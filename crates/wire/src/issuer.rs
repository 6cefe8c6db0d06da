//! The issuers' door: one-time codes for laboratories and doctors, and the keys that open it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::code::{Code, Kind};
use crate::field;

/// Most codes in one batch.
pub const MAX_BATCH: u32 = 1_000;
/// Longest id that a client gives to a request, in characters.
pub const MAX_ID: usize = 64;
/// Highest quota of a key, in codes per UTC day: that of the operator's own.
pub const MAX_QUOTA: u32 = 1_000_000;
/// Most keys, or acts, that are listed at once.
pub const MAX_LISTED: u32 = 1_000;
/// What is said of a `before` that no list has given.
pub const BEFORE: &str = field::BEFORE;

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

/// `POST /issuer/v1/codes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(max_properties = 64)
)]
pub struct CodeOrder {
    /// Which kind of code.
    pub kind: Kind,
    /// The client's name for this request: sent again, it is answered again.
    #[serde(
        default,
        deserialize_with = "id",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, required = false, min_length = 1, max_length = 64)
    )]
    pub id: Option<String>,
}

/// `POST /issuer/v1/batches`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(max_properties = 64)
)]
pub struct BatchOrder {
    /// Which kind of codes.
    pub kind: Kind,
    /// How many.
    #[serde(deserialize_with = "count")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000))]
    pub count: u32,
    /// The client's name for this request: sent again, it is answered again.
    #[serde(
        default,
        deserialize_with = "id",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, required = false, min_length = 1, max_length = 64)
    )]
    pub id: Option<String>,
    /// In which form; a list in JSON unless it says otherwise.
    #[serde(default)]
    pub format: Format,
    /// In which form the QR codes of an archive are; SVG unless it says otherwise.
    #[serde(default, deserialize_with = "images")]
    pub images: Image,
}

/// The form of a batch. It is no part of what is asked: the same codes can be had in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Format {
    /// A list of codes.
    #[default]
    Json,
    /// A table with a link for each code.
    Csv,
    /// The table, and a QR code for each code.
    Tar,
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        field::parsed(deserializer, field::FORMAT, |text| match text {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "tar" => Some(Self::Tar),
            _ => None,
        })
    }
}

/// The form of a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Image {
    /// Lines: sharp at every size.
    #[default]
    Svg,
    /// Points.
    Png,
}

impl Image {
    /// The name on the wire, and as a file name ends.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Svg, Self::Png]
            .into_iter()
            .find(|image| image.name() == name)
    }
}

/// `POST /issuer/v1/qr`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(max_properties = 64)
)]
pub struct PictureOrder {
    /// The code that the picture is of, as in a report.
    #[serde(deserialize_with = "code")]
    #[cfg_attr(
        feature = "openapi",
        schema(
            value_type = String,
            max_length = 64,
            pattern = "^([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-4[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}|[0-9A-TV-Za-tv-z]{5}-?[0-9A-TV-Za-tv-z]{5})$"
        )
    )]
    pub code: Code,
    /// In which form; SVG unless it says otherwise.
    #[serde(default, deserialize_with = "picture")]
    pub format: Image,
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

/// `GET /issuer/v1/acts`: 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acts {
    /// The newest first, at most a thousand.
    pub acts: Vec<Act>,
    /// What to send as `before` for the older ones; `null` when there are none.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9]{1,12}-[0-9a-f]{32}$"))]
    pub next: Option<String>,
}

/// Where a list is to go on: the value of `before` in an address's query.
#[must_use]
pub fn before(query: &str) -> Option<&str> {
    query
        .split('&')
        .find_map(|part| part.strip_prefix("before="))
}

/// What an administrator did (decree, Article 3, last alinéa).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Act {
    /// Who: the id of a key, or `root`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^([0-9a-f]{16}|root)$"))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Deed {
    /// A key was made.
    KeyMade {
        /// Its id.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{16}$"))]
        key: String,
        /// What it may do.
        role: Role,
        /// Codes per UTC day.
        quota: u32,
    },
    /// A key was revoked, and those that came from it.
    KeyRevoked {
        /// Its id.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{16}$"))]
        key: String,
    },
    /// An operator handed out codes.
    CodesHandedOut {
        /// Which kind.
        codes: Kind,
        /// How many.
        count: u32,
    },
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    field::parsed(deserializer, field::ORDER_ID, |text| {
        let length = text.chars().take(MAX_ID + 1).count();
        (1..=MAX_ID).contains(&length).then(|| text.to_owned())
    })
    .map(Some)
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    field::within(deserializer, field::COUNT, 1..=MAX_BATCH)
}

fn quota<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    field::within(deserializer, field::QUOTA, 1..=MAX_QUOTA)
}

fn images<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Image, D::Error> {
    field::parsed(deserializer, field::IMAGES, Image::from_name)
}

fn picture<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Image, D::Error> {
    field::parsed(deserializer, field::PICTURE, Image::from_name)
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
    field::parsed(deserializer, field::CODE, |text| {
        (text.len() <= MAX_ID)
            .then(|| Code::parse(text).ok())
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Refusal, json};

    fn batch(body: &str) -> Result<BatchOrder, Refusal> {
        json::read(body.as_bytes())
    }

    #[test]
    fn a_batch_has_defaults() {
        let order = batch(r#"{"kind":"long","count":1000}"#).unwrap();
        let expected = BatchOrder {
            kind: Kind::Long,
            count: 1_000,
            id: None,
            format: Format::Json,
            images: Image::Svg,
        };
        assert_eq!(order, expected);
        let id = "é".repeat(64);
        let order = batch(&format!(
            r#"{{"kind":"short","count":1,"id":"{id}","format":"tar","images":"png"}}"#
        ));
        assert_eq!(order.unwrap().id, Some(id));
    }

    #[test]
    fn what_is_refused_says_the_field_and_never_its_value() {
        let long = "x".repeat(65);
        for (field, value) in [
            ("count", "0"),
            ("count", "1001"),
            ("count", "-1"),
            ("count", "1.5"),
            ("count", r#""7""#),
            ("count", "18446744073709551616"),
            ("id", r#""""#),
            ("id", &format!(r#""{long}""#)),
            ("id", "7"),
            ("id", "null"),
            ("format", r#""zip""#),
            ("images", r#""gif""#),
            ("images", "true"),
        ] {
            let body = match field {
                "count" => format!(r#"{{"kind":"long","count":{value}}}"#),
                _ => format!(r#"{{"kind":"long","count":1,"{field}":{value}}}"#),
            };
            let Err(Refusal::Malformed(message)) = batch(&body) else {
                panic!("{body} was read");
            };
            assert!(message.starts_with(field), "{body}: {message}");
        }
        let key = |body: &str| json::read::<KeyOrder>(body.as_bytes());
        assert!(key(r#"{"role":"lab","quota":1000000}"#).is_ok());
        for body in [
            r#"{"role":"root","quota":1}"#,
            r#"{"role":"Lab","quota":1}"#,
            r#"{"role":"lab","quota":1000001}"#,
            r#"{"role":"lab","quota":0}"#,
            r#"{"role":"lab"}"#,
        ] {
            let refused = key(body);
            assert!(matches!(refused, Err(Refusal::Malformed(_))), "{body}");
        }
    }

    #[test]
    fn a_list_goes_on_where_its_address_says() {
        for (query, found) in [
            ("", None),
            ("before", None),
            ("before=", Some("")),
            ("before=7-ab", Some("7-ab")),
            ("x=before=1&before=2&before=3", Some("2")),
        ] {
            assert_eq!(before(query), found, "{query}");
        }
    }

    #[test]
    fn an_act_is_one_flat_object() {
        let act = Act {
            actor: "root".to_owned(),
            moment: 7,
            deed: Deed::CodesHandedOut {
                codes: Kind::Short,
                count: 2,
            },
        };
        let json = serde_json::to_string(&act).unwrap();
        let flat =
            r#"{"actor":"root","moment":7,"kind":"codesHandedOut","codes":"short","count":2}"#;
        assert_eq!(json, flat);
        assert_eq!(serde_json::from_str::<Act>(flat).unwrap(), act);
    }
}
