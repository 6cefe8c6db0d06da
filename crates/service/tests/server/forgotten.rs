//! What the key of a day had sealed is counted before its rows go: nothing is left out, and nothing is made up.

use core::time::Duration;

use decree::{Day, Moment, article_3};
use service::registry::{self, Counted, Sealed};
use service::tally::forgotten::{self, DaySealed};
use service::{Class, Realm};
use store::{Native, Sql};
use wire::statistics::Range;

use crate::common::{NOON, SHARDS, World, count};

const SECOND: Duration = Duration::from_secs(1);

/// The day of the meeting, and when its keys are destroyed.
fn day() -> (Day, Moment) {
    let day = NOON.day();
    (day, article_3::day_key_destroyed_at(day))
}

impl World {
    /// As a demo realm does in the last second of the day's keys.
    fn count_dying(&mut self, day: Day) {
        for index in 0..SHARDS.registries {
            let counted = self.at_registry(index, |sql, context| {
                registry::count_dying(sql, context, day)
            });
            counted.unwrap();
        }
    }

    fn forgotten_days(&self, index: u16) -> Option<Counted> {
        let (sql, place) = self.at(index);
        registry::counted(sql, &place, Day::from_number(0), day().0.plus_days(99)).unwrap()
    }

    /// What all registries counted of this day.
    fn sealed(&self, day: Day) -> Vec<Sealed> {
        let counted = (0..SHARDS.registries).filter_map(|index| self.forgotten_days(index));
        let days = counted.flat_map(|counted| counted.days);
        days.filter(|(of, _)| *of == day.number())
            .map(|(_, sealed)| sealed)
            .collect()
    }

    /// As the tally's object does.
    fn add_up(&self, tally: &Native) -> Vec<DaySealed> {
        let place = Self::place(Class::Tally, 0);
        if let Some(days) = forgotten::due(tally, &place, self.now).unwrap() {
            let counted: Vec<_> = (0..SHARDS.registries)
                .filter_map(|index| self.forgotten_days(index))
                .collect();
            forgotten::store(tally, &place, days, &counted).unwrap();
        }
        forgotten::read(tally, &place).unwrap()
    }

    fn exposures_of(&self, day: Day) -> u64 {
        let of = |sql: &Native| {
            let count = "SELECT COUNT(*) FROM exposure WHERE day = ?1";
            sql.query(count, &[day.number().into()]).unwrap()[0]
                .integer(0)
                .unwrap()
        };
        self.registries.iter().map(of).sum()
    }

    fn readable_verdicts(&mut self) -> usize {
        self.verdicts().into_iter().flatten().count()
    }
}

/// Thirty people, two of whom met, and one of these reported. Sylvie was told that day and never asked again; 28 ask each
/// day.
fn fortnight() -> World {
    let (mut world, mut sylvie) = World::reported();
    let mut phones: Vec<_> = (0..28).map(|_| world.register()).collect();
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
    for days in 1..article_3::DAYS_KEPT {
        for phone in &mut phones {
            world.now = NOON + Duration::from_hours(24) * days;
            world.at_risk(phone);
        }
    }
    let (_, end) = day();
    world.now = end - SECOND;
    world
}

/// Nobody told the count how many verdicts there are: without the day's key so many fewer open.
#[test]
fn in_a_demo_realm_the_count_is_what_stops_to_open() {
    let mut world = fortnight();
    let (day, end) = day();
    let (before, exposures) = (world.readable_verdicts(), world.exposures_of(day));
    assert!(exposures > 0);
    world.count_dying(day);
    world.count_dying(day);
    world.now = end;
    world.tick();
    let (after, sealed) = (world.readable_verdicts(), world.sealed(day));
    let verdicts: u32 = sealed.iter().filter_map(|of| of.verdicts).sum();
    assert!(after < before, "Sylvie's at least");
    assert_eq!(before - after, usize::try_from(verdicts).unwrap());
    let counted: u32 = sealed.iter().map(|of| of.exposures).sum();
    assert_eq!(u64::from(counted), exposures);
}

/// Nationally midnight counts what it deletes; verdicts, which name no day, stay uncounted.
#[test]
fn midnight_counts_what_it_deletes() {
    let mut world = fortnight();
    let (day, end) = day();
    let exposures = world.exposures_of(day);
    world.tick();
    assert_eq!(world.sealed(day), [], "its keys live for another second");
    world.now = end;
    world.tick();
    assert_eq!(world.exposures_of(day), 0);
    let sealed = world.sealed(day);
    let sum = |of: fn(&Sealed) -> u32| sealed.iter().map(of).sum::<u32>();
    assert_eq!(u64::from(sum(|of| of.exposures)), exposures);
    assert_eq!(sum(|of| of.figures), u32::from(SHARDS.registries));
    assert!(sealed.iter().all(|of| of.verdicts.is_none()));
    // Once more counts nothing anew: the rows are gone.
    world.tick();
    assert_eq!(world.sealed(day), sealed);
    // Fifteen days later the tally has it.
    world.now = world.now + Duration::from_hours(24 * 15);
    world.tick();
    assert_eq!(world.sealed(day), []);
}

