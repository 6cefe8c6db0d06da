//! The tables of a registry.

use decree::article_2::Item;

use super::common::{CHALLENGE, OUTBOX, PLACE};
use super::{Purpose, Table};

/// The tables of a registry.
pub const REGISTRY: &[Table] = &[
    PLACE,
    OUTBOX,
    Table {
        name: "account",
        create: &[
            "CREATE TABLE account (id BLOB PRIMARY KEY, safe BLOB NOT NULL, \
             key_for_mac BLOB NOT NULL, key_for_tuples BLOB NOT NULL, last_status INTEGER NOT NULL, \
             verdict BLOB NOT NULL) WITHOUT ROWID",
        ],
        columns: &[
            ("id", Purpose::Law(Item::Identifier)),
            (
                "safe",
                Purpose::Protocol("where the key of this account's records is kept"),
            ),
            ("key_for_mac", Purpose::Law(Item::AuthenticationKey)),
            ("key_for_tuples", Purpose::Law(Item::AuthenticationKey)),
            ("last_status", Purpose::Law(Item::LastQuestions)),
            ("verdict", Purpose::Law(Item::AtRiskStatus)),
        ],
    },
    // Whose an exposure is can be told only with the keys of its day and of its account: `account`
    // is a tag made of both.
    Table {
        name: "exposure",
        create: &[
            "CREATE TABLE exposure (account BLOB NOT NULL, id BLOB NOT NULL, \
             day INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (account, id)) \
             WITHOUT ROWID",
            "CREATE INDEX exposure_day ON exposure (day)",
        ],
        columns: &[
            ("account", Purpose::Law(Item::Identifier)),
            (
                "id",
                Purpose::Protocol("random, so that rows have no order"),
            ),
            ("day", Purpose::Protocol("day whose key seals the exposure")),
            ("sealed", Purpose::Law(Item::ExposurePeriods)),
        ],
    },
    CHALLENGE,
    Table {
        name: "applied",
        create: &["CREATE TABLE applied (id BLOB PRIMARY KEY) WITHOUT ROWID"],
        columns: &[("id", Purpose::Protocol("a delivery counts once"))],
    },
    // One size, and written at each status request: it does not tell who was notified.
    Table {
        name: "figures",
        create: &["CREATE TABLE figures (day INTEGER PRIMARY KEY, sealed BLOB NOT NULL)"],
        columns: &[
            ("day", Purpose::Protocol("day whose key seals its figures")),
            (
                "sealed",
                Purpose::Protocol("public figures: how often, and never who"),
            ),
        ],
    },
];
