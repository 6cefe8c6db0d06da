//! The tables of the desk.

use super::common::{PLACE, VERSION, WALK};
use super::{Purpose, Schema, Table, from_0_1_0, from_0_2_0};

/// The desk. Nothing here names a person: keys have no name, and a client's id of a request is kept as an
/// HMAC only, since it may be a patient's number.
pub const DESK: &Schema = &Schema {
    tables: TABLES,
    oldest: PLACE.name,
    steps: &[from_0_1_0::DESK, from_0_2_0::DESK],
    walks: &[from_0_1_0::ACTS],
    leaving: &[from_0_1_0::ACTS_OUTBOX],
};

const TABLES: &[Table] = &[
    VERSION,
    WALK,
    PLACE,
    // The record of what administrators did, which Article 3 asks for in its last alinéa.
    Table {
        name: "act",
        create: &[
            "CREATE TABLE act (id BLOB PRIMARY KEY, moment INTEGER NOT NULL, body BLOB NOT NULL) \
             WITHOUT ROWID",
            "CREATE INDEX act_moment ON act (moment)",
        ],
        columns: &[
            (
                "id",
                Purpose::Protocol("numbered and random: acts of one second have an order"),
            ),
            ("moment", Purpose::Record),
            // Who did it, when, and what was done.
            ("body", Purpose::Record),
        ],
    },
    Table {
        name: "issuer",
        create: &[
            "CREATE TABLE issuer (id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, \
                 role TEXT NOT NULL, quota INTEGER NOT NULL, maker TEXT NOT NULL, \
                 revoked INTEGER) WITHOUT ROWID",
            "CREATE INDEX issuer_maker ON issuer (maker)",
        ],
        columns: &[
            (
                "id",
                Purpose::Protocol("names a key, and nobody who holds it"),
            ),
            ("hash", Purpose::Protocol("knows a key without keeping it")),
            ("role", Purpose::Protocol("what the key may do")),
            ("quota", Purpose::Protocol("codes per day")),
            (
                "maker",
                Purpose::Protocol("the key that it came from, with which it is revoked"),
            ),
            (
                "revoked",
                Purpose::Protocol("since when the key is not in force"),
            ),
        ],
    },
    Table {
        name: "spent",
        create: &[
            "CREATE TABLE spent (issuer TEXT NOT NULL, day INTEGER NOT NULL, \
                 used INTEGER NOT NULL, PRIMARY KEY (issuer, day)) WITHOUT ROWID",
        ],
        columns: &[
            ("issuer", Purpose::Protocol("the key whose quota it is")),
            (
                "day",
                Purpose::Protocol("the day, after which the row goes"),
            ),
            ("used", Purpose::Protocol("codes handed out that day")),
        ],
    },
    Table {
        name: "request",
        create: &[
            "CREATE TABLE request (mark BLOB PRIMARY KEY, kind TEXT NOT NULL, \
                 count INTEGER NOT NULL, until INTEGER NOT NULL, \
                 again INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
            "CREATE INDEX request_until ON request (until)",
        ],
        columns: &[
            (
                "mark",
                Purpose::Protocol("HMAC of a key and a client's id: answered again, not twice"),
            ),
            ("kind", Purpose::Protocol("what this id was first used for")),
            (
                "count",
                Purpose::Protocol("what this id was first used for"),
            ),
            (
                "until",
                Purpose::Protocol("when its codes expire and the row goes"),
            ),
            ("again", Purpose::Protocol("how often it was sent again")),
        ],
    },
    Table {
        name: "acted",
        create: &[
            "CREATE TABLE acted (issuer TEXT NOT NULL, day INTEGER NOT NULL, \
                 acts INTEGER NOT NULL, PRIMARY KEY (issuer, day)) WITHOUT ROWID",
        ],
        columns: &[
            (
                "issuer",
                Purpose::Protocol("the key that did them, or that whose did came from"),
            ),
            (
                "day",
                Purpose::Protocol("the day, after which the row goes"),
            ),
            ("acts", Purpose::Protocol("acts recorded that day")),
        ],
    },
];
