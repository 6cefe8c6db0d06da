//! Strict reading of JSON.
//!
//! Duplicate keys are refused wherever they stand: two parsers that keep different ones would
//! read two different requests. What is refused is told by the field's own sentence, never by the
//! parser's, which may repeat its input.

use core::ops::Range;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use crate::{MAX_BODY_BYTES, Refusal, field};

/// The text behind a byte order mark: nobody must write one before JSON, and whoever reads it may pass over it
/// (RFC 8259, 8.1).
#[must_use]
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

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

/// An object in outline: what is worth reading before anybody knows whether the rest is.
pub(crate) struct Outline {
    /// An object of the same names in the same order. The values that are to be read stand as they came, and 0 in the place of
    /// the others: whatever is wrong with those, whoever reads on will see.
    pub(crate) text: Vec<u8>,
    /// Where the value stands that was set aside.
    pub(crate) aside: Option<Range<usize>>,
}

/// Outlines an object: the values of these names are to be read, and that of one other is set aside. Nothing is looked at of
/// the others but where they end. A name that is written with escapes may be any: its value stands as it came, unless it is
/// long, and is not set aside.
///
/// For what does not look like an object there is no outline: a parser can say what is wrong with it.
///
/// # Errors
/// [`Refusal::TooLarge`] for more names than an object may have.
pub(crate) fn outline(
    object: &[u8],
    read: &[&str],
    aside: &str,
) -> Result<Option<Outline>, Refusal> {
    let mut outline = Outline {
        text: Vec::new(),
        aside: None,
    };
    let Some(mut rest) = object.trim_ascii_start().strip_prefix(b"{") else {
        return Ok(None);
    };
    for number in 0_usize.. {
        if number > MOST_KEYS {
            return Err(Refusal::TooLarge);
        }
        let Some((name, value, after)) = split_member(rest) else {
            return Ok(None);
        };
        let plain = |known: &str| name.get(1..name.len() - 1) == Some(known.as_bytes());
        if plain(aside) && outline.aside.is_none() {
            let end = object.len() - after.len();
            outline.aside = Some(end - value.len()..end);
        }
        let is_read = read.iter().any(|known| plain(known)) || name.contains(&b'\\');
        let value = match is_read && value.len() <= MAX_BODY_BYTES {
            true => value,
            false => b"0",
        };
        let begins = if number == 0 { b"{" } else { b"," };
        for part in [begins, name, b":", value] {
            outline.text.extend_from_slice(part);
        }
        let after = after.trim_ascii_start();
        match after.split_first() {
            Some((b',', more)) => rest = more,
            Some((b'}', end)) if end.trim_ascii_start().is_empty() => break,
            _ => return Ok(None),
        }
    }
    outline.text.push(b'}');
    Ok(Some(outline))
}

/// The name that a text begins with, in its quotes, its value, and what follows it.
fn split_member(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let text = text.trim_ascii_start();
    let name = text.strip_prefix(b"\"")?;
    let (name, after) = text.split_at_checked(1 + end_of_text(name)?)?;
    let after = after.trim_ascii_start().strip_prefix(b":")?;
    let (value, after) = split_value(after.trim_ascii_start())?;
    Some((name, value, after))
}

/// The value that a text begins with, and what follows it: a megabyte and a half in two milliseconds.
fn split_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, mut rest) = text.split_first()?;
    match first {
        b'"' => {
            let end = end_of_text(rest)?;
            return text.split_at_checked(1 + end);
        }
        b'[' | b'{' => {}
        // A number or a word.
        _ => {
            let ends =
                |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
            let end = text.iter().position(ends)?;
            return text
                .split_at_checked(end)
                .filter(|(value, _)| !value.is_empty());
        }
    }
    let mut depth = 1_usize;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => rest = rest.get(end_of_text(rest)?..)?,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.split_at_checked(text.len() - rest.len());
        }
    }
    None
}

