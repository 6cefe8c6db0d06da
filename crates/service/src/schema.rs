//! Every table and column that is stored, with what each is for, and how older tables become these.
//!
//! A table is made at an object's first write and never before: a request with an invented name
//! leaves nothing behind. A column without an item of the decree says which need of the protocol
//! it serves; `tests/inventory.rs` fails when a column is missing here.
//!
//! # Versions
//! The table `version` holds one row, the number of the tables' version. Tables without it are those of
//! release 0.1.0, which count as version 1. [`open`], which every function of this crate calls before it
//! reads or writes, compares that number with this program's:
//!
//! | Stored | What [`open`] does |
//! | --- | --- |
//! | nothing | says so, and writes nothing |
//! | the same version | nothing |
//! | an older one | runs the missing [steps](Schema::steps), in one transaction |
//! | a newer one | [`Failure::Newer`], and writes nothing |
//!
//! Reads run the steps too, in a transaction of their own. So each statement is written for one version of
//! the tables, and not for every version that ever was; a step is short whatever the tables hold, and only
//! what has been stored before can have one. What has to visit rows is a [walk], in slices; until a walk is
//! done, both forms of its rows are read.

mod common;
mod demo;
mod desk;
pub(crate) mod from_0_1_0;
pub(crate) mod from_0_2_0;
mod intake;
mod keys;
mod registry;
mod tally;
mod version;
pub mod walk;

use decree::article_2::Item;
use decree::article_3;
use store::{Fault, Sql, Value};

pub use self::demo::{GATE, VISIT};
pub use self::desk::DESK;
pub use self::intake::INTAKE;
pub use self::keys::{SAFE, VAULT};
pub use self::registry::REGISTRY;
pub use self::tally::TALLY;
pub use self::version::open;
use self::walk::Walk;
use crate::{Class, Failure, Place, Realm};

/// What a column is stored for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An item of Article 2.
    Law(Item),
    /// The record of what administrators did: Article 3, last alinéa.
    Record,
    /// Something without which the protocol does not work; it tells of no person.
    Protocol(&'static str),
}

impl core::fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Law(item) => item.fmt(formatter),
            Self::Record => formatter.write_str(article_3::RECORD_OF_ACTS),
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

/// The statements that make one version of the tables out of the version before.
///
/// A step makes tables, adds or renames columns, renames tables, or moves a handful of rows: it takes at
/// most 50 ms with a million rows in each table. For anything that visits more rows it begins a [walk].
/// Once released, a step is never edited.
pub type Step = &'static [&'static str];

/// The tables of one class of objects.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The tables as this program makes them.
    pub tables: &'static [Table],
    /// The table that tells that release 0.1.0 wrote here, which kept no version.
    pub oldest: &'static str,
    /// The steps, in order: the first makes version 2 out of version 1.
    pub steps: &'static [Step],
    /// The walks that steps begin.
    pub walks: &'static [Walk],
    /// Tables that a walk empties and then drops: only upgraded objects have them, until it is done.
    pub leaving: &'static [Table],
}

/// The tables of this class.
#[must_use]
pub const fn of(class: Class) -> &'static Schema {
    match class {
        Class::Registry => REGISTRY,
        Class::Intake => INTAKE,
        Class::Tally => TALLY,
        Class::Desk => DESK,
    }
}

/// Whether anything was ever written here, in whatever version. Changes nothing.
///
/// # Errors
/// [`Fault`].
pub fn exists(sql: &dyn Sql, schema: &Schema) -> Result<bool, Fault> {
    Ok(version::stored(sql, schema)?.is_some())
}

/// Makes the tables, unless they are there, inside the caller's transaction.
///
/// # Errors
/// As [`open`].
pub fn make(sql: &dyn Sql, schema: &Schema) -> Result<(), Failure> {
    if !open(sql, schema)? {
        for table in schema.tables {
            for statement in table.create {
                sql.exec(statement, &[])?;
            }
        }
        version::write(sql, schema)?;
    }
    Ok(())
}

/// Makes the tables at the first write, and checks at each one after that the object stands
/// where it was made. Inside the caller's transaction.
///
/// # Errors
/// As [`check`].
pub fn ensure_tables(sql: &dyn Sql, place: &Place) -> Result<(), Failure> {
    if check(sql, place)? {
        return Ok(());
    }
    make(sql, of(place.class))?;
    sql.exec(
        "INSERT INTO place (realm, class, shard, of, since) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            Value::Text(place.realm.mark()),
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
/// [`Failure::Misplaced`] for another index or number of shards, and as [`stored_place`].
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
/// [`Failure::Misplaced`] for another realm or class, and as [`open`].
pub fn stored_place(sql: &dyn Sql, realm: Realm, class: Class) -> Result<Option<Place>, Failure> {
    if !open(sql, of(class))? {
        return Ok(None);
    }
    let rows = sql.query("SELECT realm, class, shard, of, since FROM place", &[])?;
    let row = rows.first().ok_or(Fault::Shape)?;
    if row.text(0)? != realm.mark() || row.text(1)? != class.name() {
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

/// The turn of the visit that this object of a seat was written to in, if it was.
///
/// # Errors
/// As [`open`].
pub fn stored_turn(sql: &dyn Sql, class: Class) -> Result<Option<u32>, Failure> {
    if !open(sql, of(class))? {
        return Ok(None);
    }
    let rows = sql.query("SELECT realm FROM place", &[])?;
    let row = rows.first().ok_or(Fault::Shape)?;
    Ok(Realm::turn_in(row.text(0)?))
}
