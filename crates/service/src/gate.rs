//! The gate: how many demo realms live.

use decree::Moment;
use store::{Sql, Value, transact};
use wire::Refusal;

use crate::session::Session;
use crate::{Failure, schema};

/// Most demo realms at one time.
pub const MOST_REALMS: u64 = 200;

/// Lets one more realm in.
///
/// # Errors
/// [`Refusal::TooMany`] until the first of them ends; a [`Failure`].
pub fn admit(sql: &dyn Sql, session: &Session, now: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::make(sql, schema::GATE)?;
        sql.exec("DELETE FROM open WHERE until <= ?1", &[now.unix().into()])?;
        let rows = sql.query("SELECT COUNT(*), MIN(until) FROM open", &[])?;
        let row = rows.first().ok_or(store::Fault::Shape)?;
        if row.integer(0)? >= MOST_REALMS {
            let first = Moment::from_unix(row.integer(1)?);
            return Err(Refusal::TooMany(first.since(now).as_secs().max(1)).into());
        }
        let until: Value = session.expires().unix().into();
        sql.exec(
            "INSERT INTO open (realm, until) VALUES (?1, ?2)",
            &[session.id.into(), until],
        )?;
        Ok(())
    })
}

/// A realm has ended.
///
/// # Errors
/// A [`Failure`].
pub fn leave(sql: &dyn Sql, id: [u8; 16]) -> Result<(), Failure> {
    transact(sql, |sql| {
        schema::make(sql, schema::GATE)?;
        Ok(sql.exec("DELETE FROM open WHERE realm = ?1", &[id.into()])?)
    })
}
