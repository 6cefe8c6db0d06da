//! Decree 2020-650 of 29 May 2020 ("StopCovid"), as types and functions.

mod calendar;

pub use calendar::{Day, Moment, ParseDayError};
