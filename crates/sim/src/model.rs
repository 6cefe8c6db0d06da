//! The plain model: who was reported, in which epochs and how closely; which codes are good; what is past its term.
//!
//! It knows nothing of sealing, deliveries, caches or transactions. It is told what was asked and done, and shown what
//! is stored; the rules of judging are those of `robert::risk`, whose own tests say that they are right.

use core::fmt::Debug;
use std::collections::BTreeMap;

use decree::{Day, Moment};
use robert::auth::AuthRequest;
use robert::risk::{self, AppliedContact, Verdict};
use robert::{Epoch, Id};
use wire::Refusal;

use crate::Finding;
use crate::shell::{Seen, SeenVerdict};

/// The parameters that the server announces, as far as the model needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    /// Epochs between two answers to one account.
    pub(crate) gap: u32,
    /// Days for which an exposure is kept.
    pub(crate) history_days: u32,
}

/// All that must be true.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) announced: Option<Announced>,
    accounts: BTreeMap<Id, Account>,
    /// Accounts whose phone never learnt that it has one.
    orphans: usize,
    codes: BTreeMap<String, Code>,
    /// Contacts that came to an account.
    pub(crate) arrived: u64,
}

struct Account {
    verdict: Verdict,
    /// When the verdict was last written: it lasts as long as what is kept of that day.
    written: Moment,
    last_answer: u32,
    exposures: Vec<Exposure>,
}

/// One contact that accepted reports hold, of one account.
struct Exposure {
    contact: AppliedContact,
    /// In how many accepted reports that may still be under way.
    under_way: u32,
    /// Whether the account has it.
    live: bool,
    /// Whether the account had it at some moment since it was last accepted.
    arrived: bool,
}

enum Code {
    Good { until: Moment },
    Used { body: Vec<u8>, repeatable: Moment },
}

/// What a report must bring about.
pub(crate) enum Expected {
    /// It is accepted.
    Accepted,
    /// It is answered again, and changes nothing.
    Repeated,
    /// It is refused.
    Refused(Refusal),
}

impl Model {
    /// Whether what is kept of this day must be gone.
    pub(crate) fn is_forgotten(&self, day: Day, now: Moment) -> bool {
        let days = self.announced.map_or(0, |announced| announced.history_days);
        now >= day.plus_days(days).start()
    }

    pub(crate) fn register(&mut self, id: Id, now: Moment) -> Result<(), Finding> {
        let account = Account {
            verdict: Verdict::default(),
            written: now,
            last_answer: 0,
            exposures: Vec::new(),
        };
        match self.accounts.insert(id, account) {
            None => Ok(()),
            Some(_) => Err(Finding::new("an identity was drawn twice")),
        }
    }

    pub(crate) const fn register_orphan(&mut self) {
        self.orphans += 1;
    }

    pub(crate) fn has(&self, id: Id) -> bool {
        self.accounts.contains_key(&id)
    }

    pub(crate) fn unregister(&mut self, id: Id) {
        self.accounts.remove(&id);
    }

    pub(crate) fn delete_history(&mut self, id: Id) {
        if let Some(account) = self.accounts.get_mut(&id) {
            account
                .exposures
                .iter_mut()
                .for_each(|exposure| exposure.live = false);
            account.exposures.retain(|exposure| exposure.under_way > 0);
        }
    }

    /// Whether a request whose sender is this account must be let through.
    pub(crate) fn admits(&self, id: Id, request: &AuthRequest, now: Moment) -> Result<(), Refusal> {
        let day = Epoch::new(request.epoch).map(Epoch::day);
        if day.is_none_or(|day| self.is_forgotten(day, now)) || !self.has(id) {
            Err(Refusal::UnknownIdentity)
        } else if request.is_timely(now) {
            Ok(())
        } else {
            Err(Refusal::Unauthenticated)
        }
    }

    /// What a status request must be told: at risk or not.
    pub(crate) fn expect_status(
        &self,
        id: Id,
        request: &AuthRequest,
        now: Moment,
    ) -> Result<bool, Refusal> {
        self.admits(id, request, now)?;
        let account = self.accounts.get(&id).ok_or(Refusal::UnknownIdentity)?;
        let gap = self.announced.map_or(0, |announced| announced.gap);
        if epoch(now).saturating_sub(account.last_answer) < gap {
            return Err(Refusal::Unauthenticated);
        }
        Ok(self
            .verdict(account, now)
            .is_some_and(|verdict| verdict.is_at_risk(now)))
    }

    pub(crate) fn answered(&mut self, id: Id, now: Moment) {
        let verdict = self
            .accounts
            .get(&id)
            .and_then(|account| self.verdict(account, now));
        if let Some(account) = self.accounts.get_mut(&id) {
            account.last_answer = epoch(now);
            account.verdict = verdict.unwrap_or_default().after_terms(now).tell(now);
            account.written = now;
        }
    }

    pub(crate) fn hand_out(&mut self, code: &str, until: Moment) {
        self.codes.insert(code.to_owned(), Code::Good { until });
    }

    pub(crate) fn expect_report(&self, code: &str, body: &[u8], now: Moment) -> Expected {
        match self.codes.get(code) {
            Some(Code::Good { until }) if now < *until => Expected::Accepted,
            Some(Code::Used {
                body: used_with,
                repeatable,
            }) if used_with == body && now < *repeatable => Expected::Repeated,
            _ => Expected::Refused(Refusal::UnknownCode),
        }
    }

