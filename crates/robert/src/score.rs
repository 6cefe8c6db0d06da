//! How close two people were: the server's scoring algorithm 2.
//!
//! Equations 52, 56 and 57 and table 4 of Gorce, Egan and Gribonval (RR-9345), with the constants
//! of the deployed configuration.

use crate::parameters::{EPOCH_SECONDS, SCORING_TOLERANCE};
use core::hint::black_box;
use core::time::Duration;
use std::cell::LazyCell;

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
    if samples.is_sorted() {
        return score_in_order(samples, SCORING_TOLERANCE);
    }
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

    let windows = EXPONENTIALS.with(|all| windows(all, samples, first.seconds));
    let mut closeness = Mean::default();
    let (mut duration, mut contacts) = (0, 0);
    for (minute, window) in (0u32..).zip(windows) {
        if window.count > 0 {
            let level = SOFTMAX_A * window.ln();
            let delta = DELTAS.get(window.count as usize).unwrap_or(&LAST_DELTA);
            let close = ((level - P0) / delta).clamp(0.0, 1.0);
            closeness.add((close / SOFTMAX_B).exp());
            contacts += u32::from(close > 0.0);
            duration = minute;
        }
    }
    let per_minute = match closeness.count {
        0 => 0.0,
        _ => (1.2 * (SOFTMAX_B * closeness.ln())).min(1.0),
    };
    Score {
        score: per_minute * f64::from(duration),
        duration,
        contacts,
    }
}

/// For each minute, e^(level / a) of its samples and of those of the next one.
///
/// Floating-point sums depend on their order, and these are the deployed ones bit for bit: the samples of a minute as they
/// are listed, then those of the next.
fn windows(exponentials: &Exponentials, samples: &[Sample], start: i64) -> [Mean; MINUTES] {
    let mut windows = [Mean::default(); MINUTES];
    for earlier in [0, 1] {
        for sample in samples.iter().filter(|sample| sample.rssi <= HIGHEST_RSSI) {
            let since = sample.seconds.saturating_sub(start);
            // All of what is earlier than the first sample is alike, and all of what is late.
            let minute = (since.clamp(-60, 60 * LATE) as i32).div_euclid(60);
            let window = counted_as(minute).and_then(|minute| minute.checked_sub(earlier));
            let bits = sample.rssi.cast_unsigned() & 0x7f;
            if let Some(window) = window.and_then(|at| windows.get_mut(at))
                && let Some(exponential) = exponentials.get(usize::from(bits))
            {
                window.add(*exponential);
            }
        }
    }
    windows
}

/// The minute as which this one counts: what is earlier than the first sample is dropped, as deployed, and so is the
/// sixteenth; what is later counts as the last.
fn counted_as(minute: i32) -> Option<usize> {
    match usize::try_from(minute) {
        Ok(minute @ 0..MINUTES) => Some(minute),
        Ok(MINUTES) | Err(_) => None,
        Ok(_) => Some(MINUTES - 1),
    }
}

/// A mean of exponentials, in the making.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, exponential: f64) {
        self.sum += exponential;
        self.count += 1;
    }

    fn ln(self) -> f64 {
        (self.sum / f64::from(self.count)).ln()
    }
}

/// e^(level / a), by the lower seven bits of a level: those that count are all below zero.
type Exponentials = [f64; 128];

thread_local! {
    /// Made when first needed, by the very function that they stand for, so that a sum has the same bits as one of
    /// exponentials made one by one.
    static EXPONENTIALS: LazyCell<Exponentials> = const { LazyCell::new(exponentials) };
}

fn exponentials() -> Exponentials {
    core::array::from_fn(|bits| {
        let level = i8::MIN.saturating_add(bits as i8).min(CLOSEST_RSSI);
        // Not worked out by the compiler, whose machine may have another `exp`.
        (f64::from(black_box(level)) / SOFTMAX_A).exp()
    })
}

/// Minutes of an epoch.
const MINUTES: usize = 15;
/// Levels above are measurement errors and dropped.
const HIGHEST_RSSI: i8 = -5;
/// Levels above count as this one.
const CLOSEST_RSSI: i8 = -35;
/// From this minute on all are alike.
const LATE: i64 = MINUTES as i64 + 1;
/// Level at which the other is no longer close, in dBm.
const P0: f64 = -66.0;
/// Scale of the mean of levels: a · ln(mean of e^(level / a)).
const SOFTMAX_A: f64 = 4.342;
/// Scale of the mean of closenesses.
const SOFTMAX_B: f64 = 0.2;
/// By the number of samples in a window itself, as deployed (the report counts from one).
const DELTAS: [f64; 5] = [39.0, 27.0, 23.0, 21.0, 20.0];
/// For five samples and more.
const LAST_DELTA: f64 = 15.0;
