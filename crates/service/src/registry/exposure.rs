//! The exposures of an account: one row per contact, sealed under the keys of its day and of the
//! account, and filed under a tag that only these can make.

use decree::Day;
use rand_core::CryptoRng;
use robert::Id;
use robert::risk::AppliedContact;
use store::{Fault, Sql, Value};

use super::Context;
use super::account::Account;
use crate::record::RecordKey;
use crate::{Failure, outbox, seal};

/// Stores one contact that was applied to this account.
pub(super) fn insert(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    account: &Account,
    contact: &AppliedContact,
) -> Result<(), Failure> {
    let day = contact.epoch.day();
    // The key was there to open the contact, and every contact that opened fits a size class.
    let (id, record) = (account.id, &account.record);
    let key = context.keys.of_record(day, record).ok_or(Fault::Engine)?;
    let tag = context.keys.tag(day, id, record).ok_or(Fault::Engine)?;
    let padded = seal::pad(&contact.to_bytes()).ok_or(Fault::Shape)?;
    let sealed = key.seal(rng, &exposure_context(id), &padded);
    sql.exec(
        "INSERT INTO exposure (account, id, day, sealed) VALUES (?1, ?2, ?3, ?4)",
        &[
            tag.into(),
            outbox::draw_id(rng).into(),
            day.number().into(),
            sealed.into(),
        ],
    )?;
    Ok(())
}

/// Every contact of this account that is not forgotten.
pub(super) fn read(
    sql: &dyn Sql,
    context: &Context<'_>,
    account: &Account,
) -> Result<Vec<AppliedContact>, Failure> {
    let (marks, tags) = tags(context, account);
    let rows = sql.query(
        &format!("SELECT day, sealed FROM exposure WHERE account IN ({marks})"),
        &tags,
    )?;
    let mut contacts = Vec::with_capacity(rows.len());
    for row in &rows {
        let day = Day::from_number(row.small(0)?);
        contacts.extend(open(
            context,
            &account.record,
            account.id,
            day,
            row.blob(1)?,
        ));
    }
    Ok(contacts)
}

/// Forgets every contact of this account.
pub(super) fn delete(
    sql: &dyn Sql,
    context: &Context<'_>,
    account: &Account,
) -> Result<(), Failure> {
    let (marks, tags) = tags(context, account);
    Ok(sql.exec(
        &format!("DELETE FROM exposure WHERE account IN ({marks})"),
        &tags,
    )?)
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

/// The contact in this row, if its day's key is still there.
pub(crate) fn open(
    context: &Context<'_>,
    record: &RecordKey,
    id: Id,
    day: Day,
    sealed: &[u8],
) -> Option<AppliedContact> {
    let plain = context
        .keys
        .of_record(day, record)?
        .open(&exposure_context(id), sealed)?;
    AppliedContact::from_bytes(seal::unpad(&plain)?).ok()
}

fn exposure_context(id: Id) -> Vec<u8> {
    [b"exposure", id.0.as_slice()].concat()
}
