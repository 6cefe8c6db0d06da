//! AES-256-GCM as the deployed service writes it: 12-byte IV ‖ ciphertext ‖ 16-byte tag, no
//! additional data.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::AeadInOut;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

const IV: usize = 12;
const TAG: usize = 16;

/// Seals a message of at most so many bytes under a fresh random IV. It is written where it is sealed, so that no copy of it
/// stays.
///
/// GCM refuses nothing shorter than 2³⁶ − 32 bytes; what it did refuse would come back empty,
/// which opens under no key.
pub(crate) fn seal(
    cipher: &Aes256Gcm,
    rng: &mut impl CryptoRng,
    most: usize,
    write: impl FnOnce(&mut Vec<u8>),
) -> Vec<u8> {
    let mut iv = [0; IV];
    rng.fill_bytes(&mut iv);
    let mut sealed = Vec::with_capacity(IV + most + TAG);
    sealed.extend_from_slice(&iv);
    write(&mut sealed);
    let body = sealed.split_at_mut(IV).1;
    match cipher.encrypt_inout_detached(&iv.into(), &[], body.into()) {
        Ok(tag) => {
            sealed.extend_from_slice(&tag);
            sealed
        }
        Err(_) => Vec::new(),
    }
}

/// Opens what [`seal`] made; none for anything else.
pub(crate) fn open(cipher: &Aes256Gcm, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (iv, rest) = sealed.split_first_chunk::<IV>()?;
    let (body, tag) = rest.split_last_chunk::<TAG>()?;
    let mut message = Zeroizing::new(body.to_vec());
    let opened =
        cipher.decrypt_inout_detached(iv.into(), &[], message.as_mut_slice().into(), tag.into());
    opened.ok().map(|()| message)
}

/// [`seal`] for one key of 32 bytes, without allocation.
pub(crate) fn seal_key(
    cipher: &Aes256Gcm,
    rng: &mut impl CryptoRng,
    key: &[u8; 32],
) -> [u8; IV + 32 + TAG] {
    let mut sealed = [0; IV + 32 + TAG];
    let mut iv = [0; IV];
    rng.fill_bytes(&mut iv);
    let mut body = Zeroizing::new(*key);
    if let Ok(tag) = cipher.encrypt_inout_detached(&iv.into(), &[], body.as_mut_slice().into()) {
        let bytes = iv.iter().chain(body.iter()).chain(tag.iter());
        for (to, from) in sealed.iter_mut().zip(bytes) {
            *to = *from;
        }
    }
    sealed
}

/// Opens what [`seal_key`] made.
pub(crate) fn open_key(
    cipher: &Aes256Gcm,
    sealed: &[u8; IV + 32 + TAG],
) -> Option<Zeroizing<[u8; 32]>> {
    let (iv, rest) = sealed.split_first_chunk::<IV>()?;
    let (body, tag) = rest.split_last_chunk::<TAG>()?;
    let mut key = Zeroizing::new(<[u8; 32]>::try_from(body).ok()?);
    let opened =
        cipher.decrypt_inout_detached(iv.into(), &[], key.as_mut_slice().into(), tag.into());
    opened.ok().map(|()| key)
}
