//! The desk's tables, read and written inside its transactions.

use decree::Moment;
use rand_core::CryptoRng;
use store::{Fault, Sql};
use wire::Refusal;
use wire::code::Kind;
use wire::issuer::{Act, Deed, MAX_QUOTA, Role};

use super::{Holder, LOG, LONGEST_LINE, ROOT};
use crate::outbox::{self, DeliveryId, Owed};
use crate::{Failure, Place, schema};

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
        "SELECT kind, count, until FROM request WHERE mark = ?1 AND until > ?2",
        &[mark.into(), now.unix().into()],
    )?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if row.text(0)? == kind.name() && row.small(1)? == count {
        Ok(Some(row.integer(2)?))
    } else {
        Err(Refusal::Conflict.into())
    }
}

/// Counts codes for this key and for every key that it came from: for all, or for none.
pub(super) fn charge(
    sql: &dyn Sql,
    issuer: &Issuer,
    count: u32,
    now: Moment,
) -> Result<(), Failure> {
    let today = now.day();
    for Quota { id, quota } in line(sql, &issuer.id)? {
        let used = sql.query(
            "SELECT used FROM spent WHERE issuer = ?1 AND day = ?2",
            &[id.as_str().into(), today.number().into()],
        )?;
        let used = used.first().map_or(Ok(0), |row| row.small(0))?;
        if used.saturating_add(count) > quota {
            let midnight = today.plus_days(1).start();
            return Err(Refusal::TooMany(midnight.since(now).as_secs().max(1)).into());
        }
        sql.exec(
            "INSERT INTO spent VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET used = used + excluded.used",
            &[id.as_str().into(), today.number().into(), count.into()],
        )?;
    }
    Ok(())
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

/// Writes down what an administrator did, in the transaction that does it.
pub(super) fn record(
    sql: &dyn Sql,
    rng: &mut impl CryptoRng,
    now: Moment,
    issuer: &Issuer,
    deed: Deed,
) -> Result<(), Failure> {
    let act = Act {
        actor: issuer.id.clone(),
        moment: now.unix(),
        deed,
    };
    let owed = Owed {
        id: next_id(sql, rng)?,
        to: LOG,
        body: serde_json::to_vec(&act).map_err(|_| Fault::Shape)?,
    };
    Ok(outbox::put(sql, &[(owed, now)])?)
}

/// A delivery's id, whose first half counts: what was done in one second has an order too.
fn next_id(sql: &dyn Sql, rng: &mut impl CryptoRng) -> Result<DeliveryId, Fault> {
    let rows = sql.query("SELECT id FROM outbox ORDER BY id DESC LIMIT 1", &[])?;
    let last = rows.first().map_or(Ok([0; 16]), |row| row.array(0))?;
    let number = (u128::from_be_bytes(last) >> 64) + 1;
    let random = u128::from_be_bytes(outbox::draw_id(rng)) >> 64;
    Ok((number << 64 | random).to_be_bytes())
}
