//! Lists that are longer than an answer: every act and every key can be read.

use core::time::Duration;
use std::collections::BTreeSet;

use service::{Class, desk};
use wire::Refusal;
use wire::code::Kind::Long;
use wire::issuer::{Act, Deed, Role};

use crate::world::{NOON, ROOT, World, place};

/// Every part of the record, read one after the other.
fn parts(world: &World) -> Vec<Vec<Act>> {
    let (mut parts, mut before) = (Vec::new(), None);
    loop {
        let place = place(Class::Desk, 0);
        let part = desk::list_acts(&world.desk, &place, ROOT, before.as_deref()).unwrap();
        parts.push(part.acts);
        before = part.next;
        if before.is_none() {
            return parts;
        }
    }
}

/// However many there are, and however many of one second: nobody can push an act out of sight, and
/// the newest is the first.
#[test]
fn every_act_can_be_read_once() {
    let mut world = World::new();
    assert_eq!(parts(&world), [vec![]]);
    let counts = 1..=2_500;
    for count in counts.clone() {
        // A thousand and more in one second, over the end of a part.
        if [1, 300, 1_700].contains(&count) {
            world.now = world.now + Duration::from_secs(1);
        }
        world.ask(ROOT, Long, count % 500 + 1, None).unwrap();
    }
    let parts = parts(&world);
    let lengths: Vec<_> = parts.iter().map(Vec::len).collect();
    assert_eq!(lengths, [1_000, 1_000, 500]);
    let read: Vec<_> = parts
        .concat()
        .iter()
        .map(|act| (act.moment, count_of(act)))
        .collect();
    let done: Vec<_> = counts
        .map(|count| {
            let second = [1, 300, 1_700].iter().filter(|first| **first <= count);
            (NOON.unix() + second.count() as u64, count % 500 + 1)
        })
        .rev()
        .collect();
    assert_eq!(read, done);
}

fn count_of(act: &Act) -> u32 {
    match act.deed {
        Deed::CodesHandedOut { count, .. } => count,
        _ => panic!("{act:?}"),
    }
}

#[test]
fn every_key_can_be_read_once() {
    let world = World::new();
    let operator = world.make(ROOT, Role::Operator, 5).unwrap();
    let mut made = BTreeSet::from([operator.id]);
    for _ in 0..1_000 {
        let key = world.make(operator.holder, Role::Lab, 1).unwrap();
        made.insert(key.id);
    }
    let read = |before: Option<&str>| {
        let place = place(Class::Desk, 0);
        desk::list_keys(&world.desk, &place, world.now, ROOT, before).unwrap()
    };
    let (first, second) = (read(None), read(read(None).next.as_deref()));
    assert_eq!((first.keys.len(), second.keys.len()), (1_000, 1));
    assert_eq!(second.next, None);
    let keys = first.keys.into_iter().chain(second.keys);
    assert_eq!(keys.map(|key| key.id).collect::<BTreeSet<_>>(), made);
    // The end, once more.
    assert_eq!(read(Some(&"0".repeat(16))).keys, []);
}

#[test]
fn a_list_goes_on_only_where_it_said() {
    let world = World::new();
    let desk = place(Class::Desk, 0);
    for before in ["", "x", "7", "é", "1-2", "99999999999999999999-00"] {
        let before = Some(before);
        let acts = desk::list_acts(&world.desk, &desk, ROOT, before).map(drop);
        let keys = desk::list_keys(&world.desk, &desk, NOON, ROOT, before).map(drop);
        for answer in [acts, keys] {
            let refusal = answer.map_err(Refusal::from);
            assert!(matches!(refusal, Err(Refusal::Malformed(_))), "{before:?}");
        }
    }
}
