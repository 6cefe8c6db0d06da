//! The slow walk after a change of roots: what nobody writes is wrapped again, slice by slice.
//!
//! Rows that are written take the newest root by themselves; the walk visits all groups of record keys, then all accounts
//! in order of identities, and the safe of each that has its own. The one row of the table `rewrapping` says for which root, and where the walk stands: a registry
//! that is killed goes on from there, and another newest root begins anew.

use core::time::Duration;

use decree::Moment;
use rand_core::CryptoRng;
use robert::Id;
use serde::{Deserialize, Serialize};
use store::{Fault, Row, Sql, transact};

use super::account::Account;
use super::{Context, groups, safes};
use crate::group::GroupName;
use crate::keyring::{KeyId, Wrapping};
use crate::record::{Keeper, SafeName};
use crate::{Failure, Place, outbox, schema};

/// Between the moment at which a registry first finds a new root and its walk: by then no configuration without
/// that root runs beside it, and so nothing is wrapped by an older one behind the walk's back.
pub const SETTLES: Duration = Duration::from_hours(1);
/// Accounts of one slice: a few milliseconds.
const ROWS: u32 = 50;
/// Groups of one slice.
const GROUPS: u32 = 8;
/// Between two slices. Fifty million accounts in 256 registries take sixteen hours.
const PAUSE: Duration = Duration::from_secs(15);
/// Most safes to be emptied that the last slice visits.
const MOST_OWED: usize = 1_000;

/// The accounts that are visited next, and their safes.
pub struct Slice {
    root: KeyId,
    from: Vec<u8>,
    /// Where the next slice begins.
    to: Vec<u8>,
    is_last: bool,
    /// Those whose keys are not under the newest root, in the form of today.
    accounts: Vec<Id>,
    keepers: Vec<Keeper>,
    safes: Vec<SafeName>,
    groups: Vec<GroupName>,
}

impl Slice {
    /// The groups that must be written again under the newest root before the slice is done: as long as there are any, a
    /// slice has nothing else.
    #[must_use]
    pub fn groups(&self) -> &[GroupName] {
        &self.groups
    }

    /// What keeps the record keys of its accounts.
    #[must_use]
    pub fn keepers(&self) -> &[Keeper] {
        &self.keepers
    }

    /// The safes whose keys must be under the newest root before the slice is done.
    #[must_use]
    pub fn safes(&self) -> &[SafeName] {
        &self.safes
    }

    /// The root that wraps.
    #[must_use]
    pub const fn root(&self) -> KeyId {
        self.root
    }
}

/// How far a registry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// It holds nothing.
    Empty,
    /// It visited so many of a hundred accounts. A walk that has not begun is at none.
    Walks(u8),
    /// Everything that it and its safes hold is under the newest root.
    Done {
        /// Since when nothing was wrapped by another, in Unix seconds.
        since: u64,
    },
}

/// The stored row.
struct Walk {
    root: KeyId,
    since: Moment,
    at: Vec<u8>,
    due: Option<Moment>,
}

impl Walk {
    /// The walk for this root; none when another was the newest, or when a clock that was ahead began it.
    fn read(sql: &dyn Sql, root: KeyId, now: Moment) -> Result<Option<Self>, Fault> {
        let rows = sql.query("SELECT root, since, at, due FROM rewrapping", &[])?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let walk = Self {
            root: row.array(0)?,
            since: Moment::from_unix(row.integer(1)?),
            at: row.blob(2)?.to_vec(),
            due: row.maybe_integer(3)?.map(Moment::from_unix),
        };
        Ok(Some(walk).filter(|walk| walk.root == root && walk.since <= now + SETTLES))
    }

    fn begin(sql: &dyn Sql, root: KeyId, now: Moment) -> Result<(), Fault> {
        let since = (now + SETTLES).unix();
        sql.exec("DELETE FROM rewrapping", &[])?;
        sql.exec(
            "INSERT INTO rewrapping (root, since, at, due) VALUES (?1, ?2, ?3, ?2)",
            &[root.into(), since.into(), Vec::new().into()],
        )
    }

    /// Whether a slice is due; also one that a clock that was ahead put off.
    fn is_due(&self, now: Moment) -> bool {
        self.due
            .is_some_and(|due| due <= now || due > now + SETTLES)
    }

    /// How many of a hundred: identities are drawn evenly.
    fn percent(&self, place: &Place) -> u8 {
        let [first, second] = match self.at.as_slice() {
            [first, second, ..] => [*first, *second].map(u32::from),
            _ => return 0,
        };
        let width = 256 / u32::from(place.of.max(1));
        let within = first.saturating_sub(u32::from(place.index) * width) * 256 + second;
        u8::try_from(within * 100 / (width * 256)).unwrap_or(100)
    }
}

