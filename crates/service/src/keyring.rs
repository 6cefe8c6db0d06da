//! The root secrets; every key of every realm comes from them, or is wrapped under one that does.
//!
//! RFC 5869: each key is HKDF-SHA256 of a root under the label `realm/<name>/<use>`. So nothing
//! of one realm opens, verifies or names anything of another. All of it is one bundle with one
//! configuration, so this separates realms and uses, not the objects of one realm from each other.
//!
//! There may be several roots, the newest first: the newest wraps, seals and signs, all open. What a
//! root wrapped carries its id. What must outlive every root (K_G, the registration keys) is drawn
//! once and kept wrapped: see [`secrets`]. `docs/KEYS.md` has a row for each label.

mod leaving;
mod pepper;
mod roots;
pub mod secrets;
mod wrapping;

use hkdf::Hkdf;
use operator_log::Notice;
use robert::FederationKey;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use self::leaving::{Standing, list};
pub use self::pepper::Pepper;
pub use self::roots::{KeyId, PerRoot, operator_key_hash};
use self::secrets::{RealmSecrets, Registrations};
pub(crate) use self::wrapping::head;
pub use self::wrapping::{AccountKey, Wrapping, WrappingKey, wrapper};
use crate::Realm;
use crate::seal::SealingKey;

/// The listed roots and all that comes from them.
pub struct KeyRing {
    roots: PerRoot<Root>,
}

/// One root.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Root([u8; 32]);

/// One key for each root.
pub type Peppers = PerRoot<Pepper>;
/// What signs captcha challenges, for each root: text, as ALTCHA's library takes it.
pub type CaptchaSecrets = PerRoot<Zeroizing<String>>;

/// What the stateless front needs of a realm.
pub struct FrontKeys {
    /// K_G.
    pub federation: FederationKey,
    /// The P-256 pairs that phones agree a secret with.
    pub registration: Registrations,
    /// Signs captcha challenges.
    pub captcha: CaptchaSecrets,
    /// Hashes one-time codes.
    pub peppers: Peppers,
    /// Says which intake a code belongs to, whichever root hashed it.
    pub routing: Pepper,
    /// Knows issuers' keys.
    pub issuers: Pepper,
}

impl KeyRing {
    /// Reads the configured roots: hexadecimal, the newest first, with commas, blanks or new lines
    /// between them.
    ///
    /// `allow_test_root` lets in roots that everybody can read in this repository: for tests alone.
    ///
    /// # Errors
    /// The [`Notice`] of what is wrong with the list.
    pub fn from_text(text: Option<&str>, allow_test_root: bool) -> Result<Self, Notice> {
        let mut roots = roots::read(text.unwrap_or_default(), allow_test_root)?.into_iter();
        let named = |secret| {
            let root = Root(secret);
            (root.id(), root)
        };
        let newest = named(roots.next().ok_or(Notice::RootMissing)?);
        let roots = PerRoot::new(newest, roots.map(named)).ok_or(Notice::RootTwice)?;
        Ok(Self { roots })
    }

    /// The roots' ids, the newest first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.roots.iter().map(|(id, _)| id)
    }

    /// What the front needs, in a realm whose own secrets are these.
    #[must_use]
    pub fn front_with(&self, realm: Realm, secrets: &RealmSecrets) -> FrontKeys {
        let captcha = |root: &Root| {
            let key = root.derive(realm, "captcha");
            Zeroizing::new(hexadecimal(&*key))
        };
        FrontKeys {
            federation: secrets.federation(),
            registration: secrets.registrations(),
            captcha: self.roots.map(captcha),
            peppers: self.peppers(realm, "code-pepper"),
            routing: secrets.routing(),
            issuers: secrets.issuers(),
        }
    }

    /// What the front needs, in a realm that stores no secrets of its own: they come from the oldest
    /// root, as all did in 0.1.0.
    #[must_use]
    pub fn front(&self, realm: Realm) -> FrontKeys {
        self.front_with(realm, &RealmSecrets::derived(self, realm))
    }

    /// Wraps account keys at rest: the registry's own.
    #[must_use]
    pub fn wrapping(&self, realm: Realm) -> Wrapping {
        Wrapping::new(self.peppers(realm, "key-encryption"))
    }

    /// Wraps single record keys at rest: the safes' own.
    #[must_use]
    pub fn safes(&self, realm: Realm) -> WrappingKey {
        self.wrapping_key(realm, "safe")
    }

    /// Wraps the record keys of a group at rest: the registries' own.
    #[must_use]
    pub fn groups(&self, realm: Realm) -> WrappingKey {
        self.wrapping_key(realm, "group")
    }

    /// Wraps the keys of a day at rest: the vault's own.
    #[must_use]
    pub fn vault(&self, realm: Realm) -> WrappingKey {
        self.wrapping_key(realm, "vault")
    }

    /// Wraps the realm's own secrets at rest.
    #[must_use]
    pub fn secrets(&self, realm: Realm) -> WrappingKey {
        self.wrapping_key(realm, "secrets")
    }

    /// Makes the codes that are handed out for issuers, and their requests' marks.
    #[must_use]
    pub fn issuing(&self, realm: Realm) -> Peppers {
        self.peppers(realm, "issuing")
    }

    /// Names demo sessions; it belongs to no realm, since it is what opens one.
    #[must_use]
    pub fn sessions(&self) -> Peppers {
        self.roots
            .map(|root| Pepper::new(*root.expand("demo/session")))
    }

    /// Signs the challenges that open demo realms; of no realm either.
    #[must_use]
    pub fn gate(&self) -> CaptchaSecrets {
        self.roots
            .map(|root| Zeroizing::new(hexadecimal(&*root.expand("demo/captcha"))))
    }

    fn peppers(&self, realm: Realm, usage: &str) -> Peppers {
        self.roots
            .map(|root| Pepper::new(*root.derive(realm, usage)))
    }

    fn wrapping_key(&self, realm: Realm, usage: &str) -> WrappingKey {
        let key = |root: &Root| SealingKey::new(*root.derive(realm, usage));
        WrappingKey::new(self.roots.map(key))
    }

    fn oldest(&self) -> &Root {
        self.roots.oldest()
    }
}

impl Root {
    /// Names it, and tells nothing of it.
    fn id(&self) -> KeyId {
        let [a, b, c, d, ..] = *self.expand("root/id");
        [a, b, c, d]
    }

    fn derive(&self, realm: Realm, usage: &str) -> Zeroizing<[u8; 32]> {
        self.expand(&format!("realm/{realm}/{usage}"))
    }

    fn expand(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let expanded = Hkdf::<Sha256>::new(None, &self.0).expand(label.as_bytes(), &mut *key);
        debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's bound");
        key
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    use core::fmt::Write;
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
        let ring = KeyRing::from_text(Some(ROOT), true).unwrap();
        let root = ring.oldest();
        let demo = Realm::Demo([1; 16]);
        let mut keys: Vec<_> = [Realm::National, demo]
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
                    "group",
                    "secrets",
                    "registration/0",
                ]
                .map(|usage| hexadecimal(&*root.derive(realm, usage)))
            })
            .collect();
        assert_eq!(
            keys[0],
            hexadecimal(&*root.expand("realm/national/federation"))
        );
        keys.push(hexadecimal(&*root.expand("demo/session")));
        keys.push(hexadecimal(&*root.expand("demo/captcha")));
        keys.push(hexadecimal(&*root.expand("root/id")));
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }
}
