//! The tables of a registry.

use decree::article_2::Item;

use super::common::{CHALLENGE, PLACE, VERSION, WALK};
use super::{Purpose, Schema, Table, from_0_1_0, from_0_2_0};

/// A registry.
pub const REGISTRY: &Schema = &Schema {
    tables: TABLES,
    oldest: PLACE.name,
    steps: &[from_0_1_0::REGISTRY, from_0_2_0::REGISTRY],
    walks: &[from_0_1_0::EMPTYING, from_0_2_0::EXPOSURES],
    leaving: &[from_0_1_0::EMPTYING_OUTBOX, from_0_2_0::FORMER_EXPOSURE],
};

const TABLES: &[Table] = &[
    VERSION,
    WALK,
    PLACE,
    Table {
        name: "emptying",
        create: &[
            "CREATE TABLE emptying (id BLOB PRIMARY KEY, safe BLOB NOT NULL, due INTEGER NOT NULL, \
             version INTEGER) WITHOUT ROWID",
            "CREATE INDEX emptying_due ON emptying (due)",
        ],
        columns: &[
            (
                "id",
                Purpose::Protocol("random, so that rows have no order"),
            ),
            (
                "safe",
                Purpose::Protocol("a safe that is to be emptied: nobody's any more"),
            ),
            ("due", Purpose::Protocol("when it is to be emptied")),
            (
                "version",
                Purpose::Protocol("up to which version of its group; none of an account's own"),
            ),
        ],
    },
    // Groups are made many at a time, and a place is drawn among all that are free: nothing tells who came when.
    Table {
        name: "record_group",
        create: from_0_2_0::RECORD_GROUP,
        columns: &[
            (
                "name",
                Purpose::Protocol("a group of record keys; random, so that rows have no order"),
            ),
            (
                "version",
                Purpose::Protocol("the version of the group that counts"),
            ),
            (
                "tried",
                Purpose::Protocol("the last version that somebody began to write"),
            ),
            ("root", Purpose::Protocol("the root that wraps the group")),
            ("free", Purpose::Protocol("how many of its places are free")),
            (
                "taken",
                Purpose::Protocol("which of its places are not free: a bit each"),
            ),
            (
                "left",
                Purpose::Protocol("the places whose keys are to be destroyed: a bit each"),
            ),
            (
                "due",
                Purpose::Protocol("when the group is to be written again, without those keys"),
            ),
        ],
    },
    // One row: everything is wrapped again when another root is the newest.
    Table {
        name: "rewrapping",
        create: &[
            "CREATE TABLE rewrapping (root BLOB NOT NULL, since INTEGER NOT NULL, at BLOB NOT NULL, \
             due INTEGER)",
        ],
        columns: &[
            (
                "root",
                Purpose::Protocol("the root under which all is wrapped again"),
            ),
            (
                "since",
                Purpose::Protocol("since when nothing is wrapped by another"),
            ),
            (
                "at",
                Purpose::Protocol("the last account whose keys were wrapped again, whoever asks"),
            ),
            (
                "due",
                Purpose::Protocol("when the next are; none when all were"),
            ),
        ],
    },
    // One row: each midnight all accounts are looked at.
    Table {
        name: "forgetting",
        create: &[
            "CREATE TABLE forgetting (midnight INTEGER NOT NULL, at BLOB NOT NULL, due INTEGER)",
        ],
        columns: &[
            (
                "midnight",
                Purpose::Protocol("the day whose midnight forgets accounts that nobody can reach"),
            ),
            (
                "at",
                Purpose::Protocol("the last account that was looked at; none once all were"),
            ),
            (
                "due",
                Purpose::Protocol("when the next are; none when all were"),
            ),
        ],
    },
    Table {
        name: "account",
        create: &[
            "CREATE TABLE account (id BLOB PRIMARY KEY, safe BLOB NOT NULL, \
             key_for_mac BLOB NOT NULL, key_for_tuples BLOB NOT NULL, last_status INTEGER NOT NULL, \
             verdict BLOB NOT NULL, registered INTEGER) WITHOUT ROWID",
        ],
        columns: &[
            ("id", Purpose::Law(Item::Identifier)),
            (
                "safe",
                Purpose::Protocol(
                    "where the key of this account's records is kept: group and place",
                ),
            ),
            ("key_for_mac", Purpose::Law(Item::AuthenticationKey)),
            ("key_for_tuples", Purpose::Law(Item::AuthenticationKey)),
            ("last_status", Purpose::Law(Item::LastQuestions)),
            ("verdict", Purpose::Law(Item::AtRiskStatus)),
            (
                "registered",
                Purpose::Protocol(
                    "day of registration, until the first question: nobody can reach the account \
                     eighteen days after the later of the two",
                ),
            ),
        ],
    },
    // Whose an exposure is can be told only with the keys of its day and of its account: `account`
    // is a tag made of both. It and the day are parts of the id, and take no room of their own.
    Table {
        name: "exposure",
        create: &[from_0_2_0::EXPOSURE],
        columns: &[
            ("account", Purpose::Law(Item::Identifier)),
            (
                "id",
                Purpose::Protocol("day, account, and a random number, so that rows have no order"),
            ),
            ("day", Purpose::Protocol("day whose key seals the exposure")),
            ("sealed", Purpose::Law(Item::ExposurePeriods)),
        ],
    },
    CHALLENGE,
    Table {
        name: "waiting",
        create: &[
            "CREATE TABLE waiting (id BLOB PRIMARY KEY, turn INTEGER NOT NULL, until INTEGER NOT NULL) \
             WITHOUT ROWID",
            "CREATE INDEX waiting_turn ON waiting (turn)",
            "CREATE INDEX waiting_until ON waiting (until)",
        ],
        columns: &[
            (
                "id",
                Purpose::Protocol("a captcha challenge that was solved, and waits its turn"),
            ),
            ("turn", Purpose::Protocol("when its turn comes")),
            (
                "until",
                Purpose::Protocol("a day after it was drawn, when the row goes"),
            ),
        ],
    },
    // One row.
    Table {
        name: "line",
        create: &["CREATE TABLE line (taken_until INTEGER NOT NULL)"],
        columns: &[(
            "taken_until",
            Purpose::Protocol(
                "so many register in a second: when the turns that were given are over",
            ),
        )],
    },
    Table {
        name: "applied",
        create: &["CREATE TABLE applied (id BLOB PRIMARY KEY) WITHOUT ROWID"],
        columns: &[("id", Purpose::Protocol("a delivery counts once"))],
    },
    // One size, and written at each status request: it does not tell who was notified.
    Table {
        name: "registry_figures",
        create: &["CREATE TABLE registry_figures (day INTEGER PRIMARY KEY, sealed BLOB NOT NULL)"],
        columns: &[
            ("day", Purpose::Protocol("day whose key seals its figures")),
            (
                "sealed",
                Purpose::Protocol("public figures: how often, and never who"),
            ),
        ],
    },
    Table {
        name: "counted",
        create: &[from_0_2_0::COUNTED],
        columns: super::common::SEALED,
    },
];
