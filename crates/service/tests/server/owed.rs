//! Record keys that are owed their end: none is forgotten, and none holds up the others.

use core::time::Duration;

use service::record::SafeName;
use service::registry::{self, Emptying, Left, Register};
use service::{Class, Failure};
use store::Sql;
use wire::Refusal;

use crate::common::{OPEN_GROUPS, SHARDS, World, count, rng};

const INDEX: u16 = 0;
const LATER: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

fn request(world: &World) -> Register {
    Register {
        challenge: [9; 16],
        until: world.now.unix() + 600,
        level: 0,
        auth_key: [1; 32],
        tuple_key: [2; 32],
    }
}

/// The safes that are due, and when the next one is.
fn due(world: &World) -> (Vec<SafeName>, Option<Duration>) {
    let (sql, place) = (&world.registries[0], World::place(Class::Registry, INDEX));
    let due = registry::emptying(sql, &place, world.now).unwrap();
    let next = registry::next_emptying(sql, &place).unwrap();
    let safes = due.into_iter().map(|owed| owed.safe).collect();
    (safes, next.map(|next| next.since(world.now)))
}

/// So many people leave whose accounts have safes of their own, and nobody empties them.
fn leave(world: &mut World, people: usize) -> Vec<Emptying> {
    let mut left = Vec::new();
    while left.len() < people {
        let mut phone = world.register();
        let leaving = phone.unregister(world.now).unwrap();
        let signed = world.sender(leaving).unwrap();
        if SHARDS.registry_of(signed.id.0[0]) == INDEX {
            world.give_own_safe(signed.id);
            let gone = world.at_registry(INDEX, |sql, context| {
                registry::unregister(sql, context, &mut rng(), &signed)
            });
            let Ok(Left::Safe(owed)) = gone else {
                panic!("{gone:?}")
            };
            left.push(owed);
        }
    }
    left
}

#[test]
fn who_leaves_a_safe_of_their_own_is_told_which_to_empty() {
    let mut world = World::new();
    let mut phone = world.register();
    let leaving = phone.unregister(world.now).unwrap();
    let signed = world.sender(leaving).unwrap();
    let index = SHARDS.registry_of(signed.id.0[0]);
    let safe = world.give_own_safe(signed.id);
    let left = world.at_registry(index, |sql, context| {
        registry::unregister(sql, context, &mut rng(), &signed)
    });
    let Ok(Left::Safe(owed)) = left else {
        panic!("{left:?}")
    };
    assert_eq!((owed.safe, owed.version), (safe, None));
    let (sql, place) = world.at(index);
    assert_eq!(registry::emptying(sql, &place, world.now), Ok(vec![owed]));
    registry::emptied(sql, owed.id).unwrap();
    assert_eq!(registry::next_emptying(sql, &place), Ok(None));
}

/// As when the alarm could not be armed.
#[test]
fn a_registration_that_is_taken_back_can_be_made_again_and_leaves_no_key() {
    let mut world = World::new();
    let request = request(&world);
    let group = world.open_group(INDEX);
    let taken_back = world.at_registry(INDEX, |sql, context| {
        let id = registry::register(sql, context, &mut rng(), &request, group)?;
        registry::withdraw(sql, context, &mut rng(), &request, id)
    });
    assert_eq!(taken_back, Ok(()));
    assert_eq!((world.count("account"), world.count("challenge")), (0, 0));
    let (sql, place) = world.at(INDEX);
    assert_eq!(registry::to_write(sql, &place, world.now), Ok(vec![group]));
    // The same request again, with the same solved challenge; and then no more.
    assert!(world.open_account(INDEX, &request).is_ok());
    let again = world.open_account(INDEX, &request);
    assert_eq!(again, Err(Failure::Refused(Refusal::WrongCaptcha)));
}

