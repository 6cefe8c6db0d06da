//! Sealing: AES-256-GCM under a key of a day, of an account or of the root.
//!
//! What tells of an exposure is stored only sealed; when the key of its day is destroyed nothing
//! can open it, wherever a copy of the row may lie. Every sealed value is padded to a size class
//! first, so that its length says little.
//!
//! A sealed value begins with its version, which stands outside the cipher and is authenticated
//! with it. Release 0.1.0 wrote no version: its values are told by their lengths, see
//! [`crate::form`].

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::form::VERSION;

/// Bytes that 0.1.0 added: the nonce and the tag.
pub const FORMER_OVERHEAD: usize = NONCE + TAG;
/// Bytes that sealing adds: the version, the nonce and the tag.
pub const OVERHEAD: usize = 1 + FORMER_OVERHEAD;

const NONCE: usize = 12;
const TAG: usize = 16;

/// A key that seals. It has one use, and one key is never used for two.
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

    /// `version ‖ nonce ‖ ciphertext ‖ tag`; `context` says what and where it is, so that a sealed
    /// value moved to another column, row, day or shard does not open.
    pub fn seal(&self, rng: &mut impl CryptoRng, context: &[u8], plain: &[u8]) -> Vec<u8> {
        self.seal_after(&[VERSION], rng, context, plain)
    }

    /// What [`SealingKey::seal`] sealed, or nothing when the key, the context or a byte is another.
    #[must_use]
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_after(&[VERSION], context, sealed)
    }

    /// What 0.1.0 sealed: `nonce ‖ ciphertext ‖ tag`.
    #[must_use]
    pub fn open_former(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_after(&[], context, sealed)
    }

    /// `head ‖ nonce ‖ ciphertext ‖ tag`: the head is authenticated, as the context is.
    pub(crate) fn seal_after(
        &self,
        head: &[u8],
        rng: &mut impl CryptoRng,
        context: &[u8],
        plain: &[u8],
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let mut sealed = Vec::with_capacity(head.len() + plain.len() + FORMER_OVERHEAD);
        sealed.extend_from_slice(head);
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        let bound = [head, context].concat();
        // GCM refuses more than 64 GiB only.
        if let Ok(tag) =
            self.0
                .encrypt_inout_detached(&Nonce::from(nonce), &bound, body.as_mut_slice().into())
        {
            sealed.append(&mut body);
            sealed.extend_from_slice(&tag);
        }
        sealed
    }

    /// What [`SealingKey::seal_after`] sealed after this head.
    pub(crate) fn open_after(
        &self,
        head: &[u8],
        context: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.strip_prefix(head)?.split_first_chunk::<NONCE>()?;
        let (body, tag) = rest.split_last_chunk::<TAG>()?;
        let mut plain = Zeroizing::new(body.to_vec());
        let bound = [head, context].concat();
        self.0
            .decrypt_inout_detached(
                &Nonce::from(*nonce),
                &bound,
                plain.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .ok()?;
        Some(plain)
    }
}

/// Sizes that padded contacts can have on their way, in bytes. One epoch holds 90 HELLOs at the usual rate; the
/// most that a contact may bring is 1,000, of at most 13 bytes each.
pub const CLASSES: [usize; 4] = [128, 1_280, 4_096, 13_312];

/// Sizes that padded exposures can have, in bytes: of 31, 108, 584 and 1,000 HELLOs, of which each takes 7. Sealed, fifteen
/// of the first class fill a page of SQLite, or five of the second, which is as long as three of the first.
pub const EXPOSURE_CLASSES: [usize; 4] = [224, 768, 4_096, 7_040];

/// A contact, its length before it, and zeros up to one of [`CLASSES`]; nothing when it fits in none.
#[must_use]
pub fn pad(value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    pad_to(CLASSES, value)
}

/// The same, up to one of these classes.
#[must_use]
pub fn pad_to(classes: [usize; 4], value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let needed = value.len() + 2;
    let class = classes.into_iter().find(|class| needed <= *class)?;
    let length = u16::try_from(value.len()).ok()?;
    let mut padded = Zeroizing::new(Vec::with_capacity(class));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(value);
    padded.resize(class, 0);
    Some(padded)
}

/// What [`pad_to`] padded.
#[must_use]
pub fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (length, rest) = padded.split_first_chunk::<2>()?;
    rest.get(..usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::hexadecimal;
    use crate::tests::Fixed;

    #[test]
    fn only_the_same_key_and_context_open() {
        let key = SealingKey::new([7; 32]);
        let mut sealed = key.seal(&mut Fixed(1), b"here", b"plain");
        assert_eq!(sealed.len(), 5 + OVERHEAD);
        assert_eq!(key.open(b"here", &sealed).unwrap().as_slice(), b"plain");
        assert!(key.open(b"there", &sealed).is_none());
        assert!(SealingKey::new([8; 32]).open(b"here", &sealed).is_none());
        for at in 0..sealed.len() {
            sealed[at] ^= 1;
            assert!(key.open(b"here", &sealed).is_none(), "{at}");
            sealed[at] ^= 1;
        }
        assert!(key.open(b"here", &sealed[..10]).is_none());
    }

    /// The version and the context together are what is authenticated: `20` ‖ `here`.
    #[test]
    fn a_sealed_value_is_its_version_its_nonce_its_ciphertext_and_its_tag() {
        let sealed = SealingKey::new([7; 32]).seal(&mut Fixed(1), b"here", b"plain");
        assert_eq!(
            hexadecimal(&sealed),
            "20c15c0289ec2d0a9167ec8e658723f938edfbd841262519019c425974b10713277a"
        );
        let bare = SealingKey::new([7; 32]);
        let opened = bare.open_former(b"\x20here", &sealed[1..]);
        assert_eq!(opened.unwrap().as_slice(), b"plain");
        assert!(bare.open_former(b"here", &sealed[1..]).is_none());
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
