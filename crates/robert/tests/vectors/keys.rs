//! Key agreement, the wrapping of stored keys, and whole registrations.

use super::{check_tuple, id, text};
use crate::common::{Draws, base64, hex, hex_vec, ntp, number, rows, test, vectors};
use base64ct::{Base64, Encoding};
use robert::auth::{AuthRequest, Kind, SenderError};
use robert::bundle::{self};
use robert::keys::{
    ClientPublic, ClientSecret, KeyEncryptionKey, KeyError, ServerPublic, ServerSecret,
};
use robert::parameters::COUNTRY;
use robert::{Ebid, Epoch, FederationKey, Hello, ServerKey, Time32};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn key_agreement_published() {
    let file = vectors!("key_agreement");
    let row = &rows(&file["published"], 1)[0];
    // PKCS#8 puts the scalar of a P-256 key at bytes 36 to 68.
    let pkcs8: [u8; 138] = base64(&row["client_private_pkcs8_b64"]);
    let client = ClientSecret::from_bytes(pkcs8[36..68].try_into().unwrap()).unwrap();
    let server = ServerPublic::from_base64(text(&row["server_public_spki_b64"])).unwrap();
    let (auth, tuples) = client.agree(&server);
    assert_eq!(*auth.as_bytes(), hex(&row["derived_label_mac"]));
    assert_eq!(*tuples.as_bytes(), hex(&row["derived_label_tuples"]));
}

#[test]
fn key_agreement_reads_the_development_key() {
    let file = vectors!("key_agreement");
    let key = text(&file["dev_stack_server_public_spki_b64"]);
    assert_eq!(ServerPublic::from_base64(key).unwrap().to_base64(), key);
}

#[test]
fn key_agreement_takes_p256_only() {
    let file = vectors!("key_agreement");
    let key: [u8; 91] = base64(&file["dev_stack_server_public_spki_b64"]);
    let read = |der: &[u8]| ClientPublic::from_spki(der).map(|_| ());
    assert_eq!(read(&key), Ok(()));
    // secp256k1 in place of secp256r1: its name is two bytes shorter.
    let k1 = [
        &[0x30, 0x56, 0x30, 0x10],
        &key[4..15],
        &[6, 5, 0x2b, 0x81, 4, 0, 10],
        &key[23..],
    ]
    .concat();
    assert_eq!(read(&k1), Err(KeyError::NotP256));
    assert_eq!(read(&key[26..]), Err(KeyError::NotP256), "a bare point");
    assert_eq!(read(&key[..90]), Err(KeyError::NotP256), "cut short");
    assert_eq!(
        read(&[&key[..], &[0]].concat()),
        Err(KeyError::NotP256),
        "too long"
    );
    assert_eq!(read(&[]), Err(KeyError::NotP256));
    for byte in 0..27 {
        let mut changed = key;
        changed[byte] ^= 1;
        assert_eq!(read(&changed), Err(KeyError::NotP256), "byte {byte}");
    }
    let mut off = key;
    off[90] ^= 1;
    assert_eq!(read(&off), Err(KeyError::OffCurve));
    let zero = [&key[..27], &[0; 64][..]].concat();
    assert_eq!(read(&zero), Err(KeyError::OffCurve));

    let read = |text: &str| ClientPublic::from_base64(text).map(|_| ());
    assert_eq!(read("MFkw?"), Err(KeyError::NotBase64));
    assert_eq!(read("MFkw"), Err(KeyError::NotP256));
    assert_eq!(
        read(&Base64::encode_string(&[0; 300])),
        Err(KeyError::NotP256)
    );
    assert_eq!(
        ServerSecret::from_bytes(&[0; 32]).err(),
        Some(KeyError::OffCurve)
    );
    assert_eq!(
        ServerSecret::from_bytes(&[0xff; 32]).err(),
        Some(KeyError::OffCurve)
    );
}

