//! How much happened: a simulation in which nothing does proves nothing.

use core::fmt;

/// What happened in some lists of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lists.
    pub lists: u64,
    /// Operations, those included that could not be done at their moment.
    pub operations: u64,
    /// Reports accepted, each once.
    pub reports: u64,
    /// Reports answered again.
    pub repeated: u64,
    /// Reports with a short code for which work was asked.
    pub slowed: u64,
    /// Decoys accepted, each once.
    pub decoys: u64,
    /// Contacts that came to an account.
    pub exposures: u64,
    /// People who came to the threshold when it was too late for an alert.
    pub too_old: u64,
    /// Status questions answered.
    pub answers: u64,
    /// Those that said "at risk".
    pub alerts: u64,
    /// Accounts closed, and histories deleted.
    pub erasures: u64,
    /// Accounts forgotten since nobody could reach them any more.
    pub forgotten: u64,
    /// Pairs of contacts that came in one report.
    pub pairs: u64,
    /// Those whose moments of delivery are the same.
    pub due_together: u64,
    /// Visits of demo realms in which all went well.
    pub visits: u64,
    /// Calls refused for a reason.
    pub refusals: u64,
    /// Calls in which something was made to fail.
    pub struck: u64,
    /// Those that had been kept although the caller was told otherwise.
    pub kept: u64,
}

impl Tally {
    /// Both together.
    pub const fn add(&mut self, other: &Self) {
        self.lists += other.lists;
        self.operations += other.operations;
        self.reports += other.reports;
        self.repeated += other.repeated;
        self.slowed += other.slowed;
        self.decoys += other.decoys;
        self.exposures += other.exposures;
        self.too_old += other.too_old;
        self.answers += other.answers;
        self.alerts += other.alerts;
        self.erasures += other.erasures;
        self.forgotten += other.forgotten;
        self.pairs += other.pairs;
        self.due_together += other.due_together;
        self.visits += other.visits;
        self.refusals += other.refusals;
        self.struck += other.struck;
        self.kept += other.kept;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            lists,
            operations,
            reports,
            repeated,
            slowed,
            decoys,
            exposures,
            too_old,
            answers,
            alerts,
            erasures,
            forgotten,
            pairs,
            due_together,
            visits,
            refusals,
            struck,
            kept,
        } = self;
        write!(
            formatter,
            "{lists} lists, {operations} operations: {reports} reports accepted and {repeated} answered again, \
             {slowed} asked for work, {decoys} decoys, {exposures} contacts arrived, {too_old} times too late for an alert, {answers} status answers of which {alerts} at risk, {erasures} erasures, {forgotten} accounts forgotten, \
             {due_together} of {pairs} pairs of contacts due together, {visits} visits, {refusals} refusals, \
             {struck} calls made to fail of which {kept} had been kept"
        )
    }
}
