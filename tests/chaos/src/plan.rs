//! Who is met, when, and who reports it.
//!
//! | | contacts that count 1.0 | sum | |
//! | --- | --- | --- | --- |
//! | calm | 14 | 14.0 | one more would alert |
//! | alerted | 15 | 15.0 | one fewer, no alert: the threshold is 14.84 |
//! | never met | 0 | 0.0 | whatever is counted for them is somebody else's |
//!
//! Besides, everybody was met for moments that count nothing, more often than the one before: a number of rows then
//! tells whose they are, and still does when a few are missing or too many.

use core::ops::Range;

use decree::Moment;
use http_tests::{Person, heard, report, score_of};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use robert::parameters::RISK_THRESHOLD;
use robert::phone::Phone;
use robert::risk::risk;
use robert::{Contact, Epoch};

/// How somebody was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// Just below the threshold.
    Calm,
    /// Just above it.
    Alerted,
    /// Named in no report.
    NeverMet,
}

impl Placed {
    /// Everybody of a realm: each kind of those who are met in turn, then those who never are.
    pub(crate) fn everybody(met: usize, never_met: usize) -> Vec<Self> {
        let met = [Self::Calm, Self::Alerted].into_iter().cycle().take(met);
        met.chain(std::iter::repeat_n(Self::NeverMet, never_met))
            .collect()
    }

    /// Meetings that count 1.0 each.
    const fn meetings(self) -> usize {
        match self {
            Self::Calm => 14,
            Self::Alerted => 15,
            Self::NeverMet => 0,
        }
    }

    /// The risk level that they must be told.
    pub(crate) const fn level(self) -> u64 {
        match self {
            Self::Alerted => 4,
            Self::Calm | Self::NeverMet => 0,
        }
    }
}

/// By how many contacts more than the one before each person was met.
pub(crate) const STEP: usize = 5;
/// Epochs in which people are met.
const EPOCHS: usize = 4;
/// Contacts in a report, and in one report of [`LARGE_EVERY`]: more than one statement inserts.
const SMALL: Range<usize> = 1..7;
const LARGE: Range<usize> = 26..41;
const LARGE_EVERY: usize = 12;
/// Contacts of a report on average, about.
const MEAN: usize = 6;
/// Of so many reports one goes with a short code, but no more than this: wrong short codes are limited, and each is
/// tried again once it is used.
const SHORT_EVERY: usize = 8;
const MOST_SHORT: usize = 16;
/// Of so many reports one has a rival.
const RIVAL_EVERY: usize = 4;

/// A report to be sent: one body, or two with the same code. Both name the same people as often, by other HELLOs: were
/// both of them stored, everybody would have rows too many.
pub(crate) struct Report {
    /// Whom it names, one number per contact.
    pub(crate) names: Vec<usize>,
    /// What is sent: any of these, any number of times.
    pub(crate) bodies: Vec<Vec<u8>>,
    /// Another body with the same code, for when that is used.
    pub(crate) other: Vec<u8>,
}

