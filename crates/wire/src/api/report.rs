//! A report as its body is read: the code first, the contacts only when somebody asks for them.

use robert::Contact;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::{CaptchaId, contacts, solution};
use crate::code::Code;
use crate::{Refusal, field, json};

/// A report whose code can be looked at. Its contacts were skipped: up to megabytes, which are worth reading only once
/// the code is seen to be good.
// No `Debug`: it holds a code.
pub struct OpenedReport<'body> {
    /// The one-time code, as typed.
    pub token: String,
    /// The solution of the challenge that a 429 asked for.
    pub captcha: Option<String>,
    /// That challenge's id.
    pub captcha_id: Option<CaptchaId>,
    body: &'body [u8],
}

impl<'body> OpenedReport<'body> {
    /// Reads a report whose size was bounded by [`crate::MAX_REPORT_BYTES`]. Of what stands in `contacts` nothing is known
    /// then but that it is JSON.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn read(body: &'body [u8]) -> Result<Self, Refusal> {
        let Shown {
            token,
            captcha,
            captcha_id,
            ..
        } = json::skim(body)?;
        Ok(Self {
            token,
            captcha: captcha.map(|Solution(text)| text),
            captcha_id,
            body,
        })
    }

    /// The code, once it is seen to be one.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn code(&self) -> Result<Code, Refusal> {
        const NOT_A_CODE: &str = "token: this is not a one-time code. Check each character.";
        Code::parse(&self.token).map_err(|_| Refusal::malformed(NOT_A_CODE))
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

fn token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    field::text(deserializer, field::TOKEN, 64)
}
