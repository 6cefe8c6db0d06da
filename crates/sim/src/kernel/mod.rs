//! A seeded scheduler under the objects: their tasks, the letters under way between them, timers, alarms and the hourly
//! wake-up.
//!
//! Among all that could go on at a moment the step's generator picks what does. Only when nothing can does time move
//! on, to the next letter, timer, alarm or wake-up. A task goes on until it waits for an answer or a timer: storage is
//! ready at once, as the platform's gates have it. Tasks wake by their wakers, so what they wait for is what lets
//! them go on.

mod mishap;
mod objects;
mod plant;
mod port;
mod storage;
mod task;

use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use ::objects::{ClassName, Head, Memory, Settings, Unanswered};
use chacha20::ChaCha20Rng;
use decree::Moment;
use rand_core::{Rng, SeedableRng};
use store::Fault;

use self::objects::Object;
use self::task::{Caller, Doom, Flag, Slot, Task, Timer, Work};
use crate::Finding;
use crate::alarms::{Alarms, Fate, Whose};
use crate::faulty::Failing;

pub use self::mishap::{Aim, Mishap};
pub use self::plant::Plant;
pub(crate) use self::plant::{TRUSTED, day_of};
pub(crate) use self::port::SimHost;
pub(crate) use self::storage::Storage;
pub(crate) use self::task::{Letter, Name, TaskId};

/// Turns without a moment passing after which nothing will ever come to an end.
const MOST_TURNS: u32 = 20_000;
const HOUR: u64 = 3_600_000;
/// Name of a vault's keys among its values.
pub(crate) const KEYS: &str = "keys";

/// What can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// A task.
    Task(TaskId),
    /// A letter that arrives.
    Letter(u64),
    /// An answer that took long.
    Answer(u64),
    /// An alarm.
    Alarm(Name),
    /// The hourly wake-up.
    Wake,
}

/// What happened in a turn.
pub(crate) enum Event {
    /// An object kept something.
    Kept {
        /// Which.
        object: Name,
        /// The letter that it answers; nothing at its alarm.
        head: Option<Head>,
        /// The task that all this began with.
        root: TaskId,
    },
    /// A task of the front has ended, or was dropped.
    Over(TaskId),
}

/// Everything that moves.
pub(crate) struct Kernel {
    state: RefCell<State>,
    settings: RefCell<Rc<Settings>>,
    plant: Option<Plant>,
    folder: Option<PathBuf>,
}

struct Sent {
    at: u64,
    to: Name,
    letter: Letter,
    root: TaskId,
    caller: Caller,
    doom: Option<Doom>,
}

struct Slow {
    at: u64,
    slot: Rc<Slot>,
    answer: Vec<u8>,
}

struct State {
    /// In milliseconds.
    now: u64,
    /// Numbers given so far.
    numbers: u64,
    turns: u32,
    tasks: BTreeMap<TaskId, Task>,
    objects: BTreeMap<Name, Object>,
    memory: Rc<Memory>,
    sent: BTreeMap<u64, Sent>,
    slow: BTreeMap<u64, Slow>,
    timers: BTreeMap<u64, (u64, Rc<Timer>)>,
    alarms: Alarms,
    /// When the next wake-up comes.
    wake: u64,
    mishaps: Vec<(Aim, Mishap)>,
    /// A write of the next vault or safe, or the arming of an alarm, fails: whether it is done all the same.
    value_fails: Option<(ClassName, bool)>,
    alarm_fails: Option<(ClassName, bool)>,
    struck: BTreeSet<TaskId>,
    /// When something was last made to go wrong.
    trouble: Option<u64>,
    /// Deliveries whose answers are awaited.
    deliveries: Vec<([u8; 16], Rc<Slot>)>,
    found: Option<Finding>,
    events: Vec<Event>,
    /// The task that goes on now.
    running: Option<TaskId>,
    planted: plant::Memo,
    draws: ChaCha20Rng,
    order: ChaCha20Rng,
}

