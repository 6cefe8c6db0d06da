//! The official RSSI series, scored bit for bit.
//!
//! The series stay where their licence keeps them (MPL-2.0): they are read from the file named by
//! `LIMPIDE_OFFICIAL_RSSI`, or from `../shared` beside the workspace. Not every machine has them
//! and no browser can read them, so the test is ignored unless it is asked for, and then fails
//! where they are absent: `cargo test -p robert --test official -- --include-ignored`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

#[path = "common/before.rs"]
mod before;
mod common;

use common::{float, number, test, vectors};
use robert::parameters::SCORING_TOLERANCE;
use robert::risk::risk;
use robert::score::{Sample, score, score_in_order};
use serde_json::Value;
use std::path::PathBuf;
use std::{env, fs};

#[test]
#[ignore = "needs the official RSSI series, published under another licence: run where it is present"]
fn official_rssi_series() {
    let series = official_series();
    let expected = vectors!("official_scores");
    let files = expected["data_sets"].as_array().unwrap();
    assert_eq!(
        files.len(),
        series.as_object().unwrap().len(),
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
        let before = before::score_in_order(&samples, SCORING_TOLERANCE);
        assert_eq!(result.score.to_bits(), before.score.to_bits(), "{name}");
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

fn official_series() -> Value {
    let file = env::var_os("LIMPIDE_OFFICIAL_RSSI").map_or_else(
        || {
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../../shared/vectors/official-rssi.json"
            )
            .into()
        },
        PathBuf::from,
    );
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    common::parse(&text)["scoring_v2"].take()
}

fn sample(pair: &Value) -> Sample {
    let rssi = pair[1].as_i64().unwrap().try_into().unwrap();
    Sample {
        seconds: pair[0].as_i64().unwrap(),
        rssi,
    }
}
