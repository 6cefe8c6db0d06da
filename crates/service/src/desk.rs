//! The desk: who may hand out one-time codes, how many a day, and what administrators did.
//!
//! # In scope
//! Keys and their quotas, the record of administrators' acts (decree, Article 3, last alinéa), and
//! the requests that may be sent again; for the front, what a key looks like ([`key`]), which codes
//! a request stands for ([`Request`]) and how they are printed ([`picture`], [`mod@file`]).
//!
//! # Out of scope
//! The codes themselves: only the intake knows which of them are good, and only by their hashes.
//!
//! No key can be made that does more than the one that makes it: no other rights, no higher quota,
//! and each code counts for the key that asks for it *and for every key that it came from*, so that
//! making many keys gains nothing. A key that is revoked takes with it the keys that came from it:
//! whoever stole an operator's key may have made some, and nothing tells those from the others.

mod book;
pub mod file;
pub mod key;
mod list;
pub mod picture;
mod request;
mod rights;

use core::time::Duration;

use decree::Moment;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use store::{Fault, Sql, transact};
use wire::Refusal;
use wire::code::Kind;
use wire::issuer::{Deed, KeyOrder, Role};

use self::book::{Issuer, charge, find, forget_acts, line, oldest_act, record, repeated};
pub use self::list::{list_acts, list_keys};
pub use self::request::{Granted, HolderMark, Request, RequestMarks, draw_id, holder_marks};
use crate::keyring::{KeyId, hexadecimal};
use crate::outbox;
use crate::schema::walk;
use crate::{Failure, Place, codes, schema};

/// The id of the configured operator, whose key is in no table.
pub const ROOT: &str = "root";
/// Most keys in force that one key made.
const MOST_KEYS: u64 = 1_000;
/// Most acts that a key, and those that came from it, do on one UTC day: keys made and revoked, codes that operators hand
/// out, and the rest of what is recorded. A country's four thousand laboratories get their keys in a day.
pub const MOST_ACTS: u32 = 10_000;
/// How often a request is answered again: whoever lost a thousand pictures asks once or twice, and each time they are drawn.
pub const MOST_AGAIN: u32 = 20;
/// Longest line of keys that came from one another, the configured operator included.
const LONGEST_LINE: usize = 8;
/// A quota is remembered for so long after its day: a call that was under way at midnight counts for the day before.
const LATE: Duration = Duration::from_mins(2);

/// Who knocks, as far as the front can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// Whoever holds the configured operator's key, which has this hash: when it is replaced, who
    /// held the old one has nothing in common with who holds the new one.
    Root([u8; 32]),
    /// Whoever holds the key of this hash, if it was made and is in force.
    Key([u8; 32]),
}

/// Codes that are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which kind.
    pub kind: Kind,
    /// How many.
    pub count: u32,
    /// Names the request under each root, if its client can send it again.
    pub marks: Option<RequestMarks>,
}

/// What the desk let be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Until when the codes are good, in Unix seconds.
    pub until: u64,
    /// The root under which the request was first made, of an order with marks.
    pub root: Option<KeyId>,
}

/// Whether this key is in force.
///
/// # Errors
/// [`Refusal::UnknownIssuer`], a [`Failure`].
pub fn admit(sql: &dyn Sql, place: &Place, holder: Holder) -> Result<(), Failure> {
    find(sql, place, holder).map(drop)
}

/// Lets a key hand out codes, and says until when they are good. A request that is sent again costs
/// nothing and stands for the same codes.
///
/// # Errors
/// [`Refusal::UnknownIssuer`], [`Refusal::Forbidden`], [`Refusal::Conflict`], [`Refusal::TooMany`]
/// until the next UTC day, a [`Failure`].
pub fn hand_out(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    holder: Holder,
    order: &Order,
) -> Result<Grant, Failure> {
    let Order { kind, count, marks } = order;
    let (kind, count) = (*kind, *count);
    transact(sql, |sql| {
        let issuer = find(sql, place, holder)?;
        rights::check_codes(issuer.role, issuer.quota, kind, count)?;
        for (root, mark) in marks.iter().flat_map(RequestMarks::iter) {
            if let Some(until) = repeated(sql, place, *mark, kind, count, now)? {
                let root = Some(root);
                return Ok(Grant { until, root });
            }
        }
        schema::ensure_tables(sql, place)?;
        charge(sql, &issuer, count, now)?;
        let until = codes::end(kind, now).unix();
        if let Some(marks) = marks {
            let mark = *marks.newest();
            sql.exec(
                "INSERT OR REPLACE INTO request (mark, kind, count, until) VALUES (?1, ?2, ?3, ?4)",
                &[mark.into(), kind.name().into(), count.into(), until.into()],
            )?;
        }
        if issuer.role == Role::Operator {
            let deed = Deed::CodesHandedOut { codes: kind, count };
            record(sql, rng, now, &issuer, deed)?;
        }
        let root = marks.as_ref().map(RequestMarks::newest_id);
        Ok(Grant { until, root })
    })
}

