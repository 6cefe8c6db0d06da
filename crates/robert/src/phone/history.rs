//! The proximity history: what the phone heard, for as long as the law says.

use std::collections::VecDeque;

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

/// HELLOs in order of time.
#[derive(Default)]
pub(super) struct History(VecDeque<Recorded>);

impl History {
    pub(super) fn record(&mut self, recorded: Recorded) {
        // At the end, unless the phone's clock was set back.
        let place = self.0.partition_point(|earlier| earlier.at <= recorded.at);
        self.0.insert(place, recorded);
    }

    pub(super) fn forget(&mut self, now: Moment) {
        while self.0.pop_front_if(|oldest| !oldest.is_kept(now)).is_some() {}
    }

    /// What may still be shown at `now`.
    pub(super) fn kept(&self, now: Moment) -> impl Iterator<Item = &Recorded> {
        self.0.iter().filter(move |recorded| recorded.is_kept(now))
    }

    /// Everything, to be saved once the rest is forgotten.
    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = &Recorded> {
        self.0.iter()
    }
}

impl FromIterator<Recorded> for History {
    fn from_iter<I: IntoIterator<Item = Recorded>>(recorded: I) -> Self {
        let mut history = Self::default();
        recorded
            .into_iter()
            .for_each(|recorded| history.record(recorded));
        history
    }
}
