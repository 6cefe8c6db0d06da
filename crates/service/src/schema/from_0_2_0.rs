//! From the tables of release 0.2.0 to those of today: what tells when nobody can reach an account any more, what makes a
//! stolen key's codes void, what bounds the acts of a day, the line of those who wait to register, where demo realms sit, and
//! no count of decoys; and exposures in a table that takes less of the disk. An intake's new version keeps 0.2.0 from its table
//! of codes, which has stamps that 0.2.0 takes for codes of an unknown kind.
//!
//! Accounts of 0.2.0 and before have no day of registration. Where one has never asked either, the first
//! [walk](crate::registry::forget_unreachable) writes down its own day: the account came before that day, so it is
//! forgotten later than it could be, and never too early.
//!
//! A demo realm of 0.2.0 and before has no seat: its objects have names of their own, it ends by the alarm that it has,
//! and takes no room from others.
//!
//! # Going back
//! 0.2.0 compares the version, and refuses these tables.

use decree::Day;
use decree::article_2::Item;
use store::{Fault, Sql, Value};

use super::walk::{ROWS, Walk};
use super::{Purpose, Step, Table};
use crate::registry::Former;

pub(super) const DESK: Step = &[
    "ALTER TABLE request ADD COLUMN again INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE acted (issuer TEXT NOT NULL, day INTEGER NOT NULL, acts INTEGER NOT NULL, \
     PRIMARY KEY (issuer, day)) WITHOUT ROWID",
];

/// Codes that were handed out before cannot be made void. What 0.2.0 answered in its last ten minutes is known by marks of
/// another form; where fronts of both releases ask, as on the platform while it is replaced, ten minutes longer.
pub(super) const INTAKE: Step = &[
    "ALTER TABLE code ADD COLUMN holder BLOB",
    "ALTER TABLE recent DROP COLUMN decoys",
    "CREATE TABLE former_marks (until INTEGER NOT NULL)",
    "INSERT INTO former_marks (until) SELECT until + 600 FROM answered ORDER BY until DESC LIMIT 1",
];

pub(super) const REGISTRY: Step = &[
    "ALTER TABLE account ADD COLUMN registered INTEGER",
    "CREATE TABLE forgetting (midnight INTEGER NOT NULL, at BLOB NOT NULL, due INTEGER)",
    "CREATE TABLE waiting (id BLOB PRIMARY KEY, turn INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX waiting_turn ON waiting (turn)",
    "CREATE INDEX waiting_until ON waiting (until)",
    "CREATE TABLE line (taken_until INTEGER NOT NULL)",
    "ALTER TABLE emptying ADD COLUMN version INTEGER",
    RECORD_GROUP_TABLE,
    RECORD_GROUP_FREE,
    RECORD_GROUP_DUE,
    "ALTER TABLE exposure RENAME TO former_exposure",
    EXPOSURE,
    "INSERT INTO walk (name, at, due) VALUES ('exposures', NULL, 0)",
    COUNTED,
];

/// The parts of the id: see [`RowId`](crate::registry::RowId).
pub(super) const EXPOSURE: &str = "CREATE TABLE exposure (account INTEGER AS (id >> 14 & 0xffffff) VIRTUAL, \
     id INTEGER PRIMARY KEY, day INTEGER AS (id >> 38) VIRTUAL, sealed BLOB NOT NULL)";

/// Moves the exposures of releases up to 0.2.0 into today's table. They are read in both meanwhile.
pub(crate) const EXPOSURES: Walk = Walk {
    name: "exposures",
    slice: move_exposures,
};

/// Their table, until its rows have moved.
pub(super) const FORMER_EXPOSURE: Table = Table {
    name: "former_exposure",
    create: &[],
    columns: &[
        ("account", Purpose::Law(Item::Identifier)),
        (
            "id",
            Purpose::Protocol("random, so that rows have no order"),
        ),
        ("day", Purpose::Protocol("day whose key seals the exposure")),
        ("sealed", Purpose::Law(Item::ExposurePeriods)),
    ],
};

fn move_exposures(sql: &dyn Sql, _: &Value) -> Result<Option<Value>, Fault> {
    let rows = sql.query(
        "SELECT account, id, day, sealed FROM former_exposure ORDER BY account, id LIMIT ?1",
        &[ROWS.into()],
    )?;
    for row in &rows {
        let former = Former {
            id: row.array(1)?,
            day: Day::from_number(row.small(2)?),
            sealed: row.blob(3)?,
        };
        former.move_in(sql, row.array(0)?)?;
    }
    if let Some(last) = rows.last() {
        sql.exec(
            "DELETE FROM former_exposure WHERE (account, id) <= (?1, ?2)",
            &[last.blob(0)?.into(), last.blob(1)?.into()],
        )?;
    }
    if sql
        .query("SELECT 1 FROM former_exposure LIMIT 1", &[])?
        .is_empty()
    {
        sql.exec("DROP TABLE former_exposure", &[])?;
        Ok(None)
    } else {
        Ok(Some(Value::Null))
    }
}

pub(super) const TALLY: Step = &[FORGOTTEN];

/// What the key of a forgotten day had sealed in a registry, until the tally has it.
pub(super) const COUNTED: &str = "CREATE TABLE counted (day INTEGER PRIMARY KEY, exposures INTEGER NOT NULL, \
     verdicts INTEGER, figures INTEGER NOT NULL)";

/// The same of all registries together, in the tally.
pub(super) const FORGOTTEN: &str = "CREATE TABLE forgotten (day INTEGER PRIMARY KEY, exposures INTEGER NOT NULL, \
     verdicts INTEGER, figures INTEGER NOT NULL)";

/// Accounts of releases up to 0.2.0 keep the safes that they have, until their people leave.
pub(super) const RECORD_GROUP: &[&str] = &[RECORD_GROUP_TABLE, RECORD_GROUP_FREE, RECORD_GROUP_DUE];

const RECORD_GROUP_TABLE: &str = "CREATE TABLE record_group (name BLOB PRIMARY KEY, version INTEGER NOT NULL, \
     tried INTEGER NOT NULL, root BLOB, free INTEGER NOT NULL, taken BLOB NOT NULL, left BLOB NOT NULL, due INTEGER) \
     WITHOUT ROWID";
const RECORD_GROUP_FREE: &str =
    "CREATE INDEX record_group_free ON record_group (name) WHERE free > 0";
const RECORD_GROUP_DUE: &str = "CREATE INDEX record_group_due ON record_group (due)";

pub(super) const VISIT: Step = &[
    "ALTER TABLE visit ADD COLUMN seat INTEGER",
    "ALTER TABLE visit ADD COLUMN turn INTEGER",
    "ALTER TABLE visit ADD COLUMN due INTEGER",
    "UPDATE visit SET due = expires",
    "ALTER TABLE visit ADD COLUMN deliver_at INTEGER",
];

pub(super) const GATE: Step = &[
    "ALTER TABLE open ADD COLUMN seat INTEGER",
    "ALTER TABLE open ADD COLUMN seen INTEGER",
    "CREATE TABLE seat (number INTEGER PRIMARY KEY, turn INTEGER NOT NULL, left INTEGER)",
    "CREATE TABLE challenge (id BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX challenge_until ON challenge (until)",
];
