//! The safes, and the accounts' record keys that were fetched from them: `worker::object::safe` and `worker::safes`.

use service::record::{RecordKey, Records, SafeName};
use wire::Refusal;

use super::{Astray, Plant, REALM, Shell};

impl Shell {
    /// What is in these safes, from memory or else from them.
    pub(super) fn open_safes(&mut self, safes: &[SafeName]) -> Result<Records, Refusal> {
        let mut record = |safe: &SafeName| Ok((*safe, self.record(*safe)?));
        safes.iter().map(&mut record).collect()
    }

    fn record(&mut self, safe: SafeName) -> Result<Option<RecordKey>, Refusal> {
        if let Some(known) = self.records.get(&safe) {
            return Ok(Some(known.clone()));
        }
        let found = self.ask_safe(|shell| shell.stored_record(safe))?;
        if let Some(record) = &found {
            self.records.insert(safe, record.clone());
        }
        Ok(found)
    }

    pub(super) fn fill_safe(&mut self, safe: SafeName, record: &RecordKey) -> Result<(), Refusal> {
        self.ask_safe(|shell| {
            let wrapping = shell.ring.safes(REALM);
            let wrapped = record.wrap(&wrapping, &mut shell.rng, safe);
            shell.safes.insert(safe, wrapped);
        })?;
        self.records.insert(safe, record.clone());
        Ok(())
    }

    /// Fills a safe if it is empty, and tells what is in it.
    pub(super) fn settle_safe(
        &mut self,
        safe: SafeName,
        drawn: RecordKey,
    ) -> Result<RecordKey, Refusal> {
        self.ask_safe(|shell| {
            shell.stored_record(safe).unwrap_or_else(|| {
                let wrapping = shell.ring.safes(REALM);
                let wrapped = drawn.wrap(&wrapping, &mut shell.rng, safe);
                shell.safes.insert(safe, wrapped);
                drawn
            })
        })
    }

    pub(super) fn empty_safe(&mut self, safe: SafeName) -> Result<(), Refusal> {
        self.records.remove(&safe);
        self.ask_safe(|shell| {
            if shell.plant != Some(Plant::FullSafe) {
                shell.safes.remove(&safe);
            }
        })
    }

    pub(super) fn ask_safe<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Result<T, Refusal> {
        let astray = self.safe_astray.take();
        self.struck |= astray.is_some();
        if astray == Some(Astray::Unreached) {
            return Err(Refusal::Unavailable);
        }
        let answer = work(self);
        match astray {
            None => Ok(answer),
            Some(_) => Err(Refusal::Unavailable),
        }
    }

    /// What is stored in a safe: what somebody with the root secret could use.
    pub(super) fn stored_record(&self, safe: SafeName) -> Option<RecordKey> {
        let wrapped = self.safes.get(&safe)?;
        let opened = RecordKey::unwrap(&self.ring.safes(REALM), safe, wrapped);
        opened.ok().flatten()
    }
}
