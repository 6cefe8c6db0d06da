//! An account's verdict as its row keeps it: it dies with the meeting that it tells of.
//!
//! The flag names the day of the newest exposure, and the epoch of the last alert says that there was one in the seven
//! days before. Nothing that tells of a meeting outlives the meeting's day + 15, so both lie under one seal, that of the
//! key of the exposed day. Whoever writes the row later seals it under the same day again; only a newer meeting that is
//! used up moves the day. The flag falls on day + 8, so an alert is told for its whole time. The epoch of the last alert
//! keeps a meeting from alerting twice: every exposure that an alert was made of is of that day or an older one, and has
//! died when it does.
//!
//! Who was not exposed has a verdict too, under the key of a past day that is drawn anew each time: which keys open a
//! row, and from when on none does, then tells nothing.

use decree::Day;
use rand_core::CryptoRng;
use robert::Id;
use robert::risk::{Exposure, Verdict};
use store::Fault;

use super::Context;
use crate::form::{Form, Unreadable, VERSION, Version};
use crate::record::RecordKey;
use crate::seal::OVERHEAD;
use crate::vault::{Keys, OfRecord};

/// A sealed verdict that nothing opens: trying it costs what trying any other does.
pub(super) const NOTHING: [u8; Verdict::LENGTH + OVERHEAD] = {
    let mut nothing = [0; Verdict::LENGTH + OVERHEAD];
    nothing[0] = VERSION;
    nothing
};

/// A verdict, and how long it can be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// What it says.
    pub(crate) verdict: Verdict,
    /// The day with whose key it dies, that of the newest meeting that it tells of; none if it tells of none.
    pub(crate) met: Option<Day>,
}

impl Kept {
    /// The same meeting, judged or told again. Of `exposures` those that are used up while the flag is raised count: one
    /// that has not begun is kept under the key of its own day, which may be tomorrow's.
    pub(super) fn again(&self, verdict: Verdict, exposures: &[Exposure]) -> Self {
        let latest = verdict.latest_risk_epoch();
        let is_raised = verdict.exposed_day().is_some();
        let used_up = exposures
            .iter()
            .filter(|exposure| is_raised && Some(exposure.epoch) <= latest)
            .map(|exposure| exposure.epoch.day());
        let before = self.met.filter(|_| is_raised || latest.is_some());
        let days = before.into_iter().chain(verdict.exposed_day());
        Self {
            verdict,
            met: days.chain(used_up).max(),
        }
    }

    /// What releases up to 0.2.0 sealed under the key of the day on which they wrote it. Where the flag had fallen by
    /// then, its day was eight days earlier or more, and no later than the alert.
    fn of_former(verdict: Verdict, written: Day) -> Self {
        let fallen = |alert: robert::Epoch| alert.day().min(written.minus_days(FLAG_DAYS));
        let met = verdict.exposed_day();
        Self {
            verdict,
            met: met.or_else(|| verdict.latest_risk_epoch().map(fallen)),
        }
    }

    /// Version ‖ nonce ‖ verdict ‖ tag: of one size, and the row does not say under which day's key.
    ///
    /// # Errors
    /// [`Fault::Engine`] when that key is not here.
    pub(super) fn seal(
        &self,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
        (id, record): (Id, &RecordKey),
    ) -> Result<Vec<u8>, Fault> {
        // Drawn for everybody, so that the work is the same.
        let any = draw_day(context.keys, context.now.day(), rng);
        let day = self.met.or(any).ok_or(Fault::Engine)?;
        let key = context.keys.of_record(day, OfRecord::Verdict, record);
        let key = key.ok_or(Fault::Engine)?;
        Ok(key.seal(rng, &bound(id), &self.verdict.to_bytes()))
    }
}

/// Days from that of the meeting to the end of the flag.
const FLAG_DAYS: u32 = robert::parameters::RISK_DAYS + 1;

