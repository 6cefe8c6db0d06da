//! The proximity history: what the phone heard, for as long as the law says.

use decree::{Moment, article_3};

use crate::Hello;

/// One HELLO heard (item 2-I-5 of the decree).
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// When the phone recorded it.
    pub at: Moment,
    /// What it heard.
    pub hello: Hello,
    /// How loud, in dBm, calibrated.
    pub rssi: i8,
}

impl Recorded {
    /// When it must be gone from the phone.
    pub fn forgotten_at(&self) -> Moment {
        article_3::phone_history_forgotten_at(self.at)
    }

    pub(super) fn is_kept(&self, now: Moment) -> bool {
        now < self.forgotten_at()
    }
}

/// HELLOs in the order in which they were recorded.
#[derive(Default)]
pub(super) struct History(Vec<Recorded>);

impl History {
    pub(super) fn record(&mut self, recorded: Recorded) {
        self.0.push(recorded);
    }

    pub(super) fn forget(&mut self, now: Moment) {
        self.0.retain(|recorded| recorded.is_kept(now));
    }

    /// What may still be shown at `now`.
    pub(super) fn kept(&self, now: Moment) -> impl Iterator<Item = &Recorded> {
        self.0.iter().filter(move |recorded| recorded.is_kept(now))
    }

    /// Everything, for saving once forgotten.
    pub(super) fn all(&self) -> &[Recorded] {
        &self.0
    }
}

impl FromIterator<Recorded> for History {
    fn from_iter<I: IntoIterator<Item = Recorded>>(recorded: I) -> Self {
        Self(recorded.into_iter().collect())
    }
}
