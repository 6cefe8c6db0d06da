//! The on-device filter against figures derived from the deployed one.
//!
//! The two tests on the deployed applications' own series are ignored unless asked for: see `official.rs`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test file

mod common;

use common::{rows, test, vectors};
use core::time::Duration;
use decree::Moment;
use robert::phone::{Decision, Filter, Judgement, Mode, Sample};
use serde_json::Value;
use std::path::PathBuf;
use std::{env, fs};

#[test]
fn production_parameters() {
    for row in rows(&vectors!("on_device_filter")["production"], 9) {
        let found = Filter::PRODUCTION.judge(samples(&row["hellos"]));
        match &row["result"] {
            Value::String(reason) => {
                let decision = match reason.as_str() {
                    "durationTooShort" => Decision::TooShort,
                    "riskTooLow" => Decision::RiskTooLow,
                    other => panic!("{other}"),
                };
                assert_eq!(found.decision, decision, "{}", row["name"]);
            }
            expected => {
                assert_eq!(found.decision, Decision::Kept, "{}", row["name"]);
                assert_figures(&found, expected);
            }
        }
    }
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    for row in rows(&vectors!("on_device_filter")["production"], 9) {
        let samples = samples(&row["hellos"]);
        let reversed = samples.iter().rev().copied().collect();
        assert_eq!(
            Filter::PRODUCTION.judge(reversed),
            Filter::PRODUCTION.judge(samples)
        );
    }
}

#[test]
fn two_minutes_to_the_second() {
    let decision = |last| judge(Mode::Risks, &[(0, -40), (60, -40), (last, -40)]).decision;
    assert_eq!(decision(119), Decision::TooShort);
    assert_eq!(decision(120), Decision::Kept);
    assert_eq!(
        Filter::PRODUCTION.judge(Vec::new()).decision,
        Decision::TooShort
    );
}

#[test]
fn windows_follow_the_epoch_and_not_the_meeting() {
    // The same 4 minutes: at the start of an epoch, and over its end.
    let at = |start: u64| {
        let levels: Vec<_> = (0..=240).step_by(10).map(|t| (start + t, -40)).collect();
        judge(Mode::Risks, &levels)
    };
    let (early, late) = (at(0), at(800));
    assert_eq!(
        early
            .window_risks
            .iter()
            .filter(|risk| **risk > 0.0)
            .count(),
        5
    );
    // Only what lies in the first HELLO's epoch is weighed: minutes 13 and 14, and 12 with 13.
    assert_eq!(
        late.window_risks.iter().filter(|risk| **risk > 0.0).count(),
        3
    );
    assert!(late.risk < early.risk);
}

#[test]
fn each_mode_stops_where_it_says() {
    let levels = [(0, -80), (60, -10), (130, -80)];
    let full = judge(Mode::Full, &levels);
    assert_eq!(
        (full.decision, full.peaks.len(), full.risk),
        (Decision::Kept, 0, None)
    );
    assert_eq!(full.samples[1].rssi, -10);
    let medium = judge(Mode::Medium, &levels);
    assert_eq!(
        (medium.decision, medium.peaks, medium.risk),
        (Decision::Kept, vec![-10], None)
    );
    assert_eq!(medium.samples[1].rssi, -80);
    assert_eq!(medium.window_risks.len(), 15);
    let risks = judge(Mode::Risks, &levels);
    assert_eq!(risks.decision, Decision::RiskTooLow);
    assert_eq!(risks.samples, medium.samples);
}

#[test]
fn a_peak_falls_to_the_lowest_of_its_neighbours_and_the_ceiling() {
    let clipped = |levels: &[i8]| {
        let levels: Vec<_> = (0..).step_by(60).zip(levels.iter().copied()).collect();
        let found = judge(Mode::Medium, &levels);
        let after: Vec<_> = found.samples.iter().map(|sample| sample.rssi).collect();
        (after, found.peaks)
    };
    assert_eq!(clipped(&[-40, -10, -50]), (vec![-40, -50, -50], vec![-10]));
    assert_eq!(clipped(&[-50, -10, -40]), (vec![-50, -50, -40], vec![-10]));
    // The one before counts as clipped, the one after as heard.
    assert_eq!(
        clipped(&[-60, -10, -20, -30]),
        (vec![-60, -60, -60, -30], vec![-10, -20])
    );
    assert_eq!(
        clipped(&[-10, -20, -24]),
        (vec![-25, -25, -25], vec![-10, -20, -24])
    );
    assert_eq!(clipped(&[-25, -25, -25]), (vec![-25, -25, -25], vec![]));
}

