//! Scores and risk.

use crate::common::{float, number, rows, test, vectors};
use robert::parameters::{HELLO_TOLERANCE, RISK_THRESHOLD};
use robert::risk::risk;
use robert::score::{Sample, score, score_in_order};
use serde_json::Value;

#[test]
fn risk_aggregation_published() {
    let file = vectors!("risk_aggregation");
    for row in rows(&file["published"], 6) {
        let total: f64 = row["scores"].as_array().unwrap().iter().map(float).sum();
        assert_eq!(risk(total), float(&row["total_risk"]), "{row}");
        assert_eq!(
            risk(total) >= RISK_THRESHOLD,
            row["expected"] == "at risk",
            "{row}"
        );
    }
    let smallest = float(&file["smallest_sum_at_risk"]);
    // In real numbers; in floating point it falls just short.
    assert!(risk(smallest + 1e-9) >= RISK_THRESHOLD);
    assert!(risk(smallest - 1e-9) < RISK_THRESHOLD);
}

#[test]
fn scoring_derived() {
    let file = vectors!("scoring_v2");
    for row in rows(&file["derived"], 14) {
        let samples = samples(row);
        let tolerance = core::time::Duration::from_secs(number(&row["epoch_tolerance"]).into());
        let result = score_in_order(&samples, tolerance);
        assert_eq!(result.score, float(&row["score"]), "{}", row["name"]);
        assert_eq!(result.duration, number(&row["duration"]), "{}", row["name"]);
        assert_eq!(
            result.contacts,
            number(&row["nb_contacts"]),
            "{}",
            row["name"]
        );
        // The order in which they are listed matters there, and not here.
        let mut backwards = samples.clone();
        backwards.reverse();
        assert_eq!(score(&samples), score(&backwards), "{}", row["name"]);
        if samples.is_sorted() && tolerance == HELLO_TOLERANCE {
            assert_eq!(score(&samples), result, "{}", row["name"]);
        }
    }
}

fn samples(row: &Value) -> Vec<Sample> {
    let sample = |pair: &Value| Sample {
        seconds: pair[0].as_i64().unwrap(),
        rssi: pair[1].as_i64().unwrap().try_into().unwrap(),
    };
    row["hellos"]
        .as_array()
        .unwrap()
        .iter()
        .map(sample)
        .collect()
}
