//! What each byte of a message means, and what is not in it.

mod fear;
mod json;
#[cfg(test)]
mod tests;

use std::ops::Range;

use base64ct::{Base64, Encoding};

use decree::Moment;
use decree::article_2::Item;

use robert::{Epoch, Ntp, Time32};

use super::message::{Message, MessageKind};

pub use fear::Fear;

/// A message taken apart: its fields in order, which cover every byte exactly once.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// What the message is.
    pub kind: MessageKind,
    /// Size of the message in bytes.
    pub size: usize,
    /// All of it, in order, the punctuation of JSON included.
    pub fields: Vec<Field>,
    /// What a reader fears most and is not there, most feared first.
    pub absent: Vec<Fear>,
}

/// A stretch of bytes with one meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What it is.
    pub name: FieldName,
    /// Its letter and colour; `None` for what is no datum (punctuation, public settings).
    pub kind: Option<ByteKind>,
    /// Why it may be there.
    pub ground: Ground,
    /// Which part of the message it belongs to.
    pub part: Part,
    /// Where it stands in the message.
    pub range: Range<usize>,
    /// The bytes that it stands for: decoded from base64 or hexadecimal where the message writes them so.
    pub bytes: Vec<u8>,
    /// What it says, where that can be said.
    pub value: Value,
}

/// The eight kinds of bytes, the same everywhere on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteKind {
    /// A: country code.
    Pays,
    /// B: pseudonym.
    Pseudo,
    /// C: time.
    Heure,
    /// D: MAC or signature.
    Sceau,
    /// E: key.
    Cle,
    /// F: epoch.
    Periode,
    /// G: one-time code.
    Code,
    /// H: signal strength.
    Signal,
}

impl ByteKind {
    /// `A` to `H`.
    pub const fn letter(self) -> char {
        match self {
            Self::Pays => 'A',
            Self::Pseudo => 'B',
            Self::Heure => 'C',
            Self::Sceau => 'D',
            Self::Cle => 'E',
            Self::Periode => 'F',
            Self::Code => 'G',
            Self::Signal => 'H',
        }
    }

    /// The class of the style sheet, `k-pays` to `k-signal`.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Pays => "k-pays",
            Self::Pseudo => "k-pseudo",
            Self::Heure => "k-heure",
            Self::Sceau => "k-sceau",
            Self::Cle => "k-cle",
            Self::Periode => "k-periode",
            Self::Code => "k-code",
            Self::Signal => "k-signal",
        }
    }
}

/// Why a field may be in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ground {
    /// An item of Article 2, I.
    Item(Item),
    /// Needed by the protocol, and says nothing of a person.
    Protocol,
}

/// Which part of a message a field belongs to. A report repeats itself: contacts, and HELLOs in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The message itself.
    Whole,
    /// Contact n of a report, from 0.
    Contact(u32),
    /// HELLO m of contact n, from 0.
    Hello(u32, u32),
}

/// The name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldName {
    /// Braces, commas, quotes and names of JSON members.
    Punctuation,
    /// Country code, encrypted (ECC).
    CountryCode,
    /// Pseudonym (EBID).
    Pseudonym,
    /// Time of emission: 16 bits in a HELLO, 32 in a request.
    Time,
    /// Time of reception, noted by the phone that heard.
    Received,
    /// Authentication code of a HELLO (5 bytes) or of a request (32).
    Mac,
    /// Epoch of the pseudonym.
    Epoch,
    /// Received signal strength.
    Signal,
    /// One-time code.
    Code,
    /// The phone's public key for the agreement.
    PublicKey,
    /// Number of the challenge.
    ChallengeId,
    /// The challenge of the proof of work.
    Challenge,
    /// The solved challenge.
    Proof,
    /// Kind of challenge asked for.
    ChallengeType,
    /// Language of the challenge.
    Locale,
    /// The sealed bundle of pseudonyms.
    Bundle,
    /// A public setting.
    Setting,
    /// When the service began.
    ServiceStart,
    /// At risk or not.
    RiskLevel,
    /// Whether the request was carried out.
    Success,
    /// A sentence of the server.
    Sentence,
    /// A member that this page does not know: shown as it stands.
    Other,
}

/// What a field says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing that can be read without a key.
    Opaque,
    /// A number.
    Number(i64),
    /// A moment.
    Moment(Moment),
    /// A number of this epoch, which begins then.
    Epoch(u32, Moment),
    /// Decibels (dBm).
    Decibels(i8),
    /// Text as it stands in the message.
    Text(String),
    /// Yes or no.
    Truth(bool),
}

