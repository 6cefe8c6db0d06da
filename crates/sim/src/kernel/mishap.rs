//! What befalls letters.

use objects::calls::registry_calls::ApplyAll;
use objects::calls::safe_calls::{Discard, Empty};
use objects::{Call, ClassName};

use super::task::{Doom, Letter, Name};

/// The safes of intakes have this in their names: "intake transit", in hexadecimal.
const TRANSIT: &str = "696e74616b65207472616e736974";

/// Which letter something befalls: the next of this kind that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Deliveries of an intake.
    Delivery,
    /// Deliveries of an intake in whose last pass nothing failed.
    Renewed,
    /// Any other letter to a registry.
    Registry,
    /// A letter to an intake.
    Intake,
    /// A letter to a vault.
    Vault,
    /// Any other letter to the safe of a group.
    Safe,
    /// A letter that empties the safe of a group.
    Emptying,
    /// A letter to the safe of what waits in an intake.
    Transit,
}

impl Aim {
    /// Which kind of letter this is.
    pub(super) fn at(to: &Name, letter: &Letter) -> Option<Self> {
        match to.class {
            ClassName::Registry if letter.head.number == ApplyAll::NUMBER => Some(Self::Delivery),
            ClassName::Registry => Some(Self::Registry),
            ClassName::Intake => Some(Self::Intake),
            ClassName::Vault => Some(Self::Vault),
            ClassName::Safe if to.name.contains(TRANSIT) => Some(Self::Transit),
            ClassName::Safe if [Empty::NUMBER, Discard::NUMBER].contains(&letter.head.number) => {
                Some(Self::Emptying)
            }
            ClassName::Safe => Some(Self::Safe),
            _ => None,
        }
    }
}

/// What befalls one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It never arrives, and its sender is told at once that there is no answer.
    Unreached,
    /// It never arrives, and its sender is told nothing.
    Silence,
    /// What it asks for is done, and the answer is lost.
    AnswerLost,
    /// It arrives so many seconds later: past its sender's patience, mostly.
    Late(u8),
    /// Its answer arrives so many seconds later.
    SlowAnswer(u8),
    /// The storage of its object fails: the object refuses it.
    Refused,
    /// Its object lets it go after it went on so often.
    Dropped(u8),
    /// Its object is killed after it went on so often, with all that the object had under way.
    Killed(u8),
    /// What it asks for is done; whoever asked is killed meanwhile.
    CutShort,
}

impl Mishap {
    /// After how many milliseconds it arrives, if it ever does.
    pub(super) const fn delay(self) -> Option<u64> {
        match self {
            Self::Unreached | Self::Silence => None,
            Self::Late(seconds) => Some(seconds as u64 * 1_000),
            _ => Some(0),
        }
    }

    /// What befalls the task that answers it.
    pub(super) const fn doom(self) -> Option<Doom> {
        match self {
            Self::Unreached | Self::Silence | Self::Late(_) => None,
            Self::AnswerLost => Some(Doom::AnswerLost),
            Self::SlowAnswer(seconds) => Some(Doom::SlowAnswer(seconds as u64 * 1_000)),
            Self::Refused => Some(Doom::Refused),
            Self::Dropped(turns) => Some(Doom::Dropped(turns)),
            Self::Killed(turns) => Some(Doom::Killed(turns)),
            Self::CutShort => Some(Doom::CutShort),
        }
    }
}
