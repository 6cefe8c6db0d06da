//! For arbitrary contacts: no order matters, nothing counts twice, what is stored comes back.

use super::HOUR;
use crate::common::{moment, test};
use core::time::Duration;
use decree::Moment;
use proptest::prelude::*;
use robert::parameters::RISK_THRESHOLD;
use robert::risk::{AppliedContact, Unreadable, Verdict, expose, judge, risk};
use robert::{Epoch, Heard, Ntp};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() })]

    /// The promise of the verdict: contacts that wait together may be applied in any order and
    /// grouping, with a judgement after each.
    #[test]
    fn no_order_and_no_grouping_changes_a_verdict(
        before in prop::collection::vec(contact(), 0..3),
        (waiting, shuffled) in waiting(),
        cuts in prop::collection::vec(1usize..4, 8),
        hours in 0u64..(9 * 24),
    ) {
        // What was known, judged some time before.
        let then = now() - Duration::from_secs(hours * HOUR);
        let verdict = judge(&Verdict::default(), &expose(&before), then).tell(then);

        let mut all = before.clone();
        all.extend(waiting);
        let at_once = judge(&verdict, &expose(&all), now());

        let (mut applied, mut step_by_step) = (before, verdict);
        let mut rest = &shuffled[..];
        for cut in cuts.into_iter().cycle() {
            let (group, after) = rest.split_at(cut.min(rest.len()));
            applied.extend_from_slice(group);
            step_by_step = judge(&step_by_step, &expose(&applied), now());
            rest = after;
            if rest.is_empty() { break; }
        }
        prop_assert_eq!(step_by_step, at_once);
    }

    #[test]
    fn no_order_changes_an_exposure((contacts, mut shuffled) in waiting()) {
        for contact in &mut shuffled {
            contact.hellos.reverse();
        }
        prop_assert_eq!(expose(&contacts), expose(&shuffled));
    }

    /// What the promise above rests on.
    #[test]
    fn one_more_contact_never_lowers_a_sum((contacts, _) in waiting(), more in contact()) {
        let sum = |contacts: &[AppliedContact]| -> f64 {
            expose(contacts).iter().map(|exposure| exposure.score).sum()
        };
        let with: Vec<_> = contacts.iter().cloned().chain([more]).collect();
        prop_assert!(sum(&with) >= sum(&contacts) - 1e-9);
    }

    #[test]
    fn a_sum_is_at_most_what_the_contacts_score_alone((contacts, _) in waiting()) {
        let alone: f64 = contacts.iter().flat_map(|c| expose(std::slice::from_ref(c))).map(|e| e.score).sum();
        let together: f64 = expose(&contacts).iter().map(|e| e.score).sum();
        prop_assert!(together <= alone + 1e-9);
    }

    #[test]
    fn stored_contacts_come_back(contact in contact()) {
        prop_assert_eq!(AppliedContact::from_bytes(&contact.to_bytes()), Ok(contact));
    }

    #[test]
    fn stored_verdicts_come_back(bytes in prop::array::uniform10(any::<u8>()), flags in 0u8..8) {
        let mut bytes = bytes;
        (bytes[0], bytes[1], bytes[6]) = (1, flags, 0);
        match Verdict::from_bytes(&bytes) {
            Ok(verdict) => prop_assert_eq!(verdict.to_bytes(), bytes),
            Err(Unreadable) => prop_assert!(flags & 3 != 3, "both values are there, so all bytes mean something"),
        }
    }

    #[test]
    fn risk_grows_with_the_sum(a in 0.0..1000.0, b in 0.0..1000.0) {
        prop_assert_eq!(a <= b, risk(a) <= risk(b));
        prop_assert_eq!(risk(a) >= RISK_THRESHOLD, a >= 14.839_509_247_581_2);
    }
}

fn now() -> Moment {
    moment("2022-05-20T12:10:00Z")
}

/// A contact of one of a few epochs around the terms, with few enough times to collide.
fn contact() -> impl Strategy<Value = AppliedContact> + Clone {
    let ago = prop_oneof![6 => 0u32..2, 2 => 90u32..98, 1 => 668u32..676, 1 => 1340u32..1350];
    let minutes = prop::collection::vec((0u16..15, -66i8..-50), 0..16);
    (ago, prop::bool::weighted(0.1), minutes).prop_map(|(ago, ahead, minutes)| {
        let current = Epoch::at(now()).unwrap();
        let epoch = if ahead {
            current.number() + 1
        } else {
            current.number() - ago
        };
        let epoch = Epoch::new(epoch).unwrap();
        let heard = |(minute, rssi)| {
            let at = Ntp(Ntp::from(epoch.start()).0 + 60 * u64::from(minute));
            Heard {
                time: at.time16(),
                collected: at.time32().seconds(),
                rssi,
            }
        };
        AppliedContact {
            epoch,
            hellos: minutes.into_iter().map(heard).collect(),
        }
    })
}

/// Waiting contacts, and the same in another order.
fn waiting() -> impl Strategy<Value = (Vec<AppliedContact>, Vec<AppliedContact>)> {
    prop::collection::vec(contact(), 1..8)
        .prop_flat_map(|contacts| (Just(contacts.clone()), Just(contacts).prop_shuffle()))
}