#[test]
fn stored_key_wrap() {
    let file = vectors!("stored_key_wrap");
    let row = &file["derived"];
    let kek = KeyEncryptionKey::from_bytes(&hex(&row["kek"]));
    let (key, wrapped) = (hex(&row["key"]), hex(&row["wrapped_hex"]));
    assert_eq!(wrapped, base64(&row["wrapped_b64"]));
    assert_eq!(kek.wrap(&mut Draws::of(&wrapped[..12]), &key), wrapped);
    assert_eq!(*kek.unwrap(&wrapped).unwrap(), key);
    for byte in 0..60 {
        let mut changed = wrapped;
        changed[byte] ^= 1;
        assert!(kek.unwrap(&changed).is_none(), "byte {byte}");
    }
    assert!(
        KeyEncryptionKey::from_bytes(&[0; 32])
            .unwrap(&wrapped)
            .is_none()
    );
}

#[test]
fn registration_flow() {
    let file = vectors!("registration_flow");
    for row in rows(&file["derived"], 2) {
        let server = ServerSecret::from_bytes(&hex(&row["server_private_scalar"])).unwrap();
        let client = ClientSecret::from_bytes(&hex(&row["client_private_scalar"])).unwrap();
        assert_eq!(
            server.public().to_base64(),
            text(&row["server_public_spki_b64"])
        );
        assert_eq!(
            client.public().to_base64(),
            text(&row["client_public_spki_b64"])
        );

        let (auth, tuples_key) = client.agree(&server.public());
        let (server_auth, server_tuples_key) = server.agree(&client.public());
        assert_eq!(*auth.as_bytes(), hex(&row["k_mac"]));
        assert_eq!(*tuples_key.as_bytes(), hex(&row["k_tuples"]));
        assert_eq!(auth.as_bytes(), server_auth.as_bytes());
        assert_eq!(tuples_key.as_bytes(), server_tuples_key.as_bytes());
        let wrong = &row["wrong_if_spec_labels"];
        assert_ne!(*auth.as_bytes(), hex(&wrong["authentication_key"]));
        assert_ne!(*tuples_key.as_bytes(), hex(&wrong["encryption_key"]));

        let epochs: Vec<_> = rows(&row["bundle_epochs"], 2)
            .iter()
            .map(|epoch| Epoch::new(number(epoch)).unwrap())
            .collect();
        let keys = BTreeMap::from([(
            epochs[0].day(),
            ServerKey::from_bytes(&hex(&row["ks_day696"])),
        )]);
        let kg = FederationKey::from_bytes(&hex(&row["kg"]));
        let tuples = bundle::tuples(&keys, &kg, COUNTRY, id(row), epochs);
        let sealed = bundle::seal(
            &tuples_key,
            &mut Draws::of(&hex_vec(&row["bundle_iv"])),
            &tuples,
        );
        assert_eq!(sealed, text(&row["tuples_field"]));
        let plaintext: Value = serde_json::from_str(text(&row["bundle_plaintext_utf8"])).unwrap();
        for (tuple, expected) in tuples.iter().zip(rows(&plaintext, 2)) {
            check_tuple(tuple, expected);
        }

        let hello = Hello::seal(
            &auth,
            tuples[0].ecc,
            tuples[0].ebid,
            ntp(&row["hello_at_ntp"]),
        );
        assert_eq!(hello.to_bytes(), hex(&row["hello"]));

        let status = &row["status_request"];
        let request = AuthRequest {
            ebid: Ebid(base64(&status["ebid"])),
            epoch: number(&status["epochId"]),
            time: Time32(base64(&status["time"])),
            mac: base64(&status["mac"]),
        };
        assert!(request.verify(Kind::Status, &server_auth));
        assert_eq!(request.sender(&keys), Ok(id(row)));
        let later = AuthRequest {
            epoch: request.epoch + 1,
            ..request
        };
        assert_eq!(later.sender(&keys), Err(SenderError::WrongEpoch));
        let tomorrow = AuthRequest {
            epoch: request.epoch + 96,
            ..request
        };
        assert_eq!(tomorrow.sender(&keys), Err(SenderError::NoDayKey));
    }
}

/// A shared secret that begins with a zero byte: taking the zero away gives other keys.
#[test]
fn registration_flow_has_a_shared_secret_with_a_leading_zero() {
    let file = vectors!("registration_flow");
    let shared = |row: &Value| hex::<32>(&row["shared_secret"]);
    assert!(
        rows(&file["derived"], 2)
            .iter()
            .any(|row| shared(row)[0] == 0)
    );
}
