//! Every vector, published and derived, group by group. The JSON files beside this one say where
//! each comes from; figures with a fraction are kept as text, so that they are read exactly.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // tests

#[path = "../common/mod.rs"]
mod common;

mod bundle;
mod hello;
mod identifiers;
mod keys;
mod requests;
mod risk;
mod stamp;
mod time;

use common::{base64, hex, hex_vec, ntp, number};
use robert::bundle::Tuple;
use robert::{AuthKey, Ebid, Ecc, Epoch, Id, Time32};
use serde_json::Value;

pub(crate) fn check_tuple(tuple: &Tuple, expected: &Value) {
    assert_eq!(tuple.epoch.number(), number(&expected["epochId"]));
    assert_eq!(tuple.ebid.0, base64(&expected["key"]["ebid"]));
    assert_eq!([tuple.ecc.0], base64(&expected["key"]["ecc"]));
}

/// HMAC fills short keys up with zeros, so a key of six letters is a key of 32 bytes.
pub(crate) fn auth_key(value: &Value) -> AuthKey {
    let mut key = hex_vec(value);
    key.resize(32, 0);
    AuthKey::from_bytes(&key.try_into().unwrap())
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn epoch(row: &Value) -> Epoch {
    Epoch::new(number(&row["epoch"])).unwrap()
}

pub(crate) fn id(row: &Value) -> Id {
    Id(hex(&row["id_a"]))
}

pub(crate) fn ebid(row: &Value) -> Ebid {
    Ebid(hex(&row["ebid"]))
}

pub(crate) fn ecc(row: &Value) -> Ecc {
    let [ecc] = hex(&row["ecc"]);
    Ecc(ecc)
}

pub(crate) fn time32(value: &Value) -> Time32 {
    ntp(value).time32()
}
