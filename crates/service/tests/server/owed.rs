//! Safes that are owed to be emptied: none is forgotten, and none holds up the others.

use core::time::Duration;

use robert::Id;
use service::record::{RecordKey, SafeName};
use service::registry::{self, Register};
use service::{Class, Failure};
use store::Sql;
use wire::Refusal;

use crate::common::{SHARDS, World, count, rng};

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
    let safes = due.into_iter().map(|(_, safe)| safe).collect();
    (safes, next.map(|next| next.since(world.now)))
}

/// So many people leave, and nobody empties their safes.
fn leave(world: &mut World, people: usize) -> Vec<registry::Emptying> {
    let mut left = Vec::new();
    while left.len() < people {
        let mut phone = world.register();
        let leaving = phone.unregister(world.now).unwrap();
        let signed = world.sender(leaving).unwrap();
        if SHARDS.registry_of(signed.id.0[0]) == INDEX {
            let gone = world.at_registry(INDEX, |sql, context| {
                registry::unregister(sql, context, &mut rng(), &signed)
            });
            left.push(gone.unwrap());
        }
    }
    left
}

#[test]
fn who_leaves_is_told_which_safe_to_empty() {
    let mut world = World::new();
    let mut phone = world.register();
    let leaving = phone.unregister(world.now).unwrap();
    let signed = world.sender(leaving).unwrap();
    let index = SHARDS.registry_of(signed.id.0[0]);
    let place = World::place(Class::Registry, index);
    let safe = registry::safe_of(&world.registries[usize::from(index)], &place, signed.id);
    let left = world.at_registry(index, |sql, context| {
        registry::unregister(sql, context, &mut rng(), &signed)
    });
    let (owed, left) = left.unwrap();
    assert_eq!(safe, Ok(Some(left)));
    let sql = &world.registries[usize::from(index)];
    let due = registry::emptying(sql, &place, world.now).unwrap();
    assert_eq!(due, [(owed, left)]);
    registry::emptied(sql, owed).unwrap();
    assert_eq!(registry::next_emptying(sql, &place), Ok(None));
}

/// The safe did not say in time that it was filled: it may be filled yet.
#[test]
fn a_registration_that_is_taken_back_can_be_made_again_and_leaves_no_key() {
    let mut world = World::new();
    let request = request(&world);
    let (safe, record) = RecordKey::draw(&mut rng());
    let taken_back = world.at_registry(INDEX, |sql, context| {
        let id = registry::register(sql, context, &mut rng(), &request, (safe, &record))?;
        registry::withdraw(sql, context, &mut rng(), &request, (id, safe))
    });
    assert_eq!(taken_back, Ok(()));
    assert_eq!((world.count("account"), world.count("challenge")), (0, 0));
    // The same request again, with the same solved challenge; and then no more.
    assert!(world.open_account(INDEX, &request).is_ok());
    let again = world.open_account(INDEX, &request);
    assert_eq!(again, Err(Failure::Refused(Refusal::WrongCaptcha)));

    // Not before the last call that could fill it has come or gone.
    assert_eq!(due(&world), (vec![], Some(LATER)));
    world.now = world.now + LATER - SECOND;
    assert!(due(&world).0.is_empty());
    world.now = world.now + SECOND;
    assert_eq!(due(&world), (vec![safe], Some(Duration::ZERO)));
}

/// As when the new safe did not answer, or the account could not be moved to it.
#[test]
fn a_safe_that_an_account_did_not_move_to_is_emptied() {
    let mut world = World::new();
    let request = request(&world);
    let id = world.open_account(INDEX, &request).unwrap();
    let place = World::place(Class::Registry, INDEX);
    let used = registry::safe_of(&world.registries[0], &place, id)
        .unwrap()
        .unwrap();
    let (safe, _) = RecordKey::draw(&mut rng());
    let abandon = |world: &World, id: Id, safe| {
        let (sql, now) = (&world.registries[0], world.now);
        registry::abandon(sql, &place, &mut rng(), now, (id, safe)).unwrap();
    };
    // It did move, and what failed came after.
    abandon(&world, id, used);
    assert_eq!(due(&world), (vec![], None));
    abandon(&world, id, safe);
    world.now = world.now + LATER;
    assert_eq!(due(&world).0, [safe]);
    // Nor when there is no such account any more.
    abandon(&world, Id([0; 5]), used);
    world.now = world.now + LATER;
    let mut both = due(&world).0;
    both.sort_unstable();
    let mut expected = [safe, used];
    expected.sort_unstable();
    assert_eq!(both, expected);
}

#[test]
fn what_does_not_answer_is_put_off_and_the_others_have_their_turn() {
    let mut world = World::new();
    let most = registry::EMPTIED_AT_ONCE;
    let broken: Vec<_> = leave(&mut world, most)
        .into_iter()
        .map(|(owed, _)| owed)
        .collect();
    world.now = world.now + SECOND;
    let (_, last) = leave(&mut world, 1)[0];
    let (first, _) = due(&world);
    assert!(first.len() == most && !first.contains(&last));
    registry::put_off(&world.registries[0], &broken, world.now + LATER).unwrap();
    assert_eq!(due(&world), (vec![last], Some(Duration::ZERO)));
    world.now = world.now + LATER;
    assert_eq!(due(&world).0.len(), most);
    // Whoever ends a realm is told of all.
    let place = World::place(Class::Registry, INDEX);
    let all = registry::safes(&world.registries[0], &place).unwrap();
    assert_eq!(all.len(), most + 1);
}

#[test]
fn when_the_processing_is_over_every_account_goes_and_every_safe_is_owed() {
    let mut world = World::new();
    let place = World::place(Class::Registry, INDEX);
    let close = |world: &World| {
        registry::close(&world.registries[0], &place, &mut rng(), world.now).unwrap();
    };
    close(&world);
    assert!(!service::schema::exists(&world.registries[0], service::schema::REGISTRY).unwrap());
    let mut phones: Vec<_> = (0..6).map(|_| world.register()).collect();
    let mut safes = registry::safes(&world.registries[0], &place).unwrap();
    safes.sort_unstable();
    assert_eq!(safes.len(), 3);
    close(&world);
    assert_eq!(count(&world.registries[0], "account"), 0);
    let (mut owed, _) = due(&world);
    owed.sort_unstable();
    assert_eq!(owed, safes);
    close(&world);
    assert_eq!(due(&world).0.len(), 3);
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
            "DELETE FROM exposure WHERE day <= 7",
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
        assert!(plan.contains("USING") && plan.contains("INDEX"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