/// One of the past days whose keys are here, today's included. Keys of days to come would outlive what they seal by more
/// than fifteen days.
fn draw_day(keys: &Keys, today: Day, rng: &mut impl CryptoRng) -> Option<Day> {
    let days: Vec<_> = keys.days().filter(|day| *day <= today).collect();
    let drawn = usize::try_from(rng.next_u32()).unwrap_or_default();
    // Of 2³² numbers and fifteen days the odds differ by less than 10⁻⁸.
    drawn
        .checked_rem(days.len())
        .and_then(|at| days.get(at).copied())
}

/// The verdict of this account. Every living key is tried, whichever opens it, in both ways in which it may be sealed;
/// once the key of its day is destroyed none opens it, and it says nothing any more.
pub(super) fn open(
    context: &Context<'_>,
    record: &RecordKey,
    id: Id,
    sealed: &[u8],
) -> Result<Option<Kept>, Unreadable> {
    let opened = try_all(context, record, id, sealed)?;
    let is_over = |kept: &Kept| kept.met.is_some_and(|day| !context.keys.has(day));
    let kept = opened.first().map(|(_, kept)| *kept);
    Ok(kept.filter(|kept| !is_over(kept)))
}

/// The day whose key seals this verdict, if that key lives.
pub(super) fn sealed_under(
    context: &Context<'_>,
    record: &RecordKey,
    id: Id,
    sealed: &[u8],
) -> Result<Option<Day>, Unreadable> {
    let opened = try_all(context, record, id, sealed)?;
    Ok(opened.first().map(|(day, _)| *day))
}

/// What each living key opens of this.
fn try_all(
    context: &Context<'_>,
    record: &RecordKey,
    id: Id,
    sealed: &[u8],
) -> Result<Vec<(Day, Kept)>, Unreadable> {
    let keys = context.keys;
    let read = |plain: &[u8]| Verdict::from_bytes(plain).map_err(|_| Unreadable::Content);
    let mut opened = Vec::new();
    match Form::Verdict.version(sealed)? {
        Version::Current => {
            let (bound, bound_by_0_2_0) = (bound(id), bound_by_0_2_0(id));
            for day in keys.days() {
                let Some(key) = keys.of_record(day, OfRecord::Verdict, record) else {
                    continue;
                };
                let today = key.open(&bound, sealed);
                let of_0_2_0 = key.open(&bound_by_0_2_0, sealed);
                if let Some(plain) = today {
                    let verdict = read(&plain)?;
                    let met = (verdict != Verdict::default()).then_some(day);
                    opened.push((day, Kept { verdict, met }));
                }
                if let Some(plain) = of_0_2_0 {
                    opened.push((day, Kept::of_former(read(&plain)?, day)));
                }
            }
        }
        Version::Former => {
            let bound = bound_by_0_1_0(id);
            for day in keys.days() {
                let key = keys.former_of_record(day, record);
                if let Some(plain) = key.and_then(|key| key.open_former(&bound, sealed)) {
                    opened.push((day, Kept::of_former(read(&plain)?, day)));
                }
            }
        }
    }
    Ok(opened)
}

/// The verdict alone, as it is shown.
pub(crate) fn open_verdict(
    context: &Context<'_>,
    record: &RecordKey,
    id: Id,
    sealed: &[u8],
) -> Result<Option<Verdict>, Unreadable> {
    let kept = open(context, record, id, sealed)?;
    Ok(kept.map(|kept| kept.verdict))
}

/// What a verdict is bound to: its column and its account, and that the key is that of the exposed day.
fn bound(id: Id) -> Vec<u8> {
    [b"account.verdict.exposed", id.0.as_slice()].concat()
}

/// The same for what 0.2.0 sealed, under the key of the day on which it wrote.
fn bound_by_0_2_0(id: Id) -> Vec<u8> {
    [b"account.verdict", id.0.as_slice()].concat()
}