impl State {
    const fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn root(&self) -> TaskId {
        let running = self.running.and_then(|task| self.tasks.get(&task));
        running.map_or(0, |task| task.root)
    }

    /// Something is made to go wrong in what this task began.
    fn strike(&mut self, root: TaskId) {
        self.struck.insert(root);
        self.trouble = Some(self.now);
    }

    /// One pass of deliveries at a time: an id must not be forgotten while its delivery is under way.
    fn watch(&mut self, delivery: [u8; 16], slot: &Rc<Slot>) {
        self.deliveries.retain(|(_, slot)| slot.is_awaited.get());
        if self.deliveries.iter().any(|(other, _)| *other == delivery) {
            let found = Finding::new("a delivery is sent while it is under way");
            self.found.get_or_insert(found);
        }
        slot.is_awaited.set(true);
        self.deliveries.push((delivery, Rc::clone(slot)));
    }

    /// Timers that are over let their tasks go on.
    fn fire(&self) {
        for (at, timer) in self.timers.values() {
            if *at <= self.now && !timer.is_up.replace(true) {
                if let Some(waker) = timer.waker.take() {
                    waker.wake();
                }
            }
        }
    }

    fn could_go_on(&self) -> Vec<Pick> {
        let tasks = self.tasks.iter().filter(|(_, task)| task.flag.is_up());
        let mut all: Vec<_> = tasks.map(|(id, _)| Pick::Task(*id)).collect();
        let sent = self.sent.iter().filter(|(_, sent)| sent.at <= self.now);
        all.extend(sent.map(|(number, _)| Pick::Letter(*number)));
        let slow = self.slow.iter().filter(|(_, slow)| slow.at <= self.now);
        all.extend(slow.map(|(number, _)| Pick::Answer(*number)));
        all.extend(self.alarms.due(self.now).cloned().map(Pick::Alarm));
        all.extend((self.wake <= self.now).then_some(Pick::Wake));
        all
    }

    fn next_moment(&self) -> u64 {
        let timers = self.timers.values().filter(|(_, timer)| !timer.is_up.get());
        let moments = [
            self.sent.values().map(|sent| sent.at).min(),
            self.slow.values().map(|slow| slow.at).min(),
            timers.map(|(at, _)| *at).min(),
            self.alarms.next_due(None),
            Some(self.wake),
        ];
        moments.into_iter().flatten().min().unwrap_or(self.wake)
    }
}

/// Time, and what can go on.
impl Kernel {
    pub(crate) fn new(
        begin: Moment,
        settings: Settings,
        plant: Option<Plant>,
        folder: Option<PathBuf>,
    ) -> Rc<Self> {
        let now = begin.unix() * 1_000;
        Rc::new(Self {
            state: RefCell::new(State {
                now,
                numbers: 0,
                turns: 0,
                tasks: BTreeMap::new(),
                objects: BTreeMap::new(),
                memory: Rc::default(),
                sent: BTreeMap::new(),
                slow: BTreeMap::new(),
                timers: BTreeMap::new(),
                alarms: Alarms::default(),
                // A quarter past every hour.
                wake: now - now % HOUR + HOUR + HOUR / 4,
                mishaps: Vec::new(),
                value_fails: None,
                alarm_fails: None,
                struck: BTreeSet::new(),
                trouble: None,
                deliveries: Vec::new(),
                found: None,
                events: Vec::new(),
                running: None,
                planted: plant::Memo::default(),
                draws: ChaCha20Rng::seed_from_u64(0),
                order: ChaCha20Rng::seed_from_u64(1),
            }),
            settings: RefCell::new(Rc::new(settings)),
            plant,
            folder,
        })
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::from_unix(self.state.borrow().now / 1_000)
    }

