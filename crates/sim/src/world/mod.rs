//! Executes operations on the shell and on the model, and compares.

mod calls;
mod end;
mod kept;
mod told;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chacha20::ChaCha20Rng;
use decree::Moment;
use objects::calls::registry_calls;
use objects::{Call as _, ClassName};
use rand_core::{Rng, SeedableRng};
use robert::{Ebid, Epoch, Hello, Id};
use wire::code::Kind;

use self::kept::Before;
use self::told::Call;
use crate::alarms::Whose;
use crate::kernel::{Aim, Event, Pick, TaskId};
use crate::model::Model;
use crate::people::Person;
use crate::shell::Shell;
use crate::watch::{PROMPT, Watch};
use crate::{
    Asking, Errand, Finding, Jump, Known, Mishap, Operation, PEOPLE, Plant, Reply, Span, Step,
    Tally, Which, Who,
};

/// Everybody, the realm, and what must be true of it.
pub(crate) struct World {
    shell: Shell,
    model: Model,
    watch: Watch,
    people: Vec<Person>,
    /// Whose pseudonym each is, and of which epoch.
    emitted: BTreeMap<[u8; 8], (Id, Epoch)>,
    codes: Vec<String>,
    /// Accounts that were forgotten since nobody could reach them any more.
    forgotten: BTreeSet<Id>,
    tally: Tally,
    /// When registrations began in which something was made to go wrong: an account may be half made.
    struck_registrations: Vec<Moment>,
    /// When deletions began in which something was: a safe may be filled of which nobody knows.
    struck_deletions: Vec<Moment>,
    /// When any call began in which something was.
    struck_calls: Vec<Moment>,
    calls: BTreeMap<TaskId, Call>,
    before: Before,
    /// Deliveries arrived with this time, and were not yet looked at: those that arrive together are judged together.
    deferred: Option<Moment>,
    /// The next call is left alone after so many turns, and what comes next happens beside it.
    beside: Option<u8>,
    rng: ChaCha20Rng,
}

/// Time between two HELLOs of a meeting.
const BEAT: Duration = Duration::from_mins(2);
/// How strongly people who meet hear each other, in dBm: mostly as strongly as anything counts.
const LEVELS: [i8; 6] = [-35, -35, -35, -47, -54, -63];
/// Longer than any caller waits, in milliseconds; a visitor makes a dozen calls.
const LONGEST_CALL: u64 = 300_000;
/// An alarm that comes no later than this, in milliseconds, is waited for.
const SOON: u64 = 600_000;
/// How often the wake-up comes, and a little.
const HOUR: Duration = Duration::from_mins(61);

impl World {
    pub(crate) fn new(plant: Option<Plant>, folder: Option<&Path>) -> Result<Self, Finding> {
        Ok(Self {
            shell: Shell::new(plant, folder)?,
            model: Model::default(),
            watch: Watch::default(),
            people: (0..PEOPLE).map(|_| Person::default()).collect(),
            emitted: BTreeMap::new(),
            codes: Vec::new(),
            forgotten: BTreeSet::new(),
            tally: Tally::default(),
            struck_registrations: Vec::new(),
            struck_deletions: Vec::new(),
            struck_calls: Vec::new(),
            calls: BTreeMap::new(),
            before: Before::default(),
            deferred: None,
            beside: None,
            rng: ChaCha20Rng::seed_from_u64(0),
        })
    }

    /// Executes one operation, then looks at everything.
    pub(crate) fn execute(&mut self, Step { seed, operation }: Step) -> Result<(), Finding> {
        self.draw_from(seed);
        self.tally.operations += 1;
        // Once the processing is over the front refuses everybody.
        if self.model.is_over && operation.is_asked() {
            return Ok(());
        }
        let is_held = self.perform(operation)?;
        if !is_held {
            self.settle()?;
            Watch::check_prompt(&self.shell)?;
            self.check_forgotten()?;
            self.shell.check_remembered()?;
        }
        self.look(self.shell.now())?;
        self.watch.bookmark(&self.shell)
    }

