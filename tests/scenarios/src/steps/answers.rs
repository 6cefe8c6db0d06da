//! What the server answers.

use http_tests::{authenticated, base64, unhex};
use serde_json::Value;

use super::{fields, texts};
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

/// What is announced is what is there, and a spreadsheet reads the same.
pub(super) fn statistics(story: &mut Story, _: &Words) {
    let json = story.realm.get("/api/statistics").is(200).json();
    assert_eq!(
        fields(&json),
        [
            "figures",
            "floor",
            "forgotten",
            "from",
            "missing",
            "peopleNeeded",
            "until"
        ]
    );
    let (mut names, mut lines) = (Vec::new(), vec!["figure,from,to,count".to_owned()]);
    for figure in json["figures"].as_array().unwrap() {
        assert_eq!(fields(figure), ["name", "periods", "withheldSince"]);
        let name = figure["name"].as_str().unwrap();
        names.push(name.to_owned());
        for period in figure["periods"].as_array().unwrap() {
            assert_eq!(fields(period), ["count", "from", "to"]);
            let [from, to] = ["from", "to"].map(|end| period[end].as_str().unwrap());
            lines.push(format!("{name},{from},{to},{}", period["count"]));
        }
    }
    names.sort_unstable();
    assert_eq!(names, texts::documented_figures());
    let table = story.realm.get("/api/statistics.csv").is(200);
    let kind = table.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/csv"), "{kind}");
    assert!(table.text().lines().eq(lines), "{}", table.text());
}

/// Every day that is over was counted, none was lost, and of so few people no figure leaves.
pub(super) fn statistics_until_yesterday(story: &mut Story, _: &Words) {
    let yesterday = story.now().day().minus_days(1);
    let json = story.realm.get("/api/statistics").is(200).json();
    assert_eq!(json["until"], yesterday.to_string());
    assert_eq!(json["missing"], Value::Array(Vec::new()));
    assert!(json["from"].as_str() <= json["until"].as_str(), "{json}");
    for figure in json["figures"].as_array().unwrap() {
        assert_eq!(figure["periods"], Value::Array(Vec::new()));
        assert_eq!(figure["withheldSince"], json["from"]);
    }
}
