//! What the ports ask of the kernel: letters, timers and alarms.

use core::time::Duration;
use std::rc::Rc;

use ::objects::{ClassName, Head, Memory, Settings, Unanswered};
use decree::Moment;
use store::Fault;

use super::task::{Caller, Letter, Name, Slot, Timer};
use super::{Aim, Kernel, Mishap, NATIONAL, Sent, plant};
use crate::Finding;

/// What the ports ask.
impl Kernel {
    pub(crate) fn settings(&self) -> Rc<Settings> {
        Rc::clone(&self.settings.borrow())
    }

    pub(crate) fn configure(&self, settings: Settings) {
        self.settings.replace(Rc::new(settings));
    }

    pub(crate) fn memory(&self) -> Rc<Memory> {
        Rc::clone(&self.state.borrow().memory)
    }

    pub(super) fn start_timer(&self, time: Duration) -> (u64, Rc<Timer>) {
        let mut state = self.state.borrow_mut();
        let (number, timer) = (state.number(), Rc::new(Timer::default()));
        let at = state.now + u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2);
        state.timers.insert(number, (at, Rc::clone(&timer)));
        (number, timer)
    }

    /// Sends a letter: where its answer will be.
    pub(super) fn send(&self, to: Name, bytes: Vec<u8>) -> Rc<Slot> {
        let slot = Rc::<Slot>::default();
        let Some((head, _)) = Head::read(&bytes) else {
            slot.fill(Err(Unanswered));
            return slot;
        };
        let mut letter = Letter { head, bytes };
        if !self.plant_in_letter(&to, &mut letter) {
            slot.fill(Err(Unanswered));
            return slot;
        }
        let deliveries = plant::deliveries_in(&to, &letter);
        let mut state = self.state.borrow_mut();
        for delivery in deliveries {
            state.watch(delivery, &slot);
        }
        state.travelled.extend(plant::contacts_in(&to, &letter));
        let aim = Aim::at(&to, &letter);
        let running = state.running.unwrap_or_default();
        let asking = state.tasks.get(&running);
        let asking = asking.and_then(|task| task.owner.clone());
        let is_renewed = aim == Some(Aim::Delivery)
            && asking
                .as_ref()
                .is_some_and(|intake| state.pace.delays.is_clear(intake));
        let befalls = state
            .mishaps
            .iter()
            .position(|(of, _)| Some(*of) == aim || (*of == Aim::Renewed && is_renewed));
        let mishap = befalls.map(|index| state.mishaps.remove(index).1);
        let (number, root) = (state.number(), state.root());
        state.note_wake(root, &to, &letter);
        if mishap.is_some() || state.ahead > 0 {
            state.strike(root);
        }
        // What lost its alarm waits for the next one.
        if mishap.is_some() && state.planted.wake == Some(root) {
            state.note_break();
        }
        let caller = Caller {
            task: running,
            owner: asking,
            slot: Rc::clone(&slot),
        };
        match mishap {
            Some(Mishap::Unreached) => {
                let told = self.plant_unreached(&to, &letter);
                caller.slot.fill(told.ok_or(Unanswered));
            }
            Some(Mishap::Silence) => {}
            _ => {
                let at = state.now + mishap.and_then(Mishap::delay).unwrap_or(0);
                let doom = mishap.and_then(Mishap::doom);
                state.sent.insert(
                    number,
                    Sent {
                        at,
                        to,
                        letter,
                        root,
                        caller,
                        doom,
                    },
                );
            }
        }
        slot
    }

    /// How many contacts of the national realm were sent to registries, each once.
    pub(crate) fn travelled(&self) -> usize {
        self.state.borrow().travelled.len()
    }

    pub(crate) fn alarm(&self, of: &Name) -> Option<Moment> {
        let at = self.state.borrow().alarms.of(of);
        at.map(|at| Moment::from_unix(at / 1_000))
    }

    pub(super) fn set_alarm(&self, of: &Name, from_now: Option<Duration>) -> Result<(), Fault> {
        let mut state = self.state.borrow_mut();
        let fails = state.alarm_fails.take_if(|(class, _)| *class == of.class);
        if fails.is_some() {
            let storage = state.objects.get(of).map(|object| &object.storage);
            let is_last = state.has_just_broken() || storage.is_some_and(|of| of.is_struck());
            let task = state.running.unwrap_or_default();
            state.unarmed.insert(of.clone(), (task, is_last));
        } else {
            state.unarmed.remove(of);
        }
        if fails.is_some() {
            state.is_unarmed |= of.class == ClassName::Vault;
            let root = state.root();
            state.strike(root);
            state.break_off(of);
        }
        // Demo realms move by their own clock; only their ends come by the host's.
        if from_now.is_some() && of.class != ClassName::Realm && !of.name.starts_with(NATIONAL) {
            state
                .found
                .get_or_insert(Finding::new("an object of a demo realm arms an alarm"));
        }
        let is_letter = state
            .running
            .and_then(|task| state.tasks.get(&task)?.letter.as_ref())
            .is_some();
        let is_later = |armed: u64| {
            from_now.is_some_and(|wait| {
                u128::from(armed) + 1_000 < u128::from(state.host_time()) + wait.as_millis()
            })
        };
        if of.class == ClassName::Vault && is_letter && state.alarms.of(of).is_some_and(is_later) {
            let found = Finding::new("a letter puts off the end of a day's keys");
            state.found.get_or_insert(found);
        }
        if !matches!(fails, Some((_, false))) {
            let wait = from_now.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX / 2));
            let at = wait.map(|wait| state.host_time().saturating_add(wait));
            state.alarms.set(of, at);
        }
        match fails {
            None => Ok(()),
            Some(_) => Err(Fault::Engine),
        }
    }
}
