//! What may be published, one property for each sentence of `docs/STATISTICS.md`.

use decree::Day;
use proptest::prelude::*;
use service::tally::DayTally;
use service::tally::publish::{FLOOR, NAMES, PEOPLE_NEEDED, publish};
use wire::statistics::Figure;

use crate::common::NOON;

/// Days on which nothing, little or much happened. Reports are the codes used of both kinds.
fn some_days() -> impl Strategy<Value = Vec<DayTally>> {
    let count = prop_oneof![Just(0), 0..=3_u64, 0..=30_u64, 90..=200_u64];
    let counts = proptest::collection::vec(count, 12);
    let gap = prop_oneof![9 => Just(1), 1 => 2..5_u32];
    proptest::collection::vec((counts, gap), 0..40).prop_map(|days| {
        let mut day = NOON.day();
        let tally = |(counts, gap): (Vec<u64>, u32)| {
            day = day.plus_days(gap);
            let mut counts: [u64; 12] = counts.try_into().unwrap();
            counts[at("reports")] = counts[at("longCodesUsed")] + counts[at("shortCodesUsed")];
            DayTally { day, counts }
        };
        days.into_iter().map(tally).collect()
    })
}

fn at(name: &str) -> usize {
    NAMES.iter().position(|known| *known == name).unwrap()
}

fn sum(days: &[DayTally], figure: usize, from: &str, to: &str) -> u64 {
    let within = |tally: &&DayTally| (from..=to).contains(&&*tally.day.to_string());
    days.iter()
        .filter(within)
        .map(|tally| tally.counts[figure])
        .sum()
}

proptest! {
    /// Per figure, consecutive days are merged until each period's count reaches the floor, and no
    /// later; what has not reached it is withheld. No day is left out and none counts twice.
    #[test]
    fn periods_cover_every_day_once_and_reach_the_floor(days in some_days()) {
        let published = publish(&days, FLOOR, 0);
        prop_assert_eq!(published.figures.len(), 12);
        for (figure, Figure { name, periods, withheld_since }) in published.figures.iter().enumerate() {
            let mut next = days.first().map(|tally| tally.day);
            for period in periods {
                prop_assert!(period.count >= FLOOR, "{} {:?}", name, period);
                let from = next.map(|day| day.to_string());
                prop_assert_eq!(Some(&period.from), from.as_ref());
                prop_assert_eq!(period.count, sum(&days, figure, &period.from, &period.to));
                let last: Day = period.to.parse().unwrap();
                if !name.contains("Codes") {
                    let without = last.minus_days(1).to_string();
                    prop_assert!(sum(&days, figure, &period.from, &without) < FLOOR, "{} could end sooner", name);
                }
                next = Some(last.plus_days(1));
            }
            let left = next.filter(|next| days.last().is_some_and(|last| *next <= last.day));
            prop_assert_eq!(withheld_since, &left.map(|day| day.to_string()));
            if let (Some(since), false) = (withheld_since, name.contains("Codes")) {
                prop_assert!(sum(&days, figure, since, "9999-12-31") < FLOOR, "{} is withheld", name);
            }
        }
    }

    /// What was published stays as it was when days are added.
    #[test]
    fn no_published_period_ever_changes(days in some_days(), cut in 0..40_usize) {
        let known = days.get(..cut.min(days.len())).unwrap_or_default();
        let (before, after) = (publish(known, FLOOR, PEOPLE_NEEDED), publish(&days, FLOOR, PEOPLE_NEEDED));
        for (before, after) in before.figures.iter().zip(&after.figures) {
            prop_assert!(after.periods.starts_with(&before.periods), "{:?} became {:?}", before, after);
        }
    }

    /// Nothing leaves at all while few people are registered: neither before there are enough, nor
    /// once too many have left. Day by day, whatever is newly published tells by itself that there
    /// are enough, and if there are, everything is published that they are needed for: so that what
    /// is published, and when, says nothing that the published comings and goings do not.
    #[test]
    fn nothing_leaves_a_realm_of_few_people(days in some_days(), people in 1..1_000_u64) {
        let mut before = publish(&[], FLOOR, people).figures;
        for until in 1..=days.len() {
            let known = &days[..until];
            let would_be = publish(known, FLOOR, 0).figures;
            let registered = |figures: &[Figure]| {
                let sum = |name| figures[at(name)].periods.iter().map(|period| period.count).sum::<u64>();
                sum("registrations").saturating_sub(sum("unregistrations"))
            };
            let now = publish(known, FLOOR, people).figures;
            let periods = |figures: &[Figure]| figures.iter().map(|figure| figure.periods.clone()).collect::<Vec<_>>();
            if registered(&would_be) >= people {
                prop_assert_eq!(periods(&now), periods(&would_be));
                prop_assert!(registered(&now) >= people);
            } else {
                prop_assert_eq!(periods(&now), periods(&before));
            }
            // What is withheld of either is less than the floor.
            let all = |name| known.iter().map(|tally| tally.counts[at(name)]).sum::<u64>();
            if all("registrations") + FLOOR <= people + all("unregistrations") {
                prop_assert_eq!(periods(&now), periods(&before));
            }
            before = now;
        }
    }

    /// No difference gives away what is withheld: between two days up to which the reports are
    /// known, by themselves or as the codes used of both kinds, lie no reports or a floor of them. And
    /// what is told of codes is told of the same days, so that no one of these figures is what is left
    /// of two others.
    #[test]
    fn codes_give_no_small_day_away(days in some_days()) {
        let published = publish(&days, FLOOR, 0);
        let ends = |name: &str| -> Vec<String> {
            published.figures[at(name)].periods.iter().map(|period| period.to.clone()).collect()
        };
        let kinds = ends("longCodesUsed");
        for name in NAMES.iter().filter(|name| name.contains("Codes")) {
            prop_assert_eq!(&kinds, &ends(name), "{}", name);
        }
        // Nor do the three figures of a kind say that a few of its codes are still out.
        for (kind, end) in ["long", "short"].iter().flat_map(|kind| kinds.iter().map(move |end| (kind, end))) {
            let [issued, used, expired] = ["Issued", "Used", "Expired"].map(|what| {
                let figure = at(&format!("{kind}Codes{what}"));
                sum(&days, figure, "", end)
            });
            let out = issued.abs_diff(used + expired);
            prop_assert!(out == 0 || out >= FLOOR, "{} {} codes are out at the end of {}", out, kind, end);
        }
        let mut known = [ends("reports"), kinds].concat();
        known.sort();
        known.dedup();
        let mut since = String::new();
        for end in known {
            let after = |tally: &&DayTally| tally.day.to_string() > since && tally.day.to_string() <= end;
            let reports: u64 = days.iter().filter(after).map(|tally| tally.counts[at("reports")]).sum();
            prop_assert!(reports >= FLOOR, "{} reports up to {}", reports, end);
            since = end;
        }
    }
}

