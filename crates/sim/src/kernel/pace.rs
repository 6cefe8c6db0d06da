//! How often objects ask one another: what was put off waits, and what is remembered is not asked for.

use core::iter;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use ::objects::calls::{registry_calls, safe_calls};
use ::objects::{Call, ClassName, Head, Unanswered};
use service::Realm;
use service::outbox::DeliveryId;
use service::place::safe_name;

use super::delays::Delays;
use super::task::{Letter, Name, TaskId};
use super::{Kernel, NATIONAL, Plant, State, plant};
use crate::Finding;

/// Shortest time, in milliseconds, before a delivery that was refused is tried again: a minute, of whole seconds.
const REFUSED: u64 = 59_000;

/// Shortest time, in milliseconds, before the tally asks everybody again: a minute, of whole seconds.
const TALLIED: u64 = 59_000;

/// Longer, in milliseconds, than a pass and all that it waits for.
const JUMPED: u64 = 600_000;

/// A registry, a safe that did not answer it, and the number of the call.
type Failed = (Name, Name, u8);

/// What came of earlier letters.
#[derive(Default)]
pub(super) struct Pace {
    /// The second in which an intake was not answered by a registry.
    unanswered: BTreeMap<(Name, Name), u64>,
    /// What a registry does by itself: the safes that did not answer, until all of it is done and they are put off.
    failing: BTreeMap<TaskId, Vec<Failed>>,
    /// In which second a registry put that off, and a number of then.
    put_off: BTreeMap<Failed, (u64, u64)>,
    /// What intakes put off.
    pub(super) delays: Delays,
    /// When this delivery was refused.
    refused: BTreeMap<DeliveryId, u64>,
    /// Safes whose key this intake knows, and that were asked nothing else since.
    told: BTreeSet<(Option<Name>, Name)>,
    /// When the tally of this realm last asked this object.
    tallied: BTreeMap<(Realm, u8, Name), u64>,
    /// How often a safe was to be emptied, or said that it is empty.
    emptied: u64,
    /// Until when another pass may be under way than the one whose lease counts.
    quiet_until: u64,
    /// What the tasks began with in which safes were filled.
    filled: BTreeSet<TaskId>,
    /// Tasks of demo realms' intakes in which a registry did not take a delivery.
    in_vain: BTreeSet<TaskId>,
}

impl Kernel {
    /// Whether a safe was filled in what this task began.
    pub(crate) fn has_filled(&self, root: TaskId) -> bool {
        self.state.borrow().pace.filled.contains(&root)
    }
}

impl Pace {
    /// The host's clock jumps: passes that are under way go on beside others, until the last has been answered.
    pub(super) fn after_jump(&self, now: u64) -> Self {
        Self {
            quiet_until: now + JUMPED,
            emptied: self.emptied,
            ..Self::default()
        }
    }

    pub(super) const fn has_just_jumped(&self, now: u64) -> bool {
        now <= self.quiet_until
    }

    /// A task has ended: what failed in it is put off.
    pub(super) fn put_off(&mut self, task: TaskId, now: u64, number: u64) {
        for failed in self.failing.remove(&task).into_iter().flatten() {
            self.put_off.insert(failed, (now / 1_000, number));
        }
    }

    /// This object may have lost what it wrote down.
    pub(super) fn forget(&mut self, object: &Name) {
        self.unanswered.retain(|(from, _), _| from != object);
        self.put_off.retain(|(from, ..), _| from != object);
        self.refused.clear();
        self.delays.forget(object);
        self.told.retain(|(from, _)| from.as_ref() != Some(object));
        if object.class == ClassName::Tally {
            self.tallied.clear();
        }
    }
}

/// One letter of an object, until it is answered or given up.
pub(super) struct Asking {
    kernel: Rc<Kernel>,
    from: Name,
    to: Name,
    head: Option<Head>,
    deliveries: Vec<DeliveryId>,
    emptied: u64,
    /// Who asks.
    task: Option<TaskId>,
    is_over: bool,
}

impl Asking {
    /// An object asks another.
    pub(super) fn new(kernel: Rc<Kernel>, from: &Name, to: &Name, bytes: &[u8]) -> Self {
        let head = Head::read(bytes).map(|(head, _)| head);
        let letter = head.map(|head| Letter {
            head,
            bytes: bytes.to_vec(),
        });
        // A visitor of a demo realm may ask again at once.
        let deliveries = letter
            .filter(|_| from.name.starts_with(NATIONAL))
            .map(|letter| plant::deliveries_in(to, &letter));
        let remembered = kernel.memory().remembered_groups();
        let mut state = kernel.state.borrow_mut();
        let asking = Self {
            kernel: Rc::clone(&kernel),
            from: from.clone(),
            to: to.clone(),
            head,
            deliveries: deliveries.unwrap_or_default(),
            emptied: state.pace.emptied,
            task: state.running,
            is_over: false,
        };
        let is_remembered = remembered
            .iter()
            .any(|group| safe_name(Realm::National, group.safe()) == to.name);
        if let Some(found) = asking.check(&mut state, is_remembered) {
            state.found.get_or_insert(found);
        }
        drop(state);
        asking
    }

