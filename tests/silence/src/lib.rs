//! What a watcher of the network can tell of the server's answers, measured from outside on a real server.
//!
//! Each question is asked in hundreds or thousands of requests, whose two kinds come in random order on one connection:
//!
//! | Question | One kind | The other |
//! | --- | --- | --- |
//! | [`statuses`], in demo realms | status of somebody at risk | of somebody who is not |
//! | [`Country::ask_after_restart`] | the same, once after a restart | |
//! | [`Country::ask_under_delivery`] | of somebody whose contact is under way | of somebody else |
//! | [`Country::ask_beside`] | of somebody at risk, beside decoys and guessed codes | of somebody who is not |
//! | [`Country::leave`] | unregistering of somebody who was exposed | of somebody who was not |
//! | [`reports`], in demo realms and nationally | report of somebody who has the disease | a phone's decoy |
//!
//! [`nationally`] asks those of a country. A leak must be seen too: the tests plant some before the server (a byte, a
//! delay), and [`nationally`] in it (a row more; the kept release 0.2.0, which remembered keys). Neither needs a line in the
//! server's code, which is the deployed one.
//!
//! Of each exchange the watcher has the bytes on the wire and two times. Sizes and headers must be the same to the byte
//! ([`Block::check`]). For the times a classifier learns on one half of the requests of each length to tell the two kinds
//! apart, and is judged on the other half ([`judge`]): the area under its curve is ½ when it can only guess.
//!
//! # In scope
//! The path between the watcher and the server's front, without TLS: what TLS hides is not needed, what it shows (lengths
//! and times) is seen here more sharply.
//!
//! # Out of scope
//! That a phone talks to the server at all, and how often: see `docs/PRIVACY.md`.

// Whatever this watcher does not expect is a failed test.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod auc;
mod block;
mod classifier;
pub mod country;
mod line;
pub mod nationally;
mod outcome;
mod random;
pub mod reports;
pub mod rows;
pub mod statuses;

pub use auc::Auc;
pub use block::{Block, Finding, Observation, judge};
pub use country::Country;
pub use http_tests::message::{Message, read};
pub use line::{Exchange, Line};
pub use outcome::Outcome;
pub use random::Random;
