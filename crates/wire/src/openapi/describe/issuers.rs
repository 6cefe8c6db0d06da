//! What each call at the issuers' door is for.

use super::{ISSUERS, Operation, examples};
use crate::code::{HandedOut, Kind};
use crate::issuer::{Acts, BatchOrder, CodeOrder, KeyOrder, Keys, MadeKey, PictureOrder};
use crate::{Desk, MAX_BODY_BYTES, Refusal};

pub(super) fn describe(asked: Desk<'_>) -> Operation {
    let nowhere = "No operator's key is configured at this server.";
    call(asked)
        .with_key()
        .refuses(&Refusal::NotFound, nowhere)
        .refuses(&Refusal::Unavailable, "")
}

fn call(asked: Desk<'_>) -> Operation {
    match asked {
        Desk::HandOut => hand_out(),
        Desk::HandOutBatch => hand_out_batch(),
        Desk::Picture => picture(),
        Desk::MakeKey => Operation::new(
            "makeKey",
            ISSUERS,
            "Make a key",
            "For a laboratory, a doctor or another operator. It is shown once: a keyed hash of it is stored. No key can \
             be made that does more than the one that makes it. The act is recorded.",
        )
        .takes::<KeyOrder>(MAX_BODY_BYTES, examples::key_order())
        .answers::<MadeKey>(201, "The key.", examples::made_key())
        .refuses(
            &Refusal::forbidden("This takes an operator's key."),
            "Not an operator's key; or the quota is above that key's own, it made 1,000 keys that are in force, or \
             there are seven keys between the new one and the configured operator's.",
        ),
        Desk::ListKeys => for_operators(Operation::new(
            "listKeys",
            ISSUERS,
            "Every key that was made",
            "Without what opens the door. `root`, the configured operator's, is not among them.",
        ))
        .goes_on("^[0-9A-Fa-f]{16}$", examples::key_id())
        .answers::<Keys>(200, "A thousand at the most, in no order.", examples::issuer_keys()),
        Desk::RevokeKey(_) => for_operators(Operation::new(
            "revokeKey",
            ISSUERS,
            "Revoke a key",
            "And every key that came from it, at once. Revoking it again changes nothing. Codes that it handed out stay \
             good. The act is recorded.",
        ))
        .answers_nothing(204, "It is not in force any more.")
        .refuses(
            &Refusal::NotFound,
            "There is no such key, or it is neither the one that asks nor came from it.",
        ),
        Desk::ListActs => for_operators(Operation::new(
            "listActs",
            ISSUERS,
            "What administrators did",
            "The record that Article 3 of the decree asks for: keys made and revoked, codes handed out by operators. \
             Every operator reads all of it.",
        ))
        .goes_on("^[0-9]{1,12}-[0-9A-Fa-f]{32}$", examples::act_mark())
        .answers::<Acts>(200, "The newest thousand.", examples::acts()),
    }
}

fn hand_out() -> Operation {
    Operation::new(
        "handOut",
        ISSUERS,
        "Hand out a one-time code",
        "For a person who tested positive, by whoever told them (Article 2 I 8° b). The code is stored as a keyed hash \
         only, until it is used or expires. A long one is for a laboratory's QR code and lives until 23:59 \
         Europe/Paris seven days later; a short one is read aloud by a doctor and lives 60 minutes. A request with \
         an `id` can be sent again until its code expires: it is answered by the same code, and counted once.",
    )
    .takes::<CodeOrder>(MAX_BODY_BYTES, examples::one_code())
    .answers::<HandedOut>(201, "The code.", examples::code(Kind::Long))
    .hands_out(
        &Refusal::forbidden("A laboratory's key hands out long codes only."),
        "This key hands out the other kind of codes only.",
    )
}

fn hand_out_batch() -> Operation {
    Operation::new(
        "handOutBatch",
        ISSUERS,
        "Hand out many one-time codes",
        "Up to a thousand, all or none, and otherwise as one. The form is no part of what an `id` names: the same codes \
         can be had in each.",
    )
    .takes::<BatchOrder>(MAX_BODY_BYTES, examples::batch())
    .answers_list::<HandedOut>(201, "The codes.", [examples::code(Kind::Long)])
    .answers_text(
        201,
        "A table: code, kind, when it expires, and the link that its QR code holds (RFC 4180).",
        "text/csv; charset=utf-8; header=present",
        Some(examples::batch_table()),
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

fn picture() -> Operation {
    Operation::new(
        "drawCode",
        ISSUERS,
        "Draw a code",
        "The QR code of a link that opens the page with this code filled in. Whether the code is good is not looked at. \
         Any key in force will do.",
    )
    .takes::<PictureOrder>(MAX_BODY_BYTES, examples::picture())
    .answers_text(200, "As SVG.", "image/svg+xml", None)
    .answers_bytes(200, "As PNG.", "image/png")
}

fn for_operators(operation: Operation) -> Operation {
    operation.refuses(
        &Refusal::forbidden("This takes an operator's key."),
        "Not an operator's key.",
    )
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