/// The next slice, if one is due. A root that was not the newest before begins a walk.
///
/// # Errors
/// A [`Failure`].
pub fn next_slice(
    sql: &dyn Sql,
    place: &Place,
    wrapping: &Wrapping,
    now: Moment,
) -> Result<Option<Slice>, Failure> {
    let root = wrapping.newest_id();
    transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Ok(None);
        }
        match Walk::read(sql, root, now)? {
            Some(walk) if walk.is_due(now) => slice(sql, wrapping, walk).map(Some),
            Some(_) => Ok(None),
            None => {
                Walk::begin(sql, root, now)?;
                Ok(None)
            }
        }
    })
}

fn slice(sql: &dyn Sql, wrapping: &Wrapping, walk: Walk) -> Result<Slice, Failure> {
    let groups = groups::under_other_root(sql, walk.root, GROUPS)?;
    if !groups.is_empty() {
        return Ok(Slice {
            root: walk.root,
            to: walk.at.clone(),
            from: walk.at,
            is_last: false,
            accounts: Vec::new(),
            keepers: Vec::new(),
            safes: Vec::new(),
            groups,
        });
    }
    let rows = sql.query(
        "SELECT id, safe, key_for_mac, key_for_tuples FROM account WHERE id > ?1 \
         ORDER BY id LIMIT ?2",
        &[walk.at.as_slice().into(), ROWS.into()],
    )?;
    let is_newest = |row: &Row| {
        Ok::<_, Failure>(wrapping.is_newest(row.blob(2)?)? && wrapping.is_newest(row.blob(3)?)?)
    };
    let mut slice = Slice {
        root: walk.root,
        to: walk.at.clone(),
        from: walk.at,
        is_last: u32::try_from(rows.len()).map_err(|_| Fault::Shape)? < ROWS,
        accounts: Vec::new(),
        keepers: Vec::new(),
        safes: Vec::new(),
        groups,
    };
    for row in &rows {
        let id = Id(row.array(0)?);
        let keeper = Keeper::read(row, 1)?;
        if let Keeper::Safe(safe) = keeper {
            slice.safes.push(safe);
        }
        if !is_newest(row)? {
            slice.accounts.push(id);
            slice.keepers.push(keeper);
        }
        slice.to = id.0.to_vec();
    }
    if slice.is_last {
        // A safe is emptied only by who can read it.
        let owed = safes::owed(sql, MOST_OWED + 1)?;
        if owed.len() > MOST_OWED {
            slice.is_last = false;
        } else {
            slice.safes.extend(owed);
        }
    }
    Ok(slice)
}

/// Wraps the keys of these accounts again and goes on to the next slice, once all its [groups](Slice::groups)
/// and [safes](Slice::safes) are under the newest root. An account that has left meanwhile, or whose safe is empty, needs no root.
///
/// # Errors
/// [`Failure::Moved`] when an account moved to another safe: the slice is read once more; a [`Failure`].
pub fn rewrap(
    sql: &dyn Sql,
    context: &Context<'_>,
    rng: &mut impl CryptoRng,
    slice: &Slice,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        for id in &slice.accounts {
            if let Some(account) = Account::read(sql, context, *id)?
                && !account.is_newest
            {
                account.rewrap(sql, context, rng)?;
            }
        }
        let due = (!slice.is_last).then(|| (context.now + PAUSE).unix());
        // Of two that did this slice the second changes nothing, nor does one whose root is the newest no more.
        sql.exec(
            "UPDATE rewrapping SET at = ?3, due = ?4 WHERE root = ?1 AND at = ?2",
            &[
                slice.root.into(),
                slice.from.as_slice().into(),
                slice.to.as_slice().into(),
                due.into(),
            ],
        )?;
        Ok(())
    })
}

/// Puts the walk off, since something of its slice did not answer or could not be read.
///
/// # Errors
/// A [`Failure`].
pub fn put_off_rewrap(sql: &dyn Sql, place: &Place, until: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        // Of tables that are newer no row is written, though the slice failed for just that.
        if schema::check(sql, place)? {
            let put_off = "UPDATE rewrapping SET due = ?1 WHERE due IS NOT NULL";
            sql.exec(put_off, &[until.unix().into()])?;
        }
        Ok(())
    })
}

/// When the next slice is due; the tables are there.
pub(super) fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    outbox::earliest(sql, "SELECT MIN(due) FROM rewrapping")
}

/// How far the walk for this root is.
///
/// # Errors
/// A [`Failure`].
pub fn progress(
    sql: &dyn Sql,
    place: &Place,
    newest: KeyId,
    now: Moment,
) -> Result<Progress, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Progress::Empty);
    }
    Ok(match Walk::read(sql, newest, now)? {
        Some(walk) if walk.due.is_none() => Progress::Done {
            since: walk.since.unix(),
        },
        Some(walk) => Progress::Walks(walk.percent(place)),
        None => Progress::Walks(0),
    })
}