/// A hundred people come, and all but five leave: numbers end with them, and come back when others do.
#[test]
fn figures_end_when_people_leave() {
    let days = |rows: &[(u64, u64, u64)]| -> Vec<DayTally> {
        let day = |(after, (came, left, asked)): (u32, &(u64, u64, u64))| {
            let mut counts = [0; 12];
            (counts[0], counts[1], counts[2]) = (*came, *left, *asked);
            DayTally {
                day: NOON.day().plus_days(after),
                counts,
            }
        };
        (0..).zip(rows).map(day).collect()
    };
    let counts = |rows: &[(u64, u64, u64)]| {
        let published = publish(&days(rows), FLOOR, PEOPLE_NEEDED);
        let of = |name: &str| -> Vec<u64> {
            let periods = published.figures[at(name)].periods.iter();
            periods.map(|period| period.count).collect()
        };
        ["registrations", "unregistrations", "statusChecks"].map(of)
    };
    assert_eq!(counts(&[(100, 95, 50)]), [const { Vec::<u64>::new() }; 3]);
    let here = [(105, 0, 50)];
    assert_eq!(counts(&here), [vec![105], vec![], vec![50]]);
    let leaving = [(105, 0, 50), (0, 95, 40), (3, 0, 12)];
    assert_eq!(counts(&leaving), counts(&here));
    let fewer_than_ten_left = [(105, 0, 50), (0, 9, 40)];
    assert_eq!(
        counts(&fewer_than_ten_left),
        [vec![105], vec![], vec![50, 40]]
    );
    let back = [(105, 0, 50), (0, 95, 40), (3, 0, 12), (90, 2, 7)];
    assert_eq!(counts(&back), [vec![105, 93], vec![95], vec![50, 40, 12]]);
}
