//! A safe: a key-value object, since what is deleted from a SQLite one stays in its file and can be rolled back. It holds
//! one version of a group of record keys, which it cannot open; or one key, wrapped: of what waits in an intake, or of an
//! account that a release up to 0.2.0 opened.

use service::group::{GroupVersion, version_of};
use service::record::{RecordKey, SafeName};
use service::{Failure, Realm, state};
use wire::Refusal;

use crate::calls::SafePlace;
use crate::calls::safe_calls::{self as calls, Received};
use crate::letter::{Answer, Called};
use crate::turns::{self, Turns};
use crate::{Object, Port, entry};

/// Keys.
pub struct Safe<P> {
    port: P,
    turns: Turns,
}

/// Name of the stored value: one key.
const RECORD: &str = "record";
/// Name of the stored value: a version of a group.
const GROUP: &str = "group";

impl<P: Port> Safe<P> {
    /// A safe on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            turns: Turns::default(),
        }
    }

    /// Nothing comes between the look and the putting: both are storage's. A safe of a seat, which is used again under
    /// another name, is filled only when it is empty: a filling that comes late must not destroy another's key.
    async fn fill(&self, realm: Realm, safe: SafeName, key: &RecordKey) -> Result<(), Failure> {
        if realm.seat().is_some() {
            let is_full = self.port.value(RECORD).await?.is_some();
            if is_full && self.key(realm, safe).await?.is_none() {
                return Err(Refusal::Unavailable.into());
            }
            turns::keep(&self.port, realm).await?;
        }
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

    /// The key, or nothing in a safe that was emptied or never filled; nor in one of a seat that is another's by now.
    ///
    /// # Errors
    /// [`Failure::Misplaced`] when what is stored is not this safe's, or no configured root opens it.
    async fn key(&self, realm: Realm, safe: SafeName) -> Result<Option<RecordKey>, Failure> {
        let Some(wrapped) = self.port.value(RECORD).await? else {
            return Ok(None);
        };
        let wrapping = self.port.settings()?.ring.safes(realm);
        let key = RecordKey::unwrap(&wrapping, safe, &wrapped)?;
        match key {
            None if realm.seat().is_none() => Err(Failure::Misplaced),
            key => Ok(key),
        }
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

    /// Puts this version of a group here, unless a later one is. What is here already is destroyed before: the engine
    /// keeps the bytes of a value that is written over. Nothing comes between: all of it is storage's.
    async fn hold(&self, realm: Realm, group: Vec<u8>) -> Result<bool, Failure> {
        let version = version_of(&group)?;
        if let Some(held) = self.port.value(GROUP).await? {
            if held == group {
                return Ok(true);
            }
            if version_of(&held)? >= version {
                return Ok(false);
            }
            self.port.delete_all().await?;
        }
        turns::keep(&self.port, realm).await?;
        self.port.put(GROUP, group).await?;
        Ok(true)
    }

    /// Destroys the group that is here, if it is of this version or before. A safe that holds another thing, or nothing, is
    /// left as it is.
    async fn discard(&self, version: GroupVersion) -> Result<(), Failure> {
        if let Some(held) = self.port.value(GROUP).await?
            && version_of(&held)? <= version
        {
            self.port.delete_all().await?;
        }
        Ok(())
    }

    async fn show(&self, realm: Realm, safe: SafeName) -> Result<String, Failure> {
        let (wrapped, key) = (self.port.value(RECORD).await?, self.key(realm, safe).await?);
        let group = self.port.value(GROUP).await?;
        let turn = turns::stored(&self.port).await?;
        let record = wrapped.as_deref().zip(key.as_ref());
        entry::write(&state::safe(safe, record, group.as_deref(), turn))
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
            Received::Hold(calls::Hold(group), to) => to.answer(self.hold(realm, group).await),
            Received::Held(_, to) => to.answer(self.port.value(GROUP).await.map_err(Failure::from)),
            Received::Discard(calls::Discard(version), to) => {
                to.answer(self.discard(version).await)
            }
        }
    }

    fn turns(&self) -> Option<&Turns> {
        Some(&self.turns)
    }

    async fn stored_turn(&self) -> Result<Option<u32>, Failure> {
        turns::stored(&self.port).await
    }

    /// A safe arms no alarm.
    async fn ring(&self) {}
}
