//! Black-box tests: a real server of their own, real phones, nothing but HTTP and the files on disk.
//!
//! One program, so that the tests that wait for the national realm's real time wait together with the others.

// The helpers of tests are tests too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod addresses;
mod answers;
mod apart;
mod bodies;
mod canaries;
mod clock;
mod codes;
mod crossing;
mod decoys;
mod doors;
mod ended;
mod figures;
mod forgetting;
mod health;
mod hostile;
mod issuers;
mod leaving;
mod national;
mod open_files;
mod proxy;
mod rfc;
mod roots;
mod seats;
mod sizes;
mod story;
mod term;
mod told;
mod unreachable;
