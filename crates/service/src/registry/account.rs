//! One account's row.

use rand_core::CryptoRng;
use robert::Id;
use store::{Fault, Row, Sql};
use zeroize::Zeroizing;

use super::Context;
use super::verdict::{self, Kept};
use crate::Failure;
use crate::keyring::AccountKey;
use crate::record::{Keeper, RecordKey};

/// An account, opened.
pub(super) struct Account {
    pub(super) id: Id,
    pub(super) keeper: Keeper,
    pub(super) record: RecordKey,
    pub(super) auth_key: Zeroizing<[u8; 32]>,
    pub(super) tuple_key: Zeroizing<[u8; 32]>,
    /// The epoch of the last answered status request.
    pub(super) last_status: u32,
    pub(super) verdict: Kept,
    /// The day of registration, until the first status request is answered.
    pub(super) registered: Option<u32>,
    /// Whether its keys are wrapped under the newest root, in the form of today: else they are wrapped
    /// again when the row is written.
    pub(super) is_newest: bool,
}

/// What keeps the record key of this account, if there is such an account.
///
/// # Errors
/// [`Fault`].
pub(super) fn keeper_of(sql: &dyn Sql, id: Id) -> Result<Option<Keeper>, Fault> {
    let rows = sql.query("SELECT safe FROM account WHERE id = ?1", &[id.0.into()])?;
    rows.first().map(|row| Keeper::read(row, 0)).transpose()
}

/// The day of registration in this column, if it is kept.
pub(super) fn registered(row: &Row, column: usize) -> Result<Option<u32>, Fault> {
    let day = row.maybe_integer(column)?.map(u32::try_from);
    day.transpose().map_err(|_| Fault::Shape)
}

impl Account {
    /// The account of this identity. Looking for one that is not there costs the same work.
    pub(super) fn read(
        sql: &dyn Sql,
        context: &Context<'_>,
        id: Id,
    ) -> Result<Option<Self>, Failure> {
        let rows = sql.query(
            "SELECT safe, key_for_mac, key_for_tuples, last_status, verdict, registered FROM account \
             WHERE id = ?1",
            &[id.0.into()],
        )?;
        let found = match rows.first() {
            // An account whose safe is empty was left, or never came to be.
            Some(row) => context
                .records
                .key(Keeper::read(row, 0)?)?
                .map(|record| (row, record)),
            None => None,
        };
        let Some((row, record)) = found else {
            let (of, zeros) = ((id, &RecordKey::NONE), context.wrapping.nothing());
            let unwrap = |which| context.wrapping.unwrap(of, which, &zeros);
            let keys = (unwrap(AccountKey::Mac)?, unwrap(AccountKey::Tuples)?);
            let nothing = verdict::open(context, &RecordKey::NONE, id, &verdict::NOTHING)?;
            debug_assert!(
                keys.0.is_none() && nothing.is_none(),
                "zeros are not sealed"
            );
            return Ok(None);
        };
        let (keeper, mac, tuples) = (Keeper::read(row, 0)?, row.blob(1)?, row.blob(2)?);
        let open = |which, wrapped| context.wrapping.unwrap((id, record), which, wrapped);
        let keys = (
            open(AccountKey::Mac, mac)?,
            open(AccountKey::Tuples, tuples)?,
        );
        let (auth_key, tuple_key) = match (keys, keeper) {
            ((Some(mac), Some(tuples)), _) => (mac, tuples),
            // Its place has another key by now: it was left, and this row is of an old copy that was put back.
            ((None, None), Keeper::Group(..)) => return Ok(None),
            _ => return Err(Fault::Shape.into()),
        };
        let is_newest = |wrapped| context.wrapping.is_newest(wrapped);
        Ok(Some(Self {
            id,
            keeper,
            record: record.clone(),
            auth_key,
            tuple_key,
            last_status: row.small(3)?,
            // Forgotten with the day of the meeting, it says nothing.
            verdict: verdict::open(context, record, id, row.blob(4)?)?.unwrap_or_default(),
            registered: registered(row, 5)?,
            is_newest: is_newest(mac)? && is_newest(tuples)?,
        }))
    }

    /// Its two keys, wrapped for their columns.
    fn wrap_keys(&self, context: &Context<'_>, rng: &mut impl CryptoRng) -> [Vec<u8>; 2] {
        let mut wrap = |which, key| {
            let of = (self.id, &self.record);
            context.wrapping.wrap(rng, of, which, key)
        };
        [
            wrap(AccountKey::Mac, &self.auth_key),
            wrap(AccountKey::Tuples, &self.tuple_key),
        ]
    }

    pub(super) fn insert(
        &self,
        sql: &dyn Sql,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Failure> {
        let verdict = self.verdict.seal(context, rng, (self.id, &self.record))?;
        let [mac, tuples] = self.wrap_keys(context, rng);
        sql.exec(
            "INSERT INTO account (id, safe, key_for_mac, key_for_tuples, last_status, verdict, registered) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            &[
                self.id.0.into(),
                self.keeper.into(),
                mac.into(),
                tuples.into(),
                self.last_status.into(),
                verdict.into(),
                self.registered.into(),
            ],
        )?;
        Ok(())
    }

    /// Writes the last question, the day of registration, and the verdict, resealed; and the keys, wrapped again, if
    /// they are not under the newest root.
    pub(super) fn update(
        &self,
        sql: &dyn Sql,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Failure> {
        let verdict = self.verdict.seal(context, rng, (self.id, &self.record))?;
        sql.exec(
            "UPDATE account SET last_status = ?2, verdict = ?3, registered = ?4 WHERE id = ?1",
            &[
                self.id.0.into(),
                self.last_status.into(),
                verdict.into(),
                self.registered.into(),
            ],
        )?;
        if !self.is_newest {
            self.rewrap(sql, context, rng)?;
        }
        Ok(())
    }

    /// Wraps its keys again, under the newest root.
    pub(super) fn rewrap(
        &self,
        sql: &dyn Sql,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Fault> {
        let [mac, tuples] = self.wrap_keys(context, rng);
        sql.exec(
            "UPDATE account SET key_for_mac = ?2, key_for_tuples = ?3 WHERE id = ?1",
            &[self.id.0.into(), mac.into(), tuples.into()],
        )
    }

    pub(super) fn delete(&self, sql: &dyn Sql) -> Result<(), Fault> {
        sql.exec("DELETE FROM account WHERE id = ?1", &[self.id.0.into()])
    }
}
