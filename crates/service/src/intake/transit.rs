//! Contacts that wait are sealed once more, under a key that lives little longer than they do.
//!
//! The key of its day opens a contact for fifteen days, and SQLite keeps the bytes of a deleted row
//! until its page is written over. So what waits is sealed under a transit key too, which only a
//! safe holds: once nothing waits under it the safe is emptied, and what was delivered opens no
//! more, whatever other keys remain.
//!
//! An intake has a few safes, which it uses in turn:
//!
//! | Stage | Until |
//! | --- | --- |
//! | open: what comes is sealed under its key | nothing has waited under it for a minute |
//! | closing: it is being emptied | it says that it is empty |
//! | resting: a call that was given up may still reach it | a minute later; then it can be opened again |

use core::time::Duration;

use decree::Moment;
use rand_core::CryptoRng;
use store::{Fault, Row, Sql, transact};
use wire::Refusal;
use zeroize::Zeroizing;

use crate::form::Unreadable;
use crate::keyring::Pepper;
use crate::outbox::{DeliveryId, Owed};
use crate::parcel::{Parcel, Sealed};
use crate::record::{RecordKey, SafeName};
use crate::schema::from_0_1_0;
use crate::schema::walk;
use crate::seal::SealingKey;
use crate::slice::Rows;
use crate::{Failure, Place, outbox, schema};

/// Shortest time that a safe stays in one stage.
const STAGE: Duration = super::LONGEST_CALL;
/// Safes of one intake. Should a registry not answer for so long that something waits in each, the
/// newest is used until it does. On a seat these are the first of its safes.
pub(crate) const SLOTS: u8 = 4;
/// What 0.1.0 bound a contact that waits to.
const FORMER_CONTEXT: &[u8] = b"transit";

/// A transit key in use, and which of the intake's safes holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transit {
    /// The safe, from 0.
    pub slot: u8,
    /// Drawn when the safe was opened: tells its keys apart in a memory that outlives one.
    pub mark: [u8; 16],
}

impl Transit {
    fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            slot: slot_of(row)?,
            mark: row.array(1)?,
        })
    }
}

fn slot_of(row: &Row) -> Result<u8, Fault> {
    u8::try_from(row.small(0)?).map_err(|_| Fault::Shape)
}

/// The name of an intake's safe: fixed, since an object leaves a trace on its host for good.
#[must_use]
pub fn safe_name(place: &Place, slot: u8) -> SafeName {
    let mut name = *b"intake transit  ";
    let [.., high, low, last] = &mut name;
    [*high, *low] = place.index.to_be_bytes();
    *last = slot;
    name
}

/// The transit key for what comes now, if one is open and not too old to be used on.
///
/// # Errors
/// A [`Failure`].
pub fn transit(sql: &dyn Sql, place: &Place, now: Moment) -> Result<Option<Transit>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(None);
    }
    let open = sql.query(
        "SELECT slot, mark, since FROM transit WHERE stage = 'open' ORDER BY since DESC LIMIT 1",
        &[],
    )?;
    let Some(row) = open.first() else {
        return Ok(None);
    };
    // One that was opened by a clock that was ahead is over.
    let since = Moment::from_unix(row.integer(2)?);
    let is_young = since <= now && now < since + STAGE;
    if is_young || free_slot(sql)?.is_none() {
        Ok(Some(Transit::of(row)?))
    } else {
        Ok(None)
    }
}

/// Opens a safe for what comes from now on.
///
/// # Errors
/// [`Refusal::Unavailable`] while every safe is closing or resting; a [`Failure`].
pub fn open_transit(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::ensure_tables(sql, place)?;
        let slot = free_slot(sql)?.ok_or(Refusal::Unavailable)?;
        let mut mark = [0; 16];
        rng.fill_bytes(&mut mark);
        sql.exec(
            "INSERT INTO transit (slot, mark, stage, since, waiting) VALUES (?1, ?2, 'open', ?3, 0)",
            &[u32::from(slot).into(), mark.into(), now.unix().into()],
        )?;
        Ok(())
    })
}

