//! The desk's tables, read and written inside its transactions.

use decree::Moment;
use rand_core::CryptoRng;
use store::{Fault, Sql};
use wire::Refusal;
use wire::code::Kind;
use wire::issuer::{Act, Deed, MAX_QUOTA, Role};

use super::{Holder, LONGEST_LINE, MOST_ACTS, MOST_AGAIN, ROOT};
use crate::schema::from_0_1_0::ACTS;
use crate::schema::walk;
use crate::{Failure, Place, outbox, schema};

/// A key in force.
pub(super) struct Issuer {
    pub(super) id: String,
    pub(super) role: Role,
    pub(super) quota: u32,
}

/// The key in force that this is.
pub(super) fn find(sql: &dyn Sql, place: &Place, holder: Holder) -> Result<Issuer, Failure> {
    let hash = match holder {
        Holder::Root(_) => return Ok(Issuer::root()),
        Holder::Key(hash) => hash,
    };
    if !schema::check(sql, place)? {
        return Err(Refusal::UnknownIssuer.into());
    }
    let rows = sql.query(
        "SELECT id, role, quota FROM issuer WHERE hash = ?1 AND revoked IS NULL",
        &[hash.into()],
    )?;
    let row = rows.first().ok_or(Refusal::UnknownIssuer)?;
    Ok(Issuer {
        id: row.text(0)?.to_owned(),
        role: Role::from_name(row.text(1)?).ok_or(Fault::Shape)?,
        quota: row.small(2)?,
    })
}

impl Issuer {
    /// The configured operator.
    fn root() -> Self {
        Self {
            id: ROOT.to_owned(),
            role: Role::Operator,
            quota: MAX_QUOTA,
        }
    }
}

/// Until when the codes of this request are good, if it was made before.
pub(super) fn repeated(
    sql: &dyn Sql,
    place: &Place,
    mark: [u8; 32],
    kind: Kind,
    count: u32,
    now: Moment,
) -> Result<Option<u64>, Failure> {
    if !schema::check(sql, place)? {
        return Ok(None);
    }
    let rows = sql.query(
        "SELECT kind, count, until, again FROM request WHERE mark = ?1 AND until > ?2",
        &[mark.into(), now.unix().into()],
    )?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if row.text(0)? != kind.name() || row.small(1)? != count {
        return Err(Refusal::Conflict.into());
    }
    let until = row.integer(2)?;
    if row.small(3)? >= MOST_AGAIN {
        let left = Moment::from_unix(until).since(now).as_secs();
        return Err(Refusal::TooMany(left.max(1)).into());
    }
    let again = "UPDATE request SET again = again + 1 WHERE mark = ?1";
    sql.exec(again, &[mark.into()])?;
    Ok(Some(until))
}

/// Counts codes for this key and for every key that it came from: for all, or for none.
pub(super) fn charge(
    sql: &dyn Sql,
    issuer: &Issuer,
    count: u32,
    now: Moment,
) -> Result<(), Failure> {
    for Quota { id, quota } in line(sql, &issuer.id)? {
        charge_one(sql, &CODES, &id, count, quota, now)?;
    }
    Ok(())
}

/// What is counted of a key on a UTC day: how its count is read, and raised.
struct Counted {
    read: &'static str,
    raise: &'static str,
}

const CODES: Counted = Counted {
    read: "SELECT used FROM spent WHERE issuer = ?1 AND day = ?2",
    raise: "INSERT INTO spent (issuer, day, used) VALUES (?1, ?2, ?3) \
            ON CONFLICT DO UPDATE SET used = used + excluded.used",
};
const ACTS_OF_TODAY: Counted = Counted {
    read: "SELECT acts FROM acted WHERE issuer = ?1 AND day = ?2",
    raise: "INSERT INTO acted (issuer, day, acts) VALUES (?1, ?2, ?3) \
            ON CONFLICT DO UPDATE SET acts = acts + excluded.acts",
};

/// Counts some more of a key's codes, or acts, of this UTC day, unless there are too many.
fn charge_one(
    sql: &dyn Sql,
    counted: &Counted,
    id: &str,
    count: u32,
    most: u32,
    now: Moment,
) -> Result<(), Failure> {
    let today = now.day();
    let so_far = sql.query(counted.read, &[id.into(), today.number().into()])?;
    let so_far = so_far.first().map_or(Ok(0), |row| row.small(0))?;
    if so_far.saturating_add(count) > most {
        let midnight = today.plus_days(1).start();
        return Err(Refusal::TooMany(midnight.since(now).as_secs().max(1)).into());
    }
    let values = [id.into(), today.number().into(), count.into()];
    Ok(sql.exec(counted.raise, &values)?)
}

