//! Stamps of decoys.

use super::text;
use crate::common::{hex, number, rows, test, vectors};
use decree::Day;
use robert::stamp::{self, Price};

#[test]
fn stamps_derived() {
    let file = vectors!("decoy_stamp");
    for row in rows(&file["derived"], 4) {
        let day: Day = text(&row["utc_day"]).parse().unwrap();
        assert_eq!(day.number(), number(&row["day_number"]));
        let contacts = stamp::hash_contacts(text(&row["contacts"]).as_bytes());
        assert_eq!(contacts, hex(&row["contacts_sha256"]));
        let zeros = stamp::zeros(day, &contacts, text(&row["token"]));
        assert_eq!(zeros, number(&row["zero_bits"]), "{row}");
    }
}

#[test]
fn prices() {
    let file = vectors!("decoy_stamp");
    for row in rows(&file["national_price"], 11) {
        let contacts = number(&row[0]) as usize;
        assert_eq!(Price::NATIONAL.bits(contacts), number(&row[1]), "{row}");
    }
}
