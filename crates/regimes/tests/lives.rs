//! Lives as jurists write them: `crates/decree/lives`, a file for each, with one sentence that says why.

// Integration tests are outside clippy's allowance for tests.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use decree::Regime;
use regimes::compare::{Effect, Principle, rules};
use regimes::input::{Input, Refused};
use regimes::life::{Entry, Kind, What, life};
use regimes::paris::written;
use serde::Deserialize;
use serde_json::{Value, json};

/// Everything that can happen.
const EVENTS: [&str; 18] = [
    "installs",
    "buys-phone",
    "turns-bluetooth-on",
    "turns-bluetooth-off",
    "meets",
    "diagnosed",
    "tests-positive",
    "notifies",
    "is-notified",
    "signals-contact",
    "enters-public-place",
    "leaves-home",
    "comes-home",
    "portrait-requested",
    "portrait-sent",
    "warned-by-sms",
    "uninstalls",
    "asks-access",
];

/// A file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Case {
    why: String,
    born: String,
    emergency_ends: Option<String>,
    until: String,
    events: Vec<BTreeMap<String, Value>>,
    /// By law, what it says: a line for each entry, as [`line`] writes it.
    #[serde(default)]
    expected: BTreeMap<String, Vec<String>>,
    /// What the input is refused with, in place of that.
    refused: Option<String>,
}

impl Case {
    fn input(&self) -> Result<Input, Refused> {
        Input::from_value(&json!({
            "born": self.born,
            "emergencyEnds": self.emergency_ends,
            "until": self.until,
            "events": self.events,
        }))
    }
}

fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../decree/lives");
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(path.extension().unwrap(), "yaml", "{name}");
        let text = fs::read_to_string(&path).unwrap();
        let case = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        cases.push((name, case));
    }
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
}

/// `2022-04-10T09:05:00+02:00 must-not leave-home (7) until 2022-04-25T00:00:00+02:00`;
/// `… sanction left-home (7, 9) 4250 € and 6 months`; of another reading, `… beside sanction …`.
fn line(entry: &Entry) -> String {
    let beside = if entry.reading { "beside " } else { "" };
    let (at, kind, what) = (written(entry.at), entry.kind.name(), entry.what.name());
    let mut line = format!("{at} {beside}{kind} {what} ({})", entry.anchors.join(", "));
    if let Some(until) = entry.until {
        write!(line, " until {}", written(until)).unwrap();
    }
    if let Some(amount) = entry.amount {
        write!(line, " {amount} €").unwrap();
    }
    if let Some(months) = entry.prison_months {
        write!(line, " and {months} months").unwrap();
    }
    line
}

