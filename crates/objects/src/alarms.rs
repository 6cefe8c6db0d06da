//! How soon an alarm comes again.

use core::cell::Cell;
use core::time::Duration;

use operator_log::{ClassName, Event};

use crate::Port;

/// Longest time before something that failed is tried again.
const LONGEST_DELAY: Duration = Duration::from_mins(10);

/// How soon an alarm comes again when something is due already.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(1);

/// Failures in a row: each makes the next attempt wait twice as long. They are counted in memory: an object that
/// was evicted begins again with a second.
#[derive(Default)]
pub(crate) struct Failures(Cell<u32>);

impl Failures {
    /// One more; how long to wait before trying again.
    pub(crate) fn add(&self) -> Duration {
        let so_far = self.0.replace(self.0.get().saturating_add(1));
        Duration::from_secs(1 << so_far.min(16)).min(LONGEST_DELAY)
    }

    /// It worked.
    pub(crate) fn clear(&self) {
        self.0.set(0);
    }

    /// Arms an object's alarm again after a failure. The platform gives up an alarm whose handler fails seven
    /// times, so handlers never fail: they log, arm the alarm again and return.
    pub(crate) async fn retry(&self, port: &impl Port, class: ClassName) {
        port.log(Event::PutOff, class);
        if port.set_alarm(self.add()).await.is_err() {
            port.log(Event::AlarmNotArmed, class);
        }
    }
}
