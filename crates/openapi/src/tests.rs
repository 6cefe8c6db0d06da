//! The description is current, whole, and true: what it accepts is what is read.

use std::collections::{BTreeMap, BTreeSet};

use base64ct::{Base64, Encoding};
use jsonschema::Validator;
use robert::auth::{AuthRequest, Kind};
use robert::bundle::{self, Tuple};
use robert::keys::{ClientSecret, ServerPublic};
use robert::{Hello, Ntp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use wire::api::{Authenticated, CaptchaRequest, OpenedReport, RegisterRequest};
use wire::code::{Code, CodeRequest, MAX_TYPED};
use wire::demo::{MoveClock, OpenDemo};
use wire::issuer::{
    Acts, BatchOrder, CodeOrder, Deed, KeyOrder, MAX_BATCH, MAX_ID, MAX_QUOTA, PictureOrder,
    RegistrationOrder, Roots, StaysFor,
};
use wire::route::{Address, Caller, addresses};
use wire::{BodyRule, MAX_CONTACTS, MAX_HELLOS_PER_CONTACT, Method, Refusal};

use super::*;

const COMMITTED: &str = include_str!("../openapi.json");

fn committed() -> Value {
    serde_json::from_str(COMMITTED).unwrap()
}

/// What the committed description says of this address.
fn described(path: &str, method: Method) -> Value {
    let method = match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Delete => "delete",
    };
    committed()["paths"][path][method].clone()
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
    assert!(text() == COMMITTED, "run `cargo xtask openapi`");
}

#[test]
fn every_route_is_described_once_and_nothing_else_is() {
    let document = committed();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for Address { path, row, .. } in addresses() {
        let operation = described(&path, row.method);
        let id = operation["operationId"]
            .as_str()
            .unwrap_or_else(|| panic!("{path}"));
        assert!(ids.insert(id.to_owned()), "{id} stands twice");
        assert!(!operation["summary"].as_str().unwrap().is_empty());
    }
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.map(|item| item.as_object().unwrap().len());
    assert_eq!(operations.sum::<usize>(), ids.len());
}

/// What the route table says of an address, its description says too.
#[test]
fn every_column_of_the_route_table_is_described() {
    for Address { path, row, .. } in addresses() {
        let operation = described(&path, row.method);
        let answers = |status: &str| operation["responses"].get(status).is_some();
        assert!(answers("405"), "{path}");

        let is_required = match row.body {
            BodyRule::Nothing => Value::Null,
            BodyRule::JsonIfAny => Value::Bool(false),
            BodyRule::Json | BodyRule::Report => Value::Bool(true),
        };
        assert_eq!(operation["requestBody"]["required"], is_required, "{path}");
        if row.body != BodyRule::Nothing {
            let told = operation["requestBody"]["description"].as_str().unwrap();
            let most = format!("at most {} bytes", row.body.most_bytes());
            assert!(told.contains(&most), "{path}: {told}");
            assert!(answers("413") && answers("415"), "{path}");
        }

        let needs_key = operation["security"].is_array();
        assert_eq!(needs_key, row.caller == Caller::Issuer, "{path}");
        assert!(!needs_key || answers("401"), "{path}");
        let has_seal = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            == "#/components/schemas/AuthenticatedRequest";
        assert_eq!(has_seal, row.caller == Caller::Phone, "{path}");
        assert_eq!(answers("430"), has_seal, "{path}");
        assert!(answers("404") || row.caller != Caller::Visitor, "{path}");

        let names = path.split('/').filter(|part| part.starts_with('{'));
        let empty = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&empty);
        let named = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path");
        for (name, parameter) in names.zip(named.clone()) {
            assert_eq!(format!("{{{}}}", parameter["name"].as_str().unwrap()), name);
            assert!(
                parameter["description"].is_string(),
                "{path}: say what {name} is"
            );
        }
        assert_eq!(named.count(), path.matches('{').count(), "{path}");
    }
}

