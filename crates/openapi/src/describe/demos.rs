//! Demo realms: what their visitors ask.

use base64ct::{Base64UrlUnpadded, Encoding};
use utoipa::ToSchema;
use wire::{DemoCall, Refusal, code, demo, field};

use super::issuers::codes::{HandedOut, Kind, handed_out};
use super::phones::captcha;
use super::{DEMOS, FULL, START};
use crate::operation::Operation;

pub(super) fn call(call: DemoCall) -> Operation {
    match call {
        DemoCall::MoveClock => move_clock(),
        DemoCall::HandOutCode => hand_out_code(),
        DemoCall::State => show_state(),
        DemoCall::End => end_demo(),
    }
}

pub(super) fn open_demo() -> Operation {
    Operation::new(
        "openDemo",
        DEMOS,
        "Open a demo realm",
        "Makes a server of the caller's own, with its own keys and clock, for one hour of real time. Nothing of it \
         works in another realm. 200 can be open at a time; while a third of these is free no body is needed. When \
         none is free, the one makes room that nobody used for the longest time, if that is a quarter of an hour.",
    )
    .takes::<OpenDemo>(demo::OpenDemo {
        captcha: Some(captcha::solved(&captcha::for_demo())),
    })
    .answers::<Opened>(201, "The realm is open.", example_opened())
    .refuses(&Refusal::WrongCaptcha, "")
    .refuses(&Refusal::NotFound, "This server offers no demo realms.")
    .asks_for_work_or_time::<SeatsScarce>(&Refusal::seats_scarce(&captcha::for_demo(), 600))
    .refuses(
        &Refusal::TooMany(900),
        "All 200 are open, and each was used within a quarter of an hour; `Retry-After` says when one ends or may make \
         room, at the latest.",
    )
    .refuses(&Refusal::Unavailable, "")
}

/// A browser says where a request comes from; nobody else has to.
pub(super) fn not_from_other_sites(operation: Operation) -> Operation {
    operation.refuses(
        &Refusal::cross_site(),
        "A page of another site asks: `Sec-Fetch-Site` is `cross-site`.",
    )
}

fn move_clock() -> Operation {
    Operation::new(
        "moveClock",
        DEMOS,
        "Move this realm's clock",
        "Forward only. What waits is delivered first; then what each midnight on the way brings is done.",
    )
    .takes::<MoveClock>(
        demo::MoveClock {
            advance_seconds: 86_400,
        },
    )
    .answers::<Now>(
        200,
        "The realm's time: all that was due is done.",
        example_now(None),
    )
    .answers::<Unsettled>(
        202,
        "The realm's time, after twenty seconds: not all is done yet. The same call with 0 goes on.",
        example_now(Some(false)),
    )
    .refuses(
        &Refusal::malformed(field::SECONDS),
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
    .takes::<CodeRequest>(code::CodeRequest {
        kind: code::Kind::Short,
    })
    .answers::<HandedOut>(201, "The code.", handed_out(code::Kind::Short))
    .refuses(&Refusal::TooMany(3_600), FULL)
}

fn show_state() -> Operation {
    Operation::new(
        "showState",
        DEMOS,
        "Everything that this realm stores",
        "Every stored row of every object, as stored and as opened, with the item of Article 2 that each column \
         serves. Bytes stand in lower-case hexadecimal.",
    )
    .answers::<State>(200, "All of it.", example_state())
}

fn end_demo() -> Operation {
    Operation::new(
        "endDemo",
        DEMOS,
        "End this realm",
        "Empties every object of it, at once.",
    )
    .answers_nothing(204, "It is gone.")
}

/// `POST /demo`. A body is needed only after a 429 with a challenge.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct OpenDemo {
    /// The solution of that challenge as ALTCHA's libraries encode it: base64 of the JSON payload. At most 8,192 bytes of UTF-8.
    #[schema(required = false, nullable = false, max_length = 8192)]
    captcha: Option<String>,
}

/// What `POST /demo` answers while two thirds of the realms that can be are open: 429.
#[derive(ToSchema)]
struct SeatsScarce {
    /// For people who read bytes. It repeats nothing of what was sent.
    message: String,
    /// Its solution opens one realm, within ten minutes.
    challenge: captcha::Challenge,
}

/// `POST /demo`: 201.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Opened {
    /// Names the realm, and is all that opens it: 66 bytes in base64url, 88 characters.
    #[schema(min_length = 88, max_length = 88, pattern = "^[A-Za-z0-9_-]{88}$")]
    session: String,
    /// When it ends, in Unix seconds of real time.
    expires_at: u64,
}

/// `POST /demo/{session}/clock`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", max_properties = 64)]
struct MoveClock {
    /// How far forward, in seconds: 31 days at most, and 60 days in a realm's whole life; 0 reads the clock.
    #[schema(maximum = 2678400)]
    advance_seconds: u32,
}

/// The realm's clock: 200.
#[derive(ToSchema)]
struct Now {
    /// Unix seconds of the realm's time.
    now: u64,
}

/// The realm's clock while not all is done that is due: 202.
#[derive(ToSchema)]
struct Unsettled {
    /// Unix seconds of the realm's time.
    now: u64,
    /// `false`.
    settled: bool,
}

/// `GET /demo/{session}/state`: everything stored, as stored and opened.
#[derive(ToSchema)]
struct State {
    /// Every object of the realm that stores something.
    #[schema(value_type = Vec<Object>)]
    objects: Vec<serde_json::Value>,
}

/// `POST /demo/{session}/code`: a code of that demo realm, good nowhere else.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct CodeRequest {
    /// Which kind of code.
    kind: Kind,
}

pub(crate) fn session() -> String {
    let bytes: Vec<u8> = (0..66).collect();
    Base64UrlUnpadded::encode_string(&bytes)
}

fn example_opened() -> demo::Opened {
    demo::Opened {
        session: session(),
        expires_at: START + 3_600,
    }
}

const fn example_now(settled: Option<bool>) -> demo::Now {
    demo::Now {
        settled,
        now: START + 86_400,
    }
}

fn example_state() -> demo::State {
    let column = |column: &str, item: &str| demo::Column {
        column: column.to_owned(),
        item: item.to_owned(),
    };
    demo::State {
        objects: vec![demo::Object {
            object: "intake/0".to_owned(),
            tables: vec![demo::Table {
                table: "code".to_owned(),
                columns: vec![
                    column("hash", "2-I-8"),
                    column("until", "protocol: a code expires"),
                ],
                rows: vec![vec!["5e".repeat(32).into(), (START + 3_600).into()]],
            }],
        }],
    }
}
