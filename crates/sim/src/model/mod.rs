//! The plain model: who was reported, in which epochs and how closely; which codes are good; what is past its term.
//!
//! It knows nothing of sealing, deliveries, caches or transactions. It is told what was asked and done, and shown what
//! is stored. Its rules and figures are its own (`risk`, `crate::parameters`): where the service's differ, one is wrong.

mod account;
mod order;
mod risk;

use core::fmt::Debug;
use std::collections::{BTreeMap, BTreeSet};

use decree::{Day, Moment};
use robert::auth::AuthRequest;
use robert::risk::AppliedContact;
use robert::{Epoch, Id, stamp};
use wire::Refusal;
use wire::api::OpenedReport;
use wire::code::Kind;

use self::account::{Account, Exposure};
use self::order::judge_newcomers;
use self::risk::{Verdict, epoch_of};
use crate::Finding;
use crate::figures::Books;
use crate::parameters::{BUNDLE_DAYS, GAP_EPOCHS, GUESSES, HISTORY_DAYS, REQUEST_TOLERANCE};
use crate::people::PRICE;
use crate::shell::Seen;

/// All that must be true.
#[derive(Default)]
pub(crate) struct Model {
    accounts: BTreeMap<Id, Account>,
    /// Accounts whose phone did not learn, or not yet, that it has one, and when each was opened.
    orphans: BTreeMap<Id, Moment>,
    /// Whether the whole processing is over: accounts are closed, and what they were exposed to opens no more.
    pub(crate) is_over: bool,
    codes: BTreeMap<String, Code>,
    /// Decoys that were accepted, and until when each is answered again.
    decoys: BTreeMap<Vec<u8>, Moment>,
    /// Contacts of accepted reports: as many may travel to a registry.
    reported: usize,
    /// The minutes in which wrong short codes came, by intake.
    guesses: BTreeMap<u16, Vec<u64>>,
    books: Books,
    /// Contacts that came to an account.
    pub(crate) arrived: u64,
    /// How often somebody came to the threshold when it was too late for an alert.
    pub(crate) too_old: u64,
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
    /// A proof of work is asked for, and nothing is tried.
    WorkNeeded,
    /// It is refused.
    Refused(Refusal),
}

impl Model {
    /// Whether what is kept of this day must be gone.
    pub(crate) fn is_forgotten(day: Day, now: Moment) -> bool {
        now >= day.plus_days(HISTORY_DAYS).start()
    }

    /// An account was opened; its phone may learn of it.
    pub(crate) fn open_account(&mut self, id: Id, now: Moment) -> Result<(), Finding> {
        self.books.today(now).registrations += 1;
        if self.accounts.contains_key(&id) || self.orphans.insert(id, now).is_some() {
            return Err(Finding::new("an identity was drawn twice"));
        }
        Ok(())
    }

    /// It was taken back, and counts no more.
    pub(crate) fn withdraw(&mut self, id: Id, now: Moment) {
        let today = self.books.today(now);
        today.registrations = today.registrations.saturating_sub(1);
        self.orphans.remove(&id);
    }

    /// Whether this account is there, and its phone has not learnt of it.
    pub(crate) fn has_opened(&self, id: Id) -> bool {
        self.orphans.contains_key(&id)
    }

    /// Its phone has learnt of it.
    pub(crate) fn adopt(&mut self, id: Id) -> Result<(), Finding> {
        let opened = self.orphans.remove(&id);
        let opened =
            opened.ok_or_else(|| Finding::new("a phone has an account that was not opened"))?;
        let account = Account {
            verdict: Verdict::default(),
            met: None,
            last_answer: 0,
            supplied: opened,
            exposures: Vec::new(),
        };
        self.accounts.insert(id, account);
        Ok(())
    }

    /// When nobody can reach this account any more: the key of the last day of which its phone has pseudonyms is gone.
    fn unreachable_from(&self, id: Id) -> Option<Moment> {
        let supplied = self.accounts.get(&id).map(|account| account.supplied);
        let supplied = supplied.or_else(|| self.orphans.get(&id).copied())?;
        let last = supplied.day().plus_days(BUNDLE_DAYS - 1);
        Some(last.plus_days(HISTORY_DAYS).start())
    }

    /// Whether this account may be forgotten: nobody can reach it any more.
    pub(crate) fn is_unreachable(&self, id: Id, now: Moment) -> bool {
        let from = self.unreachable_from(id);
        from.is_some_and(|from| now >= from)
    }

