//! What every schema has in common.

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type,
};

/// Why a request was refused.
#[derive(ToSchema)]
#[schema(as = Refusal)]
#[expect(
    dead_code,
    reason = "a schema is derived from fields that no code reads"
)]
pub(crate) struct Message {
    /// For people who read bytes. It repeats nothing of what was sent.
    message: String,
}

/// One of these texts.
pub(crate) fn one_of<const N: usize>(description: &str, texts: [&str; N]) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(texts))
        .into()
}

/// A derived schema, with what the derivation leaves out.
pub(crate) fn exact(schema: RefOr<Schema>) -> RefOr<Schema> {
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
        match property {
            RefOr::T(Schema::Object(property)) => {
                bound(property);
                property.description = property.description.take().map(|text| on_one_line(&text));
            }
            RefOr::T(_) => {}
            RefOr::Ref(other) => other.description = on_one_line(&other.description),
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
