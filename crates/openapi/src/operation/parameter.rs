//! What is named in an address.

use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::describe::{demos, issuers};

/// A named part of the address.
pub(super) fn named(name: &str) -> Parameter {
    let mut schema = ObjectBuilder::new().schema_type(Type::String);
    let mut parameter = Parameter::builder()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True);
    if let Some((pattern, description, example)) = match name {
        "session" => Some((
            "^[A-Za-z0-9_-]{88}$",
            "What `POST /demo` answered.",
            demos::session(),
        )),
        "id" => Some((
            "^[0-9a-f]{16}$",
            "The key's name, as it was answered when the key was made.",
            issuers::key_id(),
        )),
        _ => None,
    } {
        schema = schema.pattern(Some(pattern));
        parameter = parameter
            .description(Some(description))
            .example(Some(example.into()));
    }
    parameter.schema(Some(schema)).build()
}

/// Where a list goes on.
pub(super) fn before(pattern: &str, example: String) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern));
    Parameter::builder()
        .name("before")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(
            "What `next` said, for the part of the list that follows.",
        ))
        .example(Some(example.into()))
        .schema(Some(schema))
        .build()
}
