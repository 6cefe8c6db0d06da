//! The tables behind demo realms.

use super::common::{CHALLENGE, VERSION};
use super::{Purpose, Schema, Table, from_0_1_0, from_0_2_0};

/// A demo realm's own object.
pub const VISIT: &Schema = &Schema {
    tables: &[VERSION, VISIT_TABLE],
    oldest: VISIT_TABLE.name,
    steps: &[from_0_1_0::VISIT, from_0_2_0::VISIT],
    walks: &[],
    leaving: &[],
};

/// The gate.
pub const GATE: &Schema = &Schema {
    tables: &[VERSION, GATE_TABLE, SEAT_TABLE, CHALLENGE],
    oldest: GATE_TABLE.name,
    steps: &[from_0_1_0::GATE, from_0_2_0::GATE],
    walks: &[],
    leaving: &[],
};

const VISIT_TABLE: Table = Table {
    name: "visit",
    create: &[
        "CREATE TABLE visit (realm BLOB NOT NULL, opened INTEGER NOT NULL, expires INTEGER NOT NULL, \
             advanced INTEGER NOT NULL, done_until INTEGER NOT NULL, registrations INTEGER NOT NULL, \
             reports INTEGER NOT NULL, bytes INTEGER NOT NULL, emptied INTEGER NOT NULL, \
             seat INTEGER, turn INTEGER, due INTEGER, deliver_at INTEGER)",
        "CREATE UNIQUE INDEX visit_realm ON visit (realm)",
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
            "done_until",
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
        (
            "seat",
            Purpose::Protocol("which seat names the objects of this demo realm"),
        ),
        (
            "turn",
            Purpose::Protocol("which visit this is: an earlier one reads and writes nothing"),
        ),
        (
            "due",
            Purpose::Protocol("when its end is due, or the next step of it"),
        ),
        (
            "deliver_at",
            Purpose::Protocol(
                "while its clock is moved: the time at which what waits is delivered",
            ),
        ),
    ],
};

const GATE_TABLE: Table = Table {
    name: "open",
    create: &[
        "CREATE TABLE open (realm BLOB PRIMARY KEY, until INTEGER NOT NULL, seat INTEGER, seen INTEGER) \
             WITHOUT ROWID",
    ],
    columns: &[
        ("realm", Purpose::Protocol("names an open demo realm")),
        ("until", Purpose::Protocol("when that realm ends")),
        ("seat", Purpose::Protocol("the seat that it has")),
        (
            "seen",
            Purpose::Protocol("when it was last used, to a minute"),
        ),
    ],
};

const SEAT_TABLE: Table = Table {
    name: "seat",
    create: &[
        "CREATE TABLE seat (number INTEGER PRIMARY KEY, turn INTEGER NOT NULL, left INTEGER)",
    ],
    columns: &[
        (
            "number",
            Purpose::Protocol("a seat, which names the objects of one demo realm at a time"),
        ),
        (
            "turn",
            Purpose::Protocol("which of all visits was the last there"),
        ),
        ("left", Purpose::Protocol("since when it is free")),
    ],
};
