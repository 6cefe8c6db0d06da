//! The filter that every pseudonym heard passes on the phone before anything leaves it.
//!
//! The first version of the deployed application sent its whole history; the filter came with version 1.1.0, and the
//! data protection authority's formal notice of July 2020 is about the phones that still lacked it. It runs on the
//! HELLOs of one pseudonym:
//!
//! 1. Heard for too short a time: rejected ([`Mode::Full`] stops here).
//! 2. Peaks above a threshold are clipped to their neighbours; what leaves the phone is the clipped level.
//! 3. Each minute of the epoch opens a window of two minutes, whose risk is γ = (softmaxₐ(levels) − p₀) / δₙ, in 0…1,
//!    n being the number of levels in it ([`Mode::Medium`] stops here).
//! 4. risk = softmax_b(γ) · (minutes + number of windows with γ > 0) / (2 · number of windows). Too low: rejected
//!    ([`Mode::Risks`], the deployed one).
//!
//! softmaxₐ(x) = a · ln(mean(e^(x/a))). Equations 52, 56 and 57 of Gorce, Egan and Gribonval, hal-02641630, with the
//! deployed applications' tables.

use core::time::Duration;

use decree::Moment;

use crate::parameters::EPOCH_SECONDS;

/// How many of the steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The duration alone.
    Full,
    /// The duration, then clipping.
    Medium,
    /// All of it: what the deployed applications do.
    Risks,
}

/// The filter and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// How many of the steps are taken.
    pub mode: Mode,
    /// Shortest time between the first and the last HELLO.
    pub shortest: Duration,
    /// Highest level left as it is, in dBm.
    pub highest: i8,
    /// Smallest risk that is sent, 0…1.
    pub lowest_risk: f64,
    /// δ₁, δ₂, …: what a level above p₀ is divided by, given the number of levels in the window. The last one serves
    /// for all greater numbers.
    pub deltas: &'static [f64],
    /// p₀: the level under which there is no risk, in dBm.
    pub p0: f64,
    /// Sharpness of the softmax over levels.
    pub a: f64,
    /// Sharpness of the softmax over windows.
    pub b: f64,
}

impl Filter {
    /// The parameters that the applications received from the server's remote configuration in production.
    pub const PRODUCTION: Self = Self {
        mode: Mode::Risks,
        shortest: Duration::from_secs(120),
        highest: -25,
        lowest_risk: 0.1,
        deltas: &[39.0, 27.0, 23.0, 21.0, 20.0, 19.0, 18.0, 17.0, 16.0, 15.0],
        p0: -66.0,
        // 10 / ln 10
        a: 4.342_944_819_032_517_5,
        b: 0.1,
    };

    /// Judges the levels at which one pseudonym was heard, in any order.
    ///
    /// Windows are counted from the start of the epoch in which the first of them was heard.
    pub fn judge(&self, heard: Vec<Sample>) -> Judgement {
        let mut samples = Vec::with_capacity(heard.len());
        for sample in heard {
            // Nearly always the end.
            let place = samples.partition_point(|earlier: &Sample| earlier.at <= sample.at);
            samples.insert(place, sample);
        }
        let first = samples
            .first()
            .map_or(Moment::from_unix(0), |sample| sample.at);
        let lasted = samples
            .last()
            .map_or(Duration::ZERO, |last| last.at.since(first));
        let mut judgement = Judgement {
            decision: Decision::Kept,
            lasted,
            peaks: Vec::new(),
            window_risks: Vec::new(),
            intermediate_risk: None,
            risk: None,
            samples,
        };
        if judgement.samples.is_empty() || lasted < self.shortest {
            judgement.decision = Decision::TooShort;
            return judgement;
        }
        if self.mode == Mode::Full {
            return judgement;
        }

        judgement.peaks = clip(&mut judgement.samples, self.highest);
        // Epochs are quarters of an hour of Unix time, whatever the start of the service.
        let epoch_start = Moment::from_unix(first.unix() - first.unix() % EPOCH);
        judgement.window_risks = self.window_risks(&judgement.samples, epoch_start);
        if self.mode == Mode::Medium {
            return judgement;
        }

        let windows = judgement.window_risks.len() as f64;
        let density = judgement
            .window_risks
            .iter()
            .filter(|risk| **risk > 0.0)
            .count() as f64;
        let intermediate = softmax(judgement.window_risks.iter().copied(), self.b);
        let minutes = lasted.as_secs() as f64 / 60.0;
        let risk = intermediate * (minutes + density) / (2.0 * windows);
        judgement.intermediate_risk = Some(intermediate);
        judgement.risk = Some(risk);
        if risk < self.lowest_risk {
            judgement.decision = Decision::RiskTooLow;
        }
        judgement
    }

