//! What each route is for. A route that is not described here does not compile.

mod issuers;

use super::examples;
use super::operation::Operation;
use super::schemas::Challenge;
use crate::api::{
    CaptchaReply, CaptchaRequest, ClockReply, Done, KeysReply, RegisterReply, RegisterRequest,
    ReportRequest, Shape, StatusReply,
};
use crate::code::{CodeRequest, HandedOut, Kind};
use crate::demo::{MoveClock, Now, Opened, State};
use crate::statistics::Statistics;
use crate::{Call, MAX_BODY_BYTES, MAX_REPORT_BYTES, Refusal, Route, Scope};

/// That of the deployed API.
pub(super) const VERSION: &str = "6.0.0";

pub(super) const INTRODUCTION: &str = "\
Proximity tracing that anyone can see through. This is the API that StopCovid deployed from August 2021 (ROBERT protocol 1.1, decree 2020-650), at the same addresses, and \
what Limpide adds: public figures, private demo realms, and the door of those who hand out one-time codes. What differs from the \
deployed API, and why, is in `DEVIATIONS.md`; what somebody can still learn is in `docs/PRIVACY.md`.

**Times.** An *epoch* is a quarter of an hour since 2020-06-01T00:00:00Z. *NTP seconds* count from \
1900-01-01T00:00:00Z (RFC 5905), often modulo 2^32 or 2^16; *Unix seconds* from 1970-01-01T00:00:00Z.

**Bytes** stand in standard base64 with padding, of the exact length, and with no bit set that is not read \
(RFC 4648, 3.5).

**Refusals** carry `{\"message\"}`, but for refused authentication (400 and 430) and a wrong captcha (401), which are \
empty as deployed. No message repeats its input.

**Every answer** carries `X-Content-Type-Options: nosniff` and `Referrer-Policy: no-referrer`, and but for this \
description `Cache-Control: no-store, no-transform`. `HEAD` answers wherever `GET` does. No other origin is let in.";

pub(super) const ISSUER_KEY: &str = "The configured operator's key, or one that was made with `POST /issuer/v1/keys`. A laboratory's (`lab`) hands \
     out long codes, one or many at a time; a doctor's (`doctor`) short ones, one at a time; an `operator`'s hands \
     out all, makes and revokes keys, and reads the record of administrators' acts. Each code counts for the key \
     that asks for it and for every key that it came from.";

const PHONES: &str = "Phones";
const DEMOS: &str = "Demo realms";
const DEMO_PHONES: &str = "Phones in a demo realm";
const FIGURES: &str = "Public figures";
const ISSUERS: &str = "Issuers";
const DESCRIPTION: &str = "Description";

pub(super) const TAGS: [(&str, &str); 6] = [
    (
        PHONES,
        "The deployed API v6, in the national realm: real time, everybody.",
    ),
    (
        ISSUERS,
        "For laboratories and doctors: one-time codes of the national realm (Article 2 I 8° b), and the keys that \
         hand them out.",
    ),
    (
        FIGURES,
        "How many, never who, and nothing small: for everybody.",
    ),
    (
        DEMOS,
        "One visitor's own server, which disappears after an hour.",
    ),
    (
        DEMO_PHONES,
        "The deployed API v6 in one demo realm, which has its own clock and keys. It takes 50 accounts, 100 \
         reports and 5 MB of reports.",
    ),
    (DESCRIPTION, "This document."),
];

/// What this route is for; nothing for the page, which is no part of the API.
pub(super) fn route(route: Route<'_>) -> Option<Operation> {
    Some(match route {
        Route::Page(_) => return None,
        Route::Describe => describe(),
        Route::OpenDemo => open_demo(),
        Route::Issuer(asked) => issuers::describe(asked),
        Route::Realm(scope, asked) => {
            let mut operation = call(asked).refuses(&Refusal::Unavailable, "");
            if scope == Scope::National && asked.is_personal() {
                operation = operation.refuses(&Refusal::Ended, "");
            }
            match (scope, asked) {
                (Scope::National, Call::Captcha | Call::Register) => {
                    operation.refuses(&Refusal::TooMany(600), CROWDED)
                }
                (Scope::National, _) => operation,
                (Scope::Demo(_), Call::MoveClock | Call::HandOutCode | Call::State | Call::End) => {
                    operation.refuses(&Refusal::NotFound, "")
                }
                (Scope::Demo(_), Call::Register | Call::Report) => operation
                    .in_a_demo(DEMO_PHONES)
                    .refuses(&Refusal::NotFound, "")
                    .refuses(&Refusal::TooMany(3_600), FULL),
                (Scope::Demo(_), Call::Statistics | Call::StatisticsCsv) => {
                    operation.in_a_demo(DEMOS).refuses(&Refusal::NotFound, "")
                }
                (Scope::Demo(_), _) => operation
                    .in_a_demo(DEMO_PHONES)
                    .refuses(&Refusal::NotFound, ""),
            }
        }
    })
}

