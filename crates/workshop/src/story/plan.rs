//! The calendar of the story: day 0 is the installation.

use core::time::Duration;

use decree::article_2::Onset;
use decree::{Day, Moment, article_3};

use super::{Realm, Report, Step, Story};
use crate::radio;

/// They meet on the next day: the pseudonyms of the first bundle cover four days.
const MEETING_DAY: u32 = 1;
/// 16:00 UTC: late in the afternoon in Paris.
const MEETING_HOUR: u64 = 16;
/// Johanna has her result three days after the meeting.
const WARNING_DAY: u32 = 4;
/// 08:00 UTC: her telephone rings in the morning.
const WARNING_HOUR: u64 = 8;
/// The ruler of the page.
const STORY_DAYS: u32 = 24;

/// A moment that the ruler of time names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Milestone {
    /// The demo realm opened and the phones were installed.
    Installation,
    /// The meeting.
    Meeting,
    /// The report, or the day on which Johanna decided.
    Report,
    /// The day key of the meeting is destroyed.
    Forgetting,
    /// The end of the ruler.
    End,
}

impl Story {
    /// Day 0.
    pub fn first_day(&self) -> Option<Day> {
        self.opened().map(Moment::day)
    }

    /// Realm time, as last told.
    pub const fn now(&self) -> Option<Moment> {
        match self.realm {
            Realm::Open { now, .. } => Some(now),
            Realm::NotYet | Realm::Ended | Realm::Gone => None,
        }
    }

    /// The named moments of the ruler, in order; empty before the server opened.
    pub fn milestones(&self) -> Vec<(Milestone, Moment)> {
        let Some(opened) = self.opened() else {
            return Vec::new();
        };
        let report = match self.report {
            Report::Accepted { at, .. } => at,
            _ => self.warning_starts(opened),
        };
        vec![
            (Milestone::Installation, opened),
            (Milestone::Meeting, self.meeting_starts(opened)),
            (Milestone::Report, report),
            (Milestone::Forgetting, self.forgetting_of(opened)),
            (Milestone::End, opened.day().plus_days(STORY_DAYS).start()),
        ]
    }

    /// How far time may be moved now: time only goes forward, and no chapter is jumped over.
    pub fn reach(&self) -> Option<Moment> {
        let opened = self.opened()?;
        Some(match self.step {
            // Not beyond the pseudonyms that the phones hold, or they could not speak.
            Step::Notices | Step::Install(_) | Step::Bluetooth(_) | Step::Meeting => {
                self.meeting_starts(opened)
            }
            Step::End(super::Chapter::Install) => self.meeting_starts(opened),
            Step::End(super::Chapter::Meet) => self.warning_starts(opened),
            _ => opened.day().plus_days(STORY_DAYS).start(),
        })
    }

    /// When the server destroys the day key of the meeting.
    pub fn forgetting(&self) -> Option<Moment> {
        self.opened().map(|opened| self.forgetting_of(opened))
    }

    /// The days that Johanna may name for her first symptoms: today and the seven days before, newest first.
    ///
    /// A day is its first second (UTC), so that the 48 hours before it reach two whole days back.
    pub fn onset_choices(&self) -> Vec<Onset> {
        let Some(now) = self.now() else {
            return Vec::new();
        };
        (0..8)
            .map(|days| Onset::Known(now.day().minus_days(days).start()))
            .collect()
    }

    pub(super) const fn opened(&self) -> Option<Moment> {
        match self.realm {
            Realm::Open { opened, .. } => Some(opened),
            Realm::NotYet | Realm::Ended | Realm::Gone => None,
        }
    }

    /// When the meeting began or will begin.
    pub(super) fn meeting_starts(&self, opened: Moment) -> Moment {
        match self.meeting {
            Some(met) => met.start,
            None => radio::start_from(
                opened.day().plus_days(MEETING_DAY).start() + Duration::from_hours(MEETING_HOUR),
            ),
        }
    }

    pub(super) fn warning_starts(&self, opened: Moment) -> Moment {
        opened.day().plus_days(WARNING_DAY).start() + Duration::from_hours(WARNING_HOUR)
    }

    fn forgetting_of(&self, opened: Moment) -> Moment {
        article_3::day_key_destroyed_at(self.meeting_starts(opened).day())
    }
}
