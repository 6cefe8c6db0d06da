//! The fields of a message, one by one.

use base64ct::{Base64, Encoding};
use decree::Moment;
use decree::article_2::Item;
use robert::{Epoch, Ntp, Time32};

use super::{ByteKind, Field, FieldName, Ground, Part, Value};
use crate::json;
use crate::message::MessageKind;

pub(super) fn hello_fields(bytes: &[u8], at: Moment) -> Vec<Field> {
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

pub(super) fn json_fields(kind: MessageKind, text: &[u8], at: Moment) -> Vec<Field> {
    let leaves = json::leaves(text, |path| matches!(path, "challenge" | "config[]"));
    let leaves = leaves.unwrap_or_default();
    let decoy = kind == MessageKind::DecoyRequest;
    let repeats = decoy || kind == MessageKind::ReportRequest;
    leaves
        .into_iter()
        .filter_map(|leaf| {
            let name = match name_of(&leaf.path) {
                FieldName::Code if decoy => FieldName::DecoyCode,
                name if decoy && name != FieldName::Other => FieldName::Random,
                name => name,
            };
            let raw = text.get(leaf.range.clone())?;
            let (byte_kind, ground) = meaning(kind, name);
            let (bytes, value) = read(name, raw, at);
            let part = match leaf.indices.as_slice() {
                [contact] if repeats => Part::Contact(*contact),
                [contact, hello] if repeats => Part::Hello(*contact, *hello),
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

/// The kind of a field, and why it may be in this message.
fn meaning(kind: MessageKind, name: FieldName) -> (Option<ByteKind>, Ground) {
    let reported = kind == MessageKind::ReportRequest;
    let heard = if reported {
        Item::ContactsAtRisk
    } else {
        Item::Pseudonyms
    };
    let (byte_kind, item) = match name {
        FieldName::CountryCode => (ByteKind::Country, Item::CountryCode),
        FieldName::Pseudonym => (ByteKind::Pseudonym, heard),
        FieldName::Bundle => (ByteKind::Pseudonym, Item::Pseudonyms),
        FieldName::Time | FieldName::Received if reported => (ByteKind::Time, Item::ContactsAtRisk),
        FieldName::Time if kind == MessageKind::StatusRequest => {
            (ByteKind::Time, Item::LastQuestions)
        }
        FieldName::Time | FieldName::Received => return (Some(ByteKind::Time), Ground::Protocol),
        FieldName::Mac => (ByteKind::Mac, Item::AuthenticationKey),
        FieldName::PublicKey => (ByteKind::Key, Item::AuthenticationKey),
        FieldName::Epoch => (ByteKind::Epoch, Item::Pseudonyms),
        FieldName::Signal => (ByteKind::Signal, Item::ContactsAtRisk),
        FieldName::Code => (ByteKind::Code, Item::Declaration),
        FieldName::RiskLevel => return (None, Ground::Item(Item::AtRiskStatus)),
        FieldName::ServiceStart => return (Some(ByteKind::Time), Ground::Protocol),
        FieldName::Punctuation
        | FieldName::DecoyCode
        | FieldName::Random
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
    (Some(byte_kind), Ground::Item(item))
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
        (FieldName::ChallengeId | FieldName::Random, _) => (raw.to_vec(), Value::Opaque),
        _ => (raw.to_vec(), Value::Text(text.to_owned())),
    }
}
