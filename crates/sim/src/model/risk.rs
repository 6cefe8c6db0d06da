//! Judging, written a second time: from the published algorithm (RR-9345, equations 52, 56 and 57, table 4, with the
//! constants of the deployed server) and from what the server's verdict is defined to be. Of `robert` it takes the shapes
//! of the data, and no rule.

use std::collections::BTreeMap;

use decree::{Day, Moment};
use robert::risk::AppliedContact;

use crate::parameters::{CONTAGIOUS_EPOCHS, EPOCH_SECONDS, HISTORY_DAYS, R0, RISK_DAYS, THRESHOLD};
use crate::shell::SeenVerdict;

/// What an account knows of its risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Day of the newest contact behind the flag.
    exposed: Option<Day>,
    /// Epoch of the last alert; contacts up to it are used up.
    latest: Option<u32>,
    /// Whether the person was told of it.
    pub(super) told: bool,
}

/// What contacts make of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// Whether they reach the threshold, and all of them began 7 days ago or more.
    pub(super) too_old: bool,
}

impl Verdict {
    pub(super) fn is_at_risk(&self, now: Moment) -> bool {
        self.exposed.is_some_and(|day| now < flag_end(day))
    }

    /// The verdict once it was answered.
    pub(super) fn tell(self, now: Moment) -> Self {
        let told = self.told || self.is_at_risk(now);
        Self { told, ..self }
    }

    /// What of it still stands: the flag until eight days after its day, the last alert until its day is forgotten.
    pub(super) fn after_terms(self, now: Moment) -> Self {
        let exposed = self.exposed.filter(|day| now < flag_end(*day));
        let stands = |epoch: &u32| now < start_of(*epoch).day().plus_days(HISTORY_DAYS).start();
        Self {
            exposed,
            latest: self.latest.filter(stands),
            told: self.told && exposed.is_some(),
        }
    }

    /// The day of the newest meeting that it tells of: whatever is used up while the flag is raised moves it, and nothing
    /// else does.
    pub(super) fn newest_meeting(
        &self,
        before: Option<Day>,
        contacts: &[&AppliedContact],
    ) -> Option<Day> {
        let latest = self.latest?;
        let used_up = contacts
            .iter()
            .filter(|contact| self.exposed.is_some() && contact.epoch.number() <= latest)
            .map(|contact| start_of(contact.epoch.number()).day());
        used_up.chain(self.exposed).chain(before).max()
    }

    pub(super) fn show(&self, now: Moment) -> SeenVerdict {
        SeenVerdict {
            exposed: self.exposed,
            latest: self.latest,
            told: self.told,
            at_risk: self.is_at_risk(now),
        }
    }
}

/// Judges an account on all contacts that it has.
pub(super) fn judge(before: Verdict, contacts: &[&AppliedContact], now: Moment) -> Judged {
    let mut verdict = before.after_terms(now);
    let current = epoch_of(now);
    let mut scores = scores(contacts);
    scores.retain(|epoch, _| current.saturating_sub(*epoch) <= CONTAGIOUS_EPOCHS);
    let is_unused = |epoch: &u32| verdict.latest.is_none_or(|latest| *epoch > latest);
    let unused: Vec<_> = scores
        .iter()
        .filter(|(epoch, _)| is_unused(epoch))
        .collect();
    let total: f64 = unused.iter().map(|(_, score)| **score).sum();
    let reached = 1.0 - (-R0 * total).exp() >= THRESHOLD;
    // A call that arrives late is judged with the time of its sending: what was not begun then counts as of then.
    let newest = unused.iter().map(|(epoch, _)| (**epoch).min(current)).max();
    let week = u64::from(RISK_DAYS) * 86_400;
    let young = newest.is_some_and(|epoch| start_of(epoch).unix() + week > now.unix());
    if reached && young {
        verdict.exposed = verdict
            .exposed
            .max(newest.map(|epoch| start_of(epoch).day()));
        verdict.latest = Some(current);
        verdict.told = false;
    }
    // While the flag is raised, what is used up still moves its day, and uses up what was not begun.
    if let (Some(_), Some(latest)) = (verdict.exposed, verdict.latest) {
        for epoch in scores
            .into_keys()
            .filter(|epoch| (*epoch).min(current) <= latest)
        {
            let day = start_of(epoch.min(current)).day();
            verdict.exposed = verdict.exposed.max(Some(day));
            verdict.latest = verdict.latest.max(Some(epoch));
        }
    }
    Judged {
        verdict,
        too_old: reached && !young,
    }
}

fn flag_end(day: Day) -> Moment {
    day.plus_days(RISK_DAYS + 1).start()
}

