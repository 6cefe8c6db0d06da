//! What must be true of everything stored, whoever it is about: looked at after each step.

use core::ops::RangeInclusive;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use decree::article_3::day_key_destroyed_at as destroyed_at;
use decree::{Day, Moment};
use robert::{Epoch, Id};

use crate::Finding;
use crate::shell::{Bookmark, Owed, SHARDS, Seen, SeenVerdict, Shell};

/// Longest time that keys may stand past their term, where nothing else has failed.
const GRACE: Duration = Duration::from_hours(1);
/// An alarm may come as late as the next wake-up after something went wrong.
const TROUBLED: Duration = Duration::from_mins(61);
/// How late anything is done where nothing goes wrong: a letter that came late may have armed an alarm by its own time.
pub(crate) const PROMPT: Duration = Duration::from_secs(60);
/// The same for a contact: an intake's alarm is armed by the host's clock, and a pass is short.
const AT_ONCE: Duration = Duration::from_secs(10);
/// How many days ahead keys are made at the most.
const KEYS_AHEAD: u32 = 4;
/// Lengths that a contact can have while it waits: a day, and a padded size class, sealed twice.
const PARCELS: [usize; 4] = [195, 1_347, 4_163, 13_379];
/// How long a contact waits at first.
const DELAY: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(60);
/// Most copies that are put back at the end of a case.
const MOST_PUT_BACK: usize = 16;

/// What was seen before.
#[derive(Default)]
pub(crate) struct Watch {
    made: BTreeSet<Day>,
    destroyed: BTreeSet<Day>,
    applied: BTreeSet<[u8; 16]>,
    owed: BTreeSet<[u8; 16]>,
    /// The epochs in which each account is known to have met somebody.
    met: BTreeMap<[u8; 5], BTreeSet<Epoch>>,
    /// The hour in which everything was last opened.
    opened: u64,
    /// Pairs of contacts that came together, and those of them that are due together.
    pub(crate) pairs: (u64, u64),
    bookmarks: Vec<Bookmark>,
    /// Accounts of which something was deleted, each with the last copy of its registry before.
    erased: Vec<(Id, usize)>,
    /// The same, with the last copy of an intake: a contact may have waited there.
    awaited: Vec<(Id, usize)>,
}

impl Watch {
    /// Compares with what was seen before.
    /// A report was taken with the time `with`.
    pub(crate) fn check(&mut self, seen: &Seen, with: Moment, now: Moment) -> Result<(), Finding> {
        let mut ids = BTreeSet::new();
        for (id, registry, _) in &seen.accounts {
            if !ids.insert(id.0) || Shell::registry_of(*id) != *registry {
                return Err(Finding::new(
                    "an identity stands twice, or in another's shard",
                ));
            }
        }
        self.check_keys(seen, now)?;
        let owed: BTreeSet<_> = seen.owed.iter().map(|owed| owed.id).collect();
        if owed.len() < seen.owed.len() {
            return Err(Finding::new("two deliveries have the same id"));
        }
        let contacts = seen.owed.iter().filter(|owed| owed.is_contact);
        let contacts: Vec<_> = contacts.collect();
        if contacts.iter().any(|owed| !PARCELS.contains(&owed.length)) {
            return Err(Finding::new("a contact on its way has a length of its own"));
        }
        let is_new = |contact: &&Owed| !self.owed.contains(&contact.id);
        let new: Vec<_> = contacts.into_iter().filter(is_new).collect();
        for (at, contact) in new.iter().enumerate() {
            if !DELAY.contains(&contact.due.since(with)) {
                return Err(Finding::new(
                    "a contact is due at a moment that none is put off to",
                ));
            }
            for other in new.iter().skip(at + 1) {
                if contact.id.first_chunk::<4>() == other.id.first_chunk::<4>() {
                    return Err(Finding::new("contacts that came together have ids alike"));
                }
                self.pairs.0 += 1;
                self.pairs.1 += u64::from(contact.due == other.due);
            }
        }
        self.owed.clone_from(&owed);
        // An id that a registry has forgotten must not be able to come again.
        if self
            .applied
            .difference(&seen.applied)
            .any(|id| owed.contains(id))
        {
            return Err(Finding::new("a delivery was forgotten while it is owed"));
        }
        self.applied.clone_from(&seen.applied);
        Ok(())
    }