/// Makes a key known by its hash. Its id.
///
/// # Errors
/// [`Refusal::UnknownIssuer`], [`Refusal::Forbidden`], a [`Failure`].
pub fn make_key(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    holder: Holder,
    order: KeyOrder,
    hash: [u8; 32],
) -> Result<String, Failure> {
    let KeyOrder { role, quota } = order;
    transact(sql, |sql| {
        let issuer = find(sql, place, holder)?;
        rights::check_key(issuer.role, issuer.quota, quota)?;
        schema::ensure_tables(sql, place)?;
        let made = sql.query(
            "SELECT COUNT(*) FROM issuer WHERE maker = ?1 AND revoked IS NULL",
            &[issuer.id.as_str().into()],
        )?;
        if made.first().ok_or(Fault::Shape)?.integer(0)? >= MOST_KEYS {
            return Err(rights::TOO_MANY_KEYS.into());
        }
        if line(sql, &issuer.id)?.len() >= LONGEST_LINE {
            return Err(rights::TOO_FAR_FROM_ROOT.into());
        }
        let mut id = [0; 8];
        rng.fill_bytes(&mut id);
        let id = hexadecimal(&id);
        sql.exec(
            "INSERT INTO issuer (id, hash, role, quota, maker, revoked) \
             VALUES (?1, ?2, ?3, ?4, ?5, NULL)",
            &[
                id.as_str().into(),
                hash.into(),
                role.name().into(),
                quota.into(),
                issuer.id.as_str().into(),
            ],
        )?;
        let key = id.clone();
        record(sql, rng, now, &issuer, Deed::KeyMade { key, role, quota })?;
        Ok(id)
    })
}

/// Revokes a key, and those that came from it. An operator revokes its own key and those that came
/// from it: any other is not there.
///
/// # Errors
/// [`Refusal::UnknownIssuer`], [`Refusal::Forbidden`], [`Refusal::NotFound`], a [`Failure`].
pub fn revoke_key(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    holder: Holder,
    id: &str,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        let issuer = find(sql, place, holder)?;
        rights::check_operator(issuer.role)?;
        if !schema::check(sql, place)? {
            return Err(Refusal::NotFound.into());
        }
        let key = sql.query("SELECT revoked FROM issuer WHERE id = ?1", &[id.into()])?;
        let key = key.first().ok_or(Refusal::NotFound)?;
        check_came_from(sql, id, &issuer)?;
        if key.maybe_integer(0)?.is_some() {
            return Ok(());
        }
        sql.exec(
            "WITH RECURSIVE branch (id) AS (SELECT ?1 UNION \
             SELECT issuer.id FROM issuer JOIN branch ON issuer.maker = branch.id) \
             UPDATE issuer SET revoked = ?2 WHERE revoked IS NULL AND id IN branch",
            &[id.into(), now.unix().into()],
        )?;
        let key = id.to_owned();
        record(sql, rng, now, &issuer, Deed::KeyRevoked { key })
    })
}

/// Whether the key of this id is this one, or came from it: any other is not there.
fn check_came_from(sql: &dyn Sql, id: &str, issuer: &Issuer) -> Result<(), Failure> {
    let mut line = line(sql, id)?.into_iter();
    if line.any(|above| above.id == issuer.id) {
        Ok(())
    } else {
        Err(Refusal::NotFound.into())
    }
}

