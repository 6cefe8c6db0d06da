//! From the tables of release 0.1.0 to those of 0.2.0: a table for each meaning.
//!
//! In 0.1.0 the table `outbox` held three things: deliveries at an intake, safes to be emptied at a registry,
//! and at the desk the record of administrators' acts. Here the latter two get tables of their own, and
//! what waits at an intake says in a column which safe holds its key.
//!
//! # Going back
//! 0.1.0 knows of no version. It looks whether its first table is there, and then reads or writes. So each
//! first step renames a column that 0.1.0's first statement of every kind needs: of `place`, of `visit` and
//! of `open`. Put back on upgraded tables, 0.1.0 fails there, inside its transaction, and changes no row.

use store::{Fault, Row, Sql, Value};

use super::walk::{ROWS, Walk};
use super::{Purpose, Step, Table};
use crate::outbox::DeliveryId;
use crate::parcel::Parcel;
use crate::record::SafeName;

const RENAME_SHARD: &str = "ALTER TABLE place RENAME COLUMN number TO shard";
const MAKE_WALK: &str =
    "CREATE TABLE walk (name TEXT PRIMARY KEY, at BLOB, due INTEGER NOT NULL) WITHOUT ROWID";

pub(super) const TALLY: Step = &[RENAME_SHARD];

pub(super) const REGISTRY: Step = &[
    RENAME_SHARD,
    MAKE_WALK,
    "ALTER TABLE figures RENAME TO registry_figures",
    "CREATE TABLE emptying (id BLOB PRIMARY KEY, safe BLOB NOT NULL, due INTEGER NOT NULL) \
     WITHOUT ROWID",
    "CREATE INDEX emptying_due ON emptying (due)",
    "INSERT INTO walk (name, at, due) VALUES ('emptying', NULL, 0)",
    "CREATE TABLE rewrapping (root BLOB NOT NULL, since INTEGER NOT NULL, at BLOB NOT NULL, due INTEGER)",
];

pub(super) const INTAKE: Step = &[
    RENAME_SHARD,
    MAKE_WALK,
    "ALTER TABLE figures RENAME TO intake_figures",
    "ALTER TABLE outbox ADD COLUMN slot INTEGER",
    "INSERT INTO walk (name, at, due) VALUES ('slots', NULL, 0)",
];

pub(super) const DESK: Step = &[
    RENAME_SHARD,
    MAKE_WALK,
    "CREATE TABLE act (id BLOB PRIMARY KEY, moment INTEGER NOT NULL, body BLOB NOT NULL) \
     WITHOUT ROWID",
    "CREATE INDEX act_moment ON act (moment)",
    "INSERT INTO walk (name, at, due) VALUES ('acts', NULL, 0)",
];

/// 0.1.0 opens a demo realm with a row that names no columns: the index refuses it beside the one that is
/// there.
pub(super) const VISIT: Step = &[
    "ALTER TABLE visit RENAME COLUMN settled TO done_until",
    "CREATE UNIQUE INDEX visit_realm ON visit (realm)",
];

/// 0.1.0 deletes by the one and by the other.
pub(super) const GATE: Step = &[
    "ALTER TABLE open RENAME COLUMN id TO realm",
    "ALTER TABLE open RENAME COLUMN expires TO until",
];

/// Moves the safes to be emptied out of a registry's `outbox`.
pub(crate) const EMPTYING: Walk = Walk {
    name: "emptying",
    slice: move_emptying,
};

/// Fills the column `slot` of what waits at an intake.
pub(crate) const SLOTS: Walk = Walk {
    name: "slots",
    slice: fill_slots,
};

/// Moves the record of administrators' acts out of the desk's `outbox`.
pub(crate) const ACTS: Walk = Walk {
    name: "acts",
    slice: move_acts,
};

/// A registry's `outbox`, until its rows have moved.
pub(super) const EMPTYING_OUTBOX: Table = Table {
    name: "outbox",
    create: &[],
    columns: &[
        ("id", Purpose::Protocol("names what is owed")),
        ("to", Purpose::Protocol("says nothing: always 0")),
        ("due", Purpose::Protocol("when the safe is to be emptied")),
        ("body", Purpose::Protocol("the safe that is to be emptied")),
    ],
};

