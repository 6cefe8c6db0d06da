//! Keys: no way to grant more than one holds.

use core::time::Duration;

use decree::{Day, article_3};
use service::desk::{self, Holder};
use service::{Class, Failure};
use wire::Refusal;
use wire::code::Kind::{Long, Short};
use wire::issuer::{Deed, MAX_QUOTA, Role};

use crate::world::{NOON, ROOT, World, place};

fn is_forbidden<T>(result: Result<T, Refusal>) -> bool {
    matches!(result, Err(Refusal::Forbidden(_)))
}

#[test]
fn no_key_makes_a_key_that_does_more() {
    let world = World::new();
    let operator = world.make(ROOT, Role::Operator, 10).unwrap();
    let lab = world.make(operator.holder, Role::Lab, 10).unwrap();
    let doctor = world.make(operator.holder, Role::Doctor, 10).unwrap();
    for role in [Role::Lab, Role::Doctor, Role::Operator] {
        assert!(is_forbidden(world.make(operator.holder, role, 11)));
        assert!(is_forbidden(world.make(lab.holder, role, 1)));
        assert!(is_forbidden(world.make(doctor.holder, role, 1)));
    }
    for holder in [lab.holder, doctor.holder] {
        assert!(is_forbidden(world.revoke(holder, &operator.id)));
        let listed = desk::list_keys(&world.desk, &place(Class::Desk, 0), NOON, holder, None);
        assert!(is_forbidden(listed.map_err(Refusal::from)));
        let acts = desk::list_acts(&world.desk, &place(Class::Desk, 0), holder, None);
        assert!(is_forbidden(acts.map_err(Refusal::from)));
    }
    assert!(is_forbidden(world.ask(lab.holder, Short, 1, None)));
    assert!(is_forbidden(world.ask(doctor.holder, Long, 1, None)));
    assert!(is_forbidden(world.ask(doctor.holder, Short, 2, None)));
    assert!(world.ask(lab.holder, Long, 2, None).is_ok());
    assert!(world.ask(doctor.holder, Short, 1, None).is_ok());
    assert!(world.ask(operator.holder, Short, 2, None).is_ok());
    // A key that was never made.
    let stranger = Holder::Key([7; 32]);
    assert_eq!(
        world.ask(stranger, Long, 1, None),
        Err(Refusal::UnknownIssuer)
    );
    assert!(!world.admits(stranger) && world.admits(lab.holder) && world.admits(ROOT));
}

/// Neither in width nor in depth.
#[test]
fn many_keys_hand_out_no_more_than_the_one_that_made_them() {
    let mut world = World::new();
    let operator = world.make(ROOT, Role::Operator, 10).unwrap();
    let labs = [(); 3].map(|()| world.make(operator.holder, Role::Lab, 10).unwrap());
    let below = world.make(operator.holder, Role::Operator, 10).unwrap();
    let deep = world.make(below.holder, Role::Lab, 10).unwrap();
    for lab in [&labs[0], &labs[1], &deep] {
        world.ask(lab.holder, Long, 3, None).unwrap();
    }
    let over = |world: &World, holder| world.ask(holder, Long, 2, None);
    let seconds = 86_400 - NOON.unix() % 86_400;
    for holder in [labs[2].holder, deep.holder, below.holder, operator.holder] {
        assert_eq!(over(&world, holder), Err(Refusal::TooMany(seconds)));
    }
    // What was refused counted for nobody.
    let used = |world: &World, id: &str| world.listed(id).used_today;
    assert_eq!(used(&world, &operator.id), 9);
    assert_eq!(used(&world, &below.id), 3);
    assert_eq!(used(&world, &labs[2].id), 0);
    world.ask(labs[2].holder, Long, 1, None).unwrap();
    assert!(world.ask(ROOT, Long, 1_000, None).is_ok());
    // More than a day's quota will not do tomorrow either.
    assert!(is_forbidden(world.ask(deep.holder, Long, 11, None)));

    world.now = NOON + Duration::from_secs(seconds - 1);
    assert_eq!(over(&world, deep.holder), Err(Refusal::TooMany(1)));
    world.now = NOON + Duration::from_secs(seconds);
    assert_eq!(used(&world, &operator.id), 0);
    over(&world, deep.holder).unwrap();
}

#[test]
fn a_line_of_keys_and_a_keys_own_keys_have_an_end() {
    let world = World::new();
    let mut last = ROOT;
    let mut length = 0;
    while let Ok(made) = world.make(last, Role::Operator, 5) {
        (last, length) = (made.holder, length + 1);
    }
    assert_eq!(length, 7, "the configured operator is the eighth");
    assert!(is_forbidden(world.make(last, Role::Lab, 1)));
    assert!(world.ask(last, Long, 5, None).is_ok());

    let operator = world.make(ROOT, Role::Operator, 5).unwrap();
    let first = world.make(operator.holder, Role::Lab, 1).unwrap();
    for _ in 1..1_000 {
        world.make(operator.holder, Role::Lab, 1).unwrap();
    }
    assert!(is_forbidden(world.make(operator.holder, Role::Lab, 1)));
    world.revoke(operator.holder, &first.id).unwrap();
    assert!(world.make(operator.holder, Role::Lab, 1).is_ok());
}

