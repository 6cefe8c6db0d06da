//! How long an intake puts off what failed: each failure in a row doubles the time, and a pass in which nothing failed
//! begins anew.

use std::collections::BTreeMap;

use service::outbox::DeliveryId;

use super::task::{Name, TaskId};

/// Longest time that is put off, in seconds.
const LONGEST: u64 = 600;
/// A pass that lasts longer, in milliseconds, may have ended before all was tried.
const LONGEST_PASS: u64 = 4_000;
/// How long the first failure is put off, in seconds: one, and what whole seconds hide.
const FIRST: u64 = 2;

/// What can be said of a pass that has ended.
pub(crate) enum Passed {
    /// All that was due at this moment, in milliseconds, was done.
    All {
        /// When it began.
        since: u64,
    },
    /// One call with deliveries was not answered, the first after a pass in which nothing failed.
    FirstFailure {
        /// The id of one of them.
        delivery: DeliveryId,
        /// The latest second at which it is due again.
        latest: u64,
    },
    /// Nothing.
    Unknown,
}

/// What is known of failures in a row.
#[derive(Default)]
pub(super) struct Delays {
    intakes: BTreeMap<Name, Row>,
    passes: BTreeMap<TaskId, Pass>,
    /// Before which second a delivery is not tried again.
    put_off: BTreeMap<DeliveryId, u64>,
}

/// Failures of one intake in a row.
#[derive(Default)]
struct Row {
    /// So many at least.
    failures: u32,
    /// Whether there are none, for sure.
    is_clear: bool,
}

/// One pass of deliveries.
pub(super) struct Pass {
    began: u64,
    delivered: u32,
    unanswered: u32,
    refused: u32,
    last_unanswered: Option<(DeliveryId, u64)>,
}

impl Pass {
    const fn new(began: u64) -> Self {
        Self {
            began,
            delivered: 0,
            unanswered: 0,
            refused: 0,
            last_unanswered: None,
        }
    }
}

/// All times are in milliseconds.
impl Delays {
    /// The work of an alarm begins.
    pub(super) fn begin(&mut self, task: TaskId, now: u64) {
        self.passes.insert(task, Pass::new(now));
    }

    /// It has ended: what came of it, unless the host's clock has jumped meanwhile.
    pub(super) fn take(&mut self, task: TaskId) -> Option<Pass> {
        self.passes.remove(&task)
    }

    fn pass(&mut self, task: Option<TaskId>) -> Option<&mut Pass> {
        self.passes.get_mut(&task?)
    }

    pub(super) fn delivered(&mut self, task: Option<TaskId>) {
        if let Some(pass) = self.pass(task) {
            pass.delivered += 1;
        }
    }

    /// A registry answered that it cannot take it.
    pub(super) fn refused(&mut self, task: Option<TaskId>) {
        if let Some(pass) = self.pass(task) {
            pass.refused += 1;
        }
    }

    /// A registry did not answer, or the safe of what waits.
    pub(super) fn unanswered(
        &mut self,
        task: Option<TaskId>,
        intake: &Name,
        deliveries: &[DeliveryId],
        now: u64,
    ) {
        if let Some(pass) = self.pass(task) {
            pass.unanswered += 1;
            pass.last_unanswered = deliveries.first().map(|delivery| (*delivery, now));
        }
        let row = self.intakes.entry(intake.clone()).or_default();
        let delay = (1 << row.failures.min(16)).min(LONGEST);
        row.failures += 1;
        let until = now / 1_000 + delay;
        self.put_off
            .extend(deliveries.iter().map(|delivery| (*delivery, until)));
    }

    /// Whether nothing failed in the last pass of this intake, and something was delivered.
    pub(super) fn is_clear(&self, intake: &Name) -> bool {
        self.intakes.get(intake).is_some_and(|row| row.is_clear)
    }

    pub(super) fn is_put_off(&self, delivery: &DeliveryId, now: u64) -> bool {
        let until = self.put_off.get(delivery);
        until.is_some_and(|until| now / 1_000 < *until)
    }

    /// The work of an intake's alarm has ended: what can be said of it.
    pub(super) fn rang(&mut self, pass: &Pass, intake: &Name, now: u64) -> Passed {
        let row = self.intakes.entry(intake.clone()).or_default();
        let was_clear = core::mem::take(&mut row.is_clear);
        if pass.unanswered + pass.refused == 0 {
            row.failures = 0;
            let is_short = now < pass.began + LONGEST_PASS;
            row.is_clear = pass.delivered > 0 && is_short;
            return match is_short {
                true => Passed::All { since: pass.began },
                false => Passed::Unknown,
            };
        }
        let is_first = was_clear && pass.unanswered == 1 && pass.refused == 0;
        match pass.last_unanswered {
            Some((delivery, at)) if is_first => Passed::FirstFailure {
                delivery,
                latest: at / 1_000 + FIRST,
            },
            _ => Passed::Unknown,
        }
    }

    /// How many failures were in a row is not known any more.
    pub(super) fn lose_count(&mut self, intake: &Name) {
        self.intakes.remove(intake);
    }

    /// This object may have lost what it wrote down, or has begun anew.
    pub(super) fn forget(&mut self, object: &Name) {
        self.intakes.remove(object);
        self.put_off.clear();
    }
}
