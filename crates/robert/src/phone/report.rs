//! The report: drafted, sent, and what becomes of the answer.

use decree::{Moment, article_2::Onset, article_3::Once};
use zeroize::Zeroizing;

use super::filter::Filter;
use super::history::Recorded;
use super::selection::{Selection, contacts};
use super::{Phone, Refusal};
use crate::Contact;

/// Report.
impl Phone {
    /// Shows what a report would hold, meeting by meeting, and changes nothing.
    ///
    /// # Errors
    /// [`Refusal::OnsetAhead`].
    pub fn select(&self, onset: Onset, now: Moment) -> Result<Selection, Refusal> {
        if let Onset::Known(onset) = onset
            && onset > now
        {
            return Err(Refusal::OnsetAhead);
        }
        Ok(Selection::of(
            self.history.kept(now),
            &Filter::PRODUCTION,
            onset,
            now,
        ))
    }

    /// Prepares a report: [what it holds](Phone::select) is settled here, shown to the person, and sent as it is by
    /// [`Phone::send`].
    ///
    /// # Errors
    /// [`Refusal::OnsetAhead`], [`Refusal::AnswerUnknown`].
    pub fn draft(&mut self, onset: Onset, now: Moment) -> Result<&Selection, Refusal> {
        self.tick(now);
        if let Reporting::AnswerUnknown(_) = self.reporting {
            return Err(Refusal::AnswerUnknown);
        }
        let selection = self.select(onset, now)?;
        self.reporting = Reporting::Drafted(selection);
        match &self.reporting {
            Reporting::Drafted(selection) => Ok(selection),
            _ => Err(Refusal::NoDraft),
        }
    }

    /// Drops the draft, if there is one.
    pub fn discard_draft(&mut self) {
        if let Reporting::Drafted(_) = self.reporting {
            self.reporting = Reporting::None;
        }
    }

    /// Sends the draft with the code, [filled up](Report::code) to one length. It carries no proof of account: the server
    /// is not told who reports. From here the answer is unknown, until [`Phone::accepted`] or [`Phone::refused`]; the
    /// phone keeps its account and goes on asking like any other.
    ///
    /// What a person typed or pasted is read first, by `wire::code::Code::parse`, and given here as that writes it: so
    /// they learn of a wrong character at once, and nothing of how they typed it leaves.
    ///
    /// # Errors
    /// [`Refusal::NoDraft`], [`Refusal::AnswerUnknown`]; [`Refusal::UnreadCode`], and the draft stays.
    pub fn send(&mut self, code: Once<String>, now: Moment) -> Result<Report<'_>, Refusal> {
        let typed = Zeroizing::new(code.process());
        let Some(code) = fill_up(&typed) else {
            return Err(Refusal::UnreadCode);
        };
        match core::mem::take(&mut self.reporting) {
            Reporting::Drafted(selection) => {
                let leaving = selection.leaving();
                self.reporting = Reporting::AnswerUnknown(Pending { code, leaving });
                self.retry(now)
            }
            other => {
                let refusal = match other {
                    Reporting::AnswerUnknown(_) => Refusal::AnswerUnknown,
                    _ => Refusal::NoDraft,
                };
                self.reporting = other;
                Err(refusal)
            }
        }
    }

    /// The same report again, byte for byte, so that the server can tell that it is the same: for ten minutes it then
    /// gives the same answer. Only HELLOs whose term has passed meanwhile are missing from it.
    ///
    /// # Errors
    /// [`Refusal::NothingSent`].
    pub fn retry(&mut self, now: Moment) -> Result<Report<'_>, Refusal> {
        self.tick(now);
        match &self.reporting {
            Reporting::AnswerUnknown(pending) => Ok(Report {
                code: &pending.code,
                contacts: contacts(&pending.leaving),
            }),
            _ => Err(Refusal::NothingSent),
        }
    }

    /// The server accepted the report: code and contacts are wiped.
    ///
    /// # Errors
    /// [`Refusal::NothingSent`].
    pub fn accepted(&mut self) -> Result<(), Refusal> {
        self.settle(Reporting::Accepted)
    }

    /// The server refused the code: code and contacts are wiped, and another report can be drafted.
    ///
    /// # Errors
    /// [`Refusal::NothingSent`].
    pub fn refused(&mut self) -> Result<(), Refusal> {
        self.settle(Reporting::Refused)
    }

    /// Where the report stands.
    pub fn report_state(&self) -> ReportState {
        match self.reporting {
            Reporting::None => ReportState::None,
            Reporting::Drafted(_) => ReportState::Drafted,
            Reporting::AnswerUnknown(_) => ReportState::AnswerUnknown,
            Reporting::Accepted => ReportState::Accepted,
            Reporting::Refused => ReportState::Refused,
        }
    }

    fn settle(&mut self, outcome: Reporting) -> Result<(), Refusal> {
        let Reporting::AnswerUnknown(_) = self.reporting else {
            return Err(Refusal::NothingSent);
        };
        self.reporting = outcome;
        Ok(())
    }
}

/// Bytes of a code as it leaves: those of the longest kind, a UUID.
pub const CODE_BYTES: usize = 36;

/// What leaves for the server when a person reports.
pub struct Report<'phone> {
    /// The one-time code, followed by blanks up to [`CODE_BYTES`]: the server ignores them, and the length of a report
    /// does not tell a doctor's code from a laboratory's or a decoy's.
    pub code: &'phone str,
    /// The contacts at risk (item 2-I-6).
    pub contacts: Vec<Contact>,
}

/// Where a phone's report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportState {
    /// There is none.
    None,
    /// Its owner is looking at what would leave.
    Drafted,
    /// Sent; no answer has come, so nobody knows whether the code is used up: the phone can send it again.
    AnswerUnknown,
    /// The server took it.
    Accepted,
    /// The server refused the code.
    Refused,
}

/// Where the report stands.
#[derive(Default)]
pub(super) enum Reporting {
    /// No report.
    #[default]
    None,
    /// Shown to the person, not sent.
    Drafted(Selection),
    /// Sent, and no answer has come: kept to be sent again, byte for byte.
    AnswerUnknown(Pending),
    /// The server took it.
    Accepted,
    /// The server refused it.
    Refused,
}

/// A report whose answer is unknown. The code is kept with it, and saved with it, for the retry alone.
pub(super) struct Pending {
    pub(super) code: Zeroizing<String>,
    pub(super) leaving: Vec<Recorded>,
}

/// The code with blanks behind it; nothing, if there is more than a code or anything but ASCII in it.
fn fill_up(typed: &str) -> Option<Zeroizing<String>> {
    // Room for all of it: no smaller copy stays behind.
    let mut code = Zeroizing::new(String::with_capacity(typed.len().max(CODE_BYTES)));
    code.extend(typed.split_whitespace());
    if code.len() > CODE_BYTES || !code.is_ascii() {
        return None;
    }
    while code.len() < CODE_BYTES {
        code.push(' ');
    }
    Some(code)
}

impl Reporting {
    /// Drops each HELLO past its term: from a report not yet answered too, since the law comes before the retry.
    pub(super) fn forget(&mut self, now: Moment) {
        match self {
            Self::Drafted(selection) => selection.forget(now),
            Self::AnswerUnknown(pending) => {
                pending.leaving.retain(|recorded| recorded.is_kept(now));
            }
            Self::None | Self::Accepted | Self::Refused => {}
        }
    }
}
