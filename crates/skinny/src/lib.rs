//! SKINNY-64/192, the lightweight tweakable block cipher of Beierle et al. (CRYPTO 2016), as a
//! block cipher of the [`cipher`] traits: 64-bit blocks, 192-bit keys, 40 rounds.
//!
//! ROBERT seals ephemeral Bluetooth identifiers with it (specification §4). The whole tweakey is
//! used as the key: `TK1 ‖ TK2 ‖ TK3`, eight bytes each.
//!
//! # In scope
//! One block, encrypted or decrypted, in constant time: the state lives in one register, the
//! S-box is a Boolean formula on sixteen cells at once, and no table is indexed by a secret.
//!
//! Many blocks under one key, in constant time as well and each in a fraction of the time
//! (`encrypt_blocks`, `decrypt_blocks`): they are bit-sliced, 64 or 128 at once.
//!
//! # Out of scope
//! Modes of operation, and the other members of the SKINNY family. This is a low-level primitive:
//! use it through a protocol that says why a 64-bit block is enough.
//!
//! # Example
//! The test vector printed in appendix B.1 of the paper:
//! ```
//! use hex_literal::hex;
//! use skinny::Skinny64_192;
//! use skinny::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
//!
//! let key = hex!("ed00c85b120d68618753e24bfd908f60b2dbb41b422dfcd0");
//! let cipher = Skinny64_192::new(&key.into());
//!
//! let mut block = hex!("530c61d35e8663c3").into();
//! cipher.encrypt_block(&mut block);
//! assert_eq!(block, hex!("dd2cf1a8f330303c"));
//!
//! cipher.decrypt_block(&mut block);
//! assert_eq!(block, hex!("530c61d35e8663c3"));
//! ```
#![no_std]

pub use cipher;

mod consts;
mod key_schedule;
mod round;
mod sliced;

use cipher::consts::{U8, U24};
use cipher::{
    AlgorithmName, Block, BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt,
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, InOut,
    InOutBuf, Key, KeyInit, KeySizeUser, ParBlocks, ParBlocksSizeUser,
};
use core::fmt;

/// SKINNY with a 64-bit block and a 192-bit key, its 40 round keys computed once.
///
/// Wiped when dropped if the feature `zeroize` is on.
#[derive(Clone)]
pub struct Skinny64_192 {
    round_keys: [u32; consts::ROUNDS],
}

impl KeySizeUser for Skinny64_192 {
    type KeySize = U24;
}

impl KeyInit for Skinny64_192 {
    fn new(key: &Key<Self>) -> Self {
        Self {
            round_keys: key_schedule::expand(key.into()),
        }
    }
}

impl BlockSizeUser for Skinny64_192 {
    type BlockSize = U8;
}

impl ParBlocksSizeUser for Skinny64_192 {
    type ParBlocksSize = sliced::Blocks;
}

impl BlockCipherEncrypt for Skinny64_192 {
    #[inline]
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = Self::BlockSize>) {
        f.call(self);
    }
}

impl BlockCipherEncBackend for Skinny64_192 {
    #[inline]
    fn encrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
        let mut state = u64::from_be_bytes((*block.get_in()).into());
        for key in &self.round_keys {
            state = round::forward(state, *key);
        }
        *block.get_out() = state.to_be_bytes().into();
    }

    fn encrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
        sliced::encrypt(&self.round_keys, blocks.into_buf());
    }

    fn encrypt_tail_blocks(&self, blocks: InOutBuf<'_, '_, Block<Self>>) {
        if blocks.len() >= sliced::FEWEST {
            sliced::encrypt(&self.round_keys, blocks);
            return;
        }
        for block in blocks {
            self.encrypt_block_inout(block);
        }
    }
}

impl BlockCipherDecrypt for Skinny64_192 {
    #[inline]
    fn decrypt_with_backend(&self, f: impl BlockCipherDecClosure<BlockSize = Self::BlockSize>) {
        f.call(self);
    }
}

impl BlockCipherDecBackend for Skinny64_192 {
    #[inline]
    fn decrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
        let mut state = u64::from_be_bytes((*block.get_in()).into());
        for key in self.round_keys.iter().rev() {
            state = round::backward(state, *key);
        }
        *block.get_out() = state.to_be_bytes().into();
    }

    fn decrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
        sliced::decrypt(&self.round_keys, blocks.into_buf());
    }

    fn decrypt_tail_blocks(&self, blocks: InOutBuf<'_, '_, Block<Self>>) {
        if blocks.len() >= sliced::FEWEST {
            sliced::decrypt(&self.round_keys, blocks);
            return;
        }
        for block in blocks {
            self.decrypt_block_inout(block);
        }
    }
}

impl AlgorithmName for Skinny64_192 {
    fn write_alg_name(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SKINNY-64/192")
    }
}

impl fmt::Debug for Skinny64_192 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SKINNY-64/192 { .. }")
    }
}

#[cfg(feature = "zeroize")]
impl Drop for Skinny64_192 {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.round_keys);
    }
}

#[cfg(feature = "zeroize")]
impl zeroize::ZeroizeOnDrop for Skinny64_192 {}
