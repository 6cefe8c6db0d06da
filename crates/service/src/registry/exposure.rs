//! The exposures of an account: one row per contact, sealed under the key of its day.

use decree::{Day, Moment};
use rand_core::CryptoRng;
use robert::Id;
use robert::risk::AppliedContact;
use store::Sql;

use super::{Context, last_forgotten};
use crate::{Failure, outbox, seal};

/// Stores one contact that was applied to this account.
pub(super) fn insert(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    id: Id,
    contact: &AppliedContact,
) -> Result<(), Failure> {
    let day = contact.epoch.day();
    // The key was there to open the contact, and every contact that opened fits a size class.
    let key = context.keys.data(day).ok_or(store::Fault::Engine)?;
    let padded = seal::pad(&contact.to_bytes()).ok_or(store::Fault::Shape)?;
    let sealed = key.seal(rng, &exposure_context(id), &padded);
    sql.exec(
        "INSERT INTO exposure VALUES (?1, ?2, ?3, ?4)",
        &[
            id.0.into(),
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
    id: Id,
    now: Moment,
) -> Result<Vec<AppliedContact>, Failure> {
    let rows = sql.query(
        "SELECT day, sealed FROM exposure WHERE account = ?1 AND day > ?2",
        &[id.0.into(), last_forgotten(now).into()],
    )?;
    let mut contacts = Vec::with_capacity(rows.len());
    for row in &rows {
        let day = Day::from_number(row.small(0)?);
        contacts.extend(open(context, id, day, row.blob(1)?));
    }
    Ok(contacts)
}

/// The contact in this row, if its day's key is still there.
pub(crate) fn open(
    context: &Context<'_>,
    id: Id,
    day: Day,
    sealed: &[u8],
) -> Option<AppliedContact> {
    let plain = context
        .keys
        .data(day)?
        .open(&exposure_context(id), sealed)?;
    AppliedContact::from_bytes(seal::unpad(&plain)?).ok()
}

fn exposure_context(id: Id) -> Vec<u8> {
    [b"exposure", id.0.as_slice()].concat()
}
