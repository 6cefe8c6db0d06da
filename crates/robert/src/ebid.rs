//! Who a phone is to the server (an identifier) and to everyone else (an EBID and an ECC).
//! Specification §4.

use crate::Epoch;
use aes::Aes256;
use cipher::consts::{U8, U16};
use cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
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
        let mut block = block_of(epoch, id);
        self.0.encrypt_block(&mut block);
        Ebid(block.into())
    }

    /// The EBIDs of an account for these epochs, in their order. From ten on they take a fraction of the time.
    pub fn encrypt_all(&self, epochs: &[Epoch], id: Id) -> Vec<Ebid> {
        let mut blocks: Vec<_> = epochs.iter().map(|epoch| block_of(*epoch, id)).collect();
        self.0.encrypt_blocks(&mut blocks);
        blocks.into_iter().map(|block| Ebid(block.into())).collect()
    }

    /// What the EBID says under this key. Under a wrong key that is noise: compare the epoch.
    pub fn decrypt(&self, ebid: Ebid) -> (Epoch, Id) {
        let mut block = ebid.0.into();
        self.0.decrypt_block(&mut block);
        read_block(block)
    }

    /// What each of these EBIDs says under this key, as [`Self::decrypt`] reads it. From ten on they take a fraction of the
    /// time.
    pub fn decrypt_all(&self, ebids: impl IntoIterator<Item = Ebid>) -> Vec<(Epoch, Id)> {
        let mut blocks: Vec<_> = ebids.into_iter().map(|ebid| ebid.0.into()).collect();
        self.0.decrypt_blocks(&mut blocks);
        blocks.into_iter().map(read_block).collect()
    }
}

fn block_of(epoch: Epoch, id: Id) -> Array<u8, U8> {
    let [e2, e1, e0] = epoch.to_bytes();
    let [i0, i1, i2, i3, i4] = id.0;
    [e2, e1, e0, i0, i1, i2, i3, i4].into()
}

fn read_block(block: Array<u8, U8>) -> (Epoch, Id) {
    let [e2, e1, e0, i0, i1, i2, i3, i4] = block.into();
    (Epoch::from_bytes([e2, e1, e0]), Id([i0, i1, i2, i3, i4]))
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

    /// The ECC beside each of these EBIDs. AES takes several blocks in little more time than one.
    pub fn encode_all(
        &self,
        ebids: impl IntoIterator<Item = Ebid>,
        country: CountryCode,
    ) -> Vec<Ecc> {
        let mut blocks: Vec<_> = ebids.into_iter().map(padded).collect();
        self.0.encrypt_blocks(&mut blocks);
        let ecc = |block| Ecc(first(block) ^ country.0);
        blocks.into_iter().map(ecc).collect()
    }

    /// The country of each of these ECCs, as [`Self::decode`] finds it.
    pub fn decode_all(&self, named: impl IntoIterator<Item = (Ebid, Ecc)>) -> Vec<CountryCode> {
        let (mut blocks, eccs): (Vec<_>, Vec<_>) = named
            .into_iter()
            .map(|(ebid, ecc)| (padded(ebid), ecc))
            .unzip();
        self.0.encrypt_blocks(&mut blocks);
        let country = |(block, ecc): (_, Ecc)| CountryCode(first(block) ^ ecc.0);
        blocks.into_iter().zip(eccs).map(country).collect()
    }

    fn mask(&self, ebid: Ebid) -> u8 {
        let mut block = padded(ebid);
        self.0.encrypt_block(&mut block);
        first(block)
    }
}

fn padded(ebid: Ebid) -> Array<u8, U16> {
    let [e0, e1, e2, e3, e4, e5, e6, e7] = ebid.0;
    [e0, e1, e2, e3, e4, e5, e6, e7, 0, 0, 0, 0, 0, 0, 0, 0].into()
}

fn first(block: Array<u8, U16>) -> u8 {
    let [first, ..]: [u8; 16] = block.into();
    first
}
