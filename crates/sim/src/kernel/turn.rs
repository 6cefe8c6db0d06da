//! Turns: a task goes on until it waits, and what comes of it.

use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use ::objects::calls::vault_calls;
use ::objects::{Call, ClassName, Unanswered};

use super::delays::Passed;
use super::storage::Storage;
use super::task::{Caller, Doom, Flag, Letter, Name, Task, Work};
use super::{Event, HOUR, Kernel, MOST_ALARMS, Pick, Sent, SimHost, Slow, TaskId};
use crate::Finding;

/// Turns.
impl Kernel {
    /// Starts a task of the front, or of the wake-up.
    pub(crate) fn start(&self, work: Work) -> TaskId {
        let mut state = self.state.borrow_mut();
        let id = state.number();
        state.tasks.insert(
            id,
            Task {
                owner: None,
                letter: None,
                root: id,
                work: Some(work),
                flag: Flag::raised(),
                caller: None,
                turns: 0,
                doom: None,
            },
        );
        id
    }

    /// The client of this task goes away once it went on so often.
    pub(crate) fn drop_after(&self, task: TaskId, turns: u8) {
        let mut state = self.state.borrow_mut();
        state.strike(task);
        if let Some(task) = state.tasks.get_mut(&task) {
            task.doom = Some(Doom::Dropped(turns));
        }
    }

    /// Lets what was picked go on.
    pub(crate) fn turn(self: &Rc<Self>, pick: Pick) -> Result<(), Finding> {
        match pick {
            Pick::Task(task) => self.poll(task),
            Pick::Letter(number) => {
                let sent = self.state.borrow_mut().sent.remove(&number);
                if let Some(sent) = sent {
                    let Sent {
                        to,
                        letter,
                        root,
                        caller,
                        doom,
                        ..
                    } = sent;
                    let work = self.open(&to)?.receive(letter.bytes.clone());
                    self.begin(&to, Some(letter), root, work, Some(caller), doom);
                }
                Ok(())
            }
            Pick::Answer(number) => {
                let slow = self.state.borrow_mut().slow.remove(&number);
                if let Some(Slow { slot, answer, .. }) = slow {
                    slot.fill(Ok(answer));
                }
                Ok(())
            }
            Pick::Alarm(name) => {
                let times = {
                    let mut state = self.state.borrow_mut();
                    let now = state.host_time();
                    state.rung += 1;
                    state.unarmed.remove(&name);
                    if state.rung > MOST_ALARMS {
                        return Err(Finding::new("alarms ring without an end"));
                    }
                    let times = state.alarms.ring(&name, now);
                    if times != 1 {
                        state.break_off(&name);
                        // It may have come early: only the wake-up ends that day's keys now.
                        state.is_unarmed |= times == 0 && name.class == ClassName::Vault;
                    }
                    times
                };
                for _ in 0..times {
                    let object = self.open_for_alarm(&name)?;
                    let root = self.state.borrow_mut().number();
                    let id = self.begin(&name, None, root, object.ring(), None, None);
                    let mut state = self.state.borrow_mut();
                    let now = state.now;
                    state.pace.delays.begin(id, now);
                }
                Ok(())
            }
            Pick::Wake => {
                self.state.borrow_mut().wake += HOUR;
                self.wake();
                Ok(())
            }
        }
    }

    /// The platform of the front.
    pub(crate) fn host(self: &Rc<Self>) -> SimHost {
        SimHost {
            kernel: Rc::clone(self),
            memory: self.memory(),
        }
    }

    fn begin(
        &self,
        owner: &Name,
        letter: Option<Letter>,
        root: TaskId,
        work: Work,
        caller: Option<Caller>,
        doom: Option<Doom>,
    ) -> TaskId {
        let mut state = self.state.borrow_mut();
        let id = state.number();
        state.tasks.insert(
            id,
            Task {
                owner: Some(owner.clone()),
                letter,
                root,
                work: Some(work),
                flag: Flag::raised(),
                caller,
                turns: 0,
                doom,
            },
        );
        id
    }

    fn poll(&self, id: TaskId) -> Result<(), Finding> {
        let taken = {
            let mut state = self.state.borrow_mut();
            state.running = Some(id);
            let task = state.tasks.get_mut(&id);
            task.and_then(|task| {
                task.flag.lower();
                let work = task.work.take()?;
                Some((
                    work,
                    Waker::from(task.flag.clone()),
                    task.owner.clone(),
                    task.doom,
                ))
            })
        };
        let Some((mut work, waker, owner, doom)) = taken else {
            return Ok(());
        };
        let storage = owner.as_ref().and_then(|owner| self.storage(owner));
        self.plant_before(id);
        let (before, values_fail) = match &storage {
            Some(storage) => (
                storage.writes(),
                self.prepare(owner.as_ref(), storage, doom),
            ),
            None => (0, false),
        };
        let polled = work.as_mut().poll(&mut Context::from_waker(&waker));
        if let (Some(storage), Some(owner)) = (&storage, &owner) {
            self.note(owner, storage, id, before, values_fail);
        }
        let has_kept = storage
            .as_ref()
            .is_some_and(|storage| storage.writes() > before);
        self.plant_after(id, has_kept);
        match polled {
            Poll::Pending => {
                let doom = {
                    let mut state = self.state.borrow_mut();
                    let task = state.tasks.get_mut(&id);
                    task.and_then(|task| {
                        task.work = Some(work);
                        task.turns = task.turns.saturating_add(1);
                        match task.doom {
                            Some(Doom::Dropped(turns) | Doom::Killed(turns))
                                if task.turns >= turns =>
                            {
                                task.doom
                            }
                            _ => None,
                        }
                    })
                };
                self.state.borrow_mut().running = None;
                match (doom, owner) {
                    (Some(Doom::Killed(_)), Some(owner)) => self.kill(&owner),
                    (Some(_), _) => self.drop_task(id),
                    _ => {}
                }
            }
            Poll::Ready(answer) => {
                drop(work);
                self.state.borrow_mut().running = None;
                self.end(id, answer);
            }
        }
        Ok(())
    }

