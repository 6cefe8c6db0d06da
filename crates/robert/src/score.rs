//! How close two people were: the server's scoring algorithm 2.
//!
//! Equations 52, 56 and 57 and table 4 of Gorce, Egan and Gribonval (RR-9345), with the constants
//! of the deployed configuration.

use crate::parameters::{EPOCH_SECONDS, SCORING_TOLERANCE};
use core::time::Duration;

/// One HELLO as scoring sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// When it was heard, in seconds from anywhere.
    pub seconds: i64,
    /// How strongly, in dBm.
    pub rssi: i8,
}

/// The score of one contact.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Closeness (0 to 1) times duration: 0 to 14.
    pub score: f64,
    /// Number of the last minute in which anything was heard, 0 to 14.
    pub duration: u32,
    /// Number of two-minute windows in which the other was close at all.
    pub contacts: u32,
}

/// Scores the HELLOs of one contact, put in order of time first: the result does not depend on how
/// they are listed. (The deployed server took them in list order.)
pub fn score(samples: &[Sample]) -> Score {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    score_in_order(&samples, SCORING_TOLERANCE)
}

/// The deployed function: samples in list order, the first one sets the time from which minutes
/// are counted, and what comes before it is dropped. A contact that lasts more than `tolerance`
/// longer than an epoch scores nothing.
pub fn score_in_order(samples: &[Sample], tolerance: Duration) -> Score {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Score::default();
    };
    let longest = i64::from(EPOCH_SECONDS).saturating_add_unsigned(tolerance.as_secs());
    if last.seconds.saturating_sub(first.seconds) > longest {
        return Score::default();
    }

    let mut minutes: [Vec<f64>; MINUTES] = Default::default();
    for sample in samples.iter().filter(|sample| sample.rssi <= HIGHEST_RSSI) {
        let minute = match sample.seconds.saturating_sub(first.seconds).div_euclid(60) {
            16.. => Some(MINUTES - 1),
            // Minute 15 is dropped, as deployed, and so is what is earlier than the first sample.
            minute => usize::try_from(minute)
                .ok()
                .filter(|minute| *minute < MINUTES),
        };
        if let Some(minute) = minute.and_then(|minute| minutes.get_mut(minute)) {
            minute.push(f64::from(sample.rssi.min(CLOSEST_RSSI)));
        }
    }

    let mut closeness = Vec::with_capacity(MINUTES);
    let mut duration = 0;
    let nothing = Vec::new();
    for (minute, number) in (0u32..)
        .zip(&minutes)
        .map(|(number, minute)| (minute, number))
    {
        let next = minutes.get(number as usize + 1).unwrap_or(&nothing);
        let count = minute.len() + next.len();
        if count > 0 {
            let level = softmax(SOFTMAX_A, minute.iter().chain(next).copied());
            let delta = DELTAS.get(count).unwrap_or(&LAST_DELTA);
            closeness.push(((level - P0) / delta).clamp(0.0, 1.0));
            duration = number;
        }
    }
    let contacts = closeness
        .iter()
        .filter(|closeness| **closeness > 0.0)
        .count();
    let per_minute = match closeness.is_empty() {
        true => 0.0,
        false => (1.2 * softmax(SOFTMAX_B, closeness.into_iter())).min(1.0),
    };
    Score {
        score: per_minute * f64::from(duration),
        duration,
        contacts: contacts as u32,
    }
}

/// Minutes of an epoch.
const MINUTES: usize = 15;
/// Levels above are measurement errors and dropped.
const HIGHEST_RSSI: i8 = -5;
/// Levels above count as this one.
const CLOSEST_RSSI: i8 = -35;
/// Level at which the other is no longer close, in dBm.
const P0: f64 = -66.0;
const SOFTMAX_A: f64 = 4.342;
const SOFTMAX_B: f64 = 0.2;
/// By the number of samples in a window itself, as deployed (the report counts from one).
const DELTAS: [f64; 5] = [39.0, 27.0, 23.0, 21.0, 20.0];
/// For five samples and more.
const LAST_DELTA: f64 = 15.0;

/// scale · ln(mean of e^(value / scale)).
fn softmax(scale: f64, values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| {
        (sum + (value / scale).exp(), count + 1)
    });
    scale * (sum / f64::from(count)).ln()
}
