//! Applying one contact: open, check seals, keep, judge; once.

use rand_core::CryptoRng;
use robert::AuthKey;
use robert::risk::{self, AppliedContact};
use robert::validate::{self, Located};
use store::{Sql, transact};

use super::account::Account;
use super::{Context, exposure};
use crate::outbox::DeliveryId;
use crate::parcel::Parcel;
use crate::{Failure, figures, schema};

/// Applies one delivery. Applied a second time it changes nothing, until the intake says that it
/// has forgotten the delivery and cannot send it again.
///
/// Contacts of a forgotten day, of an account that left, or whose seals are wrong are accepted
/// and dropped: the intake must not learn which.
///
/// # Errors
/// A [`Failure`]: the delivery stays owed.
pub fn apply(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    delivery: DeliveryId,
    body: &[u8],
) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::settle(sql, &context.place)?;
        match Parcel::from_bytes(body) {
            Some(Parcel::Forgotten(id)) => {
                sql.exec("DELETE FROM applied WHERE id = ?1", &[id.into()])?;
            }
            Some(Parcel::Contact { day, sealed }) if remember(sql, delivery)? => {
                let contact = context
                    .keys
                    .data(day)
                    .and_then(|key| Parcel::open(key, &sealed));
                if let Some(contact) = contact {
                    expose(sql, context, rng, &contact)?;
                }
            }
            Some(Parcel::Contact { .. }) | None => {}
        }
        Ok(())
    })
}

/// Whether this delivery is new; from now on it is not.
fn remember(sql: &dyn Sql, delivery: DeliveryId) -> Result<bool, Failure> {
    let known = sql.query("SELECT 1 FROM applied WHERE id = ?1", &[delivery.into()])?;
    if known.is_empty() {
        sql.exec("INSERT INTO applied VALUES (?1)", &[delivery.into()])?;
    }
    Ok(known.is_empty())
}

/// Keeps what the account's own key confirms of this contact, and judges the account again.
fn expose(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    contact: &Located,
) -> Result<(), Failure> {
    let Some(mut account) = Account::read(sql, context, contact.id)? else {
        return Ok(());
    };
    let Some(key) = context.wrapping.unwrap(&account.key_for_mac) else {
        return Ok(());
    };
    let hellos = validate::authenticate(&AuthKey::from_bytes(&key), contact, context.now);
    if hellos.is_empty() {
        return Ok(());
    }
    let applied = AppliedContact {
        epoch: contact.epoch,
        hellos,
    };
    let mut contacts = exposure::read(sql, context, account.id)?;
    if contacts.contains(&applied) || contacts.len() >= MOST_CONTACTS {
        return Ok(());
    }
    exposure::insert(sql, context, rng, account.id, &applied)?;
    let mut exposures = risk::expose(&contacts);
    let was_too_old = risk::is_too_old(&account.verdict, &exposures, context.now);
    contacts.push(applied);
    exposures = risk::expose(&contacts);
    let is_too_old = risk::is_too_old(&account.verdict, &exposures, context.now);
    account.verdict = risk::judge(&account.verdict, &exposures, context.now);
    account.update(sql, context, rng)?;
    // Written for each contact that is kept, as the account is: a change tells nothing of it.
    figures::count(sql, context, rng, |today| {
        today.above_threshold_too_old += u32::from(is_too_old && !was_too_old);
    })
}

/// Most contacts that one account keeps: every epoch of fifteen days, twice. Beyond, something is
/// being replayed, and judging must stay cheap.
const MOST_CONTACTS: usize = 2 * 15 * 96;
