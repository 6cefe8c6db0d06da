//! The challenges that were spent, each of which works once, and those that were solved and wait their turn.
//!
//! One that waits is a row of its own: its work was checked, so that strangers store nothing, and its place outlasts a
//! restart. No challenge is first shown after its ten minutes, so whoever keeps solved challenges gains no place by it.

use decree::Moment;
use rand_core::CryptoRng;
use store::{Fault, Row, Sql};
use wire::Refusal;

use super::Register;
use crate::captcha::LIFETIME_SECONDS;
use crate::slice::Rows;
use crate::turns::{self, Line, TICKET_SECONDS, Turn};
use crate::work::Load;
use crate::{Failure, Place, Realm, outbox, schema};

/// The load of this registry. Reads only: nothing is made by asking.
///
/// # Errors
/// A [`Failure`].
pub fn load(sql: &dyn Sql, place: &Place, now: Moment) -> Result<Load, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Load::default());
    }
    let rows = sql.query(
        "SELECT COUNT(*) FROM challenge WHERE until > ?1",
        &[now.unix().into()],
    )?;
    let spent = rows.first().ok_or(Fault::Shape)?.integer(0)?;
    Ok(Load { spent, wait: 0 })
}

/// Whether a challenge that is good until this moment is known here as solved, and it is its turn now. Reads only.
///
/// # Errors
/// [`Refusal::WrongCaptcha`] for one that was spent, or is over and was not solved in time; [`Refusal::TooMany`] for one
/// that waits, until its turn; a [`Failure`].
pub fn is_solved(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    challenge: [u8; 16],
    until: Moment,
) -> Result<bool, Failure> {
    let is_made = schema::check(sql, place)?;
    if is_made && is_spent(sql, challenge)? {
        return Err(Refusal::WrongCaptcha.into());
    }
    let turn = if is_made {
        turn_of(sql, challenge, now)?
    } else {
        None
    };
    match turn {
        Some(turn) if turns::has_come(turn, now) => Ok(true),
        Some(turn) => Err(wait(turn, now).into()),
        None if until <= now => Err(Refusal::WrongCaptcha.into()),
        None => Ok(false),
    }
}

/// Spends the challenge of a registration whose work was checked, inside the caller's transaction; or, when others come
/// first, writes down its turn, which is returned.
///
/// It is remembered for ten minutes from now: longer than it could be used.
///
/// # Errors
/// As [`is_solved`].
pub(super) fn spend(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    rng: &mut impl CryptoRng,
    request: &Register,
) -> Result<Option<Moment>, Failure> {
    forget(sql, now)?;
    let (id, until) = (request.challenge, Moment::from_unix(request.until));
    let waited = is_solved(sql, place, now, id, until)?;
    if place.realm == Realm::National && !waited {
        let mut line = read(sql, now)?;
        let turn = line.join(now);
        write(sql, line)?;
        let turn = match turn {
            Turn::Now => None,
            Turn::At(turn) => Some(turn),
            Turn::Drawn => take_place(sql, now, rng)?,
        };
        if let Some(turn) = turn {
            keep_place(sql, request, turn)?;
            return Ok(Some(turn));
        }
    }
    let until = request
        .until
        .max(now.unix().saturating_add(LIFETIME_SECONDS));
    sql.exec("DELETE FROM waiting WHERE id = ?1", &[id.into()])?;
    mark_spent(sql, id, until)?;
    Ok(None)
}

/// The challenge of a registration that was taken back can be used again, and waits for nobody.
pub(super) fn give_back(sql: &dyn Sql, request: &Register, now: Moment) -> Result<(), Fault> {
    sql.exec(
        "DELETE FROM challenge WHERE id = ?1",
        &[request.challenge.into()],
    )?;
    keep_place(sql, request, now)
}

