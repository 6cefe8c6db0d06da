//! The tally: a realm's days in figures, each the sum of all its registries and intakes.
//!
//! A day is collected once, an hour after it has ended, when nothing adds to it any more: all
//! registries and intakes are asked for it, nothing is taken from them, and its sum is stored when
//! all have answered. The sums stay in the tally; [`publish`](publish::publish) decides what may
//! leave it.

pub mod forgotten;
pub mod publish;

use core::ops::RangeInclusive;
use core::time::Duration;

use decree::{Day, Moment};
use store::{Fault, Sql, Value, transact};

use crate::figures::{IntakeFigures, RegistryFigures};
use crate::{Failure, Place, schema, vault};

/// How long after midnight a day is complete: longer than any call of that day can still be under
/// way, and than clocks differ.
pub const SETTLES: Duration = Duration::from_hours(1);

/// How many figures are public.
pub const FIGURES: usize = 12;

/// One day's sums, in the order of [`publish::NAMES`] and of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTally {
    /// The day.
    pub day: Day,
    /// Its sums.
    pub counts: [u64; FIGURES],
}

/// What every registry and every intake counted, each day under its number.
#[derive(Debug, Default)]
pub struct Collected {
    /// From all registries.
    pub registries: Vec<(u32, RegistryFigures)>,
    /// From all intakes.
    pub intakes: Vec<(u32, IntakeFigures)>,
}

/// The days to collect now, if any: those that are complete and not forgotten, after the last one
/// that was collected.
///
/// # Errors
/// A [`Failure`].
pub fn due(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
) -> Result<Option<RangeInclusive<u32>>, Failure> {
    let last = if schema::check(sql, place)? {
        last_day(sql)?
    } else {
        None
    };
    Ok(days_due(last, Day::from_number(place.since), now))
}

/// Those days in a realm whose first day is `since`; at most fourteen.
fn days_due(last: Option<Day>, since: Day, now: Moment) -> Option<RangeInclusive<u32>> {
    let oldest = vault::living_days(since, now).next()?;
    let first = last.map_or(since, |day| day.plus_days(1)).max(oldest);
    let today = (now - SETTLES).day();
    (first < today).then(|| first.number()..=today.minus_days(1).number())
}

/// Stores the sums of these days. Called twice, it changes nothing the second time. Nothing is
/// stored of the days before the first on which something was counted.
///
/// # Errors
/// A [`Failure`].
pub fn store(
    sql: &dyn Sql,
    place: &Place,
    days: RangeInclusive<u32>,
    collected: &Collected,
) -> Result<(), Failure> {
    let sums = days.map(|day| sum(Day::from_number(day), collected));
    transact(sql, |sql| {
        let last = if schema::check(sql, place)? {
            last_day(sql)?
        } else {
            None
        };
        let new: Vec<_> = sums
            .skip_while(|tally| match last {
                Some(last) => tally.day <= last,
                None => tally.counts == [0; FIGURES],
            })
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        schema::ensure_tables(sql, place)?;
        for DayTally { day, counts } in new {
            let mut values: Vec<Value> = vec![day.number().into()];
            values.extend(counts.map(Value::from));
            sql.exec(
                "INSERT INTO tally (day, registrations, unregistrations, status_checks, \
                 contacts_notified, above_threshold_too_old, reports, long_issued, long_used, \
                 long_expired, short_issued, short_used, short_expired) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                &values,
            )?;
        }
        Ok(())
    })
}

fn sum(day: Day, collected: &Collected) -> DayTally {
    let mut counts = [0; FIGURES];
    let registries = collected.registries.iter();
    for (_, figures) in registries.filter(|(of, _)| *of == day.number()) {
        add(&mut counts, of_registry(figures));
    }
    let intakes = collected.intakes.iter();
    for (_, figures) in intakes.filter(|(of, _)| *of == day.number()) {
        add(&mut counts, of_intake(figures));
    }
    DayTally { day, counts }
}

fn add(sums: &mut [u64; FIGURES], counts: [u32; FIGURES]) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum += u64::from(count);
    }
}

const fn of_registry(figures: &RegistryFigures) -> [u32; FIGURES] {
    [
        figures.registrations,
        figures.unregistrations,
        figures.status_checks,
        figures.contacts_notified,
        figures.above_threshold_too_old,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ]
}

/// Dummy reports are not among the public figures.
const fn of_intake(figures: &IntakeFigures) -> [u32; FIGURES] {
    [
        0,
        0,
        0,
        0,
        0,
        figures.reports,
        figures.long.issued,
        figures.long.used,
        figures.long.expired,
        figures.short.issued,
        figures.short.used,
        figures.short.expired,
    ]
}

/// Every day that was collected, in order.
///
/// # Errors
/// A [`Failure`].
pub fn read(sql: &dyn Sql, place: &Place) -> Result<Vec<DayTally>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let rows = sql.query(
        "SELECT day, registrations, unregistrations, status_checks, contacts_notified, \
         above_threshold_too_old, reports, long_issued, long_used, long_expired, short_issued, \
         short_used, short_expired FROM tally ORDER BY day",
        &[],
    )?;
    let mut days = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut counts = [0; FIGURES];
        for (column, count) in (1..).zip(&mut counts) {
            *count = row.integer(column)?;
        }
        days.push(DayTally {
            day: Day::from_number(row.small(0)?),
            counts,
        });
    }
    Ok(days)
}

fn last_day(sql: &dyn Sql) -> Result<Option<Day>, Fault> {
    let rows = sql.query("SELECT MAX(day) FROM tally", &[])?;
    let last = rows.first().map(|row| row.maybe_integer(0)).transpose()?;
    let day = |number| u32::try_from(number).map_err(|_| Fault::Shape);
    Ok(last.flatten().map(day).transpose()?.map(Day::from_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, minutes: u64) -> Moment {
        text.parse::<Day>().unwrap().start() + Duration::from_mins(minutes)
    }

    fn due_at(last: Option<&str>, since: &str, now: Moment) -> Option<(String, String)> {
        let last = last.map(|day| day.parse().unwrap());
        let days = days_due(last, since.parse().unwrap(), now)?;
        let text = |number: &u32| Day::from_number(*number).to_string();
        Some((text(days.start()), text(days.end())))
    }

    #[test]
    fn a_day_is_due_an_hour_after_its_end_and_once() {
        let days = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        let since = "2020-06-02";
        assert_eq!(due_at(None, since, at("2020-06-02", 1_439)), None);
        assert_eq!(due_at(None, since, at("2020-06-03", 59)), None);
        let first = days("2020-06-02", "2020-06-02");
        assert_eq!(due_at(None, since, at("2020-06-03", 60)), first);
        let last = Some("2020-06-02");
        assert_eq!(due_at(last, since, at("2020-06-03", 60)), None);
        assert_eq!(
            due_at(last, since, at("2020-06-06", 60)),
            days("2020-06-03", "2020-06-05")
        );
    }

    /// What is older can no longer be opened, nor was it kept.
    #[test]
    fn a_day_whose_key_is_destroyed_is_never_due() {
        let now = at("2020-07-01", 60);
        let days = due_at(Some("2020-06-02"), "2020-06-01", now).unwrap();
        assert_eq!(days, ("2020-06-17".to_owned(), "2020-06-30".to_owned()));
    }
}
