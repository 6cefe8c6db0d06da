//! The registry: accounts, what they were exposed to, and whether they are at risk.
//!
//! A registry holds the identities whose top bits are its index, so two shards can never draw the
//! same one. Each function here is one transaction.

mod account;
mod apply;
mod exposure;
mod forgetting;
mod forgotten;
mod groups;
mod rewrap;
mod safes;
mod spent;
mod verdict;

use decree::Moment;
use rand_core::CryptoRng;
use robert::auth::{AuthRequest, Kind};
use robert::parameters::STATUS_GAP_EPOCHS;
use robert::{AuthKey, Epoch, Id};
use serde::{Deserialize, Serialize};
use store::{Fault, Sql, transact};
use wire::Refusal;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use apply::{Arrival, apply};
pub(crate) use exposure::{Exposure, Former, RowId};
pub use forgetting::forget_unreachable;
pub use forgotten::{Counted, Sealed, count_dying, counted};
pub use groups::{
    WRITTEN_AT_ONCE, adopt, are_short, begin_writing, destroys_at, found, group, groups,
    not_written, open_group, put_off_writing, to_write, written,
};
pub use rewrap::{Progress, SETTLES, Slice, next_slice, progress, put_off_rewrap, rewrap};
pub use safes::{
    EMPTIED_AT_ONCE, Emptying, Left, emptied, emptying, keepers, next_emptying, put_off, safes,
};
pub use spent::{is_solved, load};
pub(crate) use verdict::open_verdict;

use self::account::Account;
use self::safes::{LONGEST_CALL, leave, owe_emptying};
use crate::group::GroupName;
use crate::keyring::Wrapping;
use crate::record::{Keeper, Records};
use crate::schema::walk;
use crate::vault::Keys;
use crate::{Failure, Place, figures, schema};

/// What a registry works with: its place, its key, and what it fetched before: the day keys, and
/// the record keys of the accounts concerned.
pub struct Context<'a> {
    /// Where it stands.
    pub place: Place,
    /// Wraps account keys.
    pub wrapping: &'a Wrapping,
    /// The day keys in force at `now`.
    pub keys: &'a Keys,
    /// The record keys of the accounts concerned.
    pub records: &'a Records,
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
    /// How much work it asked for: releases up to 0.2.0 compared it with their load.
    pub level: usize,
    /// K_A "mac".
    pub auth_key: [u8; 32],
    /// K_A "tuples".
    pub tuple_key: [u8; 32],
}

/// What keeps the record key of this account, if there is such an account: what the caller
/// fetches before anything else.
///
/// # Errors
/// A [`Failure`].
pub fn keeper_of(sql: &dyn Sql, place: &Place, id: Id) -> Result<Option<Keeper>, Failure> {
    if schema::check(sql, place)? {
        Ok(account::keeper_of(sql, id)?)
    } else {
        Ok(None)
    }
}

/// Draws an identity and opens its account, with a free place in this group, whose keys `context` has; the challenge is spent
/// in the same transaction.
///
/// When it is not its turn ([`crate::turns`]) nothing is opened, and its place in the line is written down.
///
/// # Errors
/// [`Refusal::WrongCaptcha`] for a challenge that was used; [`Refusal::TooMany`] until its turn comes: the challenge can
/// then be used, as it was solved; [`Failure::Moved`] when the group has no free place any more, or was written again; a
/// [`Failure`].
pub fn register(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    request: &Register,
    group: GroupName,
) -> Result<Id, Failure> {
    let opened: Result<Id, Refusal> = transact(sql, |sql| {
        schema::ensure_tables(sql, &context.place)?;
        if let Some(turn) = spent::spend(sql, &context.place, context.now, rng, request)? {
            return Ok(Err(spent::wait(turn, context.now)));
        }
        let id = draw_id(sql, context.place, rng)?;
        let keeper = take_place(sql, context, rng, group)?;
        let account = Account {
            id,
            keeper,
            record: context.records.key(keeper)?.ok_or(Failure::Moved)?.clone(),
            auth_key: Zeroizing::new(request.auth_key),
            tuple_key: Zeroizing::new(request.tuple_key),
            last_status: 0,
            verdict: verdict::Kept::default(),
            registered: forgetting::registered_on(context.now),
            is_newest: true,
        };
        account.insert(sql, context, rng)?;
        figures::count(sql, context, rng, |today| today.registrations += 1)?;
        Ok::<_, Failure>(Ok(id))
    })?;
    // A refusal inside the transaction would undo the place in the line.
    opened.map_err(Failure::from)
}

