//! What a phone reads: the bundle that the server sealed for it, and the bytes that it saved.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use base64ct::{Base64, Encoding};
use decree::Moment;
use robert::bundle::{self as sealed_bundle, BundleError};
use robert::phone::Phone;
use robert::{Epoch, TupleKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Counting, NOW, choose, take};

/// A bundle: text that may be anything, and JSON that was sealed for this very phone.
pub fn bundle(bytes: &[u8]) {
    let key = TupleKey::from_bytes(&[5; 32]);
    let stranger = sealed_bundle::open(&key, &String::from_utf8_lossy(bytes));
    assert!(matches!(
        stranger,
        Err(BundleError::NotBase64 | BundleError::NotOurs)
    ));

    // What the server's own key would seal.
    let mut body = bytes.to_vec();
    let cipher = Aes256Gcm::new(&[5; 32].into());
    let tag = cipher.encrypt_inout_detached(&[1; 12].into(), &[], body.as_mut_slice().into());
    let tag = tag.unwrap_or_else(|_| unreachable!("it is shorter than 64 GiB"));
    let sealed = [&[1; 12], body.as_slice(), &tag].concat();
    match sealed_bundle::open(&key, &Base64::encode_string(&sealed)) {
        Ok(tuples) => {
            assert!(tuples.iter().all(|tuple| tuple.epoch <= Epoch::LAST));
            // What the reader passes over need not even be UTF-8 for it.
            let json = serde_json::from_slice::<Value>(bytes);
            let elements = json.iter().filter_map(Value::as_array).flatten();
            for (element, tuple) in elements.zip(&tuples) {
                assert_eq!(element["epochId"], tuple.epoch.number());
                let key = &element["key"];
                assert_eq!(key["ebid"], Base64::encode_string(&tuple.ebid.0));
                assert_eq!(key["ecc"], Base64::encode_string(&[tuple.ecc.0]));
            }
            let again =
                sealed_bundle::open(&key, &sealed_bundle::seal(&key, &mut Counting(2), &tuples));
            assert_eq!(again, Ok(tuples));
        }
        Err(error) => assert_eq!(error, BundleError::Malformed),
    }
}

/// A saved phone: damaged or not, it is an answer, and what is restored can be used, saved and restored again.
pub fn phone(bytes: &[u8]) {
    let (mode, rest) = choose(bytes);
    if mode == 0 {
        // Eight bytes of SHA-256 would have to be right.
        assert!(Phone::restore(rest, NOW).is_err());
        return;
    }
    for version in 1..=2 {
        saved_as(version, rest);
    }
}

fn saved_as(version: u8, rest: &[u8]) {
    let saved = checked(&[&[version], rest].concat());
    let Ok(mut phone) = Phone::restore(&saved, NOW) else {
        return;
    };
    let longer = checked(&[&[version], rest, &[0]].concat());
    assert!(Phone::restore(&longer, NOW).is_err(), "read in part");
    assert!(phone.history(NOW).all(|heard| NOW < heard.forgotten_at()));
    let first = phone.save(NOW);
    // Version 2 says when the next decoy is due, here that it is not drawn yet.
    let added = usize::from(version == 1);
    assert!(first.len() <= saved.len() + added, "restoring adds nothing");
    let again = Phone::restore(&first, NOW).map(|mut again| again.save(NOW));
    assert!(again.is_ok_and(|again| *again == *first));

    let registered = phone.is_registered();
    phone.switch_bluetooth(true);
    let heard = phone.hear(b"sixteen bytes it", -60, NOW);
    assert_eq!(heard, Ok(()));
    let asked = phone.ask(NOW);
    assert!(registered || asked.is_err());
    let _ = (
        phone.emit(NOW),
        phone.delete_exposures(NOW),
        phone.unregister(NOW),
    );
    if phone.draft(decree::article_2::Onset::Unknown, NOW).is_ok() {
        let once = decree::article_3::Once::new("7".to_owned());
        if let Ok(report) = phone.send(once, NOW) {
            assert!(report.contacts.len() <= robert::phone::MOST_CONTACTS);
        }
    }
    // Whenever it wakes up.
    phone.tick(Moment::from_unix(u64::from_be_bytes(take(&mut &rest[..]))));
    phone.tick(Moment::from_unix(u64::MAX));
    phone.erase_all();
    assert!(!phone.is_registered() && phone.history(NOW).next().is_none());
}

/// The bytes with the checksum that a phone gives them.
fn checked(bytes: &[u8]) -> Vec<u8> {
    let sum = Sha256::digest(bytes);
    [bytes, &sum[..8]].concat()
}
