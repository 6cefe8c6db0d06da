//! Safes that are to be emptied: each holds a former version of a group, or the record key of an account that is gone.

use core::time::Duration;
use std::collections::BTreeSet;

use decree::Moment;
use rand_core::CryptoRng;
use store::{Fault, Row, Sql, Value, transact};

use super::groups;
use crate::group::{self, GroupName, GroupVersion};
use crate::outbox::{self, DeliveryId};
use crate::record::{Keeper, SafeName};
use crate::schema::from_0_1_0::{self, EMPTYING};
use crate::schema::walk;
use crate::{Failure, Place, schema};

/// A safe that is to be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emptying {
    /// The id of what is owed.
    pub id: DeliveryId,
    /// The safe.
    pub safe: SafeName,
    /// Up to which version, of a group; nothing of an account's own.
    pub version: Option<GroupVersion>,
}

/// Longer than a call that was given up can still arrive: a safe that may have been filled is emptied
/// after that.
pub(super) const LONGEST_CALL: Duration = Duration::from_mins(1);

/// Call it inside the transaction that stops using the safe. The safe may be emptied at `due` or later.
pub(super) fn owe_emptying(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    due: Moment,
    (safe, version): (SafeName, Option<GroupVersion>),
) -> Result<Emptying, Failure> {
    let id = outbox::draw_id(rng);
    sql.exec(
        "INSERT INTO emptying (id, safe, due, version) VALUES (?1, ?2, ?3, ?4)",
        &[id.into(), safe.into(), due.unix().into(), version.into()],
    )?;
    Ok(Emptying { id, safe, version })
}

/// The record key of an account that is gone is to be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// With its group written again.
    Group(GroupName),
    /// With its own safe emptied.
    Safe(Emptying),
}

/// An account leaves what keeps its record key. Call it inside the transaction that deletes the account.
pub(super) fn leave(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    now: Moment,
    keeper: Keeper,
) -> Result<Left, Failure> {
    match keeper {
        Keeper::Group(name, place) => {
            groups::leave(sql, now, (name, place))?;
            Ok(Left::Group(name))
        }
        Keeper::Safe(safe) => owe_emptying(sql, rng, now, (safe, None)).map(Left::Safe),
    }
}

/// Most safes that are emptied at once.
pub const EMPTIED_AT_ONCE: usize = 64;

/// Safes that are to be emptied now, until [`emptied`] is said of each: at most [`EMPTIED_AT_ONCE`],
/// those that wait longest. A safe that a clock that was ahead put off is among them.
///
/// # Errors
/// A [`Failure`].
pub fn emptying(sql: &dyn Sql, place: &Place, now: Moment) -> Result<Vec<Emptying>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let select = format!(
        "SELECT id, safe, body, version FROM {} WHERE due <= ?1 OR due > ?2 ORDER BY due LIMIT {EMPTIED_AT_ONCE}",
        table(sql)?
    );
    let far = now + outbox::LONGEST_WAIT;
    let rows = sql.query(&select, &[now.unix().into(), far.unix().into()])?;
    let safes = rows.iter().filter_map(|row| of_row(row).transpose());
    Ok(safes.collect::<Result<_, _>>()?)
}

/// Where the safes stand that are to be emptied. Until the walk is done, those of release 0.1.0 stand in
/// `outbox`, each in a body.
fn table(sql: &dyn Sql) -> Result<&'static str, Fault> {
    Ok(if walk::is_pending(sql, &EMPTYING)? {
        "(SELECT id, due, safe, NULL AS body, version FROM emptying \
         UNION ALL SELECT id, due, NULL, body, NULL FROM outbox)"
    } else {
        "(SELECT id, due, safe, NULL AS body, version FROM emptying)"
    })
}