/// Drops a slice of the challenges whose time is over: whether more are left.
pub(super) fn forget(sql: &dyn Sql, now: Moment) -> Result<bool, Fault> {
    let mut are_left = false;
    for table in ["challenge", "waiting"] {
        let over = Rows {
            table,
            key: "id",
            condition: "until <= ?1",
            values: &[now.unix().into()],
        };
        are_left |= over.delete(sql)?;
    }
    Ok(are_left)
}

/// What a challenge is told whose turn has not come.
pub(super) fn wait(turn: Moment, now: Moment) -> Refusal {
    Refusal::TooMany(turn.since(now).as_secs().max(1))
}

fn is_spent(sql: &dyn Sql, challenge: [u8; 16]) -> Result<bool, Fault> {
    let known = sql.query("SELECT 1 FROM challenge WHERE id = ?1", &[challenge.into()])?;
    Ok(!known.is_empty())
}

fn mark_spent(sql: &dyn Sql, challenge: [u8; 16], until: u64) -> Result<(), Fault> {
    sql.exec(
        "INSERT INTO challenge (id, until) VALUES (?1, ?2)",
        &[challenge.into(), until.into()],
    )
}

fn turn_of(sql: &dyn Sql, challenge: [u8; 16], now: Moment) -> Result<Option<Moment>, Fault> {
    let found = sql.query(
        "SELECT turn FROM waiting WHERE id = ?1 AND until > ?2",
        &[challenge.into(), now.unix().into()],
    )?;
    let turn = found.first().map(|row| row.integer(0)).transpose()?;
    Ok(turn.map(Moment::from_unix))
}

fn keep_place(sql: &dyn Sql, request: &Register, turn: Moment) -> Result<(), Fault> {
    let drawn = request.until.saturating_sub(LIFETIME_SECONDS);
    sql.exec(
        "INSERT INTO waiting (id, turn, until) VALUES (?1, ?2, ?3)",
        &[
            request.challenge.into(),
            turn.unix().into(),
            drawn.saturating_add(TICKET_SECONDS).into(),
        ],
    )
}

/// Takes the place of one that waits, drawn at random, and says which turn that is; `None` when none waits. The one that had
/// it is spent.
fn take_place(
    sql: &dyn Sql,
    now: Moment,
    rng: &mut impl CryptoRng,
) -> Result<Option<Moment>, Fault> {
    let from = now.unix();
    let drawn = from.saturating_add(rng.next_u64() % turns::LONGEST_WAIT);
    let after = |moment: u64| {
        sql.query(
            "SELECT id, turn, until FROM waiting WHERE turn > ?1 ORDER BY turn LIMIT 1",
            &[moment.into()],
        )
    };
    let mut found = after(drawn)?;
    if found.is_empty() {
        found = after(from)?;
    }
    let Some(row) = found.first() else {
        return Ok(None);
    };
    let id = row.array(0)?;
    sql.exec("DELETE FROM waiting WHERE id = ?1", &[id.into()])?;
    let until = solvable_until(row)?;
    if until > from {
        mark_spent(sql, id, until)?;
    }
    Ok(Some(Moment::from_unix(row.integer(1)?)))
}

/// Until when the challenge of this row could have been solved.
fn solvable_until(row: &Row) -> Result<u64, Fault> {
    let until = row.integer(2)?;
    Ok(until.saturating_sub(TICKET_SECONDS - LIFETIME_SECONDS))
}

fn read(sql: &dyn Sql, now: Moment) -> Result<Line, Fault> {
    let rows = sql.query("SELECT taken_until FROM line", &[])?;
    let taken_until = rows.first().map(|row| row.integer(0)).transpose()?;
    let line = Line {
        taken_until: taken_until.unwrap_or_default(),
    };
    let last = outbox::earliest(sql, "SELECT MAX(turn) FROM waiting")?;
    Ok(line.up_to(last, now))
}

fn write(sql: &dyn Sql, line: Line) -> Result<(), Fault> {
    sql.exec("DELETE FROM line", &[])?;
    sql.exec(
        "INSERT INTO line (taken_until) VALUES (?1)",
        &[line.taken_until.into()],
    )
}
