//! Wake-ups: the hourly one, and those of traffic.

use std::rc::Rc;

use ::objects::calls::vault_calls;
use ::objects::{Call, ClassName};
use service::timekeeper::FIRST_RELEASED;

use super::task::{Letter, Name};
use super::{Kernel, Plant, State, TaskId};
use crate::Finding;

/// How often traffic wakes the objects, in seconds.
const EVERY: u64 = 300;

/// For how long another wake-up is taken to look at the days of long ago, in milliseconds, though it was cut short.
const LOOKING_BACK: u64 = 121_000;

/// A wake-up under way.
pub(super) struct Waking {
    /// Whether it must ask for the days of long ago too: it is the first, and alone.
    must_look_back: bool,
}

impl Kernel {
    /// The cron trigger, now.
    pub(crate) fn wake(self: &Rc<Self>) -> TaskId {
        let host = self.host();
        let task = self.start(Box::pin(async move {
            ::objects::wake(&host).await;
            Vec::new()
        }));
        let is_by_traffic = self.settings().is_woken_by_traffic;
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        state.planted.wake = Some(task);
        let is_first = !state.has_looked_back && state.wakes.is_empty();
        let cut = state.wake_cut_at;
        let has_just_been_cut = cut.is_some_and(|at| state.now < at + LOOKING_BACK);
        let waking = Waking {
            must_look_back: is_by_traffic && state.ahead == 0 && is_first && !has_just_been_cut,
        };
        state.wakes.insert(task, waking);
        task
    }

    /// Somebody calls: traffic wakes the objects at the start, and every five minutes, where it must.
    pub(crate) fn pass_by(self: &Rc<Self>) {
        let host = self.host();
        let (must, now) = (::objects::must_wake(&host), self.host_time().unix());
        let is_by_traffic = self.settings().is_woken_by_traffic;
        let mut state = self.state.borrow_mut();
        let is_due = |last: u64| now < last || now >= last + EVERY;
        if must != (is_by_traffic && state.traffic.is_none_or(is_due)) {
            let found = "traffic wakes the objects when it need not, or does not when it must";
            state.found.get_or_insert(Finding::new(found));
        }
        if must {
            state.traffic = Some(now);
            drop(state);
            self.wake();
        }
    }

    /// A wake-up has ended: the days of long ago are asked for once after each start.
    pub(crate) fn check_wake(&self, task: TaskId) -> Result<(), Finding> {
        let mut state = self.state.borrow_mut();
        let Some(waking) = state.wakes.remove(&task) else {
            return Ok(());
        };
        // The planted fault keeps these letters back.
        let is_excused = state.struck.contains(&task) || self.plant == Some(Plant::BlindWake);
        if waking.must_look_back && !state.has_looked_back && !is_excused {
            return Err(Finding::new("the days of long ago are never asked for"));
        }
        // It may not know that it had come to the end.
        if is_excused {
            state.wake_cut_at = Some(state.now);
        }
        Ok(())
    }
}

impl State {
    /// A letter of a wake-up.
    pub(super) fn note_wake(&mut self, root: TaskId, to: &Name, letter: &Letter) {
        if to.class == ClassName::Vault
            && letter.head.number == vault_calls::Tick::NUMBER
            && self.wakes.contains_key(&root)
        {
            // The oldest vault that there can be, which is the last that is asked.
            let is_last = to.name.ends_with(&FIRST_RELEASED.to_string()) && self.ahead == 0;
            if is_last {
                let is_again =
                    self.has_looked_back && !self.has_jumped && self.wake_cut_at.is_none();
                let found =
                    is_again.then(|| Finding::new("the days of long ago are asked for again"));
                self.found = self.found.take().or(found);
                self.has_looked_back = true;
            }
        }
    }

    /// The process has started again.
    pub(super) fn forget_wakes(&mut self) {
        self.wakes.clear();
        (self.traffic, self.has_looked_back) = (None, false);
        self.wake_cut_at = None;
        self.has_jumped = self.ahead > 0;
    }
}
