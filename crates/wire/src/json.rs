//! Strict reading of JSON.
//!
//! Duplicate keys are refused wherever they stand: two parsers that keep different ones would
//! read two different requests. What is refused is told by the field's own sentence, never by the
//! parser's, which may repeat its input.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use crate::{Refusal, field};

/// Reads one JSON value of the documented shape; the caller has bounded `bytes`.
///
/// # Errors
/// [`Refusal::Malformed`]; [`Refusal::TooLarge`] past a list's limit.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut unique = serde_json::Deserializer::from_slice(bytes);
    Unique
        .deserialize(&mut unique)
        .and_then(|()| unique.end())
        .map_err(|error| refusal(&error))?;
    skim(bytes)
}

/// The same, but nobody looks whether a key that is not documented stands twice: whoever reads on must [`read`].
///
/// # Errors
/// As [`read`].
pub(crate) fn skim<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    // A list in the order of the fields would be taken for an object.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Refusal::malformed(SHAPE));
    }
    serde_json::from_slice(bytes).map_err(|error| refusal(&error))
}

/// The bytes of a member's value, as they stand in an object that was read before. A name that is written with escapes is
/// not found.
pub(crate) fn member<'body>(object: &'body [u8], name: &str) -> Option<&'body [u8]> {
    let mut rest = object.trim_ascii_start().strip_prefix(b"{")?;
    loop {
        let (key, after) = split_value(rest.trim_ascii_start())?;
        let after = after.trim_ascii_start().strip_prefix(b":")?;
        let (value, after) = split_value(after.trim_ascii_start())?;
        let key = key.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        if key == name.as_bytes() {
            return Some(value);
        }
        rest = after.trim_ascii_start().strip_prefix(b",")?;
    }
}

/// The value that a text begins with, and what follows it.
fn split_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        let ends_with_it = match (is_text, byte) {
            (true, _) if is_escaped => {
                is_escaped = false;
                false
            }
            (true, b'\\') => {
                is_escaped = true;
                false
            }
            (_, b'"') => {
                is_text = !is_text;
                !is_text && depth == 0
            }
            (true, _) => false,
            (false, b'[' | b'{') => {
                depth += 1;
                false
            }
            (false, b']' | b'}') if depth > 0 => {
                depth -= 1;
                depth == 0
            }
            // After a number or a word.
            (false, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r') if depth == 0 => {
                return text.split_at_checked(at);
            }
            (false, _) => false,
        };
        if ends_with_it {
            return text.split_at_checked(at + 1);
        }
    }
    None
}

/// What a reader may be told of a parser's error: one of our own sentences.
fn refusal(error: &serde_json::Error) -> Refusal {
    const DUPLICATE: &str = "A key stands twice in an object.";
    let text = error.to_string();
    if text.starts_with(field::TOO_LARGE) {
        return Refusal::TooLarge;
    }
    if text.starts_with(DUPLICATE_KEY) {
        return Refusal::malformed(DUPLICATE);
    }
    // serde writes "invalid type: …, expected <ours>" with the input first, so ours is last.
    let told = text.rsplit(", expected ").next().unwrap_or_default();
    if let Some(known) = field::SENTENCES
        .iter()
        .find(|known| told.starts_with(**known))
    {
        return Refusal::malformed(known);
    }
    // The names of missing fields are the shape's own.
    if let Some((name, _)) = text
        .strip_prefix("missing field `")
        .and_then(|t| t.split_once('`'))
    {
        return Refusal::Malformed(format!("{name}: this field is missing.").into());
    }
    Refusal::malformed(match error.classify() {
        serde_json::error::Category::Data => SHAPE,
        _ => "The body is not JSON.",
    })
}

/// What is said of JSON that is not of the documented shape.
pub const SHAPE: &str = "The JSON does not have the documented shape.";
const DUPLICATE_KEY: &str = "duplicate key";
/// Most keys in one object; the documented ones have at most four.
const MOST_KEYS: usize = 64;

/// A value that stands in JSON as an object, and never as a list in the order of its fields.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneObject(PhantomData))
    }
}

struct OneObject<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneObject<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(field::IDS)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Object)
    }
}

/// Reads any JSON value and keeps nothing, but refuses a key that stands twice in one object.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        while values.next_element_seed(Unique)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::<String>::new();
        while let Some(key) = entries.next_key()? {
            if !seen.insert(key) {
                return Err(de::Error::custom(DUPLICATE_KEY));
            }
            if seen.len() > MOST_KEYS {
                return Err(de::Error::custom(field::TOO_LARGE));
            }
            entries.next_value_seed(Unique)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Shape {
        a: Option<u8>,
    }

    fn message(body: &str) -> String {
        read::<Shape>(body.as_bytes()).unwrap_err().body().unwrap()
    }

    #[test]
    fn a_duplicate_key_is_refused_even_where_nothing_reads_it() {
        assert_eq!(
            read::<Shape>(br#"{"b":{"c":1,"d":2}}"#).unwrap(),
            Shape { a: None }
        );
        for body in [
            r#"{"a":1,"a":1}"#,
            r#"{"b":[{"c":1,"c":2}]}"#,
            r#"{"b":1,"\u0062":2}"#,
        ] {
            assert!(message(body).contains("twice"), "{body}");
        }
    }

    #[test]
    fn a_refusal_never_repeats_its_input() {
        for body in [
            r#"{"a":"secret"}"#,
            r#"{"a":"secret, expected JSON"}"#,
            r#"{"secret"#,
            r#"["secret"]"#,
            "secret",
            r#"{"a":1}secret"#,
        ] {
            assert!(!message(body).contains("secret"), "{}", message(body));
        }
    }

    #[test]
    fn an_object_of_many_keys_is_refused() {
        let keys = |n: usize| {
            (0..n)
                .map(|i| format!("\"{i}\":0"))
                .collect::<Vec<_>>()
                .join(",")
        };
        assert!(read::<Shape>(format!("{{{}}}", keys(64)).as_bytes()).is_ok());
        let refused = read::<Shape>(format!("{{{}}}", keys(65)).as_bytes());
        assert_eq!(refused, Err(Refusal::TooLarge));
    }

    #[test]
    fn a_members_bytes_are_those_that_came() {
        let of = |object: &str| {
            let value = member(object.as_bytes(), "contacts")?;
            Some(String::from_utf8(value.to_vec()).unwrap())
        };
        for value in [
            "[]",
            "[ ]",
            "[ {\"a\": \"]\", \"b\":\t[1, 2] } ]",
            r#"["\"]", "\\", "contacts"]"#,
            "\"text\"",
            "-1.5e3",
            "null",
            "{}",
        ] {
            for object in [
                format!(r#"{{"contacts":{value}}}"#),
                format!(" {{ \"token\" : \"x\" , \"contacts\" :\n{value} , \"more\" : [{{}}] }} "),
                format!(
                    r#"{{"a":{{"contacts":1}},"b":"\"contacts\":","n":12 ,"contacts":{value}}}"#
                ),
            ] {
                let whole: serde_json::Value = serde_json::from_str(&object).unwrap();
                assert_eq!(of(&object).as_deref(), Some(value), "{object}");
                assert_eq!(
                    serde_json::from_str::<serde_json::Value>(value).unwrap(),
                    whole["contacts"]
                );
            }
        }
        for object in [
            r#"{}"#,
            r#"{"contact":[]}"#,
            r#"{"\u0063ontacts":[]}"#,
            "",
            "[",
            "{\"contacts\"",
        ] {
            assert_eq!(of(object), None, "{object}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert!(read::<Shape>(deep.as_bytes()).is_err());
    }
}
