//! The receipts of forgotten days: what the key of each had sealed, in all registries together.
//!
//! A day is added up once, when every registry has counted it. The sums stay in the tally. Nationally they leave it in
//! [`BUCKETS`], each day of its own: the lowest bucket contains zero, so no receipt tells whether anybody was met on a day.
//! A demo realm has one visitor, who is told the number.

use core::ops::RangeInclusive;

use decree::{Day, Moment, article_3};
use store::{Fault, Sql, transact};
use wire::statistics::{Forgotten, Range};

use crate::registry::{Counted, Sealed};
use crate::{Failure, Place, Realm, schema};

/// The first number of each bucket.
pub const BUCKETS: [u64; 6] = [0, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// A forgotten day, and what its key had sealed in all registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySealed {
    /// The day.
    pub day: Day,
    /// Exposures of that day.
    pub exposures: u64,
    /// Verdicts, where they were counted.
    pub verdicts: Option<u64>,
    /// Figures of that day.
    pub figures: u64,
}

/// The days to add up now, if any: those that are forgotten, after the last one that was, and of which the registries still
/// have their counts.
///
/// # Errors
/// A [`Failure`].
pub fn due(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
) -> Result<Option<RangeInclusive<u32>>, Failure> {
    let last = now.day().minus_days(article_3::DAYS_KEPT).number();
    // A registry keeps a count for as long as it kept the day.
    let oldest = (last - article_3::DAYS_KEPT + 1).max(place.since);
    let done = if schema::check(sql, place)? {
        last_day(sql)?
    } else {
        None
    };
    let first = done.map_or(oldest, |day| oldest.max(day + 1));
    Ok((first <= last).then_some(first..=last))
}

/// Stores the sums of those of these days that every registry has counted. Called twice, it changes nothing the second
/// time. Nothing is stored of the days before the first whose key sealed anything.
///
/// # Errors
/// A [`Failure`].
pub fn store(
    sql: &dyn Sql,
    place: &Place,
    days: RangeInclusive<u32>,
    counted: &[Counted],
) -> Result<(), Failure> {
    let until = counted.iter().map(|of| of.until).min().unwrap_or_default();
    let sums = days
        .filter(|day| *day <= until)
        .map(|day| sum(day, counted));
    transact(sql, |sql| {
        let done = if schema::check(sql, place)? {
            last_day(sql)?
        } else {
            None
        };
        let new: Vec<_> = sums
            .skip_while(|sealed| match done {
                Some(done) => sealed.day.number() <= done,
                None => sealed.exposures == 0 && sealed.figures == 0,
            })
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        schema::ensure_tables(sql, place)?;
        for sealed in new {
            sql.exec(
                "INSERT INTO forgotten (day, exposures, verdicts, figures) VALUES (?1, ?2, ?3, ?4)",
                &[
                    sealed.day.number().into(),
                    sealed.exposures.into(),
                    sealed.verdicts.into(),
                    sealed.figures.into(),
                ],
            )?;
        }
        Ok(())
    })
}

/// A registry that does not list the day had nothing; one that did not count its verdicts leaves their sum unknown.
fn sum(day: u32, counted: &[Counted]) -> DaySealed {
    let of = |counted: &Counted| {
        let listed = counted.days.iter().find(|(of, _)| *of == day);
        listed.map_or(Sealed::NOTHING, |(_, sealed)| *sealed)
    };
    let nothing = DaySealed {
        day: Day::from_number(day),
        exposures: 0,
        verdicts: Some(0),
        figures: 0,
    };
    counted.iter().map(of).fold(nothing, |sum, one| DaySealed {
        day: sum.day,
        exposures: sum.exposures + u64::from(one.exposures),
        verdicts: sum
            .verdicts
            .zip(one.verdicts)
            .map(|(sum, one)| sum + u64::from(one)),
        figures: sum.figures + u64::from(one.figures),
    })
}

/// Every day that was added up, in order.
///
/// # Errors
/// A [`Failure`].
pub fn read(sql: &dyn Sql, place: &Place) -> Result<Vec<DaySealed>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let rows = sql.query(
        "SELECT day, exposures, verdicts, figures FROM forgotten ORDER BY day",
        &[],
    )?;
    let mut days = Vec::with_capacity(rows.len());
    for row in &rows {
        days.push(DaySealed {
            day: Day::from_number(row.small(0)?),
            exposures: row.integer(1)?,
            verdicts: row.maybe_integer(2)?,
            figures: row.integer(3)?,
        });
    }
    Ok(days)
}

/// What may be told of these days in this realm.
#[must_use]
pub fn publish(days: &[DaySealed], realm: Realm) -> Vec<Forgotten> {
    let range = |count| match realm {
        Realm::National => bucket(count),
        Realm::Demo(_) | Realm::Seated(..) => Range {
            from: count,
            to: Some(count),
        },
    };
    let told = |sealed: &DaySealed| Forgotten {
        day: sealed.day.to_string(),
        exposures: range(sealed.exposures),
        // Where nobody counts them there may be any number.
        verdicts: sealed.verdicts.map_or(Range { from: 0, to: None }, range),
        figures: range(sealed.figures),
    };
    days.iter().map(told).collect()
}

fn bucket(count: u64) -> Range {
    let next = BUCKETS.partition_point(|first| *first <= count);
    let first = next.checked_sub(1).and_then(|at| BUCKETS.get(at));
    Range {
        from: first.copied().unwrap_or_default(),
        to: BUCKETS.get(next).map(|first| first - 1),
    }
}

fn last_day(sql: &dyn Sql) -> Result<Option<u32>, Fault> {
    let rows = sql.query("SELECT MAX(day) FROM forgotten", &[])?;
    let last = rows.first().map(|row| row.maybe_integer(0)).transpose()?;
    let day = last.flatten().map(u32::try_from).transpose();
    day.map_err(|_| Fault::Shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_number_and_the_lowest_holds_zero() {
        let range = |from, to| Range { from, to };
        for (count, expected) in [
            (0, range(0, Some(999))),
            (1, range(0, Some(999))),
            (999, range(0, Some(999))),
            (1_000, range(1_000, Some(9_999))),
            (99_999, range(10_000, Some(99_999))),
            (9_999_999, range(1_000_000, Some(9_999_999))),
            (50_000_000, range(10_000_000, None)),
        ] {
            assert_eq!(bucket(count), expected, "{count}");
        }
    }

    #[test]
    fn a_registry_that_lists_nothing_had_nothing_and_one_that_did_not_count_leaves_it_open() {
        let sealed = |verdicts| Sealed {
            exposures: 2,
            verdicts,
            figures: 1,
        };
        let counted = |day, sealed| Counted {
            until: 9,
            days: vec![(day, sealed)],
        };
        let both = [counted(7, sealed(Some(3))), counted(8, sealed(None))];
        let of = |day| {
            let DaySealed {
                exposures,
                verdicts,
                figures,
                ..
            } = sum(day, &both);
            (exposures, verdicts, figures)
        };
        assert_eq!(of(6), (0, Some(0), 0));
        assert_eq!(of(7), (2, Some(3), 1));
        assert_eq!(of(8), (2, None, 1));
    }
}