    /// Time goes on to this moment, at which nothing happens.
    pub(crate) fn move_to(&self, moment: u64) {
        let mut state = self.state.borrow_mut();
        state.now = state.now.max(moment);
        state.fire();
    }

    pub(crate) fn milliseconds(&self) -> u64 {
        self.state.borrow().now
    }

    /// When the next alarm of this class comes.
    pub(crate) fn next_alarm(&self, whose: Whose) -> Option<u64> {
        self.state.borrow().alarms.next_due(Some(whose))
    }

    /// From now on keys, codes and delays, and what goes on next, are drawn from this seed.
    pub(crate) fn draw_from(&self, seed: u64) {
        let mut state = self.state.borrow_mut();
        state.draws = ChaCha20Rng::seed_from_u64(seed);
        state.order = ChaCha20Rng::seed_from_u64(seed ^ 0x5eed);
    }

    /// Picks what goes on next, up to this moment; time moves to it.
    ///
    /// # Errors
    /// A [`Finding`] when so much happens at one moment that nothing will ever come to an end.
    pub(crate) fn pick(&self, until: u64) -> Result<Option<Pick>, Finding> {
        let mut state = self.state.borrow_mut();
        if let Some(found) = state.found.take() {
            return Err(found);
        }
        let mut all = state.could_go_on();
        if all.is_empty() {
            let next = state.next_moment();
            if next > until {
                return Ok(None);
            }
            state.turns = 0;
            state.now = state.now.max(next);
            state.fire();
            all = state.could_go_on();
        }
        state.turns += 1;
        if state.turns > MOST_TURNS {
            return Err(Finding::new("at one moment more and more happens"));
        }
        if all.is_empty() {
            return Ok(None);
        }
        let drawn = state.order.next_u64() % all.len() as u64;
        Ok(Some(all.swap_remove(usize::try_from(drawn).unwrap_or(0))))
    }

    /// Whether something can go on before time does.
    pub(crate) fn is_busy(&self) -> bool {
        !self.state.borrow().could_go_on().is_empty()
    }

    /// The letter that this is about, if it is about one.
    pub(crate) fn letter_of(&self, pick: &Pick) -> Option<(Name, Head)> {
        let state = self.state.borrow();
        match pick {
            Pick::Task(task) => {
                let task = state.tasks.get(task)?;
                Some((task.owner.clone()?, task.letter.as_ref()?.head))
            }
            Pick::Letter(number) => {
                let sent = state.sent.get(number)?;
                Some((sent.to.clone(), sent.letter.head))
            }
            _ => None,
        }
    }

    /// Whose alarm this is about, if it is about one, or a task of an alarm.
    pub(crate) fn alarm_of(&self, pick: &Pick) -> Option<ClassName> {
        let state = self.state.borrow();
        match pick {
            Pick::Alarm(name) => Some(name.class),
            Pick::Task(task) => {
                let task = state.tasks.get(task)?;
                let owner = task.owner.as_ref()?;
                task.letter.is_none().then_some(owner.class)
            }
            _ => None,
        }
    }

    /// Since when nothing was made to go wrong; nothing if it never was.
    pub(crate) fn calm_since(&self) -> Option<Moment> {
        let trouble = self.state.borrow().trouble;
        trouble.map(|at| Moment::from_unix(at / 1_000))
    }

    /// What happened since this was last asked.
    pub(crate) fn take_events(&self) -> Vec<Event> {
        core::mem::take(&mut self.state.borrow_mut().events)
    }