#[test]
fn every_life_is_what_a_jurist_expects() {
    let cases = cases();
    assert!(cases.len() >= 40, "only {}", cases.len());
    let mut wrong = String::new();
    for (name, case) in &cases {
        assert!(
            case.why.ends_with('.') && case.why.len() > 20,
            "{name} does not say why"
        );
        let input = match (case.input(), &case.refused) {
            (Ok(input), None) => input,
            (Err(refused), Some(expected)) => {
                assert_eq!(&refused.to_string(), expected, "{name}");
                continue;
            }
            (Ok(_), Some(_)) => panic!("{name} is not refused"),
            (Err(refused), None) => panic!("{name} is refused: {refused}"),
        };
        assert!(!case.expected.is_empty(), "{name} expects nothing");
        for (law, expected) in &case.expected {
            let life = life(law.parse().unwrap(), &input).unwrap();
            let found: Vec<_> = life.sequence.iter().map(line).collect();
            if found != *expected {
                writeln!(
                    wrong,
                    "{name}, {law}: expected\n  {}\nfound\n  {}",
                    expected.join("\n  "),
                    found.join("\n  ")
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn lives_show_every_event_kind_and_name() {
    let (mut events, mut said) = (BTreeSet::new(), BTreeSet::new());
    for (_, case) in cases() {
        let names = case
            .events
            .iter()
            .filter_map(|event| event["what"].as_str());
        events.extend(names.map(str::to_owned));
        for line in case.expected.values().flatten() {
            said.extend(line.split(' ').map(str::to_owned));
        }
    }
    for event in EVENTS {
        assert!(events.contains(event), "{event}");
    }
    for name in Kind::ALL
        .map(Kind::name)
        .into_iter()
        .chain(What::ALL.map(What::name))
    {
        assert!(said.contains(name), "no life expects {name}");
    }
}

#[test]
fn every_anchor_that_a_life_names_is_in_its_text() {
    for (name, case) in cases() {
        let Ok(input) = case.input() else { continue };
        for regime in Regime::ALL {
            let anchors: BTreeSet<_> = regime
                .anchors()
                .into_iter()
                .map(|piece| piece.anchor)
                .collect();
            for entry in life(regime, &input).unwrap().sequence {
                assert!(!entry.anchors.is_empty());
                for anchor in entry.anchors {
                    assert!(anchors.contains(anchor), "{name}: {regime} has no {anchor}");
                }
            }
        }
    }
}

#[test]
fn the_document_lists_every_name() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/LIFE.md");
    let document = fs::read_to_string(document).unwrap();
    let rows: Vec<_> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .collect();
    let names: Vec<_> = rows
        .iter()
        .filter_map(|row| row.split('`').next())
        .collect();
    for what in What::ALL {
        let listed = names.iter().filter(|name| **name == what.name());
        assert_eq!(listed.count(), 1, "{}", what.name());
        let row = rows
            .iter()
            .find(|row| row.starts_with(&format!("{}`", what.name())))
            .unwrap();
        let readings = row.trim_end_matches(" |").rsplit('|').next().unwrap();
        let numbers = readings
            .split(|sign: char| !sign.is_ascii_digit())
            .filter(|part| !part.is_empty());
        let numbers: Vec<u8> = numbers.map(|number| number.parse().unwrap()).collect();
        assert_eq!(numbers, what.readings(), "{}", what.name());
        for number in numbers {
            assert!(
                document.contains(&format!("\n{number}. **")),
                "no reading {number}"
            );
        }
    }
    for kind in Kind::ALL {
        assert!(
            document.contains(&format!("`{}`", kind.name())),
            "{}",
            kind.name()
        );
    }
}

/// The rules that are compared, and those that compute, agree on what compels.
#[test]
fn what_compels_in_a_life_breaks_the_first_principle() {
    for regime in Regime::ALL {
        let breaking = rules(regime)
            .iter()
            .filter(|rule| rule.effects.contains(&Effect::Breaks(Principle::Voluntary)));
        let breaking: BTreeSet<_> = breaking.flat_map(|rule| rule.anchors).copied().collect();
        let mut compelling = BTreeSet::new();
        for (_, case) in cases() {
            let Ok(input) = case.input() else { continue };
            let life = life(regime, &input).unwrap();
            let compels = life.sequence.into_iter().filter(|entry| {
                let is_kept = entry.kind == Kind::Impossible && entry.what == What::Uninstall;
                is_kept || matches!(entry.kind, Kind::Must | Kind::MustNot | Kind::Sanction)
            });
            compelling.extend(compels.flat_map(|entry| entry.anchors));
        }
        // A telephone that comes with the application, and contacts that come with a notification, are no entries of
        // their own.
        let silent = ["1-III", "2-I-6", "2-I-8"];
        let breaking: BTreeSet<_> = breaking
            .into_iter()
            .filter(|anchor| !silent.contains(anchor))
            .collect();
        assert_eq!(compelling, breaking, "{regime}");
        assert_eq!(compelling.is_empty(), regime == Regime::Decree2020650);
    }
}

/// Three events in every order, some of them at one moment.
#[test]
fn whatever_happens_the_sequence_is_sound() {
    let event = |what: &str, at: &str| {
        let mut event = json!({ "at": at, "what": what });
        if what == "meets" {
            event["metres"] = json!(0.5);
            event["minutes"] = json!(20);
        }
        event
    };
    for one in EVENTS {
        for other in EVENTS {
            for last in EVENTS {
                let input = Input::from_value(&json!({
                    "born": "1990-05-01", "emergencyEnds": "2022-07-31", "until": "2022-06-30",
                    "events": [
                        event(one, "2022-04-10T10:00:00+02:00"),
                        event(other, "2022-04-10T10:00:00+02:00"),
                        event(last, "2022-04-10T10:20:00+02:00"),
                    ],
                }));
                let input = input.unwrap();
                for regime in Regime::ALL {
                    let sequence = life(regime, &input).unwrap().sequence;
                    let of = || format!("{regime}: {one}, {other}, {last}: {sequence:#?}");
                    assert!(sequence.is_sorted_by_key(|entry| entry.at), "{}", of());
                    for entry in &sequence {
                        let is_sanction = entry.kind == Kind::Sanction;
                        assert_eq!(entry.amount.is_some(), is_sanction, "{}", of());
                        assert!(entry.prison_months.is_none() || is_sanction, "{}", of());
                        assert!(!entry.reading || is_sanction, "{}", of());
                        assert!(entry.until.is_none_or(|until| until > entry.at), "{}", of());
                    }
                }
            }
        }
    }
}

#[test]
fn a_term_that_no_date_can_end_is_refused() {
    let input = Input::from_value(&json!({
        "born": "9990-05-01", "until": "9999-12-31",
        "events": [
            { "at": "9999-12-30T10:00:00+01:00", "what": "tests-positive" },
            { "at": "9999-12-30T10:00:00+01:00", "what": "notifies" },
        ],
    }));
    let input = input.unwrap();
    for regime in Regime::ALL {
        let refused = life(regime, &input).unwrap_err().to_string();
        assert_eq!(refused, "event 2, $.events[1].at: too late to count from");
    }
}
