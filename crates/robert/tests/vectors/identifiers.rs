//! EBID and ECC.

use super::{ebid, ecc, epoch, id};
use crate::common::{hex, hex_vec, number, rows, test, vectors};
use robert::{CountryCode, Ebid, Ecc, FederationKey, ServerKey};
use serde_json::Value;

#[test]
fn ebid_and_ecc_published() {
    let file = vectors!("ebid_ecc");
    for row in rows(&file["published"], 1) {
        check_ebid(row, &row["ks"], &row["kg"]);
    }
}

#[test]
fn ebid_and_ecc_derived() {
    let file = vectors!("ebid_ecc");
    for row in rows(&file["derived"], 18) {
        check_ebid(
            row,
            &file["derived_keys"]["ks"],
            &file["derived_keys"]["kg"],
        );
    }
}

#[test]
fn ebid_and_ecc_published_negative() {
    let file = vectors!("ebid_ecc");
    let [wrong_key, foreign] = rows(&file["published_negative"], 2) else {
        panic!()
    };

    let (epoch, id) =
        ServerKey::from_bytes(&hex(&wrong_key["ks"])).decrypt(Ebid(hex(&wrong_key["ebid"])));
    assert_eq!(
        [&epoch.to_bytes()[..], &id.0].concat(),
        hex_vec(&wrong_key["decrypts_to"])
    );
    assert_eq!(epoch.number(), number(&wrong_key["decrypted_epoch"]));

    let [ecc] = hex(&foreign["ecc"]);
    let country = FederationKey::from_bytes(&hex(&foreign["kg"]))
        .decode(Ebid(hex(&foreign["ebid"])), Ecc(ecc));
    assert_eq!(
        u32::from(country.0),
        number(&foreign["decoded_country_code"])
    );
}

fn check_ebid(row: &Value, ks: &Value, kg: &Value) {
    let (ks, kg) = (
        ServerKey::from_bytes(&hex(ks)),
        FederationKey::from_bytes(&hex(kg)),
    );
    assert_eq!(ks.encrypt(epoch(row), id(row)), ebid(row), "{row}");
    assert_eq!(ks.decrypt(ebid(row)), (epoch(row), id(row)), "{row}");
    let country = CountryCode(number(&row["country_code"]).try_into().unwrap());
    assert_eq!(kg.encode(ebid(row), country), ecc(row), "{row}");
    assert_eq!(kg.decode(ebid(row), ecc(row)), country, "{row}");
}