    /// Does it, and says whether what is under way is left there, for what comes next to happen beside it.
    fn perform(&mut self, operation: Operation) -> Result<bool, Finding> {
        let is_left = self.beside.is_some() && operation.is_asked();
        match operation {
            Operation::Register(who, reply) => self.register(who, reply)?,
            Operation::Meet(one, other, times) => {
                self.at_leisure(|world| world.meet(one, other, times))?;
            }
            Operation::HandOut(short) => {
                let kind = if short { Kind::Short } else { Kind::Long };
                self.hand_out(kind)?;
            }
            Operation::Report(who, which, reply) => self.report(who, which, reply)?,
            Operation::Guess(intake, times) => self.guess(intake, times)?,
            Operation::Retry(who, reply) => self.retry(who, reply)?,
            Operation::Decoy(who, made) => self.decoy(who, made)?,
            Operation::Ask(who, asking, reply) => self.ask(who, asking, reply)?,
            Operation::Unregister(who, reply) => self.unregister(who, reply)?,
            Operation::DeleteHistory(who, reply) => self.delete_history(who, reply)?,
            Operation::DeleteTooLate(who) => self.at_leisure(|world| world.delete_too_late(who))?,
            Operation::Both(who, one, other, turns, known) => {
                if known != Known::All {
                    self.shell.restart()?;
                    self.settle()?;
                }
                if let Known::Late(seconds) = known {
                    let mishap = Mishap::SlowAnswer(seconds);
                    self.shell.kernel.befall(Aim::Safe, mishap);
                }
                self.beside = Some(turns);
                self.run_errand(who, one)?;
                self.beside = None;
                self.run_errand(who, other)?;
            }
            Operation::Beside(turns) => {
                self.beside = Some(turns);
                return Ok(true);
            }
            Operation::Wait(Span::NextAlarm) => {
                self.wait_for_alarm()?;
                return Ok(true);
            }
            Operation::Wait(span) => self.wait(self.length(span))?,
            Operation::Visit => self.at_leisure(Self::visit)?,
            Operation::Wake => {
                self.shell.kernel.wake();
                return Ok(true);
            }
            Operation::Befall(aim, mishap) => self.shell.kernel.befall(aim, mishap),
            Operation::Alarm(whose, fate) => self.shell.kernel.doom(whose, fate),
            Operation::Fail(engine, failing) => {
                self.shell.fail(engine, failing);
            }
            Operation::FailValue(of_vault, kept) => {
                let class = if of_vault {
                    ClassName::Vault
                } else {
                    ClassName::Safe
                };
                self.shell.kernel.fail_value(class, kept);
            }
            Operation::FailAlarm(whose, kept) => self.shell.kernel.fail_alarm(whose, kept),
            Operation::Restart => self.shell.restart()?,
            Operation::AddRoot => self.shell.add_root()?,
            Operation::ByTraffic => self.shell.wake_by_traffic()?,
            Operation::Strain(mishap, deliveries) => {
                for _ in 0..deliveries {
                    self.shell.kernel.befall(Aim::Delivery, mishap);
                }
                // And once more, when that is forgotten.
                self.shell.kernel.befall(Aim::Renewed, mishap);
            }
            // A demo realm that ends meanwhile is emptied later by as much: nothing of anybody is in it.
            Operation::Ahead(..) if self.shell.kernel.has_ending() => {}
            Operation::Ahead(who, errand, jump) => {
                self.at_leisure(|world| world.go_ahead((who, errand), jump))?;
            }
            Operation::EndProcessing => {
                self.model.is_over = true;
                self.shell.end_processing()?;
            }
        }
        Ok(is_left)
    }

    fn go_ahead(&mut self, (who, errand): (Who, Errand), jump: Jump) -> Result<(), Finding> {
        // The first reading ever is believed.
        self.shell.kernel.wake();
        self.settle()?;
        if jump.is_cold {
            self.shell.restart()?;
            self.settle()?;
        }
        self.shell.kernel.set_ahead(jump.days.into());
        self.shell.kernel.wake();
        match jump.turns {
            None => {
                self.run_errand(who, errand)?;
                self.settle()?;
            }
            Some(turns) => {
                self.beside = Some(0);
                self.run_errand(who, errand)?;
                let now = self.shell.kernel.milliseconds();
                while self.shell.kernel.turns_of_last() < turns && self.step(now)? {}
            }
        }
        self.shell.kernel.set_ahead(0);
        Ok(())
    }

