//! The exposures of an account: one row per contact, sealed under the keys of its day and of the
//! account, and filed under a tag that only these can make.

use decree::Day;
use rand_core::CryptoRng;
use robert::Id;
use robert::risk::AppliedContact;
use store::{Fault, Sql, Value};

use super::Context;
use super::account::Account;
use crate::form::{Form, Unreadable, Version};
use crate::record::RecordKey;
use crate::vault::OfRecord;
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
    let key = context.keys.of_record(day, OfRecord::Exposure, record);
    let key = key.ok_or(Fault::Engine)?;
    let tag = context.keys.tag(day, id, record).ok_or(Fault::Engine)?;
    let padded = seal::pad(&contact.to_bytes()).ok_or(Fault::Shape)?;
    let row = outbox::draw_id(rng);
    let sealed = key.seal(rng, &exposure_context(id, row, day), &padded);
    sql.exec(
        "INSERT INTO exposure (account, id, day, sealed) VALUES (?1, ?2, ?3, ?4)",
        &[tag.into(), row.into(), day.number().into(), sealed.into()],
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
        &format!("SELECT day, sealed, id FROM exposure WHERE account IN ({marks})"),
        &tags,
    )?;
    let mut contacts = Vec::with_capacity(rows.len());
    for row in &rows {
        let stored = Exposure {
            row: row.array(2)?,
            day: Day::from_number(row.small(0)?),
            sealed: row.blob(1)?,
        };
        contacts.extend(stored.open(context, &account.record, account.id)?);
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

/// A row, as it is stored.
pub(crate) struct Exposure<'a> {
    /// Its id.
    pub(crate) row: RowId,
    /// The day whose key seals it.
    pub(crate) day: Day,
    /// The contact, sealed.
    pub(crate) sealed: &'a [u8],
}

/// Names a row: 128 random bits.
type RowId = [u8; 16];

impl Exposure<'_> {
    /// The contact of this account in the row, if its day's key is still there.
    pub(crate) fn open(
        &self,
        context: &Context<'_>,
        record: &RecordKey,
        id: Id,
    ) -> Result<Option<AppliedContact>, Unreadable> {
        let (keys, day) = (context.keys, self.day);
        let plain = match Form::Exposure.version(self.sealed)? {
            Version::Current => {
                let key = keys.of_record(day, OfRecord::Exposure, record);
                let bound = exposure_context(id, self.row, day);
                key.and_then(|key| key.open(&bound, self.sealed))
            }
            Version::Former => {
                let key = keys.former_of_record(day, record);
                let bound = [b"exposure", id.0.as_slice()].concat();
                key.and_then(|key| key.open_former(&bound, self.sealed))
            }
        };
        let Some(plain) = plain else {
            return Ok(None);
        };
        let contact = seal::unpad(&plain).map(AppliedContact::from_bytes);
        match contact {
            Some(Ok(contact)) => Ok(Some(contact)),
            _ => Err(Unreadable::Content),
        }
    }
}

/// Its account, its row and its day: a row that is copied under another id opens no more.
fn exposure_context(id: Id, row: RowId, day: Day) -> Vec<u8> {
    let day = day.number().to_be_bytes();
    [b"exposure.sealed", id.0.as_slice(), &row, &day].concat()
}
