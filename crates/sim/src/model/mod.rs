//! The plain model: who was reported, in which epochs and how closely; which codes are good; what is past its term.
//!
//! It knows nothing of sealing, deliveries, caches or transactions. It is told what was asked and done, and shown what
//! is stored; the rules of judging are those of `robert::risk`, whose own tests say that they are right.

mod account;

use core::fmt::Debug;
use std::collections::BTreeMap;

use decree::{Day, Moment};
use robert::auth::AuthRequest;
use robert::risk::{self, AppliedContact, Verdict};
use robert::{Epoch, Id};
use wire::Refusal;
use wire::code::Kind;

use self::account::Account;
use crate::Finding;
use crate::figures::Books;
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
    /// Decoys that are answered again, and until when.
    decoys: BTreeMap<Vec<u8>, Moment>,
    books: Books,
    /// Contacts that came to an account.
    pub(crate) arrived: u64,
}

enum Code {
    Good { kind: Kind, until: Moment },
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
        self.announced
            .is_some_and(|announced| now >= day.plus_days(announced.history_days).start())
    }

    pub(crate) fn register(&mut self, id: Id, now: Moment) -> Result<(), Finding> {
        self.books.today(now).registrations += 1;
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

    pub(crate) fn register_orphan(&mut self, now: Moment) {
        self.books.today(now).registrations += 1;
        self.orphans += 1;
    }

    pub(crate) fn has(&self, id: Id) -> bool {
        self.accounts.contains_key(&id)
    }

    pub(crate) fn unregister(&mut self, id: Id, now: Moment) {
        self.books.today(now).unregistrations += 1;
        self.accounts.remove(&id);
    }

    /// The verdict stays until its term; what stays of the account is written again.
    pub(crate) fn delete_history(&mut self, id: Id, now: Moment) {
        let account = self.accounts.get(&id);
        let verdict = account.and_then(|account| self.verdict(account, now));
        if let Some(account) = self.accounts.get_mut(&id) {
            account.verdict = verdict.unwrap_or_default().after_terms(now);
            account.written = now;
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
            let before = verdict.unwrap_or_default().after_terms(now);
            account.verdict = before.tell(now);
            account.written = now;
            let is_news = account.verdict.is_told() && !before.is_told();
            let today = self.books.today(now);
            today.status_checks += 1;
            today.notified += u32::from(is_news);
        }
    }

    /// A code was stored, whether or not its issuer was told.
    pub(crate) fn issue(&mut self, kind: Kind, now: Moment) {
        self.books.issue(kind, now);
    }

    pub(crate) fn hand_out(&mut self, code: &str, kind: Kind, until: Moment) {
        self.codes
            .insert(code.to_owned(), Code::Good { kind, until });
    }

    pub(crate) fn expect_decoy(&self, body: &[u8], now: Moment) -> Expected {
        match self.decoys.get(body) {
            Some(repeatable) if now < *repeatable => Expected::Repeated,
            _ => Expected::Accepted,
        }
    }

    /// The decoy is accepted: of all that is stored about people it changes nothing.
    pub(crate) fn accept_decoy(&mut self, body: &[u8], now: Moment) {
        self.decoys.insert(body.to_owned(), now + REPEATABLE);
        self.books.today(now).decoys += 1;
    }

    pub(crate) fn expect_report(&self, code: &str, body: &[u8], now: Moment) -> Expected {
        match self.codes.get(code) {
            Some(Code::Good { until, .. }) if now < *until => Expected::Accepted,
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
        if let Some(Code::Good { kind, .. }) = self.codes.insert(code.to_owned(), used) {
            self.books.accept(kind, now);
        }
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
        self.check_codes(seen, now)?;
        let mut books = core::mem::take(&mut self.books);
        let checked = books.check(seen, |day| self.is_forgotten(day, now));
        self.books = books;
        checked
    }

    /// A code that is good is there: else it could not be used, and would count as expired before its time.
    fn check_codes(&self, seen: &Seen, now: Moment) -> Result<(), Finding> {
        for kind in [Kind::Long, Kind::Short] {
            let good = |code: &&Code| matches!(code, Code::Good { kind: of, until } if *of == kind && now < *until);
            let good = self.codes.values().filter(good).count();
            let stored = seen.codes.iter();
            let stored = stored.filter(|code| code.kind == kind.name() && now < code.until);
            if stored.count() < good {
                return Err(Finding::new("a code that is good is gone"));
            }
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