#[test]
fn what_does_not_answer_is_put_off_and_the_others_have_their_turn() {
    let mut world = World::new();
    let most = registry::EMPTIED_AT_ONCE;
    let broken: Vec<_> = leave(&mut world, most)
        .into_iter()
        .map(|owed| owed.id)
        .collect();
    world.now = world.now + SECOND;
    let last = leave(&mut world, 1)[0].safe;
    let (first, _) = due(&world);
    assert!(first.len() == most && !first.contains(&last));
    registry::put_off(&world.registries[0], &broken, world.now + LATER).unwrap();
    assert_eq!(due(&world), (vec![last], Some(Duration::ZERO)));
    world.now = world.now + LATER;
    assert_eq!(due(&world).0.len(), most);
    // Whoever ends a realm is told of all, and of both safes of each group that was written again.
    let (sql, place) = world.at(INDEX);
    let all = registry::safes(sql, &place).unwrap();
    assert_eq!(all.len(), most + 1 + usize::from(OPEN_GROUPS));
}

#[test]
fn when_the_processing_is_over_every_account_goes_and_every_key_with_them() {
    let mut world = World::new();
    let place = World::place(Class::Registry, INDEX);
    let close = |world: &World| {
        let (sql, now) = (&world.registries[0], world.now);
        registry::close(sql, &place, &mut rng(), now).unwrap()
    };
    assert!(!close(&world));
    assert!(!service::schema::exists(&world.registries[0], service::schema::REGISTRY).unwrap());
    let mut phones: Vec<_> = (0..6).map(|_| world.register()).collect();
    let request = phones[1].ask(world.now).unwrap();
    let own = world.sender(request).unwrap().id;
    let own = world.give_own_safe(own);
    let safes = registry::safes(&world.registries[0], &place).unwrap();
    assert_eq!(safes.len(), usize::from(OPEN_GROUPS) + 1);
    // Keys first, and then what they sealed; a slice at a time.
    assert!(close(&world));
    assert_eq!(
        (world.count("record_group"), world.count("account")),
        (8, 6)
    );
    let owed = registry::safes(&world.registries[0], &place).unwrap();
    assert_eq!(owed.len(), 2 * usize::from(OPEN_GROUPS) + 1);
    assert!(owed.is_superset(&safes));
    assert!(close(&world));
    assert_eq!(count(&world.registries[0], "account"), 0);
    assert!(!close(&world));
    // Each once now, and once more after what may be under way: both safes of a group, and the account's own.
    let due = due(&world).0;
    let of = |safe| due.iter().filter(|due| **due == safe).count();
    assert!(due.len() == owed.len() && of(own) == 1);
    world.now = world.now + LATER;
    assert_eq!(
        count(&world.registries[0], "emptying"),
        2 * owed.len() as u64
    );
    // Whoever was there is not known any more; the other registry is asked alone.
    world.now = world.now + Duration::from_mins(31);
    let asked = phones.iter_mut().map(|phone| {
        let request = phone.ask(world.now).unwrap();
        world.ask(request)
    });
    assert_eq!(asked.filter(Result::is_ok).count(), 3);
}

/// What each wake-up and each request looks for is found without reading every row.
#[test]
fn sweeping_does_not_read_everything() {
    let plan = |tables, statement: &str| {
        let sql = store::Native::in_memory().unwrap();
        service::schema::make(&sql, tables).unwrap();
        let rows = sql.query(&format!("EXPLAIN QUERY PLAN {statement}"), &[]);
        let steps = rows.unwrap();
        let steps = steps.iter().map(|row| row.text(3).unwrap().to_owned());
        steps.collect::<Vec<_>>().join("; ")
    };
    for (tables, statement) in [
        (
            service::schema::REGISTRY,
            "DELETE FROM exposure WHERE id < 7",
        ),
        (
            service::schema::DESK,
            "DELETE FROM request WHERE until <= 7",
        ),
        (service::schema::DESK, "SELECT MIN(until) FROM request"),
        (
            service::schema::DESK,
            "SELECT body FROM act WHERE (moment, id) < (7, x'00') ORDER BY moment DESC, id DESC",
        ),
    ] {
        let plan = plan(tables, statement);
        assert!(plan.starts_with("SEARCH"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
