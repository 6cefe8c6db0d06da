//! Refusals: data, with one status code and one body each.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Methods;
use crate::api::{CaptchaReply, WorkNeeded};
use crate::demo::SeatsScarce;

/// Why a request was not served.
///
/// Each carries `{"message"}`, but for refused authentication of a well-formed request (400 and
/// 430) and a wrong captcha (401), which are empty as deployed. No message repeats its input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The body or one of its fields does not have the documented shape: 400.
    Malformed(Cow<'static, str>),
    /// Well-formed, but its pseudonym, seal, time or gap was refused: 400, empty, always the same.
    Unauthenticated,
    /// The captcha's solution is wrong, expired or used: 401, empty.
    WrongCaptcha,
    /// The one-time code is unknown, used or expired, and which is not said: 401.
    UnknownCode,
    /// The issuer's key is missing or wrong: 401.
    UnknownIssuer,
    /// The issuer's key may not do this, or a page of another site asks for something in a demo realm: 403.
    Forbidden(Cow<'static, str>),
    /// No such address: 404.
    NotFound,
    /// Wrong method for this address, which answers these: 405.
    WrongMethod(Methods),
    /// The service is over, for good: 410.
    Ended,
    /// The client's id already names a request for something else: 409.
    Conflict,
    /// Larger than the documented limits: 413.
    TooLarge,
    /// The content type is missing or is not JSON: 415.
    NotJson,
    /// No key for that day or no such account: register again. 430, empty.
    UnknownIdentity,
    /// Too many wrong short codes lately, so this one is tried for a proof of work: 429, with the
    /// challenge as [`crate::api::WorkNeeded`].
    WorkNeeded(String),
    /// A limit was reached; `Retry-After` in seconds: 429.
    TooMany(u64),
    /// The server cannot answer now; nothing was lost: 503.
    Unavailable,
    /// Few demo realms can still be opened, each for a proof of work: 429, with the challenge as
    /// [`crate::demo::SeatsScarce`], and `Retry-After` in seconds.
    SeatsScarce(String, u64),
    /// The operator's host takes no more reports and decoys on this UTC day, whoever sends them; `Retry-After` in
    /// seconds, until the next: 503.
    NoMoreToday(u64),
    /// The body is compressed, or in another content coding: 415.
    Encoded,
}

impl Refusal {
    /// A field or body that is not as documented.
    #[must_use]
    pub const fn malformed(message: &'static str) -> Self {
        Self::Malformed(Cow::Borrowed(message))
    }

    /// A short code that needs this proof of work.
    #[must_use]
    pub fn work_needed<C: Serialize>(captcha: CaptchaReply<C>) -> Self {
        const MESSAGE: &str =
            "Many wrong codes came lately. Solve this challenge and send the report with it.";
        let message = MESSAGE.to_owned();
        serde_json::to_string(&WorkNeeded { message, captcha })
            .map_or(Self::Unavailable, Self::WorkNeeded)
    }

    /// A demo realm that needs this proof of work, or so many seconds.
    #[must_use]
    pub fn seats_scarce(challenge: &impl Serialize, wait: u64) -> Self {
        const MESSAGE: &str = "Many demo realms are open. Solve this challenge and send {\"captcha\"}, or try again \
                               after the time in Retry-After.";
        let message = MESSAGE.to_owned();
        serde_json::to_string(&SeatsScarce { message, challenge })
            .map_or(Self::Unavailable, |body| Self::SeatsScarce(body, wait))
    }

    /// Something in a demo realm that a page of another site asks for.
    #[must_use]
    pub const fn cross_site() -> Self {
        Self::forbidden("Sec-Fetch-Site: demo realms are not for pages of other sites.")
    }

    /// Something that a key may not do.
    #[must_use]
    pub const fn forbidden(message: &'static str) -> Self {
        Self::Forbidden(Cow::Borrowed(message))
    }

    /// The HTTP status code. 430 is the deployed system's own.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::Unauthenticated => 400,
            Self::WrongCaptcha | Self::UnknownCode | Self::UnknownIssuer => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound => 404,
            Self::WrongMethod(_) => 405,
            Self::Conflict => 409,
            Self::Ended => 410,
            Self::TooLarge => 413,
            Self::NotJson | Self::Encoded => 415,
            Self::TooMany(_) | Self::WorkNeeded(_) | Self::SeatsScarce(..) => 429,
            Self::UnknownIdentity => 430,
            Self::Unavailable | Self::NoMoreToday(_) => 503,
        }
    }

    /// Seconds after which trying again makes sense.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) | Self::SeatsScarce(_, seconds) | Self::NoMoreToday(seconds) => {
                Some(*seconds)
            }
            Self::Unavailable => Some(5),
            _ => None,
        }
    }

    /// What `Allow` says: the methods that the address answers (RFC 9110, 15.5.6).
    #[must_use]
    pub fn allowed(&self) -> Option<String> {
        match self {
            Self::WrongMethod(methods) => Some(methods.names()),
            _ => None,
        }
    }

    /// What `WWW-Authenticate` says: how to show a key (RFC 9110, 11.6.1; RFC 6750, 3). Codes and proofs of work are no
    /// authentication of HTTP, so their 401 is as deployed.
    #[must_use]
    pub const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::UnknownIssuer => Some("Bearer realm=\"issuers\""),
            _ => None,
        }
    }

    /// What `Accept-Encoding` says: the content coding that is read (RFC 9110, 15.5.16).
    #[must_use]
    pub const fn coding(&self) -> Option<&'static str> {
        match self {
            Self::Encoded => Some("identity"),
            _ => None,
        }
    }

    /// The JSON body, or nothing.
    #[must_use]
    pub fn body(&self) -> Option<String> {
        let message = match self {
            Self::Unauthenticated | Self::WrongCaptcha | Self::UnknownIdentity => return None,
            Self::WorkNeeded(body) | Self::SeatsScarce(body, _) => return Some(body.clone()),
            Self::Malformed(message) | Self::Forbidden(message) => message,
            Self::UnknownCode => "This code is unknown, used or expired. Ask for another one.",
            Self::UnknownIssuer => "Authorization: send 'Bearer' and a key that is in force.",
            Self::NotFound => "There is nothing at this address.",
            Self::WrongMethod(_) => "This address does not answer this method.",
            Self::Ended => {
                "This service has ended, as its law demands. What it stored of people is deleted."
            }
            Self::Conflict => "id: this id names another request. Send that one, or another id.",
            Self::TooLarge => "The request is larger than the documented limits.",
            Self::NotJson => "Content-Type: send application/json.",
            Self::Encoded => "Content-Encoding: send the body as it is, not compressed.",
            Self::TooMany(_) => "A limit was reached. Try again after the time in Retry-After.",
            Self::Unavailable => "The server cannot answer now. Send the same request again.",
            Self::NoMoreToday(_) => {
                "The server takes no more reports today. Send the same request again after the time in Retry-After."
            }
        };
        serde_json::to_string(&Message { message }).ok()
    }
}

/// Why a request was refused.
#[derive(Serialize)]
pub(crate) struct Message<'a> {
    /// For people who read bytes. It repeats nothing of what was sent.
    message: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refused_authentication_and_captcha_are_empty() {
        for refusal in [
            Refusal::Unauthenticated,
            Refusal::WrongCaptcha,
            Refusal::UnknownIdentity,
        ] {
            assert_eq!(refusal.body(), None);
        }
        assert_eq!(
            Refusal::malformed("ebid: 8 bytes").body().unwrap(),
            r#"{"message":"ebid: 8 bytes"}"#
        );
    }
}