/// A free place of this group, whose keys the caller has found.
fn take_place(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    group: GroupName,
) -> Result<Keeper, Failure> {
    let keys = context.records.group(group).ok_or(Failure::Moved)?;
    groups::take(sql, rng, group, keys.version())
}

/// Takes back an account of which nobody knows yet, and it does not count. The challenge can be used again, and its record
/// key is to be destroyed. `context` has the time at which the account was opened.
///
/// # Errors
/// A [`Failure`].
pub fn withdraw(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    request: &Register,
    id: Id,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        if let Some(keeper) = account::keeper_of(sql, id)? {
            leave(sql, rng, context.now, keeper)?;
        }
        sql.exec("DELETE FROM account WHERE id = ?1", &[id.0.into()])?;
        spent::give_back(sql, request, context.now)?;
        figures::count(sql, context, rng, |today| {
            today.registrations = today.registrations.saturating_sub(1);
        })
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
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Status {
    /// The only thing that the answer tells.
    pub at_risk: bool,
    /// K_A "tuples".
    pub tuple_key: [u8; 32],
}

/// Tells whether the sender is at risk. Reads and writes exactly two rows, whatever it says: the
/// account's and that of today's figures.
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
        if is_too_soon(account.last_status, epoch) {
            return Err(Refusal::Unauthenticated.into());
        }
        account.last_status = epoch;
        account.registered = None;
        let before = account.verdict.verdict.after_terms(context.now);
        let verdict = before.tell(context.now);
        let is_news = verdict.is_told() && !before.is_told();
        let at_risk = verdict.is_at_risk(context.now);
        account.verdict = account.verdict.again(verdict, &[]);
        account.update(sql, context, rng)?;
        figures::count(sql, context, rng, |today| {
            today.status_checks += 1;
            today.contacts_notified += u32::from(is_news);
        })?;
        Ok(Status {
            at_risk,
            tuple_key: *account.tuple_key,
        })
    })
}

/// Whether an account that was last answered in the one epoch asks too soon in the other. An answer that lies in the
/// future was given by a clock that was ahead: it must not lock anybody out until then. Whoever asks gains one
/// question by it, and only when the host's clock goes back: this answer is written down, and the next must wait.
const fn is_too_soon(answered: u32, asked: u32) -> bool {
    match asked.checked_sub(answered) {
        Some(passed) => passed < STATUS_GAP_EPOCHS,
        None => false,
    }
}

/// Forgets the account and everything that refers to it: its rows go, and its record key is to be
/// destroyed, which is the caller's next step.
///
/// # Errors
/// As [`status`].
pub fn unregister(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    signed: &Signed,
) -> Result<Left, Failure> {
    transact(sql, |sql| {
        let account = authenticate(sql, context, Kind::Unregister, signed)?;
        exposure::delete(sql, context, &account)?;
        account.delete(sql)?;
        let left = leave(sql, rng, context.now, account.keeper)?;
        figures::count(sql, context, rng, |today| today.unregistrations += 1)?;
        Ok(left)
    })
}

/// Whether the sender may delete the history: asked before a group is made for it, so that a forged request makes none.
///
/// # Errors
/// As [`status`].
pub fn may_delete_history(
    sql: &dyn Sql,
    context: &Context<'_>,
    signed: &Signed,
) -> Result<(), Failure> {
    authenticate(sql, context, Kind::DeleteHistory, signed).map(drop)
}

