//! Alarms as a queue of due moments: any of them may be lost, late or doubled.

use core::time::Duration;
use std::collections::BTreeMap;

use decree::{Day, Moment};

/// An object that arms an alarm: it has one, and arming it again replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    /// A registry, by its index.
    Registry(u16),
    /// An intake, by its index.
    Intake(u16),
    /// The vault of a day.
    Vault(Day),
}

/// Whose alarm something happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A registry's.
    Registry,
    /// An intake's.
    Intake,
    /// A vault's.
    Vault,
}

/// What becomes of an alarm at its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It never comes; nothing is armed any more.
    Lost,
    /// It comes so many minutes later, at most a day.
    Late(u16),
    /// It comes twice.
    Twice,
}

/// What is armed, and what will happen to it.
#[derive(Default)]
pub(crate) struct Alarms {
    armed: BTreeMap<Object, Moment>,
    fates: Vec<(Whose, Fate)>,
}

impl Alarms {
    pub(crate) fn set(&mut self, object: Object, at: Moment) {
        self.armed.insert(object, at);
    }

    pub(crate) fn clear(&mut self, object: Object) {
        self.armed.remove(&object);
    }

    pub(crate) fn is_armed(&self, object: Object) -> bool {
        self.armed.contains_key(&object)
    }

    /// The next alarm of this class to come meets this fate.
    pub(crate) fn doom(&mut self, whose: Whose, fate: Fate) {
        self.fates.push((whose, fate));
    }

    /// From now on all of them come as armed.
    pub(crate) fn calm(&mut self) {
        self.fates.clear();
    }

    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.armed.values().min().copied()
    }

    /// Takes the earliest alarm up to `now`, if there is one: whose it is and how often it rings.
    pub(crate) fn ring(&mut self, now: Moment) -> Option<(Object, u8)> {
        let (&object, &at) = self.armed.iter().min_by_key(|(_, at)| **at)?;
        if at > now {
            return None;
        }
        self.armed.remove(&object);
        let whose = match object {
            Object::Registry(_) => Whose::Registry,
            Object::Intake(_) => Whose::Intake,
            Object::Vault(_) => Whose::Vault,
        };
        let doomed = self.fates.iter().position(|(of, _)| *of == whose);
        let times = match doomed.map(|index| self.fates.remove(index).1) {
            None => 1,
            Some(Fate::Twice) => 2,
            Some(Fate::Lost) => 0,
            Some(Fate::Late(minutes)) => {
                self.set(object, now + Duration::from_secs(60 * u64::from(minutes)));
                0
            }
        };
        Some((object, times))
    }
}
