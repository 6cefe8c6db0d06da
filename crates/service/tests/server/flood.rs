//! A flood of registrations: the work rises with it, and there is a ceiling.

use std::time::Duration;

use crate::common::World;
use decree::Moment;
use robert::Id;
use service::captcha::LIFETIME_SECONDS;
use service::work::{self, CALM, Load, MOST};
use service::{Class, Failure, Realm, registry, schema};
use store::{Native, Sql};
use wire::Refusal;

const INDEX: u16 = 0;

fn load(world: &World) -> Load {
    let place = World::place(Class::Registry, INDEX);
    registry::load(&world.registries[usize::from(INDEX)], &place, world.now).unwrap()
}

/// Registers with the challenge of this number, drawn at this moment, for whatever work there is.
fn register(world: &mut World, number: u64, drawn: Moment) -> Result<Id, Failure> {
    let dearest = work::levels(Realm::National).len() - 1;
    register_for(world, number, drawn, dearest)
}

/// The same, for work of this level.
fn register_for(
    world: &mut World,
    number: u64,
    drawn: Moment,
    level: usize,
) -> Result<Id, Failure> {
    let mut challenge = [0; 16];
    challenge[8..].copy_from_slice(&number.to_be_bytes());
    let request = registry::Register {
        challenge,
        until: drawn.unix() + LIFETIME_SECONDS,
        level,
        auth_key: [1; 32],
        tuple_key: [2; 32],
    };
    world.open_account(INDEX, &request)
}

/// Registers with a challenge drawn just now.
fn register_now(world: &mut World, number: u64) -> Result<Id, Failure> {
    let now = world.now;
    register(world, number, now)
}

/// As many challenges spent as if so many had registered now.
fn spend(world: &World, numbers: std::ops::Range<u64>) {
    const SPENT: &str = "INSERT INTO challenge (id, until) VALUES (?1, ?2)";
    let sql = &world.registries[usize::from(INDEX)];
    let until = world.now.unix() + LIFETIME_SECONDS;
    for number in numbers {
        let id = [[0xff; 8], number.to_be_bytes()].concat();
        sql.exec(SPENT, &[id.into(), until.into()]).unwrap();
    }
}

/// Everything that a registry stores.
fn dump(sql: &Native) -> Vec<String> {
    let rows = |table: &schema::Table| {
        let rows = sql.query(&format!("SELECT * FROM {}", table.name), &[]);
        format!("{} {rows:?}", table.name)
    };
    schema::REGISTRY.tables.iter().map(rows).collect()
}

#[test]
fn asking_for_the_load_makes_nothing() {
    let world = World::new();
    assert_eq!(load(&world), Load::default());
    assert!(!schema::exists(&world.registries[0], schema::REGISTRY).unwrap());
}

#[test]
fn the_load_is_what_was_spent_in_the_last_ten_minutes() {
    let mut world = World::new();
    for number in 0..3 {
        register_now(&mut world, number).unwrap();
        world.now = world.now + Duration::from_secs(100);
    }
    assert_eq!(load(&world).spent, 3);
    world.now = world.now + Duration::from_secs(299);
    assert_eq!(load(&world).spent, 3);
    for left in [2, 1, 0] {
        world.now = world.now + Duration::from_secs(if left == 2 { 1 } else { 100 });
        assert_eq!(load(&world).spent, left);
    }
    // Whoever registers next sweeps.
    register_now(&mut world, 9).unwrap();
    assert_eq!(world.count("challenge"), 1);
}

#[test]
fn at_the_ceiling_nothing_is_spent_and_the_wait_is_honest() {
    let mut world = World::new();
    register_now(&mut world, 0).unwrap();
    world.now = world.now + Duration::from_secs(60);
    spend(&world, 0..CALM);
    let doubled = work::ask(Realm::National, load(&world)).unwrap().total();
    assert_eq!(
        doubled,
        2 * work::levels(Realm::National)[0].total(),
        "{doubled}"
    );
    spend(&world, CALM..MOST - 1);
    let wait = LIFETIME_SECONDS - 60;
    assert_eq!(load(&world), Load { spent: MOST, wait });

    let before = dump(&world.registries[0]);
    let refused = Err(Failure::Refused(Refusal::TooMany(wait)));
    assert_eq!(register_now(&mut world, 1), refused);
    assert_eq!(dump(&world.registries[0]), before);
    // One that was used is refused as such, however busy the registry is.
    let used = register_now(&mut world, 0);
    assert_eq!(used, Err(Failure::Refused(Refusal::WrongCaptcha)));

    let drawn = world.now;
    world.now = world.now + Duration::from_secs(wait - 1);
    let refused = Err(Failure::Refused(Refusal::TooMany(1)));
    assert_eq!(register(&mut world, 1, drawn), refused);
    // The very same challenge, at the moment that was told: it was not spent.
    world.now = world.now + Duration::from_secs(1);
    assert_eq!(load(&world).wait, 0);
    register(&mut world, 1, drawn).unwrap();
    let refused = Err(Failure::Refused(Refusal::TooMany(60)));
    assert_eq!(register(&mut world, 2, drawn), refused);
}

