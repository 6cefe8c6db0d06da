//! What is read, what is refused, and what a refusal says.

use super::*;
use crate::{MAX_CONTACTS, MAX_HELLOS_PER_CONTACT, Refusal, json};

const HELLO: &str = r#"{"timeCollectedOnDevice":3799958400,"timeFromHelloMessage":50048,
    "mac":"48tW91w=","rssiCalibrated":-45,"rssi":-30}"#;

fn report(contacts: &str) -> Result<ReportRequest, Refusal> {
    ReportRequest::read(format!(r#"{{"token":"t","contacts":{contacts}}}"#).as_bytes())
}

fn contact(hellos: usize) -> String {
    let ids = vec![HELLO; hellos].join(",");
    format!(r#"{{"ebid":"40AN1DCF6UQ=","ecc":"Dw==","ids":[{ids}]}}"#)
}

#[test]
fn an_authenticated_request_is_the_deployed_one() {
    let text = concat!(
        r#"{"ebid":"40AN1DCF6UQ=","epochId":0,"time":"4n7DgA==","#,
        r#""mac":"c3LseRtM965Q85pOloGBtX4IcAqxfdAKaB8oWC7TYmE="}"#
    );
    let read: Authenticated = json::read(text.as_bytes()).unwrap();
    assert_eq!(
        read.0.ebid.0,
        [0xe3, 0x40, 0x0d, 0xd4, 0x30, 0x85, 0xe9, 0x44]
    );
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
}

#[test]
fn a_report_comes_back_as_it_was_written() {
    let read = report(&format!("[{}]", contact(2))).unwrap();
    let [met] = read.contacts.as_slice() else {
        panic!("one contact")
    };
    assert_eq!((met.ecc.0, met.hellos.len()), (0x0f, 2));
    assert_eq!(
        (met.hellos[0].collected, met.hellos[0].rssi),
        (3_799_958_400, -45)
    );
    let again = ReportRequest::read(&serde_json::to_vec(&read).unwrap()).unwrap();
    assert_eq!(
        serde_json::to_string(&again).unwrap(),
        serde_json::to_string(&read).unwrap()
    );
    assert!(report("[]").unwrap().contacts.is_empty());
}

#[test]
fn every_list_is_bounded() {
    let too_large = |contacts: &str| matches!(report(contacts), Err(Refusal::TooLarge));
    assert!(report(&format!("[{}]", contact(MAX_HELLOS_PER_CONTACT))).is_ok());
    assert!(too_large(&format!(
        "[{}]",
        contact(MAX_HELLOS_PER_CONTACT + 1)
    )));
    assert!(report(&format!("[{}]", vec![contact(1); MAX_CONTACTS].join(","))).is_ok());
    assert!(too_large(&format!(
        "[{}]",
        vec![contact(1); MAX_CONTACTS + 1].join(",")
    )));
    assert!(report(&format!("[{}]", vec![contact(1_000); 40].join(","))).is_ok());
    assert!(too_large(&format!(
        "[{}]",
        vec![contact(1_000); 41].join(",")
    )));
}

#[test]
fn a_wrong_field_is_named_and_its_value_is_not_repeated() {
    let good = contact(1);
    for (from, to, name) in [
        ("40AN1DCF6UQ=", "40AN1DCF6UQ", "ebid"),
        ("40AN1DCF6UQ=", "40AN1DCF6U==", "ebid"),
        ("Dw==", "Dx==", "ecc"),
        ("3799958400", "4294967296", "timeCollectedOnDevice"),
        ("3799958400", "3799958400.5", "timeCollectedOnDevice"),
        ("3799958400", "-1", "timeCollectedOnDevice"),
        ("50048", "65536", "timeFromHelloMessage"),
        ("50048", "5e-1", "timeFromHelloMessage"),
        ("48tW91w=", "48tW91w", "mac"),
        ("-45", "-129", "rssiCalibrated"),
        ("-45", "\"-45\"", "rssiCalibrated"),
        ("\"ids\"", "\"id\"", "contacts"),
    ] {
        let refusal = report(&format!("[{}]", good.replacen(from, to, 1)))
            .err()
            .unwrap();
        let body = refusal.body().unwrap();
        assert!(
            body.starts_with(&format!(r#"{{"message":"{name}:"#)),
            "{to}: {body}"
        );
    }
    for contacts in [
        "null",
        "{}",
        "[null]",
        "[[]]",
        r#"[{"ebid":"40AN1DCF6UQ=","ecc":"Dw==","ids":[]}]"#,
    ] {
        assert!(
            matches!(report(contacts), Err(Refusal::Malformed(_))),
            "{contacts}"
        );
    }
    assert!(matches!(
        ReportRequest::read(br#"{"token":"t"}"#),
        Err(Refusal::Malformed(_))
    ));
}
