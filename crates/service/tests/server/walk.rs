//! The walk after a change of roots: in slices, from a stored place, once for each new root.

use std::time::Duration;

use service::Class;
use service::form::Form;
use service::keyring::{KeyRing, wrapper};
use service::registry::{self, Progress, SETTLES};

use crate::common::{World, changes};

const ACCOUNTS: u8 = 120;
/// What `World::new` has.
const OLD: &str = "c4";
const NEW: &str = "d5";
const NEWER: &str = "e6";

fn ring(roots: &[&str]) -> KeyRing {
    let roots: Vec<_> = roots.iter().map(|root| root.repeat(32)).collect();
    KeyRing::from_text(Some(&roots.join(",")), true).unwrap()
}

/// A registry of so many accounts, under one root; now another is listed before it, and the walk is due.
fn due() -> World {
    let mut world = World::new();
    for number in 0..ACCOUNTS {
        let request = registry::Register {
            challenge: [number; 16],
            until: world.now.unix() + 600,
            level: 0,
            auth_key: [1; 32],
            tuple_key: [2; 32],
        };
        world.open_account(0, &request).unwrap();
    }
    world.ring = ring(&[NEW, OLD]);
    assert!(world.next_slice(0).is_none());
    world.now = world.now + SETTLES;
    write_groups(&mut world);
    world
}

/// The groups come first: a slice of them alone.
fn write_groups(world: &mut World) {
    let slice = world.next_slice(0).unwrap();
    assert_eq!((slice.groups().len(), slice.keepers().len()), (8, 0));
    let before = world.progress(0);
    world.rewrap(0, &slice);
    assert_eq!(world.progress(0), before);
    assert!(world.next_slice(0).is_none(), "a pause between two");
    world.now = world.now + Duration::from_secs(15);
    let groups = registry::groups(&world.registries[0], &World::place(Class::Registry, 0));
    let newest = world.ring.ids().next();
    for group in groups.unwrap() {
        let held = world.groups.get(&group.safe()).unwrap();
        assert_eq!(wrapper(Form::Group, held), Ok(newest));
    }
}

/// How many account keys the newest root wraps.
fn newest(world: &World) -> usize {
    let newest = world.ring.ids().next();
    let wrappers = world.wrappers(0);
    wrappers.into_iter().filter(|of| *of == newest).count()
}

/// Does the slice that is due.
fn step(world: &mut World) {
    let slice = world.next_slice(0).unwrap();
    world.rewrap(0, &slice);
}

fn percent(world: &World) -> u8 {
    match world.progress(0) {
        Progress::Walks(percent) => percent,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_walk_goes_on_slice_by_slice_and_says_how_far_it_is() {
    let mut world = due();
    let mut before = percent(&world);
    assert_eq!((before, newest(&world)), (0, 0));
    for done in [50, 100] {
        let slice = world.next_slice(0).unwrap();
        assert_eq!(slice.keepers().len(), 50);
        world.rewrap(0, &slice);
        assert_eq!(newest(&world), 2 * done);
        let percent = percent(&world);
        assert!((before + 15..before + 70).contains(&percent), "{percent}");
        before = percent;
        assert!(world.next_slice(0).is_none(), "a pause between two");
        world.now = world.now + Duration::from_secs(15);
    }
    step(&mut world);
    assert_eq!(newest(&world), 240);
    assert!(matches!(world.progress(0), Progress::Done { .. }));
    world.now = world.now + Duration::from_hours(24 * 365);
    assert!(world.next_slice(0).is_none(), "once");
}

/// Killed before its place was written, a slice is done again; of two that did it, the second writes nothing.
#[test]
fn a_slice_is_done_again_or_twice() {
    let mut world = due();
    let [first, second] = [(); 2].map(|()| world.next_slice(0).unwrap());
    assert_eq!(first.keepers(), second.keepers());
    world.rewrap(0, &first);
    let (progress, written) = (world.progress(0), changes(&world.registries[0]));
    world.rewrap(0, &second);
    assert_eq!(world.progress(0), progress);
    assert_eq!(changes(&world.registries[0]), written);
    world.now = world.now + Duration::from_secs(15);
    step(&mut world);
    assert_eq!(newest(&world), 200);
}

/// Whoever did a slice for the root before does not end the walk to this one.
#[test]
fn another_root_begins_the_walk_anew() {
    let mut world = due();
    step(&mut world);
    world.now = world.now + Duration::from_secs(15);
    let late = world.next_slice(0).unwrap();
    world.ring = ring(&[NEWER, NEW, OLD]);
    assert_eq!(percent(&world), 0);
    assert!(world.next_slice(0).is_none());
    world.rewrap(0, &late);
    assert_eq!(percent(&world), 0);
    world.now = world.now + SETTLES;
    write_groups(&mut world);
    for _ in 0..3 {
        step(&mut world);
        world.now = world.now + Duration::from_secs(15);
    }
    assert_eq!(newest(&world), 240);
    assert!(matches!(world.progress(0), Progress::Done { .. }));
}

/// A year ahead for one reading, and back.
#[test]
fn a_clock_that_was_ahead_puts_no_walk_off() {
    let mut world = due();
    step(&mut world);
    let year = Duration::from_hours(24 * 365);
    let place = World::place(Class::Registry, 0);
    registry::put_off_rewrap(&world.registries[0], &place, world.now + year).unwrap();
    step(&mut world);
    assert_eq!(newest(&world), 200);
    // Nor does a walk that began there count as one that settled.
    let now = world.now;
    world.ring = ring(&[NEWER, NEW, OLD]);
    world.now = now + year;
    assert!(world.next_slice(0).is_none());
    world.now = now;
    assert_eq!(percent(&world), 0);
    assert!(world.next_slice(0).is_none());
    world.now = now + SETTLES;
    write_groups(&mut world);
    step(&mut world);
    assert_eq!(newest(&world), 100);
}
