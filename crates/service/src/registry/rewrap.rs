//! The slow walk after a change of roots: rows that nobody writes are wrapped again, slice by slice.
//!
//! Rows that are written take the newest root by themselves. The walk visits the others, in order of
//! identities, so that where it stands is one identity, and it goes on from there after a stop.

use rand_core::CryptoRng;
use robert::Id;
use store::{Fault, Sql, transact};

use super::Context;
use super::account::Account;
use crate::keyring::{Census, Wrapping};
use crate::record::SafeName;
use crate::{Failure, Place, schema};

/// A part of a registry's accounts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Those whose keys are not under the newest root, each with the safe of its record key, which
    /// the caller fetches.
    pub accounts: Vec<(Id, SafeName)>,
    /// How many are under the newest root already.
    pub newest: u64,
    /// The last identity that was looked at, from which the walk goes on; none at its end.
    pub next: Option<Id>,
}

/// Reads the next accounts after this one, at most `most`, or the first ones.
///
/// # Errors
/// A [`Failure`].
pub fn slice(
    sql: &dyn Sql,
    place: &Place,
    wrapping: &Wrapping,
    from: Option<Id>,
    most: u32,
) -> Result<Slice, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Slice::default());
    }
    // No identity is shorter than one: all come after none.
    let from = from.map(|id| id.0.to_vec()).unwrap_or_default();
    let rows = sql.query(
        "SELECT id, safe, key_for_mac, key_for_tuples FROM account WHERE id > ?1 \
         ORDER BY id LIMIT ?2",
        &[from.into(), most.into()],
    )?;
    let mut slice = Slice::default();
    for row in &rows {
        let id = Id(row.array(0)?);
        if wrapping.is_newest(row.blob(2)?)? && wrapping.is_newest(row.blob(3)?)? {
            slice.newest += 1;
        } else {
            slice.accounts.push((id, row.array(1)?));
        }
        slice.next = Some(id);
    }
    if u32::try_from(rows.len()).map_err(|_| Fault::Shape)? < most {
        slice.next = None;
    }
    Ok(slice)
}

/// Wraps the keys of these accounts again, in one transaction, and counts what the slice has now.
/// One that has left meanwhile, or whose safe is empty, needs no root and does not count.
///
/// # Errors
/// [`Failure::Moved`] when an account moved to another safe: the same slice is read once more; a
/// [`Failure`].
pub fn rewrap(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    slice: &Slice,
) -> Result<Census, Failure> {
    transact(sql, |sql| {
        let mut wrapped = slice.newest;
        for (id, _) in &slice.accounts {
            if let Some(account) = Account::read(sql, context, *id)? {
                if !account.is_newest {
                    account.rewrap(sql, context, rng)?;
                }
                wrapped += 1;
            }
        }
        let mut census = Census::default();
        census.add(Some(context.wrapping.newest_id()), wrapped);
        Ok(census)
    })
}
