//! The phone's state machine, against the server's half of the protocol.
//!
//! Every test runs natively and, under the same name, in a browser.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing
)] // tests

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod air;
mod answer;
mod both_sides;
mod decoy;
mod erasure;
mod law;
mod leaving;
mod meeting;
mod registration;
mod saved;
mod selection;
mod status;