const FULL: &str = "This realm has taken all that it takes; `Retry-After` says when it ends.";

const CROWDED: &str = "The registry that the challenge leads to has taken all that it takes in ten minutes, or by now asks for \
                       over twice the work of the challenge that came; `Retry-After` says when that ends. With another \
                       challenge there is no wait, if there is room.";

fn describe() -> Operation {
    Operation::new(
        "describe",
        DESCRIPTION,
        "This description",
        "OpenAPI 3.1. It is the same for every realm, and changes with the server only.",
    )
    .answers_anything(200, "This document.")
}

fn open_demo() -> Operation {
    Operation::new(
        "openDemo",
        DEMOS,
        "Open a demo realm",
        "Makes a server of the caller's own, with its own keys and clock, for one hour of real time. Nothing of it \
         works in another realm. No body is read.",
    )
    .answers::<Opened>(201, "The realm is open.", examples::opened())
    .refuses(&Refusal::NotFound, "This server offers no demo realms.")
    .refuses(
        &Refusal::TooMany(3_600),
        "200 realms are open; `Retry-After` says when the first one ends.",
    )
    .refuses(&Refusal::Unavailable, "")
}

/// What a call is for, whatever the realm.
fn call(call: Call) -> Operation {
    match call {
        Call::Captcha => captcha(),
        Call::Register => register(),
        Call::Status => status(),
        Call::Report => report(),
        Call::Unregister => sealed(
            "unregister",
            "Forget this account",
            "Deletes the account and all that is stored of it, at once (Article 3). The phone may register again.",
        )
        .answers::<Done>(200, "It is gone.", Done::default()),
        Call::DeleteExposureHistory => sealed(
            "deleteExposureHistory",
            "Forget whom I met",
            "Deletes the exposures stored of this account, and its verdict; the account stays.",
        )
        .answers::<Done>(200, "They are gone.", Done::default()),
        Call::Clock => Operation::new(
            "clock",
            PHONES,
            "The realm's clock",
            "So that a phone whose clock is wrong can tell.",
        )
        .answers::<ClockReply>(200, "The time.", examples::clock()),
        Call::Keys => Operation::new(
            "keys",
            PHONES,
            "The server's public keys",
            "What a phone needs in order to register. A phone application embeds it instead of asking.",
        )
        .answers::<KeysReply>(200, "The keys.", examples::keys()),
        Call::Statistics => Operation::new(
            "statistics",
            FIGURES,
            "The public figures",
            "Days are merged until each count is at least `floor`; nothing leaves a realm in which fewer than \
             `peopleNeeded` people are registered, and no period ever changes. What each figure counts is told in \
             `docs/STATISTICS.md`.",
        )
        .answers::<Statistics>(200, "All of them.", examples::statistics()),
        Call::StatisticsCsv => Operation::new(
            "statisticsCsv",
            FIGURES,
            "The public figures, as a table",
            "A line for each period of each figure, under a line of names (RFC 4180).",
        )
        .answers_text(
            200,
            "All of them.",
            "text/csv; charset=utf-8",
            Some(examples::statistics().to_csv()),
        ),
        Call::MoveClock => move_clock(),
        Call::HandOutCode => hand_out_code(),
        Call::State => Operation::new(
            "showState",
            DEMOS,
            "Everything that this realm stores",
            "Every stored row of every object, as stored and as opened, with the item of Article 2 that each column \
             serves. Bytes stand in lower-case hexadecimal.",
        )
        .answers::<State>(200, "All of it.", examples::state()),
        Call::End => Operation::new(
            "endDemo",
            DEMOS,
            "End this realm",
            "Empties every object of it, at once.",
        )
        .answers_nothing(204, "It is gone."),
    }
}

