//! Every table and column that is stored, with what each is for.
//!
//! A table is made at an object's first write and never before: a request with an invented name
//! leaves nothing behind. A column without an item of Article 2 says which need of the protocol
//! it serves; `tests/inventory.rs` fails when a column is missing here.

mod common;
mod demo;
mod desk;
mod intake;
mod keys;
mod registry;
mod tally;

use decree::article_2::Item;
use store::{Fault, Sql, Value};

pub use self::demo::{GATE, VISIT};
pub use self::desk::DESK;
pub use self::intake::INTAKE;
pub use self::keys::{SAFE, VAULT};
pub use self::registry::REGISTRY;
pub use self::tally::TALLY;
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
