//! HELLOs.

use super::{auth_key, ebid, ecc, epoch, id};
use crate::common::{base64, hex, ntp, number, rows, test, vectors};
use robert::parameters::COUNTRY;
use robert::{FederationKey, Hello, ServerKey, Time16};

#[test]
fn hello_published() {
    let file = vectors!("hello");
    let [sealed, parsed] = rows(&file["published"], 2) else {
        panic!()
    };

    let hello = Hello::seal(
        &auth_key(&sealed["key"]),
        ecc(sealed),
        ebid(sealed),
        ntp(&sealed["ntp_seconds"]),
    );
    assert_eq!(hello.to_bytes(), hex(&sealed["hello"]));
    assert_eq!(hello.time, Time16(hex(&sealed["time16"])));
    assert_eq!(hello.mac.0, hex(&sealed["mac"]));

    let hello = Hello::from_bytes(hex(&parsed["hello"]));
    assert_eq!(
        u32::from(hello.time.seconds()),
        number(&parsed["time16_decimal"])
    );
    assert_eq!(hello.mac.0, hex(&parsed["mac"]));
    assert_eq!(hello.to_bytes(), hex(&parsed["hello"]));
}

#[test]
fn hello_derived() {
    let file = vectors!("hello");
    let keys = &file["derived_keys"];
    let (key, ks) = (
        auth_key(&keys["k_mac"]),
        ServerKey::from_bytes(&hex(&keys["ks"])),
    );
    let kg = FederationKey::from_bytes(&hex(&keys["kg"]));
    for row in rows(&file["derived"], 4) {
        let ebid = ks.encrypt(epoch(row), id(row));
        let hello = Hello::seal(
            &key,
            kg.encode(ebid, COUNTRY),
            ebid,
            ntp(&row["ntp_seconds"]),
        );
        assert_eq!(hello.to_bytes(), hex(&row["hello"]), "{row}");
        assert_eq!(
            hello.to_ble_payload(-7),
            hex(&row["ble_service_data_18"]),
            "{row}"
        );
        assert_eq!(u32::from(hello.time.seconds()), number(&row["time16"]));
        assert_eq!(hello.mac.0, base64(&row["json"]["mac"]));
        assert_eq!(hello.ebid.0, base64(&row["json"]["ebid"]));
        assert!(Hello::from_bytes(hex(&row["hello"])).verify(&key));
    }
}

#[test]
fn hello_derived_invalid() {
    let file = vectors!("hello");
    let key = auth_key(&file["derived_keys"]["k_mac"]);
    for row in rows(&file["derived_invalid"], 3) {
        let mut bytes = hex(&row["hello"]);
        assert!(!Hello::from_bytes(bytes).verify(&key), "{row}");
        let bit = number(&row["flipped_bit"]) as usize;
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
        assert!(Hello::from_bytes(bytes).verify(&key), "turned back: {row}");
    }
}

#[test]
fn hello_every_bit_counts() {
    let file = vectors!("hello");
    let key = auth_key(&file["derived_keys"]["k_mac"]);
    let valid: [u8; 16] = hex(&file["derived"][0]["hello"]);
    for bit in 0..128 {
        let mut bytes = valid;
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
        assert!(!Hello::from_bytes(bytes).verify(&key), "bit {bit}");
    }
}
