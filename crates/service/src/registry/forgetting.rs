//! Accounts that nobody can reach any more are forgotten.
//!
//! A phone names its account by the pseudonyms of its last bundle, which the server reads with the keys of their days.
//! At 00:00 UTC of the day on which the last of those keys is destroyed no request can name the account any more, its
//! owner's least of all: it would stay for ever. So it is forgotten then, as if it had been left, but it is counted
//! nowhere. Its exposures are gone by that time: none is of a later day than its pseudonyms.
//!
//! The last bundle is that of the last question that was answered, or of the registration. Each midnight begins a walk
//! over all accounts in order of identities, [`ROWS`] at a time: 195,000 take six and a half minutes. The one row of
//! the table `forgetting` says for which midnight it is, and where it stands: a registry that is killed goes on there.
//! An index would be written by the first question of each day, and would have to be made over all rows at an upgrade.

use core::time::Duration;

use decree::article_3::account_forgotten_at;
use decree::{Day, Moment};
use rand_core::CryptoRng;
use robert::{Epoch, bundle};
use store::{Fault, Row, Sql, transact};

use super::account;
use super::safes::leave;
use crate::record::Keeper;
use crate::{Failure, Place, outbox, schema};

/// Accounts that are looked at in one slice: less than 5 ms, as with any [walk](crate::schema::walk).
const ROWS: u32 = 500;
/// Between two slices others are served.
const PAUSE: Duration = Duration::from_secs(1);

/// What becomes of an account at a midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Somebody may still reach it.
    Stays,
    /// Nobody can reach it.
    Forgotten,
    /// A release before this one opened it, and it has never asked: nobody knows since when it is there. From this day
    /// on it counts as registered today.
    Noted,
}

/// What becomes, at the midnight that begins `today`, of an account whose last bundle was made on this day.
fn decide(last_bundle: Option<Day>, today: Day) -> Fate {
    match last_bundle {
        None => Fate::Noted,
        Some(made) if account_forgotten_at(bundle::last_day(made)) <= today.start() => {
            Fate::Forgotten
        }
        Some(_) => Fate::Stays,
    }
}

/// The day of the last bundle, by the epoch of the last question that was answered (0 for none) and the day of
/// registration.
fn last_bundle(last_status: u32, registered: Option<u32>) -> Option<Day> {
    match Epoch::new(last_status) {
        Some(asked) if asked > Epoch::FIRST => Some(asked.day()),
        _ => registered.map(Day::from_number),
    }
}

/// The day that an account counts as registered on, until its first question. Days are those of the keys.
pub(super) fn registered_on(now: Moment) -> Option<u32> {
    Epoch::at(now).map(|epoch| epoch.day().number())
}

/// Where a walk stands.
struct Walk {
    /// The last account that was looked at; none before the first slice and after the last.
    at: Vec<u8>,
    /// When the next ones are; none when all were.
    due: Option<Moment>,
}

impl Walk {
    /// The walk of this midnight. Another's is over: whatever it had to forget, this one forgets too.
    fn of(sql: &dyn Sql, today: Day, now: Moment) -> Result<Self, Fault> {
        let rows = sql.query("SELECT midnight, at, due FROM forgetting", &[])?;
        let begun = rows.first().map(|row| {
            Ok::<_, Fault>((
                row.small(0)?,
                Self {
                    at: row.blob(1)?.to_vec(),
                    due: row.maybe_integer(2)?.map(Moment::from_unix),
                },
            ))
        });
        match begun.transpose()? {
            Some((midnight, walk)) if midnight == today.number() => Ok(walk),
            _ => {
                sql.exec("DELETE FROM forgetting", &[])?;
                sql.exec(
                    "INSERT INTO forgetting (midnight, at, due) VALUES (?1, ?2, ?3)",
                    &[today.number().into(), Vec::new().into(), now.unix().into()],
                )?;
                Ok(Self {
                    at: Vec::new(),
                    due: Some(now),
                })
            }
        }
    }

    /// Whether a slice is due; also one that a clock that was ahead put off.
    fn is_due(&self, now: Moment) -> bool {
        self.due.is_some_and(|due| due <= now || due > now + PAUSE)
    }
}

/// Forgets, of the next accounts, those that nobody can reach any more, if such a slice is due: their rows go, and
/// their record keys are to be destroyed. Due at each midnight, and then until all accounts were looked
/// at. Where the clock is doubted this waits.
///
/// # Errors
/// A [`Failure`].
pub fn forget_unreachable(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Ok(());
        }
        let today = now.day();
        let walk = Walk::of(sql, today, now)?;
        if !walk.is_due(now) {
            return Ok(());
        }
        let rows = sql.query(
            "SELECT id, safe, last_status, registered FROM account WHERE id > ?1 ORDER BY id LIMIT ?2",
            &[walk.at.as_slice().into(), ROWS.into()],
        )?;
        for row in &rows {
            forget_if_unreachable(sql, rng, row, now)?;
        }
        let is_last = u32::try_from(rows.len()).map_err(|_| Fault::Shape)? < ROWS;
        // A walk that is over names nobody: whoever was last may leave.
        let (at, due) = match rows.last().filter(|_| !is_last) {
            Some(last) => (last.array::<5>(0)?.to_vec(), Some((now + PAUSE).unix())),
            None => (Vec::new(), None),
        };
        let go_on = "UPDATE forgetting SET at = ?1, due = ?2";
        Ok(sql.exec(go_on, &[at.into(), due.into()])?)
    })
}

fn forget_if_unreachable(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    row: &Row,
    now: Moment,
) -> Result<(), Failure> {
    let id = row.array::<5>(0)?;
    let last_bundle = last_bundle(row.small(2)?, account::registered(row, 3)?);
    match decide(last_bundle, now.day()) {
        Fate::Stays => {}
        Fate::Forgotten => {
            sql.exec("DELETE FROM account WHERE id = ?1", &[id.into()])?;
            leave(sql, rng, now, Keeper::read(row, 1)?)?;
        }
        Fate::Noted => sql.exec(
            "UPDATE account SET registered = ?2 WHERE id = ?1",
            &[id.into(), registered_on(now).into()],
        )?,
    }
    Ok(())
}

/// When the next slice is due; the tables are there.
pub(super) fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    outbox::earliest(sql, "SELECT MIN(due) FROM forgetting")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_forgotten_when_the_last_key_that_could_name_it_is_destroyed() {
        let made: Day = "2026-06-12".parse().unwrap();
        // Three days of pseudonyms after the first, and fifteen for the key of the last.
        for (passed, fate) in [
            (0, Fate::Stays),
            (17, Fate::Stays),
            (18, Fate::Forgotten),
            (300, Fate::Forgotten),
        ] {
            assert_eq!(decide(Some(made), made.plus_days(passed)), fate, "{passed}");
        }
        // A clock that was ahead answered it.
        assert_eq!(decide(Some(made), made.minus_days(30)), Fate::Stays);
        assert_eq!(decide(None, made), Fate::Noted);
    }

    #[test]
    fn the_last_bundle_is_that_of_the_last_question_or_of_the_registration() {
        let (asked, day) = (2_000, Epoch::new(2_000).map(Epoch::day));
        assert_eq!(last_bundle(asked, None), day);
        assert_eq!(last_bundle(asked, Some(1)), day);
        assert_eq!(last_bundle(0, Some(18_500)), Some(Day::from_number(18_500)));
        assert_eq!(last_bundle(0, None), None);
    }
}
