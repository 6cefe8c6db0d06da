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

#[test]
fn many_blocks_are_each_block() {
    let cipher = Skinny64_192::new(&[7; 24].into());
    let mut blocks: Vec<_> = (0..67u64).map(|n| n.to_be_bytes().into()).collect();
    let mut singles = blocks.clone();
    singles
        .iter_mut()
        .for_each(|block| cipher.encrypt_block(block));
    cipher.encrypt_blocks(&mut blocks);
    assert_eq!(blocks, singles);
    singles
        .iter_mut()
        .for_each(|block| cipher.decrypt_block(block));
    cipher.decrypt_blocks(&mut blocks);
    assert_eq!(blocks, singles);
}

#[test]
fn debug_prints_the_name_only() {
    let one = format!("{:?}", Skinny64_192::new(&[0; 24].into()));
    assert_eq!(one, "SKINNY-64/192 { .. }");
    assert_eq!(one, format!("{:?}", Skinny64_192::new(&[255; 24].into())));
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
