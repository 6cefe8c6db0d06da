//! Demo realms: one visitor's own server, gone after an hour.

use serde::{Deserialize, Deserializer, Serialize};

use crate::field;

/// Farthest that one call moves a demo realm's clock, in seconds: 31 days.
pub const MAX_ADVANCE_SECONDS: u32 = 31 * 86_400;
/// Farthest that all calls together move it, in seconds: 60 days.
pub const MAX_OFFSET_SECONDS: u32 = 60 * 86_400;

/// `POST /demo`. A body is needed only after a 429 with a challenge.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDemo {
    /// The solution of that challenge as ALTCHA's libraries encode it: base64 of the JSON payload. At most 8,192 bytes of
    /// UTF-8.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "solution"
    )]
    pub captcha: Option<String>,
}

/// What `POST /demo` answers while two thirds of the seats are taken: 429.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatsScarce<C> {
    /// For people who read bytes.
    pub message: String,
    /// ALTCHA's challenge object: its solution opens one realm, within ten minutes.
    pub challenge: C,
}

/// `POST /demo`: 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// Names the realm, and is all that opens it: 66 bytes in base64url, 88 characters.
    pub session: String,
    /// When it ends, in Unix seconds of real time.
    pub expires_at: u64,
}

/// `POST /demo/{session}/clock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveClock {
    /// How far forward, in seconds: 31 days at most, and 60 days in a realm's whole life; 0 reads the clock.
    #[serde(deserialize_with = "advance")]
    pub advance_seconds: u32,
}

/// The realm's clock: 200; and 202 while what is due up to then is not all done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Unix seconds of the realm's time.
    pub now: u64,
    /// With 202, and then `false`: a move by 0 goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
}

/// `GET /demo/{session}/state`: everything stored, as stored and opened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Every object of the realm that stores something.
    pub objects: Vec<Object>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its class and index or date: `registry/0`, `vault/2020-06-02`.
    pub object: String,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub table: String,
    /// Its columns; a sealed one is followed by the same one opened.
    pub columns: Vec<Column>,
    /// Its rows: bytes in lower-case hexadecimal, absent values as `null`.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name; `… (opened)` when it is what the sealed column before it says.
    pub column: String,
    /// The item of Article 2 that it stores, `2-I-7`, or `protocol: <reason>`.
    pub item: String,
}

fn solution<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    field::text(deserializer, field::CAPTCHA, 8_192).map(Some)
}

fn advance<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = field::integer::<D, u32>(deserializer, field::SECONDS)?;
    if seconds <= MAX_ADVANCE_SECONDS {
        Ok(seconds)
    } else {
        Err(serde::de::Error::custom(field::SECONDS))
    }
}
