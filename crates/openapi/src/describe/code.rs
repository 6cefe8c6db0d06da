//! A one-time code as it is sent: one schema, wherever it is read.

use std::fmt::Write;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use wire::code::{MAX_TYPED, PASSED_OVER};

/// The schema of a one-time code, in any spelling.
pub(super) struct OneTimeCode;

impl ToSchema for OneTimeCode {}

impl PartialSchema for OneTimeCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "A one-time code as people have it: the 32 digits of a UUID of version 4, or ten characters of \
                 Crockford's base 32, whose last one checks the others, which no pattern says. Case does not matter \
                 (that of ASCII, in every locale), full-width forms (U+FF01 to U+FF5E) are read as what they show, and \
                 in a short code I and L are read as 1, O as 0; U is never there. Passed over, wherever they stand: \
                 every dash, hyphen and minus sign (Unicode's `Dash` and `Hyphen`), every blank and line break \
                 (`White_Space`), control characters, whatever has no width (`Default_Ignorable_Code_Point`: joiners, \
                 marks of direction, variation selectors, soft hyphens), quotation marks, stops, brackets and marks of \
                 emphasis. The pattern names each of these signs; it is for programs, and is to be read with Unicode \
                 on (the flag `u` of ECMAScript). At most 256 characters. Anything else refuses the code: a link that \
                 holds one is none.",
            ))
            .max_length(Some(MAX_TYPED))
            .pattern(Some(pattern()))
            .into()
    }
}

/// What [`wire::code::Code::parse`] accepts, but for the check character.
fn pattern() -> String {
    let signs = one_of(&PASSED_OVER);
    let one = |runs: &[(char, char)]| format!("{}{signs}*", one_of(&with_wide(runs)));
    let digit = one(&[('0', '9'), ('A', 'F'), ('a', 'f')]);
    let version = one(&[('4', '4')]);
    let variant = one(&[('8', '9'), ('A', 'B'), ('a', 'b')]);
    let symbol = one(&[('0', '9'), ('A', 'T'), ('V', 'Z'), ('a', 't'), ('v', 'z')]);
    format!(
        "^{signs}*(({digit}){{12}}{version}({digit}){{3}}{variant}({digit}){{15}}|({symbol}){{10}})$"
    )
}

/// These characters of ASCII, and their full-width forms.
fn with_wide(runs: &[(char, char)]) -> Vec<(char, char)> {
    let wide = |sign: char| char::from_u32(u32::from(sign) + 0xfee0).unwrap_or(sign);
    let wide = runs.iter().map(|(first, last)| (wide(*first), wide(*last)));
    runs.iter().copied().chain(wide).collect()
}

/// One of the signs in these runs, as every dialect of regular expressions reads it: a letter or digit as it is, another
/// sign by its number, and one beyond U+FFFF, for which the dialects have different words, as it is.
fn one_of(runs: &[(char, char)]) -> String {
    let mut class = "[".to_owned();
    for (first, last) in runs {
        write_sign(&mut class, *first);
        if first != last {
            class.push('-');
            write_sign(&mut class, *last);
        }
    }
    class.push(']');
    class
}

fn write_sign(class: &mut String, sign: char) {
    let number = u32::from(sign);
    if sign.is_ascii_alphanumeric() || number > 0xffff {
        class.push(sign);
    } else {
        // Writing into a text cannot fail.
        let _ = write!(class, "\\u{number:04X}");
    }
}
