//! Walks: work on many rows of an older form, a slice at a time.
//!
//! A step of an upgrade must be short, so it only begins a walk: a row of the table `walk`. From then on
//! each tick of the object does one [slice](Walk::slice) and stores, in the same transaction, where the next
//! one begins; so a walk that is killed goes on from there. The last slice takes the row away. Until then
//! both forms of the rows are read: [`is_pending`] tells readers.

use core::time::Duration;

use decree::Moment;
use store::{Fault, Sql, Value, transact};

use super::Schema;
use crate::{Failure, outbox};

/// One walk.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    /// Its name: what its row in the table `walk` says.
    pub name: &'static str,
    /// Works on the rows after this place, at most [`ROWS`] of them, and says where the next slice begins:
    /// `None` when no row of the older form is left. The first place is [`Value::Null`]. A slice takes at most
    /// 5 ms.
    pub slice: fn(&dyn Sql, &Value) -> Result<Option<Value>, Fault>,
}

/// Most rows of one slice.
pub const ROWS: u32 = 200;
/// Between two slices of one object others are served. A million rows take an hour and a half.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Does the next slice of one walk, if one is due, in a transaction of its own: should a slice fail, what
/// else a tick does is done.
///
/// # Errors
/// [`Failure::Fault`] of the slice, whose walk is not begun anew but tried again. As [`super::open`].
pub fn go_on(sql: &dyn Sql, schema: &Schema, now: Moment) -> Result<(), Failure> {
    if schema.walks.is_empty() || !super::open(sql, schema)? {
        return Ok(());
    }
    // Of two walks the one that waits longest goes on. Where a clock that was ahead has been, none waits for it.
    let due = sql.query(
        "SELECT name, at FROM walk WHERE due <= ?1 OR due > ?2 ORDER BY due, name LIMIT 1",
        &[now.unix().into(), (now + PAUSE).unix().into()],
    )?;
    let Some(row) = due.first() else {
        return Ok(());
    };
    let name = row.text(0)?;
    let mut walks = schema.walks.iter();
    let walk = walks.find(|walk| walk.name == name).ok_or(Fault::Shape)?;
    let at = row.0.get(1).ok_or(Fault::Shape)?;
    transact(sql, |sql| {
        match (walk.slice)(sql, at)? {
            Some(next) => sql.exec(
                "UPDATE walk SET at = ?2, due = ?3 WHERE name = ?1",
                &[name.into(), next, (now + PAUSE).unix().into()],
            ),
            None => sql.exec("DELETE FROM walk WHERE name = ?1", &[name.into()]),
        }
        .map_err(Failure::from)
    })
}

/// When the next slice is due, if a walk is under way; the tables are there.
///
/// # Errors
/// [`Fault`].
pub fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    outbox::earliest(sql, "SELECT MIN(due) FROM walk")
}

/// Whether rows of the older form may be left; the tables are there.
///
/// # Errors
/// [`Fault`].
pub fn is_pending(sql: &dyn Sql, walk: &Walk) -> Result<bool, Fault> {
    let found = sql.query("SELECT 1 FROM walk WHERE name = ?1", &[walk.name.into()])?;
    Ok(!found.is_empty())
}
