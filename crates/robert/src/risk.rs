//! From contacts to a verdict.
//!
//! The server keeps, for each contact applied to an account, its epoch and its authenticated
//! HELLOs; [`expose`] makes exposures of them and [`judge`] a [`Verdict`]. Contacts that wait
//! together give the same verdict in whatever order and grouping they are applied.

use crate::parameters::{CONTAGIOUS_EPOCHS, R0, RISK_DAYS, RISK_THRESHOLD};
use crate::score::{Sample, score};
use crate::{Epoch, Heard, Ntp, Time16};
use core::time::Duration;
use decree::{Day, Moment};
use std::collections::BTreeMap;

/// What an account keeps of one contact: nothing about whom it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedContact {
    /// The epoch of the account's EBID.
    pub epoch: Epoch,
    /// Its HELLOs, authenticated.
    pub hellos: Vec<Heard>,
}

/// What one epoch adds to a person's risk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// The epoch of the EBIDs that were heard.
    pub epoch: Epoch,
    /// The scores of its contacts together.
    pub score: f64,
}

/// The exposures of an account, in order of epochs, from all contacts applied to it.
///
/// Each contact is scored alone and the scores of an epoch are added up, as deployed. But a HELLO
/// counts once: where contacts share HELLOs (the same account, epoch and 16-bit time), a contact's
/// score is spread evenly over its HELLOs and each HELLO keeps the largest share that a contact
/// claims for it. So contacts that share nothing add up, a contact reported twice adds nothing,
/// one more contact never lowers a sum, and no order matters.
pub fn expose(contacts: &[AppliedContact]) -> Vec<Exposure> {
    let mut scored: Vec<_> = contacts.iter().filter_map(Scored::new).collect();
    scored.sort_unstable_by(|a, b| (a.epoch, &a.hellos).cmp(&(b.epoch, &b.hellos)));
    let same_epoch = scored.chunk_by(|a, b| a.epoch == b.epoch);
    same_epoch
        .filter_map(|contacts| {
            let epoch = contacts.first()?.epoch;
            Some(Exposure {
                epoch,
                score: add_up(contacts),
            })
        })
        .collect()
}

/// Risk of a sum of scores: 1 − exp(−R0 · Σ).
pub fn risk(total: f64) -> f64 {
    1.0 - (-R0 * total).exp()
}

/// What an account knows about its risk, besides its exposures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    exposed: Option<Day>,
    latest_risk: Option<Epoch>,
    told: bool,
}

impl Verdict {
    /// Bytes of a stored verdict, whatever it says.
    pub const LENGTH: usize = 10;

    /// Whether the person is at risk now: until 00:00 UTC of day d + 8, d being the day of the
    /// newest exposure.
    pub fn is_at_risk(&self, now: Moment) -> bool {
        self.exposed.is_some_and(|day| now < flag_end(day))
    }

    /// Day of the newest exposure behind the flag; none if the flag was never raised, or fell.
    pub const fn exposed_day(&self) -> Option<Day> {
        self.exposed
    }

    /// Epoch of the last alert. Exposures up to it are used up.
    pub const fn latest_risk_epoch(&self) -> Option<Epoch> {
        self.latest_risk
    }

    /// Whether the person was told of the last alert.
    pub const fn is_told(&self) -> bool {
        self.told
    }

    /// The verdict once it was answered.
    pub fn tell(&self, now: Moment) -> Self {
        Self {
            told: self.told || self.is_at_risk(now),
            ..*self
        }
    }

    /// The verdict without what is past its term: the flag from day d + 8 on, the epoch of the last
    /// alert once the law has ended every exposure up to it.
    pub fn after_terms(&self, now: Moment) -> Self {
        let exposed = self.exposed.filter(|day| now < flag_end(*day));
        let latest_risk = self
            .latest_risk
            .filter(|epoch| !decree::article_3::day_is_forgotten(epoch.day(), now));
        Self {
            exposed,
            latest_risk,
            told: self.told && exposed.is_some(),
        }
    }

