//! Demo realms of one seat: each has a clock, limits and an end.
//!
//! One of them is open at most. Those before it may still be ending, each until it was emptied a second time: what was
//! under way when it ended may write until then. A realm of release 0.2.0 or before has no seat, and is alone.

use core::time::Duration;

use decree::Moment;
use serde::{Deserialize, Serialize};
use store::{Fault, Row, Sql, Value, transact};
use wire::Refusal;
use wire::demo::MAX_OFFSET_SECONDS;

use crate::place::Seat;
use crate::{Failure, Realm, schema};

/// Most registrations in a demo realm.
pub const MOST_REGISTRATIONS: u64 = 50;
/// Most reports in a demo realm.
pub const MOST_REPORTS: u64 = 100;
/// Most bytes that registrations and reports may bring.
pub const MOST_BYTES: u64 = 5_000_000;

/// What a call would add to a realm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Accounts.
    pub registrations: u64,
    /// Reports.
    pub reports: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

impl Usage {
    const fn values(self) -> [u64; 3] {
        [self.registrations, self.reports, self.bytes]
    }
}

/// A realm's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Its time, in Unix seconds.
    pub now: u64,
    /// Up to when everything due was done.
    pub settled: u64,
    /// When it was opened: nothing in it is older.
    pub opened: u64,
    /// When it ends, in Unix seconds of real time.
    pub expires: u64,
}

/// Opens a realm: its time starts with real time. Whoever sat there before and has not left is shut out: its end is
/// due.
///
/// # Errors
/// [`Refusal::NotFound`] for a realm whose turn is over; a [`Failure`].
pub fn open(sql: &dyn Sql, realm: Realm, expires: Moment, now: Moment) -> Result<(), Failure> {
    let id = id_of(realm)?;
    let seat = realm.seat();
    let [number, turn] = seat.map_or([Value::Null, Value::Null], |Seat { number, turn }| {
        [u32::from(number).into(), turn.into()]
    });
    transact(sql, |sql| {
        schema::make(sql, schema::VISIT)?;
        let later = sql.query(
            "SELECT 1 FROM visit WHERE turn > ?1",
            core::slice::from_ref(&turn),
        )?;
        if !later.is_empty() {
            return Err(Refusal::NotFound.into());
        }
        sql.exec(
            "UPDATE visit SET expires = 0, due = ?2 WHERE realm <> ?1 AND expires > 0",
            &[id.into(), now.unix().into()],
        )?;
        Ok(sql.exec(
            "INSERT INTO visit (realm, opened, expires, advanced, done_until, registrations, \
             reports, bytes, emptied, seat, turn, due) \
             VALUES (?1, ?2, ?3, 0, ?2, 0, 0, 0, 0, ?4, ?5, ?3)",
            &[
                id.into(),
                now.unix().into(),
                expires.unix().into(),
                number,
                turn,
            ],
        )?)
    })
}

/// Reads the realm's time, if it is open and has room for `usage`.
///
/// # Errors
/// [`Refusal::NotFound`] when it never was, or has ended; [`Refusal::TooMany`]; a [`Failure`].
pub fn enter(sql: &dyn Sql, realm: Realm, real: Moment, usage: Usage) -> Result<Entered, Failure> {
    let visit = Visit::open(sql, realm, real)?;
    visit.check_room(real, usage)?;
    Ok(visit.entered)
}

/// The same, and `usage` counts from now on: as much as there is room for, however many ask at once.
///
/// # Errors
/// As [`enter`].
pub fn reserve(
    sql: &dyn Sql,
    realm: Realm,
    real: Moment,
    usage: Usage,
) -> Result<Entered, Failure> {
    transact(sql, |sql| {
        let visit = Visit::open(sql, realm, real)?;
        visit.check_room(real, usage)?;
        add(sql, realm, usage)?;
        Ok(visit.entered)
    })
}

/// Gives back what was [reserved](reserve) for a request that was refused.
///
/// # Errors
/// A [`Failure`].
pub fn give_back(sql: &dyn Sql, realm: Realm, usage: Usage) -> Result<(), Failure> {
    let [registrations, reports, bytes] = usage.values();
    change(
        sql,
        realm,
        "registrations = MAX(registrations - ?2, 0), reports = MAX(reports - ?3, 0), \
         bytes = MAX(bytes - ?4, 0)",
        &[registrations.into(), reports.into(), bytes.into()],
    )
}

/// Counts what was accepted, as fronts of release 0.2.0 do, which do not reserve.
///
/// # Errors
/// A [`Failure`].
pub fn count(sql: &dyn Sql, realm: Realm, usage: Usage) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::open(sql, schema::VISIT)?;
        add(sql, realm, usage)
    })
}

