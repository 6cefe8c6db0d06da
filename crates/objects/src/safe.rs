//! The safe of one account, or of what waits in an intake: a key-value object, since what is deleted from a SQLite
//! one stays in its file and can be rolled back. It holds that key, wrapped.

use service::record::{RecordKey, SafeName};
use service::{Failure, Realm, state};

use crate::calls::SafePlace;
use crate::calls::safe_calls::{self as calls, Received};
use crate::letter::{Answer, Called};
use crate::{Object, Port, entry};

/// One key.
pub struct Safe<P> {
    port: P,
}

/// Name of the stored value.
const RECORD: &str = "record";

impl<P: Port> Safe<P> {
    /// A safe on this platform.
    pub const fn new(port: P) -> Self {
        Self { port }
    }

    async fn fill(&self, realm: Realm, safe: SafeName, key: &RecordKey) -> Result<(), Failure> {
        let wrapping = self.port.settings()?.ring.safes(realm);
        let wrapped = key.wrap(&wrapping, &mut self.port.rng(), safe);
        Ok(self.port.put(RECORD, wrapped).await?)
    }

    /// Nothing comes between the look and the putting: both are storage's.
    async fn fill_if_empty(
        &self,
        realm: Realm,
        safe: SafeName,
        drawn: RecordKey,
    ) -> Result<RecordKey, Failure> {
        if let Some(key) = self.key(realm, safe).await? {
            return Ok(key);
        }
        self.fill(realm, safe, &drawn).await?;
        Ok(drawn)
    }

    /// The key, or nothing in a safe that was emptied or never filled.
    ///
    /// # Errors
    /// [`Failure::Misplaced`] when what is stored is not this safe's, or no configured root opens it.
    async fn key(&self, realm: Realm, safe: SafeName) -> Result<Option<RecordKey>, Failure> {
        let Some(wrapped) = self.port.value(RECORD).await? else {
            return Ok(None);
        };
        let wrapping = self.port.settings()?.ring.safes(realm);
        let key = RecordKey::unwrap(&wrapping, safe, &wrapped)?;
        key.map(Some).ok_or(Failure::Misplaced)
    }

    /// Destroys the key, if it is the one that the letter names: what is stored opens under that name alone. An
    /// empty safe is left as it is.
    async fn empty(&self, realm: Realm, safe: SafeName) -> Result<(), Failure> {
        if self.key(realm, safe).await?.is_some() {
            self.port.delete_all().await?;
        }
        Ok(())
    }

    /// Wraps the key again under the newest root. Nothing comes between the look and the putting: both are storage's.
    async fn rewrap(
        &self,
        realm: Realm,
        safe: SafeName,
    ) -> Result<Option<calls::Rewrapped>, Failure> {
        let (wrapped, key) = (self.port.value(RECORD).await?, self.key(realm, safe).await?);
        let Some((wrapped, key)) = wrapped.zip(key) else {
            return Ok(None);
        };
        let wrapping = self.port.settings()?.ring.safes(realm);
        if let Some(again) = key.rewrap(&wrapping, &mut self.port.rng(), safe, &wrapped)? {
            self.port.put(RECORD, again).await?;
        }
        let root = wrapping.newest_id();
        Ok(Some(calls::Rewrapped { root, key }))
    }

    async fn show(&self, realm: Realm, safe: SafeName) -> Result<String, Failure> {
        let (wrapped, key) = (self.port.value(RECORD).await?, self.key(realm, safe).await?);
        entry::write(&state::safe(safe, wrapped.as_deref().zip(key.as_ref())))
    }
}

impl<P: Port> Object for Safe<P> {
    type Class = calls::Safe;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, called: Called<SafePlace>, call: Received) -> Answer {
        let SafePlace { realm, safe } = called.place;
        match call {
            Received::Fill(calls::Fill(key), to) => to.answer(self.fill(realm, safe, &key).await),
            Received::FillIfEmpty(calls::FillIfEmpty(key), to) => {
                to.answer(self.fill_if_empty(realm, safe, key).await)
            }
            Received::Key(_, to) => to.answer(self.key(realm, safe).await),
            Received::State(_, to) => to.answer(self.show(realm, safe).await),
            Received::Rewrap(_, to) => to.answer(self.rewrap(realm, safe).await),
            Received::Empty(_, to) => to.answer(self.empty(realm, safe).await),
        }
    }

    /// A safe arms no alarm.
    async fn ring(&self) {}
}
