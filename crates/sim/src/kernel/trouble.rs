//! What is made to go wrong.

use std::rc::Rc;

use ::objects::{ClassName, Memory};

use super::objects::Object;
use super::pace::Pace;
use super::task::{Name, Task};
use super::{Aim, Kernel, Mishap, REMEMBERED};
use crate::Finding;
use crate::alarms::{Fate, Whose};
use crate::faulty::Failing;

/// What is made to go wrong.
impl Kernel {
    pub(crate) fn befall(&self, aim: Aim, mishap: Mishap) {
        self.state.borrow_mut().mishaps.push((aim, mishap));
    }

    pub(crate) fn doom(&self, whose: Whose, fate: Fate) {
        let mut state = self.state.borrow_mut();
        if let Some(name) = state.alarms.doom(whose, fate) {
            state.is_unarmed |= whose == Whose::Vault;
            state.break_off(&name);
        }
    }

    /// The next write of a vault or of a safe fails.
    pub(crate) fn fail_value(&self, class: ClassName, kept: bool) {
        self.state.borrow_mut().value_fails = Some((class, kept));
    }

    /// The next arming of an alarm of this class fails.
    pub(crate) fn fail_alarm(&self, whose: Whose, kept: bool) {
        self.state.borrow_mut().alarm_fails = Some((whose.class(), kept));
    }

    pub(crate) fn fail_engine(&self, name: &Name, failing: Option<Failing>) {
        if let Some(storage) = self.storage(name) {
            storage.sql.plan(failing);
        }
    }

    /// From now on nothing is made to fail.
    pub(crate) fn calm(&self) {
        let mut state = self.state.borrow_mut();
        state.alarms.calm();
        state.mishaps.clear();
        (state.value_fails, state.alarm_fails) = (None, None);
        for object in state.objects.values() {
            object.storage.sql.plan(None);
        }
    }

    /// An object is killed, with all that it had under way and in memory. What it stores stays, and its alarm.
    pub(crate) fn kill(&self, name: &Name) {
        let (object, tasks) = {
            let mut state = self.state.borrow_mut();
            state.break_off(name);
            let of = |task: &Task| task.owner.as_ref() == Some(name);
            let tasks = state.tasks.iter().filter(|(_, task)| of(task));
            let tasks: Vec<_> = tasks.map(|(id, _)| *id).collect();
            let object = state.objects.get_mut(name);
            (object.and_then(Object::forget), tasks)
        };
        for task in tasks {
            self.drop_task(task);
        }
        drop(object);
    }

    /// The process is killed and started again: what was only in memory is gone.
    ///
    /// # Errors
    /// A [`Finding`] if a file does not open again.
    pub(crate) fn restart(&self) -> Result<(), Finding> {
        let (tasks, names): (Vec<_>, Vec<_>) = {
            let state = self.state.borrow();
            (
                state.tasks.keys().copied().collect(),
                state.objects.keys().cloned().collect(),
            )
        };
        for task in tasks {
            self.drop_task(task);
        }
        for name in &names {
            self.kill(name);
        }
        {
            let mut state = self.state.borrow_mut();
            // Letters under way go with the process, but for those that are late already; timers went with the tasks.
            let now = state.now;
            state.sent.retain(|_, sent| sent.at > now);
            state.slow.clear();
            state.memory = Rc::new(Memory::holding(REMEMBERED));
            state.note_break();
            state.pace = Pace::default();
            state.forget_wakes();
            (state.value_fails, state.alarm_fails) = (None, None);
        }
        if self.folder.is_some() {
            for name in &names {
                self.reopen(name)?;
            }
        }
        Ok(())
    }

    /// Nothing is under way any more: tasks hold the kernel, and it them.
    pub(crate) fn clear(&self) {
        let (tasks, objects) = {
            let mut state = self.state.borrow_mut();
            (
                core::mem::take(&mut state.tasks),
                core::mem::take(&mut state.objects),
            )
        };
        drop((tasks, objects));
    }
}
