//! The exposures of an account: one row per contact, sealed under the keys of its day and of the
//! account, and filed under a tag that only these can make.

mod row;

use decree::{Day, article_3};
use rand_core::CryptoRng;
use robert::risk::AppliedContact;
use store::{Fault, Sql, Value};

pub(crate) use self::row::{Exposure, Former, RowId};

use super::Context;
use super::account::Account;
use crate::Failure;
use crate::form::Unreadable;
use crate::schema::from_0_2_0;
use crate::schema::walk;
use crate::seal::{self, EXPOSURE_CLASSES};
use crate::slice::Rows;
use crate::vault::OfRecord;

/// What an account was exposed to.
pub(super) struct Kept {
    /// Every contact that is not forgotten.
    pub(super) contacts: Vec<AppliedContact>,
    /// Ids that no other row can have: theirs, and those of accounts whose tags begin alike.
    taken: Vec<RowId>,
}

/// Stores one contact that was applied to this account, of which `kept` was read. Says whether there was room.
pub(super) fn insert(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    account: &Account,
    contact: &AppliedContact,
    kept: &Kept,
) -> Result<bool, Failure> {
    let day = contact.epoch.day();
    // The key was there to open the contact, and every contact that opened fits a size class.
    let (id, record) = (account.id, &account.record);
    let key = context.keys.of_record(day, OfRecord::Exposure, record);
    let key = key.ok_or(Fault::Engine)?;
    let tag = context.keys.tag(day, id, record).ok_or(Fault::Engine)?;
    let padded = seal::pad_to(EXPOSURE_CLASSES, &contact.to_bytes()).ok_or(Fault::Shape)?;
    let mut number = [0; 2];
    rng.fill_bytes(&mut number);
    let is_taken = |id| kept.taken.contains(&id);
    let Some(row) = RowId::free(day, tag, u16::from_be_bytes(number), is_taken) else {
        return Ok(false);
    };
    let sealed = key.seal(rng, &row.bound(id), &padded);
    sql.exec(
        "INSERT INTO exposure (id, sealed) VALUES (?1, ?2)",
        &[row.into(), sealed.into()],
    )?;
    Ok(true)
}

/// Every contact of this account that is not forgotten.
pub(super) fn read(
    sql: &dyn Sql,
    context: &Context<'_>,
    account: &Account,
) -> Result<Kept, Failure> {
    let (mut contacts, mut taken) = (Vec::new(), Vec::new());
    for (id, opened) in rows(sql, context, account)? {
        taken.push(id);
        contacts.extend(opened?);
    }
    if is_moving(sql)? {
        let (marks, tags) = tags(context, account);
        let select =
            format!("SELECT day, id, sealed FROM former_exposure WHERE account IN ({marks})");
        for row in &sql.query(&select, &tags)? {
            let stored = Former {
                id: row.array(1)?,
                day: Day::from_number(row.small(0)?),
                sealed: row.blob(2)?,
            };
            contacts.extend(stored.open(context, &account.record, account.id)?);
        }
    }
    Ok(Kept { contacts, taken })
}

/// Forgets every contact of this account.
pub(super) fn delete(
    sql: &dyn Sql,
    context: &Context<'_>,
    account: &Account,
) -> Result<(), Failure> {
    for (id, opened) in rows(sql, context, account)? {
        // One that does not open is an account's whose tag begins alike.
        if opened != Ok(None) {
            sql.exec("DELETE FROM exposure WHERE id = ?1", &[id.into()])?;
        }
    }
    if is_moving(sql)? {
        let (marks, tags) = tags(context, account);
        let delete = format!("DELETE FROM former_exposure WHERE account IN ({marks})");
        sql.exec(&delete, &tags)?;
    }
    Ok(())
}

/// Forgets a slice of the rows whose day is forgotten at `today`: the day of each, and whether any are left. Inside the
/// caller's transaction.
pub(super) fn forget(sql: &dyn Sql, today: Day) -> Result<(Vec<Day>, bool), Fault> {
    let last = today.minus_days(article_3::DAYS_KEPT);
    let forgotten = Rows {
        table: "exposure",
        key: "id",
        condition: "id < ?1",
        values: &[RowId::first_of_day(last.plus_days(1)).into()],
    };
    let (mut rows, mut are_left) = forgotten.take(sql, "day")?;
    if is_moving(sql)? {
        let former = Rows {
            table: "former_exposure",
            key: "account, id",
            condition: "day <= ?1",
            values: &[last.number().into()],
        };
        let (more, are_more) = former.take(sql, "day")?;
        rows.extend(more);
        are_left |= are_more;
    }
    let days = rows.iter().map(|row| row.small(0).map(Day::from_number));
    Ok((days.collect::<Result<_, _>>()?, are_left))
}

/// The oldest day of which there are rows.
pub(super) fn oldest_day(sql: &dyn Sql) -> Result<Option<Day>, Fault> {
    let mut days = vec![sql.query("SELECT day FROM exposure ORDER BY id LIMIT 1", &[])?];
    if is_moving(sql)? {
        days.push(sql.query("SELECT day FROM former_exposure ORDER BY day LIMIT 1", &[])?);
    }
    let days = days.iter().flatten().map(|row| row.small(0));
    let oldest = days.collect::<Result<Vec<_>, _>>()?.into_iter().min();
    Ok(oldest.map(Day::from_number))
}

/// A row, and the contact in it, if it is the account's.
type Opened = (RowId, Result<Option<AppliedContact>, Unreadable>);

/// The rows that may be this account's, and what opens of each.
fn rows(sql: &dyn Sql, context: &Context<'_>, account: &Account) -> Result<Vec<Opened>, Failure> {
    let (mut ranges, mut values) = (Vec::new(), Vec::new());
    for day in context.keys.days() {
        if let Some(tag) = context.keys.tag(day, account.id, &account.record) {
            values.extend(RowId::range(day, tag).map(Value::from));
            let last = values.len();
            ranges.push(format!("id BETWEEN ?{} AND ?{last}", last - 1));
        }
    }
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let ranges = ranges.join(" OR ");
    let select = format!("SELECT id, sealed FROM exposure WHERE {ranges}");
    let found = sql.query(&select, &values)?;
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let stored = Exposure {
            id: RowId::read(row, 0)?,
            sealed: row.blob(1)?,
        };
        let opened = stored.open(context, &account.record, account.id);
        rows.push((stored.id, opened));
    }
    Ok(rows)
}

/// Whether rows of releases up to 0.2.0 are still in the table that they made.
fn is_moving(sql: &dyn Sql) -> Result<bool, Fault> {
    walk::is_pending(sql, &from_0_2_0::EXPOSURES)
}

/// This account's tags of every living day, at most twenty, and as many marks.
fn tags(context: &Context<'_>, account: &Account) -> (String, Vec<Value>) {
    let tag = |day| context.keys.tag(day, account.id, &account.record);
    let tag = |day| tag(day).map(Value::from);
    let tags: Vec<_> = context.keys.days().filter_map(tag).collect();
    let marks: Vec<_> = (1..=tags.len())
        .map(|number| format!("?{number}"))
        .collect();
    (marks.join(", "), tags)
}