/// Every example, with its schema.
fn examples(document: &Value) -> Vec<(&Value, &Value)> {
    let mut found = Vec::new();
    let mut waiting = vec![document];
    while let Some(value) = waiting.pop() {
        if let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) {
            found.push((schema, example));
        }
        match value {
            Value::Object(map) => waiting.extend(map.values()),
            Value::Array(list) => waiting.extend(list),
            _ => {}
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

#[test]
fn every_example_satisfies_its_schema() {
    for (schema, example) in examples(&committed()) {
        let told = validator(schema)
            .iter_errors(example)
            .map(|error| error.to_string())
            .collect::<Vec<_>>();
        assert!(told.is_empty(), "{example}: {told:?}");
    }
}

/// An example is a value of the very type that is read or answered: what that type has is described, and no more.
#[test]
fn every_example_has_the_fields_of_its_schema_and_no_other() {
    let document = committed();
    for (schema, example) in examples(&document) {
        assert!(
            has_the_fields(&document, schema, example),
            "{schema}: {example}"
        );
    }
}

fn has_the_fields(document: &Value, schema: &Value, example: &Value) -> bool {
    if let Some(name) = schema["$ref"].as_str() {
        return has_the_fields(document, resolve(document, name), example);
    }
    if let Some(either) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let mut right = either.iter().filter(|one| validator(one).is_valid(example));
        return right.any(|one| has_the_fields(document, one, example));
    }
    let parts = parts(document, schema, example);
    match example {
        Value::Object(map) => {
            let properties = parts
                .iter()
                .filter_map(|part| part["properties"].as_object());
            let properties: BTreeMap<_, _> = properties.flatten().collect();
            // Some schemas say no more than that it is an object.
            properties.is_empty()
                || map.len() == properties.len()
                    && map.iter().all(|(name, value)| {
                        let property = properties.get(name);
                        property.is_some_and(|schema| has_the_fields(document, schema, value))
                    })
        }
        Value::Array(list) => list
            .iter()
            .all(|item| has_the_fields(document, &schema["items"], item)),
        _ => true,
    }
}

/// The schemas that this one is made of.
fn parts<'a>(document: &'a Value, schema: &'a Value, example: &Value) -> Vec<&'a Value> {
    if let Some(name) = schema["$ref"].as_str() {
        return parts(document, resolve(document, name), example);
    }
    if let Some(either) = schema["oneOf"].as_array() {
        let right = either.iter().filter(|one| validator(one).is_valid(example));
        return right
            .flat_map(|one| parts(document, one, example))
            .collect();
    }
    match schema["allOf"].as_array() {
        Some(all) => all
            .iter()
            .flat_map(|one| parts(document, one, example))
            .collect(),
        None => vec![schema],
    }
}

fn resolve<'a>(document: &'a Value, name: &str) -> &'a Value {
    document.pointer(name.trim_start_matches('#')).unwrap()
}

/// The other enumerations list their names themselves (`ALL`).
#[test]
fn every_deed_and_every_reason_of_a_root_is_described() {
    // One that is added does not compile here.
    let deed = |deed: &Deed| match deed {
        Deed::KeyMade { .. } => "keyMade",
        Deed::KeyRevoked { .. } => "keyRevoked",
        Deed::CodesVoided { .. } => "codesVoided",
        Deed::CodesHandedOut { .. } => "codesHandedOut",
        Deed::ClockConfirmed => "clockConfirmed",
        Deed::RegistrationKeyAsked { .. } => "registrationKeyAsked",
    };
    let acts: Acts = example("/issuer/v1/acts");
    let shown: BTreeSet<_> = acts
        .acts
        .iter()
        .map(|act| deed(&act.deed).to_owned())
        .collect();
    assert_eq!(kinds("Deed"), shown);
    assert_eq!(shown.len(), 6);

    let reason = |reason: &StaysFor| match reason {
        StaysFor::Newest => "newest",
        StaysFor::Accounts { .. } => "accounts",
        StaysFor::Secrets => "secrets",
        StaysFor::Vaults { .. } => "vaults",
        StaysFor::Codes { .. } => "codes",
    };
    let roots: Roots = example("/issuer/v1/roots");
    let stays = roots.roots.iter().flat_map(|root| &root.stays);
    let shown: BTreeSet<_> = stays.map(|stays| reason(stays).to_owned()).collect();
    assert_eq!(kinds("StaysFor"), shown);
    assert_eq!(shown.len(), 5);
}

/// The example of what this address answers, as a client reads it.
fn example<T: DeserializeOwned>(path: &str) -> T {
    let answer = &described(path, Method::Get)["responses"]["200"];
    serde_json::from_value(answer["content"]["application/json"]["example"].clone()).unwrap()
}