/// Has the codes of a key, and of those that came from it, made void: whose they are. What is in force or was revoked counts
/// alike. An operator does it to its own key and to those that came from it, the first operator to all.
///
/// # Errors
/// As [`revoke_key`].
pub fn void_codes(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    holder: Holder,
    id: &str,
) -> Result<Vec<Holder>, Failure> {
    transact(sql, |sql| {
        let issuer = find(sql, place, holder)?;
        rights::check_operator(issuer.role)?;
        schema::ensure_tables(sql, place)?;
        if id != ROOT {
            let known = sql.query("SELECT 1 FROM issuer WHERE id = ?1", &[id.into()])?;
            known.first().ok_or(Refusal::NotFound)?;
        }
        check_came_from(sql, id, &issuer)?;
        let hashes = sql.query(
            "WITH RECURSIVE branch (id) AS (SELECT ?1 UNION \
             SELECT issuer.id FROM issuer JOIN branch ON issuer.maker = branch.id) \
             SELECT hash FROM issuer WHERE id IN branch",
            &[id.into()],
        )?;
        let mut holders = Vec::with_capacity(hashes.len() + 1);
        for row in &hashes {
            holders.push(Holder::Key(row.array(0)?));
        }
        if id == ROOT {
            holders.push(Holder::Root([0; 32]));
        }
        let key = id.to_owned();
        record(sql, rng, now, &issuer, Deed::CodesVoided { key })?;
        Ok(holders)
    })
}

/// Records that an operator confirms the host's clock.
///
/// # Errors
/// [`Refusal::UnknownIssuer`]; [`Refusal::Forbidden`] for who is no operator; a [`Failure`].
pub fn confirm_clock(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    holder: Holder,
) -> Result<(), Failure> {
    record_act(sql, place, rng, now, holder, Deed::ClockConfirmed)
}

/// Whether this key is in force, and an operator's.
///
/// # Errors
/// As [`confirm_clock`].
pub fn admit_operator(sql: &dyn Sql, place: &Place, holder: Holder) -> Result<(), Failure> {
    Ok(rights::check_operator(find(sql, place, holder)?.role)?)
}

/// Records that an operator asks for a new registration key, and until when the one before it is good.
///
/// # Errors
/// As [`confirm_clock`].
pub fn ask_registration_key(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    holder: Holder,
    until: u64,
) -> Result<(), Failure> {
    record_act(
        sql,
        place,
        rng,
        now,
        holder,
        Deed::RegistrationKeyAsked { until },
    )
}

fn record_act(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    holder: Holder,
    deed: Deed,
) -> Result<(), Failure> {
    transact(sql, |sql| {
        let issuer = find(sql, place, holder)?;
        rights::check_operator(issuer.role)?;
        schema::ensure_tables(sql, place)?;
        record(sql, rng, now, &issuer, deed)
    })
}

/// Forgets requests whose codes expired, the quotas of days that are over, and, from `record_ends`
/// on, the record and the keys that were revoked; then does the next slice of a [walk].
///
/// # Errors
/// A [`Failure`].
pub fn tick(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    record_ends: Option<Moment>,
) -> Result<(), Failure> {
    let ticked = transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Ok(());
        }
        sql.exec(
            "DELETE FROM request WHERE until <= ?1",
            &[now.unix().into()],
        )?;
        for table in ["spent", "acted"] {
            sql.exec(
                &format!("DELETE FROM {table} WHERE day < ?1"),
                &[(now - LATE).day().number().into()],
            )?;
        }
        if record_ends.is_some_and(|end| end <= now) {
            forget_acts(sql)?;
            sql.exec("DELETE FROM issuer WHERE revoked IS NOT NULL", &[])?;
        }
        Ok(())
    });
    ticked.and(walk::go_on(sql, schema::DESK, now))
}

/// When something will have to be forgotten, or the next slice of a walk is due.
///
/// # Errors
/// A [`Failure`].
pub fn next_due(sql: &dyn Sql, record_ends: Option<Moment>) -> Result<Option<Moment>, Failure> {
    if !schema::open(sql, schema::DESK)? {
        return Ok(None);
    }
    let recorded = oldest_act(sql)?;
    let due = [
        outbox::earliest(sql, "SELECT MIN(until) FROM request")?,
        outbox::earliest(sql, "SELECT (MIN(day) + 1) * 86400 FROM spent")?.map(|end| end + LATE),
        outbox::earliest(sql, "SELECT (MIN(day) + 1) * 86400 FROM acted")?.map(|end| end + LATE),
        recorded.and(record_ends),
        walk::next_due(sql)?,
    ];
    Ok(due.into_iter().flatten().min())
}
