//! The report of a person who tested positive.

use robert::time::Time16;
use robert::{Ecc, HeardHello, Mac40};
use utoipa::ToSchema;
use wire::code::Kind;
use wire::{Refusal, api};

use super::super::PHONES;
use super::super::code::OneTimeCode;
use super::super::issuers::codes::handed_out;
use super::Done;
use super::account::EBID;
use super::captcha::{self, CHALLENGE, CaptchaId, CaptchaReply, solution};
use crate::operation::Operation;

pub(in crate::describe) fn report() -> Operation {
    Operation::new(
        "report",
        PHONES,
        "Report whom I met",
        "For a person who tested positive, with a one-time code. Each contact is sealed alone and judged within the \
         next minute; nothing stored ties the contacts of one report together, or to the code. Contacts of another \
         country, of a forgotten day or of nobody are accepted and dropped. The code is used up in the transaction \
         that stores the report: an answer that was lost is given again to the same bytes for ten minutes. At most \
         20,000 contacts, 1,000 HELLOs in each, and 40,000 HELLOs in all.\n\n\
         A decoy is a report that a phone sends for no reason, so that sending one tells nothing: it is answered and \
         stored as any other, and judged for nobody. Its token is a stamp, which has the form of a long code: a UUID \
         of version 4 whose free bits are drawn until the SHA-256 of these 100 bytes begins with enough zero bits: \
         `limpide decoy stamp, form 01` in ASCII; the UTC day, counted from 1970-01-01, in four bytes, the highest \
         first; the SHA-256 of the value of `contacts`, of exactly the bytes that are sent, from its first bracket to the \
         last; the token in ASCII, in lower case with its hyphens. Enough are 22 bits up to 256 contacts, and \
         one more each time their number doubles past that; in a demo realm six fewer. A stamp is good once, from \
         18:00 UTC of the day before its own until 06:00 UTC of the day after; one that is not is refused as a wrong \
         code. In a demo realm `00000000-0000-4000-8000-000000000000` is a decoy's token too, without any work.",
    )
    .takes::<ReportRequest>(example())
    .answers::<Done>(200, "Accepted: each contact counts once.", api::Done::default())
    .refuses(&Refusal::UnknownCode, "")
    .refuses(&Refusal::NoMoreToday(43_200), "")
    .asks_for_work::<CaptchaReply>(captcha::example())
}

/// `POST report`.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct ReportRequest {
    /// The one-time code, in any spelling. A phone sends it in the form in which it was handed out, followed by blanks up
    /// to 36 characters, so that nothing of how it was typed leaves it. A decoy shows a stamp, in the form of a UUID v4.
    token: OneTimeCode,
    /// Who was met. Empty is allowed, absent or `null` is not.
    #[schema(max_items = 20000)]
    contacts: Vec<Contact>,
    /// The solution of the challenge that a 429 asked for, as at registration.
    #[schema(max_length = 8192)]
    captcha: Option<String>,
    /// That challenge's id.
    #[schema(rename = "captchaId")]
    captcha_id: Option<CaptchaId>,
}

/// What was heard of one pseudonym.
#[derive(ToSchema)]
#[schema(max_properties = 64)]
struct Contact {
    /// The pseudonym heard: 8 bytes in base64.
    #[schema(
        min_length = 12,
        max_length = 12,
        pattern = "^[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=$"
    )]
    ebid: String,
    /// Its encrypted country code, as heard: 1 byte in base64.
    #[schema(min_length = 4, max_length = 4, pattern = "^[A-Za-z0-9+/][AQgw]==$")]
    ecc: String,
    /// Each HELLO heard of it. All contacts of a report together hold at most 40,000.
    #[schema(min_items = 1, max_items = 1000)]
    ids: Vec<Hello>,
}

/// One HELLO, as heard.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", max_properties = 64)]
struct Hello {
    /// When it was heard by this phone's clock: NTP seconds modulo 2^32.
    time_collected_on_device: u32,
    /// When it was sent, as it says itself: the low 16 bits of NTP seconds.
    time_from_hello_message: u16,
    /// Its seal, as heard: 5 bytes in base64.
    #[schema(
        min_length = 8,
        max_length = 8,
        pattern = "^[A-Za-z0-9+/]{6}[AEIMQUYcgkosw048]=$"
    )]
    mac: String,
    /// How strongly it was heard, in dBm, after calibration. Above -5 it is not scored.
    rssi_calibrated: i8,
}

fn example() -> api::ReportRequest {
    let contact = robert::Contact {
        ebid: EBID,
        ecc: Ecc(0x0f),
        hellos: vec![HeardHello {
            collected: 3_799_958_400,
            time: Time16::from_seconds(50_048),
            mac: Mac40([0xe3, 0xcb, 0x56, 0xf7, 0x5c]),
            rssi: -45,
        }],
    };
    api::ReportRequest {
        captcha: Some(solution()),
        captcha_id: Some(CHALLENGE),
        ..api::ReportRequest::new(&handed_out(Kind::Short).code, vec![contact])
    }
}
