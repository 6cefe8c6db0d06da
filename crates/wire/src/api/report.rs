//! A report as its body is read: the code first, the contacts only when somebody asks for them.

use core::ops::Range;

use robert::Contact;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::{CaptchaId, contacts, solution};
use crate::code::{Code, MAX_TYPED, is_short_enough};
use crate::{Refusal, field, json};

/// A report whose code can be looked at. Its contacts were skipped, and all that is not known: up to megabytes, which are worth
/// reading only once the code is seen to be good.
// No `Debug`: it holds a code.
pub struct OpenedReport<'body> {
    /// The one-time code, as typed.
    pub token: String,
    /// The solution of the challenge that a 429 asked for.
    pub captcha: Option<String>,
    /// That challenge's id.
    pub captcha_id: Option<CaptchaId>,
    body: &'body [u8],
    /// Where in it the value of `contacts` stands.
    place: Range<usize>,
}

impl<'body> OpenedReport<'body> {
    /// Reads a report whose size was bounded by [`crate::MAX_REPORT_BYTES`]. Of what stands in `contacts` nothing is known
    /// then, and not even that it is JSON.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]; [`Refusal::TooLarge`] for more names than an object may have.
    pub fn read(body: &'body [u8]) -> Result<Self, Refusal> {
        let outline = json::outline(body, &["token", "captcha", "captchaId"], "contacts")?;
        let (text, aside) = match &outline {
            Some(outline) => (outline.text.as_slice(), outline.aside.clone()),
            None => (body, None),
        };
        let Shown {
            token,
            captcha,
            captcha_id,
            ..
        } = json::skim(text)?;
        Ok(Self {
            token,
            captcha: captcha.map(|Solution(text)| text),
            captcha_id,
            body,
            place: aside.unwrap_or(body.len()..body.len()),
        })
    }

    /// Looks at the first bytes of a report that is still under way: where its code comes first and is none, nobody need
    /// read on. Of anything else than a plain `{"token":"…"`, or one that is too long already, nothing is said: the whole
    /// is read.
    ///
    /// # Errors
    /// As [`OpenedReport::code`].
    pub fn check_start(start: &[u8]) -> Result<(), Refusal> {
        let start = json::without_mark(start)
            .utf8_chunks()
            .next()
            .map(|text| text.valid());
        let token = start.and_then(plain_token);
        token.map_or(Ok(()), |token| read_code(token).map(drop))
    }

    /// The code, once it is seen to be one.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn code(&self) -> Result<Code, Refusal> {
        read_code(&self.token)
    }

    /// The bytes of the value of `contacts`, as they came: what a stamp is for. Nothing where its name is written with
    /// escapes, which no stamp is made for.
    #[must_use]
    pub fn contacts_as_sent(&self) -> &'body [u8] {
        let [_, contacts, _] = self.parts();
        contacts
    }

    /// The whole body: what stands before the value of `contacts`, that value, and what follows it.
    #[must_use]
    pub fn parts(&self) -> [&'body [u8]; 3] {
        let (most, after) = self
            .body
            .split_at_checked(self.place.end)
            .unwrap_or_default();
        let (before, contacts) = most.split_at_checked(self.place.start).unwrap_or_default();
        [before, contacts, after]
    }

    /// The contacts.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]; [`Refusal::TooLarge`] past a list's limit.
    pub fn contacts(&self) -> Result<Vec<Contact>, Refusal> {
        json::read(self.body).map(|Met { contacts }| contacts)
    }
}

#[derive(Deserialize)]
struct Shown {
    #[serde(deserialize_with = "token")]
    token: String,
    #[serde(rename = "contacts")]
    _contacts: IgnoredAny,
    #[serde(default)]
    captcha: Option<Solution>,
    #[serde(default, rename = "captchaId")]
    captcha_id: Option<CaptchaId>,
}

#[derive(Deserialize)]
struct Met {
    #[serde(deserialize_with = "contacts::read")]
    contacts: Vec<Contact>,
}

#[derive(Deserialize)]
struct Solution(#[serde(deserialize_with = "solution")] String);

fn read_code(token: &str) -> Result<Code, Refusal> {
    const NOT_A_CODE: &str = "token: this is not a one-time code. Check each character.";
    Code::parse(token).map_err(|_| Refusal::malformed(NOT_A_CODE))
}

/// The token that a report begins with, if it has no escapes and is here to its end; as much of it as is here, if that is
/// already more than a code can have.
fn plain_token(start: &str) -> Option<&str> {
    /// Bytes of one character at the most, as JSON may write it: two escapes of six.
    const WRITTEN: usize = 12;
    let mut rest = start;
    for what in ["{", "\"token\"", ":", "\""] {
        rest = rest.trim_start().strip_prefix(what)?;
    }
    match rest.split_once('"') {
        Some((token, _)) => (!token.contains('\\')).then_some(token),
        None => (rest.len() > WRITTEN * MAX_TYPED).then_some(rest),
    }
}

fn token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    field::parsed(deserializer, field::TOKEN, |text| {
        is_short_enough(text).then(|| text.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_report_tells_a_code_that_is_none() {
        for (start, is_refused) in [
            (r#"{"token":"none","contacts":[{"eb"#, true),
            ("{ \n\"token\" : \"none\"", true),
            (r#"{"token":"""#, true),
            (
                r#"{"token":"7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6","conta"#,
                false,
            ),
            // Nothing is known yet, or the whole has to be read.
            (r#"{"token":"7f9c24e8-3b1"#, false),
            (r#"{"token":"\u0041one","contacts""#, false),
            (r#"{"contacts":[],"token":"none"}"#, false),
            (r#"{"token":7}"#, false),
            ("[]", false),
            ("", false),
        ] {
            let checked = OpenedReport::check_start(start.as_bytes());
            assert_eq!(checked.is_err(), is_refused, "{start}");
        }
        // More than a code can have, whatever follows; escapes are read with the whole.
        let long = |sign: &str, times| format!("{{\"token\":\"{}", sign.repeat(times));
        for (start, is_refused) in [
            (long("\u{2011}", 1_024), false),
            (long("\u{2011}", 1_025), true),
            (long("A", 5_000_000), true),
            (long("\\ud834\\udd73", 256), false),
            (long("\\ud834\\udd73", 257), true),
            (long("\\\"", 5_000), false),
        ] {
            let checked = OpenedReport::check_start(start.as_bytes());
            assert_eq!(checked.is_err(), is_refused, "{}", start.len());
        }
        assert!(OpenedReport::check_start("\u{feff}{\"token\":\"none\",".as_bytes()).is_err());
        assert_eq!(OpenedReport::check_start(&[0xff, 0xfe]), Ok(()));
        // Cut in the middle of a character.
        assert!(OpenedReport::check_start(b"{\"token\":\"none\",\"x\":\"\xc3").is_err());
    }
}
