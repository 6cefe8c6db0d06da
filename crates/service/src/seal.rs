//! Sealing: AES-256-GCM under the data key of a day.
//!
//! What tells of an exposure is stored only sealed; when the key of its day is destroyed nothing
//! can open it, wherever a copy of the row may lie. Every sealed value is padded to a size class
//! first, so that its length says little.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Bytes that sealing adds: the nonce and the tag.
pub const OVERHEAD: usize = 12 + 16;

/// A key that seals: the data key of a day, or the vault's own.
pub struct SealingKey(Aes256Gcm);

impl SealingKey {
    /// From its 32 bytes.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Aes256Gcm::new(
            &Zeroizing::new(key)
                .as_slice()
                .try_into()
                .unwrap_or_default(),
        ))
    }

    /// `nonce ‖ ciphertext ‖ tag`; `context` says what and where it is, so that a sealed value
    /// moved to another row or table does not open.
    pub fn seal(&self, rng: &mut impl CryptoRng, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut nonce);
        let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        // GCM refuses more than 64 GiB only.
        if let Ok(tag) =
            self.0
                .encrypt_inout_detached(&Nonce::from(nonce), context, body.as_mut_slice().into())
        {
            sealed.append(&mut body);
            sealed.extend_from_slice(&tag);
        }
        sealed
    }

    /// What was sealed, or nothing when the key, the context or a byte is another.
    #[must_use]
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.split_first_chunk::<12>()?;
        let (body, tag) = rest.split_last_chunk::<16>()?;
        let mut plain = Zeroizing::new(body.to_vec());
        self.0
            .decrypt_inout_detached(
                &Nonce::from(*nonce),
                context,
                plain.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .ok()?;
        Some(plain)
    }
}

/// Sizes that padded values can have, in bytes. One epoch holds 90 HELLOs at the usual rate; the
/// most that a contact may bring is 1,000, of at most 13 bytes each.
const CLASSES: [usize; 4] = [128, 1_280, 4_096, 13_312];

/// `value`, its length before it, and zeros up to a size class; nothing when it fits in none.
#[must_use]
pub fn pad(value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let needed = value.len() + 2;
    let class = CLASSES.into_iter().find(|class| needed <= *class)?;
    let length = u16::try_from(value.len()).ok()?;
    let mut padded = Zeroizing::new(Vec::with_capacity(class));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(value);
    padded.resize(class, 0);
    Some(padded)
}

/// What [`pad`] padded.
#[must_use]
pub fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (length, rest) = padded.split_first_chunk::<2>()?;
    rest.get(..usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Fixed;

    #[test]
    fn only_the_same_key_and_context_open() {
        let key = SealingKey::new([7; 32]);
        let mut sealed = key.seal(&mut Fixed(1), b"here", b"plain");
        assert_eq!(sealed.len(), 5 + OVERHEAD);
        assert_eq!(key.open(b"here", &sealed).unwrap().as_slice(), b"plain");
        assert!(key.open(b"there", &sealed).is_none());
        assert!(SealingKey::new([8; 32]).open(b"here", &sealed).is_none());
        sealed[20] ^= 1;
        assert!(key.open(b"here", &sealed).is_none());
        assert!(key.open(b"here", &sealed[..10]).is_none());
    }

    #[test]
    fn padding_hides_the_length_inside_a_class() {
        for (length, class) in [(0, 128), (126, 128), (127, 1_280), (13_310, 13_312)] {
            let value = vec![9; length];
            let padded = pad(&value).unwrap();
            assert_eq!(padded.len(), class);
            assert_eq!(unpad(&padded).unwrap(), value);
        }
        assert!(pad(&[0; 13_311]).is_none());
        assert!(unpad(&[0, 3, 1]).is_none());
    }
}
