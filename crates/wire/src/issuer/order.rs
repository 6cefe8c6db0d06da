//! What an issuer asks for: a code, a batch of them, a picture of one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::code::{Code, Kind};
use crate::field;

/// Most codes in one batch.
pub const MAX_BATCH: u32 = 1_000;
/// Longest id that a client gives to a request, in characters.
pub const MAX_ID: usize = 64;

/// `POST /issuer/v1/codes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeOrder {
    /// Which kind of code.
    pub kind: Kind,
    /// The client's name for this request: sent again, it is answered again.
    #[serde(
        default,
        deserialize_with = "id",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<String>,
}

/// `POST /issuer/v1/batches`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOrder {
    /// Which kind of codes.
    pub kind: Kind,
    /// How many.
    #[serde(deserialize_with = "count")]
    pub count: u32,
    /// The client's name for this request: sent again, it is answered again.
    #[serde(
        default,
        deserialize_with = "id",
        skip_serializing_if = "Option::is_none"
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A list of codes.
    #[default]
    Json,
    /// A table with a link for each code.
    Csv,
    /// The table, and a QR code for each code.
    Tar,
}

impl Format {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Tar];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Tar => "tar",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        field::parsed(deserializer, field::FORMAT, Self::from_name)
    }
}

/// The form of a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Image {
    /// Lines: sharp at every size.
    #[default]
    Svg,
    /// Points.
    Png,
}

impl Image {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Svg, Self::Png];

    /// The name on the wire, and as a file name ends.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|image| image.name() == name)
    }
}

impl Serialize for Image {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// `POST /issuer/v1/qr`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct PictureOrder {
    /// The code that the picture is of, as in a report.
    #[serde(deserialize_with = "code")]
    pub code: Code,
    /// In which form; SVG unless it says otherwise.
    #[serde(default, deserialize_with = "picture")]
    pub format: Image,
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

fn images<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Image, D::Error> {
    field::parsed(deserializer, field::IMAGES, Image::from_name)
}

fn picture<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Image, D::Error> {
    field::parsed(deserializer, field::PICTURE, Image::from_name)
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
    field::parsed(deserializer, field::CODE, |text| Code::parse(text).ok())
}
