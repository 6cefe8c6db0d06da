//! The official RSSI series, scored bit for bit.
//!
//! The series stay where their licence keeps them (MPL-2.0): they are read from the folder named by
//! `LIMPIDE_SHARED`, or from `../shared` beside the workspace. Where there are none the test says
//! `official RSSI series: skipped`, and under `CI=true` fails. Reading files is why this is the
//! only test target that a browser does not run, and it is not counted with the others.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

mod common;

use common::{float, number, vectors};
use robert::parameters::SCORING_TOLERANCE;
use robert::risk::risk;
use robert::score::{Sample, score, score_in_order};
use serde_json::Value;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn official_rssi_series() {
    let Some(series) = official_series() else {
        assert!(
            env::var("CI").is_err(),
            "official RSSI series: absent, and CI demands them"
        );
        // Written past the harness, which hides what a passing test prints.
        std::io::Write::write_all(&mut std::io::stderr(), b"official RSSI series: skipped\n")
            .unwrap();
        return;
    };
    let expected = vectors!("official_scores");
    let files = expected["data_sets"].as_array().unwrap();
    assert_eq!(
        files.len(),
        series.len(),
        "as many series as expected scores"
    );

    let mut total = 0.0;
    for row in files {
        let name = row["file"].as_str().unwrap();
        let samples: Vec<_> = series[name]
            .as_array()
            .unwrap()
            .iter()
            .map(sample)
            .collect();
        assert_eq!(samples.len() as u32, number(&row["rows"]), "{name}");
        let result = score_in_order(&samples, SCORING_TOLERANCE);
        assert_eq!(result.score, float(&row["score"]), "{name}");
        assert_eq!(result.duration, number(&row["expected_duration"]), "{name}");
        assert_eq!(
            result.contacts,
            number(&row["expected_nb_contacts"]),
            "{name}"
        );
        let per_minute = float(&row["expected_rssi_score_per_minute"]);
        assert_eq!(
            result.score,
            per_minute * f64::from(result.duration),
            "{name}"
        );
        assert_eq!(score(&samples), result, "{name}, sorted");
        total += result.score;
    }
    let aggregates = vectors!("risk_aggregation");
    assert_eq!(
        risk(total),
        float(&aggregates["data_set_totals"]["C4_20_A"])
    );
    println!(
        "official RSSI series: {} of {} equal bit for bit",
        files.len(),
        files.len()
    );
}

fn official_series() -> Option<serde_json::Map<String, Value>> {
    let shared = env::var_os("LIMPIDE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let file = fs::read_to_string(shared.join("vectors/official-rssi.json")).ok()?;
    match common::parse(&file)["scoring_v2"].take() {
        Value::Object(series) => Some(series),
        _ => panic!("official RSSI series: not in the form expected"),
    }
}

fn sample(pair: &Value) -> Sample {
    let rssi = pair[1].as_i64().unwrap().try_into().unwrap();
    Sample {
        seconds: pair[0].as_i64().unwrap(),
        rssi,
    }
}
