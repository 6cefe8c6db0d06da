//! A realm's own secrets, which outlive every root: drawn once, and stored wrapped by the newest.
//!
//! K_G stands in every HELLO of fifteen days, the registration keys are built into phones, and
//! issuers keep their keys for months: none of them may change because a root does. A realm that
//! was made by 0.1.0 goes on with what its only root gave it.

use decree::Moment;
use rand_core::CryptoRng;
use robert::FederationKey;
use robert::keys::ServerSecret;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{KeyId, KeyRing, Pepper, Root, hexadecimal};
use crate::Realm;
use crate::form::Unreadable;

const CONTEXT: &[u8] = b"realm secrets";

/// What one realm keeps of its own.
#[derive(Clone)]
pub struct RealmSecrets {
    federation: Zeroizing<[u8; 32]>,
    routing: Zeroizing<[u8; 32]>,
    issuers: Zeroizing<[u8; 32]>,
    registration: Registrations,
    /// Since when the root that wraps this does.
    since: Moment,
}

/// What is wrapped, as postcard writes it.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Plain {
    federation: [u8; 32],
    routing: [u8; 32],
    issuers: [u8; 32],
    registration: [u8; 32],
    /// The registration key before it, and from when that one is refused.
    before: Option<([u8; 32], u64)>,
    since: u64,
}

/// How a realm whose secrets are not stored came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    /// It was made by 0.1.0, which derived these secrets: nothing changes for phones and issuers.
    FirstRelease,
    /// Nothing of it is stored anywhere.
    New,
}

/// The secrets, and what is to be stored before they are used, if anything is.
pub struct Decided {
    /// The realm's secrets.
    pub secrets: RealmSecrets,
    /// What replaces what is stored.
    pub store: Option<Vec<u8>>,
}

/// Which secrets a realm has: those that are stored, wrapped again if another root is the newest;
/// else those of its birth.
///
/// # Errors
/// [`Unreadable`]: then nothing must be stored over it.
pub fn decide(
    stored: Option<&[u8]>,
    birth: Birth,
    (ring, realm): (&KeyRing, Realm),
    rng: &mut impl CryptoRng,
    now: Moment,
) -> Result<Decided, Unreadable> {
    let secrets = match (stored, birth) {
        (Some(stored), _) => {
            let secrets = RealmSecrets::unwrap(ring, realm, stored)?;
            if RealmSecrets::wrapper(stored)? == ring.roots.newest_id() {
                let store = None;
                return Ok(Decided { secrets, store });
            }
            secrets
        }
        (None, Birth::FirstRelease) => RealmSecrets::derived(ring, realm),
        (None, Birth::New) => RealmSecrets::draw(rng),
    };
    let secrets = RealmSecrets {
        since: now,
        ..secrets
    };
    let store = Some(secrets.wrap(ring, realm, rng));
    Ok(Decided { secrets, store })
}

/// Why there is no new registration key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddRefused {
    /// Two are valid.
    #[error("two registration keys are valid already")]
    TooMany,
    /// The end of the one before is over.
    #[error("the older registration key must end later than now")]
    Past,
}