fn free_slot(sql: &dyn Sql) -> Result<Option<u8>, Fault> {
    let rows = sql.query("SELECT slot FROM transit", &[])?;
    let taken = rows.iter().map(slot_of).collect::<Result<Vec<_>, _>>()?;
    Ok((0..SLOTS).find(|slot| !taken.contains(slot)))
}

/// Which key a waiting contact is sealed under.
///
/// # Errors
/// A [`Failure`].
pub fn transit_of(sql: &dyn Sql, body: &[u8]) -> Result<Option<Transit>, Failure> {
    let Parcel::Kept { slot, .. } = Parcel::from_bytes(body)? else {
        return Ok(None);
    };
    let rows = sql.query(
        "SELECT slot, mark FROM transit WHERE slot = ?1",
        &[u32::from(slot).into()],
    )?;
    Ok(rows.first().map(Transit::of).transpose()?)
}

/// Seals a contact for its wait, in the row of this id, until it goes to this registry.
pub(super) fn keep(
    (transit, key): (&Transit, &RecordKey),
    rng: &mut impl CryptoRng,
    (id, to): (DeliveryId, u16),
    contact: &[u8],
) -> Vec<u8> {
    let slot = transit.slot;
    let sealed = sealing_key(key).seal(rng, &context(slot, id, to), contact);
    let sealed = Sealed::new(sealed);
    Parcel::Kept { slot, sealed }.to_bytes()
}

fn sealing_key(key: &RecordKey) -> SealingKey {
    SealingKey::new(Pepper::new(*key.as_bytes()).hash(&[b"transit"]))
}

fn context(slot: u8, id: DeliveryId, to: u16) -> Vec<u8> {
    [b"transit", [slot].as_slice(), &id, &to.to_be_bytes()].concat()
}

/// Puts off a slice of what is due and waits under the same key as this body: whether more is left.
///
/// # Errors
/// A [`Failure`].
pub fn postpone_alike(
    sql: &dyn Sql,
    body: &[u8],
    now: Moment,
    until: Moment,
) -> Result<bool, Failure> {
    let Some(slot) = from_0_1_0::slot_of(body) else {
        return Ok(false);
    };
    transact(sql, |sql| {
        let due = Rows {
            table: "outbox",
            key: "id",
            condition: "slot = ?1 AND due <= ?2",
            values: &[u32::from(slot).into(), now.unix().into()],
        };
        let are_left = due.update(sql, "due", until.unix().into())?;
        // Rows of release 0.1.0 say so in their bodies, until the walk is done.
        if walk::is_pending(sql, &from_0_1_0::SLOTS)? {
            for id in from_0_1_0::due_in_slot(sql, slot, now.unix())? {
                outbox::postpone_one(sql, id, until)?;
            }
        }
        Ok(are_left)
    })
}

/// What is delivered of what waited; nothing of a contact whose transit key is gone, which only an
/// old copy of the database can hold.
///
/// # Errors
/// [`Unreadable`]: it stays owed.
pub fn take_out(
    key: Option<&RecordKey>,
    owed: &Owed,
) -> Result<Option<Zeroizing<Vec<u8>>>, Unreadable> {
    let Parcel::Kept { slot, sealed } = Parcel::from_bytes(&owed.body)? else {
        return Ok(Some(Zeroizing::new(owed.body.clone())));
    };
    let current = || Some((sealing_key(key?), context(slot, owed.id, owed.to)));
    let former = || {
        let key = SealingKey::new(*key?.as_bytes());
        Some((key, FORMER_CONTEXT.to_vec()))
    };
    Ok(sealed.open(current, former))
}

