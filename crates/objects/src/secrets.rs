//! The national realm's own secrets in their object: K_G, the registration keys, and what routes codes and knows
//! issuers' keys.
//!
//! They outlive every root: they are stored once, wrapped by the newest root, and wrapped again when another root is
//! the newest. A key-value object, of which there is one. Whoever asks gets them wrapped, and opens them with the
//! configured roots: no secret travels in a letter. Demo realms live an hour, and derive theirs.

use service::keyring::secrets::{Birth, Decided, decide};
use service::{Failure, Realm};

use crate::calls::secrets_calls::{self as calls, Received};
use crate::calls::{SecretsPlace, registry_calls};
use crate::letter::{Answer, Called};
use crate::{Object, Port, RealmClient};

/// A realm's own secrets.
pub struct Secrets<P> {
    port: P,
}

/// Name of the stored value.
const SECRETS: &str = "secrets";

impl<P: Port> Secrets<P> {
    /// The secrets on this platform.
    pub const fn new(port: P) -> Self {
        Self { port }
    }

    /// The secrets as they are stored, made at the first call.
    ///
    /// What was stored is read after the registry was asked, and nothing comes between that look and the putting:
    /// both are storage's. So two first calls make one set of secrets.
    async fn read(&self) -> Result<Vec<u8>, Failure> {
        let birth = match self.port.value(SECRETS).await? {
            Some(_) => Birth::New,
            None => self.birth().await?,
        };
        let stored = self.port.value(SECRETS).await?;
        let (settings, now) = (self.port.settings()?, self.port.now());
        let ring = (&settings.ring, Realm::National);
        let rng = &mut self.port.rng();
        let Decided { store, .. } = decide(stored.as_deref(), birth, ring, rng, now)?;
        match (store, stored) {
            (Some(wrapped), _) => {
                self.port.put(SECRETS, wrapped.clone()).await?;
                Ok(wrapped)
            }
            (None, Some(stored)) => Ok(stored),
            (None, None) => Err(store::Fault::Shape.into()),
        }
    }

    /// Whether release 0.1.0 has made this realm: then its first registry is there, and these secrets came from its
    /// only root.
    async fn birth(&self) -> Result<Birth, Failure> {
        let realm = RealmClient::national(&self.port)?;
        let place = realm.registry_of(0);
        let is_made = realm.ask_registry(place, registry_calls::IsMade).await?;
        Ok(if is_made {
            Birth::FirstRelease
        } else {
            Birth::New
        })
    }
}

impl<P: Port> Object for Secrets<P> {
    type Class = calls::Secrets;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, _: Called<SecretsPlace>, call: Received) -> Answer {
        match call {
            Received::Read(_, to) => to.answer(self.read().await),
        }
    }

    /// The secrets arm no alarm.
    async fn ring(&self) {}
}
