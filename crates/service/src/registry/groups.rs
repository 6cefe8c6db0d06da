//! The groups of a registry's record keys: which there are, which places are free, and which groups are to be written
//! again since somebody left.
//!
//! The row of a group points to the version that counts. It is written so: a transaction [begins](begin_writing) it and
//! stores which version is tried; the caller fills that version's safe; a second transaction [points](written) the row to it
//! and owes the emptying of the safe before. Whoever is killed between leaves the places among those that `left`.

use core::time::Duration;

use decree::Moment;
use rand_core::CryptoRng;
use store::{Fault, Row, Sql, transact};

use super::safes::{Emptying, LONGEST_CALL, owe_emptying};
use crate::group::{self, Group, GroupName, GroupVersion, Places, Writing, next_version};
use crate::intake::SLOTS;
use crate::keyring::KeyId;
use crate::record::Keeper;
use crate::{Failure, Place, outbox, schema};

/// Most groups that are written again in one go.
pub const WRITTEN_AT_ONCE: usize = 64;
/// Longest that a group may have been put off: what a clock that was ahead put off further is tried at once.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// A group that has a free place: each of them is as likely as any other, so that they fill alike. Nothing when there is
/// none.
///
/// # Errors
/// A [`Failure`].
pub fn open_group(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
) -> Result<Option<Group>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(None);
    }
    let open = sql.query("SELECT COUNT(*) FROM record_group WHERE free > 0", &[])?;
    let open = open.first().ok_or(Fault::Shape)?.integer(0)?;
    if open == 0 {
        return Ok(None);
    }
    let found = sql.query(
        "SELECT name, version FROM record_group WHERE free > 0 LIMIT 1 OFFSET ?1",
        &[(rng.next_u64() % open).into()],
    )?;
    Ok(found.first().map(of_row).transpose()?)
}

/// The version of this group that counts, if the group is made.
///
/// # Errors
/// A [`Failure`].
pub fn group(sql: &dyn Sql, name: GroupName) -> Result<Option<Group>, Failure> {
    let rows = sql.query(
        "SELECT name, version FROM record_group WHERE name = ?1 AND version > 0",
        &[name.into()],
    )?;
    Ok(rows.first().map(of_row).transpose()?)
}

/// Every group that is made.
///
/// # Errors
/// A [`Failure`].
pub fn groups(sql: &dyn Sql, place: &Place) -> Result<Vec<Group>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let rows = sql.query(
        "SELECT name, version FROM record_group WHERE version > 0",
        &[],
    )?;
    Ok(rows.iter().map(of_row).collect::<Result<_, _>>()?)
}

fn of_row(row: &Row) -> Result<Group, Fault> {
    Ok(Group {
        name: row.array(0)?,
        version: row.small(1)?,
    })
}

/// Whether fewer than so many groups have a free place.
///
/// # Errors
/// A [`Failure`].
pub fn are_short(sql: &dyn Sql, place: &Place, open: u16) -> Result<bool, Failure> {
    Ok(count_open(sql, place, open)? < usize::from(open))
}

fn count_open(sql: &dyn Sql, place: &Place, most: u16) -> Result<usize, Failure> {
    if !schema::check(sql, place)? {
        return Ok(0);
    }
    let rows = sql.query(
        "SELECT 1 FROM record_group WHERE free > 0 LIMIT ?1",
        &[u32::from(most).into()],
    )?;
    Ok(rows.len())
}

/// The groups to be made, so many at a time, while fewer than that have a free place: each is then
/// [written](begin_writing). Those that an earlier call began are among them. On a seat of demo realms a registry has one
/// group and no more.
///
/// # Errors
/// A [`Failure`].
pub fn found(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    open: u16,
) -> Result<Vec<GroupName>, Failure> {
    transact(sql, |sql| {
        schema::ensure_tables(sql, place)?;
        let begun = sql.query("SELECT name FROM record_group WHERE version = 0", &[])?;
        let mut names = begun
            .iter()
            .map(|row| row.array(0))
            .collect::<Result<Vec<GroupName>, _>>()?;
        let is_full = place.realm.seat().is_some() && !groups(sql, place)?.is_empty();
        if is_full || !are_short(sql, place, open)? {
            return Ok(names);
        }
        let none = Places::none(group::places(place.realm));
        while names.len() < usize::from(open) {
            let name = draw_name(place, rng);
            sql.exec(
                "INSERT INTO record_group (name, version, tried, free, taken, left) VALUES (?1, 0, 0, 0, ?2, ?2)",
                &[name.into(), none.as_bytes().into()],
            )?;
            names.push(name);
        }
        Ok(names)
    })
}

