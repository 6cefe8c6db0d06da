//! The intake: one-time codes, and contacts on their way to the registries.
//!
//! A code is used up in the transaction that stores the report. The contacts of a report are
//! stored one by one, each under a random id with its own random due moment: nothing ties them to
//! one another, to the code or to the moment they came.

use core::time::Duration;

use decree::Moment;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use store::{Sql, Value, transact};
use wire::Refusal;
use wire::code::Kind;

use crate::outbox::{self, Owed};
use crate::parcel::Parcel;
use crate::{Failure, Place, schema};

/// How long the same code with the same body is answered again, for an answer that was lost.
pub const REPEATABLE: Duration = Duration::from_mins(10);
/// Shortest and longest time that a contact waits, in seconds.
const WAIT_SECONDS: (u64, u64) = (5, 60);
/// Longer than a call that was given up can still arrive.
const LONGEST_CALL: Duration = Duration::from_mins(1);

/// A one-time code, as it is stored: only its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCode {
    /// HMAC of the code under the realm's pepper.
    pub hash: [u8; 32],
    /// From when it is refused, in Unix seconds.
    pub until: u64,
}

/// Three parameters each, at most 100 in all.
const CODES_PER_STATEMENT: usize = 33;

/// Stores codes of one kind that are about to be handed out together.
///
/// `mark` names the issuer's request that they are for: the same request again stores nothing, so
/// that no code that was used since comes back. It is remembered for as long as the codes live.
///
/// # Errors
/// A [`Failure`].
pub fn add_codes(
    sql: &dyn Sql,
    place: &Place,
    mark: Option<[u8; 32]>,
    kind: Kind,
    codes: &[StoredCode],
) -> Result<(), Failure> {
    let Some(until) = codes.iter().map(|code| code.until).max() else {
        return Ok(());
    };
    transact(sql, |sql| {
        schema::settle(sql, place)?;
        if let Some(mark) = mark {
            let known = sql.query("SELECT 1 FROM batch WHERE mark = ?1", &[mark.into()])?;
            if !known.is_empty() {
                return Ok(());
            }
            sql.exec(
                "INSERT INTO batch VALUES (?1, ?2)",
                &[mark.into(), until.into()],
            )?;
        }
        for rows in codes.chunks(CODES_PER_STATEMENT) {
            let marks: Vec<_> = (0..rows.len())
                .map(|row| row * 3)
                .map(|at| format!("(?{}, ?{}, ?{})", at + 1, at + 2, at + 3))
                .collect();
            let values: Vec<Value> = rows
                .iter()
                .flat_map(|code| [code.hash.into(), kind.name().into(), code.until.into()])
                .collect();
            let statement = format!("INSERT INTO code VALUES {}", marks.join(", "));
            sql.exec(&statement, &values)?;
        }
        Ok(())
    })
}

/// A report, as the front prepared it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// HMAC of the code.
    pub code: [u8; 32],
    /// HMAC of the code and the whole body.
    pub body: [u8; 32],
    /// The registry that each contact is for, and the contact sealed alone.
    pub contacts: Vec<(u16, Vec<u8>)>,
}

/// Uses the code up and stores the contacts, in one transaction.
///
/// The same code with a byte-identical body within [`REPEATABLE`] is answered again and changes
/// nothing.
///
/// # Errors
/// [`Refusal::UnknownCode`], a [`Failure`].
pub fn report(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    report: Report,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Err(Refusal::UnknownCode.into());
        }
        let at = now.unix().into();
        let answered = sql.query(
            "SELECT 1 FROM answered WHERE hash = ?1 AND until > ?2",
            &[report.body.into(), at],
        )?;
        if !answered.is_empty() {
            return Ok(());
        }
        let at = now.unix().into();
        let code = sql.query(
            "SELECT 1 FROM code WHERE hash = ?1 AND until > ?2",
            &[report.code.into(), at],
        )?;
        if code.is_empty() {
            return Err(Refusal::UnknownCode.into());
        }
        sql.exec("DELETE FROM code WHERE hash = ?1", &[report.code.into()])?;
        sql.exec(
            "INSERT INTO answered VALUES (?1, ?2)",
            &[report.body.into(), (now + REPEATABLE).unix().into()],
        )?;
        let owed: Vec<_> = report
            .contacts
            .into_iter()
            .map(|(to, body)| {
                (
                    Owed {
                        id: outbox::draw_id(rng),
                        to,
                        body,
                    },
                    draw_due(rng, now),
                )
            })
            .collect();
        outbox::put(sql, &owed)?;
        Ok(())
    })
}

/// Uniform over the waiting times.
fn draw_due(rng: &mut impl CryptoRng, now: Moment) -> Moment {
    let (shortest, longest) = WAIT_SECONDS;
    let seconds = shortest + rng.next_u64() % (longest - shortest + 1);
    now + Duration::from_secs(seconds)
}

/// What an acknowledged delivery leaves: its row goes, and for a contact the registry is owed the
/// word that it may forget the id. The word waits for longer than any call can still be under way.
///
/// # Errors
/// A [`Failure`].
pub fn acknowledge(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    now: Moment,
    delivered: &Owed,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        let known = outbox::holds(sql, delivered.id)?;
        outbox::acknowledge(sql, delivered.id)?;
        let parcel = Parcel::from_bytes(&delivered.body);
        if known && matches!(parcel, Some(Parcel::Contact { .. })) {
            let body = Parcel::Forgotten(delivered.id).to_bytes();
            let word = Owed {
                id: outbox::draw_id(rng),
                to: delivered.to,
                body,
            };
            outbox::put(sql, &[(word, draw_due(rng, now) + LONGEST_CALL)])?;
        }
        Ok(())
    })
}

/// Puts off everything that is due for one registry.
///
/// # Errors
/// A [`Failure`].
pub fn postpone(sql: &dyn Sql, to: u16, now: Moment, until: Moment) -> Result<(), Failure> {
    transact(sql, |sql| Ok(outbox::postpone(sql, to, now, until)?))
}

/// Forgets codes and answers that expired.
///
/// # Errors
/// A [`Failure`].
pub fn tick(sql: &dyn Sql, place: &Place, now: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        if schema::check(sql, place)? {
            sql.exec("DELETE FROM code WHERE until <= ?1", &[now.unix().into()])?;
            sql.exec("DELETE FROM batch WHERE until <= ?1", &[now.unix().into()])?;
            sql.exec(
                "DELETE FROM answered WHERE until <= ?1",
                &[now.unix().into()],
            )?;
        }
        Ok(())
    })
}

/// When something will be due: a delivery, or an expiry.
///
/// # Errors
/// A [`Failure`].
pub fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Failure> {
    if !schema::exists(sql, schema::INTAKE)? {
        return Ok(None);
    }
    let due = [
        outbox::next_due(sql)?,
        outbox::earliest(sql, "SELECT MIN(until) FROM code")?,
        outbox::earliest(sql, "SELECT MIN(until) FROM batch")?,
        outbox::earliest(sql, "SELECT MIN(until) FROM answered")?,
    ];
    Ok(due.into_iter().flatten().min())
}