    /// The report is accepted: these are all whom it names.
    pub(crate) fn accept(
        &mut self,
        code: &str,
        body: &[u8],
        contacts: Vec<(Id, AppliedContact)>,
        now: Moment,
    ) {
        let used = Code::Used {
            body: body.to_owned(),
            repeatable: now + REPEATABLE,
        };
        self.codes.insert(code.to_owned(), used);
        for (id, contact) in contacts {
            if self.is_forgotten(contact.epoch.day(), now) {
                continue;
            }
            if let Some(account) = self.accounts.get_mut(&id) {
                account.accept(contact);
            }
        }
    }

    /// Compares with what is stored, after something was done with this time.
    pub(crate) fn observe(
        &mut self,
        with: Moment,
        now: Moment,
        seen: &Seen,
    ) -> Result<(), Finding> {
        self.check_accounts(seen)?;
        for row in &seen.exposures {
            let forgotten = self.is_forgotten(row.day, now);
            match &row.opened {
                Some(_) if forgotten => {
                    return Err(Finding::new("an exposure of a forgotten day opens"));
                }
                None if !forgotten => {
                    return Err(Finding::new(
                        "an exposure of a living day belongs to no account",
                    ));
                }
                Some((_, contact)) if contact.epoch.day() != row.day => {
                    return Err(Finding::new(
                        "an exposure is kept in the name of another day",
                    ));
                }
                _ => {}
            }
        }
        let ids: Vec<_> = self.accounts.keys().copied().collect();
        for id in ids {
            self.observe_account(id, with, now, seen)?;
        }
        if !seen.owed.iter().any(|owed| owed.is_contact) {
            self.check_arrivals(now)?;
        }
        Ok(())
    }

    fn check_accounts(&self, seen: &Seen) -> Result<(), Finding> {
        let strangers = seen
            .accounts
            .iter()
            .filter(|(id, ..)| !self.has(*id))
            .count();
        let missing = self.accounts.keys();
        let missing = missing.filter(|id| seen.accounts.iter().all(|(other, ..)| other != *id));
        match (strangers.cmp(&self.orphans), missing.count()) {
            (core::cmp::Ordering::Equal, 0) => Ok(()),
            _ => Err(Finding::new("accounts are missing, or some are left over")),
        }
    }

    fn observe_account(
        &mut self,
        id: Id,
        with: Moment,
        now: Moment,
        seen: &Seen,
    ) -> Result<(), Finding> {
        let rows = seen.exposures.iter().filter_map(|row| row.opened.as_ref());
        let rows: Vec<_> = rows
            .filter(|(of, _)| *of == id)
            .map(|(_, contact)| contact)
            .collect();
        let days = self.announced.map_or(0, |announced| announced.history_days);
        let forgotten = |day: Day, at: Moment| at >= day.plus_days(days).start();
        let Some(account) = self.accounts.get_mut(&id) else {
            return Ok(());
        };
        account
            .exposures
            .retain(|exposure| !forgotten(exposure.contact.epoch.day(), now));
        let came = account.compare(&rows)?;
        self.arrived += came;
        if came > 0 {
            let live = account.exposures.iter().filter(|exposure| exposure.live);
            let live: Vec<_> = live.map(|exposure| exposure.contact.clone()).collect();
            let before = if forgotten(account.written.day(), with) {
                Verdict::default()
            } else {
                account.verdict
            };
            account.verdict = risk::judge(&before, &risk::expose(&live), with);
            account.written = with;
        }
        let stored = seen.accounts.iter().find(|(of, ..)| *of == id);
        let stored = stored.and_then(|(.., verdict)| verdict.as_ref());
        let expected = self
            .accounts
            .get(&id)
            .and_then(|account| self.verdict(account, now));
        same(
            "verdict",
            stored,
            expected.map(|verdict| show(&verdict, now)).as_ref(),
        )
    }

    /// Nothing is under way any more: what was accepted must have arrived.
    fn check_arrivals(&mut self, now: Moment) -> Result<(), Finding> {
        let days = self.announced.map_or(0, |announced| announced.history_days);
        for account in self.accounts.values_mut() {
            for exposure in &mut account.exposures {
                let forgotten = now >= exposure.contact.epoch.day().plus_days(days).start();
                if exposure.under_way > 0 && !exposure.arrived && !forgotten {
                    return Err(Finding::new("an accepted contact never arrived"));
                }
                exposure.under_way = 0;
            }
            account.exposures.retain(|exposure| exposure.live);
        }
        Ok(())
    }

    /// The verdict, unless the day on which it was written is forgotten.
    fn verdict(&self, account: &Account, now: Moment) -> Option<Verdict> {
        let forgotten = self.is_forgotten(account.written.day(), now);
        (!forgotten).then_some(account.verdict)
    }
}

impl Account {
    fn accept(&mut self, contact: AppliedContact) {
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
    fn compare(&mut self, rows: &[&AppliedContact]) -> Result<u64, Finding> {
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

fn show(verdict: &Verdict, now: Moment) -> SeenVerdict {
    SeenVerdict {
        exposed: verdict.exposed_day(),
        latest: verdict.latest_risk_epoch().map(Epoch::number),
        told: verdict.is_told(),
        at_risk: verdict.is_at_risk(now),
    }
}

/// Nothing, if both are the same.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, is: T, expected: T) -> Result<(), Finding> {
    if is == expected {
        Ok(())
    } else {
        Err(Finding(format!("{what}: {is:?}, and not {expected:?}")))
    }
}

fn epoch(now: Moment) -> u32 {
    Epoch::at(now).map_or(0, Epoch::number)
}

/// For how long a report is answered again.
const REPEATABLE: core::time::Duration = core::time::Duration::from_mins(10);
