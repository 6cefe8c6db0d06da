//! Keyed hashing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A key that turns what must not be stored into what may be, or into another key: HMAC-SHA256.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Pepper([u8; 32]);

impl Pepper {
    /// From its 32 bytes.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Its 32 bytes, for the one former use of a key that was not a pepper alone.
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The HMAC of these parts, each preceded by its length.
    #[must_use]
    pub fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes keys of every length, so this never refuses one.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return [0; 32];
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Whether these parts have this HMAC, in constant time.
    #[must_use]
    pub fn verifies(&self, parts: &[&[u8]], hash: &[u8]) -> bool {
        self.hash(parts).as_slice().ct_eq(hash).into()
    }
}