/// Forgets what the sender was exposed to; the verdict stays until its own term, as deployed. What
/// stays is sealed under another record key, in a free place of this group, whose keys `context` has; the former key is to
/// be destroyed, which is the caller's next step.
///
/// # Errors
/// As [`status`]; [`Failure::Moved`] as [`register`].
pub fn delete_exposure_history(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    signed: &Signed,
    group: GroupName,
) -> Result<Left, Failure> {
    transact(sql, |sql| {
        let mut account = authenticate(sql, context, Kind::DeleteHistory, signed)?;
        exposure::delete(sql, context, &account)?;
        account.delete(sql)?;
        let left = leave(sql, rng, context.now, account.keeper)?;
        // What is past its term does not come along.
        let verdict = account.verdict.verdict.after_terms(context.now);
        account.verdict = account.verdict.again(verdict, &[]);
        account.keeper = take_place(sql, context, rng, group)?;
        let record = context.records.key(account.keeper)?;
        account.record = record.ok_or(Failure::Moved)?.clone();
        account.insert(sql, context, rng)?;
        Ok(left)
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
    let key = found.as_ref().map_or([0; 32], |account| *account.auth_key);
    let sealed = signed.request.verify(kind, &AuthKey::from_bytes(&key));
    let account = found.ok_or(Refusal::UnknownIdentity)?;
    if sealed && signed.request.is_timely(context.now) {
        Ok(account)
    } else {
        Err(Refusal::Unauthenticated.into())
    }
}

/// The processing is over (decree, Article 3, alinéas 1 and 2): gives up the groups of record keys, and then drops accounts,
/// so many at a time, each with its own safe, if it has one, owed to be [emptied](emptying). Exposures, figures and all else
/// that is sealed have terms of their own, and open no more without these keys. Says whether more may be left, and is then
/// called again.
///
/// # Errors
/// A [`Failure`].
pub fn close(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
) -> Result<bool, Failure> {
    transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Ok(false);
        }
        if groups::give_up(sql, rng, now, GIVEN_UP_AT_ONCE)? {
            return Ok(true);
        }
        let rows = sql.query(
            "SELECT id, safe FROM account LIMIT ?1",
            &[CLOSED_AT_ONCE.into()],
        )?;
        for row in &rows {
            if let Keeper::Safe(safe) = Keeper::read(row, 1)? {
                // One that is being filled at this moment would be full again: so it is emptied twice.
                for due in [now, now + LONGEST_CALL] {
                    owe_emptying(sql, rng, due, (safe, None))?;
                }
            }
            let id = row.array::<5>(0)?;
            sql.exec("DELETE FROM account WHERE id = ?1", &[id.into()])?;
        }
        Ok(!rows.is_empty())
    })
}

/// Groups of one slice of work: five rows each.
const GIVEN_UP_AT_ONCE: u32 = 40;
/// Accounts of one slice of work: up to three rows each.
const CLOSED_AT_ONCE: u32 = 200;

/// Does what is due at `now`: rows whose day is forgotten, which are [counted], challenges that expired, and the next slice of a [walk].
/// Rows go a slice at a time: says whether more are left, and is then called again.
///
/// Days are forgotten at 00:00 UTC, so this is due at each midnight.
///
/// # Errors
/// A [`Failure`].
pub fn tick(sql: &dyn Sql, place: &Place, now: Moment) -> Result<bool, Failure> {
    let ticked: Result<bool, Failure> = transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Ok(false);
        }
        let are_left = forgotten::forget(sql, place, now)?;
        Ok(are_left | spent::forget(sql, now)?)
    });
    let walked = walk::go_on(sql, schema::REGISTRY, now);
    let are_left = ticked?;
    walked.map(|()| are_left)
}

/// When the next thing but midnight is due: a safe to be emptied, a group to be written again, the next slice of a walk, of the one that follows a
/// change of roots, or of the one that forgets accounts.
///
/// # Errors
/// A [`Failure`].
pub fn next_due(sql: &dyn Sql, place: &Place) -> Result<Option<Moment>, Failure> {
    let emptying = next_emptying(sql, place)?;
    if !schema::check(sql, place)? {
        return Ok(None);
    }
    let due = [
        emptying,
        groups::next_due(sql)?,
        walk::next_due(sql)?,
        rewrap::next_due(sql)?,
        forgetting::next_due(sql)?,
    ];
    Ok(due.into_iter().flatten().min())
}
