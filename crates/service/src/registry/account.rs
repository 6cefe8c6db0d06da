//! One account's row.

use decree::Day;
use rand_core::CryptoRng;
use robert::Id;
use robert::risk::Verdict;
use store::{Fault, Sql};

use super::Context;
use crate::Failure;
use crate::seal::OVERHEAD;

/// Size of a sealed verdict: the same for everybody.
const SEALED_VERDICT: usize = Verdict::LENGTH + OVERHEAD;

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
    /// The account of this identity. Looking for one that is not there costs the same work.
    pub(super) fn read(
        sql: &dyn Sql,
        context: &Context<'_>,
        id: Id,
    ) -> Result<Option<Self>, Failure> {
        let rows = sql.query(
            "SELECT key_for_mac, key_for_tuples, last_status, verdict FROM account WHERE id = ?1",
            &[id.0.into()],
        )?;
        let Some(row) = rows.first() else {
            let nothing = open_verdict(context, id, &[0; SEALED_VERDICT]);
            debug_assert!(nothing.is_none(), "zeros are no sealed verdict");
            return Ok(None);
        };
        Ok(Some(Self {
            id,
            key_for_mac: row.array(0)?,
            key_for_tuples: row.array(1)?,
            last_status: row.small(2)?,
            verdict: open_verdict(context, id, row.blob(3)?).unwrap_or_default(),
        }))
    }

    pub(super) fn insert(
        &self,
        sql: &dyn Sql,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Failure> {
        let verdict = self.seal_verdict(context, rng)?;
        sql.exec(
            "INSERT INTO account VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                self.id.0.into(),
                self.key_for_mac.into(),
                self.key_for_tuples.into(),
                self.last_status.into(),
                verdict.into(),
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
        let verdict = self.seal_verdict(context, rng)?;
        sql.exec(
            "UPDATE account SET last_status = ?2, verdict = ?3 WHERE id = ?1",
            &[self.id.0.into(), self.last_status.into(), verdict.into()],
        )?;
        Ok(())
    }

    /// Under today's key, and the row does not say which day that was: a contact that is applied
    /// later leaves no trace in the clear.
    fn seal_verdict(
        &self,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Fault> {
        let key = context.keys.data(context.now.day()).ok_or(Fault::Engine)?;
        Ok(key.seal(rng, &verdict_context(self.id), &self.verdict.to_bytes()))
    }
}

/// The verdict of this account. Every living key is tried, whichever opens it; once the day of its
/// seal is forgotten none does, and it says nothing any more.
pub(crate) fn open_verdict(context: &Context<'_>, id: Id, sealed: &[u8]) -> Option<Verdict> {
    let open = |(_, key): (Day, &crate::seal::SealingKey)| key.open(&verdict_context(id), sealed);
    let opened: Vec<_> = context.keys.days().filter_map(open).collect();
    Verdict::from_bytes(opened.first()?).ok()
}

fn verdict_context(id: Id) -> Vec<u8> {
    [b"verdict", id.0.as_slice()].concat()
}