    /// Version ‖ flags ‖ day (4) ‖ epoch (4), big-endian: the same length for everyone.
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let flags = u8::from(self.exposed.is_some())
            | u8::from(self.latest_risk.is_some()) << 1
            | u8::from(self.told) << 2;
        let [d0, d1, d2, d3] = self.exposed.map_or(0, Day::number).to_be_bytes();
        let [e0, e1, e2, e3] = self.latest_risk.map_or(0, Epoch::number).to_be_bytes();
        [VERSION, flags, d0, d1, d2, d3, e0, e1, e2, e3]
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`Unreadable`] for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let &[VERSION, flags, d0, d1, d2, d3, e0, e1, e2, e3] = bytes else {
            return Err(Unreadable);
        };
        let day = Day::from_number(u32::from_be_bytes([d0, d1, d2, d3]));
        let epoch = Epoch::new(u32::from_be_bytes([e0, e1, e2, e3])).ok_or(Unreadable)?;
        let verdict = Self {
            exposed: (flags & 1 != 0).then_some(day),
            latest_risk: (flags & 2 != 0).then_some(epoch),
            told: flags & 4 != 0,
        };
        if verdict.to_bytes() == bytes {
            Ok(verdict)
        } else {
            Err(Unreadable)
        }
    }
}

/// Judges an account on all its exposures, as [`expose`] gives them.
///
/// * An exposure counts while it is at most 14 days old. As deployed, one whose epoch has not begun
///   counts too, here as one of the current epoch: no alert is dated ahead.
/// * Those after the last alert are added up. When their risk reaches the threshold and the newest
///   of them began less than 7 days ago, this is an alert: the flag is raised (or stays) for the
///   day of the newest, and all exposures until now are used up.
/// * While the flag is raised, a used-up exposure that comes late still moves its day forward.
pub fn judge(verdict: &Verdict, exposures: &[Exposure], now: Moment) -> Verdict {
    let mut verdict = verdict.after_terms(now);
    let Some(current) = Epoch::at(now) else {
        return verdict;
    };
    let fresh = Fresh::of(&verdict, exposures, current);
    if fresh.reaches_threshold() && fresh.is_young(now) {
        verdict.exposed = verdict.exposed.max(fresh.newest.map(Epoch::day));
        verdict.latest_risk = Some(current);
        verdict.told = false;
    }

    if let (Some(_), Some(latest)) = (verdict.exposed, verdict.latest_risk) {
        let used_up = exposures
            .iter()
            .filter(|exposure| counts(exposure, current) && exposure.epoch.min(current) <= latest);
        for Exposure { epoch, .. } in used_up {
            verdict.exposed = verdict.exposed.max(Some((*epoch).min(current).day()));
            // One that has not begun is used up as well, and does not count again once it has.
            verdict.latest_risk = verdict.latest_risk.max(Some(*epoch));
        }
    }
    verdict
}

/// Whether exposures that no alert has used up reach the threshold, but the newest of them began 7
/// days ago or more: too late for an alert. The official figure
/// `usersAboveRiskThresholdButRetentionPeriodExpired` counts who comes to stand so.
pub fn is_too_old(verdict: &Verdict, exposures: &[Exposure], now: Moment) -> bool {
    let verdict = verdict.after_terms(now);
    Epoch::at(now).is_some_and(|current| {
        let fresh = Fresh::of(&verdict, exposures, current);
        fresh.reaches_threshold() && !fresh.is_young(now)
    })
}

/// What the exposures after the last alert come to.
struct Fresh {
    total: f64,
    /// The epoch of the newest; the current one at the latest.
    newest: Option<Epoch>,
}

impl Fresh {
    fn of(verdict: &Verdict, exposures: &[Exposure], current: Epoch) -> Self {
        let is_fresh = |exposure: &&Exposure| {
            counts(exposure, current) && verdict.latest_risk.is_none_or(|r| exposure.epoch > r)
        };
        let fresh = exposures.iter().filter(is_fresh);
        Self {
            total: fresh.clone().map(|exposure| exposure.score).sum(),
            newest: fresh.map(|exposure| exposure.epoch.min(current)).max(),
        }
    }