#[test]
fn a_revoked_key_takes_with_it_those_that_came_from_it() {
    let world = World::new();
    let make = |maker: Holder, role| world.make(maker, role, 10).unwrap();
    let (one, other) = (make(ROOT, Role::Operator), make(ROOT, Role::Operator));
    let below = make(one.holder, Role::Operator);
    let (lab, deep) = (
        make(one.holder, Role::Lab),
        make(below.holder, Role::Doctor),
    );
    let elsewhere = make(other.holder, Role::Lab);
    // A key of another branch, one above and one that never was are not there.
    for (holder, id) in [
        (other.holder, &lab.id),
        (below.holder, &one.id),
        (below.holder, &lab.id),
        (one.holder, &"0".repeat(16)),
        (ROOT, &"root".to_owned()),
        (ROOT, &"é' OR 1=1 --".to_owned()),
    ] {
        assert_eq!(world.revoke(holder, id), Err(Refusal::NotFound), "{id}");
    }
    world.ask(deep.holder, Short, 1, Some("kept")).unwrap();
    world.revoke(one.holder, &below.id).unwrap();
    assert!(!world.admits(below.holder) && !world.admits(deep.holder));
    assert!(world.admits(one.holder) && world.admits(lab.holder));
    // Nothing can be asked for again either.
    let again = world.ask(deep.holder, Short, 1, Some("kept"));
    assert_eq!(again, Err(Refusal::UnknownIssuer));
    assert_eq!(
        world.make(below.holder, Role::Lab, 1).map(drop),
        Err(Refusal::UnknownIssuer)
    );
    let acts = world.acts().len();
    world.revoke(ROOT, &below.id).unwrap();
    assert_eq!(world.acts().len(), acts, "it was revoked already");
    // Whose key leaked closes it with that very key.
    world.revoke(one.holder, &one.id).unwrap();
    assert!(!world.admits(one.holder) && !world.admits(lab.holder));
    assert!(world.admits(other.holder) && world.admits(elsewhere.holder));
    assert!(world.listed(&lab.id).revoked && !world.listed(&elsewhere.id).revoked);
    assert_eq!(world.listed(&deep.id).maker, below.id);
}

#[test]
fn what_administrators_do_is_written_down_until_the_law_says_so() {
    let mut world = World::new();
    let operator = world.make(ROOT, Role::Operator, 10).unwrap();
    world.now = NOON + Duration::from_secs(1);
    let lab = world.make(operator.holder, Role::Lab, 7).unwrap();
    world.now = NOON + Duration::from_secs(2);
    world
        .hand_out(lab.holder, Long, 1, "a laboratory is no administrator")
        .unwrap();
    world.hand_out(operator.holder, Short, 2, "x").unwrap();
    world.hand_out(operator.holder, Short, 2, "x").unwrap();
    world.now = NOON + Duration::from_secs(3);
    world.revoke(ROOT, &lab.id).unwrap();
    // What was refused was not done.
    assert!(world.make(operator.holder, Role::Lab, 11).is_err());
    assert!(world.ask(operator.holder, Long, 10, None).is_err());

    let told: Vec<_> = world
        .acts()
        .into_iter()
        .map(|act| (act.actor, act.moment - NOON.unix(), act.deed))
        .collect();
    let made = |key: &str, role, quota| Deed::KeyMade {
        key: key.to_owned(),
        role,
        quota,
    };
    let expected = [
        (
            "root",
            3,
            Deed::KeyRevoked {
                key: lab.id.clone(),
            },
        ),
        (
            &operator.id,
            2,
            Deed::CodesHandedOut {
                codes: Short,
                count: 2,
            },
        ),
        (&operator.id, 1, made(&lab.id, Role::Lab, 7)),
        ("root", 0, made(&operator.id, Role::Operator, 10)),
    ];
    assert_eq!(
        told,
        expected.map(|(actor, after, deed)| (actor.to_owned(), after, deed))
    );

    let ended: Day = "2021-06-01".parse().unwrap();
    let ends = article_3::record_of_acts_forgotten_at(Some(ended));
    let before = "2021-11-30".parse::<Day>().unwrap();
    for (day, ends, left) in [
        (before, ends, 4),
        (before.plus_days(1), None, 4),
        (before.plus_days(1), ends, 0),
    ] {
        world.now = day.start();
        world.tick(ends);
        assert_eq!(world.acts().len(), left, "{day}");
    }
    assert_eq!(
        world.count("issuer"),
        1,
        "a revoked key was of use for the record alone"
    );
}

#[test]
fn nothing_is_made_for_whoever_only_asks() {
    let world = World::new();
    let desk = place(Class::Desk, 0);
    assert_eq!(
        desk::list_keys(&world.desk, &desk, NOON, ROOT, None)
            .unwrap()
            .keys,
        []
    );
    assert!(world.acts().is_empty());
    assert_eq!(world.revoke(ROOT, "x"), Err(Refusal::NotFound));
    assert!(is_forbidden(world.make(ROOT, Role::Lab, MAX_QUOTA + 1)));
    assert!(!world.admits(Holder::Key([1; 32])));
    assert_eq!(world.stored(), []);
    assert_eq!(desk::next_due(&world.desk, None), Ok(None));
    // Its place is its own, as for every object.
    world.make(ROOT, Role::Lab, 1).unwrap();
    let elsewhere = service::Place { of: 2, ..desk };
    let refused = desk::list_keys(&world.desk, &elsewhere, NOON, ROOT, None);
    assert_eq!(refused, Err(Failure::Misplaced));
}
