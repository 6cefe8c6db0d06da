//! One visitor's demo realm: its clock, its limits and its end.

use core::time::Duration;

use decree::Moment;
use serde::{Deserialize, Serialize};
use store::{Fault, Sql, transact};
use wire::Refusal;
use wire::demo::MAX_OFFSET_SECONDS;

use crate::session::Session;
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

/// Opens a realm: its time starts with real time.
///
/// # Errors
/// A [`Failure`].
pub fn open(sql: &dyn Sql, session: &Session, now: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::make(sql, schema::VISIT)?;
        Ok(sql.exec(
            "INSERT INTO visit (realm, opened, expires, advanced, done_until, registrations, \
             reports, bytes, emptied) VALUES (?1, ?2, ?3, 0, ?2, 0, 0, 0, 0)",
            &[
                session.id.into(),
                now.unix().into(),
                session.expires().unix().into(),
            ],
        )?)
    })
}

/// Reads the realm's time, if it is open and has room for `usage`.
///
/// # Errors
/// [`Refusal::NotFound`] when it never was, or has ended; [`Refusal::TooMany`]; a [`Failure`].
pub fn enter(sql: &dyn Sql, real: Moment, usage: Usage) -> Result<Entered, Failure> {
    let visit = Visit::read(sql, real)?;
    let full = visit.used.registrations + usage.registrations > MOST_REGISTRATIONS
        || visit.used.reports + usage.reports > MOST_REPORTS
        || visit.used.bytes.saturating_add(usage.bytes) > MOST_BYTES;
    if full && usage != Usage::default() {
        let left = Moment::from_unix(visit.entered.expires)
            .since(real)
            .as_secs();
        return Err(Refusal::TooMany(left.max(1)).into());
    }
    Ok(visit.entered)
}

/// Counts what was accepted: a refused request changes no row.
///
/// # Errors
/// A [`Failure`].
pub fn count(sql: &dyn Sql, usage: Usage) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::open(sql, schema::VISIT)?;
        Ok(sql.exec(
            "UPDATE visit SET registrations = registrations + ?1, reports = reports + ?2, \
             bytes = bytes + ?3",
            &[
                usage.registrations.into(),
                usage.reports.into(),
                usage.bytes.into(),
            ],
        )?)
    })
}

/// Shuts the realm: from now on nobody enters it, and what was under way finds it gone.
///
/// # Errors
/// A [`Failure`].
pub fn shut(sql: &dyn Sql) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::open(sql, schema::VISIT)?;
        Ok(sql.exec("UPDATE visit SET expires = 0", &[])?)
    })
}

/// Every object of the realm was emptied since it was shut.
///
/// # Errors
/// A [`Failure`].
pub fn emptied(sql: &dyn Sql) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::open(sql, schema::VISIT)?;
        Ok(sql.exec("UPDATE visit SET emptied = 1", &[])?)
    })
}

/// Moves the realm's clock; what is then due is the caller's to do, before it calls [`settled`].
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Malformed`] past 60 days in all; a [`Failure`].
pub fn advance(sql: &dyn Sql, real: Moment, seconds: u32) -> Result<Entered, Failure> {
    const TOO_FAR: &str = "advanceSeconds: a demo realm's clock moves by 60 days in all.";
    transact(sql, |sql| {
        let visit = Visit::read(sql, real)?;
        if visit.advanced + u64::from(seconds) > MAX_OFFSET_SECONDS.into() {
            return Err(Refusal::malformed(TOO_FAR).into());
        }
        sql.exec(
            "UPDATE visit SET advanced = advanced + ?1",
            &[seconds.into()],
        )?;
        Ok(Entered {
            now: visit.entered.now + u64::from(seconds),
            ..visit.entered
        })
    })
}

/// Everything due up to this moment was done.
///
/// # Errors
/// A [`Failure`].
pub fn settled(sql: &dyn Sql, moment: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::open(sql, schema::VISIT)?;
        let moment = moment.unix().into();
        Ok(sql.exec(
            "UPDATE visit SET done_until = MAX(done_until, ?1)",
            &[moment],
        )?)
    })
}

/// What the end of a realm starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// The id of its session.
    pub id: [u8; 16],
    /// Its time.
    pub entered: Entered,
    /// Whether every object of it was [emptied] since it was shut.
    pub is_emptied: bool,
}

impl Ending {
    /// The realm.
    #[must_use]
    pub const fn realm(&self) -> Realm {
        Realm::Demo(self.id)
    }
}

/// Which realm this is, and how far its end has come.
///
/// # Errors
/// A [`Failure`].
pub fn ending(sql: &dyn Sql, real: Moment) -> Result<Option<Ending>, Failure> {
    if !schema::open(sql, schema::VISIT)? {
        return Ok(None);
    }
    let visit = Visit::stored(sql, real)?;
    Ok(Some(Ending {
        id: visit.id,
        entered: visit.entered,
        is_emptied: visit.is_emptied,
    }))
}

struct Visit {
    id: [u8; 16],
    entered: Entered,
    advanced: u64,
    used: Usage,
    is_emptied: bool,
}

impl Visit {
    /// The visit, unless it never was or has ended.
    fn read(sql: &dyn Sql, real: Moment) -> Result<Self, Failure> {
        if !schema::open(sql, schema::VISIT)? {
            return Err(Refusal::NotFound.into());
        }
        let visit = Self::stored(sql, real)?;
        let ended = real.unix() >= visit.entered.expires;
        if ended {
            Err(Refusal::NotFound.into())
        } else {
            Ok(visit)
        }
    }

    fn stored(sql: &dyn Sql, real: Moment) -> Result<Self, Failure> {
        let rows = sql.query(
            "SELECT realm, opened, expires, advanced, done_until, registrations, reports, bytes, \
             emptied FROM visit",
            &[],
        )?;
        let row = rows.first().ok_or(Fault::Shape)?;
        let (expires, advanced) = (row.integer(2)?, row.integer(3)?);
        let now = real + Duration::from_secs(advanced);
        Ok(Self {
            id: row.array(0)?,
            entered: Entered {
                now: now.unix(),
                settled: row.integer(4)?,
                opened: row.integer(1)?,
                expires,
            },
            advanced,
            used: Usage {
                registrations: row.integer(5)?,
                reports: row.integer(6)?,
                bytes: row.integer(7)?,
            },
            is_emptied: row.integer(8)? != 0,
        })
    }
}
