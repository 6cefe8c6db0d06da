//! What a watcher of the network can tell of the server's answers, measured from outside on a real server.
//!
//! Two questions, each asked in thousands of requests whose two kinds come in random order on one connection:
//!
//! | Question | One kind | The other |
//! | --- | --- | --- |
//! | [`statuses`] | status of somebody at risk | of somebody who is not |
//! | [`reports`] | report of somebody who has the disease | a phone's decoy |
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
mod line;
mod random;
pub mod reports;
pub mod statuses;

pub use auc::Auc;
pub use block::{Block, Finding, Observation, judge};
pub use line::{Exchange, Line, Message, read};
pub use random::Random;
