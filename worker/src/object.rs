//! The objects: each opens a letter, calls one function of `service`, and answers.

mod desk;
mod gate;
mod intake;
mod realm;
mod registry;
mod safe;
mod sql;
mod tally;
mod vault;

use core::cell::Cell;
use core::time::Duration;

/// Longest time before something that failed is tried again.
const LONGEST_DELAY: Duration = Duration::from_mins(10);

/// How soon an alarm comes again when something is due already.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Failures in a row: each makes the next attempt wait twice as long.
#[derive(Default)]
struct Failures(Cell<u32>);

impl Failures {
    /// One more; how long to wait before trying again.
    fn add(&self) -> Duration {
        let so_far = self.0.replace(self.0.get().saturating_add(1));
        Duration::from_secs(1 << so_far.min(16)).min(LONGEST_DELAY)
    }

    /// It worked.
    fn clear(&self) {
        self.0.set(0);
    }

    /// Arms an object's alarm again after a failure. The platform gives up an alarm whose handler
    /// fails seven times, so handlers never do.
    async fn retry(&self, storage: &worker::Storage, object: &str) {
        crate::system::log(
            "what was due could not be done; it will be tried again",
            object,
        );
        if storage.set_alarm(self.add()).await.is_err() {
            crate::system::log("an alarm could not be armed", object);
        }
    }
}

/// The platform's storage failed: what was asked is not done, and can be asked again.
fn fault(_: worker::Error) -> service::Failure {
    service::Failure::Fault(store::Fault::Engine)
}
