//! One account's row.

use rand_core::CryptoRng;
use robert::Id;
use robert::risk::Verdict;
use store::{Fault, Sql};
use zeroize::Zeroizing;

use super::Context;
use crate::Failure;
use crate::record::{RecordKey, SafeName};
use crate::seal::OVERHEAD;

/// Size of a sealed verdict: the same for everybody.
const SEALED_VERDICT: usize = Verdict::LENGTH + OVERHEAD;

/// An account, opened.
pub(super) struct Account {
    pub(super) id: Id,
    pub(super) safe: SafeName,
    pub(super) record: RecordKey,
    pub(super) auth_key: Zeroizing<[u8; 32]>,
    pub(super) tuple_key: Zeroizing<[u8; 32]>,
    /// The epoch of the last answered status request.
    pub(super) last_status: u32,
    pub(super) verdict: Verdict,
}

/// Where the record key of this account is kept, if there is such an account.
///
/// # Errors
/// [`Fault`].
pub(super) fn safe_of(sql: &dyn Sql, id: Id) -> Result<Option<SafeName>, Fault> {
    let rows = sql.query("SELECT safe FROM account WHERE id = ?1", &[id.0.into()])?;
    rows.first().map(|row| row.array(0)).transpose()
}

impl Account {
    /// The account of this identity. Looking for one that is not there costs the same work.
    pub(super) fn read(
        sql: &dyn Sql,
        context: &Context<'_>,
        id: Id,
    ) -> Result<Option<Self>, Failure> {
        let rows = sql.query(
            "SELECT safe, key_for_mac, key_for_tuples, last_status, verdict FROM account \
             WHERE id = ?1",
            &[id.0.into()],
        )?;
        let found = match rows.first() {
            // An account whose safe is empty was left, or never came to be.
            Some(row) => context
                .records
                .key(row.array(0)?)?
                .map(|record| (row, record)),
            None => None,
        };
        let Some((row, record)) = found else {
            let kek = context.wrapping.key(&RecordKey::NONE);
            let keys = (kek.unwrap(&[0; 60]), kek.unwrap(&[0; 60]));
            let nothing = open_verdict(context, &RecordKey::NONE, id, &[0; SEALED_VERDICT]);
            debug_assert!(
                keys.0.is_none() && nothing.is_none(),
                "zeros are not sealed"
            );
            return Ok(None);
        };
        let kek = context.wrapping.key(record);
        let open = |column| {
            let wrapped = row.array::<60>(column)?;
            kek.unwrap(&wrapped).ok_or(Fault::Shape)
        };
        Ok(Some(Self {
            id,
            safe: row.array(0)?,
            record: record.clone(),
            auth_key: open(1)?,
            tuple_key: open(2)?,
            last_status: row.small(3)?,
            verdict: open_verdict(context, record, id, row.blob(4)?).unwrap_or_default(),
        }))
    }

    pub(super) fn insert(
        &self,
        sql: &dyn Sql,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Failure> {
        let kek = context.wrapping.key(&self.record);
        let verdict = self.seal_verdict(context, rng)?;
        sql.exec(
            "INSERT INTO account (id, safe, key_for_mac, key_for_tuples, last_status, verdict) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                self.id.0.into(),
                self.safe.into(),
                kek.wrap(rng, &self.auth_key).into(),
                kek.wrap(rng, &self.tuple_key).into(),
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

    pub(super) fn delete(&self, sql: &dyn Sql) -> Result<(), Fault> {
        sql.exec("DELETE FROM account WHERE id = ?1", &[self.id.0.into()])
    }

    /// Under today's key and the account's, and the row does not say which day that was: a contact
    /// that is applied later leaves no trace in the clear.
    fn seal_verdict(
        &self,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Fault> {
        let today = context.now.day();
        let key = context.keys.of_record(today, &self.record);
        let key = key.ok_or(Fault::Engine)?;
        Ok(key.seal(rng, &verdict_context(self.id), &self.verdict.to_bytes()))
    }
}

/// The verdict of this account. Every living key is tried, whichever opens it; once the day of its
/// seal is forgotten none does, and it says nothing any more.
pub(crate) fn open_verdict(
    context: &Context<'_>,
    record: &RecordKey,
    id: Id,
    sealed: &[u8],
) -> Option<Verdict> {
    let days = context.keys.days();
    let keys = days.filter_map(|day| context.keys.of_record(day, record));
    let opened: Vec<_> = keys
        .filter_map(|key| key.open(&verdict_context(id), sealed))
        .collect();
    Verdict::from_bytes(opened.first()?).ok()
}

fn verdict_context(id: Id) -> Vec<u8> {
    [b"verdict", id.0.as_slice()].concat()
}
