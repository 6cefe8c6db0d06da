//! Applying contacts: open, check seals, keep, judge; each once.
//!
//! Opening comes first, and alone: it tells whose accounts the caller needs the record keys of.

use rand_core::CryptoRng;
use robert::risk::{self, AppliedContact};
use robert::validate::{self, Located};
use robert::{AuthKey, Id};
use store::{Sql, transact};

use super::account::Account;
use super::{Context, exposure};
use crate::form::Unreadable;
use crate::outbox::DeliveryId;
use crate::parcel::Parcel;
use crate::vault::Keys;
use crate::{Failure, figures, schema};

/// A delivery, opened.
pub enum Arrival {
    /// A contact; nothing when its day is forgotten or it does not open.
    Contact(Option<Located>),
    /// The word that this delivery is not sent again.
    Forgotten(DeliveryId),
    /// What a registry is never sent.
    Nothing,
}

impl Arrival {
    /// Opens a delivery's body, at the registry of this number.
    ///
    /// # Errors
    /// [`Unreadable`] for what another version of this program wrote: the delivery stays owed, until
    /// a program reads it that knows that version.
    pub fn open(keys: &Keys, registry: u16, body: &[u8]) -> Result<Self, Unreadable> {
        Ok(match Parcel::from_bytes(body)? {
            Parcel::Contact { day, sealed } => {
                Self::Contact(Parcel::open(keys, registry, day, &sealed)?)
            }
            Parcel::Forgotten(id) => Self::Forgotten(id),
            Parcel::Kept { .. } | Parcel::Decoy { .. } | Parcel::Empty(_) => Self::Nothing,
        })
    }

    /// Whether it is a contact that opens no more: of a day that is forgotten at this time.
    #[must_use]
    pub const fn is_past(&self) -> bool {
        matches!(self, Self::Contact(None))
    }

    /// Whom it is about.
    #[must_use]
    pub fn identity(&self) -> Option<Id> {
        match self {
            Self::Contact(Some(contact)) => Some(contact.id),
            _ => None,
        }
    }
}

/// Applies what came in one call, all of it in one transaction. Applied a second time a delivery changes nothing, until
/// the intake says that it has forgotten the delivery and cannot send it again.
///
/// Contacts of a forgotten day, of an account that left, or whose seals are wrong are accepted
/// and dropped: the intake must not learn which.
///
/// # Errors
/// [`Failure::Moved`] when `context` has not the record key of an account: its safe did not answer, or the account has
/// moved to another meanwhile; a [`Failure`]. All of it stays owed.
pub fn apply(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    deliveries: &[(DeliveryId, &Arrival)],
) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::ensure_tables(sql, &context.place)?;
        let mut kept = Kept::default();
        for (delivery, arrival) in deliveries {
            match arrival {
                Arrival::Contact(contact) => {
                    if remember(sql, *delivery)?
                        && let Some(contact) = contact
                    {
                        kept.add(&expose(sql, context, rng, contact)?);
                    }
                }
                Arrival::Forgotten(id) => {
                    sql.exec("DELETE FROM applied WHERE id = ?1", &[(*id).into()])?;
                }
                Arrival::Nothing => {}
            }
        }
        kept.count(sql, context, rng)
    })
}

/// Whether this delivery is new; from now on it is not.
fn remember(sql: &dyn Sql, delivery: DeliveryId) -> Result<bool, Failure> {
    let known = sql.query("SELECT 1 FROM applied WHERE id = ?1", &[delivery.into()])?;
    if known.is_empty() {
        sql.exec("INSERT INTO applied (id) VALUES (?1)", &[delivery.into()])?;
    }
    Ok(known.is_empty())
}

/// What of one call was kept.
#[derive(Default)]
struct Kept {
    contacts: u32,
    too_old: u32,
}

impl Kept {
    fn add(&mut self, exposed: &Exposed) {
        self.contacts += u32::from(*exposed != Exposed::Dropped);
        self.too_old += u32::from(*exposed == Exposed::TooOld);
    }

    /// Written whenever a contact was kept, as its account is: a change tells nothing of it.
    fn count(
        &self,
        sql: &dyn Sql,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Failure> {
        if self.contacts == 0 {
            return Ok(());
        }
        figures::count(sql, context, rng, |today| {
            today.above_threshold_too_old += self.too_old;
        })
    }
}

/// What became of a contact.
#[derive(PartialEq, Eq)]
enum Exposed {
    /// Nothing of it is kept.
    Dropped,
    /// It is kept.
    Kept,
    /// It is kept, and with it the account would be at risk, were it not for too long ago.
    TooOld,
}

/// Keeps what the account's own key confirms of this contact, and judges the account again.
fn expose(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    contact: &Located,
) -> Result<Exposed, Failure> {
    let Some(mut account) = Account::read(sql, context, contact.id)? else {
        return Ok(Exposed::Dropped);
    };
    let key = AuthKey::from_bytes(&account.auth_key);
    let hellos = validate::authenticate(&key, contact, context.now);
    if hellos.is_empty() {
        return Ok(Exposed::Dropped);
    }
    let applied = AppliedContact {
        epoch: contact.epoch,
        hellos,
    };
    let kept = exposure::read(sql, context, &account)?;
    if kept.contacts.contains(&applied) || kept.contacts.len() >= MOST_CONTACTS {
        return Ok(Exposed::Dropped);
    }
    if !exposure::insert(sql, context, rng, &account, &applied, &kept)? {
        return Ok(Exposed::Dropped);
    }
    let mut contacts = kept.contacts;
    let mut exposures = risk::expose(&contacts);
    let before = account.verdict.verdict;
    let was_too_old = risk::is_too_old(&before, &exposures, context.now);
    contacts.push(applied);
    exposures = risk::expose(&contacts);
    let is_too_old = risk::is_too_old(&before, &exposures, context.now);
    let verdict = risk::judge(&before, &exposures, context.now);
    account.verdict = account.verdict.again(verdict, &exposures);
    account.update(sql, context, rng)?;
    Ok(if is_too_old && !was_too_old {
        Exposed::TooOld
    } else {
        Exposed::Kept
    })
}

/// Most contacts that one account keeps: every epoch of fifteen days, twice. Beyond, something is
/// being replayed, and judging must stay cheap.
const MOST_CONTACTS: usize = 2 * 15 * 96;
