//! What the public figures must say: counted here when it happens, and compared with what is stored.

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet};

use decree::{Day, Moment};
use service::tally;
use wire::code::Kind;

use crate::Finding;
use crate::model::same;
use crate::shell::Seen;

/// What one day counts. Of codes, the long ones come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Accounts opened.
    pub(crate) registrations: u32,
    /// Accounts closed.
    pub(crate) unregistrations: u32,
    /// Status requests answered.
    pub(crate) status_checks: u32,
    /// People told, once per alert.
    pub(crate) notified: u32,
    /// People who came to the threshold when it was too late for an alert.
    pub(crate) too_old: u32,
    /// Reports accepted.
    pub(crate) reports: u32,
    /// Decoys accepted.
    pub(crate) decoys: u32,
    /// Codes stored.
    pub(crate) issued: [u32; 2],
    /// Codes used up.
    pub(crate) used: [u32; 2],
    /// Codes deleted unused.
    pub(crate) expired: [u32; 2],
}

impl Figures {
    /// Those that the tally collects, in its order.
    pub(crate) fn counts(&self) -> [u64; tally::FIGURES] {
        let ([long_issued, short_issued], [long_used, short_used]) = (self.issued, self.used);
        let [long_expired, short_expired] = self.expired;
        [
            self.registrations,
            self.unregistrations,
            self.status_checks,
            self.notified,
            self.too_old,
            self.reports,
            long_issued,
            long_used,
            long_expired,
            short_issued,
            short_used,
            short_expired,
        ]
        .map(u64::from)
    }
}

/// The figures of the days that are not forgotten, and the codes that are stored.
#[derive(Default)]
pub(crate) struct Books {
    days: BTreeMap<Day, Figures>,
    /// How often somebody may have come to be too old: of contacts that arrive together nobody sees the order.
    too_old: BTreeMap<Day, (u32, u32)>,
    /// Codes that expired, as last seen: nobody is told when one is deleted.
    expired: BTreeMap<Day, [u32; 2]>,
    /// Codes that were issued, and neither used nor seen to expire.
    standing: [u32; 2],
}

impl Books {
    pub(crate) fn today(&mut self, now: Moment) -> &mut Figures {
        self.days.entry(now.day()).or_default()
    }

    pub(crate) fn count_too_old(&mut self, now: Moment, more: RangeInclusive<u32>) {
        let (least, most) = self.too_old.entry(now.day()).or_default();
        *least += more.start();
        *most += more.end();
    }

    pub(crate) fn issue(&mut self, kind: Kind, now: Moment) {
        let [long, short] = &mut self.today(now).issued;
        *of(kind, long, short) += 1;
        let [long, short] = &mut self.standing;
        *of(kind, long, short) += 1;
    }

    pub(crate) fn accept(&mut self, kind: Kind, now: Moment) {
        let today = self.today(now);
        today.reports += 1;
        let [long, short] = &mut today.used;
        *of(kind, long, short) += 1;
        let [long, short] = &mut self.standing;
        let standing = of(kind, long, short);
        *standing = standing.saturating_sub(1);
    }

    /// Every day's figures are those that were counted, and every code was used, or expired, or is there.
    pub(crate) fn check(
        &mut self,
        seen: &Seen,
        is_forgotten: impl Fn(Day) -> bool,
    ) -> Result<(), Finding> {
        self.days.retain(|day, _| !is_forgotten(*day));
        let days: BTreeSet<_> = self.days.keys().chain(seen.figures.keys()).collect();
        for day in days.into_iter().filter(|day| !is_forgotten(**day)) {
            let figures = |of: &BTreeMap<_, _>| of.get(day).copied().unwrap_or_default();
            let stored: Figures = figures(&seen.figures);
            let (least, most) = self.too_old.entry(*day).or_default();
            let too_old = stored.too_old.clamp(*least, *most);
            (*least, *most) = (too_old, too_old);
            let counted = Figures {
                expired: stored.expired,
                too_old,
                ..figures(&self.days)
            };
            same(&format!("figures of {day}"), stored, counted)?;
        }
        // Those of a forgotten day go at each intake's own moment.
        for (day, figures) in seen.figures.iter().filter(|(day, _)| !is_forgotten(**day)) {
            let before = self.expired.insert(*day, figures.expired);
            let expired = figures.expired.into_iter().zip(before.unwrap_or_default());
            for (standing, (expired, before)) in self.standing.iter_mut().zip(expired) {
                let newly = expired.checked_sub(before);
                let left = newly.and_then(|newly| standing.checked_sub(newly));
                *standing =
                    left.ok_or_else(|| Finding::new("more codes expired than were left"))?;
            }
        }
        let stored = [Kind::Long, Kind::Short].map(|kind| {
            let codes = seen.codes.iter().filter(|code| code.kind == kind.name());
            u32::try_from(codes.count()).unwrap_or(u32::MAX)
        });
        same("codes stored, long and short", stored, self.standing)
    }
}

const fn of<'a>(kind: Kind, long: &'a mut u32, short: &'a mut u32) -> &'a mut u32 {
    match kind {
        Kind::Long => long,
        Kind::Short => short,
    }
}
