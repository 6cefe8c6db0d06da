//! Safes that are to be emptied: each holds the record key of an account that is gone, or that never
//! came to be.

use core::time::Duration;
use std::collections::BTreeSet;

use decree::Moment;
use rand_core::CryptoRng;
use robert::Id;
use store::{Fault, Row, Sql, Value, transact};
use wire::Refusal;

use super::account;
use crate::intake::SLOTS;
use crate::outbox::{self, DeliveryId};
use crate::place::SAFES;
use crate::record::{RecordKey, SafeName};
use crate::schema::from_0_1_0::{self, EMPTYING};
use crate::schema::walk;
use crate::{Failure, Place, schema};

/// A safe that is to be emptied, under the id of what is owed.
pub type Emptying = (DeliveryId, SafeName);

/// Longer than a call that was given up can still arrive: a safe that may have been filled is emptied
/// after that.
pub(super) const LONGEST_CALL: Duration = Duration::from_mins(1);

/// Draws a new safe's name and its key. On a seat it is the first of the registry's safes of which no row tells, and
/// which is not among `under_way`: those that other tasks are filling.
///
/// # Errors
/// [`Refusal::Unavailable`] when there is none; a [`Failure`].
pub fn draw_safe(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    under_way: &BTreeSet<u8>,
) -> Result<(SafeName, RecordKey), Failure> {
    let (mut name, key) = RecordKey::draw(rng);
    if place.realm.seat().is_some() {
        let mut used: BTreeSet<_> = safes(sql, place)?.into_iter().map(number_of).collect();
        used.extend(under_way);
        // Those of the intake come first.
        let first = u16::from(SLOTS) + place.index * u16::from(SAFES);
        let free = (first..first + u16::from(SAFES))
            .filter_map(|number| u8::try_from(number).ok())
            .find(|number| !used.contains(number));
        let [.., number] = &mut name;
        *number = free.ok_or(Refusal::Unavailable)?;
    }
    Ok((name, key))
}

/// Which of a seat's safes this is.
#[must_use]
pub const fn number_of(safe: SafeName) -> u8 {
    let [.., number] = safe;
    number
}

/// Call it inside the transaction that stops using the safe. The safe may be emptied at `due` or later.
pub(super) fn owe_emptying(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    due: Moment,
    safe: SafeName,
) -> Result<Emptying, Failure> {
    let id = outbox::draw_id(rng);
    sql.exec(
        "INSERT INTO emptying (id, safe, due) VALUES (?1, ?2, ?3)",
        &[id.into(), safe.into(), due.unix().into()],
    )?;
    Ok((id, safe))
}

/// Gives up a new safe that this account was to move to: it is owed to be [emptied](emptying), unless
/// the account has moved to it before something failed.
///
/// # Errors
/// A [`Failure`].
pub fn abandon(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    (id, safe): (Id, SafeName),
) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::ensure_tables(sql, place)?;
        if account::safe_of(sql, id)? != Some(safe) {
            owe_emptying(sql, rng, now + LONGEST_CALL, safe)?;
        }
        Ok(())
    })
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
        "SELECT id, safe, body FROM {} WHERE due <= ?1 OR due > ?2 ORDER BY due LIMIT {EMPTIED_AT_ONCE}",
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
        "(SELECT id, due, safe, NULL AS body FROM emptying \
         UNION ALL SELECT id, due, NULL, body FROM outbox)"
    } else {
        "(SELECT id, due, safe, NULL AS body FROM emptying)"
    })
}

/// Reads an id, a safe and a body; the body, if there is one, holds the safe.
fn of_row(row: &Row) -> Result<Option<Emptying>, Fault> {
    let id = row.array(0)?;
    Ok(match row.0.get(1) {
        Some(Value::Null) => from_0_1_0::safe_of(row, 2).map(|safe| (id, safe)),
        _ => Some((id, row.array(1)?)),
    })
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

/// At most so many safes that are to be emptied, due or not; the tables are there.
pub(super) fn owed(sql: &dyn Sql, most: usize) -> Result<Vec<SafeName>, Fault> {
    let select = format!("SELECT id, safe, body FROM {} LIMIT {most}", table(sql)?);
    let rows = sql.query(&select, &[])?;
    let owed = rows.iter().filter_map(|row| of_row(row).transpose());
    owed.map(|owed| owed.map(|(_, safe)| safe)).collect()
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

/// Every safe that this registry knows: those of its accounts, and those to be emptied.
///
/// # Errors
/// A [`Failure`].
pub fn safes(sql: &dyn Sql, place: &Place) -> Result<Vec<SafeName>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let mut safes = Vec::new();
    let select = format!("SELECT id, safe, body FROM {}", table(sql)?);
    for row in sql.query(&select, &[])? {
        safes.extend(of_row(&row)?.map(|(_, safe)| safe));
    }
    for row in sql.query("SELECT safe FROM account", &[])? {
        safes.push(row.array(0)?);
    }
    Ok(safes)
}