fn draw_name(place: &Place, rng: &mut impl CryptoRng) -> GroupName {
    let mut name = [0; 16];
    rng.fill_bytes(&mut name);
    let [.., last] = &mut name;
    match place.realm.seat() {
        None => *last &= !1,
        // Behind those of the intake, two for each registry.
        Some(_) => {
            let index = u8::try_from(place.index).unwrap_or_default();
            *last = SLOTS.saturating_add(index.saturating_mul(2));
        }
    }
    name
}

/// Takes a free place of a group for an account. Call it inside the transaction that writes the account.
///
/// # Errors
/// [`Failure::Moved`] when none is free any more, or when `keys` are of another version than the one that counts.
pub(super) fn take(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    name: GroupName,
    keys: GroupVersion,
) -> Result<Keeper, Failure> {
    let rows = sql.query(
        "SELECT taken FROM record_group WHERE name = ?1 AND version = ?2",
        &[name.into(), keys.into()],
    )?;
    let row = rows.first().ok_or(Failure::Moved)?;
    let mut taken = Places::from_bytes(row.blob(0)?);
    let place = taken.draw_other(rng).ok_or(Failure::Moved)?;
    taken.add(place);
    sql.exec(
        "UPDATE record_group SET taken = ?2, free = ?3 WHERE name = ?1",
        &[name.into(), taken.as_bytes().into(), taken.others().into()],
    )?;
    Ok(Keeper::Group(name, place))
}

/// An account leaves its place, whose key is to be destroyed. Call it inside the transaction that deletes the account.
pub(super) fn leave(
    sql: &dyn Sql,
    now: Moment,
    (name, place): (GroupName, u8),
) -> Result<(), Failure> {
    let select = "SELECT left FROM record_group WHERE name = ?1";
    let rows = sql.query(select, &[name.into()])?;
    // Of a group that was given up at the end of the processing nothing is left to destroy.
    if let Some(row) = rows.first() {
        let mut left = Places::from_bytes(row.blob(0)?);
        left.add(place);
        sql.exec(
            "UPDATE record_group SET left = ?2, due = COALESCE(due, ?3) WHERE name = ?1",
            &[name.into(), left.as_bytes().into(), now.unix().into()],
        )?;
    }
    Ok(())
}

/// Whether somebody's key in this group is still to be destroyed, and from when that may be tried; nothing when all are.
///
/// # Errors
/// A [`Failure`].
pub fn destroys_at(sql: &dyn Sql, name: GroupName) -> Result<Option<Moment>, Failure> {
    let rows = sql.query(
        "SELECT due FROM record_group WHERE name = ?1",
        &[name.into()],
    )?;
    let due = rows.first().map(|row| row.maybe_integer(0)).transpose()?;
    Ok(due.flatten().map(Moment::from_unix))
}

/// Groups that are to be written again by now, at most [`WRITTEN_AT_ONCE`], those that wait longest.
///
/// # Errors
/// A [`Failure`].
pub fn to_write(sql: &dyn Sql, place: &Place, now: Moment) -> Result<Vec<GroupName>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(Vec::new());
    }
    let select = format!(
        "SELECT name FROM record_group WHERE due <= ?1 OR due > ?2 ORDER BY due LIMIT {WRITTEN_AT_ONCE}"
    );
    let far = now + LONGEST_WAIT;
    let rows = sql.query(&select, &[now.unix().into(), far.unix().into()])?;
    Ok(rows
        .iter()
        .map(|row| row.array(0))
        .collect::<Result<_, _>>()?)
}

/// When the next group is to be written again; the tables are there.
pub(super) fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    outbox::earliest(sql, "SELECT MIN(due) FROM record_group")
}

/// Groups that another root than this one wraps, at most so many; the tables are there.
pub(super) fn under_other_root(
    sql: &dyn Sql,
    root: KeyId,
    most: u32,
) -> Result<Vec<GroupName>, Fault> {
    let rows = sql.query(
        "SELECT name FROM record_group WHERE version > 0 AND root <> ?1 LIMIT ?2",
        &[root.into(), most.into()],
    )?;
    rows.iter().map(|row| row.array(0)).collect()
}