    fn run_errand(&mut self, who: Who, errand: Errand) -> Result<(), Finding> {
        match errand {
            Errand::Register => self.register(who, Reply::Comes),
            Errand::Report => self.report(who, Which::Fresh, Reply::Comes),
            Errand::Retry => self.retry(who, Reply::Comes),
            Errand::Ask => self.ask(who, Asking::Phone, Reply::Comes),
            Errand::AskAgain => self.ask(who, Asking::Replay, Reply::Comes),
            Errand::Unregister => self.unregister(who, Reply::Comes),
            Errand::DeleteHistory => self.delete_history(who, Reply::Comes),
        }
    }

    fn draw_from(&mut self, seed: u64) {
        self.shell.kernel.draw_from(seed);
        self.rng = ChaCha20Rng::seed_from_u64(!seed);
    }

    fn look(&mut self, with: Moment) -> Result<(), Finding> {
        let with = self.deferred.take().unwrap_or(with);
        let (seen, now) = (self.shell.look()?, self.shell.now());
        self.watch.check(&seen, with, now)?;
        self.watch.check_terms(&self.shell, &seen, now)?;
        self.watch.check_erased(&self.shell, &seen)?;
        Watch::check_roots(&self.shell)?;
        self.model.observe(with, now, &seen)
    }

    /// Where nothing was made to fail for longer than a wake-up comes late, nobody is kept whom nobody can reach.
    fn check_forgotten(&self) -> Result<(), Finding> {
        let before = self.shell.now() - PROMPT;
        match Watch::is_calm(&self.shell) && self.model.keeps_unreachable(before) {
            true => Err(Finding::new(
                "an account stays that nobody can reach, and nothing failed",
            )),
            false => Ok(()),
        }
    }

    fn person(&mut self, who: Who) -> Result<&mut Person, Finding> {
        let person = self.people.get_mut(usize::from(who));
        person.ok_or_else(|| Finding::new("there is no such person"))
    }
}

/// Time, and what goes on in it.
impl World {
    /// Lets one thing go on, up to this moment; says whether there was one.
    fn step(&mut self, until: u64) -> Result<bool, Finding> {
        if self.deferred.is_some() && !self.shell.kernel.is_busy() {
            self.look(self.shell.now())?;
        }
        let Some(pick) = self.shell.kernel.pick(until)? else {
            return Ok(false);
        };
        if let Some(with) = self.deferred
            && !self.joins(&pick, with)
        {
            self.look(with)?;
        }
        self.shell.kernel.turn(pick)?;
        self.shell.check_room()?;
        for event in self.shell.kernel.take_events() {
            match event {
                Event::Kept { object, head, root } => self.kept(&object, head, root)?,
                Event::HandedOut(vault) => self.shell.check_handed_out(&vault)?,
                Event::Rang { object, passed } => {
                    self.shell.check_rung(&object)?;
                    self.shell.check_delivered(&object, &passed)?;
                }
                Event::Over(task) if self.calls.contains_key(&task) => self.over(task)?,
                // A wake-up: what ended at midnight must be gone.
                Event::Over(task) => {
                    let now = self.shell.now();
                    self.shell
                        .check_memory(self.shell.kernel.host_time() - HOUR)?;
                    self.shell.kernel.check_wake(task)?;
                    if now.since(now.day().start()).as_secs() / 3_600 == 1 {
                        self.look(now)?;
                    }
                }
            }
        }
        Ok(true)
    }

    /// Whether this belongs to the deliveries that arrive with this time: nothing in it can change an account.
    fn joins(&self, pick: &Pick, with: Moment) -> bool {
        let kernel = &self.shell.kernel;
        match kernel.letter_of(pick) {
            Some((to, head)) => match to.class {
                ClassName::Registry => {
                    head.number == registry_calls::ApplyAll::NUMBER && head.now == with.unix()
                }
                ClassName::Safe | ClassName::Vault => true,
                _ => false,
            },
            None => kernel.alarm_of(pick) == Some(ClassName::Intake),
        }
    }

