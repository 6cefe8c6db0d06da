//! One root secret; every key of every realm comes from it.
//!
//! RFC 5869: each key is HKDF-SHA256 of the root under the label `realm/<name>/<use>`. So nothing
//! of one realm opens, verifies or names anything of another. All of it is one bundle with one
//! secret, so this separates realms and uses, not the objects of one realm from each other.

use core::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use robert::FederationKey;
use robert::keys::{KeyEncryptionKey, ServerSecret};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Realm;
use crate::record::RecordKey;
use crate::seal::SealingKey;

/// The root secret and all that comes from it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct KeyRing {
    root: [u8; 32],
}

/// The root secret is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ROOT_SECRET must be 64 hexadecimal digits")]
pub struct NotARoot;

/// What the stateless front needs of a realm.
pub struct FrontKeys {
    /// K_G.
    pub federation: FederationKey,
    /// The P-256 pair that phones agree a secret with.
    pub registration: ServerSecret,
    /// Signs captcha challenges; text, as ALTCHA's library takes it.
    pub captcha: Zeroizing<String>,
    /// Hashes one-time codes.
    pub pepper: Pepper,
}

impl KeyRing {
    /// Reads the configured root secret.
    ///
    /// # Errors
    /// [`NotARoot`].
    pub fn from_hex(text: &str) -> Result<Self, NotARoot> {
        let root = from_hexadecimal(text).ok_or(NotARoot)?;
        Ok(Self { root })
    }

    /// What the front needs.
    #[must_use]
    pub fn front(&self, realm: Realm) -> FrontKeys {
        FrontKeys {
            federation: FederationKey::from_bytes(&self.derive(realm, "federation")),
            registration: self.registration(realm),
            captcha: Zeroizing::new(hexadecimal(&*self.derive(realm, "captcha"))),
            pepper: Pepper(*self.derive(realm, "code-pepper")),
        }
    }

    /// Wraps account keys at rest: the registry's own.
    #[must_use]
    pub fn wrapping(&self, realm: Realm) -> Wrapping {
        Wrapping(Pepper(*self.derive(realm, "key-encryption")))
    }

    /// Wraps record keys at rest: the safes' own.
    #[must_use]
    pub fn safes(&self, realm: Realm) -> SealingKey {
        SealingKey::new(*self.derive(realm, "safe"))
    }

    /// Wraps the keys of a day at rest: the vault's own.
    #[must_use]
    pub fn vault(&self, realm: Realm) -> SealingKey {
        SealingKey::new(*self.derive(realm, "vault"))
    }

    /// Makes issuers' keys, and the codes that are handed out for them.
    #[must_use]
    pub fn issuing(&self, realm: Realm) -> Pepper {
        Pepper(*self.derive(realm, "issuing"))
    }

    /// Names demo sessions; it belongs to no realm, since it is what opens one.
    #[must_use]
    pub fn sessions(&self) -> Pepper {
        Pepper(*self.expand("demo/session"))
    }

    /// The first derived scalar that is one: all but 2⁻³² of the first are.
    fn registration(&self, realm: Realm) -> ServerSecret {
        let mut attempt = 0_u32;
        loop {
            let scalar = self.derive(realm, &format!("registration/{attempt}"));
            if let Ok(secret) = ServerSecret::from_bytes(&scalar) {
                return secret;
            }
            attempt += 1;
        }
    }

    fn derive(&self, realm: Realm, usage: &str) -> Zeroizing<[u8; 32]> {
        self.expand(&format!("realm/{realm}/{usage}"))
    }

    fn expand(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let expanded = Hkdf::<Sha256>::new(None, &self.root).expand(label.as_bytes(), &mut *key);
        debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's bound");
        key
    }
}

/// Makes the KEK of each account, from the realm's and the account's own.
pub struct Wrapping(Pepper);

impl Wrapping {
    /// Wraps the keys of the account whose record key this is.
    #[must_use]
    pub fn key(&self, record: &RecordKey) -> KeyEncryptionKey {
        KeyEncryptionKey::from_bytes(&Zeroizing::new(self.0.hash(&[record.as_bytes()])))
    }
}

/// A key that turns what must not be stored into what may be: HMAC-SHA256.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Pepper([u8; 32]);

impl Pepper {
    /// From its 32 bytes.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
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

/// Lower-case hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Exactly `N` bytes that were written in hexadecimal, whatever the case.
#[must_use]
pub fn from_hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn a_root_is_64_digits() {
        assert!(KeyRing::from_hex(ROOT).is_ok());
        for text in [
            "",
            "00",
            &ROOT[1..],
            &ROOT.replace('0', "g"),
            &"é".repeat(32),
        ] {
            assert!(KeyRing::from_hex(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hexadecimal_is_read_in_both_cases_and_to_its_exact_length() {
        let text = "00ff9ad0";
        for text in [text, &text.to_uppercase()] {
            assert_eq!(from_hexadecimal(text), Some([0x00, 0xff, 0x9a, 0xd0]));
        }
        for text in [
            "",
            "00ff9a",
            "00ff9ad00",
            "00ff9ad0 ",
            "+0ff9ad0",
            "00ff9adg",
        ] {
            assert_eq!(from_hexadecimal::<4>(text), None, "{text}");
        }
    }

    /// Pins the labels: changing one would make every stored key unreadable.
    #[test]
    fn every_realm_and_use_has_its_own_key() {
        let ring = KeyRing::from_hex(ROOT).unwrap();
        let demo = Realm::Demo([1; 16]);
        let keys: Vec<_> = [Realm::National, demo]
            .into_iter()
            .flat_map(|realm| {
                [
                    "federation",
                    "key-encryption",
                    "captcha",
                    "code-pepper",
                    "issuing",
                    "vault",
                    "safe",
                ]
                .map(|usage| hexadecimal(&*ring.derive(realm, usage)))
            })
            .collect();
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(
            keys[0],
            hexadecimal(&*ring.expand("realm/national/federation"))
        );
    }
}
