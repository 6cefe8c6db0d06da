//! The tables that several objects have.

use super::{Purpose, Table};

/// Which version the tables have: one row. Its name and its column stay in every later release, so
/// that an older one sees that it is too old.
pub(super) const VERSION: Table = Table {
    name: "version",
    create: &["CREATE TABLE version (number INTEGER NOT NULL)"],
    columns: &[(
        "number",
        Purpose::Protocol("which version of the program made these tables"),
    )],
};

/// Work on older rows that is under way.
pub(super) const WALK: Table = Table {
    name: "walk",
    create: &[
        "CREATE TABLE walk (name TEXT PRIMARY KEY, at BLOB, due INTEGER NOT NULL) WITHOUT ROWID",
    ],
    columns: &[
        (
            "name",
            Purpose::Protocol("which older rows are being brought up to date"),
        ),
        (
            "at",
            Purpose::Protocol("the last row of this kind that was brought up to date"),
        ),
        ("due", Purpose::Protocol("when the next rows are")),
    ],
};

/// Where an object stands.
pub(super) const PLACE: Table = Table {
    name: "place",
    create: &[
        "CREATE TABLE place (realm TEXT NOT NULL, class TEXT NOT NULL, shard INTEGER NOT NULL, \
             of INTEGER NOT NULL, since INTEGER NOT NULL)",
    ],
    columns: &[
        (
            "realm",
            Purpose::Protocol(
                "whose keys this object uses, and on a seat which turn it is; checked at each write",
            ),
        ),
        ("class", Purpose::Protocol("what this object is")),
        ("shard", Purpose::Protocol("which one of its class it is")),
        (
            "of",
            Purpose::Protocol("how many of its class there are, for life"),
        ),
        ("since", Purpose::Protocol("first day that can have keys")),
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

/// What the key of a forgotten day had sealed.
pub(super) const SEALED: &[(&str, Purpose)] = &[
    ("day", Purpose::Protocol("a day whose keys are destroyed")),
    (
        "exposures",
        Purpose::Protocol("receipt: how many exposures that day's key had sealed"),
    ),
    (
        "verdicts",
        Purpose::Protocol(
            "receipt: how many verdicts; in a demo realm alone, elsewhere nobody can count them",
        ),
    ),
    (
        "figures",
        Purpose::Protocol("receipt: how many rows of figures"),
    ),
];
