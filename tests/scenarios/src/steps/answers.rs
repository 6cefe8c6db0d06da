//! What the server answers.

use http_tests::{authenticated, base64, unhex};
use serde_json::Value;

use super::fields;
use crate::story::{Answer, Story};
use crate::words::Words;

pub(super) fn levels(story: &mut Story, words: &Words, expected: u64) {
    for who in words.names(1) {
        assert_eq!(story.ask(who), expected, "niveau de risque de {who}");
    }
}

pub(super) fn last(story: &mut Story, status: u16) {
    let Answer { call, reply, .. } = story.answers.last().expect("une réponse");
    assert_eq!(reply.status, status, "{reply:?}");
    // Refused authentication says nothing at all.
    if *call == "status" && status != 200 {
        assert_eq!(reply.text(), "");
    }
}

pub(super) fn is_stranger(story: &mut Story, words: &Words) {
    let now = story.now();
    let mut phone = story.gone.take().expect("quelqu'un qui est parti");
    let request = phone.unregister(now).expect("une demande");
    story.post(words.text(1), "unregister", &authenticated(&request));
    last(story, 430);
}

/// The fields that the deployed system could add are in no reply, whoever it is for.
pub(super) fn no_token(story: &mut Story, words: &Words) {
    let reports = replies(story, "report");
    assert!(!reports.is_empty());
    for report in reports {
        assert_eq!(fields(&report), ["message", "success"]);
    }
    sole_information(story, words);
}

pub(super) fn sole_information(story: &mut Story, _: &Words) {
    let statuses = replies(story, "status");
    assert!(statuses.iter().any(|status| status["riskLevel"] == 4));
    for status in statuses {
        assert_eq!(fields(&status), ["config", "riskLevel", "tuples"]);
    }
}

fn replies(story: &Story, call: &str) -> Vec<Value> {
    let to_call = story.answers.iter().filter(|answer| answer.call == call);
    to_call
        .map(|answer| answer.reply.clone().is(200).json())
        .collect()
}

pub(super) fn learnt(story: &mut Story, words: &Words) {
    assert_eq!(story.phone(words.text(1)).at_risk(), Some(true));
    assert_eq!(story.phone(words.text(2)).at_risk(), Some(false));
}

pub(super) fn alike(story: &mut Story, _: &Words) {
    let [.., one, other] = story.answers.as_slice() else {
        panic!("deux réponses")
    };
    assert_ne!(one.who, other.who);
    assert_ne!(one.reply.body, other.reply.body);
    assert_eq!(one.reply.body.len(), other.reply.body.len());
    let headers = |answer: &Answer| {
        let mut headers = answer.reply.headers.clone();
        headers.retain(|(name, _)| name != "date");
        headers
    };
    assert_eq!(headers(one), headers(other));
}

/// Neither as hexadecimal nor as base64.
pub(super) fn no_identifier(story: &mut Story, _: &Words) {
    let accounts = story.realm.state().rows("registry", "account");
    assert!(!accounts.is_empty());
    for account in accounts {
        let id = account["id"].as_str().unwrap();
        let encoded = base64(&unhex(id));
        for Answer { call, reply, .. } in &story.answers {
            let text = reply.text();
            assert!(!text.contains(id) && !text.contains(&encoded), "{call}");
        }
    }
}

pub(super) fn statistics(story: &mut Story, _: &Words) {
    let json = story.realm.get("/api/statistics").is(200).json();
    assert!(json.is_object() || json.is_array(), "{json}");
    let table = story.realm.get("/api/statistics.csv").is(200);
    let kind = table.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/csv"), "{kind}");
    let header = table.text().lines().next().unwrap_or_default();
    assert!(header.contains([',', ';']), "{header}");
}