/// Reads an id, a safe, a body and a version; the body, if there is one, holds the safe.
fn of_row(row: &Row) -> Result<Option<Emptying>, Fault> {
    let safe = match row.0.get(1) {
        Some(Value::Null) => from_0_1_0::safe_of(row, 2),
        _ => Some(row.array(1)?),
    };
    let Some(safe) = safe else {
        return Ok(None);
    };
    let version = row.maybe_integer(3)?.map(GroupVersion::try_from);
    Ok(Some(Emptying {
        id: row.array(0)?,
        safe,
        version: version.transpose().map_err(|_| Fault::Shape)?,
    }))
}

/// When the next safe is to be emptied, if there is one.
///
/// # Errors
/// A [`Failure`].
pub fn next_emptying(sql: &dyn Sql, place: &Place) -> Result<Option<Moment>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(None);
    }
    let select = format!("SELECT due FROM {} ORDER BY due LIMIT 1", table(sql)?);
    Ok(outbox::earliest(sql, &select)?)
}

/// At most so many accounts' own safes that are to be emptied, due or not; the tables are there.
pub(super) fn owed(sql: &dyn Sql, most: usize) -> Result<Vec<SafeName>, Fault> {
    let select = format!(
        "SELECT id, safe, body, version FROM {} WHERE version IS NULL LIMIT {most}",
        table(sql)?
    );
    let rows = sql.query(&select, &[])?;
    let owed = rows.iter().filter_map(|row| of_row(row).transpose());
    owed.map(|owed| owed.map(|owed| owed.safe)).collect()
}

/// Puts off safes that did not answer: the others do not wait for them.
///
/// # Errors
/// A [`Failure`].
pub fn put_off(sql: &dyn Sql, owed: &[DeliveryId], until: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        for id in owed {
            for table in tables(sql)? {
                sql.exec(
                    &format!("UPDATE {table} SET due = ?2 WHERE id = ?1"),
                    &[(*id).into(), until.unix().into()],
                )?;
            }
        }
        Ok(())
    })
}

/// The tables in which a safe that is to be emptied can stand.
fn tables(sql: &dyn Sql) -> Result<&'static [&'static str], Fault> {
    Ok(if walk::is_pending(sql, &EMPTYING)? {
        &["emptying", "outbox"]
    } else {
        &["emptying"]
    })
}

/// A safe was emptied.
///
/// # Errors
/// A [`Failure`].
pub fn emptied(sql: &dyn Sql, id: DeliveryId) -> Result<(), Failure> {
    transact(sql, |sql| {
        for table in tables(sql)? {
            sql.exec(&format!("DELETE FROM {table} WHERE id = ?1"), &[id.into()])?;
        }
        Ok(())
    })
}

/// Every safe that this registry knows: those of its groups, its accounts' own, and those to be emptied.
///
/// # Errors
/// A [`Failure`].
pub fn safes(sql: &dyn Sql, place: &Place) -> Result<BTreeSet<SafeName>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(BTreeSet::new());
    }
    let mut safes = BTreeSet::new();
    let select = format!("SELECT id, safe, body, version FROM {}", table(sql)?);
    for row in sql.query(&select, &[])? {
        safes.extend(of_row(&row)?.map(|owed| owed.safe));
    }
    for row in sql.query("SELECT name, version, tried FROM record_group", &[])? {
        for version in [row.small(1)?, row.small(2)?] {
            safes.insert(group::safe_of(row.array(0)?, version));
        }
    }
    for keeper in keepers(sql, place)? {
        if let Keeper::Safe(safe) = keeper {
            safes.insert(safe);
        }
    }
    Ok(safes)
}

/// What keeps the record key of each account.
///
/// # Errors
/// A [`Failure`].
pub fn keepers(sql: &dyn Sql, place: &Place) -> Result<Vec<Keeper>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let rows = sql.query("SELECT safe FROM account", &[])?;
    let keepers = rows.iter().map(|row| Keeper::read(row, 0));
    Ok(keepers.collect::<Result<_, _>>()?)
}