/// Beyond the ceiling, as after it was lowered: the wait is until there is room, not until the first one goes.
#[test]
fn the_wait_is_until_there_is_room() {
    let mut world = World::new();
    register_now(&mut world, 0).unwrap();
    world.now = world.now + Duration::from_secs(100);
    spend(&world, 0..2);
    world.now = world.now + Duration::from_secs(100);
    spend(&world, 2..MOST);
    // The first goes after 400 seconds, two more after 500: then there is room.
    let (spent, wait) = (MOST + 1, 500);
    assert_eq!(load(&world), Load { spent, wait });
}

/// Challenges that were kept for their last second count for ten minutes like any other.
#[test]
fn kept_challenges_do_not_pass_the_ceiling() {
    let mut world = World::new();
    let drawn = world.now;
    world.now = drawn + Duration::from_secs(LIFETIME_SECONDS - 1);
    register(&mut world, 0, drawn).unwrap();
    spend(&world, 1..MOST);
    world.now = drawn + Duration::from_secs(LIFETIME_SECONDS + 1);
    let refused = Err(Failure::Refused(Refusal::TooMany(LIFETIME_SECONDS - 2)));
    assert_eq!(register_now(&mut world, 1), refused);
}

/// Whoever fetched challenges when they were cheap waits until they are cheap again, or fetches others.
#[test]
fn cheap_challenges_do_not_outlast_the_calm() {
    let mut world = World::new();
    let drawn = world.now;
    register_for(&mut world, 0, drawn, 0).unwrap();
    spend(&world, 1..CALM);
    // The load has doubled since: a phone that was at work then is let in.
    register_for(&mut world, 1, drawn, 0).unwrap();
    world.now = world.now + Duration::from_secs(60);
    spend(&world, CALM..2 * CALM - 1);
    let before = dump(&world.registries[0]);
    // It would not last until it is enough: waiting makes no sense, and fetching another does.
    let refused = Err(Failure::Refused(Refusal::WrongCaptcha));
    assert_eq!(register_for(&mut world, 2, drawn, 0), refused);
    let now = world.now;
    let refused = Err(Failure::Refused(Refusal::TooMany(LIFETIME_SECONDS - 60)));
    assert_eq!(register_for(&mut world, 2, now, 0), refused);
    assert_eq!(dump(&world.registries[0]), before, "nothing is spent");
    register_for(&mut world, 3, drawn, 1).unwrap();

    spend(&world, 2 * CALM..4 * CALM);
    for (level, taken) in [(0, false), (1, false), (2, true), (3, true)] {
        let number = 10 + u64::try_from(level).unwrap();
        let answer = register_for(&mut world, number, drawn, level);
        assert_eq!(answer.is_ok(), taken, "{level}");
    }

    // At the moment that was told, the very same challenge is good.
    let mut world = World::new();
    spend_nothing(&mut world);
    spend(&world, 0..1);
    world.now = world.now + Duration::from_secs(100);
    spend(&world, 1..2 * CALM - 1);
    let drawn = world.now;
    let refused = Err(Failure::Refused(Refusal::TooMany(LIFETIME_SECONDS - 100)));
    assert_eq!(register_for(&mut world, 2, drawn, 0), refused);
    world.now = world.now + Duration::from_secs(LIFETIME_SECONDS - 100);
    register_for(&mut world, 2, drawn, 0).unwrap();
}

/// Makes the tables.
fn spend_nothing(world: &mut World) {
    register_now(world, u64::MAX).unwrap();
}
