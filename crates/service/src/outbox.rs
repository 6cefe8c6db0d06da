//! What an intake owes registries, kept until acknowledged.
//!
//! A contact's key is random and the table is stored in key order, so rows say nothing of the order in
//! which they came, nor which came together. A delivery may happen twice; its id makes it count
//! once.

use core::time::Duration;

use decree::Moment;
use rand_core::CryptoRng;
use store::{Fault, Row, Sql, Value};

use crate::slice::Rows;

/// Names a delivery: 128 random bits.
pub type DeliveryId = [u8; 16];

/// One delivery that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Its id.
    pub id: DeliveryId,
    /// The registry it is for.
    pub to: u16,
    /// What is delivered.
    pub body: Vec<u8>,
    /// Which of the intake's safes holds the key that the body waits under; `None` for what is not sealed for its
    /// wait, and in rows of release 0.1.0 until the walk over them has come by.
    pub slot: Option<u8>,
}

/// Rows that one statement inserts: five parameters each, at most 100 in all.
const ROWS_PER_STATEMENT: usize = 20;

/// Draws an id.
pub fn draw_id(rng: &mut impl CryptoRng) -> DeliveryId {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    id
}

/// Stores deliveries, each with its own due moment.
///
/// # Errors
/// [`Fault`].
pub fn put(sql: &dyn Sql, owed: &[(Owed, Moment)]) -> Result<(), Fault> {
    for rows in owed.chunks(ROWS_PER_STATEMENT) {
        let marks: Vec<_> = (0..rows.len())
            .map(|row| row * 5)
            .map(|at| {
                [1, 2, 3, 4, 5]
                    .map(|next| format!("?{}", at + next))
                    .join(", ")
            })
            .map(|marks| format!("({marks})"))
            .collect();
        let values: Vec<Value> = rows
            .iter()
            .flat_map(|(owed, due)| {
                [
                    owed.id.into(),
                    u32::from(owed.to).into(),
                    due.unix().into(),
                    owed.body.as_slice().into(),
                    owed.slot.map(u32::from).into(),
                ]
            })
            .collect();
        sql.exec(
            &format!(
                "INSERT INTO outbox (id, \"to\", due, body, slot) VALUES {}",
                marks.join(", ")
            ),
            &values,
        )?;
    }
    Ok(())
}

/// What is due at `now`, earliest first, at most `most` of them. What is due at the same moment comes by registry, so
/// that it can travel together. Bodies are read of those few only, not of all that are sorted.
///
/// # Errors
/// [`Fault`].
pub fn due(sql: &dyn Sql, now: Moment, most: u32) -> Result<Vec<Owed>, Fault> {
    const ROWS: &str = "SELECT id, \"to\", body, slot FROM outbox WHERE id IN \
         (SELECT id FROM outbox WHERE due <= ?1 ORDER BY due, \"to\" LIMIT ?2) ORDER BY due, \"to\"";
    sql.query(ROWS, &[now.unix().into(), most.into()])?
        .iter()
        .map(|row| {
            Ok(Owed {
                id: row.array(0)?,
                to: u16::try_from(row.small(1)?).map_err(|_| Fault::Shape)?,
                body: row.blob(2)?.to_vec(),
                slot: maybe_slot(row)?,
            })
        })
        .collect()
}

fn maybe_slot(row: &Row) -> Result<Option<u8>, Fault> {
    let slot = row.maybe_integer(3)?.map(u8::try_from);
    slot.transpose().map_err(|_| Fault::Shape)
}

/// The earliest due moment.
///
/// # Errors
/// [`Fault`].
pub fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    earliest(sql, "SELECT MIN(due) FROM outbox")
}

/// Nothing is put off for so long: what seems to be was put off by a clock that was ahead.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Makes due now what a clock that was ahead put off: it would wait until that time really comes, and its keys would
/// go before. Of other deliveries no row is written.
///
/// # Errors
/// [`Fault`].
pub fn bring_forward(sql: &dyn Sql, now: Moment) -> Result<(), Fault> {
    sql.exec(
        "UPDATE outbox SET due = ?1 WHERE due > ?2",
        &[now.unix().into(), (now + LONGEST_WAIT).unix().into()],
    )
}

/// Puts off a slice of what is due for one registry: whether more is left.
///
/// # Errors
/// [`Fault`].
pub fn postpone(sql: &dyn Sql, to: u16, now: Moment, until: Moment) -> Result<bool, Fault> {
    let due = Rows {
        table: "outbox",
        key: "id",
        condition: "\"to\" = ?1 AND due <= ?2",
        values: &[u32::from(to).into(), now.unix().into()],
    };
    due.update(sql, "due", until.unix().into())
}

/// Puts off one delivery.
///
/// # Errors
/// [`Fault`].
pub(crate) fn postpone_one(sql: &dyn Sql, id: DeliveryId, until: Moment) -> Result<(), Fault> {
    sql.exec(
        "UPDATE outbox SET due = ?2 WHERE id = ?1",
        &[id.into(), until.unix().into()],
    )
}

/// Whether this delivery is still owed.
///
/// # Errors
/// [`Fault`].
pub fn holds(sql: &dyn Sql, id: DeliveryId) -> Result<bool, Fault> {
    Ok(!sql
        .query("SELECT 1 FROM outbox WHERE id = ?1", &[id.into()])?
        .is_empty())
}

/// Forgets one delivery that was acknowledged.
///
/// # Errors
/// [`Fault`].
pub fn acknowledge(sql: &dyn Sql, id: DeliveryId) -> Result<(), Fault> {
    sql.exec("DELETE FROM outbox WHERE id = ?1", &[id.into()])
}

/// A moment that a statement computes, if there is one.
pub(crate) fn earliest(sql: &dyn Sql, statement: &str) -> Result<Option<Moment>, Fault> {
    match sql.query(statement, &[])?.first() {
        Some(row) => Ok(row.maybe_integer(0)?.map(Moment::from_unix)),
        None => Ok(None),
    }
}