    /// γ of the window that each minute of the epoch opens: that minute and the next. 0 where nothing was heard.
    fn window_risks(&self, samples: &[Sample], epoch_start: Moment) -> Vec<f64> {
        (0..EPOCH)
            .step_by(MINUTE as usize)
            .map(|opens| {
                // The last minute of the epoch has no next one.
                let closes = (opens + 2 * MINUTE).min(EPOCH);
                let levels = samples
                    .iter()
                    .filter(|sample| {
                        (opens..closes).contains(&sample.at.since(epoch_start).as_secs())
                    })
                    .map(|sample| f64::from(sample.rssi));
                self.gamma(levels)
            })
            .collect()
    }

    fn gamma(&self, levels: impl Iterator<Item = f64> + Clone) -> f64 {
        let Some(index) = levels.clone().count().checked_sub(1) else {
            return 0.0;
        };
        let delta = self.deltas.get(index).or(self.deltas.last());
        delta.map_or(0.0, |delta| {
            ((softmax(levels, self.a) - self.p0) / delta).clamp(0.0, 1.0)
        })
    }
}

/// One HELLO's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it was heard.
    pub at: Moment,
    /// How loud, in dBm, calibrated.
    pub rssi: i8,
}

/// What becomes of a pseudonym heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may leave the phone.
    Kept,
    /// It was heard for less than [`Filter::shortest`].
    TooShort,
    /// Its risk is below [`Filter::lowest_risk`].
    RiskTooLow,
}

/// What the filter found about one pseudonym heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// What becomes of it.
    pub decision: Decision,
    /// Time between the first and the last HELLO.
    pub lasted: Duration,
    /// The levels in order of time, clipped from [`Mode::Medium`] on.
    pub samples: Vec<Sample>,
    /// The levels that were clipped, as they were.
    pub peaks: Vec<i8>,
    /// Risk of each window of the epoch, 0…1; empty where the filter stopped before.
    pub window_risks: Vec<f64>,
    /// Risk before it is weighed by duration, 0…1.
    pub intermediate_risk: Option<f64>,
    /// Risk of the meeting, 0…1.
    pub risk: Option<f64>,
}

const MINUTE: u64 = 60;
const EPOCH: u64 = EPOCH_SECONDS as u64;

/// Lowers each level above `highest` to the lowest of: its neighbours (the one before as clipped) and `highest`.
/// Returns the levels replaced.
fn clip(samples: &mut [Sample], highest: i8) -> Vec<i8> {
    let mut peaks = Vec::new();
    let mut previous = None;
    let next_levels: Vec<_> = samples.iter().skip(1).map(|sample| sample.rssi).collect();
    let next_levels = next_levels.into_iter().map(Some).chain([None]);
    for (sample, next) in samples.iter_mut().zip(next_levels) {
        if sample.rssi > highest {
            peaks.push(sample.rssi);
            sample.rssi = [previous, next]
                .into_iter()
                .flatten()
                .fold(highest, i8::min);
        }
        previous = Some(sample.rssi);
    }
    peaks
}

/// a · ln(mean(e^(x/a))).
fn softmax(values: impl Iterator<Item = f64> + Clone, a: f64) -> f64 {
    let count = values.clone().count() as f64;
    let sum: f64 = values.map(|value| (value / a).exp()).sum();
    a * (sum / count).ln()
}
