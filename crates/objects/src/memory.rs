//! What one isolate remembers. It is lost at any time, and is never more than a copy of what objects store.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use decree::{Day, Moment, article_3};
use service::Realm;
use service::group::{Group, GroupKeys, GroupName};
use service::vault::DayKeys;
use service::work::Budget;
use wire::statistics::Published;

use crate::front::keys::Told;
use crate::pace::{Breath, Slices};
use crate::timekeeper::Heard;
use crate::wake::LookedBack;

/// How much one isolate remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Day keys, of all realms: beyond, those of the other realms are forgotten.
    pub days: usize,
    /// Groups of record keys: beyond, no more are loaded, and those that were stay. Which ones is drawn.
    pub groups: usize,
}

/// A few megabytes of days, and 64 MB of groups, which have two million places: an isolate of the platform has 128 MB.
impl Default for Most {
    fn default() -> Self {
        Self {
            days: 8_192,
            groups: 8_192,
        }
    }
}

/// Groups that are loaded at once after a start. Each is a safe, whose three files stay open for ten seconds, and a host
/// allows 1,024 open files where nobody says another number.
const LOADED_AT_ONCE: u64 = 48;
/// And then so often.
const LOAD_EVERY: Duration = Duration::from_millis(120);

/// What is known of the configured numbers of shards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// They were not compared yet.
    #[default]
    Unknown,
    /// They are those that the objects were made with.
    Right,
    /// The objects refused them, or did not answer when they were last asked.
    Wrong,
}

/// Shared by the front and by all objects of one isolate.
#[derive(Default)]
pub struct Memory {
    most: Most,
    days: RefCell<BTreeMap<(Realm, Day), Option<DayKeys>>>,
    /// Of the national realm.
    groups: RefCell<BTreeMap<GroupName, Rc<GroupKeys>>>,
    /// When a group may be loaded at the latest, as far as all that were loaded go, in Unix milliseconds.
    loads_until: Cell<u64>,
    /// Its registries whose groups were all loaded, or as many as there is room for.
    loaded: RefCell<BTreeSet<u16>>,
    /// When work that can wait has its slices.
    pub(crate) slices: Slices,
    /// When the next request breathes.
    pub(crate) breath: Breath,
    /// Whether the configured numbers of shards are the stored ones.
    pub(crate) numbers: Cell<Numbers>,
    /// When traffic last woke the national objects, in Unix seconds.
    pub(crate) woken: Cell<u64>,
    /// Whether the vaults of long ago were looked at.
    pub(crate) looked_back: Cell<LookedBack>,
    /// The national realm's keys, which come from its stored secrets.
    pub(crate) front_keys: RefCell<Option<Told>>,
    /// Whether the host's clock was believed when the timekeeper was last asked.
    pub(crate) clock: Cell<Option<Heard>>,
    /// What this isolate may still spend on checking proofs of work.
    pub(crate) work: Cell<Budget>,
    /// The national figures, and when they were asked for.
    pub(crate) statistics: RefCell<Option<(Moment, Published)>>,
}

impl Memory {
    /// An empty one, that holds so much.
    #[must_use]
    pub fn holding(most: Most) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// What is known of this day: its keys, or that it has none any more. `None` when nothing is known.
    pub(crate) fn day(&self, realm: Realm, day: Day) -> Option<Option<DayKeys>> {
        self.days.borrow().get(&(realm, day)).cloned()
    }

    /// The keys of a day never change and a destroyed day is never refilled, so both answers are kept.
    pub(crate) fn keep_day(&self, realm: Realm, day: Day, keys: Option<DayKeys>) {
        let mut days = self.days.borrow_mut();
        if days.len() >= self.most.days {
            days.retain(|(of, _), _| *of == realm);
        }
        days.insert((realm, day), keys);
    }

    /// Drops the keys that are past their term.
    pub fn drop_past_days(&self, realm: Realm, now: Moment) {
        let is_kept = |of: Realm, day| of != realm || !article_3::day_is_forgotten(day, now);
        self.days
            .borrow_mut()
            .retain(|(of, day), _| is_kept(*of, *day));
    }

    /// Drops the day keys of a realm that has ended.
    pub(crate) fn drop_realm(&self, realm: Realm) {
        self.days.borrow_mut().retain(|(of, _), _| *of != realm);
    }

    /// Every day key that is remembered: only for looking at them from a test.
    pub fn remembered_days(&self) -> Vec<(Realm, Day, DayKeys)> {
        let days = self.days.borrow();
        let known = days.iter();
        known
            .filter_map(|((realm, day), keys)| Some((*realm, *day, keys.clone()?)))
            .collect()
    }

