//! A seeded scheduler under the objects: their tasks, the letters under way between them, timers, alarms and the hourly
//! wake-up.
//!
//! Among all that could go on at a moment the step's generator picks what does. Only when nothing can does time move
//! on, to the next letter, timer, alarm or wake-up. A task goes on until it waits for an answer or a timer: storage is
//! ready at once, as the platform's gates have it. Tasks wake by their wakers, so what they wait for is what lets
//! them go on.

mod ask;
mod delays;
mod mishap;
mod objects;
mod pace;
mod plant;
mod port;
mod storage;
mod task;
mod trouble;
mod turn;
mod wakes;

use core::time::Duration;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use ::objects::{ClassName, Head, Memory, Most, Settings};
use chacha20::ChaCha20Rng;
use decree::Moment;
use rand_core::{Rng, SeedableRng};

use self::objects::Object;
use self::task::{Caller, Doom, Slot, Task, Timer};
use self::wakes::Waking;
use crate::Finding;
use crate::alarms::{Alarms, Whose};

pub(crate) use self::delays::Passed;
pub use self::mishap::{Aim, Mishap};
pub use self::plant::Plant;
pub(crate) use self::plant::{TRUSTED, day_of};
pub(crate) use self::port::SimHost;
pub(crate) use self::storage::Storage;
pub(crate) use self::task::{Letter, Name, TaskId};

