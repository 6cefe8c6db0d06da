use std::sync::Arc;

use getrandom::SysRng;
use rand_core::UnwrapErr;
use robert::keys::ServerSecret;
use robert::phone::Phone;
use robert::{AuthKey, Ebid, Ecc, Epoch, TupleKey, bundle};
use serde::Serialize;
use wire::api::{Authenticated, Done, RegisterReply, RegisterRequest, ReportRequest, StatusReply};
use wire::api::{CaptchaId, Setting, SettingValue};
use wire::code::DECOY;

use super::*;
use crate::Person;
use crate::message::Way;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const NOW: Moment = Moment::from_unix(1_795_000_050);

fn message<T: Serialize>(kind: MessageKind, body: &T) -> Message {
    let bytes = serde_json::to_vec(body).unwrap();
    Message {
        bytes: Arc::from(bytes),
        ..Message::new(Person::Johanna, Way::ToServer, kind, NOW)
    }
}

/// A phone registered with a server, and the bundle that the server sealed for it.
fn phone() -> (Phone, String) {
    let server = ServerSecret::from_bytes(&[7; 32]).unwrap();
    let mut phone = Phone::new();
    let public = phone.register(&mut UnwrapErr(SysRng)).unwrap();
    let (_, tuple_key): (AuthKey, TupleKey) = server.agree(&public);
    let first = Epoch::at(NOW).unwrap();
    let tuples: Vec<_> = first
        .until_day(1)
        .map(|epoch| {
            let [a, b, c] = epoch.to_bytes();
            bundle::Tuple {
                epoch,
                ebid: Ebid([a, b, c, 1, 2, 3, 4, 5]),
                ecc: Ecc(c),
            }
        })
        .collect();
    let sealed = bundle::seal(&tuple_key, &mut UnwrapErr(SysRng), &tuples);
    phone.registered(&server.public(), &sealed, NOW).unwrap();
    phone.switch_bluetooth(true);
    (phone, sealed)
}

fn hello(phone: &mut Phone) -> Message {
    let bytes = phone.emit(NOW).unwrap().to_bytes();
    Message {
        bytes: Arc::from(bytes),
        ..Message::new(Person::Sylvie, Way::OverTheAir, MessageKind::Hello, NOW)
    }
}

/// Of somebody who heard two pseudonyms.
fn report() -> Message {
    let (mut johanna, evening) = johanna();
    johanna
        .draft(decree::article_2::Onset::Unknown, evening)
        .unwrap();
    let code = decree::article_3::Once::new("1K3VC-8CQX7".to_owned());
    let sent = johanna.send(code, evening).unwrap();
    let request = ReportRequest::new(sent.code, sent.contacts);
    message(MessageKind::ReportRequest, &request)
}

/// Of the same phone.
fn decoy() -> Message {
    let (mut johanna, evening) = johanna();
    let drawn = johanna.decoy(evening, &mut UnwrapErr(SysRng)).unwrap();
    message(MessageKind::DecoyRequest, &ReportRequest::new(DECOY, drawn))
}

fn johanna() -> (Phone, Moment) {
    let (mut johanna, _) = phone();
    for sender in 0..2 {
        let (mut other, _) = phone();
        for seconds in (0..200).step_by(10) {
            let at = NOW + core::time::Duration::from_secs(seconds);
            let mut heard = other.emit(at).unwrap();
            heard.ebid.0[7] = sender;
            johanna.hear(&heard.to_bytes(), -43, at).unwrap();
        }
    }
    (johanna, NOW + core::time::Duration::from_hours(5))
}

