//! Counters behind the public figures: one row per UTC day in each registry and each intake.
//!
//! A counter is raised in the transaction of the act that it counts, on the day of the realm's
//! `now`, and it holds no identity. What a registry counts is sealed under the key of its day and
//! has one size: each status request reads and writes that row whatever it says, so that what
//! differs between two copies of the storage does not tell who was notified. What leaves the
//! server, and from when on, is decided in [`crate::tally`].

use decree::{Day, Moment, article_3};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use store::{Fault, Sql};
use wire::code::Kind;

use crate::form::{self, Form, Unreadable, Version};
use crate::registry::Context;
use crate::seal::OVERHEAD;
use crate::{Failure, Place, schema};

/// What one registry counted in one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistryFigures {
    /// Accounts opened.
    pub registrations: u32,
    /// Accounts closed by their holders.
    pub unregistrations: u32,
    /// Status requests answered, whatever was answered.
    pub status_checks: u32,
    /// People told that they are at risk: once per alert, by its first answer.
    pub contacts_notified: u32,
    /// People whose exposures came to the threshold when the newest was too old for an alert: the
    /// official `usersAboveRiskThresholdButRetentionPeriodExpired`, once each time.
    pub above_threshold_too_old: u32,
}

impl RegistryFigures {
    /// Bytes of a stored day, whatever it counted.
    pub const LENGTH: usize = 21;

    /// Version ‖ five counters (4 each), big-endian: the same length for every day.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [VERSION; Self::LENGTH];
        let counters = [
            self.registrations,
            self.unregistrations,
            self.status_checks,
            self.contacts_notified,
            self.above_threshold_too_old,
        ];
        let (_, fields) = bytes.split_at_mut(1);
        for (field, counter) in fields.chunks_exact_mut(4).zip(counters) {
            field.copy_from_slice(&counter.to_be_bytes());
        }
        bytes
    }

    /// As [`Self::to_bytes`] wrote them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[VERSION], rest) = bytes.split_first_chunk()? else {
            return None;
        };
        let (counters, []) = rest.as_chunks::<4>() else {
            return None;
        };
        let counters: &[[u8; 4]; 5] = counters.try_into().ok()?;
        let [registered, left, asked, told, too_old] = counters.map(u32::from_be_bytes);
        Some(Self {
            registrations: registered,
            unregistrations: left,
            status_checks: asked,
            contacts_notified: told,
            above_threshold_too_old: too_old,
        })
    }
}

const VERSION: u8 = 1;

/// Raises counters of the registry's today, inside the caller's transaction: one row is read and
/// written, whatever is counted.
pub(crate) fn count(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    raise: impl FnOnce(&mut RegistryFigures),
) -> Result<(), Failure> {
    let day = context.now.day();
    let key = context.keys.of_figures(day, context.place.index);
    let key = key.ok_or(Fault::Engine)?;
    let rows = sql.query(
        "SELECT sealed FROM registry_figures WHERE day = ?1",
        &[day.number().into()],
    )?;
    // A day without a row costs the same work. One that does not open begins again from nothing:
    // a counter keeps nobody from an answer.
    let sealed = match rows.first() {
        Some(row) => row.blob(0)?,
        None => &NOTHING,
    };
    let mut figures = open(context, day, sealed)?.unwrap_or_default();
    raise(&mut figures);
    let sealed = key.seal(rng, &seal_context(context, day), &figures.to_bytes());
    sql.exec(
        "INSERT INTO registry_figures (day, sealed) VALUES (?1, ?2) \
         ON CONFLICT (day) DO UPDATE SET sealed = excluded.sealed",
        &[day.number().into(), sealed.into()],
    )?;
    Ok(())
}

/// A day's figures that nothing opens.
const NOTHING: [u8; RegistryFigures::LENGTH + OVERHEAD] = {
    let mut nothing = [0; RegistryFigures::LENGTH + OVERHEAD];
    nothing[0] = form::VERSION;
    nothing
};

