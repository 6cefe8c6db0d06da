//! What one isolate remembers. It is lost at any time, and is never more than a copy of what objects store.

use core::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use decree::{Day, Moment, article_3};
use service::Realm;
use service::record::{RecordKey, SafeName};
use service::vault::DayKeys;
use service::work::Budget;
use wire::statistics::Statistics;

use crate::front::keys::Told;
use crate::pace::Slices;
use crate::timekeeper::Heard;
use crate::wake::LookedBack;

/// How much one isolate remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Day keys, of all realms: beyond, those of the other realms are forgotten.
    pub days: usize,
    /// Record keys: beyond, it starts again from nothing.
    pub records: usize,
}

/// A few megabytes.
impl Default for Most {
    fn default() -> Self {
        Self {
            days: 8_192,
            records: 65_536,
        }
    }
}

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
    records: RefCell<BTreeMap<(Realm, SafeName), RecordKey>>,
    /// When work that can wait has its slices.
    pub(crate) slices: Slices,
    /// How often a record key was forgotten.
    forgotten: Cell<u64>,
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
    pub(crate) statistics: RefCell<Option<(Moment, Statistics)>>,
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

    /// Every safe whose record key is remembered: only for looking at them from a test.
    pub fn remembered_safes(&self) -> Vec<(Realm, SafeName)> {
        self.records.borrow().keys().copied().collect()
    }

    pub(crate) fn record(&self, realm: Realm, safe: SafeName) -> Option<RecordKey> {
        self.records.borrow().get(&(realm, safe)).cloned()
    }

    pub(crate) fn keep_record(&self, realm: Realm, safe: SafeName, key: &RecordKey) {
        let mut records = self.records.borrow_mut();
        if records.len() >= self.most.records {
            records.clear();
        }
        records.insert((realm, safe), key.clone());
    }

    pub(crate) fn forget_record(&self, realm: Realm, safe: SafeName) {
        self.records.borrow_mut().remove(&(realm, safe));
        self.forgotten.set(self.forgotten.get().wrapping_add(1));
    }

    /// Changes whenever a record key is forgotten: who was told one before must not remember it after.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten.get()
    }
}