    /// Opens every row with every key that is left, once an hour: nothing tells of a meeting that is past its term.
    pub(crate) fn check_terms(
        &mut self,
        shell: &Shell,
        seen: &Seen,
        now: Moment,
    ) -> Result<(), Finding> {
        for (id, contact) in seen.exposures.iter().filter_map(|row| row.opened.as_ref()) {
            self.met.entry(id.0).or_default().insert(contact.epoch);
        }
        let is_over = |epoch: &Epoch| now >= destroyed_at(epoch.day()) + GRACE;
        // Terms end at midnight, and a list goes on for weeks.
        let hour = now.unix() / 3_600;
        if hour == self.opened || !self.met.values().flatten().any(is_over) {
            return Ok(());
        }
        self.opened = hour;
        let (seen, waiting) = shell.open_all()?;
        if waiting.iter().any(is_over) {
            return Err(Finding::new(
                "a contact that waits tells of a meeting past its term",
            ));
        }
        let mut exposures = seen.exposures.iter().filter_map(|row| row.opened.as_ref());
        if exposures.any(|(_, contact)| is_over(&contact.epoch)) {
            return Err(Finding::new("an exposure tells of a meeting past its term"));
        }
        for (id, _, verdict) in &seen.accounts {
            let met = self.met.get(&id.0).into_iter().flatten();
            let behind = |verdict: &SeenVerdict, epoch: Epoch| {
                verdict
                    .latest
                    .is_some_and(|latest| epoch.number() <= latest)
                    || verdict.exposed.is_some_and(|day| epoch.day() <= day)
            };
            let newest = verdict
                .as_ref()
                .and_then(|verdict| met.filter(|epoch| behind(verdict, **epoch)).max());
            if newest.is_some_and(is_over) {
                return Err(Finding::new("a verdict tells of a meeting past its term"));
            }
        }
        Ok(())
    }

    /// Where nothing was made to fail for longer than a wake-up comes late, everything is done at its moment: alarms are
    /// armed for it.
    pub(crate) fn check_prompt(shell: &Shell) -> Result<(), Finding> {
        let now = shell.now();
        if !Self::is_long_ago(shell, shell.kernel.whole_since()) {
            return Ok(());
        }
        shell.check_armed()?;
        if !Self::is_calm(shell) {
            return Ok(());
        }
        let seen = shell.look()?;
        let before = now - PROMPT;
        let is_over = |day: &Day| before >= destroyed_at(*day);
        let late = [
            (
                seen.owed.iter().any(|owed| {
                    owed.due
                        < if owed.is_contact {
                            now - AT_ONCE
                        } else {
                            before
                        }
                }),
                "what is owed is not delivered when it is due",
            ),
            (
                seen.codes.iter().any(|code| code.until < before),
                "a code stays after it has expired",
            ),
            (
                !shell.kernel.is_unarmed() && seen.keys.iter().any(is_over),
                "a day's keys stand past their term",
            ),
            (
                seen.exposures.iter().any(|row| is_over(&row.day)),
                "exposures stay past their term",
            ),
        ];
        let late = late.into_iter().find(|(is_late, _)| *is_late);
        late.map_or(Ok(()), |(_, what)| {
            Err(Finding(format!("{what}, and nothing failed")))
        })
    }

    fn is_long_ago(shell: &Shell, since: Option<Moment>) -> bool {
        since.is_none_or(|at| shell.now() >= at + TROUBLED)
    }

    /// Whether nothing was made to fail for longer than a wake-up comes late.
    pub(crate) fn is_calm(shell: &Shell) -> bool {
        let kernel = &shell.kernel;
        let since = [kernel.whole_since(), kernel.calm_since()];
        since
            .into_iter()
            .all(|since| Self::is_long_ago(shell, since))
    }

