//! Who a phone is to the server (an identifier) and to everyone else (an EBID and an ECC).
//! Specification §4.

use crate::Epoch;
use aes::Aes256;
use cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use serde::{Deserialize, Serialize};
use skinny::Skinny64_192;
use zeroize::ZeroizeOnDrop;

/// ID_A: the permanent identifier of an account, 40 random bits, known to the server alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(pub [u8; 5]);

/// An ephemeral Bluetooth identifier: what a phone calls itself for one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ebid(pub [u8; 8]);

/// An encrypted country code: the country of the server that made the EBID beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ecc(pub u8);

/// A country: its telephone prefix in the deployed configuration (France is 33).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CountryCode(pub u8);

/// K_S: the server key of one day, 192 bits. Its key schedule is computed once.
///
/// Secret: it has no `Debug` and is wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct ServerKey(Skinny64_192);

impl ServerKey {
    /// Prepares the key.
    pub fn from_bytes(bytes: &[u8; 24]) -> Self {
        Self(Skinny64_192::new(bytes.into()))
    }

    /// EBID = SKINNY-64/192(K_S, epoch ‖ ID_A), the epoch in three bytes.
    pub fn encrypt(&self, epoch: Epoch, id: Id) -> Ebid {
        let [_, e2, e1, e0] = epoch.number().to_be_bytes();
        let [i0, i1, i2, i3, i4] = id.0;
        let mut block = [e2, e1, e0, i0, i1, i2, i3, i4].into();
        self.0.encrypt_block(&mut block);
        Ebid(block.into())
    }

    /// What the EBID says under this key. Under a wrong key that is noise: compare the epoch.
    pub fn decrypt(&self, ebid: Ebid) -> (Epoch, Id) {
        let mut block = ebid.0.into();
        self.0.decrypt_block(&mut block);
        let [e2, e1, e0, i0, i1, i2, i3, i4] = block.into();
        (Epoch::from_bytes([e2, e1, e0]), Id([i0, i1, i2, i3, i4]))
    }
}

/// K_G: the key that the servers of a federation share, 256 bits. Its AES object is built once.
///
/// Secret: it has no `Debug` and is wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct FederationKey(Aes256);

impl FederationKey {
    /// Prepares the key.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Aes256::new(bytes.into()))
    }

    /// ECC = first byte of AES-256(K_G, EBID ‖ 8 zero bytes) ⊕ country code.
    pub fn encode(&self, ebid: Ebid, country: CountryCode) -> Ecc {
        Ecc(self.mask(ebid) ^ country.0)
    }

    /// The country of an ECC. Nothing tells a wrong ECC from a foreign one.
    pub fn decode(&self, ebid: Ebid, ecc: Ecc) -> CountryCode {
        CountryCode(self.mask(ebid) ^ ecc.0)
    }

    fn mask(&self, ebid: Ebid) -> u8 {
        let [e0, e1, e2, e3, e4, e5, e6, e7] = ebid.0;
        let mut block = [e0, e1, e2, e3, e4, e5, e6, e7, 0, 0, 0, 0, 0, 0, 0, 0].into();
        self.0.encrypt_block(&mut block);
        let [first, ..]: [u8; 16] = block.into();
        first
    }
}
