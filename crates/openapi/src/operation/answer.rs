//! What is answered under one status code.

use std::collections::BTreeMap;

use utoipa::openapi::Content;
use utoipa::openapi::header::Header;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::AnyOfBuilder;
use wire::Refusal;

use super::JSON;

/// What is answered under one status code.
#[derive(Default)]
pub(super) struct Answer {
    /// When: one sentence or more each.
    pub(super) when: Vec<String>,
    /// By media type. There is none in some cases when `when` says so.
    pub(super) contents: BTreeMap<&'static str, Content>,
    pub(super) headers: BTreeMap<&'static str, Header>,
    /// Whether it may hold a challenge, in the place of a time to wait for.
    pub(super) asks_for_work: bool,
}

impl Answer {
    pub(super) fn finish(self) -> Response {
        let mut response = ResponseBuilder::new().description(self.when.join(" Or: "));
        for (name, header) in self.headers {
            response = response.header(name, header);
        }
        for (media_type, content) in self.contents {
            response = response.content(media_type, content);
        }
        response.build()
    }

    /// JSON of another schema than what is known, perhaps; then either may come.
    pub(super) fn also_holds(&mut self, content: Content) {
        let Some(known) = self.contents.get_mut(JSON) else {
            self.contents.insert(JSON, content);
            return;
        };
        if known.schema == content.schema {
            *known = content;
            return;
        }
        let either = [known.schema.take(), content.schema];
        let either = either
            .into_iter()
            .flatten()
            .fold(AnyOfBuilder::new(), AnyOfBuilder::item);
        known.schema = Some(either.into());
    }
}

/// When a refusal is answered, whatever the operation.
pub(super) const fn usual(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed(_) => {
            "The body or one of its fields is not as documented. `message` names the field and what to send, and \
             repeats nothing of what was sent."
        }
        Refusal::Unauthenticated => {
            "Well-formed, but its pseudonym, seal, time or the gap since the last question was refused; which of \
             them is not said."
        }
        Refusal::WrongCaptcha => "The captcha's solution is wrong, expired or used.",
        Refusal::UnknownCode => "The code is unknown, used or expired; which of them is not said.",
        Refusal::UnknownIssuer => "The issuer's key is missing or not in force.",
        Refusal::Forbidden(_) => "The key is in force, but may not do this; `message` says why.",
        Refusal::NotFound => "There is no such realm: it has ended, or this server offers none.",
        Refusal::WrongMethod(_) => "Another method than this address answers.",
        Refusal::Conflict => {
            "`id` already names another request of this key. Its kind or its number of codes is another."
        }
        Refusal::Ended => {
            "Six months after the end of the state of emergency (Article 3) the service is over, and accounts are \
             deleted."
        }
        Refusal::TooLarge => "The body, or one of its lists, is larger than the documented limits.",
        Refusal::NotJson => "The content type is missing or is not `application/json`.",
        Refusal::Encoded => "The body is compressed, or in another content coding than `identity`.",
        Refusal::WorkNeeded(_) => {
            "Over fifty wrong short codes came within the hour, so that a short code is tried for a proof of work \
             only. Solved as at registration, the challenge goes with the same report into `captcha` and `captchaId`; \
             it is good for this code once, within ten minutes. Whether the code is right is not said."
        }
        Refusal::SeatsScarce(..) => {
            "Two thirds of the realms that can be are open. The solution of the challenge in `captcha` of the next \
             `POST /demo`, within ten minutes, opens one; `Retry-After` says when none will be needed, at the latest."
        }
        Refusal::TooMany(_) => "A limit was reached.",
        Refusal::UnknownIdentity => {
            "There is no key for the day of this pseudonym, or no such account: register again. The status code \
             is the deployed system's own."
        }
        Refusal::NoMoreToday(_) => {
            "In the national realm an operator may set how many reports and decoys a day brings at the most, and so many \
             have come. The code was not looked at: the same request can be sent again on the next UTC day, which \
             `Retry-After` says."
        }
        Refusal::Unavailable => {
            "Storage or keys cannot be reached now. Nothing was lost: send the same request again."
        }
    }
}