/// One of each kind, with the bytes that the real phone and the real shapes give.
fn one_of_each() -> Vec<Message> {
    let (mut phone, sealed) = phone();
    let config = vec![
        Setting {
            name: "epochSeconds".to_owned(),
            value: SettingValue::Integer(900),
        },
        Setting {
            name: "r0".to_owned(),
            value: SettingValue::Real(0.0071),
        },
    ];
    let tuples = sealed;
    let registration = RegisterReply {
        tuples: tuples.clone(),
        config: config.clone(),
        time_start: 3_799_958_400,
        message: None,
    };
    let captcha = serde_json::json!({
        "id": "00112233445566778899aabbccddeeff", "captchaId": "00112233445566778899aabbccddeeff",
        "challenge": {"parameters": {"algorithm": "SHA-256", "cost": 1}, "signature": "ab"},
    });
    vec![
        hello(&mut phone),
        message(
            MessageKind::CaptchaRequest,
            &serde_json::json!({"type": "IMAGE", "locale": "fr"}),
        ),
        message(MessageKind::CaptchaReply, &captcha),
        message(
            MessageKind::RegisterRequest,
            &RegisterRequest {
                captcha: "eyJhIjoxfQ==".to_owned(),
                captcha_id: CaptchaId([9; 16]),
                client_public_key: ServerSecret::from_bytes(&[7; 32])
                    .unwrap()
                    .public()
                    .to_base64(),
                key_id: None,
            },
        ),
        message(MessageKind::RegisterReply, &registration),
        message(
            MessageKind::StatusRequest,
            &Authenticated(phone.ask(NOW).unwrap()),
        ),
        message(
            MessageKind::StatusReply,
            &StatusReply {
                risk_level: 4,
                tuples,
                config,
            },
        ),
        report(),
        message(MessageKind::ReportReply, &Done::default()),
        decoy(),
        message(MessageKind::DecoyReply, &Done::default()),
        message(
            MessageKind::UnregisterRequest,
            &Authenticated(phone.unregister(NOW).unwrap()),
        ),
        message(MessageKind::UnregisterReply, &Done::default()),
        message(
            MessageKind::EraseRequest,
            &Authenticated(phone.delete_exposures(NOW).unwrap()),
        ),
        // An empty body, as a refused authentication has.
        Message::new(
            Person::Justin,
            Way::FromServer,
            MessageKind::EraseReply,
            NOW,
        ),
    ]
}

#[test]
fn every_byte_stands_in_one_field() {
    for message in one_of_each() {
        let anatomy = dissect(&message);
        let mut at = 0;
        for field in &anatomy.fields {
            assert_eq!(field.range.start, at, "{:?} {:?}", message.kind, field.name);
            assert!(
                !field.range.is_empty(),
                "{:?} {:?}",
                message.kind,
                field.name
            );
            at = field.range.end;
        }
        assert_eq!(
            (at, anatomy.size),
            (message.bytes.len(), message.bytes.len())
        );
        let unknown = anatomy
            .fields
            .iter()
            .find(|field| field.name == FieldName::Other);
        assert_eq!(unknown, None, "{:?}", message.kind);
    }
}

#[test]
fn fields_are_decoded_to_the_bytes_of_the_protocol() {
    let messages = one_of_each();
    let of = |kind: MessageKind, name: FieldName| {
        let message = messages
            .iter()
            .find(|message| message.kind == kind)
            .unwrap();
        let found = dissect(message)
            .fields
            .into_iter()
            .find(|field| field.name == name);
        found.unwrap_or_else(|| panic!("{kind:?} has no {name:?}"))
    };
    let lengths = [
        (MessageKind::Hello, FieldName::CountryCode, 1),
        (MessageKind::Hello, FieldName::Pseudonym, 8),
        (MessageKind::Hello, FieldName::Time, 2),
        (MessageKind::Hello, FieldName::Mac, 5),
        (MessageKind::StatusRequest, FieldName::Pseudonym, 8),
        (MessageKind::StatusRequest, FieldName::Epoch, 4),
        (MessageKind::StatusRequest, FieldName::Time, 4),
        (MessageKind::StatusRequest, FieldName::Mac, 32),
        (MessageKind::RegisterRequest, FieldName::PublicKey, 91),
        // A short code, and blanks up to the length of a long one.
        (MessageKind::ReportRequest, FieldName::Code, 36),
        (MessageKind::ReportRequest, FieldName::CountryCode, 1),
        (MessageKind::ReportRequest, FieldName::Time, 2),
        (MessageKind::ReportRequest, FieldName::Received, 4),
        (MessageKind::ReportRequest, FieldName::Mac, 5),
        (MessageKind::ReportRequest, FieldName::Signal, 1),
    ];
    for (kind, name, length) in lengths {
        assert_eq!(of(kind, name).bytes.len(), length, "{kind:?} {name:?}");
    }
    let epoch = Epoch::at(NOW).unwrap();
    let value = |kind, name| of(kind, name).value;
    assert_eq!(
        value(MessageKind::StatusRequest, FieldName::Epoch),
        Value::Epoch(epoch.number(), epoch.start())
    );
    assert_eq!(
        value(MessageKind::StatusRequest, FieldName::Time),
        Value::Moment(NOW)
    );
    assert_eq!(
        value(MessageKind::ReportRequest, FieldName::Received),
        Value::Moment(NOW)
    );
    assert_eq!(
        value(MessageKind::ReportRequest, FieldName::Signal),
        Value::Decibels(-43)
    );
    assert_eq!(
        value(MessageKind::StatusReply, FieldName::RiskLevel),
        Value::Number(4)
    );
    assert_eq!(
        value(MessageKind::RegisterReply, FieldName::ServiceStart),
        Value::Moment(robert::parameters::SERVICE_START)
    );
}