    fn is_of_safe(&self, number: u8) -> bool {
        self.to.class == ClassName::Safe
            && self.to.name.starts_with(NATIONAL)
            && self.head.is_some_and(|head| head.number == number)
    }

    /// A safe is to be emptied, a demo realm's too: nobody remembers any more what another safe told meanwhile.
    fn empties(&self) -> bool {
        self.to.class == ClassName::Safe
            && self
                .head
                .is_some_and(|head| head.number == safe_calls::Empty::NUMBER)
    }

    fn asks_for_group(&self) -> bool {
        self.from.class == ClassName::Registry && self.is_of_safe(safe_calls::Held::NUMBER)
    }

    /// Who remembers the key of an intake's safe.
    fn who_remembers(&self) -> (Option<Name>, Name) {
        let intake = (self.from.class == ClassName::Intake).then(|| self.from.clone());
        (intake, self.to.clone())
    }

    /// Whoever asks learns the key of the safe.
    fn learns_key(&self) -> bool {
        match self.from.class {
            // The planted fault has it forget.
            ClassName::Intake => {
                self.is_of_safe(safe_calls::FillIfEmpty::NUMBER)
                    && self.kernel.plant != Some(Plant::NoLease)
            }
            _ => false,
        }
    }

    /// An intake's question for the key of what waits: it puts off what it is not answered for.
    fn asks_for_transit(&self) -> bool {
        self.from.class == ClassName::Intake && self.is_of_safe(safe_calls::Key::NUMBER)
    }

    /// A registry's word to a safe that it puts off when it is not answered.
    fn asks_again_later(&self) -> bool {
        self.from.class == ClassName::Registry
            && (self.is_of_safe(safe_calls::Discard::NUMBER)
                || self.is_of_safe(safe_calls::Empty::NUMBER)
                || self.is_of_safe(safe_calls::Rewrap::NUMBER))
    }

    /// A delivery in a demo realm, whose visitor waits for it.
    fn is_visitors(&self) -> bool {
        self.from.class == ClassName::Intake
            && !self.from.name.starts_with(NATIONAL)
            && self.to.class == ClassName::Registry
    }

    fn check(&self, state: &mut State, is_remembered: bool) -> Option<Finding> {
        let now = state.now;
        if self.asks_for_group() && is_remembered {
            return Some(Finding::new("a safe is asked for keys that are remembered"));
        }
        if self.asks_for_transit() && state.pace.told.contains(&self.who_remembers()) {
            return Some(Finding::new("a safe is asked for a key that it has told"));
        }
        if self.from.class == ClassName::Tally
            && self.to.class != ClassName::Timekeeper
            && let Some(head) = self.head
            && let asked = (head.realm, head.number, self.to.clone())
            && let Some(at) = state.pace.tallied.insert(asked, now)
            && now < at + TALLIED
        {
            return Some(Finding::new("the tally asks the same again at once"));
        }
        if self.to.class == ClassName::Safe && !self.asks_for_group() && !self.asks_for_transit() {
            let is_again = state.pace.told.contains(&self.who_remembers());
            if is_again && self.is_of_safe(safe_calls::FillIfEmpty::NUMBER) {
                return Some(Finding::new("a safe is asked for a key that it has told"));
            }
            // Who empties one forgets the others too: they come again from their safes.
            let is_lost = |of: &Option<Name>| self.empties() && of.as_ref() == Some(&self.from);
            let told = &mut state.pace.told;
            told.retain(|(of, safe)| *safe != self.to && !is_lost(of));
            if self.is_of_safe(safe_calls::Hold::NUMBER) {
                let root = state.root();
                state.pace.filled.insert(root);
            }
            state.pace.emptied += u64::from(self.empties());
        }
        if self.is_visitors()
            && self
                .task
                .is_some_and(|task| state.pace.in_vain.contains(&task))
        {
            let found = "a visitor waits for more than one delivery that is not taken";
            return Some(Finding::new(found));
        }
        // When the host's clock has jumped two passes may be under way, and letters of its time that come by.
        if state.pace.has_just_jumped(now) {
            return None;
        }
        let pair = (self.from.clone(), self.to.clone());
        if self.asks_again_later() {
            let failed = state.pace.put_off.get(&self.failed());
            // Who began before that does not know of it.
            let is_at_once = failed.is_some_and(|(second, number)| {
                *second == now / 1_000 && self.task.is_some_and(|task| task > *number)
            });
            return is_at_once.then(|| Finding::new("a safe that did not answer is asked at once"));
        }
        if self.asks_for_transit() {
            let is_at_once = state.pace.unanswered.get(&pair) == Some(&(now / 1_000));
            return is_at_once.then(|| Finding::new("a safe that did not answer is asked at once"));
        }
        if self.deliveries.is_empty() {
            return None;
        }
        if state.pace.unanswered.get(&pair) == Some(&(now / 1_000)) {
            return Some(Finding::new(
                "a registry that did not answer is asked at once",
            ));
        }
        // One planted fault moves what is due, the other forgets what failed.
        if matches!(self.kernel.plant, Some(Plant::HastyWord | Plant::NoLease)) {
            return None;
        }
        let mut deliveries = self.deliveries.iter();
        if deliveries.any(|delivery| state.pace.delays.is_put_off(delivery, now)) {
            return Some(Finding::new(
                "a delivery that was put off is tried too soon",
            ));
        }
        let deliveries = self.deliveries.iter();
        let mut refused = deliveries.filter_map(|delivery| state.pace.refused.get(delivery));
        refused
            .any(|at| now < at + REFUSED)
            .then(|| Finding::new("a delivery that was refused is tried at once"))
    }