/// A safe holds a later version of this group than the one that counts, and that one is gone: the rows are those of an old
/// copy that was put back. The later version counts from now on, and whatever the copy owed to its safe is owed no more. The
/// keys of who left since are not in it.
///
/// # Errors
/// A [`Failure`].
pub fn adopt(sql: &dyn Sql, group: Group, found: GroupVersion) -> Result<(), Failure> {
    transact(sql, |sql| {
        let adopted = sql.query(
            "UPDATE record_group SET version = ?3, tried = MAX(tried, ?3) WHERE name = ?1 AND version = ?2 AND ?3 > ?2 \
             RETURNING 1",
            &[group.name.into(), group.version.into(), found.into()],
        )?;
        if !adopted.is_empty() {
            let safe = group::safe_of(group.name, found);
            sql.exec("DELETE FROM emptying WHERE safe = ?1", &[safe.into()])?;
        }
        Ok(())
    })
}

/// Begins to write a group: from now on no other writing has this version. Nothing, when there is no such group.
///
/// # Errors
/// A [`Failure`].
pub fn begin_writing(sql: &dyn Sql, name: GroupName) -> Result<Option<Writing>, Failure> {
    transact(sql, |sql| {
        let rows = sql.query(
            "SELECT name, version, tried, left FROM record_group WHERE name = ?1",
            &[name.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let group = of_row(row)?;
        let writing = Writing {
            group,
            version: next_version(group.version, row.small(2)?),
            left: Places::from_bytes(row.blob(3)?),
        };
        sql.exec(
            "UPDATE record_group SET tried = ?2 WHERE name = ?1",
            &[name.into(), writing.version.into()],
        )?;
        Ok(Some(writing))
    })
}

/// The new version lies in its safe: it counts, and the safe of the one before is owed to be [emptied](super::emptying),
/// which is the caller's next step. Nothing is owed of a new group.
///
/// # Errors
/// [`Failure::Moved`] when another version counts by now; a [`Failure`].
pub fn written(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    now: Moment,
    writing: &Writing,
    root: KeyId,
) -> Result<Option<Emptying>, Failure> {
    let before = writing.group;
    transact(sql, |sql| {
        let rows = sql.query(
            "SELECT taken, left FROM record_group WHERE name = ?1 AND version = ?2",
            &[before.name.into(), before.version.into()],
        )?;
        let row = rows.first().ok_or(Failure::Moved)?;
        let taken = Places::from_bytes(row.blob(0)?).without(&writing.left);
        // Whoever left meanwhile.
        let left = Places::from_bytes(row.blob(1)?).without(&writing.left);
        let due = (!left.is_empty()).then(|| now.unix());
        sql.exec(
            "UPDATE record_group SET version = ?2, root = ?3, free = ?4, taken = ?5, left = ?6, due = ?7 WHERE name = ?1",
            &[
                before.name.into(),
                writing.version.into(),
                root.into(),
                taken.others().into(),
                taken.as_bytes().into(),
                left.as_bytes().into(),
                due.into(),
            ],
        )?;
        if before.version == 0 {
            return Ok(None);
        }
        owe_emptying(sql, rng, now, (before.safe(), Some(before.version))).map(Some)
    })
}

/// Whether the new version lies in its safe is not known, or it does not count: once it cannot arrive any more, the safe is
/// owed to be [emptied](super::emptying) up to it. A version that counts is left alone.
///
/// # Errors
/// A [`Failure`].
pub fn not_written(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    now: Moment,
    writing: &Writing,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        let counts = group(sql, writing.group.name)?.map(|group| group.version);
        if counts == Some(writing.version) {
            return Ok(());
        }
        let of = (writing.safe(), Some(writing.version));
        owe_emptying(sql, rng, now + LONGEST_CALL, of).map(drop)
    })
}

/// What is left to destroy in this group is tried again at this moment.
///
/// # Errors
/// A [`Failure`].
pub fn put_off_writing(sql: &dyn Sql, name: GroupName, until: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        Ok(sql.exec(
            "UPDATE record_group SET due = ?2 WHERE name = ?1 AND due IS NOT NULL",
            &[name.into(), until.unix().into()],
        )?)
    })
}

/// The processing is over: gives up groups, so many at a time, with all keys in them. Each safe is owed to be emptied
/// twice, as it may just be filled. Whether any are left.
pub(super) fn give_up(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    now: Moment,
    most: u32,
) -> Result<bool, Failure> {
    let rows = sql.query(
        "SELECT name, version, tried FROM record_group LIMIT ?1",
        &[most.into()],
    )?;
    for row in &rows {
        let name: GroupName = row.array(0)?;
        let tried = row.small(2)?.max(row.small(1)?);
        for version in [tried, tried.saturating_sub(1)] {
            for due in [now, now + LONGEST_CALL] {
                owe_emptying(sql, rng, due, (group::safe_of(name, version), Some(tried)))?;
            }
        }
        sql.exec("DELETE FROM record_group WHERE name = ?1", &[name.into()])?;
    }
    Ok(!rows.is_empty())
}