fn add(sql: &dyn Sql, realm: Realm, usage: Usage) -> Result<(), Failure> {
    let [registrations, reports, bytes] = usage.values();
    Ok(sql.exec(
        "UPDATE visit SET registrations = registrations + ?2, reports = reports + ?3, \
         bytes = bytes + ?4 WHERE realm = ?1",
        &[
            id_of(realm)?.into(),
            registrations.into(),
            reports.into(),
            bytes.into(),
        ],
    )?)
}

/// Shuts the realm: from now on nobody enters it, and what was under way finds it gone. Its end goes on at `due`, if it
/// is not done before.
///
/// # Errors
/// A [`Failure`].
pub fn shut(sql: &dyn Sql, realm: Realm, due: Moment) -> Result<(), Failure> {
    change(sql, realm, "expires = 0, due = ?2", &[due.unix().into()])
}

/// Every object of the realm was emptied since it was shut; at `due` they are emptied again.
///
/// # Errors
/// A [`Failure`].
pub fn emptied(sql: &dyn Sql, realm: Realm, due: Moment) -> Result<(), Failure> {
    change(sql, realm, "emptied = 1, due = ?2", &[due.unix().into()])
}

/// Nothing is left of the realm. Says whether no other is known here either.
///
/// # Errors
/// A [`Failure`].
pub fn remove(sql: &dyn Sql, realm: Realm) -> Result<bool, Failure> {
    transact(sql, |sql| {
        schema::open(sql, schema::VISIT)?;
        sql.exec(
            "DELETE FROM visit WHERE realm = ?1",
            &[id_of(realm)?.into()],
        )?;
        Ok(sql.query("SELECT 1 FROM visit LIMIT 1", &[])?.is_empty())
    })
}

/// Moves the realm's clock, as fronts of release 0.2.0 ask for it; what is then due is theirs to do, before they say
/// [`settled`].
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Malformed`] past 60 days in all; a [`Failure`].
pub fn advance(
    sql: &dyn Sql,
    realm: Realm,
    real: Moment,
    seconds: u32,
) -> Result<Entered, Failure> {
    transact(sql, |sql| {
        let visit = Visit::open(sql, realm, real)?;
        move_on(sql, realm, &visit, seconds)
    })
}

fn move_on(sql: &dyn Sql, realm: Realm, visit: &Visit, seconds: u32) -> Result<Entered, Failure> {
    const TOO_FAR: &str = "advanceSeconds: a demo realm's clock moves by 60 days in all.";
    if visit.advanced + u64::from(seconds) > MAX_OFFSET_SECONDS.into() {
        return Err(Refusal::malformed(TOO_FAR).into());
    }
    sql.exec(
        "UPDATE visit SET advanced = advanced + ?2 WHERE realm = ?1",
        &[id_of(realm)?.into(), seconds.into()],
    )?;
    Ok(Entered {
        now: visit.entered.now + u64::from(seconds),
        ..visit.entered
    })
}

/// A move of the clock, as far as it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    /// The realm's time, the move included.
    pub entered: Entered,
    /// The time at which what waited when the move began is still to be delivered, in Unix seconds; nothing of a look at
    /// the clock, which moves nothing.
    pub deliver_at: Option<u64>,
}

/// Moves the realm's clock, or goes on with a move that has not ended. What waits is delivered first, at the time
/// before the move: then [`delivered`] is said, and the rest done up to [`settled`].
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Malformed`] past 60 days in all; a [`Failure`].
pub fn begin_move(
    sql: &dyn Sql,
    realm: Realm,
    real: Moment,
    seconds: u32,
) -> Result<Moving, Failure> {
    transact(sql, |sql| {
        let before = Visit::open(sql, realm, real)?;
        let entered = move_on(sql, realm, &before, seconds)?;
        let is_begun = seconds > 0 && before.deliver_at.is_none();
        let deliver_at = before
            .deliver_at
            .or_else(|| is_begun.then_some(before.entered.now));
        if is_begun {
            sql.exec(
                "UPDATE visit SET deliver_at = ?2 WHERE realm = ?1",
                &[id_of(realm)?.into(), deliver_at.into()],
            )?;
        }
        Ok(Moving {
            entered,
            deliver_at,
        })
    })
}

/// What waited when the move began was delivered.
///
/// # Errors
/// A [`Failure`].
pub fn delivered(sql: &dyn Sql, realm: Realm) -> Result<(), Failure> {
    change(sql, realm, "deliver_at = NULL", &[])
}

/// Everything due up to this moment was done.
///
/// # Errors
/// A [`Failure`].
pub fn settled(sql: &dyn Sql, realm: Realm, moment: Moment) -> Result<(), Failure> {
    change(
        sql,
        realm,
        "done_until = MAX(done_until, ?2)",
        &[moment.unix().into()],
    )
}

