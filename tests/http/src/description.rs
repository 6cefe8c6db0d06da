//! What the server says of itself: every reply that any test gets is held against the description of the API.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use minreq::Method;
use serde_json::{Value, json};
use wire::Door;

use crate::Reply;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let path = harness::root().join("crates/openapi/openapi.json");
    let text = std::fs::read(&path).expect("the description");
    serde_json::from_slice(&text).expect("JSON")
});

/// Addresses at which an earlier release answers, which has a description of its own.
static EARLIER: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Says whether what is answered at this address, from now on, is what the description describes.
pub(crate) fn describes(address: &str, is_current: bool) {
    let mut earlier = EARLIER.lock().unwrap_or_else(PoisonError::into_inner);
    if is_current {
        earlier.remove(address);
    } else {
        earlier.insert(address.to_owned());
    }
}

/// Panics when the reply is not one that the description lists for this method and path.
#[track_caller]
pub(crate) fn check(method: &Method, url: &str, reply: &Reply) {
    // The runtime itself refuses a method that it does not know.
    if matches!(method, Method::Custom(_)) && reply.status == 501 {
        return;
    }
    let address = url.split('/').nth(2).unwrap_or_default();
    let earlier = EARLIER.lock().unwrap_or_else(PoisonError::into_inner);
    if earlier.contains(address) {
        return;
    }
    drop(earlier);
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let Some((template, item)) = find(&format!("/{path}")) else {
        let is_page = Door::of(path).is_none();
        assert!(
            is_page || matches!(reply.status, 404 | 405),
            "not described: {method:?} /{path}: {reply:?}"
        );
        return;
    };
    let name = match method {
        Method::Get | Method::Head => "get",
        Method::Post => "post",
        Method::Delete => "delete",
        _ => "another",
    };
    let what = || format!("{method:?} {template}: {reply:?}");
    let Some(operation) = item.get(name) else {
        // Which methods an address answers can be asked of each.
        let right = match method {
            Method::Options => matches!(reply.status, 204 | 404),
            _ => matches!(reply.status, 404 | 405),
        };
        assert!(right, "not described: {}", what());
        return;
    };
    let status = reply.status.to_string();
    let described = operation["responses"].get(&status);
    let described = described.unwrap_or_else(|| panic!("not described: {}", what()));
    for header in names(&described["headers"]) {
        let sent = reply.header(&header.to_ascii_lowercase());
        let text = described["headers"][&header]["description"].as_str();
        let may_lack = text.is_some_and(|text| text.starts_with("Only with"));
        assert!(sent.is_some() || may_lack, "no {header}: {}", what());
    }
    let contents = names(&described["content"]);
    let Some(sent) = reply.header("content-type") else {
        let text = described["description"].as_str().expect("a description");
        let silent = contents.is_empty() || text.contains("Without a body");
        assert!(
            silent && reply.body.is_empty(),
            "no content type: {}",
            what()
        );
        return;
    };
    let known = contents.iter().find(|known| **known == sent);
    let known = known.unwrap_or_else(|| panic!("another content type: {}", what()));
    if sent == "application/json" && *method != Method::Head {
        let body = serde_json::from_slice(&reply.body).expect("JSON");
        let told = validator(&described["content"][known.as_str()]["schema"])
            .iter_errors(&body)
            .map(|error| error.to_string())
            .collect::<Vec<_>>();
        assert!(told.is_empty(), "{told:?}: {}", what());
    }
}

/// The described path that this one is; exact ones first.
fn find(path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = DESCRIPTION["paths"].as_object().expect("paths");
    let matches = |template: &str| {
        let parts = (template.split('/'), path.split('/'));
        template.split('/').count() == path.split('/').count()
            && parts.0.zip(parts.1).all(|(described, part)| {
                described == part || (described.starts_with('{') && !part.is_empty())
            })
    };
    let found = paths
        .get_key_value(path)
        .or_else(|| paths.iter().find(|(template, _)| matches(template)));
    found.map(|(template, item)| (template.as_str(), item))
}

fn names(map: &Value) -> Vec<String> {
    let map = map.as_object();
    map.map(|map| map.keys().cloned().collect())
        .unwrap_or_default()
}

fn validator(schema: &Value) -> Arc<Validator> {
    static KNOWN: Mutex<Option<HashMap<String, Arc<Validator>>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    let validator = known.entry(schema.to_string()).or_insert_with(|| {
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": DESCRIPTION["components"],
            "allOf": [schema],
        });
        Arc::new(jsonschema::validator_for(&whole).expect("a schema"))
    });
    validator.clone()
}
