//! Codes and stamps are kept for a report while its contacts are read, so that one code pays for one report at a time.
//!
//! An intake remembers that in memory, for half a minute: nothing of it is stored, and once it is forgotten the code is
//! as good as before.

use core::time::Duration;
use std::collections::BTreeMap;

use decree::Moment;
use service::intake::{self, MarkForm, Marks, Received, Shown, Token, Work};
use service::{Failure, Place};
use wire::Refusal;

use super::Intake;
use crate::Port;

/// Longer than it takes to read the contacts of a report and to seal them.
const KEPT: Duration = Duration::from_secs(30);
/// How long another body waits: less than its front does for this intake.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often it looks.
const LOOKS_AGAIN: Duration = Duration::from_millis(200);

/// Codes, each with the body that it was shown with and until when it is kept for that.
#[derive(Debug, Default)]
pub(super) struct Reserved(BTreeMap<[u8; 32], ([u8; 32], Moment)>);

impl Reserved {
    /// Keeps a code for this body, unless it is kept for another.
    fn keep(&mut self, of: &Marks, now: Moment) -> bool {
        // What was kept by a clock that was ahead is over.
        self.0
            .retain(|_, (_, until)| now < *until && *until <= now + KEPT);
        let (body, _) = self.0.entry(of.code).or_insert((of.body, now + KEPT));
        *body == of.body
    }

    /// The report that a code was kept for has been taken, or refused.
    pub(super) fn give_back(&mut self, of: &Marks) {
        if self
            .0
            .get(&of.code)
            .is_some_and(|(body, _)| *body == of.body)
        {
            self.0.remove(&of.code);
        }
    }
}

impl<P: Port> Intake<P> {
    /// [Looks](Intake::reserve) whether the report would be taken, and arms the alarm where something may have been written: that
    /// a short code was wrong, and nothing else. Arming costs more than looking: anybody can ask for this at any length, and a
    /// right code must take no longer than a stamp.
    ///
    /// # Errors
    /// As [`Intake::reserve`].
    pub(super) async fn look_at(
        &self,
        place: Place,
        now: Moment,
        shown: &Shown,
        form: MarkForm,
    ) -> Result<Received, Failure> {
        let kept = self.reserve(place, now, shown, form).await;
        match (shown.token, kept) {
            (Token::Short, Err(failure)) => self.then_arm(place, Err(failure)).await,
            (_, kept) => kept,
        }
    }

    /// Looks whether the report would be taken, and keeps its code for it. While the code is kept for another body it
    /// waits until that is taken, and this one refused; or that is not taken, and this one may be.
    ///
    /// Only who knows a code can keep it, or who did the work of a stamp, so what is kept is never more than was handed out
    /// or paid for. A demo realm's decoy without a stamp makes its code with its report.
    ///
    /// # Errors
    /// [`Refusal::UnknownCode`]; [`Refusal::Unavailable`] when the other body takes too long, or too much waits here;
    /// [`Refusal::NoMoreToday`]; a [`Failure`].
    async fn reserve(
        &self,
        place: Place,
        now: Moment,
        shown: &Shown,
        form: MarkForm,
    ) -> Result<Received, Failure> {
        if let Some(Work { challenge, until }) = shown.work {
            // It need not be checked again.
            self.tried.borrow_mut().learn_right(challenge, until);
        }
        let begun = self.port.now();
        let ceiling = self.port.settings()?.reports_a_day;
        while self.port.now().since(begun) < PATIENCE {
            let received = intake::look_at(self.port.sql(), &place, now, ceiling, (shown, form))?;
            let is_told = matches!(received, Received::WorkNeeded | Received::Former);
            if is_told || shown.token == Token::Decoy {
                return Ok(received);
            }
            let mine = &shown.marks.newest;
            if self.reserved.borrow_mut().keep(mine, self.port.now()) {
                return Ok(received);
            }
            self.port.wait(LOOKS_AGAIN).await;
        }
        Err(Refusal::Unavailable.into())
    }
}