    /// What is planned for this object's next turn. Whether a plan for a value stands.
    fn prepare(&self, owner: Option<&Name>, storage: &Storage, doom: Option<Doom>) -> bool {
        storage.has_struck();
        if doom == Some(Doom::Refused) {
            storage.refuse(true);
        }
        let state = self.state.borrow();
        let fails = state
            .value_fails
            .filter(|(class, _)| owner.is_some_and(|owner| owner.class == *class));
        storage.fail(fails.map(|(_, kept)| kept));
        fails.is_some()
    }

    /// What came of it.
    fn note(&self, owner: &Name, storage: &Storage, id: TaskId, before: u64, values_fail: bool) {
        storage.refuse(false);
        storage.fail(None);
        let mut state = self.state.borrow_mut();
        let Some((root, mut head)) = state
            .tasks
            .get(&id)
            .map(|task| (task.root, task.letter.as_ref().map(|letter| letter.head)))
        else {
            return;
        };
        // The people's side knows the right time alone.
        if let Some(head) = &mut head {
            (head.now, head.sent) = (state.right_time(head.now), state.right_time(head.sent));
        }
        if storage.has_struck() {
            state.strike(root);
            state.break_off(owner);
            if values_fail {
                state.value_fails = None;
            }
        }
        if storage.writes() > before {
            state.events.push(Event::Kept {
                object: owner.clone(),
                head,
                root,
            });
        }
    }

    /// A task has answered.
    fn end(&self, id: TaskId, answer: Vec<u8>) {
        let Some(task) = self.state.borrow_mut().end(id) else {
            return;
        };
        if task.owner.is_none() {
            self.state.borrow_mut().events.push(Event::Over(id));
        }
        let Some(caller) = &task.caller else {
            self.rang(id, task.owner);
            return;
        };
        self.note_keys(&task, &answer);
        let answer = self.plant_in_answer(&task, answer);
        match task.doom {
            Some(Doom::AnswerLost | Doom::Dropped(_)) => caller.slot.fill(Err(Unanswered)),
            Some(Doom::SlowAnswer(after)) => {
                let mut state = self.state.borrow_mut();
                let (number, at) = (state.number(), state.now + after);
                let slot = Rc::clone(&caller.slot);
                state.slow.insert(number, Slow { at, slot, answer });
            }
            Some(Doom::CutShort) => match &caller.owner {
                Some(owner) => self.kill(owner),
                None => self.drop_task(caller.task),
            },
            Some(Doom::Killed(_)) => {
                caller.slot.fill(Err(Unanswered));
                if let Some(owner) = &task.owner {
                    self.kill(owner);
                }
            }
            Some(Doom::Refused) | None => caller.slot.fill(Ok(answer)),
        }
    }

    /// An alarm's task has ended, by the clock that it began with. Where an arming was made to fail it was tried again,
    /// unless it was the attempt after something else had failed: of that nothing is asked.
    fn rang(&self, task: TaskId, owner: Option<Name>) {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let pass = state.pace.delays.take(task);
        let Some((owner, pass)) = owner.zip(pass) else {
            return;
        };
        if let Some((failed_in, is_last)) = state.unarmed.get(&owner) {
            let found = "an alarm that could not be armed is not armed again";
            let is_left = *failed_in == task && !is_last;
            let found = is_left.then(|| Finding::new(found));
            state.found = state.found.take().or(found);
            state.pace.delays.lose_count(&owner);
            return;
        }
        let mut passed = Passed::Unknown;
        if state.pace.has_just_jumped(state.now) {
            state.pace.delays.lose_count(&owner);
        } else if owner.class == ClassName::Intake {
            passed = state.pace.delays.rang(&pass, &owner, state.now);
            let mut others = state.tasks.values();
            let is_alone = !others.any(|other| other.owner.as_ref() == Some(&owner));
            if !is_alone || state.has_just_broken() {
                passed = Passed::Unknown;
            }
        }
        state.events.push(Event::Rang {
            object: owner,
            passed,
        });
    }

    /// A vault has answered: what it hands out it keeps, with the alarm that ends it.
    fn note_keys(&self, task: &Task, answer: &[u8]) {
        let is_of_vault = task.owner.as_ref().zip(task.letter.as_ref());
        let is_of_vault = is_of_vault.filter(|(owner, letter)| {
            owner.class == ClassName::Vault && letter.head.number == vault_calls::Keys::NUMBER
        });
        if let (Some((owner, _)), [_, _, 0, 1, ..]) = (is_of_vault, answer) {
            let event = Event::HandedOut(owner.clone());
            self.state.borrow_mut().events.push(event);
        }
    }

    /// A task goes no further: whoever waits for it is told that there is no answer.
    pub(super) fn drop_task(&self, id: TaskId) {
        let task = {
            let mut state = self.state.borrow_mut();
            let task = state.tasks.remove(&id);
            if let Some(task) = &task {
                state.strike(task.root);
                if let Some(owner) = &task.owner {
                    state.break_off(owner);
                }
                if task.owner.is_none() {
                    state.events.push(Event::Over(id));
                }
            }
            task
        };
        if let Some(caller) = task.and_then(|task| task.caller) {
            caller.slot.fill(Err(Unanswered));
        }
    }
}
