//! Every table and column that is stored, with what each is for.
//!
//! A table is made at an object's first write and never before: a request with an invented name
//! leaves nothing behind. A column without an item of Article 2 says which need of the protocol
//! it serves; `tests/inventory.rs` fails when a column is missing here.

mod desk;

use decree::article_2::Item;
use store::{Fault, Sql, Value};

pub use self::desk::DESK;
use crate::{Class, Failure, Place, Realm};

/// What a column is stored for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An item of Article 2.
    Law(Item),
    /// Something without which the protocol does not work; it tells of no person.
    Protocol(&'static str),
}

impl core::fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Law(item) => item.fmt(formatter),
            Self::Protocol(reason) => write!(formatter, "protocol: {reason}"),
        }
    }
}

/// One table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How it is made.
    pub create: &'static [&'static str],
    /// Its columns in order.
    pub columns: &'static [(&'static str, Purpose)],
}

const PLACE: Table = Table {
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
const OUTBOX: Table = Table {
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
const CHALLENGE: Table = Table {
    name: "challenge",
    create: &["CREATE TABLE challenge (id BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID"],
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

/// The tables of an intake.
pub const INTAKE: &[Table] = &[
    PLACE,
    OUTBOX,
    Table {
        name: "code",
        create: &[
            "CREATE TABLE code (hash BLOB PRIMARY KEY, kind TEXT NOT NULL, \
                 until INTEGER NOT NULL) WITHOUT ROWID",
        ],
        columns: &[
            ("hash", Purpose::Law(Item::Declaration)),
            ("kind", Purpose::Protocol("long or short, for the lifetime")),
            (
                "until",
                Purpose::Protocol("when the code expires and the row goes"),
            ),
        ],
    },
    Table {
        name: "batch",
        create: &[
            "CREATE TABLE batch (mark BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
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
    CHALLENGE,
    Table {
        name: "recent",
        create: &[
            "CREATE TABLE recent (minute INTEGER PRIMARY KEY, wrong INTEGER NOT NULL, \
             decoys INTEGER NOT NULL)",
        ],
        columns: &[
            (
                "minute",
                Purpose::Protocol("since 1970; the row goes after an hour"),
            ),
            (
                "wrong",
                Purpose::Protocol("wrong short codes, so that guessing costs work"),
            ),
            (
                "decoys",
                Purpose::Protocol("contacts of decoys, so that they stay bounded"),
            ),
        ],
    },
    Table {
        name: "figures",
        create: &[
            "CREATE TABLE figures (day INTEGER PRIMARY KEY, reports INTEGER NOT NULL, \
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

/// What every counter is for.
const FIGURE: Purpose = Purpose::Protocol("public figures: how many that day");

/// The tables of a tally: the sums of all registries and intakes, kept for good.
pub const TALLY: &[Table] = &[
    PLACE,
    Table {
        name: "tally",
        create: &[
            "CREATE TABLE tally (day INTEGER PRIMARY KEY, registrations INTEGER NOT NULL, \
             unregistrations INTEGER NOT NULL, status_checks INTEGER NOT NULL, \
             contacts_notified INTEGER NOT NULL, above_threshold_too_old INTEGER NOT NULL, \
             reports INTEGER NOT NULL, long_issued INTEGER NOT NULL, \
             long_used INTEGER NOT NULL, long_expired INTEGER NOT NULL, \
             short_issued INTEGER NOT NULL, short_used INTEGER NOT NULL, \
             short_expired INTEGER NOT NULL)",
        ],
        columns: &[
            ("day", Purpose::Protocol("day that the figures count")),
            ("registrations", FIGURE),
            ("unregistrations", FIGURE),
            ("status_checks", FIGURE),
            ("contacts_notified", FIGURE),
            ("above_threshold_too_old", FIGURE),
            ("reports", FIGURE),
            ("long_issued", FIGURE),
            ("long_used", FIGURE),
            ("long_expired", FIGURE),
            ("short_issued", FIGURE),
            ("short_used", FIGURE),
            ("short_expired", FIGURE),
        ],
    },
];

/// The table of a demo realm's own object.
pub const VISIT: &[Table] = &[Table {
    name: "visit",
    create: &[
        "CREATE TABLE visit (realm BLOB NOT NULL, opened INTEGER NOT NULL, expires INTEGER NOT NULL, \
             advanced INTEGER NOT NULL, settled INTEGER NOT NULL, registrations INTEGER NOT NULL, \
             reports INTEGER NOT NULL, bytes INTEGER NOT NULL)",
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

/// What a vault stores: a key-value object, so two values and no table. Each is shown as a table of
/// its own: its name, its one column, and what that is for.
pub const VAULT: &[(&str, &str, Purpose)] = &[
    (
        "keys",
        "wrapped",
        Purpose::Protocol("seals what is stored about this day"),
    ),
    (
        "receipt",
        "destroyed",
        Purpose::Protocol("that this day was forgotten, and when"),
    ),
];

/// What a safe stores: one value, shown like those of a vault.
pub const SAFE: &[(&str, &str, Purpose)] = &[(
    "record",
    "wrapped",
    Purpose::Protocol("seals what is stored about one account; emptied, nothing of it opens"),
)];

/// The tables of this class.
#[must_use]
pub const fn tables(class: Class) -> &'static [Table] {
    match class {
        Class::Registry => REGISTRY,
        Class::Intake => INTAKE,
        Class::Tally => TALLY,
        Class::Desk => DESK,
    }
}

/// Whether anything was ever written here.
///
/// # Errors
/// [`Fault`].
pub fn exists(sql: &dyn Sql, tables: &[Table]) -> Result<bool, Fault> {
    let Some(first) = tables.first() else {
        return Ok(false);
    };
    let found = sql.query(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
        &[first.name.into()],
    )?;
    Ok(!found.is_empty())
}

/// Makes the tables that are not there, inside the caller's transaction.
///
/// # Errors
/// [`Fault`].
pub fn make(sql: &dyn Sql, tables: &[Table]) -> Result<(), Fault> {
    if !exists(sql, tables)? {
        for table in tables {
            for statement in table.create {
                sql.exec(statement, &[])?;
            }
        }
    }
    Ok(())
}

/// Makes the tables at the first write, and checks at each one after that the object stands
/// where it was made.
///
/// # Errors
/// [`Failure::Misplaced`], [`Failure::Fault`].
pub fn settle(sql: &dyn Sql, place: &Place) -> Result<(), Failure> {
    if check(sql, place)? {
        return Ok(());
    }
    make(sql, tables(place.class))?;
    sql.exec(
        "INSERT INTO place VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            Value::Text(place.realm.to_string()),
            place.class.name().into(),
            u32::from(place.index).into(),
            u32::from(place.of).into(),
            place.since.into(),
        ],
    )?;
    Ok(())
}

/// Whether the object was ever written to; if so, it must stand where it was made.
///
/// # Errors
/// [`Failure::Misplaced`], [`Failure::Fault`].
pub fn check(sql: &dyn Sql, place: &Place) -> Result<bool, Failure> {
    let Some(stored) = stored_place(sql, place.realm, place.class)? else {
        return Ok(false);
    };
    if stored.index == place.index && stored.of == place.of {
        Ok(true)
    } else {
        Err(Failure::Misplaced)
    }
}

/// Where this object was made, if it was ever written to: what an alarm starts from.
///
/// # Errors
/// [`Failure::Misplaced`] for another realm or class, [`Failure::Fault`].
pub fn stored_place(sql: &dyn Sql, realm: Realm, class: Class) -> Result<Option<Place>, Failure> {
    if !exists(sql, tables(class))? {
        return Ok(None);
    }
    let rows = sql.query("SELECT realm, class, number, of, since FROM place", &[])?;
    let row = rows.first().ok_or(Fault::Shape)?;
    if row.text(0)? != realm.to_string() || row.text(1)? != class.name() {
        return Err(Failure::Misplaced);
    }
    let number = |column| {
        row.small(column)
            .and_then(|n| u16::try_from(n).map_err(|_| Fault::Shape))
    };
    Ok(Some(Place {
        realm,
        class,
        index: number(2)?,
        of: number(3)?,
        since: row.small(4)?,
    }))
}