/// Turns without a moment passing after which nothing will ever come to an end.
const MOST_TURNS: u32 = 20_000;
const HOUR: u64 = 3_600_000;
/// Longest that an alarm's work lasts, in milliseconds.
const LONGEST_ALARM: u64 = 60_000;
/// Longest that what somebody asked for can be under way: letters come late by most of a minute, and some twice.
const LONGEST_WORK: Duration = Duration::from_mins(3);
/// Alarms that ring in one list at the most: more ring without an end, and do nothing.
const MOST_ALARMS: u32 = 6_000;
/// What one isolate remembers: hardly more than the days of one realm, and fewer groups than there are.
pub(crate) const REMEMBERED: Most = Most {
    days: 20,
    groups: 3,
};
/// How the names of the national realm's objects begin.
pub(crate) const NATIONAL: &str = "national/";
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
    /// A vault has handed out its keys.
    HandedOut(Name),
    /// What an alarm began has come to its end.
    Rang {
        /// Whose alarm it was.
        object: Name,
        /// What can be said of its deliveries.
        passed: Passed,
    },
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
    /// How far the host's clock is ahead of that: objects and alarms go by the host's.
    ahead: u64,
    /// How far it was ahead when it last was.
    was_ahead: u64,
    /// Numbers given so far.
    numbers: u64,
    turns: u32,
    /// Alarms that rang.
    rung: u32,
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
    /// When an object lost what it was about to write down or to arm.
    breaks: Vec<u64>,
    /// When the host's clock jumped.
    jumps: Vec<u64>,
    pace: pace::Pace,
    /// Whether a vault could not arm its alarm: it has one no more until somebody asks it again.
    is_unarmed: bool,
    /// When traffic last woke the objects, in seconds.
    traffic: Option<u64>,
    /// The wake-ups under way.
    wakes: BTreeMap<TaskId, Waking>,
    /// Whether the days of long ago were asked for since this process started.
    has_looked_back: bool,
    /// When a wake-up was last cut short since then, perhaps at its end.
    wake_cut_at: Option<u64>,
    /// Whether the host's clock has jumped since then.
    has_jumped: bool,
    /// Objects whose last arming failed: in which task, and whether that was an attempt after something else had failed.
    unarmed: BTreeMap<Name, (TaskId, bool)>,
    /// Deliveries whose answers are awaited.
    deliveries: Vec<([u8; 16], Rc<Slot>)>,
    /// Contacts of the national realm that were sent to a registry.
    travelled: BTreeSet<[u8; 16]>,
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

    /// What the host's clock says.
    const fn host_time(&self) -> u64 {
        self.now + self.ahead
    }

    /// The right time of a second that stands in a letter: its sender's clock may have been ahead.
    const fn right_time(&self, second: u64) -> u64 {
        const AHEAD: u64 = 86_400;
        if second > self.now / 1_000 + AHEAD {
            second.saturating_sub(self.was_ahead / 1_000)
        } else {
            second
        }
    }

    fn end(&mut self, task: TaskId) -> Option<Task> {
        let (now, number) = (self.now, self.number());
        self.pace.put_off(task, now, number);
        self.tasks.remove(&task)
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

    /// What this object was about to write down or to arm may be lost.
    fn break_off(&mut self, object: &Name) {
        self.note_break();
        self.pace.forget(object);
    }

    /// Whether something broke within the time that an alarm's work lasts.
    fn has_just_broken(&self) -> bool {
        let last = self.breaks.last();
        last.is_some_and(|last| self.now <= last + LONGEST_ALARM)
    }

    fn note_break(&mut self) {
        self.trouble = Some(self.now);
        self.breaks.push(self.now);
    }

    /// One pass of deliveries at a time: an id must not be forgotten while its delivery is under way. When the host's
    /// clock has jumped a lease is no lease, and what is sent twice must do no harm.
    fn watch(&mut self, delivery: [u8; 16], slot: &Rc<Slot>) {
        self.deliveries.retain(|(_, slot)| slot.is_awaited.get());
        let mut under_way = self.deliveries.iter();
        if under_way.any(|(other, _)| *other == delivery) && !self.pace.has_just_jumped(self.now) {
            let found = Finding::new("a delivery is sent while it is under way");
            self.found.get_or_insert(found);
        }
        slot.is_awaited.set(true);
        self.deliveries.push((delivery, Rc::clone(slot)));
    }

    /// Timers that are over let their tasks go on.
    fn fire(&self) {
        for (at, timer) in self.timers.values() {
            if *at <= self.now
                && !timer.is_up.replace(true)
                && let Some(waker) = timer.waker.take()
            {
                waker.wake();
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
        let alarms = self.alarms.due(self.host_time());
        all.extend(alarms.cloned().map(Pick::Alarm));
        all.extend((self.wake <= self.now).then_some(Pick::Wake));
        all
    }

    fn next_moment(&self) -> u64 {
        let timers = self.timers.values().filter(|(_, timer)| !timer.is_up.get());
        let moments = [
            self.sent.values().map(|sent| sent.at).min(),
            self.slow.values().map(|slow| slow.at).min(),
            timers.map(|(at, _)| *at).min(),
            self.alarms.next_due(None).map(|at| at - self.ahead.min(at)),
            Some(self.wake),
        ];
        moments.into_iter().flatten().min().unwrap_or(self.wake)
    }
}

/// Whether one of these moments, in milliseconds, came while what began then may have been under way.
fn is_any_during(moments: &[u64], began: Moment) -> bool {
    let mut moments = moments.iter().map(|at| Moment::from_unix(at / 1_000));
    moments.any(|at| began <= at && at <= began + LONGEST_WORK)
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
                ahead: 0,
                was_ahead: 0,
                numbers: 0,
                turns: 0,
                rung: 0,
                tasks: BTreeMap::new(),
                objects: BTreeMap::new(),
                memory: Rc::new(Memory::holding(REMEMBERED)),
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
                breaks: Vec::new(),
                jumps: Vec::new(),
                pace: pace::Pace::default(),
                is_unarmed: false,
                traffic: None,
                wakes: BTreeMap::new(),
                has_looked_back: false,
                wake_cut_at: None,
                has_jumped: false,
                unarmed: BTreeMap::new(),
                deliveries: Vec::new(),
                travelled: BTreeSet::new(),
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

    /// What objects and the front take for the time.
    pub(crate) fn host_time(&self) -> Moment {
        Moment::from_unix(self.host_milliseconds() / 1_000)
    }

    pub(crate) fn host_milliseconds(&self) -> u64 {
        self.state.borrow().host_time()
    }

    /// The host's clock is so many days ahead from now on; or right again.
    pub(crate) fn set_ahead(&self, days: u64) {
        let mut state = self.state.borrow_mut();
        state.ahead = days * 86_400_000;
        if state.ahead > 0 {
            state.was_ahead = state.ahead;
        }
        // Whatever is written or armed by it is put right within the hour.
        state.note_break();
        let now = state.now;
        state.jumps.push(now);
        state.pace = state.pace.after_jump(now);
        state.has_jumped = true;
        // A vault's alarm that rang by it comes again by it: the wake-up ends that day's keys.
        state.is_unarmed = true;
    }

    /// Whether a demo realm is open, or still being emptied.
    pub(crate) fn has_ending(&self) -> bool {
        let state = self.state.borrow();
        state.alarms.has(ClassName::Realm)
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

    /// Whether this object could not arm its alarm when it last tried.
    pub(crate) fn has_failed_to_arm(&self, object: &Name) -> bool {
        self.state.borrow().unarmed.contains_key(object)
    }

    /// How often the last task of the front, or of the wake-up, went on; as often as can be if it is over.
    pub(crate) fn turns_of_last(&self) -> u8 {
        let state = self.state.borrow();
        let mut fronts = state.tasks.values().rev();
        let last = fronts.find(|task| task.owner.is_none());
        last.map_or(u8::MAX, |task| task.turns)
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.state.borrow();
        state.tasks.is_empty() && state.sent.is_empty()
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

    /// Whether this object has anything under way: it arms its alarm at the end.
    pub(crate) fn is_at_work(&self, object: &Name) -> bool {
        let state = self.state.borrow();
        let mut owners = state.tasks.values().filter_map(|task| task.owner.as_ref());
        owners.any(|owner| owner == object)
    }

    /// Whether this object's alarm is at work.
    pub(crate) fn is_ringing(&self, object: &Name) -> bool {
        let state = self.state.borrow();
        let mut tasks = state.tasks.values();
        tasks.any(|task| task.owner.as_ref() == Some(object) && task.letter.is_none())
    }

    /// Since when no object lost anything that it was about to write down or to arm.
    pub(crate) fn whole_since(&self) -> Option<Moment> {
        let broken = self.state.borrow().breaks.last().copied();
        broken.map(|at| Moment::from_unix(at / 1_000))
    }

    /// Whether one did while what was asked then may have been under way.
    pub(crate) fn was_broken_from(&self, began: Moment) -> bool {
        is_any_during(&self.state.borrow().breaks, began)
    }

    /// Whether the host's clock jumped while that may have been under way.
    pub(crate) fn has_jumped_from(&self, began: Moment) -> bool {
        is_any_during(&self.state.borrow().jumps, began)
    }

    /// Whether the wake-up alone may end a vault, from now on.
    pub(crate) fn is_unarmed(&self) -> bool {
        self.state.borrow().is_unarmed
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
