//! What a clock that was ahead for a while wrote down does not hold once it is right again.

use core::time::Duration;

use robert::auth::AuthRequest;
use service::{Class, intake, outbox, registry};
use store::Sql;
use wire::Refusal;

use crate::common::{World, rng};

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);

/// Phone and server were both two days ahead when the phone was answered.
#[test]
fn who_was_answered_in_the_future_is_answered_now_and_then_once_in_a_gap() {
    let mut world = World::new();
    let mut phone = world.register();
    let right = world.now;
    let ask = |world: &mut World, phone: &[u8]| {
        let mut phone = robert::phone::Phone::restore(phone, world.now).unwrap();
        let request: AuthRequest = phone.ask(world.now).unwrap();
        world.ask(request).map(drop)
    };
    let saved = phone.save(world.now).to_vec();
    world.now = right + 2 * DAY;
    assert_eq!(ask(&mut world, &saved), Ok(()));
    assert_eq!(ask(&mut world, &saved), Err(Refusal::Unauthenticated));
    for later in [Duration::ZERO, Duration::from_mins(30)] {
        world.now = right + later;
        assert_eq!(ask(&mut world, &saved), Ok(()), "{later:?}");
        assert_eq!(ask(&mut world, &saved), Err(Refusal::Unauthenticated));
    }
}

#[test]
fn what_was_put_off_by_years_is_due_now() {
    let (mut world, _) = World::reported();
    let (sql, place) = (&world.intake, World::place(Class::Intake, 0));
    let (later, now) = (world.now + 365 * DAY, world.now);
    let due = |now| outbox::due(sql, now, 100).unwrap().len();
    intake::postpone(sql, 0, later, later + Duration::from_mins(1)).unwrap();
    intake::postpone(sql, 1, later, later + Duration::from_mins(1)).unwrap();
    assert_eq!(due(now + DAY), 0);
    intake::bring_forward(sql, &place, now).unwrap();
    assert_eq!(due(now), 2);
    assert_eq!(intake::next_due(sql), Ok(Some(now)));
    // What waits as long as anything may is left alone, and no row is written.
    intake::postpone(sql, 0, now, now + Duration::from_mins(10)).unwrap();
    intake::postpone(sql, 1, now, now + Duration::from_mins(10)).unwrap();
    let before = crate::common::changes(sql);
    intake::bring_forward(sql, &place, now).unwrap();
    assert_eq!((due(now), crate::common::changes(sql)), (0, before));
    world.now = now + Duration::from_mins(10);
    assert_eq!(world.owed().len(), 2);
}

#[test]
fn a_safe_that_was_put_off_by_years_is_emptied_now() {
    let mut world = World::new();
    let mut phone = world.register();
    let leaving = phone.unregister(world.now).unwrap();
    let signed = world.sender(leaving).unwrap();
    let index = crate::common::SHARDS.registry_of(signed.id.0[0]);
    world.give_own_safe(signed.id);
    let left = world.at_registry(index, |sql, context| {
        registry::unregister(sql, context, &mut rng(), &signed)
    });
    let Ok(registry::Left::Safe(owed)) = left else {
        panic!("{left:?}")
    };
    let (sql, place) = (
        &world.registries[usize::from(index)],
        World::place(Class::Registry, index),
    );
    let due = |now| registry::emptying(sql, &place, now).unwrap();
    registry::put_off(sql, &[owed.id], world.now + 365 * DAY).unwrap();
    assert_eq!(due(world.now), [owed]);
    registry::put_off(sql, &[owed.id], world.now + SECOND).unwrap();
    assert_eq!(due(world.now), []);
    assert_eq!(due(world.now + SECOND), [owed]);
    assert!(!sql.query("SELECT 1 FROM emptying", &[]).unwrap().is_empty());
}
