//! The national realm's own secrets in their object: K_G, the registration keys, and what routes codes and knows
//! issuers' keys.
//!
//! They outlive every root: they are stored once, wrapped by the newest root, and wrapped again when another root is
//! the newest. A key-value object, of which there is one. Whoever asks gets them wrapped, and opens them with the
//! configured roots: no secret travels in a letter. Demo realms live an hour, and derive theirs.

use decree::Moment;
use service::keyring::secrets::{AddRefused, Birth, Decided, RealmSecrets, decide};
use service::{Failure, Realm};
use wire::{Refusal, issuer};

use crate::calls::secrets_calls::{self as calls, Received};
use crate::calls::{SecretsPlace, registry_calls};
use crate::letter::{Answer, Called};
use crate::{Object, Port, RealmClient, timekeeper};

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

    /// Draws the registration key that follows, and stores it before anybody is told. The realm's secrets are there:
    /// whoever asks has read them.
    async fn add_registration(&self, until: Moment) -> Result<(), Failure> {
        // A clock that is ahead would say that the older of two keys has ended, and it would be lost.
        if !timekeeper::believes(&self.port, Realm::National).await? {
            return Err(Refusal::Unavailable.into());
        }
        let stored = self.port.value(SECRETS).await?;
        let stored = stored.ok_or(Refusal::Unavailable)?;
        let (settings, rng) = (self.port.settings()?, &mut self.port.rng());
        let mut secrets = RealmSecrets::unwrap(&settings.ring, Realm::National, &stored)?;
        let added = secrets.add_registration(rng, self.port.now(), until);
        added.map_err(refusal)?;
        let wrapped = secrets.wrap(&settings.ring, Realm::National, rng);
        Ok(self.port.put(SECRETS, wrapped).await?)
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
            Received::AddRegistration(calls::AddRegistration { until }, to) => {
                to.answer(self.add_registration(Moment::from_unix(until)).await)
            }
        }
    }

    /// The secrets arm no alarm.
    async fn ring(&self) {}
}

/// What is said of a registration key that is not drawn.
pub(crate) const fn refusal(refused: AddRefused) -> Refusal {
    const TOO_MANY: &str =
        "Two registration keys are valid already. Wait until the older one has ended.";
    match refused {
        AddRefused::Past => Refusal::malformed(issuer::DAYS),
        AddRefused::TooMany => Refusal::forbidden(TOO_MANY),
    }
}
