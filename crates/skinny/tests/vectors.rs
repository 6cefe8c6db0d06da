//! The paper's vectors, the deployed server's, and derived ones, both directions.
//!
//! Every test runs natively and, under the same name, in a browser.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

use serde_json::Value;
use skinny::Skinny64_192;
use skinny::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[test]
fn published_vectors() {
    let vectors = vectors();
    let published = vectors["published"].as_array().unwrap();
    assert_eq!(published.len(), 2);
    published.iter().for_each(check);
}

#[test]
fn derived_vectors() {
    let vectors = vectors();
    let derived = vectors["derived"].as_array().unwrap();
    assert_eq!(derived.len(), 10);
    derived.iter().for_each(check);
}

#[test]
fn chain_of_a_thousand() {
    let chain = &vectors()["chain"];
    let cipher = Skinny64_192::new(&bytes::<24>(&chain["key"]).into());
    let (first, last) = (
        bytes::<8>(&chain["plaintext"]),
        bytes::<8>(&chain["ciphertext"]),
    );
    let mut block = first.into();
    for _ in 0..chain["times"].as_u64().unwrap() {
        cipher.encrypt_block(&mut block);
    }
    assert_eq!(block, last);
    for _ in 0..chain["times"].as_u64().unwrap() {
        cipher.decrypt_block(&mut block);
    }
    assert_eq!(block, first);
}

/// Every vector at every place of as many blocks as go together: at most 128, and then some.
#[test]
fn vectors_among_many_blocks() {
    let vectors = vectors();
    let all = ["published", "derived"].map(|kind| vectors[kind].as_array().unwrap());
    for vector in all.into_iter().flatten() {
        let cipher = Skinny64_192::new(&bytes::<24>(&vector["key"]).into());
        let plaintext = bytes::<8>(&vector["plaintext"]).into();
        let ciphertext = bytes::<8>(&vector["ciphertext"]);
        let mut blocks = vec![plaintext; 200];
        cipher.encrypt_blocks(&mut blocks);
        assert_eq!(blocks, [ciphertext; 200], "encrypting {vector}");
        cipher.decrypt_blocks(&mut blocks);
        assert_eq!(blocks, [plaintext; 200], "decrypting {vector}");
    }
}

/// However many there are, in place and from one buffer to another, under keys of all kinds.
#[test]
fn many_blocks_are_each_block() {
    let mut draws = Draws(1);
    let keys = [[0; 24], [0xff; 24]]
        .into_iter()
        .chain((0..6).map(|_| draws.draw()));
    for key in keys.collect::<Vec<_>>() {
        let cipher = Skinny64_192::new(&key.into());
        for many in (0..=20)
            .chain([62, 63, 64, 65, 66, 67, 96])
            .chain([127, 128, 129, 136, 138, 160, 300])
        {
            let plain: Vec<_> = (0..many).map(|_| draws.draw::<8>().into()).collect();
            let mut singles = plain.clone();
            singles
                .iter_mut()
                .for_each(|block| cipher.encrypt_block(block));
            let (mut blocks, mut others) = (plain.clone(), vec![[0; 8].into(); many]);
            cipher.encrypt_blocks(&mut blocks);
            cipher.encrypt_blocks_b2b(&plain, &mut others).unwrap();
            assert_eq!(blocks, singles, "{many} blocks, key {key:x?}");
            assert_eq!(others, singles, "{many} blocks, key {key:x?}");

            let mut singles = plain.clone();
            singles
                .iter_mut()
                .for_each(|block| cipher.decrypt_block(block));
            let mut blocks = plain.clone();
            cipher.decrypt_blocks(&mut blocks);
            cipher.decrypt_blocks_b2b(&plain, &mut others).unwrap();
            assert_eq!(blocks, singles, "{many} blocks, key {key:x?}");
            assert_eq!(others, singles, "{many} blocks, key {key:x?}");
        }
    }
}

#[test]
fn debug_prints_the_name_only() {
    let one = format!("{:?}", Skinny64_192::new(&[0; 24].into()));
    assert_eq!(one, "SKINNY-64/192 { .. }");
    assert_eq!(one, format!("{:?}", Skinny64_192::new(&[255; 24].into())));
}

/// Bytes that differ.
struct Draws(u64);

impl Draws {
    fn draw<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| {
            self.0 = self
                .0
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            (self.0 >> 56) as u8
        })
    }
}

fn check(vector: &Value) {
    let cipher = Skinny64_192::new(&bytes::<24>(&vector["key"]).into());
    let plaintext = bytes::<8>(&vector["plaintext"]);
    let ciphertext = bytes::<8>(&vector["ciphertext"]);
    let mut block = plaintext.into();
    cipher.encrypt_block(&mut block);
    assert_eq!(block, ciphertext, "encrypting {vector}");
    cipher.decrypt_block(&mut block);
    assert_eq!(block, plaintext, "decrypting {vector}");
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn bytes<const N: usize>(hex: &Value) -> [u8; N] {
    let hex = hex.as_str().unwrap();
    assert_eq!(hex.len(), 2 * N);
    core::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
}