    /// Lets everything go on that can before time does.
    fn settle(&mut self) -> Result<(), Finding> {
        let now = self.shell.kernel.milliseconds();
        while self.step(now)? {}
        Ok(())
    }

    /// Lets things go on until this call is over, or for so many turns when it is to be left alone.
    fn follow(&mut self, task: TaskId) -> Result<(), Finding> {
        let now = self.shell.kernel.milliseconds();
        if let Some(turns) = self.beside.take() {
            for _ in 0..turns {
                self.step(now)?;
            }
            return Ok(());
        }
        let is_under_way = |world: &Self| world.calls.get(&task).is_some_and(|call| !call.is_over);
        while is_under_way(self) {
            if !self.step(now + LONGEST_CALL)? {
                return Err(Finding::new("a call is never answered"));
            }
        }
        Ok(())
    }

    /// Does something whose calls are not left alone.
    fn at_leisure<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Finding>,
    ) -> Result<T, Finding> {
        let beside = self.beside.take();
        let done = work(self);
        self.beside = beside;
        done
    }

    /// Lets time go by: everything due on the way happens at its moment.
    fn wait(&mut self, span: Duration) -> Result<(), Finding> {
        let until = self.shell.kernel.milliseconds() + milliseconds(span);
        self.wait_until(until)?;
        self.settle()
    }

    fn wait_until(&mut self, until: u64) -> Result<(), Finding> {
        while self.step(until)? {}
        self.shell.kernel.move_to(until);
        Ok(())
    }

    /// Lets time go by up to the next alarm of an intake, which is about to ring.
    fn wait_for_alarm(&mut self) -> Result<(), Finding> {
        let now = self.shell.kernel.milliseconds();
        let alarm = self.shell.kernel.next_alarm(Whose::Intake);
        if let Some(alarm) = alarm.filter(|alarm| *alarm > now && *alarm < now + SOON) {
            self.wait_until(alarm - 1)?;
            self.shell.kernel.move_to(alarm);
        }
        Ok(())
    }

    fn length(&self, span: Span) -> Duration {
        match span {
            Span::Seconds(seconds) => Duration::from_secs(seconds.into()),
            Span::Minutes(minutes) => Duration::from_mins(minutes.into()),
            Span::Hours(hours) => Duration::from_hours(hours.into()),
            Span::Days(days) => Duration::from_hours(24 * u64::from(days)),
            Span::BeforeMidnight(seconds) => {
                let midnight = self.shell.now().day().plus_days(1).start();
                (midnight - Duration::from_secs(seconds.into())).since(self.shell.now())
            }
            Span::NextAlarm => Duration::ZERO,
        }
    }
}

/// Meetings.
impl World {
    fn meet(&mut self, one: Who, other: Who, times: u8) -> Result<(), Finding> {
        if one == other {
            return Ok(());
        }
        self.register(one, Reply::Comes)?;
        self.register(other, Reply::Comes)?;
        self.look(self.shell.now())?;
        let drawn = self.rng.next_u32() as usize % LEVELS.len();
        let level = LEVELS.get(drawn).copied().unwrap_or_default();
        for _ in 0..times {
            self.say(one, other, level)?;
            self.say(other, one, level)?;
            self.wait(BEAT)?;
        }
        Ok(())
    }

    /// One HELLO, heard at once.
    fn say(&mut self, by: Who, to: Who, level: i8) -> Result<(), Finding> {
        let now = self.shell.now();
        let speaker = self.person(by)?;
        let (Some(id), Ok(hello)) = (speaker.id, speaker.phone.emit(now)) else {
            return Ok(());
        };
        let epoch = Epoch::at(now).ok_or_else(|| Finding::new("no epoch"))?;
        let Hello {
            ebid: Ebid(ebid), ..
        } = hello;
        self.emitted.insert(ebid, (id, epoch));
        // A phone that never registered has its Bluetooth off.
        let _: Result<(), _> = self.person(to)?.phone.hear(&hello.to_bytes(), level, now);
        Ok(())
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX / 2)
}
