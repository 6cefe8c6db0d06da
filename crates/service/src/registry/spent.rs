//! The challenges spent in the last ten minutes. Each works once, and their number is the load.

use decree::Moment;
use store::{Fault, Sql};
use wire::Refusal;

use crate::captcha::LIFETIME_SECONDS;
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

/// Spends a challenge, which expires at `until`, inside the caller's transaction.
///
/// It is remembered for ten minutes from now: longer than it could be used, so that challenges
/// kept for the end of their life count for as long as others.
pub(super) fn spend(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    challenge: [u8; 16],
    until: u64,
) -> Result<(), Failure> {
    forget(sql, now)?;
    let known = sql.query("SELECT 1 FROM challenge WHERE id = ?1", &[challenge.into()])?;
    if !known.is_empty() {
        return Err(Refusal::WrongCaptcha.into());
    }
    work::ask(place.realm, count(sql, now)?)?;
    let until = until.max(now.unix().saturating_add(LIFETIME_SECONDS));
    sql.exec(
        "INSERT INTO challenge VALUES (?1, ?2)",
        &[challenge.into(), until.into()],
    )?;
    Ok(())
}

/// Drops the challenges whose time is over.
pub(super) fn forget(sql: &dyn Sql, now: Moment) -> Result<(), Fault> {
    sql.exec(
        "DELETE FROM challenge WHERE until <= ?1",
        &[now.unix().into()],
    )
}

fn count(sql: &dyn Sql, now: Moment) -> Result<Load, Fault> {
    let at = now.unix();
    let rows = sql.query(
        "SELECT COUNT(*) FROM challenge WHERE until > ?1",
        &[at.into()],
    )?;
    let spent = rows.first().ok_or(Fault::Shape)?.integer(0)?;
    let Some(beyond) = spent.checked_sub(work::MOST) else {
        return Ok(Load { spent, wait: 0 });
    };
    // One less than the ceiling remains once this one has gone.
    let last = sql.query(
        "SELECT until FROM challenge WHERE until > ?1 ORDER BY until LIMIT 1 OFFSET ?2",
        &[at.into(), beyond.into()],
    )?;
    let until = last.first().ok_or(Fault::Shape)?.integer(0)?;
    Ok(Load {
        spent,
        wait: until.saturating_sub(at),
    })
}
