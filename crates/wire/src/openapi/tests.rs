//! The description is current, whole, and true: what it accepts is what is read.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::api::{Authenticated, CaptchaRequest, RegisterRequest, ReportRequest};
use crate::code::CodeRequest;
use crate::demo::MoveClock;
use crate::issuer::{BatchOrder, CodeOrder, KeyOrder, MAX_BATCH, MAX_ID, MAX_QUOTA, PictureOrder};
use crate::{MAX_CONTACTS, MAX_HELLOS_PER_CONTACT, OPENAPI, Refusal};

fn committed() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// A validator for a schema of the description, which may refer to others.
fn validator(schema: &Value) -> Validator {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": committed()["components"],
        "allOf": [schema],
    });
    jsonschema::validator_for(&whole).unwrap()
}

fn named(name: &str) -> Validator {
    validator(&json!({ "$ref": format!("#/components/schemas/{name}") }))
}

#[test]
fn the_committed_description_is_current() {
    assert!(text() == OPENAPI, "run `cargo xtask openapi`");
}

#[test]
fn every_route_is_described_once_and_nothing_else_is() {
    let document = committed();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(described.insert(id.to_owned()), "{id} stands twice");
            assert!(!operation["summary"].as_str().unwrap().is_empty());
            assert!(operation["responses"].get("405").is_some(), "{id}");
            let method = match method.as_str() {
                "get" => Method::Get,
                "post" => Method::Post,
                "delete" => Method::Delete,
                other => panic!("{other} {path}"),
            };
            Route::find(Some(method), path).unwrap_or_else(|_| panic!("{path} is not there"));
        }
    }
    let all = addresses();
    for (path, method, route) in &all {
        assert_eq!(Route::find(Some(*method), path), Ok(*route), "{path}");
    }
    assert_eq!(described.len(), all.len());
}

#[test]
fn every_example_satisfies_its_schema() {
    let mut seen = 0;
    let mut waiting = vec![committed()];
    while let Some(value) = waiting.pop() {
        if let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) {
            let told = validator(schema)
                .iter_errors(example)
                .map(|error| error.to_string())
                .collect::<Vec<_>>();
            assert!(told.is_empty(), "{example}: {told:?}");
            seen += 1;
        }
        match value {
            Value::Object(map) => waiting.extend(map.into_iter().map(|(_, value)| value)),
            Value::Array(list) => waiting.extend(list),
            _ => {}
        }
    }
    assert!(seen > 100, "{seen}");
}

fn reads<T: DeserializeOwned>(body: &[u8]) -> Result<(), Refusal> {
    crate::json::read::<T>(body).map(drop)
}

fn reads_report(body: &[u8]) -> Result<(), Refusal> {
    ReportRequest::read(body)?.code().map(drop)
}

type Reader = fn(&[u8]) -> Result<(), Refusal>;

/// What reads a body, by the schema that describes it.
fn readers() -> BTreeMap<&'static str, Reader> {
    BTreeMap::from([
        ("AuthenticatedRequest", reads::<Authenticated> as Reader),
        ("BatchOrder", reads::<BatchOrder>),
        ("CaptchaRequest", reads::<CaptchaRequest>),
        ("CodeOrder", reads::<CodeOrder>),
        ("CodeRequest", reads::<CodeRequest>),
        ("KeyOrder", reads::<KeyOrder>),
        ("MoveClock", reads::<MoveClock>),
        ("PictureOrder", reads::<PictureOrder>),
        ("RegisterRequest", reads::<RegisterRequest>),
        ("ReportRequest", reads_report),
    ])
}

/// The examples of the bodies, by the schemas that describe them.
fn bodies() -> BTreeMap<String, Value> {
    let mut bodies = BTreeMap::new();
    for item in committed()["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let content = &operation["requestBody"]["content"]["application/json"];
            if let Some(name) = content["schema"]["$ref"].as_str() {
                let name = name.rsplit('/').next().unwrap();
                bodies.insert(name.to_owned(), content["example"].clone());
            }
        }
    }
    bodies
}

#[test]
fn every_example_of_a_body_is_read() {
    let (bodies, readers) = (bodies(), readers());
    let names: Vec<_> = bodies.keys().map(String::as_str).collect();
    assert_eq!(names, readers.keys().copied().collect::<Vec<_>>());
    for (name, example) in &bodies {
        let body = serde_json::to_vec(example).unwrap();
        assert_eq!(readers[name.as_str()](&body), Ok(()), "{name}");
    }
}