    fn reaches_threshold(&self) -> bool {
        risk(self.total) >= RISK_THRESHOLD
    }

    /// Whether the newest began less than 7 days ago.
    fn is_young(&self, now: Moment) -> bool {
        let since = now - Duration::from_hours(24 * u64::from(RISK_DAYS));
        self.newest.is_some_and(|epoch| epoch.start() > since)
    }
}

/// Whether an exposure is at most 14 days old, or its epoch has not begun.
fn counts(exposure: &Exposure, current: Epoch) -> bool {
    exposure.epoch > current || exposure.epoch.distance(current) <= CONTAGIOUS_EPOCHS
}

impl AppliedContact {
    /// Version ‖ epoch (3) ‖ for each HELLO: time16 (2), time of reception (4), level (1).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.hellos.len() * HEARD_LENGTH);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.epoch.to_bytes());
        for Heard {
            time,
            collected,
            rssi,
        } in &self.hellos
        {
            bytes.extend_from_slice(&time.0);
            bytes.extend_from_slice(&collected.to_be_bytes());
            bytes.extend_from_slice(&rssi.to_be_bytes());
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`Unreadable`] for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let Some((&[VERSION, e2, e1, e0], rest)) = bytes.split_first_chunk() else {
            return Err(Unreadable);
        };
        let (hellos, []) = rest.as_chunks::<HEARD_LENGTH>() else {
            return Err(Unreadable);
        };
        let heard = |&[t0, t1, c0, c1, c2, c3, rssi]: &[u8; HEARD_LENGTH]| Heard {
            time: Time16([t0, t1]),
            collected: u32::from_be_bytes([c0, c1, c2, c3]),
            rssi: rssi.cast_signed(),
        };
        let epoch = Epoch::from_bytes([e2, e1, e0]);
        Ok(Self {
            epoch,
            hellos: hellos.iter().map(heard).collect(),
        })
    }
}

/// Stored bytes that were not written by this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored bytes are not in the form that this version writes")]
pub struct Unreadable;

const VERSION: u8 = 1;
const HEARD_LENGTH: usize = 7;

fn flag_end(day: Day) -> Moment {
    day.plus_days(RISK_DAYS + 1).start()
}

/// A contact with its score. Its HELLOs are distinct and in order.
struct Scored {
    epoch: Epoch,
    hellos: Vec<Heard>,
    score: f64,
}

impl Scored {
    /// None for a contact of which no HELLO was genuine: nobody was exposed.
    fn new(contact: &AppliedContact) -> Option<Self> {
        let epoch = contact.epoch;
        let mut hellos = contact.hellos.clone();
        hellos.sort_unstable();
        hellos.dedup_by_key(|heard| heard.time);
        hellos.first()?;
        let start = Ntp::from(epoch.start()).time32().seconds();
        let sample = |heard: &Heard| Sample {
            seconds: heard.collected.wrapping_sub(start).cast_signed().into(),
            rssi: heard.rssi,
        };
        let samples: Vec<_> = hellos.iter().map(sample).collect();
        Some(Self {
            epoch,
            hellos,
            score: score(&samples).score,
        })
    }

    fn share(&self) -> f64 {
        self.score / self.hellos.len() as f64
    }
}

/// The scores of an epoch's contacts, each HELLO counted for the contact that makes most of it;
/// for the first one where they are equal.
fn add_up(contacts: &[Scored]) -> f64 {
    let mut best: BTreeMap<Time16, (usize, f64)> = BTreeMap::new();
    for (index, contact) in contacts.iter().enumerate() {
        for heard in &contact.hellos {
            let claim = best.entry(heard.time).or_insert((index, contact.share()));
            if contact.share() > claim.1 {
                *claim = (index, contact.share());
            }
        }
    }
    let kept = |(index, contact): (usize, &Scored)| {
        let kept = best.values().filter(|(holder, _)| *holder == index).count();
        contact.score * (kept as f64 / contact.hellos.len() as f64)
    };
    contacts.iter().enumerate().map(kept).sum()
}
