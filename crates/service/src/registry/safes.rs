//! Safes that are to be emptied: each holds the record key of an account that is gone, or that never
//! came to be.

use core::time::Duration;

use decree::Moment;
use rand_core::CryptoRng;
use robert::Id;
use store::{Fault, Sql, transact};

use super::account;
use crate::outbox::{self, DeliveryId, Owed};
use crate::parcel::Parcel;
use crate::record::SafeName;
use crate::{Failure, Place, schema};

/// A safe that is to be emptied, under the id of what is owed.
pub type Emptying = (DeliveryId, SafeName);

/// Longer than a call that was given up can still arrive: a safe that may have been filled is emptied
/// after that.
pub(super) const LONGEST_CALL: Duration = Duration::from_mins(1);

/// Written with what lets the safe go, so that neither happens alone; it is emptied from `due` on.
pub(super) fn owe_emptying(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    due: Moment,
    safe: SafeName,
) -> Result<Emptying, Failure> {
    let id = outbox::draw_id(rng);
    let owed = Owed {
        id,
        to: 0,
        body: Parcel::Empty(safe).to_bytes(),
    };
    outbox::put(sql, &[(owed, due)])?;
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
        schema::settle(sql, place)?;
        if account::safe_of(sql, id)? != Some(safe) {
            owe_emptying(sql, rng, now + LONGEST_CALL, safe)?;
        }
        Ok(())
    })
}

/// Most safes that are emptied at once.
pub const EMPTIED_AT_ONCE: usize = 64;

/// Safes that are to be emptied now, until [`emptied`] is said of each: at most [`EMPTIED_AT_ONCE`],
/// those that wait longest.
///
/// # Errors
/// A [`Failure`].
pub fn emptying(sql: &dyn Sql, place: &Place, now: Moment) -> Result<Vec<Emptying>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let most = u32::try_from(EMPTIED_AT_ONCE).map_err(|_| Fault::Shape)?;
    Ok(of_safes(outbox::due(sql, now, most)?).collect())
}

fn of_safes(owed: Vec<Owed>) -> impl Iterator<Item = Emptying> {
    let safe = |owed: Owed| match Parcel::from_bytes(&owed.body) {
        Some(Parcel::Empty(safe)) => Some((owed.id, safe)),
        _ => None,
    };
    owed.into_iter().filter_map(safe)
}

/// When the next safe is to be emptied, if there is one.
///
/// # Errors
/// A [`Failure`].
pub fn next_emptying(sql: &dyn Sql, place: &Place) -> Result<Option<Moment>, Failure> {
    if schema::check(sql, place)? {
        Ok(outbox::next_due(sql)?)
    } else {
        Ok(None)
    }
}

/// Puts off safes that did not answer: the others do not wait for them.
///
/// # Errors
/// A [`Failure`].
pub fn put_off(sql: &dyn Sql, owed: &[DeliveryId], until: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        for id in owed {
            sql.exec(
                "UPDATE outbox SET due = ?2 WHERE id = ?1",
                &[(*id).into(), until.unix().into()],
            )?;
        }
        Ok(())
    })
}

/// A safe was emptied.
///
/// # Errors
/// A [`Failure`].
pub fn emptied(sql: &dyn Sql, id: DeliveryId) -> Result<(), Failure> {
    transact(sql, |sql| Ok(outbox::acknowledge(sql, id)?))
}

/// Every safe that this registry knows: those of its accounts, and those to be emptied.
///
/// # Errors
/// A [`Failure`].
pub fn safes(sql: &dyn Sql, place: &Place) -> Result<Vec<SafeName>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let owed = of_safes(outbox::all(sql, u32::MAX)?);
    let mut safes: Vec<_> = owed.map(|(_, safe)| safe).collect();
    for row in sql.query("SELECT safe FROM account", &[])? {
        safes.push(row.array(0)?);
    }
    Ok(safes)
}
