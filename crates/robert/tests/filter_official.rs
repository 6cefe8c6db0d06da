//! The on-device filter against the deployed applications' own test, on their own series.
//!
//! The series is under another licence and is not part of this repository: it is read from `vectors/official-rssi.json`
//! in the folder that `LIMPIDE_SHARED` names. Without it the test is skipped, except where `CI` is set.
#![cfg(not(target_arch = "wasm32"))] // it reads a file
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

use core::time::Duration;
use std::path::PathBuf;

use decree::Moment;
use robert::phone::{Decision, Filter, Mode, Sample};
use serde_json::Value;

#[test]
fn published_figures() {
    let Some(series) = official_series() else {
        return;
    };
    let samples = samples(&series);
    let vectors: Value =
        serde_json::from_str(include_str!("vectors/on_device_filter.json")).unwrap();
    let published = vectors["published"].as_array().unwrap();
    assert_eq!((samples.len(), published.len()), (96, 8));
    for row in published {
        let parameter = |name: &str| row["parameters"][name].as_f64().unwrap();
        let filter = Filter {
            mode: Mode::Risks,
            shortest: Duration::from_secs_f64(parameter("duration_threshold_s")),
            highest: parameter("rssi_threshold") as i8,
            lowest_risk: parameter("risk_threshold"),
            p0: parameter("p0"),
            a: parameter("a"),
            b: parameter("b"),
            ..Filter::PRODUCTION
        };
        let found = filter.judge(samples.clone());
        let expected = &row["expected"];
        match expected["error"].as_str() {
            Some("risk too low") => assert_eq!(found.decision, Decision::RiskTooLow),
            Some("duration too short") => assert_eq!(found.decision, Decision::TooShort),
            Some(other) => panic!("{other}"),
            None => {
                assert_eq!(found.decision, Decision::Kept);
                let windows = expected["window_risks"].as_array().unwrap();
                assert_eq!(found.window_risks.len(), windows.len());
                let figures = found.window_risks.iter().zip(windows).chain([
                    (found.risk.as_ref().unwrap(), &expected["risk"]),
                    (
                        found.intermediate_risk.as_ref().unwrap(),
                        &expected["intermediate_risk"],
                    ),
                ]);
                for (figure, expected) in figures {
                    let expected = expected.as_f64().unwrap();
                    assert!(
                        (figure - expected).abs() < 1e-9,
                        "{figure} is not {expected}"
                    );
                }
                assert_eq!(
                    found.peaks.len() as u64,
                    expected["peak_count"].as_u64().unwrap()
                );
            }
        }
    }
}

#[test]
fn published_clipping() {
    let Some(series) = official_series() else {
        return;
    };
    for (column, highest) in [(2, -35), (3, -60)] {
        let filter = Filter {
            mode: Mode::Medium,
            highest,
            ..Filter::PRODUCTION
        };
        let found = filter.judge(samples(&series));
        for (sample, row) in found.samples.iter().zip(series.as_array().unwrap()) {
            assert_eq!(Some(i64::from(sample.rssi)), row[column].as_i64());
        }
    }
}

/// Rows of seconds, level, level clipped at −35, level clipped at −60.
fn official_series() -> Option<Value> {
    let shared = std::env::var_os("LIMPIDE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let Ok(text) = std::fs::read_to_string(shared.join("vectors/official-rssi.json")) else {
        assert!(std::env::var("CI").is_err(), "official RSSI series: absent");
        println!("official RSSI series: skipped");
        return None;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    Some(file["filter"].clone())
}

fn samples(series: &Value) -> Vec<Sample> {
    let sample = |row: &Value| Sample {
        at: Moment::from_unix(row[0].as_u64().unwrap()),
        rssi: row[1].as_i64().unwrap().try_into().unwrap(),
    };
    series.as_array().unwrap().iter().map(sample).collect()
}
