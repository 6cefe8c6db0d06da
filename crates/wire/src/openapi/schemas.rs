//! The schemas that no type of this crate says by itself.

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType,
    Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::api::{CaptchaId, SettingValue};

/// The proof of work to do, as ALTCHA's libraries read it.
#[derive(Serialize, ToSchema)]
pub(super) struct Challenge {
    /// The work.
    pub(super) parameters: Parameters,
    /// The server's HMAC-SHA256 of the parameters, in hexadecimal. It goes back with the solution, unchanged.
    pub(super) signature: String,
}

/// What to derive, and what to find: a counter whose derived key begins with `keyPrefix`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChallengeParameters)]
pub(super) struct Parameters {
    /// The derivation: `PBKDF2/SHA-256` in the national realm, `SHA-256` in a demo realm.
    pub(super) algorithm: String,
    /// Its iterations.
    pub(super) cost: u32,
    /// What this challenge is good for.
    pub(super) data: SignedData,
    /// Bytes of the derived key.
    pub(super) key_length: u32,
    /// Its first hexadecimal digits.
    pub(super) key_prefix: String,
    /// Random, in hexadecimal.
    pub(super) nonce: String,
    /// Random, in hexadecimal.
    pub(super) salt: String,
}

/// What this challenge is good for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChallengeData)]
pub(super) struct SignedData {
    /// The challenge's id.
    pub(super) captcha_id: String,
    /// Until when, in Unix seconds of the realm's time: ten minutes.
    pub(super) until: u64,
    /// In which realm.
    pub(super) realm: String,
}

impl ToSchema for CaptchaId {}

impl PartialSchema for CaptchaId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Names one challenge: 16 random bytes in hexadecimal."))
            .pattern(Some("^[0-9A-Fa-f]{32}$"))
            .into()
    }
}

impl ToSchema for SettingValue {}

impl PartialSchema for SettingValue {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Number, Type::String]))
            .description(Some("A number or a text."))
            .into()
    }
}

/// A derived schema, with what the derivation leaves out.
pub(super) fn exact(schema: RefOr<Schema>) -> RefOr<Schema> {
    let all = |items: Vec<_>| items.into_iter().map(exact).collect();
    let one_line = |text: Option<String>| text.map(|text| on_one_line(&text));
    RefOr::T(match schema {
        RefOr::T(Schema::Object(object)) => Schema::Object(exact_object(object)),
        RefOr::T(Schema::OneOf(mut either)) => {
            either.items = all(either.items);
            either.description = one_line(either.description);
            Schema::OneOf(either)
        }
        RefOr::T(Schema::AllOf(mut whole)) => {
            whole.items = all(whole.items);
            whole.description = one_line(whole.description);
            Schema::AllOf(whole)
        }
        other => return other,
    })
}

fn exact_object(mut object: Object) -> Object {
    for property in object.properties.values_mut() {
        if let RefOr::T(Schema::Object(property)) = property {
            bound(property);
            property.description = property.description.take().map(|text| on_one_line(&text));
        }
    }
    // Bodies that are read: they alone say how many fields they may have.
    if object.max_properties.is_some() {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
    }
    object.description = object.description.map(|text| on_one_line(&text));
    object
}

/// The bounds of an integer's type in the place of its name, which few readers know.
fn bound(integer: &mut Object) {
    let (least, most): (i64, i64) = match integer.format.take() {
        Some(SchemaFormat::KnownFormat(format)) => match format {
            KnownFormat::Int8 => (i8::MIN.into(), i8::MAX.into()),
            KnownFormat::UInt8 => (0, u8::MAX.into()),
            KnownFormat::UInt16 => (0, u16::MAX.into()),
            KnownFormat::UInt32 => (0, u32::MAX.into()),
            KnownFormat::UInt64 => return,
            other => {
                integer.format = Some(SchemaFormat::KnownFormat(other));
                return;
            }
        },
        other => {
            integer.format = other;
            return;
        }
    };
    integer.minimum = integer.minimum.take().or(Some(least.into()));
    integer.maximum = integer.maximum.take().or(Some(most.into()));
}

fn on_one_line(text: &str) -> String {
    text.replace('\n', " ")
}
