//! What a watcher can tell of the running server's answers: nothing. And that the watcher would see it.

// The helpers of tests are tests too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod country;
mod headers;
mod relay;
mod rows;
mod watcher;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who measures time wants to be alone: everybody takes this.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