#[test]
#[ignore = "needs the official RSSI series, published under another licence: run where it is present"]
fn published_figures() {
    let series = official_series();
    let samples = samples(&series);
    assert_eq!(samples.len(), 96);
    for row in rows(&vectors!("on_device_filter")["published"], 8) {
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
        match row["expected"]["error"].as_str() {
            Some("risk too low") => assert_eq!(found.decision, Decision::RiskTooLow),
            Some("duration too short") => assert_eq!(found.decision, Decision::TooShort),
            Some(other) => panic!("{other}"),
            None => {
                assert_eq!(found.decision, Decision::Kept);
                assert_figures(&found, &row["expected"]);
            }
        }
    }
}

#[test]
#[ignore = "needs the official RSSI series, published under another licence: run where it is present"]
fn published_clipping() {
    let series = official_series();
    for (column, highest) in [(2, -35), (3, -60)] {
        let filter = Filter {
            mode: Mode::Medium,
            highest,
            ..Filter::PRODUCTION
        };
        let found = filter.judge(samples(&series));
        for (sample, row) in found.samples.iter().zip(rows(&series, 96)) {
            assert_eq!(Some(i64::from(sample.rssi)), row[column].as_i64());
        }
    }
}

fn judge(mode: Mode, levels: &[(u64, i8)]) -> Judgement {
    let sample = |&(at, rssi): &(u64, i8)| Sample {
        at: Moment::from_unix(at),
        rssi,
    };
    Filter {
        mode,
        ..Filter::PRODUCTION
    }
    .judge(levels.iter().map(sample).collect())
}

fn assert_figures(found: &Judgement, expected: &Value) {
    let windows = expected["window_risks"].as_array().unwrap();
    assert_eq!(found.window_risks.len(), windows.len());
    for (risk, expected) in found.window_risks.iter().zip(windows) {
        assert_close(*risk, expected);
    }
    assert_close(
        found.intermediate_risk.unwrap(),
        &expected["intermediate_risk"],
    );
    assert_close(found.risk.unwrap(), &expected["risk"]);
    assert_eq!(
        found.peaks.len() as u64,
        expected["peak_count"].as_u64().unwrap()
    );
    let density = found
        .window_risks
        .iter()
        .filter(|risk| **risk > 0.0)
        .count();
    assert_eq!(density as u64, expected["risk_density"].as_u64().unwrap());
    let minutes = found.lasted.as_secs_f64() / Duration::from_secs(60).as_secs_f64();
    assert!((minutes - expected["duration_minutes"].as_f64().unwrap()).abs() < 1e-4);
    if let Some(mean) = expected["mean_peak"].as_f64() {
        let sum: f64 = found.peaks.iter().copied().map(f64::from).sum();
        assert!((sum / found.peaks.len() as f64 - mean).abs() < 1e-9);
    }
}

/// Figures are written to nine decimals.
fn assert_close(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

fn samples(hellos: &Value) -> Vec<Sample> {
    let sample = |hello: &Value| Sample {
        at: Moment::from_unix(hello[0].as_u64().unwrap()),
        rssi: hello[1].as_i64().unwrap().try_into().unwrap(),
    };
    hellos.as_array().unwrap().iter().map(sample).collect()
}

/// Rows of seconds, level, level clipped at −35, level clipped at −60.
fn official_series() -> Value {
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/vectors/official-rssi.json"
    );
    let file = env::var_os("LIMPIDE_OFFICIAL_RSSI").map_or_else(|| beside.into(), PathBuf::from);
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    common::parse(&text)["filter"].take()
}