fn captcha() -> Operation {
    Operation::new(
        "captcha",
        PHONES,
        "Ask for a proof of work",
        "Draws the challenge that a registration has to solve: about a second on a phone of 2020, and up to eight \
         while very many register. No third party, no image, no sound. A body is not needed; `type` and `locale`, which deployed phones send, are accepted.",
    )
    .may_take::<CaptchaRequest>(MAX_BODY_BYTES, CaptchaRequest {})
    .answers::<CaptchaReply<Challenge>>(
        201,
        "A challenge, good for one registration in this realm within ten minutes.",
        examples::captcha(),
    )
    .holding::<Challenge>()
}

fn register() -> Operation {
    Operation::new(
        "register",
        PHONES,
        "Register a phone",
        "Creates an account: a random number, and two keys agreed by ECDH on P-256 (ROBERT §4). Neither a name, nor a \
         telephone number, nor an address is asked for (Article 2 II). Each challenge is good once.",
    )
    .takes::<RegisterRequest>(MAX_BODY_BYTES, examples::registration())
    .answers::<RegisterReply>(
        201,
        "Registered. The bundle holds the pseudonyms of what is left of today (UTC) and of the three days after.",
        examples::registered(),
    )
    .refuses(&Refusal::WrongCaptcha, "")
}

fn status() -> Operation {
    sealed(
        "status",
        "Am I at risk?",
        "Answers one thing (Article 2 I 6°), and a fresh bundle. Every answer of the same moment has the same length \
         and headers. A phone may ask once in two epochs.",
    )
    .answers::<StatusReply>(200, "At risk or not.", examples::status())
}

fn report() -> Operation {
    Operation::new(
        "report",
        PHONES,
        "Report whom I met",
        "For a person who tested positive, with a one-time code. Each contact is sealed alone and judged within the \
         next minute; nothing stored ties the contacts of one report together, or to the code. Contacts of another \
         country, of a forgotten day or of nobody are accepted and dropped. The code is used up in the transaction \
         that stores the report: an answer that was lost is given again to the same bytes for ten minutes. At most \
         20,000 contacts, 1,000 HELLOs in each, and 40,000 HELLOs in all. A report with the code \
         `00000000-0000-4000-8000-000000000000` is a decoy, which a phone sends for no reason, so that sending one \
         tells nothing: it is answered, stored and delivered as any other, and judged for nobody.",
    )
    .takes::<ReportRequest>(MAX_REPORT_BYTES, examples::report())
    .answers::<Done>(200, "Accepted: each contact counts once.", Done::default())
    .refuses(&Refusal::UnknownCode, "")
    .asks_for_work()
}

/// An authenticated request of an account.
fn sealed(id: &str, summary: &'static str, description: &'static str) -> Operation {
    Operation::new(id, PHONES, summary, description)
        .takes::<Shape>(MAX_BODY_BYTES, examples::authenticated())
        .refuses(&Refusal::Unauthenticated, "")
        .refuses(&Refusal::UnknownIdentity, "")
}

fn move_clock() -> Operation {
    Operation::new(
        "moveClock",
        DEMOS,
        "Move this realm's clock",
        "Forward only. What waits is delivered first; then what each midnight on the way brings is done.",
    )
    .takes::<MoveClock>(
        MAX_BODY_BYTES,
        MoveClock {
            advance_seconds: 86_400,
        },
    )
    .answers::<Now>(200, "The realm's time.", examples::now())
    .refuses(
        &Refusal::malformed(crate::field::SECONDS),
        "All moves together are longer than 60 days.",
    )
}

fn hand_out_code() -> Operation {
    Operation::new(
        "handOutCode",
        DEMOS,
        "Hand out a one-time code",
        "As an issuer does in the national realm.",
    )
    .takes::<CodeRequest>(MAX_BODY_BYTES, CodeRequest { kind: Kind::Short })
    .answers::<HandedOut>(201, "The code.", examples::code(Kind::Short))
    .refuses(&Refusal::TooMany(3_600), FULL)
}
