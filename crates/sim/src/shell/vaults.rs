//! The vaults, one a day, and the cache of what they handed out: `worker::object::vault` and `worker::days`.

use core::time::Duration;

use decree::{Day, Moment};
use service::vault::{self, DayKeys, Decision, Keys};
use wire::Refusal;

use super::{Astray, BEGIN, Object, Plant, REALM, Shell};

/// What a vault stores.
#[derive(Default)]
pub(super) struct Stored {
    pub(super) keys: Option<Vec<u8>>,
    pub(super) receipt: Option<Moment>,
}

impl Shell {
    /// The day keys in force, from the cache or else from their vaults.
    pub(super) fn keys(&mut self, now: Moment) -> Result<Keys, Refusal> {
        if !self.keeps_past_keys() {
            let forgotten = |day: &Day| now >= vault::destroyed_at(*day);
            self.known.retain(|day, _| !forgotten(day));
        }
        let days: Vec<_> = vault::living_days(BEGIN.day(), now).collect();
        for day in days {
            if !self.known.contains_key(&day) {
                let found = self.ask_vault(day, now)?;
                self.known.insert(day, found);
            }
        }
        let known = self.known.iter();
        let known = known.filter_map(|(day, keys)| Some((*day, keys.clone()?)));
        Ok(Keys::in_force(known, self.term_of_reading(now)))
    }

    /// Without a planted fault, `now`.
    pub(super) fn term_of_reading(&self, now: Moment) -> Moment {
        if self.keeps_past_keys() { BEGIN } else { now }
    }

    fn keeps_past_keys(&self) -> bool {
        matches!(self.plant, Some(Plant::LatePurge | Plant::StaleCache))
    }

    fn ask_vault(&mut self, day: Day, now: Moment) -> Result<Option<DayKeys>, Refusal> {
        let astray = self.vault_astray.take();
        self.struck |= astray.is_some();
        if astray == Some(Astray::Unreached) {
            return Err(Refusal::Unavailable);
        }
        let is_armed = self.alarms.is_armed(Object::Vault(day));
        let answer = self.open_vault(day, now);
        if astray.is_none() {
            return answer;
        }
        // What it stored is kept, though the alarm that ends it may be not.
        if !is_armed {
            self.alarms.clear(Object::Vault(day));
        }
        Err(Refusal::Unavailable)
    }

    fn open_vault(&mut self, day: Day, now: Moment) -> Result<Option<DayKeys>, Refusal> {
        let wrapping = self.ring.vault(REALM);
        let stored = self.vaults.entry(day).or_default();
        if stored.receipt.is_some() {
            return Ok(None);
        }
        match vault::decide(stored.keys.is_some(), day, now) {
            Decision::HandOut => {
                let wrapped = stored.keys.as_deref().unwrap_or_default();
                let keys = DayKeys::unwrap(&wrapping, day, wrapped).ok().flatten();
                if !self.alarms.is_armed(Object::Vault(day)) {
                    self.arm_vault(day);
                }
                keys.map(Some).ok_or(Refusal::Unavailable)
            }
            Decision::Make => {
                let keys = DayKeys::draw(&mut self.rng);
                stored.keys = Some(keys.wrap(&wrapping, &mut self.rng, day));
                self.arm_vault(day);
                Ok(Some(keys))
            }
            Decision::Gone => {
                self.tick_vault(day, now);
                Ok(None)
            }
            Decision::TooSoon => Err(Refusal::Unavailable),
        }
    }

    /// Destroys the keys of this day if their time has come.
    pub(super) fn tick_vault(&mut self, day: Day, now: Moment) {
        let late = match self.plant {
            Some(Plant::LatePurge) => Duration::from_hours(24),
            _ => Duration::ZERO,
        };
        if let Some(stored) = self.vaults.get_mut(&day)
            && now >= vault::destroyed_at(day) + late
            && stored.keys.is_some()
        {
            stored.keys = None;
            stored.receipt = Some(now);
        }
    }

    pub(super) fn arm_vault(&mut self, day: Day) {
        self.alarms
            .set(Object::Vault(day), vault::destroyed_at(day));
    }

    pub(super) fn vault_alarm(&mut self, day: Day, now: Moment) {
        if now < vault::destroyed_at(day) {
            self.arm_vault(day);
        } else {
            self.tick_vault(day, now);
        }
    }

    /// All keys that are stored anywhere, whatever their term: what somebody with the root secret could still use.
    pub(super) fn remaining_keys(&self) -> impl Iterator<Item = (Day, DayKeys)> {
        let wrapping = self.ring.vault(REALM);
        let unwrap = move |(day, stored): (&Day, &Stored)| {
            let keys = DayKeys::unwrap(&wrapping, *day, stored.keys.as_deref()?);
            Some((*day, keys.ok().flatten()?))
        };
        self.vaults.iter().filter_map(unwrap)
    }
}
