//! A desk that release 0.1.0 wrote: its record is read, added to and forgotten while it moves to its own table.

use core::time::Duration;

use service::schema::{self, walk};
use service::{Class, desk};
use store::Sql;
use wire::code::Kind::Long;
use wire::issuer::{Act, Role};

use crate::release_0_1_0::DESK;
use crate::world::{ROOT, World, place};

const SECOND: Duration = Duration::from_secs(1);

/// A desk with so many acts, several a second, as 0.1.0 would have written it.
fn recorded(acts: u32) -> World {
    let mut world = World::new();
    let lab = world.make(ROOT, Role::Lab, 10).unwrap();
    world.revoke(ROOT, &lab.id).unwrap();
    for count in 3..=acts {
        if count % 7 == 0 {
            world.now = world.now + SECOND;
        }
        world.ask(ROOT, Long, count % 50 + 1, None).unwrap();
    }
    world.desk = DESK.before(&world.desk);
    world
}

/// The whole record, read in parts from mark to mark, though it moves between two of them.
fn read(world: &World, mut between: impl FnMut()) -> Vec<Act> {
    let (mut acts, mut before) = (Vec::new(), None);
    loop {
        let place = place(Class::Desk, 0);
        let part = desk::list_acts(&world.desk, &place, ROOT, before.as_deref()).unwrap();
        acts.extend(part.acts);
        before = part.next;
        if before.is_none() {
            return acts;
        }
        between();
    }
}

#[test]
fn the_record_is_read_and_added_to_while_it_moves() {
    let mut world = recorded(1_500);
    let mut expected = read(&world, || {});
    assert_eq!(expected.len(), 1_500);
    for round in 0.. {
        let place = place(Class::Desk, 0);
        let now = world.now;
        let tick = || desk::tick(&world.desk, &place, now, None).unwrap();
        assert_eq!(read(&world, tick), expected, "{round}");
        if walk::next_due(&world.desk).unwrap().is_none() {
            assert!(round > 3);
            break;
        }
        world.now = world.now + SECOND;
        world.ask(ROOT, Long, round + 1, None).unwrap();
        world.ask(ROOT, Long, round + 2, None).unwrap();
        let newest = world.acts();
        expected.splice(0..0, newest[..2].to_vec());
    }
    let gone = world.desk.query("SELECT 1 FROM outbox", &[]);
    assert!(gone.is_err(), "the table is dropped");
}

#[test]
fn the_record_is_forgotten_in_both_forms() {
    for slices in 0..3 {
        let mut world = recorded(300);
        for _ in 0..slices {
            world.tick(None);
            world.now = world.now + SECOND;
        }
        let end = world.now + SECOND;
        assert!(!world.acts().is_empty());
        world.now = end;
        let due = desk::next_due(&world.desk, Some(end)).unwrap();
        assert!(due.is_some_and(|due| due <= end));
        world.tick(Some(end));
        assert_eq!(world.acts(), []);
        world.now = world.now + SECOND;
        world.tick(Some(end));
        assert_eq!(walk::next_due(&world.desk), Ok(None));
        // The day's quotas.
        let due = desk::next_due(&world.desk, Some(end)).unwrap();
        assert!(due.is_none_or(|due| due > world.now));
    }
}

/// A trailing column more, with a default, in every table: what a later release may add. No statement minds.
#[test]
fn a_column_more_breaks_nothing() {
    let mut world = World::new();
    let place = place(Class::Desk, 0);
    store::transact(&world.desk, |sql| schema::ensure_tables(sql, &place)).unwrap();
    for table in schema::DESK.tables {
        let add = format!(
            "ALTER TABLE {} ADD COLUMN more INTEGER NOT NULL DEFAULT 7",
            table.name
        );
        world.desk.exec(&add, &[]).unwrap();
    }
    let operator = world.make(ROOT, Role::Operator, 10).unwrap();
    world.hand_out(operator.holder, Long, 3, "id").unwrap();
    world.hand_out(operator.holder, Long, 3, "id").unwrap();
    world.revoke(ROOT, &operator.id).unwrap();
    assert_eq!(world.acts().len(), 3);
    world.now = world.now + Duration::from_hours(24 * 9);
    world.tick(Some(world.now));
    assert_eq!(world.acts(), []);
}