/// What the schema of this name calls its kinds.
fn kinds(schema: &str) -> BTreeSet<String> {
    let document = committed();
    let kinds = document["components"]["schemas"][schema]["oneOf"].as_array();
    kinds
        .unwrap()
        .iter()
        .map(|kind| &kind["properties"]["kind"]["enum"][0])
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

fn reads<T: DeserializeOwned>(body: &[u8]) -> Result<(), Refusal> {
    wire::json::read::<T>(body).map(drop)
}

fn reads_report(body: &[u8]) -> Result<(), Refusal> {
    let opened = OpenedReport::read(body)?;
    opened.code()?;
    opened.contacts().map(drop)
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
        ("OpenDemo", reads::<OpenDemo>),
        ("PictureOrder", reads::<PictureOrder>),
        ("RegisterRequest", reads::<RegisterRequest>),
        ("RegistrationOrder", reads::<RegistrationOrder>),
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

/// The pattern of a code says what is read: of every sign, at every kind of place. Left out are the planes of Han
/// ideographs and of private use, a million signs that are all alike.
#[test]
fn the_pattern_of_a_code_is_what_is_read() {
    let document = committed();
    let schema = &document["components"]["schemas"]["OneTimeCode"];
    let pattern = regex::Regex::new(schema["pattern"].as_str().unwrap()).unwrap();
    const LONG: &str = "7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6";
    const SHORT: &str = "7K2QX-04MWM";
    // The last character of a short code, which is right for some of its 32 values only.
    const CHECKS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut read = 0;
    for sign in ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{effff}') {
        let sign = sign.to_string();
        // In the place of a digit, of the version, of the variant, of a hyphen; before, behind, between.
        let mut long: Vec<String> = [
            (3, 4),
            (14, 15),
            (19, 20),
            (8, 9),
            (0, 0),
            (36, 36),
            (30, 30),
        ]
        .map(|(from, to)| format!("{}{sign}{}", &LONG[..from], &LONG[to..]))
        .into();
        long.push(format!("{sign}{LONG}{sign}"));
        for typed in &long {
            let is_read = Code::parse(typed).is_ok();
            read += u32::from(is_read);
            assert_eq!(pattern.is_match(typed), is_read, "{typed:?}");
        }
        for (from, to) in [(5, 6), (0, 0), (11, 11), (3, 3)] {
            let typed = format!("{}{sign}{}", &SHORT[..from], &SHORT[to..]);
            let is_read = Code::parse(&typed).is_ok();
            assert_eq!(pattern.is_match(&typed), is_read, "{typed:?}");
        }
        let typed = format!("{}{sign}{}", &SHORT[..3], &SHORT[4..10]);
        let mut checks = CHECKS.chars();
        let is_read = checks.any(|check| Code::parse(&format!("{typed}{check}")).is_ok());
        assert_eq!(pattern.is_match(&format!("{typed}M")), is_read, "{typed:?}");
    }
    assert!(read > 20_000, "{read}");
    for typed in ["", "7K2QX", "7K2QX-04MW", "7K2QX-04MWMM", &LONG[1..], "«»"] {
        assert!(
            !pattern.is_match(typed) && Code::parse(typed).is_err(),
            "{typed}"
        );
    }
    let link = format!("https://limpide.example/#code={LONG}&type=1");
    assert!(!pattern.is_match(&link));
}

#[test]
fn the_lists_are_as_long_as_what_is_read() {
    let document = committed();
    let schemas = &document["components"]["schemas"];
    let contacts = &schemas["ReportRequest"]["properties"]["contacts"];
    assert_eq!(contacts["maxItems"], MAX_CONTACTS);
    let ids = &schemas["Contact"]["properties"]["ids"];
    assert_eq!(ids["maxItems"], MAX_HELLOS_PER_CONTACT);
    assert_eq!(ids["minItems"], 1);
    // Longer texts are refused, whatever they hold.
    for (name, field, most) in [
        ("BatchOrder", "id", MAX_ID),
        ("CodeOrder", "id", MAX_ID),
        ("PictureOrder", "code", MAX_TYPED),
        ("ReportRequest", "captcha", 8_192),
        ("ReportRequest", "token", MAX_TYPED),
        ("RegisterRequest", "captcha", 8_192),
        ("RegisterRequest", "clientPublicECDHKey", 256),
    ] {
        let property = &schemas[name]["properties"][field];
        let named = property["$ref"].as_str();
        let property = named.map_or(property, |name| resolve(&document, name));
        assert_eq!(property["maxLength"], most, "{field}");
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

/// The bytes that a phone is checked with are what `robert` computes from the same secrets.
#[test]
fn the_bytes_to_check_with_are_right() {
    let row = |what: &str| {
        let line = format!("| {what} | `");
        let (_, after) = describe::A_PHONE
            .split_once(&line)
            .unwrap_or_else(|| panic!("{what}"));
        after.split_once("` |\n").unwrap().0.to_owned()
    };
    let base64 = Base64::encode_string;
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let digits = row("the phone's secret");
    let scalar: [u8; 32] =
        std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap());
    let secret = ClientSecret::from_bytes(&scalar).unwrap();
    assert_eq!(secret.public().to_base64(), row("its public key"));
    let server = ServerPublic::from_base64(&row("the server's public key")).unwrap();
    let (seal, tuples) = secret.agree(&server);
    assert_eq!(hex(seal.as_bytes()), row("the seal key"));
    assert_eq!(hex(tuples.as_bytes()), row("the tuple key"));

    let opened = bundle::open(&tuples, &row("`tuples`")).unwrap();
    let plaintext: Value = serde_json::from_str(&row("their plaintext")).unwrap();
    let told: Vec<_> = opened
        .iter()
        .map(|Tuple { epoch, ebid, ecc }| {
            let key = json!({ "ebid": base64(&ebid.0), "ecc": base64(&[ecc.0]) });
            json!({ "epochId": epoch.number(), "key": key })
        })
        .collect();
    assert_eq!(Value::from(told), plaintext);

    let at = Ntp(3_860_128_000);
    let Tuple { epoch, ebid, ecc } = opened[0];
    assert_eq!(
        hex(&Hello::seal(&seal, ecc, ebid, at).to_bytes()),
        row("the HELLO")
    );
    let under = row("under the HELLO's seal, at NTP second 3860128000");
    assert_eq!(format!("{under}49e1262257")[2..], row("the HELLO"));
    for (kind, what) in [
        (Kind::Status, "its `mac`"),
        (Kind::Unregister, "`mac` of `unregister`"),
        (Kind::DeleteHistory, "`mac` of `deleteExposureHistory`"),
    ] {
        let request = AuthRequest::seal(kind, &seal, ebid, epoch, at);
        assert_eq!(base64(&request.mac), row(what));
        assert_eq!(base64(&request.time.0), row("its `time`"));
        let under = row("under the seal of `status`, at the same second");
        let bytes = [
            ebid.0.as_slice(),
            &epoch.number().to_be_bytes(),
            &request.time.0,
        ]
        .concat();
        assert_eq!(under, format!("02{}", hex(&bytes)));
    }
}

#[test]
fn nothing_in_it_is_meant_for_readers_of_the_code() {
    for mark in ["[`", "::", "]("] {
        assert!(!COMMITTED.contains(mark), "{mark}");
    }
}

/// Article 2, II of the decree, and what the Loudest-Safe law asks for (10-1): every member of every body that the server reads.
/// Whoever adds one reads here what may come in: no name, no number of a telephone, no place, no portrait.
#[test]
fn no_request_takes_a_place_or_a_portrait() {
    let whole = committed();
    let mut read = BTreeSet::new();
    for calls in whole["paths"].as_object().unwrap().values() {
        for call in calls.as_object().unwrap().values() {
            if let Some(content) = call["requestBody"]["content"].as_object() {
                let kinds: Vec<_> = content.keys().collect();
                assert_eq!(kinds, ["application/json"]);
                members(&whole, &content["application/json"]["schema"], &mut read);
            }
        }
    }
    let of_phones = [
        "captcha",
        "captchaId",
        "clientPublicECDHKey",
        "contacts",
        "ebid",
        "ecc",
        "epochId",
        "ids",
        "keyId",
        "mac",
        "rssiCalibrated",
        "time",
        "timeCollectedOnDevice",
        "timeFromHelloMessage",
        "token",
    ];
    let of_visitors = ["advanceSeconds", "kind"];
    let of_issuers = [
        "code", "count", "days", "format", "id", "images", "quota", "role",
    ];
    let all = of_phones.into_iter().chain(of_visitors).chain(of_issuers);
    assert_eq!(read, all.map(str::to_owned).collect());
}

/// The names of all members of a schema, and of those that it refers to.
fn members(whole: &Value, schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref") {
                members(whole, whole.pointer(&to[1..]).unwrap(), into);
            }
            if let Some(Value::Object(properties)) = fields.get("properties") {
                into.extend(properties.keys().cloned());
            }
            fields
                .values()
                .for_each(|value| members(whole, value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| members(whole, value, into)),
        _ => {}
    }
}
