//! One-time codes for those who hand them out.

use serde::Serialize;
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use wire::{Refusal, code, issuer};

use super::super::code::OneTimeCode;
use super::super::{ISSUERS, START};
use crate::operation::Operation;
use crate::schema;

pub(super) fn hand_out() -> Operation {
    Operation::new(
        "handOut",
        ISSUERS,
        "Hand out a one-time code",
        "For a person who tested positive, by whoever told them (Article 2 I 8° b). The code is stored as a keyed hash \
         only, until it is used or expires. A long one is for a laboratory's QR code and lives until 23:59 \
         Europe/Paris seven days later; a short one is read aloud by a doctor and lives 60 minutes. A request with \
         an `id` can be sent again until its code expires: it is answered by the same code, and counted once.",
    )
    .takes::<CodeOrder>(example_order())
    .answers::<HandedOut>(201, "The code.", handed_out(code::Kind::Long))
    .hands_out(
        &Refusal::forbidden("A laboratory's key hands out long codes only."),
        "This key hands out the other kind of codes only.",
    )
}

pub(super) fn hand_out_batch() -> Operation {
    Operation::new(
        "handOutBatch",
        ISSUERS,
        "Hand out many one-time codes",
        "Up to a thousand, all or none, and otherwise as one. The form is no part of what an `id` names: the same codes \
         can be had in each.",
    )
    .takes::<BatchOrder>(example_batch())
    .answers_list::<HandedOut>(201, "The codes.", [handed_out(code::Kind::Long)])
    .answers_text(
        201,
        "A table: code, kind, when it expires, and the link that its QR code holds (RFC 4180).",
        "text/csv; charset=utf-8; header=present",
        Some(example_table()),
    )
    .answers_bytes(
        201,
        "A tar archive: that table as `codes.csv`, and a picture for each of its rows, `0001.svg` and so on.",
        "application/x-tar",
    )
    .names_files(201)
    .hands_out(
        &Refusal::forbidden("count: this is more than the key's quota of a day."),
        "This key hands out the other kind of codes only, or one at a time; or they are more than its quota of a \
         whole day.",
    )
}

pub(super) fn draw_code() -> Operation {
    Operation::new(
        "drawCode",
        ISSUERS,
        "Draw a code",
        "The QR code of a link that opens the page with this code filled in. Whether the code is good is not looked at. \
         Any key in force will do.",
    )
    .takes::<PictureOrder>(example_picture())
    .answers_text(200, "As SVG.", "image/svg+xml", None)
    .answers_bytes(200, "As PNG.", "image/png")
}

impl Operation {
    /// It hands out codes, of which a key has so many a day.
    fn hands_out(self, forbidden: &Refusal, when: &str) -> Self {
        self.refuses(forbidden, when)
            .refuses(&Refusal::Conflict, "")
            .refuses(&Refusal::Ended, "")
            .refuses(
                &Refusal::TooMany(3_600),
                "The key, or one that it came from, has handed out its codes of this UTC day; `Retry-After` says when \
                 the next one begins.",
            )
    }
}

/// The two kinds of codes.
#[derive(Serialize)]
pub(in crate::describe) struct Kind;

impl ToSchema for Kind {}

impl PartialSchema for Kind {
    fn schema() -> RefOr<Schema> {
        let names = code::Kind::ALL.map(code::Kind::name);
        schema::one_of("The two kinds of codes.", names)
    }
}

/// The form of a batch. It is no part of what is asked: the same codes can be had in each.
struct Format;

impl ToSchema for Format {}

impl PartialSchema for Format {
    fn schema() -> RefOr<Schema> {
        let names = issuer::Format::ALL.map(issuer::Format::name);
        schema::one_of(
            "The form of a batch. It is no part of what is asked: the same codes can be had in each.",
            names,
        )
    }
}

/// The form of a QR code.
struct Image;

impl ToSchema for Image {}

impl PartialSchema for Image {
    fn schema() -> RefOr<Schema> {
        let names = issuer::Image::ALL.map(issuer::Image::name);
        schema::one_of("The form of a QR code.", names)
    }
}

/// A one-time code, shown once: 201.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(in crate::describe) struct HandedOut {
    /// The code, as a person reads it: a UUID v4, or two groups of five characters.
    code: String,
    /// Its kind.
    kind: Kind,
    /// From when it is refused, in Unix seconds of the realm's time.
    expires_at: u64,
}

/// `POST /issuer/v1/codes`.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct CodeOrder {
    /// Which kind of code.
    kind: Kind,
    /// The client's name for this request: sent again, it is answered again.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 64)]
    id: Option<String>,
}

/// `POST /issuer/v1/batches`.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct BatchOrder {
    /// Which kind of codes.
    kind: Kind,
    /// How many.
    #[schema(minimum = 1, maximum = 1000)]
    count: u32,
    /// The client's name for this request: sent again, it is answered again.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 64)]
    id: Option<String>,
    /// In which form; a list in JSON unless it says otherwise.
    #[schema(required = false)]
    format: Format,
    /// In which form the QR codes of an archive are; SVG unless it says otherwise.
    #[schema(required = false)]
    images: Image,
}

/// `POST /issuer/v1/qr`.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct PictureOrder {
    /// The code that the picture is of, in any spelling, as in a report: the picture holds it as it was handed out.
    code: OneTimeCode,
    /// In which form; SVG unless it says otherwise.
    #[schema(required = false)]
    format: Image,
}

pub(in crate::describe) fn handed_out(kind: code::Kind) -> code::HandedOut {
    let code = match kind {
        code::Kind::Long => code::Code::long([0x5e; 16]),
        code::Kind::Short => code::Code::short([17, 3, 22, 9, 31, 0, 4, 12, 28]),
    };
    code::HandedOut {
        code: code.to_string(),
        kind,
        expires_at: START + 3_600,
    }
}

fn example_order() -> issuer::CodeOrder {
    issuer::CodeOrder {
        kind: code::Kind::Long,
        id: Some("sample 2020-1234".to_owned()),
    }
}

fn example_batch() -> issuer::BatchOrder {
    issuer::BatchOrder {
        kind: code::Kind::Long,
        count: 500,
        id: Some("June, week 2".to_owned()),
        format: issuer::Format::Tar,
        images: issuer::Image::Png,
    }
}

/// The table of a batch of one code.
fn example_table() -> String {
    let code::HandedOut { code, .. } = handed_out(code::Kind::Long);
    format!(
        "code,kind,expires_at,link\r\n{code},long,2020-06-01T01:00:00Z,https://limpide.example/#code={code}&type=1\r\n"
    )
}

fn example_picture() -> serde_json::Value {
    json!({ "code": handed_out(code::Kind::Long).code, "format": "svg" })
}