/// So many more wait under this key. Inside the caller's transaction.
///
/// # Errors
/// [`Failure::Moved`] when it was closed meanwhile.
pub(super) fn add(sql: &dyn Sql, transit: &Transit, contacts: usize) -> Result<(), Failure> {
    let known = sql.query(
        "SELECT 1 FROM transit WHERE slot = ?1 AND mark = ?2 AND stage = 'open'",
        &[u32::from(transit.slot).into(), transit.mark.into()],
    )?;
    if known.is_empty() {
        return Err(Failure::Moved);
    }
    let contacts = u64::try_from(contacts).map_err(|_| Fault::Shape)?;
    Ok(sql.exec(
        "UPDATE transit SET waiting = waiting + ?2 WHERE slot = ?1",
        &[u32::from(transit.slot).into(), contacts.into()],
    )?)
}

/// How many contacts wait, under whatever key.
pub(super) fn waiting(sql: &dyn Sql) -> Result<u64, Fault> {
    let rows = sql.query("SELECT SUM(waiting) FROM transit", &[])?;
    let row = rows.first().ok_or(Fault::Shape)?;
    Ok(row.maybe_integer(0)?.unwrap_or_default())
}

/// One fewer waits there. Inside the caller's transaction.
pub(super) fn take(sql: &dyn Sql, slot: u8) -> Result<(), Fault> {
    sql.exec(
        "UPDATE transit SET waiting = waiting - 1 WHERE slot = ?1",
        &[u32::from(slot).into()],
    )
}

/// Moves every safe on whose stage is over, and says which are to be emptied now: those, once they
/// are, are [`emptied`].
///
/// # Errors
/// A [`Failure`].
pub fn retire(sql: &dyn Sql, place: &Place, now: Moment) -> Result<Vec<u8>, Failure> {
    let stage_before = now.unix().saturating_sub(STAGE.as_secs());
    transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Ok(Vec::new());
        }
        sql.exec(
            "DELETE FROM transit WHERE stage = 'resting' AND (since <= ?1 OR since > ?2)",
            &[stage_before.into(), now.unix().into()],
        )?;
        // One that did not answer is asked again, when its stage has passed once more.
        let over = sql.query(
            "SELECT slot FROM transit WHERE stage <> 'resting' AND waiting = 0 \
             AND (since <= ?1 OR since > ?2)",
            &[stage_before.into(), now.unix().into()],
        )?;
        for row in &over {
            let slot = slot_of(row)?;
            sql.exec(
                "UPDATE transit SET stage = 'closing', since = ?2 WHERE slot = ?1",
                &[u32::from(slot).into(), now.unix().into()],
            )?;
        }
        Ok(over.iter().map(slot_of).collect::<Result<_, _>>()?)
    })
}

/// A safe was emptied.
///
/// # Errors
/// A [`Failure`].
pub fn emptied(sql: &dyn Sql, slot: u8, now: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        Ok(sql.exec(
            "UPDATE transit SET stage = 'resting', since = ?2 WHERE slot = ?1 AND stage = 'closing'",
            &[u32::from(slot).into(), now.unix().into()],
        )?)
    })
}

/// Every safe of this intake that may hold a key.
///
/// # Errors
/// A [`Failure`].
pub fn slots(sql: &dyn Sql, place: &Place) -> Result<Vec<u8>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let rows = sql.query("SELECT slot FROM transit", &[])?;
    Ok(rows.iter().map(slot_of).collect::<Result<_, _>>()?)
}

/// A stage that a clock that was ahead began begins now: it would last until that time really comes. Inside the
/// caller's transaction.
pub(super) fn bring_forward(sql: &dyn Sql, now: Moment) -> Result<(), Fault> {
    sql.exec(
        "UPDATE transit SET since = ?1 WHERE since > ?1",
        &[now.unix().into()],
    )
}

/// When the next stage is over.
pub(super) fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    let since = outbox::earliest(sql, "SELECT MIN(since) FROM transit WHERE waiting = 0")?;
    Ok(since.map(|since| since + STAGE))
}