/// The rows of a day go in slices: until the last has gone, the tally does not take the day.
#[test]
fn a_day_is_counted_when_its_last_row_is_deleted() {
    const ROWS: u64 = 1_200;
    let mut world = fortnight();
    let (day, end) = day();
    let tally = Native::in_memory().unwrap();
    let exposures = world.exposures_of(day);
    let (sql, place) = world.at(0);
    for number in 1..=ROWS {
        // Of an account that left: nothing opens them.
        let id = u64::from(day.number()) << 38 | number;
        let insert = "INSERT INTO exposure (id, sealed) VALUES (?1, x'00')";
        sql.exec(insert, &[id.into()]).unwrap();
    }
    registry::tick(&world.registries[1], &World::place(Class::Registry, 1), end).unwrap();
    let mut slices = 1;
    while registry::tick(sql, &place, end).unwrap() {
        let counted = world.forgotten_days(0).unwrap();
        assert!(counted.until < day.number(), "{counted:?}");
        slices += 1;
    }
    assert_eq!(slices, 3);
    world.now = end;
    let sums = world.add_up(&tally);
    assert_eq!(sums.len(), 1);
    assert_eq!(sums[0].exposures, exposures + ROWS);
}

/// A server that was down for a week counts each day that died meanwhile.
#[test]
fn days_that_died_while_nobody_was_there_are_counted_each() {
    let mut world = fortnight();
    let (first, end) = day();
    let figures = |day: Day| {
        let count = "SELECT COUNT(*) FROM registry_figures WHERE day = ?1";
        let of = |sql: &Native| sql.query(count, &[day.number().into()]).unwrap()[0].integer(0);
        world.registries.iter().map(|sql| of(sql).unwrap()).sum()
    };
    let days: Vec<_> = (0..7).map(|after| first.plus_days(after)).collect();
    let before: Vec<u64> = days.iter().map(|day| figures(*day)).collect();
    assert!(before.iter().all(|rows| *rows > 0));
    world.now = end + Duration::from_hours(24 * 6);
    world.tick();
    let counted = days.iter().map(|day| {
        let of = world.sealed(*day);
        of.iter().map(|sealed| u64::from(sealed.figures)).sum()
    });
    assert_eq!(counted.collect::<Vec<u64>>(), before);
}

#[test]
fn a_day_is_added_up_once_when_every_registry_has_counted_it() {
    let mut world = fortnight();
    let (day, end) = day();
    let exposures = world.exposures_of(day);
    let tally = Native::in_memory().unwrap();
    world.now = end;
    // One of two registries is late.
    let (sql, place) = world.at(0);
    registry::tick(sql, &place, world.now).unwrap();
    assert_eq!(world.add_up(&tally), []);
    world.tick();
    let sums = world.add_up(&tally);
    let sealed = DaySealed {
        day,
        exposures,
        verdicts: None,
        figures: u64::from(SHARDS.registries),
    };
    assert_eq!(sums, [sealed]);
    assert_eq!(world.add_up(&tally), sums);
    assert_eq!(count(&tally, "forgotten"), 1);

    let [told] = forgotten::publish(&sums, Realm::National)
        .try_into()
        .unwrap();
    let lowest = Range {
        from: 0,
        to: Some(999),
    };
    assert_eq!(told.day, day.to_string());
    assert_eq!((told.exposures, told.figures), (lowest, lowest));
    let open = Range { from: 0, to: None };
    assert_eq!(told.verdicts, open);
    let [told] = forgotten::publish(&sums, Realm::Demo([1; 16]))
        .try_into()
        .unwrap();
    let exactly = Range {
        from: exposures,
        to: Some(exposures),
    };
    assert_eq!(told.exposures, exactly);
    // The next day follows, though its key sealed no exposure.
    world.now = world.now + Duration::from_hours(24);
    world.tick();
    let next = world.add_up(&tally);
    assert_eq!(next.len(), 2);
    assert_eq!((next[1].day, next[1].exposures), (day.plus_days(1), 0));
}

/// A registry in which nothing was ever stored holds up no day.
#[test]
fn nothing_is_stored_of_days_before_the_first_and_of_registries_that_nobody_used() {
    let mut world = World::new();
    let tally = Native::in_memory().unwrap();
    assert_eq!(world.add_up(&tally), []);
    world.register();
    let is_made: Vec<_> = (0..SHARDS.registries)
        .map(|index| world.forgotten_days(index).is_some())
        .collect();
    assert_eq!(is_made.iter().filter(|made| **made).count(), 1);
    let (day, end) = day();
    world.now = end;
    world.tick();
    let sums = world.add_up(&tally);
    assert_eq!(sums.len(), 1);
    assert_eq!((sums[0].day, sums[0].figures), (day, 1));
}
