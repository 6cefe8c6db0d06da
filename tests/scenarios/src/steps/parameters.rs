//! The parameters that the server announces, and those that it applies.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use robert::Ntp;
use serde_json::Value;

use crate::story::Story;
use crate::words::Words;

/// Names and values, the values as JSON writes them.
fn settings(config: &Value) -> BTreeMap<String, String> {
    let list = config.as_array().expect("une liste");
    let pairs = list.iter().map(|setting| {
        let value = &setting["value"];
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (setting["name"].as_str().expect("un nom").to_owned(), text)
    });
    let settings: BTreeMap<_, _> = pairs.collect();
    assert_eq!(settings.len(), list.len(), "un paramètre annoncé deux fois");
    settings
}

/// At registration and with a status alike.
pub(super) fn announced(story: &mut Story, words: &Words) {
    let rows = words.rows().iter();
    let expected: BTreeMap<_, _> = rows.map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(settings(&story.forger.as_ref().unwrap().config), expected);
    let status = story.answers.last().expect("une réponse").reply.json();
    assert_eq!(settings(&status["config"]), expected);
}

/// Each is tried on both sides of the value that was announced.
pub(super) fn applied(story: &mut Story, words: &Words) {
    let name = words.text(1);
    let forger = story.forger.as_ref().expect("Mallory");
    let value: u64 = settings(&forger.config)[name].parse().unwrap();
    match name {
        "app.epoch.seconds" => {
            let epoch = |story: &Story| {
                let clock = story.realm.get("/api/v6/clock").is(200).json();
                clock["epoch"].as_u64().unwrap()
            };
            story.go(story.realm.next_epoch());
            let first = epoch(story);
            story.realm.advance(value - 10);
            assert_eq!(epoch(story), first);
            story.realm.advance(10);
            assert_eq!(epoch(story), first + 1);
        }
        "app.bundle.days" => {
            let days: BTreeSet<_> = forger
                .tuples
                .iter()
                .map(|tuple| tuple.epoch.day())
                .collect();
            assert_eq!(days.len() as u64, value);
        }
        "app.status.gap.epochs" => {
            assert_eq!(ask(story, Duration::ZERO), 200);
            for _ in 1..value {
                story.realm.advance(900);
                assert_eq!(ask(story, Duration::ZERO), 400);
            }
            story.realm.advance(900);
            assert_eq!(ask(story, Duration::ZERO), 200);
        }
        "app.request.tolerance.seconds" => {
            assert_eq!(ask(story, Duration::from_secs(value + 5)), 400);
            assert_eq!(ask(story, Duration::from_secs(value - 5)), 200);
        }
        other => panic!("« {other} » n'est pas éprouvé ici"),
    }
}

fn ask(story: &mut Story, fast: Duration) -> u16 {
    let now = Ntp::from(story.now() + fast);
    let request = story.forger.as_mut().unwrap().ask(1, now, None).clone();
    story.post("Mallory", "status", &request).status
}
