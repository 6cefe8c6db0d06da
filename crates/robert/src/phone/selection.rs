//! What a report would hold: which contacts leave, and why the others do not.

use std::collections::BTreeMap;

use decree::{
    Moment,
    article_2::{Onset, Window, transfer_window},
};

use super::filter::{Decision, Filter, Judgement, Sample};
use super::history::Recorded;
use crate::{Contact, Ebid, Ecc, HeardHello, Ntp};

/// Most contacts that a phone puts into a report.
pub const MOST_CONTACTS: usize = 16_000;
/// Most HELLOs of one contact.
pub const MOST_HELLOS_OF_CONTACT: usize = 1_000;
/// Most HELLOs in a report.
pub const MOST_HELLOS: usize = 40_000;
/// Most bytes of a report's JSON body, its one-time code apart.
pub const MOST_BYTES: usize = 4 * 1024 * 1024 - 1024;

/// Longest JSON of a contact without HELLOs, and of a HELLO, each with the comma before it.
const CONTACT_BYTES: usize = 48;
const HELLO_BYTES: usize = 105;

/// What a report would hold, pseudonym by pseudonym: shown to the person before anything is sent.
#[derive(Clone, Debug)]
pub struct Selection {
    /// What the law lets the report cover.
    pub window: Window,
    /// Every pseudonym in the history, whether it leaves or not.
    pub meetings: Vec<Meeting>,
}

/// One pseudonym heard, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The encrypted country code that came with it.
    pub ecc: Ecc,
    /// The pseudonym.
    pub ebid: Ebid,
    /// First and last moment at which it was heard.
    pub span: (Moment, Moment),
    /// How many of its HELLOs lie outside the window: these never leave.
    pub outside: usize,
    /// What the filter found about the others; `None` if there are none.
    pub judgement: Option<Judgement>,
    /// What leaves: the HELLOs inside the window, clipped; empty if rejected.
    leaving: Vec<Recorded>,
}

impl Meeting {
    /// Whether it leaves the phone, and if not, why.
    pub fn fate(&self) -> Fate {
        match self.judgement.as_ref().map(|judgement| judgement.decision) {
            None => Fate::OutsideWindow,
            Some(Decision::TooShort) => Fate::TooShort,
            Some(Decision::RiskTooLow) => Fate::RiskTooLow,
            Some(Decision::Kept) => Fate::Leaves,
        }
    }

    /// How many of its HELLOs leave.
    pub fn leaving(&self) -> usize {
        self.leaving.len()
    }
}

/// What becomes of a pseudonym heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in the report.
    Leaves,
    /// It was heard only outside the window of Article 2, I 6°.
    OutsideWindow,
    /// It was heard for too short a time.
    TooShort,
    /// It was heard from too far away.
    RiskTooLow,
}

impl Selection {
    /// Judges a history at `now`.
    pub(super) fn of<'a>(
        history: impl Iterator<Item = &'a Recorded>,
        filter: &Filter,
        onset: Onset,
        now: Moment,
    ) -> Self {
        let window = transfer_window(onset, now);
        let meetings = by_pseudonym(history.copied())
            .into_iter()
            .filter_map(|of_one| meeting(of_one, filter, window))
            .collect();
        Self { window, meetings }
    }

    pub(super) fn forget(&mut self, now: Moment) {
        for meeting in &mut self.meetings {
            meeting.leaving.retain(|recorded| recorded.is_kept(now));
        }
    }

    /// The HELLOs that leave, within the bounds that the server sets on a report.
    pub(super) fn leaving(self) -> Vec<Recorded> {
        let mut leaving: Vec<_> = self
            .meetings
            .into_iter()
            .filter(|meeting| !meeting.leaving.is_empty())
            .map(|meeting| {
                (
                    meeting.judgement.and_then(|found| found.risk),
                    meeting.leaving,
                )
            })
            .collect();
        if leaving.len() > MOST_CONTACTS {
            leaving.sort_by(|(one, _), (other, _)| {
                let risk = |risk: &Option<f64>| risk.unwrap_or(0.0);
                risk(other).total_cmp(&risk(one))
            });
            leaving.truncate(MOST_CONTACTS);
        }
        let budget = MOST_BYTES.saturating_sub(leaving.len() * CONTACT_BYTES) / HELLO_BYTES;
        let budget = budget.min(MOST_HELLOS);
        // Each contact gives up HELLOs only above a common number, the greatest that fits; two always fit.
        let most = (2..=MOST_HELLOS_OF_CONTACT).rev().find(|most| {
            leaving
                .iter()
                .map(|(_, hellos)| hellos.len().min(*most))
                .sum::<usize>()
                <= budget
        });
        leaving
            .into_iter()
            .flat_map(|(_, hellos)| spread(hellos, most.unwrap_or(2)))
            .collect()
    }
}

/// The contacts of a report: one for each pseudonym, its HELLOs in order of time.
///
/// Contacts are in order of pseudonym, which is random, so their order tells nothing of who was met first.
pub(super) fn contacts(leaving: &[Recorded]) -> Vec<Contact> {
    by_pseudonym(leaving.iter().copied())
        .into_iter()
        .filter_map(|of_one| {
            let Recorded { hello, .. } = *of_one.first()?;
            let hellos = of_one
                .iter()
                .map(|Recorded { at, hello, rssi }| HeardHello::new(hello, Ntp::from(*at), *rssi))
                .collect();
            Some(Contact {
                ebid: hello.ebid,
                ecc: hello.ecc,
                hellos,
            })
        })
        .collect()
}

/// HELLOs grouped by pseudonym, each group in order of time.
fn by_pseudonym(recorded: impl Iterator<Item = Recorded>) -> Vec<Vec<Recorded>> {
    let mut groups = BTreeMap::<_, Vec<Recorded>>::new();
    for one in recorded {
        let group = groups
            .entry((one.hello.ebid.0, one.hello.ecc.0))
            .or_default();
        // A history is recorded in order of time, so this is nearly always the end.
        let place = group.partition_point(|earlier| earlier.at <= one.at);
        group.insert(place, one);
    }
    groups.into_values().collect()
}

fn meeting(of_one: Vec<Recorded>, filter: &Filter, window: Window) -> Option<Meeting> {
    let (first, last) = (of_one.first()?, of_one.last()?);
    let (hello, span) = (first.hello, (first.at, last.at));
    let all = of_one.len();
    let mut leaving: Vec<_> = of_one
        .into_iter()
        .filter(|recorded| window.contains(recorded.at))
        .collect();
    let outside = all - leaving.len();
    let judgement = (!leaving.is_empty()).then(|| {
        let sample = |recorded: &Recorded| Sample {
            at: recorded.at,
            rssi: recorded.rssi,
        };
        filter.judge(leaving.iter().map(sample).collect())
    });
    match &judgement {
        Some(judgement) if judgement.decision == Decision::Kept => {
            for (recorded, clipped) in leaving.iter_mut().zip(&judgement.samples) {
                recorded.rssi = clipped.rssi;
            }
        }
        _ => leaving.clear(),
    }
    Some(Meeting {
        ecc: hello.ecc,
        ebid: hello.ebid,
        span,
        outside,
        judgement,
        leaving,
    })
}

/// At most `most` of them, evenly spread, the first and the last included.
fn spread(hellos: Vec<Recorded>, most: usize) -> Vec<Recorded> {
    let all = hellos.len();
    if all <= most {
        return hellos;
    }
    let gaps = most.saturating_sub(1).max(1);
    (0..most)
        .filter_map(|i| hellos.get(i * (all - 1) / gaps).copied())
        .collect()
}