    /// Of how many days, of all realms, anything is remembered: only for looking at from a test.
    pub fn count_days(&self) -> usize {
        self.days.borrow().len()
    }

    /// Every group whose keys are remembered, in which version: only for looking at them from a test.
    pub fn remembered_groups(&self) -> Vec<Group> {
        let groups = self.groups.borrow();
        let known = groups.iter();
        known
            .map(|(name, keys)| Group {
                name: *name,
                version: keys.version(),
            })
            .collect()
    }

    /// The keys of this group, if they are remembered in the version that counts. An earlier version is forgotten.
    pub(crate) fn group(&self, group: Group) -> Option<Rc<GroupKeys>> {
        let mut groups = self.groups.borrow_mut();
        let keys = groups.get(&group.name)?;
        if keys.version() < group.version {
            groups.remove(&group.name);
            return None;
        }
        (keys.version() == group.version).then(|| Rc::clone(keys))
    }

    /// The version of this group that is remembered, whether it counts or not.
    pub(crate) fn version(&self, name: GroupName) -> Option<Group> {
        let groups = self.groups.borrow();
        let version = groups.get(&name)?.version();
        Some(Group { name, version })
    }

    /// Whether there is room for one more.
    pub(crate) fn has_room(&self) -> bool {
        self.groups.borrow().len() < self.most.groups
    }

    /// Remembers the version of a group that counts, in the place of another; one more group, if there is room.
    pub(crate) fn keep_group(&self, name: GroupName, keys: &Rc<GroupKeys>) {
        let (has_room, mut groups) = (self.has_room(), self.groups.borrow_mut());
        if has_room || groups.contains_key(&name) {
            groups.insert(name, Rc::clone(keys));
        }
    }

    /// Forgets the groups of this registry that were given up.
    pub(crate) fn forget_groups(&self, names: &[GroupName]) {
        self.groups
            .borrow_mut()
            .retain(|name, _| !names.contains(name));
    }

    /// How long whoever loads another group waits at this time, in Unix milliseconds: [`LOADED_AT_ONCE`] come at once, and
    /// then one every [`LOAD_EVERY`], of all registries of this isolate together.
    pub(crate) fn next_load(&self, now: u64) -> Duration {
        let every = u64::try_from(LOAD_EVERY.as_millis()).unwrap_or_default();
        let free_at = self.loads_until.get().max(now);
        self.loads_until.set(free_at + every);
        let begins = free_at.saturating_sub(LOADED_AT_ONCE * every);
        Duration::from_millis(begins.saturating_sub(now))
    }

    /// How many groups are loaded at the most so long after a start: for tests that need others.
    #[must_use]
    pub const fn most_loaded(after: Duration) -> u64 {
        LOADED_AT_ONCE + 1 + (after.as_millis() / LOAD_EVERY.as_millis()) as u64
    }

    /// Whether the groups of this registry were loaded.
    pub(crate) fn has_loaded(&self, registry: u16) -> bool {
        self.loaded.borrow().contains(&registry)
    }

    /// They are.
    pub(crate) fn set_loaded(&self, registry: u16) {
        self.loaded.borrow_mut().insert(registry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With what else is open at a start, half of what a host allows where nobody says another number.
    #[test]
    fn loading_keeps_few_files_open() {
        const FILES: usize = 3;
        const STAYS_OPEN: u64 = 10_000;
        let memory = Memory::default();
        let begun = 1_591_790_700_000;
        let mut now = begun;
        let mut loaded = Vec::new();
        while now < begun + 60_000 {
            let wait = memory.next_load(now);
            now += u64::try_from(wait.as_millis()).unwrap();
            loaded.push(now);
        }
        let open = |at: u64| {
            let since = loaded
                .iter()
                .filter(|of| (at..at + STAYS_OPEN).contains(of));
            since.count() * FILES
        };
        let most = loaded.iter().map(|at| open(*at)).max().unwrap();
        assert!((300..400).contains(&most), "{most}");
        for (at, most) in [(0, 49), (12_000, 149)] {
            let until = loaded.iter().filter(|of| **of <= begun + at).count();
            assert_eq!(u64::try_from(until).unwrap(), most);
            assert_eq!(Memory::most_loaded(Duration::from_millis(at)), most);
        }
        // Whoever rested may load as many at once again, and no more.
        now += 3_600_000;
        let at_once = (0..100).filter(|_| memory.next_load(now).is_zero()).count();
        assert_eq!(at_once, 49);
    }
}
