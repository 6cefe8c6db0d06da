//! The tables behind demo realms.

use super::{Purpose, Table};

/// The table of a demo realm's own object.
pub const VISIT: &[Table] = &[Table {
    name: "visit",
    create: &[
        "CREATE TABLE visit (realm BLOB NOT NULL, opened INTEGER NOT NULL, expires INTEGER NOT NULL, \
             advanced INTEGER NOT NULL, settled INTEGER NOT NULL, registrations INTEGER NOT NULL, \
             reports INTEGER NOT NULL, bytes INTEGER NOT NULL, emptied INTEGER NOT NULL)",
    ],
    columns: &[
        ("realm", Purpose::Protocol("which demo realm this is")),
        (
            "opened",
            Purpose::Protocol("when this demo realm was opened"),
        ),
        ("expires", Purpose::Protocol("when this demo realm ends")),
        (
            "advanced",
            Purpose::Protocol("how far its clock was moved, in seconds"),
        ),
        (
            "settled",
            Purpose::Protocol("up to when everything due was done"),
        ),
        (
            "registrations",
            Purpose::Protocol("at most 50 in a demo realm"),
        ),
        ("reports", Purpose::Protocol("at most 100 in a demo realm")),
        ("bytes", Purpose::Protocol("at most 5 MB in a demo realm")),
        (
            "emptied",
            Purpose::Protocol("1 once every object of this demo realm was emptied"),
        ),
    ],
}];

/// The table of the gate.
pub const GATE: &[Table] = &[Table {
    name: "open",
    create: &["CREATE TABLE open (id BLOB PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID"],
    columns: &[
        ("id", Purpose::Protocol("names an open demo realm")),
        ("expires", Purpose::Protocol("when that realm ends")),
    ],
}];