    /// What came of it.
    pub(super) fn end(mut self, answer: &Result<Vec<u8>, Unanswered>) {
        self.is_over = true;
        let mut state = self.kernel.state.borrow_mut();
        let now = state.now;
        let is_good = matches!(answer.as_deref(), Ok([_, _, 0, ..]));
        let applied = answer.as_deref().ok().and_then(plant::applied_in);
        if self.is_visitors()
            && applied
                .as_ref()
                .is_none_or(|applied| applied.contains(&false))
        {
            state.pace.in_vain.extend(self.task);
        }
        state.pace.emptied += u64::from(self.empties());
        if self.learns_key() && is_good && state.pace.emptied == self.emptied {
            state.pace.told.insert(self.who_remembers());
        }
        if !is_good && self.asks_for_transit() {
            self.note_unanswered(&mut state);
        }
        if !is_good {
            self.note_failing(&mut state);
        }
        if self.deliveries.is_empty() {
            return;
        }
        if answer.is_err() {
            self.note_unanswered(&mut state);
            return;
        }
        let applied = applied.unwrap_or_default();
        let applied = applied.into_iter().chain(iter::repeat(false));
        for (delivery, is_applied) in self.deliveries.iter().zip(applied) {
            if is_applied {
                state.pace.delays.delivered(self.task);
            } else {
                state.pace.refused.insert(*delivery, now);
                state.pace.delays.refused(self.task);
            }
        }
    }

    /// What somebody left is emptied at once, and by the alarm or the wake-up if that comes to nothing: only those put it
    /// off.
    fn note_failing(&self, state: &mut State) {
        let asking = self.task.and_then(|task| state.tasks.get(&task));
        let is_due = asking.is_some_and(|task| {
            let letter = task.letter.as_ref();
            letter.is_none_or(|letter| letter.head.number == registry_calls::Wake::NUMBER)
        });
        if is_due && self.asks_again_later() {
            let failing = state.pace.failing.entry(self.task.unwrap_or_default());
            failing.or_default().push(self.failed());
        }
    }

    fn failed(&self) -> Failed {
        let number = self.head.map(|head| head.number);
        (
            self.from.clone(),
            self.to.clone(),
            number.unwrap_or_default(),
        )
    }

    fn note_unanswered(&self, state: &mut State) {
        let pair = (self.from.clone(), self.to.clone());
        let now = state.now;
        state.pace.unanswered.insert(pair, now / 1_000);
        let delays = &mut state.pace.delays;
        delays.unanswered(self.task, &self.from, &self.deliveries, now);
    }
}

/// Whoever waits gives it up, unless its object or its task goes.
impl Drop for Asking {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let Ok(mut state) = self.kernel.state.try_borrow_mut() else {
            return;
        };
        state.pace.emptied += u64::from(self.empties());
        if state.running.is_none() || state.running != self.task {
            return;
        }
        self.note_failing(&mut state);
        if !self.deliveries.is_empty() || self.asks_for_transit() {
            self.note_unanswered(&mut state);
        }
    }
}