/// Where a text ends that has begun: behind its closing quote.
fn end_of_text(mut rest: &[u8]) -> Option<usize> {
    let whole = rest.len();
    loop {
        let (byte, after) = rest.split_first()?;
        rest = match byte {
            b'"' => return Some(whole - after.len()),
            b'\\' => after.get(1..)?,
            _ => after,
        };
    }
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
    fn one_mark_is_passed_over_and_nothing_else() {
        for (text, rest) in [
            ("\u{feff}{}", "{}"),
            ("\u{feff}", ""),
            ("\u{feff}\u{feff}{}", "\u{feff}{}"),
            (" \u{feff}{}", " \u{feff}{}"),
            ("{}", "{}"),
            ("", ""),
        ] {
            assert_eq!(without_mark(text.as_bytes()), rest.as_bytes(), "{text:?}");
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

    fn outlined(object: &str) -> Option<(String, Option<String>)> {
        let Outline { text, aside } =
            outline(object.as_bytes(), &["token"], "contacts").unwrap()?;
        let aside = aside.map(|place| object[place].to_owned());
        Some((String::from_utf8(text).unwrap(), aside))
    }

    #[test]
    fn what_is_set_aside_are_the_bytes_that_came() {
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
                let (text, aside) = outlined(&object).unwrap();
                assert_eq!(aside.as_deref(), Some(value), "{object}");
                let aside: serde_json::Value = serde_json::from_str(value).unwrap();
                assert_eq!(aside, whole["contacts"]);
                // The same names, and of what is to be read the same value.
                let outline: serde_json::Value = serde_json::from_str(&text).unwrap();
                let names = |of: &serde_json::Value| {
                    of.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
                };
                assert_eq!(names(&outline), names(&whole));
                assert_eq!(outline.get("token"), whole.get("token"));
            }
        }
    }

    #[test]
    fn an_outline_keeps_what_is_read_and_what_might_be() {
        let long = format!("\"{}\"", "x".repeat(MAX_BODY_BYTES));
        for (object, text) in [
            (
                r#"{"token":"a","token":"b"}"#.to_owned(),
                r#"{"token":"a","token":"b"}"#,
            ),
            (
                r#"{"\u0074oken":"a","more":[1,2]}"#.to_owned(),
                r#"{"\u0074oken":"a","more":0}"#,
            ),
            (
                r#"{"\u0063ontacts":[]}"#.to_owned(),
                r#"{"\u0063ontacts":[]}"#,
            ),
            (
                format!(r#"{{"token":{long},"x":{long}}}"#),
                r#"{"token":0,"x":0}"#,
            ),
            // Somebody else will see it.
            (r#"{"more":[1 2]}"#.to_owned(), r#"{"more":0}"#),
            (r#"{"token":[}}"#.to_owned(), r#"{"token":[}}"#),
        ] {
            assert_eq!(outlined(&object), Some((text.to_owned(), None)), "{object}");
        }
        let twice = r#"{"contacts":[1],"contacts":[2]}"#;
        let (text, aside) = outlined(twice).unwrap();
        assert_eq!(
            (text.as_str(), aside.as_deref()),
            (r#"{"contacts":0,"contacts":0}"#, Some("[1]"))
        );
    }

    #[test]
    fn what_is_no_object_has_no_outline() {
        for text in [
            "",
            "[",
            "[]",
            "{",
            "{}",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":}",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\":1}x",
            "{\"a\":1 2}",
            "{\"a\":[1}",
            "{\"a\":\"",
            "{\"a\":\"\\",
            "{a:1}",
            "\"text\"",
            "7",
        ] {
            assert_eq!(outlined(text), None, "{text}");
        }
        let keys = |n: usize| {
            let keys: Vec<_> = (0..n).map(|i| format!("\"{i}\":0")).collect();
            format!("{{{}}}", keys.join(","))
        };
        assert!(outline(keys(64).as_bytes(), &[], "x").is_ok());
        let refused = outline(keys(66).as_bytes(), &[], "x").map(drop);
        assert_eq!(refused, Err(Refusal::TooLarge));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert!(read::<Shape>(deep.as_bytes()).is_err());
    }
}
