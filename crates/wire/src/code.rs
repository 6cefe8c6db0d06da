//! One-time codes, as a person types or scans them (decree, Article 2 I 8° b).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field;

mod spelling;
#[cfg(test)]
mod tests;

pub(crate) use spelling::is_short_enough;
pub use spelling::{MAX_TYPED, PASSED_OVER};

/// The two kinds of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A UUID v4, in a laboratory's QR code.
    Long,
    /// Ten characters, read aloud by a doctor.
    Short,
}

impl Kind {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Long, Self::Short];

    /// The name on the wire and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// The kind of this [`name`](Self::name).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// By name, in every format: what is written is what is read.
impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        field::parsed(deserializer, field::KIND, Self::named)
    }
}

/// `POST /demo/{session}/code`: a code of that demo realm, good nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRequest {
    /// Which kind of code.
    pub kind: Kind,
}

/// A one-time code, shown once: 201.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandedOut {
    /// The code, as a person reads it: a UUID v4, or two groups of five characters.
    pub code: String,
    /// Its kind.
    pub kind: Kind,
    /// From when it is refused, in Unix seconds of the realm's time.
    pub expires_at: u64,
}

/// Crockford's base 32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Random characters of a short code; its check character follows.
const SHORT_RANDOM: usize = 9;

/// What a decoy may show as its code in a demo realm, without any work: well-formed, and never given out. A decoy is a
/// report that a phone sends for no reason, so that sending one tells nothing. In the national realm it shows a
/// [stamp](robert::stamp).
pub const DECOY: &str = "00000000-0000-4000-8000-000000000000";

/// A well-formed one-time code. Whether it was ever given out, only the server knows.
///
/// It has no `Debug`, so that no log can hold one.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    kind: Kind,
    canonical: String,
}

/// The text is not a code: wrong length, alphabet or check character. The phone can tell by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a one-time code")]
pub struct NotACode;

impl Code {
    /// Reads what a person typed, pasted or scanned. This is the one place where a code is read, on a phone and at the
    /// server: what is accepted by one is accepted by the other.
    ///
    /// Case does not matter, nor do [the signs around and between the characters](PASSED_OVER); full-width forms are
    /// read as what they show. In a short code I and L are read as 1, O as 0. At most [`MAX_TYPED`] characters are
    /// looked at. Whoever sends the code sends it as it is handed out, so that nothing of how it was typed leaves a phone.
    ///
    /// ```
    /// # use wire::code::Code;
    /// let pasted = Code::parse("« ７ｋ2qx\u{2011}04mwm ». ")?;
    /// assert_eq!(pasted.to_string(), "7K2QX-04MWM");
    /// // A link holds a code, and is none.
    /// assert!(Code::parse("https://limpide.example/#code=7K2QX-04MWM&type=2").is_err());
    /// # Ok::<(), wire::code::NotACode>(())
    /// ```
    ///
    /// # Errors
    /// [`NotACode`].
    pub fn parse(typed: &str) -> Result<Self, NotACode> {
        let bare = spelling::bare(typed).ok_or(NotACode)?;
        match bare.len() {
            32 => uuid(&bare).map(|canonical| Self {
                kind: Kind::Long,
                canonical,
            }),
            n if n == SHORT_RANDOM + 1 => short(&bare).map(|canonical| Self {
                kind: Kind::Short,
                canonical,
            }),
            _ => None,
        }
        .ok_or(NotACode)
    }

    /// The long code made of these random bytes (RFC 9562, version 4).
    #[must_use]
    pub fn long(random: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(random);
        let bits = bits & !(0xf << 76) | (4 << 76);
        let bits = bits & !(0b11 << 62) | (0b10 << 62);
        Self {
            kind: Kind::Long,
            canonical: hyphenate(&format!("{bits:032x}")),
        }
    }

    /// The short code made of these random bytes, five bits of each.
    #[must_use]
    pub fn short(random: [u8; SHORT_RANDOM]) -> Self {
        let values = random.map(|byte| byte % 32);
        let check = check_character(&values);
        let canonical = values.into_iter().chain([check]).map(symbol).collect();
        Self {
            kind: Kind::Short,
            canonical,
        }
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it is [`DECOY`].
    #[must_use]
    pub fn is_decoy(&self) -> bool {
        self.canonical == DECOY
    }

    /// The one form that all spellings of this code share.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

/// As it is handed out: a short code in two groups of five.
impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.canonical.split_at_checked(5)) {
            (Kind::Short, Some((first, second))) => write!(formatter, "{first}-{second}"),
            _ => formatter.write_str(&self.canonical),
        }
    }
}

fn uuid(bare: &str) -> Option<String> {
    let lower = bare.to_ascii_lowercase();
    let digits = lower.bytes().all(|b| b.is_ascii_hexdigit());
    let version = lower.as_bytes().get(12) == Some(&b'4');
    let variant = matches!(lower.as_bytes().get(16), Some(b'8' | b'9' | b'a' | b'b'));
    (digits && version && variant).then(|| hyphenate(&lower))
}

/// 8-4-4-4-12.
fn hyphenate(digits: &str) -> String {
    let mut text = String::with_capacity(36);
    for (at, digit) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

fn short(bare: &str) -> Option<String> {
    let values = bare.bytes().map(value).collect::<Option<Vec<u8>>>()?;
    let (check, random) = values.split_last()?;
    (check_character(random) == *check).then(|| values.iter().copied().map(symbol).collect())
}

fn value(typed: u8) -> Option<u8> {
    let read = match typed {
        b'I' | b'L' => b'1',
        b'O' => b'0',
        other => other,
    };
    ALPHABET
        .iter()
        .position(|symbol| *symbol == read)
        .and_then(|at| u8::try_from(at).ok())
}

fn symbol(value: u8) -> char {
    ALPHABET
        .get(usize::from(value))
        .copied()
        .map_or('0', char::from)
}

/// Luhn modulo 32: every single wrong character is seen, and most swaps of two neighbours.
fn check_character(values: &[u8]) -> u8 {
    let sum: u32 = values
        .iter()
        .rev()
        .zip([2, 1].into_iter().cycle())
        .map(|(value, factor)| u32::from(*value) * factor)
        .map(|addend| addend / 32 + addend % 32)
        .sum();
    u8::try_from((32 - sum % 32) % 32).unwrap_or_default()
}
