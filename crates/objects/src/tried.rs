//! Which challenges were tried: a derivation is made once in the life of each.
//!
//! An object remembers that in memory, for the ten minutes in which a challenge can be solved: what anybody may send
//! must not be stored. After a restart each challenge may cost one derivation more, within what a front spends on them in
//! all ([`service::work::Budget`]).

use core::time::Duration;
use std::collections::BTreeMap;

use decree::Moment;
use serde::{Deserialize, Serialize};
use service::Failure;
use wire::Refusal;

/// A challenge that somebody shows a solution of, before the work is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The challenge.
    pub challenge: [u8; 16],
    /// Until when it can be solved, in Unix seconds.
    pub until: u64,
    /// Whether the front can make a derivation now: otherwise the challenge is not marked as tried.
    pub is_tried: bool,
}

/// What is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known {
    /// Nothing: the derivation is to be made, this one time.
    Nothing,
    /// That its work is right.
    Right,
}

/// How often what is over is dropped.
const SWEEP: Duration = Duration::from_mins(1);

/// The challenges that were tried, each with what is known of it and until when that is remembered.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    all: BTreeMap<[u8; 16], (Known, Moment)>,
    swept: Option<Moment>,
}

impl Tried {
    /// Refuses a challenge that was tried and was not right, or is being tried. It is looked at before storage is.
    ///
    /// # Errors
    /// [`Refusal::WrongCaptcha`].
    pub(crate) fn check(&self, challenge: [u8; 16]) -> Result<(), Failure> {
        match self.all.get(&challenge) {
            Some((Known::Nothing, _)) => Err(Refusal::WrongCaptcha.into()),
            Some((Known::Right, _)) | None => Ok(()),
        }
    }

    /// What is known of a challenge that passed the check. It is marked as tried if it says so.
    pub(crate) fn look_up(&mut self, now: Moment, shown: &Shown) -> Known {
        let is_due = |swept: Moment| now.since(swept) >= SWEEP || swept > now;
        if self.swept.is_none_or(is_due) {
            self.swept = Some(now);
            self.all.retain(|_, (_, until)| *until > now);
        }
        if let Some((known, _)) = self.all.get(&shown.challenge) {
            return *known;
        }
        if shown.is_tried {
            let until = Moment::from_unix(shown.until);
            self.all.insert(shown.challenge, (Known::Nothing, until));
        }
        Known::Nothing
    }

    /// A front found that the work of this challenge is right.
    pub(crate) fn learn_right(&mut self, challenge: [u8; 16], until: u64) {
        let right = (Known::Right, Moment::from_unix(until));
        self.all.insert(challenge, right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: u64 = 1_600;

    fn look_up(
        tried: &mut Tried,
        now: u64,
        challenge: u8,
        is_tried: bool,
    ) -> Result<Known, Failure> {
        let shown = Shown {
            challenge: [challenge; 16],
            until: UNTIL,
            is_tried,
        };
        tried.check(shown.challenge)?;
        Ok(tried.look_up(Moment::from_unix(now), &shown))
    }

    #[test]
    fn a_derivation_is_made_once_in_the_life_of_a_challenge() {
        let tried = &mut Tried::default();
        let refused = Err(Refusal::WrongCaptcha.into());
        // A front that has no time for it now marks nothing.
        assert_eq!(look_up(tried, 1_000, 1, false), Ok(Known::Nothing));
        assert_eq!(look_up(tried, 1_000, 1, true), Ok(Known::Nothing));
        for now in 1_000..UNTIL {
            assert_eq!(look_up(tried, now, 1, true), refused, "{now}");
        }
        assert_eq!(look_up(tried, 1_000, 2, true), Ok(Known::Nothing));
        tried.learn_right([2; 16], UNTIL);
        assert_eq!(look_up(tried, 1_001, 2, true), Ok(Known::Right));
    }

    #[test]
    fn nothing_is_remembered_for_longer_than_a_challenge_can_be_solved() {
        let tried = &mut Tried::default();
        for challenge in 0..100 {
            look_up(tried, 1_000, challenge, true).unwrap();
        }
        assert_eq!(tried.all.len(), 100);
        look_up(tried, UNTIL, 200, false).unwrap();
        assert_eq!(tried.all.len(), 0);
    }
}
