//! Bundles.

use super::{check_tuple, text};
use crate::common::SOMEONE;
use crate::common::{Draws, hex, hex_vec, number, rows, test, vectors};
use base64ct::{Base64, Encoding};
use robert::bundle::{self, BundleError, Tuple};
use robert::parameters::COUNTRY;
use robert::{Ebid, Ecc, Epoch, FederationKey, ServerKey, TupleKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

#[test]
fn tuples_small_bundle() {
    let file = vectors!("tuples_aes_gcm");
    let row = &file["derived_small"];
    let key = TupleKey::from_bytes(&hex(&row["key"]));
    let bundle = text(&row["tuples_field"]);
    assert_eq!(
        Base64::decode_vec(bundle).unwrap(),
        hex_vec(&row["blob_hex"])
    );

    let tuples = bundle::open(&key, bundle).unwrap();
    let plaintext: Value = serde_json::from_str(text(&row["plaintext_utf8"])).unwrap();
    for (tuple, expected) in tuples.iter().zip(rows(&plaintext, 3)) {
        check_tuple(tuple, expected);
    }
    assert_eq!(
        bundle::seal(&key, &mut Draws::of(&hex_vec(&row["iv"])), &tuples),
        bundle
    );
}

#[test]
fn tuples_four_days() {
    let file = vectors!("tuples_aes_gcm");
    let row = &file["derived_four_days"];
    let start = Epoch::new(number(&row["start_epoch"])).unwrap();
    let keys: BTreeMap<_, _> = bundle::epochs_from(start, 4)
        .map(|epoch| {
            (
                epoch.day(),
                ServerKey::from_bytes(&derived_day_key(epoch.number() / 96)),
            )
        })
        .collect();
    assert_eq!(keys.len(), 4);
    let hellos = vectors!("hello");
    let kg = FederationKey::from_bytes(&hex(&hellos["derived_keys"]["kg"]));

    let tuples = bundle::tuples(&keys, &kg, COUNTRY, SOMEONE, bundle::epochs_from(start, 4));
    assert_eq!(tuples.len() as u32, number(&row["tuples"]));
    check_tuple(&tuples[0], &row["first"]);
    check_tuple(tuples.last().unwrap(), &row["last"]);

    let key = TupleKey::from_bytes(&hex(&row["key"]));
    let bundle = bundle::seal(&key, &mut Draws::of(&hex_vec(&row["iv"])), &tuples);
    let blob = Base64::decode_vec(&bundle).unwrap();
    assert_eq!(blob.len() as u32, number(&row["blob_len"]));
    assert_eq!(
        <[u8; 32]>::from(Sha256::digest(&blob)),
        hex(&row["blob_sha256"])
    );
    assert_eq!(bundle::open(&key, &bundle).unwrap(), tuples);
}

#[test]
fn tuples_of_a_whole_bundle_have_the_deployed_length() {
    let file = vectors!("tuples_aes_gcm");
    let tuple = |epoch| Tuple {
        epoch: Epoch::new(epoch).unwrap(),
        ebid: Ebid([0; 8]),
        ecc: Ecc(0),
    };
    let tuples: Vec<_> = (60_000..60_384).map(tuple).collect();
    let bundle = bundle::seal(
        &TupleKey::from_bytes(&[1; 32]),
        &mut Draws::of(&[0]),
        &tuples,
    );
    let length = Base64::decode_vec(&bundle).unwrap().len() - 12 - 16;
    assert_eq!(length as u32, number(&file["full_384_tuple_plaintext_len"]));
}

#[test]
fn tuples_open_under_their_key_only() {
    let file = vectors!("tuples_aes_gcm");
    let row = &file["derived_small"];
    let key = TupleKey::from_bytes(&hex(&row["key"]));
    let blob = hex_vec(&row["blob_hex"]);
    for byte in 0..blob.len() {
        let mut changed = blob.clone();
        changed[byte] ^= 1;
        let changed = Base64::encode_string(&changed);
        assert_eq!(
            bundle::open(&key, &changed),
            Err(BundleError::NotOurs),
            "byte {byte}"
        );
    }
    let other = TupleKey::from_bytes(&[0; 32]);
    assert_eq!(
        bundle::open(&other, text(&row["tuples_field"])),
        Err(BundleError::NotOurs)
    );
    assert_eq!(bundle::open(&key, "HetM"), Err(BundleError::NotOurs));
    assert_eq!(bundle::open(&key, "Het"), Err(BundleError::NotBase64));
}

fn derived_day_key(day: u32) -> [u8; 24] {
    Sha256::digest(format!("robert-vec/KS-day/{day}/0"))[..24]
        .try_into()
        .unwrap()
}
