//! Radio in the page: who hears whom, how loud, and what the deployed formula makes of it.
//!
//! A meeting begins exactly where an epoch begins ([`start_from`]): then 15 minutes stay inside one quarter of an
//! hour, whose score can never pass 14.0 of the 14.8395 needed. Of the second one the phone's filter wants two minutes
//! at least: 18 minutes are the shortest meeting that alerts. Nothing else about the formula depends on the hour.

use core::time::Duration;

use decree::{Day, Moment};
use robert::parameters::{EPOCH_SECONDS, R0, RISK_THRESHOLD, SCORING_TOLERANCE};
use robert::phone::{Decision, Filter, Sample};
use robert::{risk, score};

/// Longest meeting, in minutes.
pub const LONGEST: u8 = 40;
/// Seconds between two HELLOs of a phone.
const INTERVAL: u64 = 10;

/// A meeting in the shop: how long, how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Meeting {
    /// Whole minutes, 0 to [`LONGEST`].
    pub minutes: u8,
    /// Distance between any two of them, in decimetres, 5 to 50.
    pub decimetres: u8,
    /// With a seed, levels waver by up to 6 dB, the same way each time; without, the air is still.
    pub noise: Option<u32>,
}

impl Meeting {
    /// A meeting in still air.
    pub const fn new(minutes: u8, decimetres: u8) -> Self {
        Self {
            minutes,
            decimetres,
            noise: None,
        }
    }

    /// Level without noise, in dBm: −45 − 20·log₁₀(metres), rounded.
    pub fn level(self) -> i8 {
        let metres = f64::from(self.decimetres.max(1)) / 10.0;
        (-45.0 - 20.0 * metres.log10()).round() as i8
    }

    /// When the HELLOs of a meeting that begins at `start` are emitted, and how loud they are heard.
    pub fn samples(self, start: Moment) -> impl Iterator<Item = Sample> {
        let (level, mut waver) = (self.level(), self.noise.map(Waver::new));
        (0..u64::from(self.minutes.min(LONGEST)) * 60)
            .step_by(INTERVAL as usize)
            .map(move |seconds| Sample {
                at: start + Duration::from_secs(seconds),
                rssi: level.saturating_add(waver.as_mut().map_or(0, Waver::step)),
            })
    }

    /// When a meeting that begins at `start` ends.
    pub fn end(self, start: Moment) -> Moment {
        start + Duration::from_mins(self.minutes.min(LONGEST).into())
    }
}

/// What would come of a meeting, by the phone's own filter and the server's own scoring.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Level at which each hears the others in still air, in dBm.
    pub level: i8,
    /// One per epoch (a quarter of an hour) that the meeting touches, in order.
    pub quarters: Vec<Quarter>,
    /// Sum of the scores that count.
    pub sum: f64,
    /// What the sum must reach.
    pub threshold: f64,
    /// Whether the server would say "at risk".
    pub at_risk: bool,
}

/// A quarter of an hour of a meeting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quarter {
    /// Its score by the server's algorithm 2: 0 to 14.
    pub score: f64,
    /// Whether the phone lets it leave; if not, it counts for nothing.
    pub fate: Decision,
}

/// Predicts what a report of this meeting would lead to.
pub fn predict(meeting: Meeting, start: Moment) -> Prediction {
    let epoch = |sample: &Sample| sample.at.unix() / u64::from(EPOCH_SECONDS);
    let samples: Vec<_> = meeting.samples(start).collect();
    let quarters: Vec<_> = samples
        .chunk_by(|one, next| epoch(one) == epoch(next))
        .map(|heard| {
            let judged = Filter::PRODUCTION.judge(heard.to_vec());
            let counted: Vec<_> = judged
                .samples
                .iter()
                .map(|sample| score::Sample {
                    seconds: i64::try_from(sample.at.unix()).unwrap_or(i64::MAX),
                    rssi: sample.rssi,
                })
                .collect();
            Quarter {
                score: score::score_in_order(&counted, SCORING_TOLERANCE).score,
                fate: judged.decision,
            }
        })
        .collect();
    let kept = quarters
        .iter()
        .filter(|quarter| quarter.fate == Decision::Kept);
    let sum = kept.map(|quarter| quarter.score).sum();
    Prediction {
        level: meeting.level(),
        quarters,
        sum,
        threshold: threshold(),
        at_risk: risk::risk(sum) >= RISK_THRESHOLD,
    }
}

