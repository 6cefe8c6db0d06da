//! Authenticated requests, and the two forms that are refused.

use super::{auth_key, ebid, epoch, text, time32};
use crate::common::{base64, hex, ntp, number, rows, test, vectors};
use robert::AuthKey;
use robert::auth::{AuthRequest, Kind};
use serde_json::Value;

#[test]
fn authenticated_request_published() {
    let file = vectors!("authenticated_requests");
    let deployed = &rows(&file["published"], 2)[0];
    check_request(deployed, &auth_key(&deployed["key"]));
}

/// A draft of May 2020 left the epoch out of the MAC. Its vector still circulates.
#[test]
fn authenticated_request_of_the_obsolete_draft_is_refused() {
    let file = vectors!("authenticated_requests");
    let obsolete = &rows(&file["published"], 2)[1];
    for epoch in [0, 1, 0x1e2b_ec58, u32::MAX] {
        let request = AuthRequest {
            ebid: ebid(obsolete),
            epoch,
            time: time32(&obsolete["time_ntp"]),
            mac: hex(&obsolete["mac"]),
        };
        assert!(!request.verify(Kind::Status, &auth_key(&obsolete["key"])));
    }
}

#[test]
fn authenticated_request_derived() {
    let file = vectors!("authenticated_requests");
    let key = auth_key(&file["derived_key"]);
    for row in rows(&file["derived"], 8) {
        check_request(row, &key);
    }
}

/// The specification read literally: a 24-bit epoch under the MAC.
#[test]
fn authenticated_request_with_a_24_bit_epoch_is_refused() {
    let file = vectors!("authenticated_requests");
    let row = &file["not_deployed_spec_variant"];
    let key = auth_key(&file["derived_key"]);
    let request = AuthRequest {
        ebid: ebid(row),
        epoch: number(&row["epoch"]),
        time: time32(&row["time_ntp"]),
        mac: hex(&row["mac"]),
    };
    assert!(!request.verify(Kind::Status, &key));
    let deployed = AuthRequest::seal(
        Kind::Status,
        &key,
        ebid(row),
        epoch(row),
        ntp(&row["time_ntp"]),
    );
    assert!(deployed.verify(Kind::Status, &key));
}

fn check_request(row: &Value, key: &AuthKey) {
    let kinds = [Kind::Status, Kind::Unregister, Kind::DeleteHistory];
    let kind = kinds[usize::from(number(&row["prefix"]) as u8 - 2)];
    let names = ["status", "unregister", "deleteExposureHistory"];
    assert_eq!(names[usize::from(kind.prefix()) - 2], text(&row["request"]));

    let request = AuthRequest::seal(kind, key, ebid(row), epoch(row), ntp(&row["time_ntp"]));
    assert_eq!(request.mac, hex(&row["mac"]), "{row}");
    assert_eq!(request.time, time32(&row["time_ntp"]));
    if let Some(json) = row.get("json") {
        assert_eq!(request.ebid.0, base64(&json["ebid"]));
        assert_eq!(request.time.0, base64(&json["time"]));
        assert_eq!(request.mac, base64(&json["mac"]));
    }
    for other in kinds {
        assert_eq!(
            request.verify(other, key),
            other == kind,
            "{row} as {other:?}"
        );
    }
    assert!(
        !AuthRequest {
            epoch: request.epoch ^ 0x0100_0000,
            ..request
        }
        .verify(kind, key)
    );
}