fn bound_by_0_1_0(id: Id) -> Vec<u8> {
    [b"verdict", id.0.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::collections::BTreeSet;

    use decree::{Moment, article_3};
    use proptest::prelude::*;
    use robert::Epoch;
    use robert::parameters::CONTAGIOUS_EPOCHS;
    use robert::risk::judge;

    use super::*;
    use crate::tests::Fixed;
    use crate::vault::DayKeys;

    /// A contact that one account gets.
    #[derive(Clone, Copy, Debug)]
    struct Contact {
        epoch: Epoch,
        score: f64,
        /// Whether an alert was made of it.
        has_alerted: bool,
    }

    const FIRST: u32 = 200_000;

    fn epoch(number: u32) -> Epoch {
        Epoch::new(FIRST + number).unwrap()
    }

    fn is_alive(day: Day, now: Moment) -> bool {
        !article_3::day_is_forgotten(day, now)
    }

    /// What the row says at this moment: nothing once the key is gone.
    fn read(kept: Kept, now: Moment) -> Kept {
        match kept.met {
            Some(day) if !is_alive(day, now) => Kept::default(),
            _ => kept,
        }
    }

    fn exposures(contacts: &[Contact]) -> Vec<Exposure> {
        let epochs: BTreeSet<_> = contacts.iter().map(|contact| contact.epoch).collect();
        let sum = |epoch: Epoch| {
            let same = contacts.iter().filter(|contact| contact.epoch == epoch);
            same.map(|contact| contact.score).sum()
        };
        let exposure = |epoch| Exposure {
            epoch,
            score: sum(epoch),
        };
        epochs.into_iter().map(exposure).collect()
    }

    fn is_fresh(contact: &Contact, verdict: &Verdict, current: Epoch) -> bool {
        let epoch = contact.epoch;
        let counts = epoch > current || epoch.distance(current) <= CONTAGIOUS_EPOCHS;
        counts
            && verdict
                .latest_risk_epoch()
                .is_none_or(|latest| epoch > latest)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..Default::default() })]

        /// Contacts of three weeks, each applied at once, weeks later, or before its epoch has begun.
        #[test]
        fn no_contact_alerts_twice_and_no_verdict_outlives_its_meeting(
            drawn in proptest::collection::vec((0..96 * 21_u32, 0..96 * 16_u32, 0..4_u8, 1.0..14.0_f64), 1..30),
        ) {
            let mut applied: Vec<_> = drawn
                .into_iter()
                .map(|(met, delay, ahead, score)| {
                    let at = if ahead == 0 { met.saturating_sub(1) } else { met + delay };
                    (at, Contact { epoch: epoch(met), score, has_alerted: false })
                })
                .collect();
            applied.sort_by_key(|(at, _)| *at);
            let (mut kept, mut contacts) = (Kept::default(), Vec::<Contact>::new());
            for (at, contact) in applied {
                let current = epoch(at);
                let now = current.start() + Duration::from_secs(60);
                contacts.retain(|contact| is_alive(contact.epoch.day(), now));
                kept = read(kept, now);
                if !is_alive(contact.epoch.day(), now) {
                    continue;
                }
                contacts.push(contact);
                let before = kept.verdict.after_terms(now).tell(now);
                kept = kept.again(before, &[]);
                let all = exposures(&contacts);
                let verdict = judge(&before, &all, now);
                // Told before, it is untold by an alert alone.
                let is_alert = verdict.is_at_risk(now) && !verdict.is_told();
                kept = kept.again(verdict, &all);
                for contact in contacts.iter_mut().filter(|_| is_alert) {
                    if is_fresh(contact, &before, current) {
                        prop_assert!(!contact.has_alerted, "{contact:?} alerts again at {current:?}");
                        contact.has_alerted = true;
                    }
                }
                let says = kept.verdict != Verdict::default();
                prop_assert_eq!(kept.met.is_some(), says);
                let Some(met) = kept.met else { continue };
                // It dies with a meeting that took place, and with none before what it was made of.
                let lives = |contact: &Contact| contact.epoch.day() == met;
                prop_assert!(contacts.iter().any(lives), "{met:?}");
                let alerted = contacts.iter().filter(|contact| contact.has_alerted);
                prop_assert!(alerted.clone().all(|contact| contact.epoch.day() <= met || is_newer(contact, &kept)));
                // The whole flag is told.
                if let Some(day) = kept.verdict.exposed_day() {
                    prop_assert!(day <= met && day.plus_days(FLAG_DAYS) <= met.plus_days(article_3::DAYS_KEPT));
                }
            }
        }
    }

    /// Whether this contact came after the last alert that the verdict knows of.
    fn is_newer(contact: &Contact, kept: &Kept) -> bool {
        kept.verdict
            .latest_risk_epoch()
            .is_none_or(|latest| contact.epoch > latest)
    }

    fn day(number: u32) -> Day {
        Day::from_number(18_500 + number)
    }

    fn at_risk(met: Day, now: Moment) -> Verdict {
        let epoch = Epoch::at(met.start() + Duration::from_hours(12)).unwrap();
        judge(&Verdict::default(), &[Exposure { epoch, score: 20.0 }], now)
    }

    #[test]
    fn a_later_write_keeps_the_day_and_a_newer_meeting_moves_it() {
        let now = day(3).start() + Duration::from_hours(12);
        let exposure = |met: u32| Exposure {
            epoch: Epoch::at(day(met).start() + Duration::from_hours(12)).unwrap(),
            score: 20.0,
        };
        let all = [exposure(0)];
        let kept = Kept::default().again(judge(&Verdict::default(), &all, now), &all);
        assert_eq!(kept.met, Some(day(0)));
        for days in 0..15 {
            let later = day(days).start() + Duration::from_hours(13);
            let again = kept.again(kept.verdict.after_terms(later).tell(later), &[]);
            assert_eq!(again.met, Some(day(0)), "{days}");
        }
        // Used up, it comes late, while the flag is raised: then the flag is its own.
        let all = [exposure(0), exposure(2)];
        let later = kept.again(judge(&kept.verdict, &all, now), &all);
        assert_eq!(
            (later.met, later.verdict.exposed_day()),
            (Some(day(2)), Some(day(2)))
        );
        // After the flag it is no reason of the alert, which goes with its own meeting.
        let fallen = day(9).start();
        let later = kept.again(judge(&kept.verdict, &all, fallen), &all);
        assert_eq!(
            (later.met, later.verdict.exposed_day()),
            (Some(day(0)), None)
        );
    }

    /// Else an alert of the last minutes of a day could be made once more of the first minutes of the next.
    #[test]
    fn what_is_judged_before_it_begins_is_forgotten_on_its_own_day() {
        let now = day(1).start() - Duration::from_secs(30);
        let epoch = Epoch::at(day(1).start()).unwrap();
        let all = [Exposure { epoch, score: 20.0 }];
        let kept = Kept::default().again(judge(&Verdict::default(), &all, now), &all);
        assert_eq!(kept.verdict.exposed_day(), Some(day(0)));
        assert_eq!(kept.met, Some(day(1)));
    }

    #[test]
    fn of_what_0_2_0_sealed_the_day_is_that_of_the_flag_or_a_bound_of_it() {
        let now = day(5).start();
        let raised = at_risk(day(1), now);
        assert_eq!(Kept::of_former(raised, day(6)).met, Some(day(1)));
        let fallen = raised.after_terms(day(10).start());
        assert_eq!(fallen.exposed_day(), None);
        // Written on the day on which the flag fell, or the day before the alert is forgotten.
        assert_eq!(Kept::of_former(fallen, day(9)).met, Some(day(1)));
        assert_eq!(Kept::of_former(fallen, day(19)).met, Some(day(5)));
        assert_eq!(Kept::of_former(Verdict::default(), day(9)).met, None);
    }

    #[test]
    fn who_was_not_exposed_is_sealed_under_any_past_day() {
        let (today, mut rng) = (day(14), Fixed(4));
        let fetched =
            (0..=18).map(|number| (day(number), DayKeys::draw(&mut Fixed(number.into()))));
        let keys = Keys::in_force(fetched, today.start());
        let drawn: BTreeSet<_> = (0..500)
            .filter_map(|_| draw_day(&keys, today, &mut rng))
            .collect();
        assert_eq!(
            drawn.into_iter().collect::<Vec<_>>(),
            (0..=14).map(day).collect::<Vec<_>>()
        );
        assert_eq!(draw_day(&Keys::default(), today, &mut rng), None);
    }
}
