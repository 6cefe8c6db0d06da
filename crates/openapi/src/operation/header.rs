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
    always(methods, "The methods that this address answers.".to_owned())
}

pub(super) fn challenge(challenge: &str) -> Header {
    always(challenge, "How to show a key.".to_owned())
}

pub(super) fn coding(coding: &str) -> Header {
    let text = format!("{ONLY} a refused `Content-Encoding`: the one that is read.");
    always(coding, text)
}

/// A header of one value.
fn always(value: &str, description: String) -> Header {
    let only = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([value]));
    let mut header = Header::new(only.build());
    header.description = Some(description);
    header
}

/// The name of a file.
pub(super) fn file() -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String).build());
    let text = format!("{ONLY} a file: `attachment`, and a name that says of what and until when.");
    header.description = Some(text);
    header
}
