//! What the last hour saw, counted by the minute: wrong short codes.

use decree::Moment;
use store::{Fault, Sql};

use crate::outbox;

/// How long a minute is counted, in minutes.
const WINDOW: u64 = 60;

fn minute(now: Moment) -> u64 {
    now.unix() / 60
}

/// The first minute of the hour that ends now.
fn since(now: Moment) -> u64 {
    (minute(now) + 1).saturating_sub(WINDOW)
}

/// Wrong short codes of the hour that ends now. It is read for whatever comes: the same work for each report.
pub(super) fn wrong(sql: &dyn Sql, now: Moment) -> Result<u64, Fault> {
    let rows = sql.query(
        "SELECT SUM(wrong) FROM recent WHERE minute >= ?1",
        &[since(now).into()],
    )?;
    let row = rows.first().ok_or(Fault::Shape)?;
    Ok(row.maybe_integer(0)?.unwrap_or_default())
}

/// Counts one report. The row is written whatever it was: it takes as long.
pub(super) fn add(sql: &dyn Sql, now: Moment, wrong: bool) -> Result<(), Fault> {
    sql.exec(
        "INSERT INTO recent (minute, wrong) VALUES (?1, ?2) ON CONFLICT (minute) \
         DO UPDATE SET wrong = wrong + excluded.wrong",
        &[minute(now).into(), u64::from(wrong).into()],
    )
}

/// Forgets what is older than an hour.
pub(super) fn forget(sql: &dyn Sql, now: Moment) -> Result<(), Fault> {
    sql.exec("DELETE FROM recent WHERE minute < ?1", &[since(now).into()])
}

/// When the oldest minute is forgotten.
pub(super) fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    outbox::earliest(sql, "SELECT (MIN(minute) + 60) * 60 FROM recent")
}
