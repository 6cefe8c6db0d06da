//! The end of a list: once nothing fails any more, and once everything is past its term.

use core::time::Duration;

use decree::Moment;

use super::{World, milliseconds};
use crate::model::Model;
use crate::{Asking, Finding, PEOPLE, Plant, Reply, Tally};

/// Longer than anything that was put off waits, and than the gap between two questions.
const SETTLED: Duration = Duration::from_mins(31);
/// Longer than a wake-up takes, which has one object after the other do its part.
const WOKEN: Duration = Duration::from_mins(1);
/// Longer than anything is kept.
const SILENCE: Duration = Duration::from_hours(16 * 24);
/// With that silence, longer than anybody can be reached who asked just before.
const FORGOTTEN: Duration = Duration::from_hours(3 * 24);
/// Latest that an alarm comes.
const LATEST: Duration = Duration::from_hours(24);

impl World {
    /// What must be true once everything due was done, and once everything is past its term.
    pub(crate) fn finish(mut self) -> Result<Tally, Finding> {
        self.draw_from(0);
        self.beside = None;
        self.shell.kernel.calm();
        self.settle()?;
        self.shell.kernel.wake();
        self.wait(SETTLED)?;
        let woken = self.shell.now();
        self.shell.kernel.wake();
        self.shell.ask_for_the_end();
        self.wait(WOKEN)?;
        let seen = self.shell.look()?;
        if !self.model.is_over {
            self.shell.check_tally(&seen, woken)?;
        }
        if !seen.owed.is_empty() || seen.writing > 0 {
            return Err(Finding::new(
                "something is still owed though nothing fails any more",
            ));
        }
        let kernel = &self.shell.kernel;
        let mut calls = self.struck_calls.iter();
        // A safe that stays full by itself is found sooner. One that is emptied before its late filling comes, since the
        // clock says that it cannot come any more, is not emptied again.
        let is_excused = self.shell.is_planted(Plant::FullSafe)
            || self.was_broken_in(&self.struck_deletions)
            || calls.any(|began| kernel.has_jumped_from(*began));
        if seen.orphans > 0 && !is_excused {
            return Err(Finding::new("a safe holds a key of nothing"));
        }
        if seen.hollow > 0 && !self.was_broken_in(&self.struck_registrations) {
            return Err(Finding::new("an account stays whose record key is gone"));
        }
        // The planted fault makes an intake for each alarm, which does not share what another remembers.
        if !self.shell.is_planted(Plant::NoLease) && self.shell.remembers_transits()? {
            return Err(Finding::new(
                "an intake remembers a key that its safe has lost",
            ));
        }
        if seen.haunted > 0 {
            return Err(Finding::new("a key is remembered whose safe is empty"));
        }
        if !seen.applied.is_empty() {
            return Err(Finding::new("ids of deliveries are remembered for ever"));
        }
        if seen.codes.iter().any(|code| code.until <= self.shell.now()) {
            return Err(Finding::new("a code stays past its term"));
        }
        if self.model.is_over && self.model.count_accounts() > 0 {
            return Err(Finding::new("an account outlives the processing"));
        }
        let people = if self.model.is_over { 0 } else { PEOPLE };
        for who in 0..people {
            self.ask(who, Asking::Phone, Reply::Comes)?;
        }
        self.settle()?;
        self.look(self.shell.now())?;
        self.watch.bookmark(&self.shell)?;
        self.shell.ask_as_nobody();
        self.settle()?;
        self.shell.check_today()?;

        self.shell.trouble();
        let end = self.shell.kernel.milliseconds() + milliseconds(SILENCE);
        // Whoever fetches keys drops what is past its term, though no wake-up has come.
        if let Some(over) = self.shell.first_end() {
            let soon = over + Duration::from_secs(60);
            self.wait_until((soon.unix() * 1_000).min(end))?;
            self.shell.ask_as_nobody();
            self.settle()?;
            self.shell.check_memory(self.shell.now())?;
        }
        self.wait_until(end)?;
        self.settle()?;
        self.look(self.shell.now())?;
        if self.shell.remembers_realms() {
            return Err(Finding::new("the keys of a demo realm are remembered"));
        }
        if self.shell.has_left_realms() {
            return Err(Finding::new("a demo realm that ended leaves something"));
        }
        let seen = self.shell.look()?;
        let verdicts = seen
            .accounts
            .iter()
            .filter(|(.., verdict)| verdict.is_some());
        // Codes expire meanwhile, and are counted on that day: its term may be over since the last midnight only.
        let figures = seen.figure_days.iter();
        let figures = figures.filter(|day| Model::is_forgotten(**day, self.shell.now() - LATEST));
        let left = seen.exposures.len() + seen.short_lived + verdicts.count() + figures.count();
        if left > 0 {
            return Err(Finding::new("sixteen days without traffic leave something"));
        }
        self.watch.put_back(&self.shell)?;
        if !self.shell.is_walked()? {
            return Err(Finding::new(
                "sixteen days later something may need an old root",
            ));
        }
        self.wait(FORGOTTEN)?;
        self.look(self.shell.now())?;
        let seen = self.shell.look()?;
        if self.model.count_accounts() > 0 || !seen.owed.is_empty() {
            return Err(Finding::new(
                "nineteen days without traffic leave an account",
            ));
        }
        Ok(Tally {
            lists: 1,
            exposures: self.model.arrived,
            too_old: self.model.too_old,
            pairs: self.watch.pairs.0,
            due_together: self.watch.pairs.1,
            ..self.tally
        })
    }

    /// Whether an object lost what it was about to write down while one of these may have been under way.
    fn was_broken_in(&self, began: &[Moment]) -> bool {
        let kernel = &self.shell.kernel;
        began.iter().any(|began| kernel.was_broken_from(*began))
    }
}