#[test]
fn a_report_is_told_contact_by_contact() {
    let anatomy = dissect(&report());
    let parts = |name| -> Vec<_> {
        let named = anatomy
            .fields
            .iter()
            .filter(move |field| field.name == name);
        named.map(|field| field.part).collect()
    };
    assert_eq!(
        parts(FieldName::Pseudonym),
        [Part::Contact(0), Part::Contact(1)]
    );
    assert_eq!(parts(FieldName::Code), [Part::Whole]);
    let signals = parts(FieldName::Signal);
    assert_eq!(
        (signals.first(), signals.len()),
        (Some(&Part::Hello(0, 0)), 40)
    );
    assert_eq!(signals.last(), Some(&Part::Hello(1, 19)));
}

#[test]
fn a_decoy_has_the_parts_of_a_report_and_nothing_of_anybody() {
    let (report, decoy) = (report(), decoy());
    assert_eq!(decoy.bytes.len(), report.bytes.len());
    let (report, decoy) = (dissect(&report), dissect(&decoy));
    let parts = |anatomy: &Anatomy| -> Vec<_> {
        let values = anatomy.fields.iter();
        let values = values.filter(|field| field.name != FieldName::Punctuation);
        values.map(|field| field.part).collect()
    };
    assert_eq!(parts(&decoy), parts(&report));
    for field in &decoy.fields {
        assert_eq!(field.ground, Ground::Protocol, "{:?}", field.name);
    }
    assert!(decoy.absent.contains(&Fear::PeopleMet));
}

#[test]
fn what_the_law_names_nowhere_is_absent_everywhere() {
    let never: Vec<_> = Fear::ALL
        .into_iter()
        .filter(|fear| fear.item().is_none())
        .collect();
    assert_eq!(
        never,
        [
            Fear::Name,
            Fear::PhoneNumber,
            Fear::Place,
            Fear::WhoIsPositive
        ]
    );
    // No item of Article 2 speaks of such a datum, and II forbids what identifies a telephone or its owner.
    for item in Item::ALL {
        for word in [
            "nom ",
            "prénom",
            "numéro",
            "lieu",
            "adresse",
            "géolocalisation",
        ] {
            assert!(!item.text().to_lowercase().contains(word), "{item}: {word}");
        }
    }
    for message in one_of_each() {
        let anatomy = dissect(&message);
        assert!(anatomy.absent.contains(&Fear::Name), "{:?}", message.kind);
        assert!(anatomy.absent.contains(&Fear::Place), "{:?}", message.kind);
        assert!(
            anatomy.absent.len() >= 4,
            "{:?}: {:?}",
            message.kind,
            anatomy.absent
        );
    }
}

#[test]
fn what_is_said_to_be_absent_is_in_no_field() {
    for message in one_of_each() {
        let anatomy = dissect(&message);
        let grounds: Vec<_> = anatomy
            .fields
            .iter()
            .filter_map(|field| match field.ground {
                Ground::Item(item) => Some(item),
                Ground::Protocol => None,
            })
            .collect();
        assert!(
            !grounds.contains(&Item::Identifier),
            "{:?}: no message names an account",
            message.kind
        );
        for fear in &anatomy.absent {
            if let Some(item @ (Item::ContactsAtRisk | Item::ExposurePeriods)) = fear.item() {
                assert!(!grounds.contains(&item), "{:?}: {fear:?}", message.kind);
            }
        }
    }
    let report = dissect(&report());
    assert!(
        !report.absent.contains(&Fear::PeopleMet),
        "a report is about people met"
    );
    assert!(
        report.absent.contains(&Fear::OnsetDate),
        "the date of symptoms stays on the phone"
    );
}

#[test]
fn a_reply_that_names_an_account_would_show() {
    let told = serde_json::json!({"success": true, "message": "ok", "account": "00112233aa"});
    let anatomy = dissect(&message(MessageKind::ReportReply, &told));
    let other: Vec<_> = anatomy
        .fields
        .iter()
        .filter(|field| field.name == FieldName::Other)
        .collect();
    assert_eq!(
        other.len(),
        1,
        "a member that this page does not know is shown as such"
    );
}

#[test]
fn a_body_that_is_not_json_is_one_field() {
    let mut message = message(MessageKind::StatusReply, &0);
    message.bytes = Arc::from(&b"<html>"[..]);
    let anatomy = dissect(&message);
    assert_eq!(anatomy.fields.len(), 1);
    assert_eq!(anatomy.fields[0].range, 0..6);
}
