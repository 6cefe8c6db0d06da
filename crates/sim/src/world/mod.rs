//! Executes operations on the shell and on the model, and compares.

mod calls;

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::Path;

use chacha20::ChaCha20Rng;
use decree::Moment;
use rand_core::{Rng, SeedableRng};
use robert::{Ebid, Epoch, Hello, Id};
use wire::code::Kind;

use crate::model::Model;
use crate::people::Person;
use crate::shell::{Answered, Shell};
use crate::watch::Watch;
use crate::{Asking, Finding, Operation, PEOPLE, Plant, Reply, Span, Step, Tally, Who};

/// Everybody, the realm, and what must be true of it.
pub(crate) struct World {
    shell: Shell,
    model: Model,
    watch: Watch,
    people: Vec<Person>,
    /// Whose pseudonym each is, and of which epoch.
    emitted: BTreeMap<[u8; 8], (Id, Epoch)>,
    codes: Vec<String>,
    tally: Tally,
    /// Whether a failure of storage may be to blame for a safe that nobody knows.
    may_orphan: bool,
    rng: ChaCha20Rng,
}

/// Time between two HELLOs of a meeting.
const BEAT: Duration = Duration::from_mins(2);
/// How strongly people who meet hear each other, in dBm: mostly as strongly as anything counts.
const LEVELS: [i8; 6] = [-35, -35, -35, -47, -54, -63];
/// Longer than anything that was put off waits, and than the gap between two questions.
const SETTLED: Duration = Duration::from_mins(31);
/// Longer than anything is kept.
const SILENCE: Duration = Duration::from_hours(16 * 24);
/// Latest that an alarm comes.
const LATEST: Duration = Duration::from_hours(24);

impl World {
    pub(crate) fn new(plant: Option<Plant>, folder: Option<&Path>) -> Result<Self, Finding> {
        Ok(Self {
            shell: Shell::new(plant, folder)?,
            model: Model::default(),
            watch: Watch::default(),
            people: (0..PEOPLE).map(|_| Person::default()).collect(),
            emitted: BTreeMap::new(),
            codes: Vec::new(),
            tally: Tally::default(),
            // A safe that stays full by itself is found sooner.
            may_orphan: plant == Some(Plant::FullSafe),
            rng: ChaCha20Rng::seed_from_u64(0),
        })
    }

    /// Executes one operation, then looks at everything.
    pub(crate) fn execute(&mut self, Step { seed, operation }: Step) -> Result<(), Finding> {
        self.draw_from(seed);
        self.tally.operations += 1;
        match operation {
            Operation::Register(who, reply) => self.register(who, reply)?,
            Operation::Meet(one, other, times) => self.meet(one, other, times)?,
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
            Operation::Wait(span) => self.wait(self.length(span))?,
            Operation::Deliver(mishap) => self.shell.mishap(mishap),
            Operation::Alarm(whose, fate) => self.shell.doom(whose, fate),
            Operation::Fail(engine, failing) => {
                self.may_orphan = true;
                self.shell.fail(engine, failing);
            }
            Operation::Vault(astray) => self.shell.lead_vault_astray(astray),
            Operation::Safe(astray) => self.shell.lead_safe_astray(astray),
            Operation::Restart => self.shell.restart()?,
        }
        self.look(self.shell.now)?;
        self.watch.bookmark(&self.shell)
    }

    /// What must be true once everything due was done, and once everything is past its term.
    pub(crate) fn finish(mut self) -> Result<Tally, Finding> {
        self.draw_from(0);
        self.shell.calm();
        let now = self.shell.now;
        self.shell.wake_all(now);
        self.wait(SETTLED)?;
        let seen = self.shell.look()?;
        if !seen.owed.is_empty() {
            return Err(Finding::new(
                "something is still owed though nothing fails any more",
            ));
        }
        if seen.orphans > 0 && !self.may_orphan {
            return Err(Finding::new("a safe holds a key of nothing"));
        }
        if !seen.applied.is_empty() {
            return Err(Finding::new("ids of deliveries are remembered for ever"));
        }
        if seen.codes.iter().any(|code| code.until <= self.shell.now) {
            return Err(Finding::new("a code stays past its term"));
        }
        for who in 0..PEOPLE {
            self.ask(who, Asking::Phone, Reply::Comes)?;
        }
        self.look(self.shell.now)?;
        self.watch.bookmark(&self.shell)?;

        self.shell.trouble();
        self.wait(SILENCE)?;
        self.look(self.shell.now)?;
        let seen = self.shell.look()?;
        let verdicts = seen
            .accounts
            .iter()
            .filter(|(.., verdict)| verdict.is_some());
        // Codes expire meanwhile, and are counted on that day: its term may be over since the last midnight only.
        let figures = seen.figure_days.iter();
        let figures = figures.filter(|day| Model::is_forgotten(**day, self.shell.now - LATEST));
        let left = seen.exposures.len() + seen.short_lived + verdicts.count() + figures.count();
        if left > 0 {
            return Err(Finding::new("sixteen days without traffic leave something"));
        }
        self.watch.put_back(&self.shell)?;
        Ok(Tally {
            lists: 1,
            exposures: self.model.arrived,
            too_old: self.model.too_old,
            pairs: self.watch.pairs.0,
            due_together: self.watch.pairs.1,
            ..self.tally
        })
    }

    fn draw_from(&mut self, seed: u64) {
        self.shell.draw_from(seed);
        self.rng = ChaCha20Rng::seed_from_u64(!seed);
    }

    /// Counts how a call went.
    const fn count<T>(&mut self, answered: &Answered<T>) {
        match &answered.answer {
            Err(_) if answered.struck => {
                self.tally.struck += 1;
                self.tally.kept += answered.done as u64;
            }
            Err(_) => self.tally.refusals += 1,
            Ok(_) => {}
        }
    }

    fn look(&mut self, with: Moment) -> Result<(), Finding> {
        let (seen, now) = (self.shell.look()?, self.shell.now);
        self.watch.check(&seen, now)?;
        self.watch.check_erased(&self.shell, &seen)?;
        self.model.observe(with, now, &seen)
    }

    /// Lets time go by: everything due on the way happens at its moment.
    fn wait(&mut self, span: Duration) -> Result<(), Finding> {
        let until = self.shell.now + span;
        while let Some(happened) = self.shell.happen(until) {
            if happened.shows {
                self.look(happened.with)?;
            }
        }
        self.shell.now = until;
        Ok(())
    }

    fn length(&self, span: Span) -> Duration {
        match span {
            Span::Seconds(seconds) => Duration::from_secs(seconds.into()),
            Span::Minutes(minutes) => Duration::from_mins(minutes.into()),
            Span::Hours(hours) => Duration::from_hours(hours.into()),
            Span::Days(days) => Duration::from_hours(24 * u64::from(days)),
            Span::BeforeMidnight(seconds) => {
                let midnight = self.shell.now.day().plus_days(1).start();
                (midnight - Duration::from_secs(seconds.into())).since(self.shell.now)
            }
        }
    }

    fn person(&mut self, who: Who) -> Result<&mut Person, Finding> {
        let person = self.people.get_mut(usize::from(who));
        person.ok_or_else(|| Finding::new("there is no such person"))
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
        self.look(self.shell.now)?;
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
        let now = self.shell.now;
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