impl RealmSecrets {
    /// Those of a new realm.
    pub fn draw(rng: &mut impl CryptoRng) -> Self {
        let mut draw = || {
            let mut secret = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *secret);
            secret
        };
        let (federation, routing, issuers) = (draw(), draw(), draw());
        Self {
            federation,
            routing,
            issuers,
            registration: Registrations::one(RegistrationKey::draw(rng)),
            since: Moment::from_unix(0),
        }
    }

    /// Those that 0.1.0 had of its only root: the oldest.
    #[must_use]
    pub fn derived(ring: &KeyRing, realm: Realm) -> Self {
        let root = ring.oldest();
        Self {
            federation: root.derive(realm, "federation"),
            routing: root.derive(realm, "code-pepper"),
            issuers: root.derive(realm, "issuing"),
            registration: Registrations::one(RegistrationKey::derived(root, realm)),
            since: Moment::from_unix(0),
        }
    }

    /// As they are stored: wrapped by the newest root.
    pub fn wrap(&self, ring: &KeyRing, realm: Realm, rng: &mut impl CryptoRng) -> Vec<u8> {
        ring.secrets(realm).wrap(rng, &[], CONTEXT, &self.plain())
    }

    fn plain(&self) -> Zeroizing<Vec<u8>> {
        let Registrations { newest, before } = &self.registration;
        let plain = Plain {
            federation: *self.federation,
            routing: *self.routing,
            issuers: *self.issuers,
            registration: *newest.scalar,
            before: before
                .as_ref()
                .map(|(key, until)| (*key.scalar, until.unix())),
            since: self.since.unix(),
        };
        // Writing to memory does not fail.
        Zeroizing::new(postcard::to_stdvec(&plain).unwrap_or_default())
    }

    /// As [`RealmSecrets::wrap`] wrapped them.
    ///
    /// # Errors
    /// [`Unreadable`]; [`Unreadable::Content`] when a byte was changed, or the realm is another.
    pub fn unwrap(ring: &KeyRing, realm: Realm, stored: &[u8]) -> Result<Self, Unreadable> {
        let plain = ring.secrets(realm).unwrap(&[], CONTEXT, stored)?;
        let read = || {
            let plain: Plain = postcard::from_bytes(plain.as_ref()?).ok()?;
            let before = match plain.before {
                Some((scalar, until)) => {
                    let key = RegistrationKey::of(Zeroizing::new(scalar))?;
                    Some((key, Moment::from_unix(until)))
                }
                None => None,
            };
            let newest = RegistrationKey::of(Zeroizing::new(plain.registration))?;
            Some(Self {
                federation: Zeroizing::new(plain.federation),
                routing: Zeroizing::new(plain.routing),
                issuers: Zeroizing::new(plain.issuers),
                registration: Registrations { newest, before },
                since: Moment::from_unix(plain.since),
            })
        };
        read().ok_or(Unreadable::Content)
    }

    /// The root that wrapped these.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn wrapper(stored: &[u8]) -> Result<KeyId, Unreadable> {
        super::wrapping::root_of(stored)
    }

    /// Since when the newest root is the newest: from then on whatever is written is under it.
    #[must_use]
    pub const fn since(&self) -> Moment {
        self.since
    }

    /// Draws the registration key that follows; phones that have the one before built in register
    /// with it until `until`.
    ///
    /// # Errors
    /// [`AddRefused`].
    pub fn add_registration(
        &mut self,
        rng: &mut impl CryptoRng,
        now: Moment,
        until: Moment,
    ) -> Result<(), AddRefused> {
        self.registration.may_add(now, until)?;
        let next = RegistrationKey::draw(rng);
        let before = core::mem::replace(&mut self.registration.newest, next);
        self.registration.before = Some((before, until));
        Ok(())
    }

    pub(super) fn federation(&self) -> FederationKey {
        FederationKey::from_bytes(&self.federation)
    }

    pub(super) fn routing(&self) -> Pepper {
        Pepper::new(*self.routing)
    }

    pub(super) fn issuers(&self) -> Pepper {
        Pepper::new(*self.issuers)
    }

    pub(super) fn registrations(&self) -> Registrations {
        self.registration.clone()
    }
}

/// A pair that phones agree a secret with.
#[derive(Clone)]
pub struct RegistrationKey {
    /// Names it: eight hexadecimal digits, which tell nothing of the key.
    pub id: String,
    /// The server's half.
    pub secret: ServerSecret,
    scalar: Zeroizing<[u8; 32]>,
}

impl RegistrationKey {
    fn of(scalar: Zeroizing<[u8; 32]>) -> Option<Self> {
        let hash = Pepper::new(*scalar).hash(&[b"registration id"]);
        Some(Self {
            id: hexadecimal(hash.first_chunk::<4>()?),
            secret: ServerSecret::from_bytes(&scalar).ok()?,
            scalar,
        })
    }

