//! How much was done, and what the kills hit.

use core::fmt;
use core::ops::AddAssign;
use core::time::Duration;

/// Counts of one run, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Times that the server was killed.
    pub kills: usize,
    /// Of these, with a report sent and not answered.
    pub in_flight: usize,
    /// Of these, right after a report was answered 200.
    pub after_answer: usize,
    /// Of these, while contacts waited.
    pub waiting: usize,
    /// Of these, right after a registry wrote.
    pub delivering: usize,
    /// Of these, between the application of a contact and its acknowledgement.
    pub unacknowledged: usize,
    /// Of these, while the words were on their way by which registries forget deliveries.
    pub words: usize,
    /// Reports accepted.
    pub accepted: usize,
    /// Requests sent with a report.
    pub requests: usize,
    /// Of these, not the first of their body.
    pub retries: usize,
    /// Of these, of a body that was answered 200 before.
    pub repeats: usize,
    /// Requests whose answer did not come.
    pub cut: usize,
    /// Requests answered 503.
    pub put_off: usize,
    /// Stored values that opened when it was over, and had to open no more sixteen days later.
    pub forgotten: usize,
    /// How long it took.
    pub took: Duration,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.kills += other.kills;
        self.in_flight += other.in_flight;
        self.after_answer += other.after_answer;
        self.waiting += other.waiting;
        self.delivering += other.delivering;
        self.unacknowledged += other.unacknowledged;
        self.words += other.words;
        self.accepted += other.accepted;
        self.requests += other.requests;
        self.retries += other.retries;
        self.repeats += other.repeats;
        self.cut += other.cut;
        self.put_off += other.put_off;
        self.forgotten += other.forgotten;
        self.took = self.took.max(other.took);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} kills: {} with a report in flight, {} right after a 200, {} while contacts waited, {} in the midst of\n\
             deliveries, {} between an application and its acknowledgement, {} while words were on their way",
            self.kills,
            self.in_flight,
            self.after_answer,
            self.waiting,
            self.delivering,
            self.unacknowledged,
            self.words,
        )?;
        write!(
            f,
            "{} reports accepted in {} requests: {} retries, {} of them after a 200; \
             {} answers cut off, {} times 503; {} values that opened open no more after sixteen days; {:.0} s",
            self.accepted,
            self.requests,
            self.retries,
            self.repeats,
            self.cut,
            self.put_off,
            self.forgotten,
            self.took.as_secs_f64(),
        )
    }
}
