//! The tables of an intake.

use decree::article_2::Item;

use super::common::{CHALLENGE, FIGURE, PLACE, VERSION, WALK};
use super::{Purpose, Schema, Table, from_0_1_0, from_0_2_0};

/// An intake.
pub const INTAKE: &Schema = &Schema {
    tables: TABLES,
    oldest: PLACE.name,
    steps: &[from_0_1_0::INTAKE, from_0_2_0::INTAKE],
    walks: &[from_0_1_0::SLOTS],
    leaving: &[],
};

const TABLES: &[Table] = &[
    VERSION,
    WALK,
    PLACE,
    // What is owed to registries, until acknowledged. In key order a row says nothing of when it came
    // or with which others.
    Table {
        name: "outbox",
        create: &[
            "CREATE TABLE outbox (id BLOB PRIMARY KEY, \"to\" INTEGER NOT NULL, \
             due INTEGER NOT NULL, body BLOB NOT NULL, slot INTEGER) WITHOUT ROWID",
            "CREATE INDEX outbox_due ON outbox (due)",
        ],
        columns: &[
            (
                "id",
                Purpose::Protocol("random, so that a delivery counts once"),
            ),
            ("to", Purpose::Protocol("which registry it is for")),
            ("due", Purpose::Protocol("random moment of its delivery")),
            ("body", Purpose::Law(Item::ContactsAtRisk)),
            (
                "slot",
                Purpose::Protocol("which safe of the intake holds its key"),
            ),
        ],
    },
    Table {
        name: "transit",
        create: &[
            "CREATE TABLE transit (slot INTEGER PRIMARY KEY, mark BLOB NOT NULL, stage TEXT NOT NULL, \
             since INTEGER NOT NULL, waiting INTEGER NOT NULL)",
        ],
        columns: &[
            (
                "slot",
                Purpose::Protocol("which safe of the intake holds a key for what waits"),
            ),
            (
                "mark",
                Purpose::Protocol("random, tells the keys of that safe apart"),
            ),
            (
                "stage",
                Purpose::Protocol("open, closing or resting: when the key is destroyed"),
            ),
            ("since", Purpose::Protocol("when that stage began")),
            (
                "waiting",
                Purpose::Protocol("how many wait under that key; at none it is destroyed"),
            ),
        ],
    },
    Table {
        name: "code",
        create: &[
            "CREATE TABLE code (hash BLOB PRIMARY KEY, kind TEXT NOT NULL, \
                 until INTEGER NOT NULL, holder BLOB) WITHOUT ROWID",
            "CREATE INDEX code_until ON code (until)",
        ],
        columns: &[
            ("hash", Purpose::Law(Item::Declaration)),
            (
                "kind",
                Purpose::Protocol(
                    "long or short, for the lifetime; or a decoy's stamp that was used",
                ),
            ),
            (
                "until",
                Purpose::Protocol("when the code or the stamp expires and the row goes"),
            ),
            (
                "holder",
                Purpose::Protocol(
                    "as good as random, the same for codes of one key and day: a stolen key's are made void",
                ),
            ),
        ],
    },
    Table {
        name: "batch",
        create: &[
            "CREATE TABLE batch (mark BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE INDEX batch_until ON batch (until)",
        ],
        columns: &[
            (
                "mark",
                Purpose::Protocol("an issuer's request that is repeated revives no used code"),
            ),
            (
                "until",
                Purpose::Protocol("when its codes expire and the row goes"),
            ),
        ],
    },
    Table {
        name: "answered",
        create: &[
            "CREATE TABLE answered (hash BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE INDEX answered_until ON answered (until)",
        ],
        columns: &[
            (
                "hash",
                Purpose::Protocol("a lost answer can be asked for again"),
            ),
            (
                "until",
                Purpose::Protocol("ten minutes after the answer, when the row goes"),
            ),
        ],
    },
    // One row in the first minutes after release 0.2.0 was replaced.
    Table {
        name: "former_marks",
        create: &["CREATE TABLE former_marks (until INTEGER NOT NULL)"],
        columns: &[(
            "until",
            Purpose::Protocol("till then a lost answer of release 0.2.0 can be asked for again"),
        )],
    },
    CHALLENGE,
    Table {
        name: "recent",
        create: &["CREATE TABLE recent (minute INTEGER PRIMARY KEY, wrong INTEGER NOT NULL)"],
        columns: &[
            (
                "minute",
                Purpose::Protocol("since 1970; the row goes after an hour"),
            ),
            (
                "wrong",
                Purpose::Protocol("wrong short codes, so that guessing costs work"),
            ),
        ],
    },
    Table {
        name: "intake_figures",
        create: &[
            "CREATE TABLE intake_figures (day INTEGER PRIMARY KEY, reports INTEGER NOT NULL, \
             decoys INTEGER NOT NULL, long_issued INTEGER NOT NULL, long_used INTEGER NOT NULL, \
             long_expired INTEGER NOT NULL, short_issued INTEGER NOT NULL, \
             short_used INTEGER NOT NULL, short_expired INTEGER NOT NULL)",
        ],
        columns: &[
            ("day", Purpose::Protocol("day that the figures count")),
            ("reports", FIGURE),
            ("decoys", FIGURE),
            ("long_issued", FIGURE),
            ("long_used", FIGURE),
            ("long_expired", FIGURE),
            ("short_issued", FIGURE),
            ("short_used", FIGURE),
            ("short_expired", FIGURE),
        ],
    },
];
