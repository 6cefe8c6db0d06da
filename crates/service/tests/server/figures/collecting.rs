//! Days become statistics.

use std::time::Duration;

use decree::Day;
use service::Class;
use service::tally::publish::{FLOOR, NAMES, PEOPLE_NEEDED, publish};
use service::tally::{self, DayTally};
use store::Native;
use wire::code::Kind;
use wire::statistics::{Figure, Statistics};

use crate::common::World;

fn tallied(tally: &Native) -> Vec<DayTally> {
    tally::read(tally, &World::place(Class::Tally, 0)).unwrap()
}

fn statistics(tally: &Native) -> Statistics {
    publish(&tallied(tally), FLOOR, PEOPLE_NEEDED)
}

/// Many days of a realm with people enough: each figure's periods, and nothing while they are few.
#[test]
fn a_realm_with_people_enough_publishes_its_periods() {
    let (mut world, tally) = (World::new(), Native::in_memory().unwrap());
    let first = world.now.day();
    for (day, newcomers, codes) in [
        (0, 60, 12),
        (1, 3, 4),
        (2, 37, 7),
        (3, 9, 0),
        (4, 0, 3),
        (5, 2, 1),
    ] {
        world.now = first.plus_days(day).start() + Duration::from_hours(9);
        world.collect(&tally);
        world.register_strangers(newcomers);
        (0..codes).for_each(|_| drop(world.hand_out(Kind::Long)));
        // A hundred people have registered at the end of the third day.
        let published = statistics(&tally);
        let shown = published
            .figures
            .iter()
            .any(|figure| !figure.periods.is_empty());
        assert_eq!(shown, day > 2, "{published:?}");
    }
    world.now = first.plus_days(6).start() + Duration::from_mins(59);
    world.collect(&tally);
    assert_eq!(tallied(&tally).len(), 5, "the last day is not complete");
    world.now = world.now + Duration::from_mins(1);
    world.collect(&tally);
    let days = tallied(&tally);
    assert_eq!(days.len(), 6);
    world.collect(&tally);
    assert_eq!(tallied(&tally), days, "collected once");

    let published = statistics(&tally);
    let day = |number| first.plus_days(number).to_string();
    assert_eq!(published.from, Some(day(0)));
    assert_eq!(published.until, Some(day(5)));
    let names: Vec<_> = published
        .figures
        .iter()
        .map(|figure| &figure.name)
        .collect();
    assert_eq!(names, NAMES.iter().collect::<Vec<_>>());
    let shown = |name: &str| {
        let figure = published.figures.iter().find(|figure| figure.name == name);
        let Figure {
            periods,
            withheld_since,
            ..
        } = figure.unwrap();
        let periods = periods
            .iter()
            .map(|p| (p.from.clone(), p.to.clone(), p.count));
        (periods.collect::<Vec<_>>(), withheld_since.clone())
    };
    assert_eq!(
        shown("registrations"),
        (
            vec![
                (day(0), day(0), 60),
                (day(1), day(2), 40),
                (day(3), day(5), 11)
            ],
            None
        )
    );
    for nothing in [
        "reports",
        "longCodesIssued",
        "longCodesUsed",
        "statusChecks",
        "shortCodesIssued",
    ] {
        assert_eq!(shown(nothing), (vec![], Some(day(0))), "{nothing}");
    }
    let lines = [
        ("registrations", 0, 0, 60),
        ("registrations", 1, 2, 40),
        ("registrations", 3, 5, 11),
    ];
    let lines =
        lines.map(|(name, from, to, n)| format!("{name},{},{},{n}\r\n", day(from), day(to)));
    let csv = format!("figure,from,to,count\r\n{}", lines.concat());
    assert_eq!(published.to_csv(), csv);
}

/// Days that were forgotten before anybody collected them are named, and count for nothing.
#[test]
fn days_that_were_lost_are_named() {
    let (mut world, tally) = (World::new(), Native::in_memory().unwrap());
    let first = world.now.day();
    world.register_strangers(60);
    world.pass(1);
    world.collect(&tally);
    world.register_strangers(7);
    world.pass(20);
    world.tick();
    world.register_strangers(60);
    world.pass(1);
    world.collect(&tally);
    let published = statistics(&tally);
    let missing: Vec<_> = (1..=7)
        .map(|day| first.plus_days(day).to_string())
        .collect();
    assert_eq!(published.missing, missing);
    let counts: Vec<_> = published.figures[0]
        .periods
        .iter()
        .map(|p| p.count)
        .collect();
    assert_eq!(counts, [60, 60]);
    assert_eq!(
        published.figures[0].periods[1].from,
        first.plus_days(1).to_string()
    );
}

/// The worked example of `docs/STATISTICS.md`, in both its forms.
#[test]
fn the_documented_example_is_right() {
    const DOCUMENT: &str = include_str!("../../../../../docs/STATISTICS.md");
    let block = |language: &str| {
        let rest = DOCUMENT.split(&format!("```{language}\n")).nth(1);
        rest.unwrap().split("```").next().unwrap()
    };
    let first: Day = "2020-06-02".parse().unwrap();
    let days = (0..).zip([5, 7, 31, 0, 9, 1, 3]).map(|(after, reports)| {
        let mut counts = [0; 12];
        // People enough, from the first day on.
        (counts[0], counts[5]) = (PEOPLE_NEEDED, reports);
        DayTally {
            day: first.plus_days(after),
            counts,
        }
    });
    let mut published = publish(&days.collect::<Vec<_>>(), FLOOR, PEOPLE_NEEDED);
    published.figures.retain(|figure| figure.name == "reports");
    let documented: Statistics = serde_json::from_str(block("json")).unwrap();
    assert_eq!(published, documented);
    assert_eq!(published.to_csv().replace('\r', ""), block("csv"));
}