/// Each field of each body is replaced by many others: what the schema accepts is read, and what it refuses is not.
#[test]
fn a_schema_and_its_reader_agree() {
    const LATER: [&str; 4] = ["/captcha", "/clientPublicECDHKey", "/code", "/token"];
    const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_= ";
    let (bodies, readers) = (bodies(), readers());
    let mut tried = 0;
    for (name, example) in bodies {
        let (validator, reader) = (named(&name), readers[name.as_str()]);
        for pointer in pointers(&example) {
            let old = example.pointer(&pointer).unwrap().clone();
            let mut others = vec![json!(null), json!(true), json!({})];
            match &old {
                // Whether the text is a solution, a key or a code, no pattern says.
                Value::String(_) if LATER.contains(&pointer.as_str()) => {}
                Value::String(text) => {
                    others.extend([json!(""), json!("é")]);
                    for at in 0..text.len() {
                        for symbol in BASE64.chars() {
                            let mut changed = text.clone();
                            changed.replace_range(at..=at, &symbol.to_string());
                            others.push(changed.into());
                        }
                    }
                    others.push(format!("{text}A").into());
                    others.push(format!("{text}AAAA").into());
                    others.push(text[1..].into());
                    others.push(text[..text.len() - 1].into());
                }
                Value::Number(_) => {
                    for bound in [
                        0,
                        1,
                        4,
                        -128,
                        127,
                        MAX_BATCH.into(),
                        65_535,
                        MAX_QUOTA.into(),
                        2_678_400,
                        4_294_967_295_i64,
                    ] {
                        others.extend([json!(bound - 1), json!(bound), json!(bound + 1)]);
                        // The same, written with a fraction.
                        others.extend([json!(bound as f64), json!(bound as f64 + 1.0)]);
                    }
                    others.extend([json!(0.5), json!(1e300), json!(u64::MAX), json!("1")]);
                }
                _ => {}
            }
            for other in others {
                let mut body = example.clone();
                *body.pointer_mut(&pointer).unwrap() = other;
                let described = validator.is_valid(&body);
                let read = reader(&serde_json::to_vec(&body).unwrap()).is_ok();
                assert_eq!(described, read, "{name} {pointer}: {body}");
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

/// Where a value that is no list and no object stands.
fn pointers(value: &Value) -> Vec<String> {
    let below = |key: &str, value: &Value| {
        let rest = pointers(value).into_iter();
        rest.map(|rest| format!("/{key}{rest}")).collect::<Vec<_>>()
    };
    match value {
        Value::Object(map) => map.iter().flat_map(|(k, v)| below(k, v)).collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .flat_map(|(at, v)| below(&at.to_string(), v))
            .collect(),
        _ => vec![String::new()],
    }
}

#[test]
fn the_lists_are_as_long_as_what_is_read() {
    let schemas = &committed()["components"]["schemas"];
    let contacts = &schemas["ReportRequest"]["properties"]["contacts"];
    assert_eq!(contacts["maxItems"], MAX_CONTACTS);
    let ids = &schemas["Contact"]["properties"]["ids"];
    assert_eq!(ids["maxItems"], MAX_HELLOS_PER_CONTACT);
    assert_eq!(ids["minItems"], 1);
    // Longer texts are refused, whatever they hold.
    for (name, field, most) in [
        ("BatchOrder", "id", MAX_ID),
        ("CodeOrder", "id", MAX_ID),
        ("PictureOrder", "code", 64),
        ("ReportRequest", "captcha", 8_192),
        ("ReportRequest", "token", 64),
        ("RegisterRequest", "captcha", 8_192),
        ("RegisterRequest", "clientPublicECDHKey", 256),
    ] {
        assert_eq!(schemas[name]["properties"][field]["maxLength"], most);
        let mut body = bodies()[name].clone();
        let reader = readers()[name];
        body[field] = "A".repeat(most + 1).into();
        let refused = reader(body.to_string().as_bytes());
        assert!(matches!(refused, Err(Refusal::Malformed(_))), "{field}");
    }
    let mut many: serde_json::Map<_, _> = (0..65).map(|n| (n.to_string(), n.into())).collect();
    assert!(!named("CaptchaRequest").is_valid(&many.clone().into()));
    many.remove("0");
    assert!(named("CaptchaRequest").is_valid(&many.into()));
}

#[test]
fn nothing_in_it_is_meant_for_readers_of_the_code() {
    for mark in ["[`", "::", "]("] {
        assert!(!OPENAPI.contains(mark), "{mark}");
    }
}
