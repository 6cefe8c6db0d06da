//! The tables that several objects have.

use decree::article_2::Item;

use super::{Purpose, Table};

/// Where an object stands.
pub(super) const PLACE: Table = Table {
    name: "place",
    create: &[
        "CREATE TABLE place (realm TEXT NOT NULL, class TEXT NOT NULL, number INTEGER NOT NULL, \
             of INTEGER NOT NULL, since INTEGER NOT NULL)",
    ],
    columns: &[
        (
            "realm",
            Purpose::Protocol("whose keys this object uses, checked at each write"),
        ),
        ("class", Purpose::Protocol("what this object is")),
        ("number", Purpose::Protocol("which one of its class it is")),
        (
            "of",
            Purpose::Protocol("how many of its class there are, for life"),
        ),
        ("since", Purpose::Protocol("first day that can have keys")),
    ],
};

/// What one object owes another, until acknowledged. In key order a row says nothing of when it
/// came or with which others.
pub(super) const OUTBOX: Table = Table {
    name: "outbox",
    create: &[
        "CREATE TABLE outbox (id BLOB PRIMARY KEY, \"to\" INTEGER NOT NULL, \
             due INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID",
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
    ],
};

/// Challenges that were spent.
pub(super) const CHALLENGE: Table = Table {
    name: "challenge",
    create: &[
        "CREATE TABLE challenge (id BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX challenge_until ON challenge (until)",
    ],
    columns: &[
        (
            "id",
            Purpose::Protocol("a captcha challenge works once, and is counted"),
        ),
        (
            "until",
            Purpose::Protocol("ten minutes after it was used, when the row goes"),
        ),
    ],
};

/// What every counter is for.
pub(super) const FIGURE: Purpose = Purpose::Protocol("public figures: how many that day");
