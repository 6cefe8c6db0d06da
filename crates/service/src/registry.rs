//! The registry: accounts, what they were exposed to, and whether they are at risk.
//!
//! A registry holds the identities whose top bits are its index, so two shards can never draw the
//! same one. Each function here is one transaction.

mod account;
mod apply;
mod exposure;
mod spent;

use decree::{Moment, article_3};
use rand_core::CryptoRng;
use robert::auth::{AuthRequest, Kind};
use robert::keys::KeyEncryptionKey;
use robert::parameters::STATUS_GAP_EPOCHS;
use robert::risk::Verdict;
use robert::{AuthKey, Epoch, Id};
use serde::{Deserialize, Serialize};
use store::{Fault, Sql, transact};
use wire::Refusal;
use zeroize::{Zeroize, ZeroizeOnDrop};

pub(crate) use account::open_verdict;
pub use apply::apply;
pub(crate) use exposure::open as open_exposure;
pub use spent::load;

use self::account::Account;
use crate::vault::Keys;
use crate::{Failure, Place, schema};

/// What a registry works with: its place, its key, and the day keys that it fetched before.
pub struct Context<'a> {
    /// Where it stands.
    pub place: Place,
    /// Wraps account keys.
    pub wrapping: &'a KeyEncryptionKey,
    /// The day keys in force at `now`.
    pub keys: &'a Keys,
    /// The realm's time.
    pub now: Moment,
}

/// What the front asks for a phone that registers: the captcha is verified, the keys are agreed.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Register {
    /// The captcha challenge, which works once.
    pub challenge: [u8; 16],
    /// When the challenge expires by itself, in Unix seconds.
    pub until: u64,
    /// K_A "mac".
    pub auth_key: [u8; 32],
    /// K_A "tuples".
    pub tuple_key: [u8; 32],
}

/// Draws an identity and opens its account; the challenge is spent in the same transaction.
///
/// # Errors
/// [`Refusal::WrongCaptcha`] for a challenge that was used; [`Refusal::TooMany`] at the ceiling of
/// [`crate::work`], and the challenge can then still be used; a [`Failure`].
pub fn register(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    request: &Register,
) -> Result<Id, Failure> {
    transact(sql, |sql| {
        schema::settle(sql, &context.place)?;
        spent::spend(
            sql,
            &context.place,
            context.now,
            request.challenge,
            request.until,
        )?;
        let id = draw_id(sql, context.place, rng)?;
        let account = Account {
            id,
            key_for_mac: context.wrapping.wrap(rng, &request.auth_key),
            key_for_tuples: context.wrapping.wrap(rng, &request.tuple_key),
            last_status: 0,
            verdict: Verdict::default(),
        };
        account.insert(sql, context, rng)?;
        Ok(id)
    })
}

/// How often a taken identity is drawn again, as deployed.
const DRAWS: u32 = 10;

fn draw_id(sql: &dyn Sql, place: Place, rng: &mut impl CryptoRng) -> Result<Id, Failure> {
    for _ in 0..DRAWS {
        let mut bytes = [0; 5];
        rng.fill_bytes(&mut bytes);
        let [first, rest @ ..] = bytes;
        let id = Id(in_shard(place, first, rest));
        if sql
            .query("SELECT 1 FROM account WHERE id = ?1", &[id.0.into()])?
            .is_empty()
        {
            return Ok(id);
        }
    }
    Err(Fault::Engine.into())
}

/// The same identity with the shard's index in its top bits.
fn in_shard(place: Place, first: u8, [a, b, c, d]: [u8; 4]) -> [u8; 5] {
    let width = 256 / place.of.max(1);
    let first = place.index * width + u16::from(first) % width;
    [u8::try_from(first).unwrap_or(u8::MAX), a, b, c, d]
}

/// What the front asks for an authenticated request: it found the sender behind the EBID.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Signed {
    /// The sender.
    pub id: Id,
    /// What was signed, and the seal.
    pub request: AuthRequest,
}

/// What the front needs to answer a status request.
#[derive(Serialize, Deserialize)]
pub struct Status {
    /// The only thing that the answer tells.
    pub at_risk: bool,
    /// K_A "tuples", still wrapped.
    pub key_for_tuples: Vec<u8>,
}

/// Tells whether the sender is at risk. Reads and writes exactly one row, whatever it says.
///
/// # Errors
/// [`Refusal::UnknownIdentity`], [`Refusal::Unauthenticated`], a [`Failure`].
pub fn status(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    signed: &Signed,
) -> Result<Status, Failure> {
    transact(sql, |sql| {
        let mut account = authenticate(sql, context, Kind::Status, signed)?;
        let epoch = Epoch::at(context.now)
            .ok_or(Refusal::Unauthenticated)?
            .number();
        if epoch.saturating_sub(account.last_status) < STATUS_GAP_EPOCHS {
            return Err(Refusal::Unauthenticated.into());
        }
        account.last_status = epoch;
        account.verdict = account.verdict.after_terms(context.now).tell(context.now);
        let at_risk = account.verdict.is_at_risk(context.now);
        account.update(sql, context, rng)?;
        Ok(Status {
            at_risk,
            key_for_tuples: account.key_for_tuples.to_vec(),
        })
    })
}

/// Forgets the account and everything that refers to it.
///
/// # Errors
/// As [`status`].
pub fn unregister(sql: &dyn Sql, context: &Context<'_>, signed: &Signed) -> Result<(), Failure> {
    transact(sql, |sql| {
        let account = authenticate(sql, context, Kind::Unregister, signed)?;
        exposure::delete(sql, context, account.id)?;
        sql.exec("DELETE FROM account WHERE id = ?1", &[account.id.0.into()])?;
        Ok(())
    })
}

/// Forgets what the sender was exposed to; the verdict stays until its own term, as deployed.
///
/// # Errors
/// As [`status`].
pub fn delete_exposure_history(
    sql: &dyn Sql,
    context: &Context<'_>,
    signed: &Signed,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        let account = authenticate(sql, context, Kind::DeleteHistory, signed)?;
        exposure::delete(sql, context, account.id)?;
        Ok(())
    })
}

/// The sender's account, once its seal and its time are right. An unknown sender costs the same
/// work as a known one.
fn authenticate(
    sql: &dyn Sql,
    context: &Context<'_>,
    kind: Kind,
    signed: &Signed,
) -> Result<Account, Failure> {
    let found = if schema::check(sql, &context.place)? {
        Account::read(sql, context, signed.id)?
    } else {
        None
    };
    let wrapped = found
        .as_ref()
        .map_or([0; 60], |account| account.key_for_mac);
    let key = context.wrapping.unwrap(&wrapped).unwrap_or_default();
    let sealed = signed.request.verify(kind, &AuthKey::from_bytes(&key));
    let account = found.ok_or(Refusal::UnknownIdentity)?;
    if sealed && signed.request.is_timely(context.now) {
        Ok(account)
    } else {
        Err(Refusal::Unauthenticated.into())
    }
}

/// Does what is due at `now`: rows whose day is forgotten, and challenges that expired.
///
/// Days are forgotten at 00:00 UTC, so this is due at each midnight.
///
/// # Errors
/// A [`Failure`].
pub fn tick(sql: &dyn Sql, place: &Place, now: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Ok(());
        }
        let forgotten = now.day().minus_days(article_3::DAYS_KEPT).number();
        sql.exec("DELETE FROM exposure WHERE day <= ?1", &[forgotten.into()])?;
        Ok(spent::forget(sql, now)?)
    })
}
