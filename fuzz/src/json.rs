//! The strict reader, against the lenient one.

use serde_json::Value;
use wire::code::CodeRequest;
use wire::demo::{MAX_ADVANCE_SECONDS, MoveClock};
use wire::json as strict;

use crate::says_nothing_of_its_input;

/// Taken is what the lenient reader takes, less lists at the top, keys that stand twice, and objects of many keys.
pub fn json(bytes: &[u8]) {
    let lenient = serde_json::from_slice::<Value>(bytes).ok();
    let read = strict::read::<Value>(bytes);
    if let Err(refusal) = &read {
        says_nothing_of_its_input(refusal);
    }
    let expected = lenient.filter(|value| {
        let mut members = 0;
        let small = count(value, &mut members);
        small && !value.is_array() && members == colons(bytes)
    });
    assert_eq!(read.ok(), expected);

    match strict::read::<MoveClock>(bytes) {
        Ok(asked) => assert!(asked.advance_seconds <= MAX_ADVANCE_SECONDS),
        Err(refusal) => says_nothing_of_its_input(&refusal),
    }
    if let Err(refusal) = strict::read::<CodeRequest>(bytes) {
        says_nothing_of_its_input(&refusal);
    }
}

/// Adds up the members of all objects; whether each object has at most 64.
fn count(value: &Value, members: &mut usize) -> bool {
    match value {
        Value::Object(object) => {
            *members += object.len();
            object.values().fold(object.len() <= 64, |small, value| {
                count(value, members) && small
            })
        }
        Value::Array(list) => {
            let large = list.iter().filter(|value| !count(value, members));
            large.count() == 0
        }
        _ => true,
    }
}

/// In valid JSON each member of an object has one colon outside of texts, read or not.
fn colons(bytes: &[u8]) -> usize {
    let (mut inside, mut escaped, mut colons) = (false, false, 0);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b':' if !inside => colons += 1,
            _ => {}
        }
    }
    colons
}
