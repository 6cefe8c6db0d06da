//! What the model knows of one account: the contacts that accepted reports hold of it, and what came of them.

use decree::{Day, Moment};
use robert::risk::AppliedContact;

use super::risk::Verdict;
use crate::Finding;

/// An account.
pub(super) struct Account {
    pub(super) verdict: Verdict,
    /// The day of the newest meeting that the verdict tells of: it lasts as long as what is kept of that day.
    pub(super) met: Option<Day>,
    pub(super) last_answer: u32,
    /// When its phone was last given pseudonyms: at the last answer, or else when it registered.
    pub(super) supplied: Moment,
    pub(super) exposures: Vec<Exposure>,
}

/// One contact that accepted reports hold, of one account.
pub(super) struct Exposure {
    pub(super) contact: AppliedContact,
    /// In how many accepted reports that may still be under way.
    pub(super) under_way: u32,
    /// Whether the account has it.
    pub(super) live: bool,
    /// Whether the account had it at some moment since it was last accepted.
    pub(super) arrived: bool,
}

impl Account {
    /// The verdict is written; all contacts that it was judged on, if it was.
    pub(super) fn write(&mut self, verdict: Verdict, contacts: &[&AppliedContact]) {
        self.met = verdict.newest_meeting(self.met, contacts);
        self.verdict = verdict;
    }

    pub(super) fn accept(&mut self, contact: AppliedContact) {
        let known = self
            .exposures
            .iter_mut()
            .find(|known| known.contact == contact);
        if let Some(known) = known {
            known.under_way += 1;
            known.arrived = known.live;
        } else {
            self.exposures.push(Exposure {
                contact,
                under_way: 1,
                live: false,
                arrived: false,
            });
        }
    }

    /// Compares with the rows of this account, and says how many are new.
    pub(super) fn compare(&mut self, rows: &[&AppliedContact]) -> Result<u64, Finding> {
        let known = |row: &AppliedContact| self.exposures.iter().any(|known| known.contact == *row);
        if rows.iter().any(|row| !known(row)) {
            return Err(Finding::new(
                "somebody was exposed whom no accepted report names",
            ));
        }
        let mut came = 0;
        for exposure in &mut self.exposures {
            let times = rows.iter().filter(|row| ***row == exposure.contact).count();
            match (exposure.live, times) {
                (true, 0) => return Err(Finding::new("an exposure was lost")),
                (false, 1) if exposure.under_way > 0 => {
                    exposure.under_way -= 1;
                    (exposure.live, came) = (true, came + 1);
                }
                (false, 1) => return Err(Finding::new("a contact was applied again")),
                (_, 0 | 1) => {}
                _ => return Err(Finding::new("a contact counts twice")),
            }
            exposure.arrived |= exposure.live;
        }
        Ok(came)
    }
}