/// One key of a line.
pub(super) struct Quota {
    pub(super) id: String,
    quota: u32,
}

/// A key and those that it came from, the configured operator last.
pub(super) fn line(sql: &dyn Sql, id: &str) -> Result<Vec<Quota>, Failure> {
    let mut line = Vec::new();
    let mut next = id.to_owned();
    while next != ROOT {
        // A circle cannot be made; should one be stored, it must not hold up the object.
        if line.len() > LONGEST_LINE {
            return Err(Fault::Shape.into());
        }
        let rows = sql.query(
            "SELECT quota, maker FROM issuer WHERE id = ?1",
            &[next.as_str().into()],
        )?;
        let row = rows.first().ok_or(Fault::Shape)?;
        let maker = row.text(1)?.to_owned();
        line.push(Quota {
            id: core::mem::replace(&mut next, maker),
            quota: row.small(0)?,
        });
    }
    line.push(Quota {
        id: next,
        quota: MAX_QUOTA,
    });
    Ok(line)
}

/// Writes down what an administrator did, in the transaction that does it. It counts for the key and for every key that it
/// came from, so many a day ([`MOST_ACTS`]); to revoke a key, or to make its codes void, is never too much.
///
/// # Errors
/// [`Refusal::TooMany`] until the next UTC day.
pub(super) fn record(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    now: Moment,
    issuer: &Issuer,
    deed: Deed,
) -> Result<(), Failure> {
    if !matches!(deed, Deed::KeyRevoked { .. } | Deed::CodesVoided { .. }) {
        for Quota { id, .. } in line(sql, &issuer.id)? {
            // What others do never counts for the first operator: somebody must be able to go on.
            if id != ROOT || issuer.id == ROOT {
                charge_one(sql, &ACTS_OF_TODAY, &id, 1, MOST_ACTS, now)?;
            }
        }
    }
    let act = Act {
        actor: issuer.id.clone(),
        moment: now.unix(),
        deed,
    };
    let body = serde_json::to_vec(&act).map_err(|_| Fault::Shape)?;
    sql.exec(
        "INSERT INTO act (id, moment, body) VALUES (?1, ?2, ?3)",
        &[next_id(sql, rng)?.into(), now.unix().into(), body.into()],
    )?;
    Ok(())
}

/// An act's id, whose first half counts: what was done in one second has an order too.
fn next_id(sql: &dyn Sql, rng: &mut impl CryptoRng) -> Result<[u8; 16], Fault> {
    let select = format!("SELECT id FROM {} ORDER BY id DESC LIMIT 1", acts(sql)?);
    let rows = sql.query(&select, &[])?;
    let last = rows.first().map_or(Ok([0; 16]), |row| row.array(0))?;
    let number = (u128::from_be_bytes(last) >> 64) + 1;
    let random = u128::from_be_bytes(outbox::draw_id(rng)) >> 64;
    Ok((number << 64 | random).to_be_bytes())
}

/// Where the record stands. Until the walk is done, what release 0.1.0 recorded stands in `outbox`.
pub(super) fn acts(sql: &dyn Sql) -> Result<&'static str, Fault> {
    Ok(if walk::is_pending(sql, &ACTS)? {
        "(SELECT id, moment, body FROM act UNION ALL SELECT id, due, body FROM outbox)"
    } else {
        "act"
    })
}

/// When the first act that is recorded was done.
pub(super) fn oldest_act(sql: &dyn Sql) -> Result<Option<Moment>, Fault> {
    let select = format!("SELECT moment FROM {} ORDER BY moment LIMIT 1", acts(sql)?);
    outbox::earliest(sql, &select)
}

/// Forgets the whole record.
pub(super) fn forget_acts(sql: &dyn Sql) -> Result<(), Fault> {
    if walk::is_pending(sql, &ACTS)? {
        sql.exec("DELETE FROM outbox", &[])?;
    }
    sql.exec("DELETE FROM act", &[])
}
