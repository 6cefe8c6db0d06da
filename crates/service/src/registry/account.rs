//! One account's row.

use decree::Day;
use rand_core::CryptoRng;
use robert::Id;
use robert::risk::Verdict;
use store::{Fault, Sql};

use super::Context;
use crate::Failure;
use crate::seal;

/// Size of a sealed verdict: the same for everybody.
pub(super) const SEALED_VERDICT: usize = Verdict::LENGTH + seal::OVERHEAD;

/// An account, its verdict opened.
pub(super) struct Account {
    pub(super) id: Id,
    pub(super) key_for_mac: [u8; 60],
    pub(super) key_for_tuples: [u8; 60],
    /// The epoch of the last answered status request.
    pub(super) last_status: u32,
    pub(super) verdict: Verdict,
}

impl Account {
    /// A verdict whose day is forgotten does not open: it says nothing any more.
    pub(super) fn read(
        sql: &dyn Sql,
        context: &Context<'_>,
        id: Id,
    ) -> Result<Option<Self>, Failure> {
        let rows = sql.query(
            "SELECT key_for_mac, key_for_tuples, last_status, sealed_on, verdict \
             FROM account WHERE id = ?1",
            &[id.0.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let verdict = open_verdict(context, id, Day::from_number(row.small(3)?), row.blob(4)?);
        Ok(Some(Self {
            id,
            key_for_mac: row.array(0)?,
            key_for_tuples: row.array(1)?,
            last_status: row.small(2)?,
            verdict: verdict.unwrap_or_default(),
        }))
    }

    pub(super) fn insert(
        &self,
        sql: &dyn Sql,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Failure> {
        let (sealed_on, sealed) = self.seal_verdict(context, rng)?;
        sql.exec(
            "INSERT INTO account VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                self.id.0.into(),
                self.key_for_mac.into(),
                self.key_for_tuples.into(),
                self.last_status.into(),
                sealed_on.number().into(),
                sealed.into(),
            ],
        )?;
        Ok(())
    }

    /// Writes the last question and the verdict, resealed.
    pub(super) fn update(
        &self,
        sql: &dyn Sql,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Failure> {
        let (sealed_on, sealed) = self.seal_verdict(context, rng)?;
        sql.exec(
            "UPDATE account SET last_status = ?2, sealed_on = ?3, verdict = ?4 WHERE id = ?1",
            &[
                self.id.0.into(),
                self.last_status.into(),
                sealed_on.number().into(),
                sealed.into(),
            ],
        )?;
        Ok(())
    }

    /// Always under today's key, so that the day in the row tells nothing of the verdict.
    fn seal_verdict(
        &self,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(Day, Vec<u8>), Fault> {
        let today = context.now.day();
        let key = context.keys.data(today).ok_or(Fault::Engine)?;
        Ok((
            today,
            key.seal(rng, &verdict_context(self.id), &self.verdict.to_bytes()),
        ))
    }
}

/// The verdict of this account, if its day's key is still there.
pub(crate) fn open_verdict(
    context: &Context<'_>,
    id: Id,
    sealed_on: Day,
    sealed: &[u8],
) -> Option<Verdict> {
    let plain = context
        .keys
        .data(sealed_on)?
        .open(&verdict_context(id), sealed)?;
    Verdict::from_bytes(&plain).ok()
}

fn verdict_context(id: Id) -> Vec<u8> {
    [b"verdict", id.0.as_slice()].concat()
}