/// 2020-06-01T00:00:00Z.
const SERVICE_START: u64 = 1_590_969_600;

pub(super) fn epoch_of(now: Moment) -> u32 {
    let epoch = now.unix().saturating_sub(SERVICE_START) / u64::from(EPOCH_SECONDS);
    u32::try_from(epoch).unwrap_or(u32::MAX)
}

fn start_of(epoch: u32) -> Moment {
    Moment::from_unix(SERVICE_START + u64::from(epoch) * u64::from(EPOCH_SECONDS))
}

/// What each epoch adds. A HELLO counts once: each contact spreads its score evenly over its HELLOs, and of what several
/// claim for one HELLO the largest part counts.
fn scores(contacts: &[&AppliedContact]) -> BTreeMap<u32, f64> {
    let mut parts = BTreeMap::<_, f64>::new();
    for contact in contacts {
        let mut heard = BTreeMap::new();
        for hello in &contact.hellos {
            let sample = (i64::from(hello.collected), hello.rssi);
            let first = heard.entry(hello.time.seconds()).or_insert(sample);
            *first = sample.min(*first);
        }
        let times: Vec<_> = heard.keys().copied().collect();
        let mut samples: Vec<_> = heard.into_values().collect();
        samples.sort_unstable();
        let part = score(&samples) / times.len() as f64;
        for time in times {
            let claimed = parts.entry((contact.epoch.number(), time)).or_default();
            *claimed = claimed.max(part);
        }
    }
    let mut scores = BTreeMap::new();
    for ((epoch, _), part) in parts {
        *scores.entry(epoch).or_default() += part;
    }
    scores
}

/// Minutes in which anything was heard, times how near the other was. Samples are in order of time: second, and dBm.
fn score(samples: &[(i64, i8)]) -> f64 {
    let (Some((start, _)), Some((end, _))) = (samples.first(), samples.last()) else {
        return 0.0;
    };
    if end - start > i64::from(EPOCH_SECONDS) + 180 {
        return 0.0;
    }
    // For each minute the sum of e^(r/a), and how many.
    let mut minutes = [(0.0, 0_usize); 15];
    for (second, rssi) in samples.iter().filter(|(_, rssi)| *rssi <= -5) {
        let minute = match (second - start) / 60 {
            15 => continue,
            minute => usize::try_from(minute.min(14)).unwrap_or(14),
        };
        if let Some((sum, count)) = minutes.get_mut(minute) {
            *sum += (f64::from((*rssi).min(-35)) / A).exp();
            *count += 1;
        }
    }
    let next = minutes.iter().skip(1).chain([&(0.0, 0)]);
    let windows = minutes
        .iter()
        .zip(next)
        .map(|(one, next)| (one.0 + next.0, one.1 + next.1));
    let heard = windows.enumerate().filter(|(_, (_, count))| *count > 0);
    let (mut last, mut sum, mut windows) = (0, 0.0, 0_u32);
    for (minute, (levels, count)) in heard {
        let level = A * (levels / count as f64).ln();
        let delta = match count {
            1 => 27.0,
            2 => 23.0,
            3 => 21.0,
            4 => 20.0,
            _ => 15.0,
        };
        let nearness = ((level + 66.0) / delta).clamp(0.0, 1.0);
        (last, sum, windows) = (minute, sum + (nearness / B).exp(), windows + 1);
    }
    if windows == 0 {
        return 0.0;
    }
    (1.2 * B * (sum / f64::from(windows)).ln()).min(1.0) * last as f64
}

const A: f64 = 4.342;
const B: f64 = 0.2;

#[cfg(test)]
mod tests {
    use super::*;

    /// So many seconds apart, all at this level, from the first second on.
    fn heard(seconds: i64, apart: usize, rssi: i8) -> f64 {
        let samples: Vec<_> = (0..=seconds)
            .step_by(apart)
            .map(|second| (second, rssi))
            .collect();
        score(&samples)
    }

    /// What the published analysis of the algorithm says of it.
    #[test]
    fn known_figures() {
        assert_eq!(heard(0, 1, -35), 0.0, "a single HELLO");
        assert_eq!(
            heard(890, 10, -35),
            14.0,
            "the most that one contact can be"
        );
        assert_eq!(heard(890, 10, -80), 0.0, "too far");
        assert_eq!(heard(890, 10, -4), 0.0, "an error of the handset");
        assert_eq!(score(&[(0, -35), (1_080, -35)]), 14.0);
        assert_eq!(
            score(&[(0, -35), (1_081, -35)]),
            0.0,
            "longer than an epoch and three minutes"
        );
        assert_eq!(
            score(&[(0, -35), (930, -35)]),
            0.0,
            "the sixteenth minute is dropped"
        );
    }
}
