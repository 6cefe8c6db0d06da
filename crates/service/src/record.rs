//! The key of one account's records, kept outside every SQL database.
//!
//! A SQLite file keeps deleted bytes until their page is written over, and the platform can roll
//! one back by thirty days. So what is stored of a person is sealed under a key that only a
//! key-value object of its own holds, the account's *safe*, and deleting what a person asked to
//! delete is emptying that safe: what may lie anywhere opens no more, whatever other keys remain.
//!
//! What waits in an intake is kept in the same way, for as long as it waits (see [`crate::intake`]).

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Failure;
use crate::seal::SealingKey;

/// Names a safe: 128 random bits, which the account's row holds; of an intake, see
/// [`crate::intake::safe_name`].
pub type SafeName = [u8; 16];

/// The key in a safe, of one account's records or of what waits: 256 random bits.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct RecordKey([u8; 32]);

impl RecordKey {
    /// A fresh safe's name and its key.
    pub fn draw(rng: &mut impl CryptoRng) -> (SafeName, Self) {
        let (mut name, mut key) = ([0; 16], [0; 32]);
        rng.fill_bytes(&mut name);
        rng.fill_bytes(&mut key);
        (name, Self(key))
    }

    /// Stands for the key of an account that is not there, so that looking for it costs the same.
    pub(crate) const NONE: Self = Self([0; 32]);

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Wrapped for storage under the safes' own key.
    pub fn wrap(&self, safes: &SealingKey, rng: &mut impl CryptoRng, name: SafeName) -> Vec<u8> {
        safes.seal(rng, &context(name), &self.0)
    }

    /// As [`RecordKey::wrap`] wrapped it, for the same safe.
    #[must_use]
    pub fn unwrap(safes: &SealingKey, name: SafeName, wrapped: &[u8]) -> Option<Self> {
        let plain = safes.open(&context(name), wrapped)?;
        plain.as_slice().try_into().ok().map(Self)
    }
}

fn context(name: SafeName) -> Vec<u8> {
    [b"safe", name.as_slice()].concat()
}

/// What the caller has found in the safes that it opened.
#[derive(Default)]
pub struct Records(BTreeMap<SafeName, Option<RecordKey>>);

impl Records {
    /// The key in this safe, or that it was empty.
    ///
    /// # Errors
    /// [`Failure::Moved`] when it was not opened.
    pub fn key(&self, safe: SafeName) -> Result<Option<&RecordKey>, Failure> {
        let found = self.0.get(&safe).ok_or(Failure::Moved)?;
        Ok(found.as_ref())
    }
}

impl FromIterator<(SafeName, Option<RecordKey>)> for Records {
    fn from_iter<I: IntoIterator<Item = (SafeName, Option<RecordKey>)>>(fetched: I) -> Self {
        Self(fetched.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Fixed;

    #[test]
    fn a_wrapped_key_opens_in_its_own_safe_only() {
        let safes = SealingKey::new([4; 32]);
        let (name, key) = RecordKey::draw(&mut Fixed(2));
        let wrapped = key.wrap(&safes, &mut Fixed(7), name);
        let opened = RecordKey::unwrap(&safes, name, &wrapped).unwrap();
        assert_eq!(opened.as_bytes(), key.as_bytes());
        assert!(RecordKey::unwrap(&safes, [0; 16], &wrapped).is_none());
        assert!(RecordKey::unwrap(&SealingKey::new([5; 32]), name, &wrapped).is_none());
    }
}
