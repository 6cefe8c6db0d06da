//! What the page takes apart to show it: every byte of a message, and what it stands for.

use std::sync::Arc;

use serde_json::Value;
use wire::json;

use crate::{NOW, choose};
use workshop::Person;
use workshop::anatomy::{self, Field, FieldName};
use workshop::message::{Message, MessageKind, Way};

const KINDS: [MessageKind; 15] = [
    MessageKind::Hello,
    MessageKind::CaptchaRequest,
    MessageKind::CaptchaReply,
    MessageKind::RegisterRequest,
    MessageKind::RegisterReply,
    MessageKind::StatusRequest,
    MessageKind::StatusReply,
    MessageKind::ReportRequest,
    MessageKind::ReportReply,
    MessageKind::DecoyRequest,
    MessageKind::DecoyReply,
    MessageKind::UnregisterRequest,
    MessageKind::UnregisterReply,
    MessageKind::EraseRequest,
    MessageKind::EraseReply,
];

/// Fields cover every byte once, and what the server's reader finds in a body, the page's finds too.
pub fn page(bytes: &[u8]) {
    let (mode, body) = choose(bytes);
    let kind = KINDS[usize::from(mode) % KINDS.len()];
    let message = Message {
        bytes: Arc::from(body),
        ..Message::new(Person::Johanna, Way::ToServer, kind, NOW)
    };
    let anatomy = anatomy::dissect(&message);
    assert_eq!((anatomy.kind, anatomy.size), (kind, body.len()));
    let mut at = 0;
    for Field { range, .. } in &anatomy.fields {
        assert!(range.start == at && range.end >= at, "{range:?} after {at}");
        at = range.end;
    }
    assert_eq!(at, body.len());
    if kind != MessageKind::Hello
        && let Ok(value) = json::read::<Value>(body)
    {
        let (mut told, mut shown) = (Vec::new(), Vec::new());
        scalars(&value, &mut told);
        let data = anatomy.fields.iter();
        for field in data.filter(|field| field.name != FieldName::Punctuation) {
            scalars(&as_it_stands(body, field), &mut shown);
        }
        told.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, told);
    }
}

/// The value that stands in this field; a text stands there without its quotes.
fn as_it_stands(body: &[u8], field: &Field) -> Value {
    let raw = &body[field.range.clone()];
    let before = field.range.start.checked_sub(1).map(|before| body[before]);
    let quoted = [b"\"", raw, b"\""].concat();
    let json = if before == Some(b'"') { &quoted } else { raw };
    serde_json::from_slice(json).unwrap_or_else(|error| panic!("{field:?}: {error}"))
}

/// Everything that is no list and no object.
fn scalars(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => object.values().for_each(|value| scalars(value, found)),
        Value::Array(list) => list.iter().for_each(|value| scalars(value, found)),
        scalar => found.push(scalar.to_string()),
    }
}