/// Takes a message apart.
pub fn dissect(message: &Message) -> Anatomy {
    let bytes = &*message.bytes;
    let mut fields = match message.kind {
        MessageKind::Hello => hello_fields(bytes, message.at),
        kind => json_fields(kind, bytes, message.at),
    };
    fill_gaps(&mut fields, bytes);
    let absent = fear::absent(message.kind, &fields);
    Anatomy {
        kind: message.kind,
        size: bytes.len(),
        fields,
        absent,
    }
}

fn hello_fields(bytes: &[u8], at: Moment) -> Vec<Field> {
    let time = Ntp::from(at).moment();
    [
        (FieldName::CountryCode, 0..1, Value::Opaque),
        (FieldName::Pseudonym, 1..9, Value::Opaque),
        (FieldName::Time, 9..11, Value::Moment(time)),
        (FieldName::Mac, 11..16, Value::Opaque),
    ]
    .into_iter()
    .filter_map(|(name, range, value)| {
        let bytes = bytes.get(range.clone())?.to_vec();
        let (kind, ground) = meaning(MessageKind::Hello, name);
        Some(Field {
            name,
            kind,
            ground,
            part: Part::Whole,
            range,
            bytes,
            value,
        })
    })
    .collect()
}

fn json_fields(kind: MessageKind, text: &[u8], at: Moment) -> Vec<Field> {
    let whole = |path: &str| path == "challenge" || path == "config[]";
    let leaves = json::leaves(text, whole).unwrap_or_default();
    leaves
        .into_iter()
        .filter_map(|leaf| {
            let name = name_of(&leaf.path);
            let raw = text.get(leaf.range.clone())?;
            let (byte_kind, ground) = meaning(kind, name);
            let (bytes, value) = read(name, raw, at);
            let part = match (kind, leaf.indices.as_slice()) {
                (MessageKind::ReportRequest, [contact]) => Part::Contact(*contact),
                (MessageKind::ReportRequest, [contact, hello]) => Part::Hello(*contact, *hello),
                _ => Part::Whole,
            };
            Some(Field {
                name,
                kind: byte_kind,
                ground,
                part,
                range: leaf.range,
                bytes,
                value,
            })
        })
        .collect()
}

/// The field that stands at this place of a JSON message; what is not known is shown as it stands.
fn name_of(path: &str) -> FieldName {
    match path {
        "type" => FieldName::ChallengeType,
        "locale" => FieldName::Locale,
        "id" | "captchaId" => FieldName::ChallengeId,
        "challenge" => FieldName::Challenge,
        "captcha" => FieldName::Proof,
        "clientPublicECDHKey" => FieldName::PublicKey,
        "tuples" => FieldName::Bundle,
        "config[]" => FieldName::Setting,
        "timeStart" => FieldName::ServiceStart,
        "riskLevel" => FieldName::RiskLevel,
        "success" => FieldName::Success,
        "message" => FieldName::Sentence,
        "token" => FieldName::Code,
        "ebid" | "contacts[].ebid" => FieldName::Pseudonym,
        "epochId" => FieldName::Epoch,
        "time" | "contacts[].ids[].timeFromHelloMessage" => FieldName::Time,
        "mac" | "contacts[].ids[].mac" => FieldName::Mac,
        "contacts[].ecc" => FieldName::CountryCode,
        "contacts[].ids[].timeCollectedOnDevice" => FieldName::Received,
        "contacts[].ids[].rssiCalibrated" => FieldName::Signal,
        _ => FieldName::Other,
    }
}

/// The letter of a field and why it may be in this message.
fn meaning(kind: MessageKind, name: FieldName) -> (Option<ByteKind>, Ground) {
    let reported = kind == MessageKind::ReportRequest;
    let heard = if reported {
        Item::ContactsAtRisk
    } else {
        Item::Pseudonyms
    };
    let (letter, item) = match name {
        FieldName::CountryCode => (ByteKind::Pays, Item::CountryCode),
        FieldName::Pseudonym => (ByteKind::Pseudo, heard),
        FieldName::Bundle => (ByteKind::Pseudo, Item::Pseudonyms),
        FieldName::Time | FieldName::Received if reported => {
            (ByteKind::Heure, Item::ContactsAtRisk)
        }
        FieldName::Time if kind == MessageKind::StatusRequest => {
            (ByteKind::Heure, Item::LastQuestions)
        }
        FieldName::Time | FieldName::Received => return (Some(ByteKind::Heure), Ground::Protocol),
        FieldName::Mac => (ByteKind::Sceau, Item::AuthenticationKey),
        FieldName::PublicKey => (ByteKind::Cle, Item::AuthenticationKey),
        FieldName::Epoch => (ByteKind::Periode, Item::Pseudonyms),
        FieldName::Signal => (ByteKind::Signal, Item::ContactsAtRisk),
        FieldName::Code => (ByteKind::Code, Item::Declaration),
        FieldName::RiskLevel => return (None, Ground::Item(Item::AtRiskStatus)),
        FieldName::ServiceStart => return (Some(ByteKind::Heure), Ground::Protocol),
        FieldName::Punctuation
        | FieldName::ChallengeId
        | FieldName::Challenge
        | FieldName::Proof
        | FieldName::ChallengeType
        | FieldName::Locale
        | FieldName::Setting
        | FieldName::Success
        | FieldName::Sentence
        | FieldName::Other => return (None, Ground::Protocol),
    };
    (Some(letter), Ground::Item(item))
}

