//! What each route is for. A route that is not described here does not compile.

use wire::route::{Caller, Row};
use wire::{Call, RealmAddress, Refusal, Route};

use crate::operation::Operation;

pub(crate) use bytes::A_PHONE;

mod bytes;
mod code;
pub(crate) mod demos;
mod figures;
mod health;
pub(crate) mod issuers;
mod phones;

/// The version of the deployed API.
pub(crate) const VERSION: &str = "6.0.0";

pub(crate) const INTRODUCTION: &str = "\
Proximity tracing that anyone can see through. This is the API that StopCovid deployed from August 2021 (ROBERT protocol 1.1, decree 2020-650), at the same addresses, and \
what Limpide adds: public figures, private demo realms, and the door of those who hand out one-time codes. What differs from the \
deployed API, and why, is in `DEVIATIONS.md`; what somebody can still learn is in `docs/PRIVACY.md`.

**Times.** An *epoch* is a quarter of an hour since 2020-06-01T00:00:00Z. *NTP seconds* count from \
1900-01-01T00:00:00Z (RFC 5905), often modulo 2^32 or 2^16; *Unix seconds* from 1970-01-01T00:00:00Z.

**Bytes** stand in standard base64 with padding, of the exact length, and with no bit set that is not read \
(RFC 4648, 3.5).

**Refusals** carry `{\"message\"}`, but for refused authentication (400 and 430) and a wrong captcha (401), which are \
empty as deployed. No message repeats its input.

**HTTP.** An address is what stands here, to the slash: with one too many, or one behind, it is another, at which there \
is nothing (404). `HEAD` answers wherever `GET` does, and `OPTIONS` everywhere: 204 with `Allow`. A body is sent as it \
is: another `Content-Encoding` than `identity` is refused (415). A byte order mark before JSON is passed over. A 401 of \
the issuers' door has `WWW-Authenticate`; one for a code or a captcha has none, as deployed.

**Every answer** carries `Date`, `X-Content-Type-Options: nosniff`, `Referrer-Policy: no-referrer`, \
`Strict-Transport-Security`, `Cross-Origin-Resource-Policy`, a `Content-Security-Policy` that allows nothing, and but for \
this description `Cache-Control: no-store, no-transform`.

**Other origins.** The clock, the keys, the statistics in both forms, the health of the server and this description may be \
read by pages of every origin, outside demo realms (`Access-Control-Allow-Origin: *`); without cookies and keys, which \
they have no use for. Nothing else may.";

pub(crate) const ISSUER_KEY: &str = "The configured operator's key, or one that was made with `POST /issuer/v1/keys`. A laboratory's (`lab`) hands \
     out long codes, one or many at a time; a doctor's (`doctor`) short ones, one at a time; an `operator`'s hands \
     out all, makes and revokes keys, and reads the record of administrators' acts. Each code counts for the key \
     that asks for it and for every key that it came from.";

const PHONES: &str = "Phones";
const DEMOS: &str = "Demo realms";
const DEMO_PHONES: &str = "Phones in a demo realm";
const FIGURES: &str = "Public figures";
const ISSUERS: &str = "Issuers";
const DESCRIPTION: &str = "Description";

pub(crate) const TAGS: [(&str, &str); 6] = [
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
    (
        DESCRIPTION,
        "This document, and whether the server is ready.",
    ),
];

/// 2020-06-01T00:00:00Z in Unix seconds: when the examples play.
const START: u64 = 1_590_969_600;

/// What this route is for; nothing for the page, which is no part of the API.
pub(crate) fn operation(route: Route<'_>, row: &Row) -> Option<Operation> {
    let operation = match route {
        Route::Page(_) => return None,
        Route::Describe => describe(),
        Route::Health => health::read(),
        Route::OpenDemo => demos::not_from_other_sites(demos::open_demo()),
        Route::Issuer(call) => issuers::call(call).refuses(&Refusal::Unavailable, ""),
        Route::Demo(_, call) => {
            demos::not_from_other_sites(demos::call(call)).refuses(&Refusal::Unavailable, "")
        }
        Route::Realm(RealmAddress::National, call) => in_the_national_realm(call),
        Route::Realm(RealmAddress::Demo(_), call) => in_a_demo_realm(call),
    };
    Some(match row.caller {
        Caller::Anyone => operation,
        Caller::Phone => operation
            .refuses(&Refusal::Unauthenticated, "")
            .refuses(&Refusal::UnknownIdentity, ""),
        Caller::Visitor => operation.refuses(&Refusal::NotFound, ""),
        Caller::Issuer => operation
            .with_key()
            .refuses(&Refusal::NotFound, NO_OPERATOR),
    })
}

fn in_the_national_realm(call: Call) -> Operation {
    let mut operation = in_each_realm(call);
    if call.is_personal() {
        operation = operation.refuses(&Refusal::Ended, "");
    }
    match call {
        Call::Register => operation.refuses(&Refusal::TooMany(600), CROWDED),
        _ => operation,
    }
}

fn in_a_demo_realm(call: Call) -> Operation {
    let operation = in_each_realm(call).refuses(&Refusal::NotFound, "");
    let operation = demos::not_from_other_sites(operation);
    match call {
        Call::Register | Call::Report => operation
            .in_a_demo(DEMO_PHONES)
            .refuses(&Refusal::TooMany(3_600), FULL),
        Call::Statistics | Call::StatisticsCsv => operation.in_a_demo(DEMOS),
        _ => operation.in_a_demo(DEMO_PHONES),
    }
}

/// What a call is for, whatever the realm.
fn in_each_realm(call: Call) -> Operation {
    let operation = match call {
        Call::Captcha => phones::captcha::captcha(),
        Call::Register => phones::register(),
        Call::Status => phones::status(),
        Call::Report => phones::report(),
        Call::Unregister => phones::unregister(),
        Call::DeleteExposureHistory => phones::delete_exposure_history(),
        Call::Clock => phones::clock(),
        Call::Keys => phones::keys(),
        Call::Statistics => figures::statistics(),
        Call::StatisticsCsv => figures::statistics_csv(),
    };
    operation.refuses(&Refusal::Unavailable, "")
}

const NO_OPERATOR: &str = "No operator's key is configured at this server.";

const FULL: &str = "This realm has taken all that it takes; `Retry-After` says when it ends.";

const CROWDED: &str = "Others come first: the challenge has its turn, and `Retry-After` says when that comes. The very same request is \
                       then taken, for a day from when the challenge was drawn; no other challenge is needed, or \
                       comes sooner.";

fn describe() -> Operation {
    Operation::new(
        "describe",
        DESCRIPTION,
        "This description",
        "OpenAPI 3.1. It is the same for every realm, and changes with the server only.",
    )
    .answers_anything(200, "This document.")
}
