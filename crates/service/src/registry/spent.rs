//! The challenges spent in the last ten minutes. Each works once, and their number is the load.

use decree::Moment;
use store::{Fault, Sql};
use wire::Refusal;

use super::Register;
use crate::captcha::LIFETIME_SECONDS;
use crate::slice::Rows;
use crate::work::{self, Load};
use crate::{Failure, Place, schema};

/// The load of this registry. Reads only: nothing is made by asking.
///
/// # Errors
/// A [`Failure`].
pub fn load(sql: &dyn Sql, place: &Place, now: Moment) -> Result<Load, Failure> {
    if schema::check(sql, place)? {
        Ok(count(sql, now)?)
    } else {
        Ok(Load::default())
    }
}

/// Spends the challenge of a registration, inside the caller's transaction.
///
/// It is remembered for ten minutes from now: longer than it could be used, so that challenges
/// kept for the end of their life count for as long as others. For the same reason one that asked for
/// much less work than is asked now has to wait until there is no such load any more, and is void if it
/// does not last until then.
pub(super) fn spend(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    request: &Register,
) -> Result<(), Failure> {
    forget(sql, now)?;
    let known = sql.query(
        "SELECT 1 FROM challenge WHERE id = ?1",
        &[request.challenge.into()],
    )?;
    if !known.is_empty() {
        return Err(Refusal::WrongCaptcha.into());
    }
    let load = count(sql, now)?;
    if let Some(most) = work::enough_below(place.realm, load, request.level)? {
        let wait = wait_for_room(sql, now, load.spent, most)?.max(1);
        let lasts = now.unix().saturating_add(wait) < request.until;
        let refusal = if lasts {
            Refusal::TooMany(wait)
        } else {
            Refusal::WrongCaptcha
        };
        return Err(refusal.into());
    }
    let until = request
        .until
        .max(now.unix().saturating_add(LIFETIME_SECONDS));
    sql.exec(
        "INSERT INTO challenge (id, until) VALUES (?1, ?2)",
        &[request.challenge.into(), until.into()],
    )?;
    Ok(())
}

/// The challenge of a registration that was taken back can be used again.
pub(super) fn give_back(sql: &dyn Sql, request: &Register) -> Result<(), Fault> {
    sql.exec(
        "DELETE FROM challenge WHERE id = ?1",
        &[request.challenge.into()],
    )
}

/// Drops a slice of the challenges whose time is over: whether more are left.
pub(super) fn forget(sql: &dyn Sql, now: Moment) -> Result<bool, Fault> {
    let over = Rows {
        table: "challenge",
        key: "id",
        condition: "until <= ?1",
        values: &[now.unix().into()],
    };
    over.delete(sql)
}

fn count(sql: &dyn Sql, now: Moment) -> Result<Load, Fault> {
    let at = now.unix();
    let rows = sql.query(
        "SELECT COUNT(*) FROM challenge WHERE until > ?1",
        &[at.into()],
    )?;
    let spent = rows.first().ok_or(Fault::Shape)?.integer(0)?;
    let wait = wait_for_room(sql, now, spent, work::MOST)?;
    Ok(Load { spent, wait })
}

/// Seconds until fewer than `most` of these are left.
fn wait_for_room(sql: &dyn Sql, now: Moment, spent: u64, most: u64) -> Result<u64, Fault> {
    let Some(beyond) = spent.checked_sub(most) else {
        return Ok(0);
    };
    let at = now.unix();
    // One less than that remains once this one has gone.
    let last = sql.query(
        "SELECT until FROM challenge WHERE until > ?1 ORDER BY until LIMIT 1 OFFSET ?2",
        &[at.into(), beyond.into()],
    )?;
    let until = last.first().ok_or(Fault::Shape)?.integer(0)?;
    Ok(until.saturating_sub(at))
}