/// The bytes that a JSON value stands for, and what it says.
fn read(name: FieldName, raw: &[u8], at: Moment) -> (Vec<u8>, Value) {
    let text = core::str::from_utf8(raw).unwrap_or_default();
    let number = text.parse::<i64>().ok();
    let base64 = || Base64::decode_vec(text).unwrap_or_else(|_| raw.to_vec());
    match (name, number) {
        (FieldName::Epoch, Some(number)) => {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let starts = Epoch::new(number).map(Epoch::start);
            let value = starts.map_or(Value::Opaque, |starts| Value::Epoch(number, starts));
            (number.to_be_bytes().to_vec(), value)
        }
        // 16 bits of a clock: the moment that ends so, nearest to when the message passed, is not known from them
        // alone; the field beside it tells.
        (FieldName::Time, Some(number)) => {
            let seconds = u16::try_from(number).unwrap_or(u16::MAX);
            (
                seconds.to_be_bytes().to_vec(),
                Value::Number(seconds.into()),
            )
        }
        (FieldName::Received, Some(number)) => {
            let time = Time32::from_seconds(u32::try_from(number).unwrap_or(u32::MAX));
            (time.0.to_vec(), Value::Moment(time.nearest(at).moment()))
        }
        (FieldName::Signal, Some(number)) => {
            let level = i8::try_from(number).unwrap_or(i8::MIN);
            (level.to_be_bytes().to_vec(), Value::Decibels(level))
        }
        (FieldName::ServiceStart, Some(number)) => {
            let seconds = u64::try_from(number).unwrap_or(u64::MAX);
            (raw.to_vec(), Value::Moment(Ntp(seconds).moment()))
        }
        (FieldName::RiskLevel, Some(number)) => (raw.to_vec(), Value::Number(number)),
        (FieldName::Time, None) => {
            let bytes = base64();
            let time = <[u8; 4]>::try_from(bytes.as_slice());
            let value = time.map_or(Value::Opaque, |time| {
                Value::Moment(Time32(time).nearest(at).moment())
            });
            (bytes, value)
        }
        (FieldName::Success, None) => (raw.to_vec(), Value::Truth(text == "true")),
        (
            FieldName::Pseudonym
            | FieldName::CountryCode
            | FieldName::Mac
            | FieldName::PublicKey
            | FieldName::Bundle,
            None,
        ) => (base64(), Value::Opaque),
        (FieldName::ChallengeId, _) => (raw.to_vec(), Value::Opaque),
        _ => (raw.to_vec(), Value::Text(text.to_owned())),
    }
}

/// Puts punctuation wherever no field stands, so that every byte is somewhere once.
fn fill_gaps(fields: &mut Vec<Field>, bytes: &[u8]) {
    fields.sort_by_key(|field| field.range.start);
    let mut filled = Vec::with_capacity(fields.len() * 2 + 1);
    let mut at = 0;
    for field in fields.drain(..) {
        push_punctuation(&mut filled, bytes, at..field.range.start);
        at = field.range.end;
        filled.push(field);
    }
    push_punctuation(&mut filled, bytes, at..bytes.len());
    *fields = filled;
}

fn push_punctuation(fields: &mut Vec<Field>, bytes: &[u8], range: Range<usize>) {
    if let Some(gap) = bytes.get(range.clone()).filter(|gap| !gap.is_empty()) {
        fields.push(Field {
            name: FieldName::Punctuation,
            kind: None,
            ground: Ground::Protocol,
            part: Part::Whole,
            range,
            bytes: gap.to_vec(),
            value: Value::Text(String::from_utf8_lossy(gap).into_owned()),
        });
    }
}
