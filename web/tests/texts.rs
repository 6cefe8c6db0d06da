//! « Pseudonymous, never "anonymous" »: what people are told says plainly what can still be learnt.

// Whatever this test does not expect is a failure.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::{fs, path::PathBuf};

use serde_json::Value;

const JSON: [&str; 5] = [
    "web/site/fr.json",
    "web/site/en.json",
    "web/locales/fr.json",
    "web/locales/en.json",
    "crates/openapi/openapi.json",
];
const DOCUMENTS: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "DEVIATIONS.md",
    "docs/ISSUERS.md",
    "docs/OPERATING.md",
    "docs/PRIVACY.md",
    "docs/STATISTICS.md",
];
/// The title of the text that says that there is none.
const LIMIT: &str = "limit_anonymous";

#[test]
fn anonymity_is_claimed_nowhere() {
    for file in JSON {
        for (name, text) in strings("", &json(file)) {
            assert!(
                name == LIMIT || !claims_anonymity(&text),
                "{file}, {name}: {text}"
            );
        }
    }
    for file in DOCUMENTS {
        for text in read(file).split("\n\n") {
            assert!(!claims_anonymity(text), "{file}: {text}");
        }
    }
}

/// Unless the word is quoted or denied.
fn claims_anonymity(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut places = text.match_indices("anonym");
    places.any(|(place, _)| {
        let before = text[..place].trim_end_matches([' ', '\u{a0}', '\u{202f}', '*']);
        let spared = ["\"", "“", "«", "not", "pas", "never", "jamais"];
        !spared.into_iter().any(|end| before.ends_with(end))
    })
}

#[test]
fn a_claim_would_be_seen() {
    for claim in [
        "Anonyme et sûr.",
        "Your data is anonymous",
        "It is pseudonymous and anonymous",
    ] {
        assert!(claims_anonymity(claim), "{claim}");
    }
    assert!(!claims_anonymity("pseudonymous, **not anonymous**"));
}

/// On the first page, and before a report leaves.
#[test]
fn both_languages_say_who_can_link_and_who_can_guess() {
    for (language, link, guess) in [("fr", "relier", "devine"), ("en", "link", "guess")] {
        let site = json(&format!("web/site/{language}.json"));
        let home = |name: &str| site["home"][name].as_str().unwrap().to_owned();
        assert!(
            home("limit_anonymous_text").contains(link),
            "{language}: the operator"
        );
        assert!(
            home("limit_alert_text").contains(guess),
            "{language}: who met one person"
        );
        let page = json(&format!("web/locales/{language}.json"));
        let warning = strings("", &page)
            .into_iter()
            .find(|(name, _)| name == "warn_text");
        assert!(warning.unwrap().1.contains(guess), "{language}: Article 4");
    }
}

/// Every text with its name.
fn strings(name: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::String(text) => vec![(name.to_owned(), text.clone())],
        Value::Array(items) => items.iter().flat_map(|item| strings(name, item)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .flat_map(|(name, value)| strings(name, value))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn json(file: &str) -> Value {
    serde_json::from_str(&read(file)).unwrap()
}

fn read(file: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
