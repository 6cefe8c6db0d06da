//! The version of an object's tables, and the way to the newest.

use core::cmp::Ordering;

use store::{Fault, Sql, transact};

use super::Schema;
use super::common::VERSION;
use crate::Failure;

/// The version of the tables of release 0.1.0, which have no table `version`.
const OLDEST: u32 = 1;

impl Schema {
    /// The version of the tables as this program makes them.
    #[must_use]
    pub const fn version(&self) -> u32 {
        // A class has a handful of steps.
        OLDEST + self.steps.len() as u32
    }
}

/// The version of what is stored here; `None` where nothing was ever written.
pub(super) fn stored(sql: &dyn Sql, schema: &Schema) -> Result<Option<u32>, Fault> {
    let found = sql.query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (?1, ?2)",
        &[VERSION.name.into(), schema.oldest.into()],
    )?;
    if found.is_empty() {
        return Ok(None);
    }
    let has_version = |found: &store::Row| found.text(0).is_ok_and(|name| name == VERSION.name);
    if !found.iter().any(has_version) {
        return Ok(Some(OLDEST));
    }
    let rows = sql.query("SELECT number FROM version", &[])?;
    rows.first().ok_or(Fault::Shape)?.small(0).map(Some)
}

/// Whether anything was ever written here. Tables of an older version are made this program's first, in
/// one transaction.
///
/// # Errors
/// [`Failure::Newer`] when a newer program made the tables: nothing is changed then. [`Failure::Fault`].
pub fn open(sql: &dyn Sql, schema: &Schema) -> Result<bool, Failure> {
    let Some(stored) = stored(sql, schema)? else {
        return Ok(false);
    };
    match stored.cmp(&schema.version()) {
        Ordering::Equal => Ok(true),
        Ordering::Greater => Err(Failure::Newer),
        Ordering::Less => {
            transact(sql, |sql| upgrade(sql, schema, stored))?;
            Ok(true)
        }
    }
}

/// Runs the steps from this version to the newest.
fn upgrade(sql: &dyn Sql, schema: &Schema, stored: u32) -> Result<(), Fault> {
    if stored == OLDEST {
        for statement in VERSION.create {
            sql.exec(statement, &[])?;
        }
    }
    let done = stored.checked_sub(OLDEST).ok_or(Fault::Shape)?;
    let done = usize::try_from(done).map_err(|_| Fault::Shape)?;
    for step in schema.steps.iter().skip(done) {
        for statement in *step {
            sql.exec(statement, &[])?;
        }
    }
    sql.exec("DELETE FROM version", &[])?;
    write(sql, schema)
}

/// Writes down that the tables are this program's.
pub(super) fn write(sql: &dyn Sql, schema: &Schema) -> Result<(), Fault> {
    sql.exec(
        "INSERT INTO version (number) VALUES (?1)",
        &[schema.version().into()],
    )
}