    /// All but one in 2³² of 32 random bytes are a scalar.
    fn draw(rng: &mut impl CryptoRng) -> Self {
        loop {
            let mut scalar = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *scalar);
            if let Some(key) = Self::of(scalar) {
                return key;
            }
        }
    }

    /// The first derived scalar that is one.
    fn derived(root: &Root, realm: Realm) -> Self {
        let mut attempt = 0_u32;
        loop {
            let scalar = root.derive(realm, &format!("registration/{attempt}"));
            if let Some(key) = Self::of(scalar) {
                return key;
            }
            attempt += 1;
        }
    }
}

/// The registration keys of a realm: one, or two while phones move from one to the next.
#[derive(Clone)]
pub struct Registrations {
    /// It has no end.
    newest: RegistrationKey,
    /// The one before it, and from when that one is refused.
    before: Option<(RegistrationKey, Moment)>,
}

impl Registrations {
    const fn one(newest: RegistrationKey) -> Self {
        let before = None;
        Self { newest, before }
    }

    fn before(&self, now: Moment) -> Option<&(RegistrationKey, Moment)> {
        self.before.as_ref().filter(|(_, until)| now < *until)
    }

    /// Whether another may be drawn, which ends the newest at `until`.
    ///
    /// # Errors
    /// [`AddRefused`].
    pub fn may_add(&self, now: Moment, until: Moment) -> Result<(), AddRefused> {
        if until <= now {
            return Err(AddRefused::Past);
        }
        if self.before(now).is_some() {
            return Err(AddRefused::TooMany);
        }
        Ok(())
    }

    /// Those that a phone may use now, the oldest first, each with the moment from which it is
    /// refused, if it has one.
    pub fn valid(&self, now: Moment) -> impl Iterator<Item = (&RegistrationKey, Option<Moment>)> {
        let before = self.before(now).map(|(key, until)| (key, Some(*until)));
        before.into_iter().chain([(&self.newest, None)])
    }

    /// The one that a phone uses which names none: the oldest that is valid.
    #[must_use]
    pub fn oldest(&self, now: Moment) -> &RegistrationKey {
        self.before(now).map_or(&self.newest, |(key, _)| key)
    }

