//! The gate: who sits where among demo realms.
//!
//! There are [`SEATS`] seats. While a third of them is free, whoever asks gets one. Beyond, it takes a proof of work. Once
//! none is free, the realm ends that was used by nobody for the longest time, if that is [`IDLE`] or more.

use core::time::Duration;

use decree::Moment;
use serde::{Deserialize, Serialize};
use store::{Fault, Row, Sql, transact};
use wire::Refusal;

use crate::place::Seat;
use crate::session::LIFETIME_SECONDS;
use crate::{Failure, schema};

/// How many demo realms can be open at one time.
pub const SEATS: u8 = 200;
/// How long nobody may have used a realm before it ends for another. A teacher talks for ten minutes; and a use is known
/// to a minute.
pub const IDLE: Duration = Duration::from_mins(15);

/// A visitor asks for a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// What the realm will be named.
    pub id: [u8; 16],
    /// When it will end, in Unix seconds.
    pub until: u64,
    /// The challenge that was solved for it, if one was.
    pub work: Option<Work>,
}

/// A challenge that was solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Its id: it opens one realm.
    pub challenge: [u8; 16],
    /// When it expires, in Unix seconds.
    pub until: u64,
}

/// What the gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Admitted {
    /// Here.
    At(Seat),
    /// There is a seat, for a proof of work. In so many seconds a third of the seats is free at the latest, and none is
    /// needed.
    WorkNeeded(u64),
}

/// Gives a visitor one of the first `seats` seats: of the free ones that which is free for the longest.
///
/// # Errors
/// [`Refusal::TooMany`] while no seat can be had, for so many seconds at the most; [`Refusal::WrongCaptcha`] for a
/// challenge that was used before; a [`Failure`].
pub fn admit(
    sql: &dyn Sql,
    seats: u8,
    visitor: &Visitor,
    now: Moment,
) -> Result<Admitted, Failure> {
    transact(sql, |sql| {
        schema::make(sql, schema::GATE)?;
        let all = read(sql)?;
        let (number, scarce_for) = match choose(&all, seats, now) {
            Chosen::Seat { number, scarce_for } => (number, scarce_for),
            Chosen::None { wait } => return Err(Refusal::TooMany(wait).into()),
        };
        if let Some(wait) = scarce_for {
            match visitor.work {
                None => return Ok(Admitted::WorkNeeded(wait)),
                Some(work) => spend(sql, work, now)?,
            }
        }
        let last = all.iter().map(|seat| seat.turn).max().unwrap_or_default();
        // By the clock too, should the gate have forgotten what it knew.
        let turn = u32::try_from(now.unix()).unwrap_or_default();
        let turn = turn.max(last.saturating_add(1));
        let (at, now) = (u32::from(number), now.unix());
        sql.exec(
            "DELETE FROM open WHERE seat = ?1 OR until <= ?2",
            &[at.into(), now.into()],
        )?;
        sql.exec(
            "INSERT INTO open (realm, until, seat, seen) VALUES (?1, ?2, ?3, ?4)",
            &[
                visitor.id.into(),
                visitor.until.into(),
                at.into(),
                now.into(),
            ],
        )?;
        sql.exec(
            "INSERT OR REPLACE INTO seat (number, turn, left) VALUES (?1, ?2, ?3)",
            // Should its end never be said.
            &[at.into(), turn.into(), visitor.until.into()],
        )?;
        Ok(Admitted::At(Seat { number, turn }))
    })
}

/// A realm was used.
///
/// # Errors
/// A [`Failure`].
pub fn see(sql: &dyn Sql, id: [u8; 16], now: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::make(sql, schema::GATE)?;
        Ok(sql.exec(
            "UPDATE open SET seen = MAX(seen, ?2) WHERE realm = ?1",
            &[id.into(), now.unix().into()],
        )?)
    })
}