/// What this row says, while the key of its day lives.
pub(crate) fn open(
    context: &Context<'_>,
    day: Day,
    sealed: &[u8],
) -> Result<Option<RegistryFigures>, Unreadable> {
    let (keys, index) = (context.keys, context.place.index);
    let plain = match Form::Figures.version(sealed)? {
        Version::Current => {
            let bound = seal_context(context, day);
            let key = keys.of_figures(day, index);
            key.and_then(|key| key.open(&bound, sealed))
        }
        Version::Former => {
            let (index, day_number) = (index.to_be_bytes(), day.number().to_be_bytes());
            let bound = [b"figures", index.as_slice(), &day_number].concat();
            let key = keys.former(day);
            key.and_then(|key| key.open_former(&bound, sealed))
        }
    };
    let figures = plain.map(|plain| RegistryFigures::from_bytes(&plain));
    match figures {
        Some(None) => Err(Unreadable::Content),
        figures => Ok(figures.flatten()),
    }
}

fn seal_context(context: &Context<'_>, day: Day) -> Vec<u8> {
    let (index, day) = (context.place.index.to_be_bytes(), day.number());
    [b"figures.sealed", index.as_slice(), &day.to_be_bytes()].concat()
}

/// Whether this registry counted anything on these days, both included. If not, no key is needed to
/// say so, and none is made.
///
/// # Errors
/// A [`Failure`].
pub fn has_days(sql: &dyn Sql, place: &Place, from: Day, to: Day) -> Result<bool, Failure> {
    if !schema::check(sql, place)? {
        return Ok(false);
    }
    let rows = sql.query(
        "SELECT 1 FROM registry_figures WHERE day BETWEEN ?1 AND ?2 LIMIT 1",
        &[from.number().into(), to.number().into()],
    )?;
    Ok(!rows.is_empty())
}

/// What this registry counted on these days, both included; days without a row are absent. A row
/// that nothing opens any more counts for nothing.
///
/// # Errors
/// A [`Failure`].
pub fn of_registry(
    sql: &dyn Sql,
    context: &Context<'_>,
    from: Day,
    to: Day,
) -> Result<Vec<(u32, RegistryFigures)>, Failure> {
    if !schema::check(sql, &context.place)? {
        return Ok(Vec::new());
    }
    let rows = sql.query(
        "SELECT day, sealed FROM registry_figures WHERE day BETWEEN ?1 AND ?2",
        &[from.number().into(), to.number().into()],
    )?;
    let mut days = Vec::with_capacity(rows.len());
    for row in &rows {
        let day = row.small(0)?;
        let opened = open(context, Day::from_number(day), row.blob(1)?)?;
        days.extend(opened.map(|figures| (day, figures)));
    }
    Ok(days)
}

/// What one intake counted in one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntakeFigures {
    /// Reports accepted; a lost answer asked for again is not another.
    pub reports: u32,
    /// Dummy reports, which name nobody.
    pub decoys: u32,
    /// Long codes.
    pub long: CodeFigures,
    /// Short codes.
    pub short: CodeFigures,
}

/// What became of the codes of one kind in one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeFigures {
    /// Stored to be handed out.
    pub issued: u32,
    /// Used up by a report.
    pub used: u32,
    /// Deleted unused, past their term.
    pub expired: u32,
}

impl IntakeFigures {
    /// So many codes of this kind were stored.
    #[must_use]
    pub fn issued(kind: Kind, codes: u32) -> Self {
        Self::of_codes(kind, |figures| figures.issued = codes)
    }

    /// So many codes of this kind went unused.
    #[must_use]
    pub fn expired(kind: Kind, codes: u32) -> Self {
        Self::of_codes(kind, |figures| figures.expired = codes)
    }

    /// One report was accepted, and used up a code of this kind.
    #[must_use]
    pub fn report(kind: Kind) -> Self {
        Self {
            reports: 1,
            ..Self::of_codes(kind, |figures| figures.used = 1)
        }
    }

    /// One dummy report was accepted: it writes the row that a report writes.
    #[must_use]
    pub fn decoy() -> Self {
        Self {
            decoys: 1,
            ..Self::default()
        }
    }

    fn of_codes(kind: Kind, set: impl FnOnce(&mut CodeFigures)) -> Self {
        let mut figures = Self::default();
        match kind {
            Kind::Long => set(&mut figures.long),
            Kind::Short => set(&mut figures.short),
        }
        figures
    }

