//! A realm on the native engine: the functions of the server, called as the objects call them.

// Integration tests are outside clippy's allowance for tests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod ahead;
mod common;
mod demo;
mod disk;
mod erasure;
mod figures;
mod flood;
mod forgetting;
mod forgotten;
mod former;
mod forms;
mod groups;
mod intake;
mod owed;
mod purge;
#[path = "../release_0_1_0/mod.rs"]
mod release_0_1_0;
mod round_trip;
mod shown;
mod term;
mod transit;
mod upgraded;
mod walk;
