//! HMAC-SHA256, over a key that is prepared once.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA256 with its key absorbed. Wiped when dropped.
pub(crate) type Prepared = Hmac<Sha256>;

pub(crate) fn prepare(key: &[u8; 32]) -> Prepared {
    // RFC 2104 fills a short key up with zeros to the block of 64 bytes.
    let mut block = zeroize::Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Prepared::new((&*block).into())
}

pub(crate) fn compute(prepared: Prepared, message: &[u8]) -> [u8; 32] {
    prepared
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}

/// Whether `mac` is the beginning of the message's MAC, in constant time. An empty one never is.
pub(crate) fn verify(prepared: Prepared, message: &[u8], mac: &[u8]) -> bool {
    prepared
        .chain_update(message)
        .verify_truncated_left(mac)
        .is_ok()
}