    /// Where a registry says that it needs no old root, nothing of it does.
    pub(crate) fn check_roots(shell: &Shell) -> Result<(), Finding> {
        if shell.is_walked()? && shell.need_old_roots()? > 0 {
            return Err(Finding::new("an old root may go, and something needs it"));
        }
        Ok(())
    }

    /// Keys of this day are stored: they were made at this moment at the latest.
    pub(crate) fn note_keys(&mut self, day: Day, now: Moment) -> Result<(), Finding> {
        if self.made.insert(day) && day < now.day() {
            return Err(Finding::new("a past day was given keys"));
        }
        if day > now.day().plus_days(KEYS_AHEAD) {
            return Err(Finding::new("a day far ahead was given keys"));
        }
        Ok(())
    }

    fn check_keys(&mut self, seen: &Seen, now: Moment) -> Result<(), Finding> {
        if seen
            .keys
            .iter()
            .any(|day| now >= destroyed_at(*day) + GRACE)
        {
            return Err(Finding::new("a day's keys stand an hour past their term"));
        }
        if !seen.keys.is_disjoint(&self.destroyed) {
            return Err(Finding::new("a destroyed day has keys again"));
        }
        if !self.destroyed.is_subset(&seen.receipts) {
            return Err(Finding::new("the receipt of a destroyed day is gone"));
        }
        if seen.keys.difference(&self.made).any(|day| *day < now.day()) {
            return Err(Finding::new("a past day was given keys"));
        }
        self.made.extend(&seen.keys);
        // Where the keys could not be removed the receipt stands beside them until the alarm comes back.
        self.destroyed = seen.receipts.difference(&seen.keys).copied().collect();
        Ok(())
    }

    /// Keeps a copy of every object.
    pub(crate) fn bookmark(&mut self, shell: &Shell) -> Result<(), Finding> {
        for bookmark in shell.bookmarks()? {
            if !self.bookmarks.contains(&bookmark) {
                self.bookmarks.push(bookmark);
            }
        }
        Ok(())
    }

    /// An account was closed, or its history deleted.
    pub(crate) fn erase(&mut self, id: Id) {
        let registry = Shell::registry_of(id);
        let last = |of: &dyn Fn(&Bookmark) -> bool| {
            let last = self.bookmarks.iter().rposition(of)?;
            Some((id, last))
        };
        let erased = last(&|bookmark| bookmark.is_of_registry(registry));
        let awaited =
            (0..SHARDS.intakes).filter_map(|index| last(&|bookmark| bookmark.is_of_intake(index)));
        let awaited: Vec<_> = awaited.collect();
        self.erased.extend(erased);
        self.awaited.extend(awaited);
    }

    /// Once no safe is to be emptied any more, or none of an intake holds a key: puts back copies from before something
    /// was deleted, and nothing of those accounts opens, whatever keys remain.
    pub(crate) fn check_erased(&mut self, shell: &Shell, seen: &Seen) -> Result<(), Finding> {
        let mut over = Vec::new();
        if seen.emptying == 0 && seen.writing == 0 {
            over.append(&mut self.erased);
        }
        if seen.transits == 0 {
            over.append(&mut self.awaited);
        }
        for (id, at) in over {
            let copy = self.bookmarks.get(at);
            if copy.map_or(Ok(0), |copy| shell.open_account_in(copy, id))? > 0 {
                return Err(Finding::new("a restored copy opens what was deleted"));
            }
        }
        Ok(())
    }

    /// Puts copies back, evenly spread over the case: nothing in them opens any more.
    pub(crate) fn put_back(&self, shell: &Shell) -> Result<(), Finding> {
        let every = self.bookmarks.len().div_ceil(MOST_PUT_BACK).max(1);
        // The last one is among them, and it is the fullest.
        for bookmark in self.bookmarks.iter().rev().step_by(every) {
            if shell.open_bookmark(bookmark)? > 0 {
                return Err(Finding::new("a restored copy opens past its term"));
            }
        }
        Ok(())
    }
}