/// Draws about so many reports on these people, each with a code of its own.
pub(crate) fn draw(
    rng: &mut StdRng,
    people: &mut [(Placed, Person<'_>)],
    reports: usize,
    now: Moment,
    code: impl Fn(&str) -> String,
) -> Vec<Report> {
    let alerts = |total: usize| risk(total as f64) >= RISK_THRESHOLD;
    assert!(!alerts(14) && alerts(15));
    let first = first_epoch(now);
    let met = people
        .iter()
        .filter(|(placed, _)| *placed != Placed::NeverMet);
    let met = met.count();
    let steps = STEP * met * met.saturating_sub(1) / 2;
    let base = (reports * MEAN).saturating_sub(15 * met + steps) / met.max(1);
    let mut contacts = Vec::new();
    for (who, (placed, person)) in people.iter_mut().enumerate() {
        if *placed == Placed::NeverMet {
            continue;
        }
        let moments = base + STEP * who;
        // A copy lives these hours: the phone itself keeps its pseudonyms of now.
        let saved = person.phone.save(now);
        let mut phone = Phone::restore(&saved, now).expect("a phone");
        let meetings = spread(rng, placed.meetings());
        let moments = spread(rng, moments);
        for (epoch, (meetings, moments)) in epochs(first).zip(meetings.into_iter().zip(moments)) {
            let meetings = meetings_in(&mut phone, epoch, 2 * meetings);
            let moments = moments_in(&mut phone, epoch, 2 * moments);
            assert!(meetings.iter().all(|contact| score_of(contact) == 1.0));
            assert!(moments.iter().all(|contact| score_of(contact) == 0.0));
            for pair in [meetings, moments].concat().chunks_exact(2) {
                let [contact, twin] = [0, 1].map(|which| pair[which].clone());
                contacts.push(Met {
                    who,
                    epoch,
                    contact,
                    twin,
                });
            }
        }
    }
    contacts.shuffle(rng);
    share_out(rng, contacts, &code)
}

/// What is heard of this phone in an hour, enough for an alert: from now on.
pub(crate) fn alerting(phone: &mut Phone, now: Moment) -> Vec<Contact> {
    let mut phone = Phone::restore(&phone.save(now), now).expect("a phone");
    let epochs = epochs(first_epoch(now));
    epochs
        .map(|epoch| heard(&mut phone, epoch, (0..900).step_by(10)))
        .collect()
}

/// One contact, and another that counts as much.
struct Met {
    who: usize,
    epoch: Epoch,
    contact: Contact,
    /// For a rival.
    twin: Contact,
}

/// Contacts of one report are merged by pseudonym, so it names nobody twice in one epoch.
fn share_out(
    rng: &mut StdRng,
    mut contacts: Vec<Met>,
    code: &impl Fn(&str) -> String,
) -> Vec<Report> {
    let mut reports = Vec::new();
    while !contacts.is_empty() {
        let number = reports.len();
        let size = match number % LARGE_EVERY {
            1 => LARGE,
            _ => SMALL,
        };
        let size = rng.random_range(size);
        let (mut taken, mut left) = (Vec::<Met>::new(), Vec::new());
        for met in contacts {
            let is_named = |one: &Met| (one.who, one.epoch) == (met.who, met.epoch);
            if taken.len() < size && !taken.iter().any(is_named) {
                taken.push(met);
            } else {
                left.push(met);
            }
        }
        contacts = left;
        let is_short = number % SHORT_EVERY == 0 && number / SHORT_EVERY < MOST_SHORT;
        let code = code(if is_short { "short" } else { "long" });
        let names = taken.iter().map(|met| met.who).collect();
        let (named, twins): (Vec<_>, Vec<_>) =
            taken.into_iter().map(|met| (met.contact, met.twin)).unzip();
        let has_rival = !is_short && rng.random_range(0..RIVAL_EVERY) == 0;
        let rival = has_rival.then_some(twins);
        let body = |contacts: &[_]| report(&code, contacts).to_string().into_bytes();
        reports.push(Report {
            names,
            bodies: std::iter::once(named)
                .chain(rival)
                .map(|contacts| body(&contacts))
                .collect(),
            other: body(&[]),
        });
    }
    reports
}

/// Four epochs of one day, so that one person's rows bear one tag. Those that have not begun are heard before their
/// time, which nothing on the way can tell.
fn first_epoch(now: Moment) -> Epoch {
    let current = Epoch::at(now).expect("after the service start");
    match epochs(current).last() {
        Some(last) if last.day() == current.day() => current,
        _ => Epoch::at(now.day().plus_days(1).start()).expect("after the service start"),
    }
}

fn epochs(first: Epoch) -> impl Iterator<Item = Epoch> {
    std::iter::successors(Some(first), |epoch| epoch.next()).take(EPOCHS)
}

/// So many, each in an epoch drawn at random.
fn spread(rng: &mut impl Rng, number: usize) -> [usize; EPOCHS] {
    let mut counts = [0; EPOCHS];
    for _ in 0..number {
        counts[rng.random_range(0..EPOCHS)] += 1;
    }
    counts
}

/// Seven HELLOs in a minute and a second. No HELLO is heard by two: each counts once, whoever reports it.
fn meetings_in(phone: &mut Phone, epoch: Epoch, number: usize) -> Vec<Contact> {
    let first = |meeting: usize| 70 * (meeting / 10) + meeting % 10;
    (0..number)
        .map(|meeting| first(meeting) as u64)
        .map(|first| heard(phone, epoch, (first..=first + 60).step_by(10)))
        .collect()
}

/// Two HELLOs, a second apart, after those of thirty meetings.
fn moments_in(phone: &mut Phone, epoch: Epoch, number: usize) -> Vec<Contact> {
    let first = |moment: usize| 210 + 2 * moment as u64;
    assert!(first(number) < 900, "an epoch is too short");
    (0..number)
        .map(|moment| heard(phone, epoch, first(moment)..first(moment) + 2))
        .collect()
}