    /// Whether something was made to fail in what this task began.
    pub(crate) fn is_struck(&self, root: TaskId) -> bool {
        self.state.borrow().struck.contains(&root)
    }
}

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

    fn start_timer(&self, time: Duration) -> (u64, Rc<Timer>) {
        let mut state = self.state.borrow_mut();
        let (number, timer) = (state.number(), Rc::new(Timer::default()));
        let at = state.now + u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2);
        state.timers.insert(number, (at, Rc::clone(&timer)));
        (number, timer)
    }

    /// Sends a letter: where its answer will be.
    fn send(&self, to: Name, bytes: Vec<u8>) -> Rc<Slot> {
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
        let delivery = plant::delivery_in(&to, &letter);
        let mut state = self.state.borrow_mut();
        if let Some(delivery) = delivery {
            state.watch(delivery, &slot);
        }
        let aim = Aim::at(&to, &letter);
        let befalls = state.mishaps.iter().position(|(of, _)| Some(*of) == aim);
        let mishap = befalls.map(|index| state.mishaps.remove(index).1);
        let (number, root) = (state.number(), state.root());
        if mishap.is_some() {
            state.strike(root);
        }
        let running = state.running.unwrap_or_default();
        let owner = state.tasks.get(&running);
        let caller = Caller {
            task: running,
            owner: owner.and_then(|task| task.owner.clone()),
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

    fn alarm(&self, of: &Name) -> Option<Moment> {
        let at = self.state.borrow().alarms.of(of);
        at.map(|at| Moment::from_unix(at / 1_000))
    }

    fn set_alarm(&self, of: &Name, from_now: Option<Duration>) -> Result<(), Fault> {
        let mut state = self.state.borrow_mut();
        let fails = state.alarm_fails.take_if(|(class, _)| *class == of.class);
        if fails.is_some() {
            let root = state.root();
            state.strike(root);
        }
        if !matches!(fails, Some((_, false))) {
            let wait = from_now.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX / 2));
            let at = wait.map(|wait| state.now.saturating_add(wait));
            state.alarms.set(of, at);
        }
        match fails {
            None => Ok(()),
            Some(_) => Err(Fault::Engine),
        }
    }
}

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
                    let now = state.now;
                    let times = state.alarms.ring(&name, now);
                    if times != 1 {
                        state.trouble = Some(now);
                    }
                    times
                };
                for _ in 0..times {
                    let object = self.open_for_alarm(&name)?;
                    let root = self.state.borrow_mut().number();
                    self.begin(&name, None, root, object.ring(), None, None);
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

    /// The cron trigger, now.
    pub(crate) fn wake(self: &Rc<Self>) -> TaskId {
        let host = self.host();
        let task = self.start(Box::pin(async move {
            ::objects::wake(&host).await;
            Vec::new()
        }));
        self.state.borrow_mut().planted.wake = Some(task);
        task
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
    ) {
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
        let Some((root, head)) = state
            .tasks
            .get(&id)
            .map(|task| (task.root, task.letter.as_ref().map(|letter| letter.head)))
        else {
            return;
        };
        if storage.has_struck() {
            state.strike(root);
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
        let Some(task) = self.state.borrow_mut().tasks.remove(&id) else {
            return;
        };
        if task.owner.is_none() {
            self.state.borrow_mut().events.push(Event::Over(id));
        }
        let Some(caller) = &task.caller else {
            return;
        };
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

    /// A task goes no further: whoever waits for it is told that there is no answer.
    fn drop_task(&self, id: TaskId) {
        let task = {
            let mut state = self.state.borrow_mut();
            let task = state.tasks.remove(&id);
            if let Some(task) = &task {
                state.strike(task.root);
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

    /// An object is killed, with all that it had under way and in memory. What it stores stays, and its alarm.
    pub(crate) fn kill(&self, name: &Name) {
        let (object, tasks) = {
            let mut state = self.state.borrow_mut();
            state.trouble = Some(state.now);
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
            state.memory = Rc::default();
            state.trouble = Some(now);
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

/// What is made to go wrong.
impl Kernel {
    pub(crate) fn befall(&self, aim: Aim, mishap: Mishap) {
        self.state.borrow_mut().mishaps.push((aim, mishap));
    }

    pub(crate) fn doom(&self, whose: Whose, fate: Fate) {
        self.state.borrow_mut().alarms.doom(whose, fate);
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
}