    /// The one that a phone names.
    #[must_use]
    pub fn find(&self, id: &str, now: Moment) -> Option<&RegistrationKey> {
        let mut valid = self.valid(now).map(|(key, _)| key);
        valid.find(|key| key.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Fixed;

    const REALM: Realm = Realm::National;
    const OLD: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    const NEW: &str = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

    fn ring(text: &str) -> KeyRing {
        KeyRing::from_text(Some(text), false).unwrap()
    }

    fn at(unix: u64) -> Moment {
        Moment::from_unix(unix)
    }

    fn decided(stored: Option<&[u8]>, birth: Birth, ring: &KeyRing, now: u64) -> Decided {
        decide(stored, birth, (ring, REALM), &mut Fixed(now), at(now)).unwrap()
    }

    /// The same K_G, the same public key, the same codes' intakes as before.
    #[test]
    fn a_realm_of_the_first_release_keeps_what_it_had() {
        let ring = ring(OLD);
        let first = decided(None, Birth::FirstRelease, &ring, 7);
        let (was, root) = (ring.front(REALM), ring.oldest());
        let is = ring.front_with(REALM, &first.secrets);
        assert_eq!(first.secrets.federation, root.derive(REALM, "federation"));
        assert_eq!(
            is.registration.oldest(at(7)).secret.public(),
            was.registration.oldest(at(0)).secret.public()
        );
        assert_eq!(is.routing.hash(&[b"a"]), was.peppers.newest().hash(&[b"a"]));
        let stored = first.store.unwrap();
        // Read again it is the same, whatever the birth is taken for, and nothing is written.
        for birth in [Birth::FirstRelease, Birth::New] {
            let again = decided(Some(&stored), birth, &ring, 8);
            assert_eq!(again.secrets.plain(), first.secrets.plain());
            assert_eq!(again.store, None);
        }
    }

    #[test]
    fn a_new_realm_draws_its_own() {
        let ring = ring(OLD);
        let new = decided(None, Birth::New, &ring, 7);
        let derived = RealmSecrets::derived(&ring, REALM);
        assert_ne!(new.secrets.federation, derived.federation);
        assert_ne!(new.secrets.routing, derived.routing);
        assert_ne!(new.secrets.issuers, derived.issuers);
        let id = |secrets: &RealmSecrets| secrets.registration.newest.id.clone();
        assert_ne!(id(&new.secrets), id(&derived));
        assert_eq!(new.secrets.since(), at(7));
    }

    #[test]
    fn a_new_root_wraps_the_same_secrets_again() {
        let (old, both, new) = (ring(OLD), ring(&format!("{NEW},{OLD}")), ring(NEW));
        let first = decided(None, Birth::FirstRelease, &old, 7);
        let stored = first.store.unwrap();
        let moved = decided(Some(&stored), Birth::New, &both, 1_000);
        let with_since = |secrets: &RealmSecrets, unix| {
            let since = at(unix);
            let secrets = secrets.clone();
            RealmSecrets { since, ..secrets }.plain()
        };
        assert_eq!(moved.secrets.plain(), with_since(&first.secrets, 1_000));
        let again = moved.store.as_deref().unwrap();
        assert_eq!(RealmSecrets::wrapper(again), Ok(new.ids().next().unwrap()));
        let alone = decided(Some(again), Birth::New, &new, 2_000);
        assert_eq!(alone.secrets.plain(), moved.secrets.plain());
        assert_eq!(alone.store, None);
        // Without the old root the old form says which is missing, and nothing is made instead.
        let id = old.ids().next().unwrap();
        let refused = decide(
            Some(&stored),
            Birth::New,
            (&new, REALM),
            &mut Fixed(1),
            at(1),
        );
        assert_eq!(refused.err(), Some(Unreadable::Root(id)));
    }

    #[test]
    fn what_was_changed_is_never_made_anew() {
        let ring = ring(OLD);
        let mut stored = decided(None, Birth::New, &ring, 7).store.unwrap();
        let refused = |stored: &[u8], realm| {
            let refused = decide(
                Some(stored),
                Birth::New,
                (&ring, realm),
                &mut Fixed(1),
                at(1),
            );
            refused.err()
        };
        let demo = Realm::Demo([1; 16]);
        assert_eq!(refused(&stored, demo), Some(Unreadable::Content));
        let last = stored.len() - 1;
        stored[last] ^= 1;
        assert_eq!(refused(&stored, REALM), Some(Unreadable::Content));
        stored[0] = 0x21;
        assert_eq!(refused(&stored, REALM), Some(Unreadable::Version(0x21)));
        assert_eq!(refused(&[], REALM), Some(Unreadable::Length(0)));
    }

    #[test]
    fn two_registration_keys_are_valid_at_once_and_the_oldest_is_the_one_without_a_name() {
        let ring = ring(OLD);
        let mut secrets = RealmSecrets::derived(&ring, REALM);
        let rng = &mut Fixed(5);
        assert_eq!(
            secrets.add_registration(rng, at(100), at(100)),
            Err(AddRefused::Past)
        );
        secrets.add_registration(rng, at(100), at(200)).unwrap();
        assert_eq!(
            secrets.add_registration(rng, at(199), at(300)),
            Err(AddRefused::TooMany)
        );
        let keys = secrets.registrations();
        let ids = |now| {
            let ids = keys.valid(at(now)).map(|(key, _)| key.id.clone());
            ids.collect::<Vec<_>>()
        };
        let [old, new] = ids(199).try_into().unwrap();
        assert_ne!(old, new);
        assert_eq!(ids(200), std::slice::from_ref(&new));
        assert_eq!(keys.oldest(at(199)).id, old);
        assert_eq!(keys.oldest(at(200)).id, new);
        assert!(keys.find(&old, at(199)).is_some() && keys.find(&old, at(200)).is_none());
        assert!(keys.find("", at(0)).is_none());
        secrets.add_registration(rng, at(200), at(300)).unwrap();
        let third = secrets.registrations();
        assert!(third.find(&old, at(200)).is_none() && third.find(&new, at(299)).is_some());
        // Stored and read again it is the same.
        let stored = secrets.wrap(&ring, REALM, rng);
        let read = RealmSecrets::unwrap(&ring, REALM, &stored).unwrap();
        assert_eq!(read.plain(), secrets.plain());
    }
}