    /// Whether an account is left that nobody could reach at this moment any more.
    pub(crate) fn keeps_unreachable(&self, at: Moment) -> bool {
        let mut all = self.accounts.keys().chain(self.orphans.keys());
        all.any(|id| self.is_unreachable(*id, at))
    }

    /// The whole processing is over, or nobody can reach this account any more: it counts as nothing.
    pub(crate) fn close(&mut self, id: Id) {
        self.accounts.remove(&id);
        self.orphans.remove(&id);
    }

    /// How many accounts there are.
    pub(crate) fn count_accounts(&self) -> usize {
        self.accounts.len() + self.orphans.len()
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
        let verdict = account.and_then(|account| verdict(account, now));
        if let Some(account) = self.accounts.get_mut(&id) {
            account.write(verdict.unwrap_or_default().after_terms(now), &[]);
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
        // In seconds since 1900, as phones count them.
        let (sent, is) = (
            u64::from(request.time.seconds()),
            now.unix() + 2_208_988_800,
        );
        if day.is_none_or(|day| Self::is_forgotten(day, now)) || !self.has(id) {
            Err(Refusal::UnknownIdentity)
        } else if sent.abs_diff(is) <= REQUEST_TOLERANCE {
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
        if epoch_of(now).saturating_sub(account.last_answer) < GAP_EPOCHS {
            return Err(Refusal::Unauthenticated);
        }
        Ok(verdict(account, now).is_some_and(|verdict| verdict.is_at_risk(now)))
    }

    pub(crate) fn answered(&mut self, id: Id, now: Moment) {
        if let Some(account) = self.accounts.get_mut(&id) {
            account.last_answer = epoch_of(now);
            account.supplied = now;
            let before = verdict(account, now).unwrap_or_default().after_terms(now);
            account.write(before.tell(now), &[]);
            let is_news = account.verdict.told && !before.told;
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

    /// What a decoy must get: its stamp is taken once, from six hours before its day to six hours after it.
    pub(crate) fn expect_decoy(&self, body: &[u8], now: Moment) -> Expected {
        match self.decoys.get(body) {
            Some(repeatable) if now < *repeatable => Expected::Repeated,
            None if is_stamped(body, now) => Expected::Accepted,
            _ => Expected::Refused(Refusal::UnknownCode),
        }
    }

    /// The decoy is accepted: of all that is stored about people it changes nothing.
    pub(crate) fn accept_decoy(&mut self, body: &[u8], now: Moment) {
        self.decoys.insert(body.to_owned(), now + REPEATABLE);
        self.books.today(now).decoys += 1;
    }

    /// What a report with this code must get; a short one at this intake.
    pub(crate) fn expect_report(
        &self,
        code: &str,
        short_at: Option<u16>,
        body: &[u8],
        now: Moment,
    ) -> Expected {
        match self.codes.get(code) {
            Some(Code::Used {
                body: used_with,
                repeatable,
            }) if used_with == body && now < *repeatable => Expected::Repeated,
            _ if short_at.is_some_and(|intake| self.is_guessed_at(intake, now)) => {
                Expected::WorkNeeded
            }
            Some(Code::Good { until, .. }) if now < *until => Expected::Accepted,
            _ => Expected::Refused(Refusal::UnknownCode),
        }
    }

    /// Whether the hour that ends with this minute saw as many wrong short codes as an intake takes.
    fn is_guessed_at(&self, intake: u16, now: Moment) -> bool {
        let minutes = self.guesses.get(&intake).into_iter().flatten();
        let lately = minutes.filter(|minute| now.unix() / 60 < **minute + 60);
        lately.count() >= GUESSES
    }

    /// A wrong short code was tried there.
    pub(crate) fn guess(&mut self, intake: u16, now: Moment) {
        self.guesses
            .entry(intake)
            .or_default()
            .push(now.unix() / 60);
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
        self.reported += contacts.len();
        if let Some(Code::Good { kind, .. }) = self.codes.insert(code.to_owned(), used) {
            self.books.accept(kind, now);
        }
        for (id, contact) in contacts {
            if Self::is_forgotten(contact.epoch.day(), now) {
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
            let forgotten = Self::is_forgotten(row.day, now);
            match &row.opened {
                Some(_) if forgotten => {
                    return Err(Finding::new("an exposure of a forgotten day opens"));
                }
                None if !forgotten && !self.is_over => {
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
        if seen.travelled > self.reported {
            return Err(Finding::new("a decoy's contact travelled to a registry"));
        }
        self.check_codes(seen, now)?;
        self.books.check(seen, |day| Self::is_forgotten(day, now))
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
        let stored: BTreeSet<_> = seen.accounts.iter().map(|(id, ..)| id).collect();
        let known = self.accounts.keys().chain(self.orphans.keys());
        if stored == known.collect() {
            Ok(())
        } else {
            Err(Finding::new("accounts are missing, or some are left over"))
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
        let Some(account) = self.accounts.get_mut(&id) else {
            return Ok(());
        };
        account
            .exposures
            .retain(|exposure| !Self::is_forgotten(exposure.contact.epoch.day(), now));
        let had: Vec<_> = account
            .exposures
            .iter()
            .map(|exposure| exposure.live)
            .collect();
        let came = account.compare(&rows)?;
        self.arrived += came;
        if came > 0 {
            let live = account.exposures.iter().zip(had);
            let live = live.filter(|(exposure, _)| exposure.live);
            let (known, newcomers): (Vec<_>, Vec<_>) = live.partition(|(_, had)| *had);
            let contacts = |of: &[(&'_ Exposure, bool)]| -> Vec<_> {
                of.iter()
                    .map(|(exposure, _)| exposure.contact.clone())
                    .collect()
            };
            let (known, newcomers) = (contacts(&known), contacts(&newcomers));
            let before = verdict(account, with).unwrap_or_default();
            let (verdict, too_old) = judge_newcomers(before, &known, &newcomers, with)?;
            let all: Vec<_> = known.iter().chain(&newcomers).collect();
            account.write(verdict, &all);
            self.too_old += u64::from(*too_old.end());
            self.books.count_too_old(with, too_old);
        }
        let stored = seen.accounts.iter().find(|(of, ..)| *of == id);
        let stored = stored.and_then(|(.., verdict)| verdict.as_ref());
        let expected = self
            .accounts
            .get(&id)
            .and_then(|account| verdict(account, now));
        // Where nobody was exposed the row is sealed under any day's key: until when it opens tells nothing.
        let nothing = Verdict::default().show(now);
        let expected = expected.map(|verdict| verdict.show(now));
        let [stored, expected] =
            [stored, expected.as_ref()].map(|shown| shown.filter(|shown| **shown != nothing));
        same("verdict", stored, expected)
    }

    /// Nothing is under way any more: what was accepted must have arrived.
    fn check_arrivals(&mut self, now: Moment) -> Result<(), Finding> {
        for account in self.accounts.values_mut() {
            for exposure in &mut account.exposures {
                let forgotten = Self::is_forgotten(exposure.contact.epoch.day(), now);
                if exposure.under_way > 0 && !exposure.arrived && !forgotten {
                    return Err(Finding::new("an accepted contact never arrived"));
                }
                exposure.under_way = 0;
            }
            account.exposures.retain(|exposure| exposure.live);
        }
        Ok(())
    }
}

/// The verdict, unless the day of the meeting that it tells of is forgotten.
fn verdict(account: &Account, now: Moment) -> Option<Verdict> {
    let is_forgotten = |day| Model::is_forgotten(day, now);
    (!account.met.is_some_and(is_forgotten)).then_some(account.verdict)
}

/// Nothing, if both are the same.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, is: T, expected: T) -> Result<(), Finding> {
    if is == expected {
        Ok(())
    } else {
        Err(Finding(format!("{what}: {is:?}, and not {expected:?}")))
    }
}

/// For how long a report is answered again.
/// Whether its token is a stamp now, as the documents have it.
fn is_stamped(body: &[u8], now: Moment) -> bool {
    const LEEWAY: core::time::Duration = core::time::Duration::from_hours(6);
    let Ok(read) = OpenedReport::read(body) else {
        return false;
    };
    let Ok(code) = read.code() else {
        return false;
    };
    let contacts = stamp::hash_contacts(read.contacts_as_sent());
    let days = [now - LEEWAY, now, now + LEEWAY].map(Moment::day);
    let mut zeros = days
        .map(|day| stamp::zeros(day, &contacts, code.canonical()))
        .into_iter();
    zeros.any(|zeros| zeros >= PRICE.least())
}

const REPEATABLE: core::time::Duration = core::time::Duration::from_mins(10);
