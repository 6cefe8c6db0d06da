//! What the key of a forgotten day had sealed in this registry: counted when its rows go, for the day's receipt.
//!
//! At 00:00 UTC of day + 15 nothing opens these rows any more, and they are deleted, in slices; how many they were is
//! written down in the same transactions. The realm's tally adds up what all registries counted.
//!
//! Exposures and figures name the day whose key seals them. A verdict does not, whoever it is about, so nationally nobody
//! can count the verdicts of a day: whoever could would know the day of a meeting. In a demo realm, which shows its keys,
//! every verdict is tried with the day's key in the last second of its life.

use std::collections::BTreeMap;

use decree::{Day, Moment, article_3};
use robert::Id;
use serde::{Deserialize, Serialize};
use store::{Fault, Sql, transact};

use super::{Context, exposure, verdict};
use crate::figures::{self, REGISTRY_FIGURES};
use crate::record::Keeper;
use crate::{Failure, Place, schema};

/// Rows that a day's key had sealed in one registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Exposures of that day.
    pub exposures: u32,
    /// Verdicts, where they were counted.
    pub verdicts: Option<u32>,
    /// Figures of that day: one row at the most.
    pub figures: u32,
}

impl Sealed {
    /// Nothing: of a registry in which nothing was ever stored.
    pub const NOTHING: Self = Self {
        exposures: 0,
        verdicts: Some(0),
        figures: 0,
    };
}

/// What one registry knows of forgotten days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The last day that it has counted: days before it that are not listed had nothing.
    pub until: u32,
    /// Each day under its number.
    pub days: Vec<(u32, Sealed)>,
}

/// Days for which a count is kept, until the tally has it.
const KEPT: u32 = article_3::DAYS_KEPT;

/// Forgets a slice of the rows whose day is forgotten at `now`, and counts them: whether any are left. Inside the caller's
/// transaction. The last of these days is written down though it had none, so that the tally knows that it can have it.
pub(super) fn forget(sql: &dyn Sql, place: &Place, now: Moment) -> Result<bool, Fault> {
    let (exposures, are_left) = exposure::forget(sql, now.day())?;
    let figures = figures::forget(sql, REGISTRY_FIGURES, now)?;
    let last = now.day().minus_days(article_3::DAYS_KEPT);
    if last.number() >= place.since {
        let nothing = "INSERT INTO counted (day, exposures, figures) VALUES (?1, 0, 0) ON CONFLICT (day) DO NOTHING";
        sql.exec(nothing, &[last.number().into()])?;
    }
    let mut days = BTreeMap::<_, (u32, u32)>::new();
    for day in exposures {
        days.entry(day).or_default().0 += 1;
    }
    for day in figures {
        days.entry(day).or_default().1 += 1;
    }
    for (day, (exposures, figures)) in days {
        sql.exec(
            "INSERT INTO counted (day, exposures, figures) VALUES (?1, ?2, ?3) ON CONFLICT (day) DO UPDATE \
             SET exposures = exposures + excluded.exposures, figures = figures + excluded.figures",
            &[day.number().into(), exposures.into(), figures.into()],
        )?;
    }
    let over = last.minus_days(KEPT).number();
    sql.exec("DELETE FROM counted WHERE day <= ?1", &[over.into()])?;
    Ok(are_left)
}

/// Counts the verdicts that the key of this day seals, while it is there: for a demo realm, whose clock stands in the last
/// second before that key is destroyed.
///
/// # Errors
/// [`Failure::Moved`] when `context` has not the record key of an account; a [`Failure`].
pub fn count_dying(sql: &dyn Sql, context: &Context<'_>, day: Day) -> Result<(), Failure> {
    transact(sql, |sql| {
        if !schema::check(sql, &context.place)? {
            return Ok(());
        }
        let mut verdicts: u32 = 0;
        for row in sql.query("SELECT id, safe, verdict FROM account", &[])? {
            let Some(record) = context.records.key(Keeper::read(&row, 1)?)? else {
                continue;
            };
            let by = verdict::sealed_under(context, record, Id(row.array(0)?), row.blob(2)?)?;
            verdicts += u32::from(by == Some(day));
        }
        Ok(sql.exec(
            "INSERT INTO counted (day, exposures, verdicts, figures) VALUES (?1, 0, ?2, 0) \
             ON CONFLICT (day) DO NOTHING",
            &[day.number().into(), verdicts.into()],
        )?)
    })
}

/// What this registry counted of these days, both included; nothing when nothing was ever stored in it, and so no key
/// sealed anything here.
///
/// # Errors
/// A [`Failure`].
pub fn counted(
    sql: &dyn Sql,
    place: &Place,
    from: Day,
    to: Day,
) -> Result<Option<Counted>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(None);
    }
    let last = sql.query("SELECT MAX(day) FROM counted", &[])?;
    let last = last.first().map(|row| row.maybe_integer(0)).transpose()?;
    let last = u32::try_from(last.flatten().unwrap_or_default()).map_err(|_| Fault::Shape)?;
    // A day whose rows are still being deleted is not counted yet.
    let oldest = exposure::oldest_day(sql)?;
    let until = oldest.map_or(last, |day| last.min(day.minus_days(1).number()));
    let rows = sql.query(
        "SELECT day, exposures, verdicts, figures FROM counted WHERE day BETWEEN ?1 AND ?2",
        &[from.number().into(), to.number().into()],
    )?;
    let mut days = Vec::with_capacity(rows.len());
    for row in &rows {
        let verdicts = row.maybe_integer(2)?.map(u32::try_from);
        let sealed = Sealed {
            exposures: row.small(1)?,
            verdicts: verdicts.transpose().map_err(|_| Fault::Shape)?,
            figures: row.small(3)?,
        };
        days.push((row.small(0)?, sealed));
    }
    Ok(Some(Counted { until, days }))
}