/// The sum of scores from which the server says "at risk": −ln(1 − 0.1) / 0.0071 = 14.8395.
pub(crate) fn threshold() -> f64 {
    -(1.0 - RISK_THRESHOLD).ln() / R0
}

/// The first beginning of an epoch, at this moment or later, from which the longest meeting ends on the same UTC day.
pub fn start_from(moment: Moment) -> Moment {
    let epoch = u64::from(EPOCH_SECONDS);
    let rounded = Moment::from_unix(moment.unix().div_ceil(epoch).saturating_mul(epoch));
    let end = rounded + Duration::from_mins(LONGEST.into());
    if end.day() == rounded.day() {
        rounded
    } else {
        next_midnight(rounded.day())
    }
}

fn next_midnight(day: Day) -> Moment {
    day.plus_days(1).start()
}

/// Deterministic noise: xorshift, one step per HELLO.
struct Waver(u32);

impl Waver {
    const fn new(seed: u32) -> Self {
        Self(if seed == 0 { 1 } else { seed })
    }

    /// −6 to 6 dB.
    fn step(&mut self) -> i8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        i8::try_from(self.0 % 13).unwrap_or_default() - 6
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 5e-5
    }

    fn at(minutes: u8, decimetres: u8) -> Prediction {
        predict(
            Meeting::new(minutes, decimetres),
            start_from(Moment::from_unix(1_795_000_000)),
        )
    }

    #[test]
    fn fifteen_minutes_are_just_under_what_is_needed() {
        let found = at(15, 8);
        assert_eq!(found.quarters.len(), 1);
        assert!(near(found.sum, 14.0), "{}", found.sum);
        assert!(near(found.threshold, 14.8395), "{}", found.threshold);
        assert!(!found.at_risk);
    }

    #[test]
    fn twenty_minutes_are_at_risk() {
        let found = at(20, 8);
        assert_eq!(found.quarters.len(), 2);
        assert!(near(found.sum, 18.0), "{}", found.sum);
        assert!(found.at_risk);
    }

    #[test]
    fn eighteen_minutes_are_the_shortest_that_alert() {
        let shortest = (0..=LONGEST).find(|minutes| at(*minutes, 5).at_risk);
        assert_eq!(shortest, Some(18));
    }

    #[test]
    fn twenty_minutes_at_five_metres_are_not() {
        let found = at(20, 50);
        assert_eq!(found.level, -59);
        assert!(found.sum > 0.0 && !found.at_risk, "{}", found.sum);
    }

    #[test]
    fn nobody_is_heard_in_no_time() {
        assert_eq!(at(0, 8).quarters, []);
        let short = at(1, 8);
        assert_eq!(
            short.quarters.first().map(|quarter| quarter.fate),
            Some(Decision::TooShort)
        );
        assert!(near(short.sum, 0.0));
    }

    #[test]
    fn levels_follow_the_law_of_distance() {
        let level = |decimetres| Meeting::new(20, decimetres).level();
        assert_eq!(
            [level(5), level(10), level(20), level(50)],
            [-39, -45, -51, -59]
        );
    }

    #[test]
    fn noise_is_the_same_each_time_and_bounded() {
        let noisy = Meeting {
            noise: Some(7),
            ..Meeting::new(20, 10)
        };
        let start = Moment::from_unix(0);
        let once: Vec<_> = noisy.samples(start).collect();
        assert_eq!(once, noisy.samples(start).collect::<Vec<_>>());
        assert!(once.iter().all(|sample| (-51..=-39).contains(&sample.rssi)));
        assert!(once.iter().any(|sample| sample.rssi != -45));
        assert_eq!(once.len(), 120);
    }

    #[test]
    fn a_meeting_begins_with_an_epoch_and_ends_the_same_day() {
        let day = Day::from_number(20_780);
        let at = |seconds| start_from(day.start() + Duration::from_secs(seconds));
        assert_eq!(at(0), day.start());
        assert_eq!(at(1), day.start() + Duration::from_secs(900));
        assert_eq!(
            at(84_600),
            day.plus_days(1).start(),
            "23:30 + 40 min is tomorrow"
        );
        assert_eq!(
            at(83_700),
            day.start() + Duration::from_secs(83_700),
            "23:15 + 40 min"
        );
    }
}