/// The desk's `outbox`, until its rows have moved.
pub(super) const ACTS_OUTBOX: Table = Table {
    name: "outbox",
    create: &[],
    columns: &[
        ("id", Purpose::Protocol("acts have an order")),
        ("to", Purpose::Protocol("says nothing: always 0")),
        ("due", Purpose::Record),
        ("body", Purpose::Record),
    ],
};

fn move_emptying(sql: &dyn Sql, _: &Value) -> Result<Option<Value>, Fault> {
    let rows = sql.query(
        "SELECT id, due, body FROM outbox ORDER BY id LIMIT ?1",
        &[ROWS.into()],
    )?;
    for row in &rows {
        // Nothing else was ever stored there.
        if let Some(safe) = safe_of(row, 2) {
            sql.exec(
                "INSERT INTO emptying (id, safe, due) VALUES (?1, ?2, ?3)",
                &[
                    row.array::<16>(0)?.into(),
                    safe.into(),
                    row.integer(1)?.into(),
                ],
            )?;
        }
    }
    delete_up_to(sql, rows.last())
}

/// The safe in a body of 0.1.0.
pub(crate) fn safe_of(row: &Row, column: usize) -> Option<SafeName> {
    match Parcel::from_bytes(row.blob(column).ok()?).ok()? {
        Parcel::Empty(safe) => Some(safe),
        _ => None,
    }
}

fn move_acts(sql: &dyn Sql, _: &Value) -> Result<Option<Value>, Fault> {
    let rows = sql.query("SELECT id FROM outbox ORDER BY id LIMIT ?1", &[ROWS.into()])?;
    sql.exec(
        "INSERT INTO act (id, moment, body) \
         SELECT id, due, body FROM outbox ORDER BY id LIMIT ?1",
        &[ROWS.into()],
    )?;
    delete_up_to(sql, rows.last())
}

/// Takes out of `outbox` what has moved, up to this row; drops it once nothing is left. So the next slice begins with
/// the first row that is there.
fn delete_up_to(sql: &dyn Sql, last: Option<&Row>) -> Result<Option<Value>, Fault> {
    if let Some(last) = last {
        let id = last.array::<16>(0)?;
        sql.exec("DELETE FROM outbox WHERE id <= ?1", &[id.into()])?;
    }
    if sql.query("SELECT 1 FROM outbox LIMIT 1", &[])?.is_empty() {
        sql.exec("DROP TABLE outbox", &[])?;
        Ok(None)
    } else {
        Ok(Some(Value::Null))
    }
}

fn fill_slots(sql: &dyn Sql, at: &Value) -> Result<Option<Value>, Fault> {
    // Before every id there is the empty one.
    let after = match at {
        Value::Null => Value::Blob(Vec::new()),
        at => at.clone(),
    };
    let rows = sql.query(
        "SELECT id, body FROM outbox WHERE id > ?1 ORDER BY id LIMIT ?2",
        &[after, ROWS.into()],
    )?;
    for row in &rows {
        if let Some(slot) = slot_of(row.blob(1)?) {
            sql.exec(
                "UPDATE outbox SET slot = ?2 WHERE id = ?1",
                &[row.array::<16>(0)?.into(), u32::from(slot).into()],
            )?;
        }
    }
    match rows.last() {
        Some(last) => Ok(Some(last.array::<16>(0)?.into())),
        None => Ok(None),
    }
}

/// Which safe holds the key that this body waits under.
pub(crate) fn slot_of(body: &[u8]) -> Option<u8> {
    match Parcel::from_bytes(body).ok()? {
        Parcel::Kept { slot, .. } => Some(slot),
        _ => None,
    }
}

/// Deliveries that are due and wait under the key in this slot, among those whose column is not filled yet.
pub(crate) fn due_in_slot(sql: &dyn Sql, slot: u8, now: u64) -> Result<Vec<DeliveryId>, Fault> {
    let rows = sql.query(
        "SELECT id, body FROM outbox WHERE slot IS NULL AND due <= ?1",
        &[now.into()],
    )?;
    let mut ids = Vec::new();
    for row in &rows {
        if slot_of(row.blob(1)?) == Some(slot) {
            ids.push(row.array(0)?);
        }
    }
    Ok(ids)
}
