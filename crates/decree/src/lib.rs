//! Decree 2020-650 of 29 May 2020 ("StopCovid"), as types and functions.
//!
//! The law is the code: one module per article used, each rule under the paragraph that sets it. Every retention
//! term, window and permission of the project is computed here from an article, and nowhere else.
//!
//! | Module | Paragraphs | Sets |
//! | --- | --- | --- |
//! | [`article_1`] | II, III | what the processing is for, and what each person is free to decide |
//! | [`article_2`] | I | the ten kinds of data, and what a report may hold |
//! | [`article_3`] | alinéas 2–6 | how long each of them is kept, and the record of what administrators do |
//! | [`article_4`] | alinéa 2 | what a person must be told, and when |
//! | [`text`] | all | the words of this text, and of a law that is only studied, each under its [anchor](text), and in plain words |
//!
//! ```
//! use core::time::Duration;
//! use decree::{Moment, article_2::{Onset, transfer_window}, article_3};
//!
//! let now = Moment::from_unix(1_592_000_000);
//! let onset = now - Duration::from_hours(24);
//! let window = transfer_window(Onset::Known(onset), now);
//! assert_eq!(window.from(), onset - Duration::from_hours(48));
//! assert_eq!(article_3::phone_history_forgotten_at(now), now + Duration::from_hours(15 * 24));
//! ```
//!
//! In scope: what the text says, as plain values. Out of scope: storage, clocks (every function takes the moment it
//! needs) and any judgement that the text leaves to a person.

mod calendar;
mod regime;

pub mod article_1;
pub mod article_2;
pub mod article_3;
pub mod article_4;
pub mod text;

pub use calendar::{Day, Moment, ParseDayError};
pub use regime::{Regime, UnknownRegime};
