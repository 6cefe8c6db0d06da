//! What each byte of a message means, and what is not in it.

mod fear;
mod read;
#[cfg(test)]
mod tests;

use std::ops::Range;

use decree::Moment;
use decree::article_2::Item;

use crate::message::{Message, MessageKind};

pub use fear::Fear;

/// A message taken apart: its fields in order, which cover every byte exactly once.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// What the message is.
    pub kind: MessageKind,
    /// Size of the message in bytes.
    pub size: usize,
    /// All of it, in order, the punctuation of JSON included.
    pub fields: Vec<Field>,
    /// What a reader fears most and is not there, most feared first.
    pub absent: Vec<Fear>,
}

/// A stretch of bytes with one meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What it is.
    pub name: FieldName,
    /// Which kind of bytes; `None` for what is no datum (punctuation, public settings).
    pub kind: Option<ByteKind>,
    /// Why it may be there.
    pub ground: Ground,
    /// Which part of the message it belongs to.
    pub part: Part,
    /// Where it stands in the message.
    pub range: Range<usize>,
    /// The bytes that it stands for: decoded from base64 or hexadecimal where the message writes them so.
    pub bytes: Vec<u8>,
    /// What it says, where that can be said.
    pub value: Value,
}

/// The eight kinds of bytes; what a view gives a letter and a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteKind {
    /// Country code.
    Country,
    /// Pseudonym.
    Pseudonym,
    /// Time.
    Time,
    /// Authentication code, or a signature.
    Mac,
    /// Key.
    Key,
    /// Epoch.
    Epoch,
    /// One-time code.
    Code,
    /// Signal strength.
    Signal,
}

/// Why a field may be in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ground {
    /// An item of Article 2, I.
    Item(Item),
    /// Needed by the protocol, and says nothing of a person.
    Protocol,
}

/// Which part of a message a field belongs to. A report repeats itself: contacts, and HELLOs in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The message itself.
    Whole,
    /// Contact n of a report, from 0.
    Contact(u32),
    /// HELLO m of contact n, from 0.
    Hello(u32, u32),
}

/// The name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldName {
    /// Braces, commas, quotes and names of JSON members.
    Punctuation,
    /// Country code, encrypted (ECC).
    CountryCode,
    /// Pseudonym (EBID).
    Pseudonym,
    /// Time of emission: 16 bits in a HELLO, 32 in a request.
    Time,
    /// Time of reception, noted by the phone that heard.
    Received,
    /// Authentication code of a HELLO (5 bytes) or of a request (32).
    Mac,
    /// Epoch of the pseudonym.
    Epoch,
    /// Received signal strength.
    Signal,
    /// One-time code.
    Code,
    /// The code of decoys, the same for all.
    DecoyCode,
    /// A value of a decoy, drawn at random.
    Random,
    /// The phone's public key for the agreement.
    PublicKey,
    /// Number of the challenge.
    ChallengeId,
    /// The challenge of the proof of work.
    Challenge,
    /// The solved challenge.
    Proof,
    /// Kind of challenge asked for.
    ChallengeType,
    /// Language of the challenge.
    Locale,
    /// The sealed bundle of pseudonyms.
    Bundle,
    /// A public setting.
    Setting,
    /// When the service began.
    ServiceStart,
    /// At risk or not.
    RiskLevel,
    /// Whether the request was carried out.
    Success,
    /// A sentence of the server.
    Sentence,
    /// A member that this page does not know: shown as it stands.
    Other,
}

/// What a field says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing that can be read without a key.
    Opaque,
    /// A number.
    Number(i64),
    /// A moment.
    Moment(Moment),
    /// A number of this epoch, which begins then.
    Epoch(u32, Moment),
    /// Decibels (dBm).
    Decibels(i8),
    /// Text as it stands in the message.
    Text(String),
    /// Yes or no.
    Truth(bool),
}

/// Takes a message apart.
pub fn dissect(message: &Message) -> Anatomy {
    let bytes = &*message.bytes;
    let mut fields = match message.kind {
        MessageKind::Hello => read::hello_fields(bytes, message.at),
        kind => read::json_fields(kind, bytes, message.at),
    };
    fill_gaps(&mut fields, bytes);
    let absent = fear::absent(message.kind, &fields);
    Anatomy {
        kind: message.kind,
        size: bytes.len(),
        fields,
        absent,
    }
}

/// Puts punctuation wherever no field stands, so that every byte is somewhere once. Fields come in order.
fn fill_gaps(fields: &mut Vec<Field>, bytes: &[u8]) {
    let mut filled = Vec::with_capacity(fields.len() * 2 + 1);
    let mut at = 0;
    for field in fields.drain(..) {
        push_punctuation(&mut filled, bytes, at..field.range.start);
        at = field.range.end;
        filled.push(field);
    }
    push_punctuation(&mut filled, bytes, at..bytes.len());
    *fields = filled;
}

fn push_punctuation(fields: &mut Vec<Field>, bytes: &[u8], range: Range<usize>) {
    if let Some(gap) = bytes.get(range.clone()).filter(|gap| !gap.is_empty()) {
        fields.push(Field {
            name: FieldName::Punctuation,
            kind: None,
            ground: Ground::Protocol,
            part: Part::Whole,
            range,
            bytes: gap.to_vec(),
            value: Value::Text(String::from_utf8_lossy(gap).into_owned()),
        });
    }
}
