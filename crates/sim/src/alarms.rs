//! Alarms as a queue of due moments: any of them may be lost, late or doubled.

use std::collections::BTreeMap;

use objects::ClassName;

use crate::kernel::Name;

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

impl Whose {
    pub(crate) const fn class(self) -> ClassName {
        match self {
            Self::Registry => ClassName::Registry,
            Self::Intake => ClassName::Intake,
            Self::Vault => ClassName::Vault,
        }
    }
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
    /// It comes once, as it is armed.
    Once,
    /// It comes now, long before its moment.
    Early,
    /// It is lost now, long before its moment.
    Gone,
}

/// What is armed, in milliseconds, and what will happen to it. An object has one alarm, and arming it again replaces
/// it.
#[derive(Default)]
pub(crate) struct Alarms {
    armed: BTreeMap<Name, u64>,
    fates: Vec<(Whose, Fate)>,
}

impl Alarms {
    pub(crate) fn set(&mut self, object: &Name, at: Option<u64>) {
        match at {
            Some(at) => drop(self.armed.insert(object.clone(), at)),
            None => drop(self.armed.remove(object)),
        }
    }

    pub(crate) fn of(&self, object: &Name) -> Option<u64> {
        self.armed.get(object).copied()
    }

    /// Whether an object of this class has one.
    pub(crate) fn has(&self, class: ClassName) -> bool {
        self.armed.keys().any(|name| name.class == class)
    }

    /// The next alarm of this class to come meets this fate. Says whose is lost at once.
    pub(crate) fn doom(&mut self, whose: Whose, fate: Fate) -> Option<Name> {
        let mut armed = self.armed.iter_mut();
        let mut first = armed.find(|(name, _)| name.class == whose.class());
        match (fate, &mut first) {
            (Fate::Early, Some((_, at))) => **at = 0,
            (Fate::Gone, Some((name, _))) => {
                let name = (*name).clone();
                self.armed.remove(&name);
                return Some(name);
            }
            (Fate::Early | Fate::Gone, None) => {}
            _ => self.fates.push((whose, fate)),
        }
        None
    }

    /// From now on all of them come as armed.
    pub(crate) fn calm(&mut self) {
        self.fates.clear();
    }

    /// When the next one comes, of this class or of any.
    pub(crate) fn next_due(&self, whose: Option<Whose>) -> Option<u64> {
        let of = |name: &Name| whose.is_none_or(|whose| name.class == whose.class());
        let armed = self.armed.iter().filter(|(name, _)| of(name));
        armed.map(|(_, at)| *at).min()
    }

    /// Those that are due.
    pub(crate) fn due(&self, now: u64) -> impl Iterator<Item = &Name> {
        let due = self.armed.iter().filter(move |(_, at)| **at <= now);
        due.map(|(name, _)| name)
    }

    /// Takes an alarm: how often it rings.
    pub(crate) fn ring(&mut self, object: &Name, now: u64) -> u8 {
        self.armed.remove(object);
        let is_of = |whose: Whose| whose.class() == object.class;
        let doomed = self.fates.iter().position(|(whose, _)| is_of(*whose));
        match doomed.map(|index| self.fates.remove(index).1) {
            None | Some(Fate::Once | Fate::Early) => 1,
            Some(Fate::Twice) => 2,
            Some(Fate::Lost | Fate::Gone) => 0,
            Some(Fate::Late(minutes)) => {
                self.armed
                    .insert(object.clone(), now + u64::from(minutes) * 60_000);
                0
            }
        }
    }
}
