//! Headers of answers.

use utoipa::openapi::header::Header;
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// How the description of a header begins that some answers under its status code lack.
const ONLY: &str = "Only with";

pub(super) fn retry_after(or_work: bool) -> Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0));
    let mut header = Header::new(seconds.build());
    let text = "Seconds after which trying again makes sense.";
    header.description = Some(if or_work {
        format!("{ONLY}out a challenge. {text}")
    } else {
        text.to_owned()
    });
    header
}

pub(super) fn allow(methods: &str) -> Header {
    let only = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([methods]));
    let mut header = Header::new(only.build());
    header.description = Some("The methods that this address answers.".to_owned());
    header
}

/// The name of a file.
pub(super) fn file() -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String).build());
    let text = format!("{ONLY} a file: `attachment`, and a name that says of what and until when.");
    header.description = Some(text);
    header
}
