//! What a stolen key can do before it is revoked, and what is undone after.

use core::time::Duration;

use decree::article_3;
use service::desk::{MOST_ACTS, MOST_AGAIN};
use wire::Refusal;
use wire::code::Code;
use wire::code::Kind::{Long, Short};
use wire::issuer::{Deed, Role};

use crate::world::{NOON, ROOT, World};

/// More than one slice of the intakes' rows.
const MANY: u32 = 1_200;

#[test]
fn codes_of_a_stolen_key_and_of_those_that_came_from_it_are_made_void() {
    let mut world = World::new();
    let operator = world.make(ROOT, Role::Operator, 10_000).unwrap();
    let stolen = world.make(operator.holder, Role::Operator, 5_000).unwrap();
    let below = world.make(stolen.holder, Role::Lab, 5_000).unwrap();
    let other = world.make(operator.holder, Role::Lab, 5_000).unwrap();
    let many = world.hand_out(stolen.holder, Long, MANY, "many").unwrap();
    let used = world.hand_out(below.holder, Long, 1, "used").unwrap();
    // On another day, and so under another mark.
    world.now = NOON + Duration::from_hours(24 * 3);
    let late = world.hand_out(below.holder, Long, 2, "late").unwrap();
    let short = world.hand_out(stolen.holder, Short, 1, "short").unwrap();
    let good = world.hand_out(other.holder, Long, 3, "good").unwrap();
    assert!(world.uses(&used[0]));

    for who in [stolen.holder, below.holder, other.holder] {
        let refused = world.void(who, &operator.id).map(drop);
        assert!(matches!(
            refused,
            Err(Refusal::Forbidden(_) | Refusal::NotFound)
        ));
    }
    world.revoke(operator.holder, &stolen.id).unwrap();
    assert_eq!(
        world.void(operator.holder, &stolen.id),
        Ok(u64::from(MANY) + 3)
    );
    let gone: Vec<&Code> = many
        .iter()
        .step_by(100)
        .chain(&late)
        .chain(&short)
        .collect();
    assert!(gone.iter().all(|code| !world.uses(code)));
    assert!(good.iter().all(|code| world.uses(code)));
    // Sent again it finds nothing more, and a request that is sent again brings nothing back.
    assert_eq!(world.void(operator.holder, &stolen.id), Ok(0));
    let until = service::codes::end(Long, NOON);
    for index in 0..2 {
        world.tell_until(index, stolen.holder, Long, "many", &many, until);
    }
    assert!(!world.uses(&many[1]));
    let deeds: Vec<_> = world.acts().into_iter().map(|act| act.deed).collect();
    let voided = Deed::CodesVoided { key: stolen.id };
    assert_eq!(deeds.iter().filter(|deed| **deed == voided).count(), 2);
}

#[test]
fn the_first_operator_makes_everybodys_codes_void() {
    let world = World::new();
    let lab = world.make(ROOT, Role::Lab, 10).unwrap();
    let codes = world.hand_out(ROOT, Long, 5, "root").unwrap();
    world.hand_out(lab.holder, Long, 5, "lab").unwrap();
    assert_eq!(world.void(ROOT, &lab.id), Ok(5));
    assert_eq!(world.void(ROOT, "root"), Ok(5));
    assert!(codes.iter().all(|code| !world.uses(code)));
    assert_eq!(world.void(ROOT, "0000000000000000"), Err(Refusal::NotFound));
}

/// What stands beside a code tells whose it is to nobody without the root, and goes with it.
#[test]
fn marks_are_gone_with_their_codes() {
    let mut world = World::new();
    let (one, other) = (
        world.make(ROOT, Role::Lab, 10).unwrap(),
        world.make(ROOT, Role::Lab, 10).unwrap(),
    );
    world.hand_out(one.holder, Long, 2, "one").unwrap();
    world.hand_out(other.holder, Long, 2, "other").unwrap();
    let marks = world.holders();
    assert_eq!(
        marks
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        2
    );
    assert_eq!(marks.len(), 4);
    world.now = NOON + Duration::from_hours(24 * 9);
    world.tick(None);
    assert!(world.holders().is_empty());
}

#[test]
fn a_key_does_so_many_acts_a_day_and_the_first_operator_can_always_revoke() {
    let mut world = World::new();
    let operator = world.make(ROOT, Role::Operator, 1_000_000).unwrap();
    let child = world
        .make(operator.holder, Role::Operator, 1_000_000)
        .unwrap();
    for number in 1..MOST_ACTS {
        let id = number.to_string();
        world.ask(child.holder, Short, 1, Some(&id)).unwrap();
    }
    // One of the operator's own, and the child's.
    let until_midnight = Err(Refusal::TooMany(42_900));
    let refused = world.ask(child.holder, Short, 1, Some("x")).map(drop);
    assert_eq!(refused, until_midnight);
    let refused = world.make(operator.holder, Role::Lab, 1).map(drop);
    assert_eq!(refused, until_midnight);
    let lab = world.make(ROOT, Role::Lab, 1).unwrap();
    world.revoke(operator.holder, &child.id).unwrap();
    world.void(operator.holder, &child.id).unwrap();
    world.revoke(ROOT, &lab.id).unwrap();

    world.now = NOON + Duration::from_hours(12);
    world.make(operator.holder, Role::Lab, 1).unwrap();
    world.now = NOON + Duration::from_hours(36);
    world.tick(article_3::record_of_acts_forgotten_at(None));
    assert_eq!(world.count("acted"), 0);
}

#[test]
fn a_request_is_answered_again_so_often() {
    let world = World::new();
    let lab = world.make(ROOT, Role::Lab, 10).unwrap();
    for _ in 0..=MOST_AGAIN {
        world.hand_out(lab.holder, Long, 1, "id").unwrap();
    }
    let refused = world.hand_out(lab.holder, Long, 1, "id").map(drop);
    assert!(matches!(refused, Err(Refusal::TooMany(wait)) if wait > 0));
    world.hand_out(lab.holder, Long, 1, "another").unwrap();
}