    /// Adds these to the intake's today, inside the caller's transaction.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn add(&self, sql: &dyn Sql, now: Moment) -> Result<(), Fault> {
        let Self {
            reports,
            decoys,
            long,
            short,
        } = *self;
        let values = [
            now.day().number(),
            reports,
            decoys,
            long.issued,
            long.used,
            long.expired,
            short.issued,
            short.used,
            short.expired,
        ];
        sql.exec(
            "INSERT INTO intake_figures (day, reports, decoys, long_issued, long_used, \
             long_expired, short_issued, short_used, short_expired) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
             ON CONFLICT (day) DO UPDATE SET \
             reports = reports + excluded.reports, \
             decoys = decoys + excluded.decoys, \
             long_issued = long_issued + excluded.long_issued, \
             long_used = long_used + excluded.long_used, \
             long_expired = long_expired + excluded.long_expired, \
             short_issued = short_issued + excluded.short_issued, \
             short_used = short_used + excluded.short_used, \
             short_expired = short_expired + excluded.short_expired",
            &values.map(Into::into),
        )
    }
}

/// What this intake counted on these days, both included; days without a row are absent.
///
/// # Errors
/// A [`Failure`].
pub fn of_intake(
    sql: &dyn Sql,
    place: &Place,
    from: Day,
    to: Day,
) -> Result<Vec<(u32, IntakeFigures)>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let rows = sql.query(
        "SELECT day, reports, decoys, long_issued, long_used, long_expired, short_issued, \
         short_used, short_expired FROM intake_figures WHERE day BETWEEN ?1 AND ?2",
        &[from.number().into(), to.number().into()],
    )?;
    let mut days = Vec::with_capacity(rows.len());
    for row in &rows {
        let codes = |first| {
            Ok::<_, Fault>(CodeFigures {
                issued: row.small(first)?,
                used: row.small(first + 1)?,
                expired: row.small(first + 2)?,
            })
        };
        let figures = IntakeFigures {
            reports: row.small(1)?,
            decoys: row.small(2)?,
            long: codes(3)?,
            short: codes(6)?,
        };
        days.push((row.small(0)?, figures));
    }
    Ok(days)
}

/// How many reports and decoys this intake has taken on this day.
pub(crate) fn taken(sql: &dyn Sql, day: Day) -> Result<u64, Fault> {
    let rows = sql.query(
        "SELECT reports + decoys FROM intake_figures WHERE day = ?1",
        &[day.number().into()],
    )?;
    rows.first().map_or(Ok(0), |row| row.integer(0))
}

/// The table of a registry.
pub(crate) const REGISTRY_FIGURES: &str = "registry_figures";
/// The table of an intake.
pub(crate) const INTAKE_FIGURES: &str = "intake_figures";

/// Forgets the days of this table whose keys are destroyed at `now`, sealed or not: which they were.
pub(crate) fn forget(sql: &dyn Sql, table: &str, now: Moment) -> Result<Vec<Day>, Fault> {
    let forgotten = now.day().minus_days(article_3::DAYS_KEPT).number();
    let delete = format!("DELETE FROM {table} WHERE day <= ?1 RETURNING day");
    let rows = sql.query(&delete, &[forgotten.into()])?;
    rows.iter()
        .map(|row| row.small(0).map(Day::from_number))
        .collect()
}

/// When the oldest row of an intake goes.
pub(crate) fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    let rows = sql.query("SELECT MIN(day) FROM intake_figures", &[])?;
    let oldest = rows.first().map(|row| row.maybe_integer(0)).transpose()?;
    let day = |number| u32::try_from(number).map_err(|_| Fault::Shape);
    let oldest = oldest.flatten().map(day).transpose()?;
    Ok(oldest.map(|day| article_3::day_key_destroyed_at(Day::from_number(day))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_days_counters_have_one_length_and_read_back() {
        for counter in [0, 1, 0x0102_0304, u32::MAX] {
            let figures = RegistryFigures {
                registrations: counter,
                unregistrations: counter / 2,
                status_checks: counter / 3,
                contacts_notified: counter / 5,
                above_threshold_too_old: counter / 7,
            };
            let bytes = figures.to_bytes();
            assert_eq!(RegistryFigures::from_bytes(&bytes), Some(figures));
            assert_eq!(RegistryFigures::from_bytes(&bytes[1..]), None);
            assert_eq!(
                RegistryFigures::from_bytes(&[&bytes[..], &[0]].concat()),
                None
            );
        }
        let mut other = RegistryFigures::default().to_bytes();
        other[0] = 2;
        assert_eq!(RegistryFigures::from_bytes(&other), None);
    }
}