/// What the end of a realm starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// The realm.
    pub realm: Realm,
    /// Its time.
    pub entered: Entered,
    /// Whether every object of it was [emptied] since it was shut.
    pub is_emptied: bool,
}

/// How far the end of this realm has come; nothing when nothing is left of it.
///
/// # Errors
/// A [`Failure`].
pub fn ending(sql: &dyn Sql, realm: Realm, real: Moment) -> Result<Option<Ending>, Failure> {
    let visit = Visit::stored(sql, realm, real)?;
    Ok(visit.map(|visit| Ending {
        realm,
        entered: visit.entered,
        is_emptied: visit.is_emptied,
    }))
}

/// The realms whose end is due, or a step of it, the first first.
///
/// # Errors
/// A [`Failure`].
pub fn due(sql: &dyn Sql, real: Moment) -> Result<Vec<Realm>, Failure> {
    if !schema::open(sql, schema::VISIT)? {
        return Ok(Vec::new());
    }
    let rows = sql.query(
        "SELECT realm, seat, turn FROM visit WHERE due <= ?1 ORDER BY due",
        &[real.unix().into()],
    )?;
    Ok(rows.iter().map(realm_of).collect::<Result<_, _>>()?)
}

/// When the next such step is due.
///
/// # Errors
/// A [`Failure`].
pub fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Failure> {
    if !schema::open(sql, schema::VISIT)? {
        return Ok(None);
    }
    let rows = sql.query("SELECT due FROM visit ORDER BY due LIMIT 1", &[])?;
    let due = rows.first().map(|row| row.integer(0)).transpose()?;
    Ok(due.map(Moment::from_unix))
}

/// Changes the row of a realm, `?1`, if there is one.
fn change(sql: &dyn Sql, realm: Realm, set: &str, values: &[Value]) -> Result<(), Failure> {
    let id = id_of(realm)?;
    transact(sql, |sql| {
        if schema::open(sql, schema::VISIT)? {
            let values = [&[id.into()], values].concat();
            sql.exec(&format!("UPDATE visit SET {set} WHERE realm = ?1"), &values)?;
        }
        Ok(())
    })
}

fn id_of(realm: Realm) -> Result<[u8; 16], Failure> {
    realm.id().ok_or(Failure::Misplaced)
}

fn realm_of(row: &Row) -> Result<Realm, Fault> {
    let id = row.array(0)?;
    Ok(match (row.maybe_integer(1)?, row.maybe_integer(2)?) {
        (Some(number), Some(turn)) => {
            let seat = Seat {
                number: number.try_into().map_err(|_| Fault::Shape)?,
                turn: turn.try_into().map_err(|_| Fault::Shape)?,
            };
            Realm::Seated(seat, id)
        }
        _ => Realm::Demo(id),
    })
}

struct Visit {
    entered: Entered,
    deliver_at: Option<u64>,
    advanced: u64,
    used: Usage,
    is_emptied: bool,
}

impl Visit {
    /// The visit, unless it never was or has ended.
    fn open(sql: &dyn Sql, realm: Realm, real: Moment) -> Result<Self, Failure> {
        let visit = Self::stored(sql, realm, real)?;
        let open = visit.filter(|visit| real.unix() < visit.entered.expires);
        Ok(open.ok_or(Refusal::NotFound)?)
    }

    fn check_room(&self, real: Moment, usage: Usage) -> Result<(), Refusal> {
        let full = self.used.registrations + usage.registrations > MOST_REGISTRATIONS
            || self.used.reports + usage.reports > MOST_REPORTS
            || self.used.bytes.saturating_add(usage.bytes) > MOST_BYTES;
        if full && usage != Usage::default() {
            let left = Moment::from_unix(self.entered.expires).since(real);
            return Err(Refusal::TooMany(left.as_secs().max(1)));
        }
        Ok(())
    }

    fn stored(sql: &dyn Sql, realm: Realm, real: Moment) -> Result<Option<Self>, Failure> {
        if !schema::open(sql, schema::VISIT)? {
            return Ok(None);
        }
        let rows = sql.query(
            "SELECT opened, expires, advanced, done_until, registrations, reports, bytes, emptied, \
             deliver_at FROM visit WHERE realm = ?1",
            &[id_of(realm)?.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let advanced = row.integer(2)?;
        let now = real + Duration::from_secs(advanced);
        Ok(Some(Self {
            entered: Entered {
                now: now.unix(),
                settled: row.integer(3)?,
                opened: row.integer(0)?,
                expires: row.integer(1)?,
            },
            deliver_at: row.maybe_integer(8)?,
            advanced,
            used: Usage {
                registrations: row.integer(4)?,
                reports: row.integer(5)?,
                bytes: row.integer(6)?,
            },
            is_emptied: row.integer(7)? != 0,
        }))
    }
}
