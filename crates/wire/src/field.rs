//! The fields of the deployed API: each has one reader, one sentence when refused, and a size
//! that is checked before anything is decoded.

use std::fmt;
use std::ops::RangeInclusive;

use base64ct::{Base64, Encoding};
use serde::de::{self, Deserializer, Visitor};

pub(crate) const TOO_LARGE: &str = "too large";

/// Every sentence that a refused field can say. Nothing else of a parser's error is passed on.
pub(crate) const SENTENCES: &[&str] = &[
    EBID, ECC, TIME, MAC, HELLO_MAC, EPOCH, COLLECTED, HELLO_TIME, RSSI, TOKEN, CAPTCHA,
    CAPTCHA_ID, CLIENT_KEY, KEY_ID, CONTACTS, CONTACT, IDS, SECONDS, KIND, ORDER_ID, COUNT, FORMAT,
    IMAGES, PICTURE, ROLE, QUOTA, CODE, DAYS, BEFORE,
];

pub(crate) const EBID: &str = "ebid: send 8 bytes in base64, 12 characters.";
pub(crate) const ECC: &str = "ecc: send 1 byte in base64, 4 characters.";
pub(crate) const TIME: &str = "time: send 4 bytes in base64, 8 characters.";
pub(crate) const MAC: &str = "mac: send 32 bytes in base64, 44 characters.";
pub(crate) const HELLO_MAC: &str = "mac: send 5 bytes in base64, 8 characters.";
pub(crate) const EPOCH: &str = "epochId: send an integer from 0 to 4294967295.";
pub(crate) const COLLECTED: &str = "timeCollectedOnDevice: send an integer from 0 to 4294967295.";
pub(crate) const HELLO_TIME: &str = "timeFromHelloMessage: send an integer from 0 to 65535.";
pub(crate) const RSSI: &str = "rssiCalibrated: send an integer from -128 to 127.";
/// The bound is [`MAX_TYPED`](crate::code::MAX_TYPED); [`CODE`] says it too.
pub(crate) const TOKEN: &str = "token: send a one-time code, as text of at most 256 characters.";
pub(crate) const CAPTCHA: &str = "captcha: send the solution, as text of at most 8192 characters.";
pub(crate) const CAPTCHA_ID: &str = "captchaId: send the challenge's id, 32 hexadecimal digits.";
pub(crate) const CLIENT_KEY: &str =
    "clientPublicECDHKey: send a P-256 key as X.509 SubjectPublicKeyInfo in base64.";
pub(crate) const KEY_ID: &str =
    "keyId: send the id of a registration key, as text of at most 64 characters, or nothing.";
pub(crate) const CONTACTS: &str = "contacts: send a list, which may be empty.";
pub(crate) const CONTACT: &str = "contacts: each is an object with ebid, ecc and ids.";
pub(crate) const IDS: &str = "ids: send a list of at least one HELLO.";
/// What is said of a step of a demo realm's clock that is none, or too far.
pub const SECONDS: &str = "advanceSeconds: send an integer from 0 to 2678400.";
pub(crate) const KIND: &str = "kind: send \"long\" or \"short\".";
pub(crate) const ORDER_ID: &str = "id: send text of 1 to 64 characters.";
pub(crate) const COUNT: &str = "count: send an integer from 1 to 1000.";
pub(crate) const FORMAT: &str = "format: send \"json\", \"csv\" or \"tar\".";
pub(crate) const IMAGES: &str = "images: send \"svg\" or \"png\".";
pub(crate) const PICTURE: &str = "format: send \"svg\" or \"png\".";
pub(crate) const ROLE: &str = "role: send \"lab\", \"doctor\" or \"operator\".";
pub(crate) const QUOTA: &str = "quota: send an integer from 1 to 1000000.";
pub(crate) const CODE: &str =
    "code: send a one-time code whose check character is right, as text of at most 256 characters.";

pub(crate) const DAYS: &str = "days: send an integer from 1 to 3650.";

/// Of a query, not of a body.
pub(crate) const BEFORE: &str = "before: send what next said, as it was.";

/// `N` bytes in base64 of the exact length.
pub(crate) fn bytes<'de, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
    sentence: &'static str,
) -> Result<[u8; N], D::Error> {
    let decode = |text: &str| {
        let mut decoded = [0; N];
        let exact = text.len() == N.div_ceil(3) * 4
            && Base64::decode(text, &mut decoded).is_ok_and(|bytes| bytes.len() == N);
        exact.then_some(decoded)
    };
    deserializer.deserialize_str(Text { sentence, decode })
}

/// Text of at most `most` bytes.
pub(crate) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
    sentence: &'static str,
    most: usize,
) -> Result<String, D::Error> {
    let decode = |text: &str| (text.len() <= most).then(|| text.to_owned());
    deserializer.deserialize_str(Text { sentence, decode })
}

/// Text that `decode` accepts.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    sentence: &'static str,
    decode: impl FnOnce(&str) -> Option<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Text { sentence, decode })
}

/// An integer that `T` can hold.
pub(crate) fn integer<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
    sentence: &'static str,
) -> Result<T, D::Error> {
    let value = deserializer.deserialize_i64(Integer { sentence })?;
    T::try_from(value).map_err(|_| de::Error::custom(sentence))
}

/// An integer in this range.
pub(crate) fn within<'de, D: Deserializer<'de>>(
    deserializer: D,
    sentence: &'static str,
    range: RangeInclusive<u32>,
) -> Result<u32, D::Error> {
    let value = integer(deserializer, sentence)?;
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(de::Error::custom(sentence))
    }
}

struct Text<F> {
    sentence: &'static str,
    decode: F,
}

impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sentence)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.decode)(text).ok_or_else(|| E::custom(self.sentence))
    }
}

struct Integer {
    sentence: &'static str,
}

impl Visitor<'_> for Integer {
    type Value = i64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sentence)
    }

    fn visit_i64<E>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(|_| E::custom(self.sentence))
    }

    /// 308.0 and 3e2 are integers, as JSON Schema has it.
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<i64, E> {
        /// Up to here every integer is a number of its own: 2⁵³.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < EXACT {
            Ok(value as i64)
        } else {
            Err(E::custom(self.sentence))
        }
    }
}

/// Bytes as base64 text, for replies and for clients.
pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}
