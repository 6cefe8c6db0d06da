//! The desk and the intakes together, as the front drives them: who may hand out what, how many a
//! day, and what a repeated request does.

// Integration tests are outside clippy's allowance for tests.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

mod keys;
mod lists;
mod pictures;
#[path = "../release_0_1_0/mod.rs"]
mod release_0_1_0;
mod requests;
mod stolen;
mod upgraded;
mod world;