/// A realm has ended: its seat is free, unless another has it already.
///
/// # Errors
/// A [`Failure`].
pub fn leave(sql: &dyn Sql, id: [u8; 16], now: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::make(sql, schema::GATE)?;
        sql.exec(
            "UPDATE seat SET left = ?2 WHERE number IN (SELECT seat FROM open WHERE realm = ?1)",
            &[id.into(), now.unix().into()],
        )?;
        Ok(sql.exec("DELETE FROM open WHERE realm = ?1", &[id.into()])?)
    })
}

/// A seat on which somebody sat at least once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Used {
    number: u8,
    /// Of the last visit.
    turn: u32,
    /// Since when it is free, should nobody be there.
    left: u64,
    open: Option<Open>,
}

/// The realm there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    until: u64,
    /// When it was last used.
    seen: u64,
}

fn read(sql: &dyn Sql) -> Result<Vec<Used>, Fault> {
    let of = |row: &Row| {
        let open = row.maybe_integer(3)?.zip(row.maybe_integer(4)?);
        Ok(Used {
            number: u8::try_from(row.small(0)?).map_err(|_| Fault::Shape)?,
            turn: row.small(1)?,
            left: row.integer(2)?,
            open: open.map(|(until, seen)| Open { until, seen }),
        })
    };
    let rows = sql.query(
        "SELECT number, turn, left, until, seen FROM seat LEFT JOIN open ON open.seat = number",
        &[],
    )?;
    rows.iter().map(of).collect()
}

/// What can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chosen {
    /// This seat; in so many seconds at the latest one can be had without work, if that is not now.
    Seat { number: u8, scarce_for: Option<u64> },
    /// None, for so many seconds at the most.
    None { wait: u64 },
}

/// Which seat the next visitor gets. A realm whose hour is over is gone, whether or not it has said so.
fn choose(all: &[Used], seats: u8, now: Moment) -> Chosen {
    let now = now.unix();
    // A clock that was put back makes nobody wait for longer than a whole visit.
    let wait = |until: u64| until.saturating_sub(now).clamp(1, LIFETIME_SECONDS);
    let taken = |seat: &Used| Some((seat.number, seat.open.filter(|open| now < open.until)?));
    let mut taken: Vec<_> = all.iter().filter_map(taken).collect();
    taken.retain(|(number, _)| *number < seats);
    taken.sort_by_key(|(_, open)| open.until);
    let free = usize::from(seats).saturating_sub(taken.len());
    let needed = (usize::from(seats).div_ceil(3)).saturating_sub(free);
    let last = needed.checked_sub(1).and_then(|last| taken.get(last));
    let scarce_for = last.map(|(_, open)| wait(open.until));
    let is_taken = |number: u8| taken.iter().any(|(of, _)| *of == number);
    // One on which nobody ever sat is free for ever.
    let free_since = |number: &u8| {
        let seat = all.iter().find(|seat| seat.number == *number);
        seat.map_or(0, |seat| seat.left)
    };
    let free = (0..seats).filter(|number| !is_taken(*number));
    if let Some(number) = free.min_by_key(free_since) {
        return Chosen::Seat { number, scarce_for };
    }
    let idle = |open: &Open| open.seen.saturating_add(IDLE.as_secs());
    match taken.iter().min_by_key(|(_, open)| open.seen) {
        Some((number, open)) if idle(open) <= now => Chosen::Seat {
            number: *number,
            scarce_for,
        },
        _ => {
            let first = taken.iter().map(|(_, open)| open.until.min(idle(open)));
            let wait = wait(first.min().unwrap_or_default());
            Chosen::None { wait }
        }
    }
}

/// Spends the challenge of a visitor, inside the caller's transaction.
fn spend(sql: &dyn Sql, work: Work, now: Moment) -> Result<(), Failure> {
    sql.exec(
        "DELETE FROM challenge WHERE until <= ?1",
        &[now.unix().into()],
    )?;
    let known = sql.query(
        "SELECT 1 FROM challenge WHERE id = ?1",
        &[work.challenge.into()],
    )?;
    if !known.is_empty() {
        return Err(Refusal::WrongCaptcha.into());
    }
    Ok(sql.exec(
        "INSERT INTO challenge (id, until) VALUES (?1, ?2)",
        &[work.challenge.into(), work.until.into()],
    )?)
}
