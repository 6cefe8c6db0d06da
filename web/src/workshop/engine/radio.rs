//! Radio in the page: who hears whom, how loud, and what the deployed formula makes of it.
//!
//! A meeting begins exactly where an epoch begins ([`start_from`]): then 15 minutes stay inside one quarter of an
//! hour, whose score can never pass 14.0 of the 14.8395 needed, and 17 minutes reach into a second one. Nothing else
//! about the formula depends on the hour.

use core::time::Duration;

use decree::{Day, Moment};

/// Seconds of an epoch: a quarter of an hour.
const EPOCH: u64 = 900;
/// Longest meeting, in minutes.
pub const LONGEST: u8 = 40;

/// A meeting in the shop: how long, how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Meeting {
    /// Whole minutes, 0 to 40.
    pub minutes: u8,
    /// Distance between any two of them, in decimetres, 5 to 50.
    pub decimetres: u8,
}

/// What would come of a meeting, by the server's own scoring and the phone's own filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Level at which each hears the others, in dBm.
    pub level: i8,
    /// Score of each epoch (a quarter of an hour) that the meeting touches, in order.
    pub scores: Vec<f64>,
    /// Whether the phone's own filter lets each of these epochs leave in a report.
    pub leaves: Vec<bool>,
    /// Sum of the scores that leave.
    pub sum: f64,
    /// What the sum must reach: 14.8395.
    pub threshold: f64,
    /// Whether the server will say "at risk".
    pub at_risk: bool,
}

/// The first beginning of an epoch, at this moment or later, from which the longest meeting ends on the same UTC day.
pub fn start_from(moment: Moment) -> Moment {
    let rounded = Moment::from_unix(moment.unix().div_ceil(EPOCH).saturating_mul(EPOCH));
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
