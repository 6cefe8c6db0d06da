//! A flood of registrations: whoever solved a challenge has a turn, and the work stays the same.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::World;
use decree::Moment;
use robert::Id;
use service::captcha::LIFETIME_SECONDS;
use service::turns::{AT_ONCE, EVERY, LONGEST_WAIT, TICKET_SECONDS};
use service::work::Load;
use service::{Class, Failure, registry, schema};
use store::{Native, Sql};
use wire::Refusal;

const INDEX: u16 = 0;

fn load(world: &World) -> Load {
    let place = World::place(Class::Registry, INDEX);
    registry::load(&world.registries[usize::from(INDEX)], &place, world.now).unwrap()
}

fn challenge(number: u64) -> [u8; 16] {
    let mut challenge = [0; 16];
    challenge[8..].copy_from_slice(&number.to_be_bytes());
    challenge
}

/// Registers with the solved challenge of this number, drawn at this moment.
fn register(world: &mut World, number: u64, drawn: Moment) -> Result<Id, Failure> {
    let request = registry::Register {
        challenge: challenge(number),
        until: drawn.unix() + LIFETIME_SECONDS,
        level: 0,
        auth_key: [1; 32],
        tuple_key: [2; 32],
    };
    world.open_account(INDEX, &request)
}

/// What is known of a challenge before its work is checked.
fn is_solved(world: &World, number: u64, drawn: Moment) -> Result<bool, Failure> {
    let place = World::place(Class::Registry, INDEX);
    let until = drawn + Duration::from_secs(LIFETIME_SECONDS);
    let sql = &world.registries[usize::from(INDEX)];
    registry::is_solved(sql, &place, world.now, challenge(number), until)
}

/// The seconds that it is told to wait.
#[track_caller]
fn wait<T: core::fmt::Debug>(answer: Result<T, Failure>) -> u64 {
    match answer {
        Err(Failure::Refused(Refusal::TooMany(seconds))) => seconds,
        other => panic!("{other:?}"),
    }
}

fn refused<T>() -> Result<T, Failure> {
    Err(Failure::Refused(Refusal::WrongCaptcha))
}

/// The challenge of a stranger, the last in line.
const STRANGER: u64 = u64::MAX - 1;

/// Somebody has registered; who comes now waits for so many seconds.
fn busy(seconds: u64) -> World {
    let mut world = World::new();
    let now = world.now;
    register(&mut world, u64::MAX, now).unwrap();
    let taken_until = (now.unix() + seconds) * 1_000 + AT_ONCE * EVERY;
    world.registries[usize::from(INDEX)]
        .exec("UPDATE line SET taken_until = ?1", &[taken_until.into()])
        .unwrap();
    stand(&world, STRANGER, seconds);
    world
}

/// The solved challenge of this number waits for so many seconds more.
fn stand(world: &World, number: u64, seconds: u64) {
    let (now, id) = (world.now.unix(), challenge(number));
    world.registries[usize::from(INDEX)]
        .exec(
            "INSERT INTO waiting (id, turn, until) VALUES (?1, ?2, ?3)",
            &[
                id.into(),
                (now + seconds).into(),
                (now + TICKET_SECONDS).into(),
            ],
        )
        .unwrap();
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
fn asking_makes_nothing() {
    let world = World::new();
    assert_eq!(load(&world), Load::default());
    assert_eq!(is_solved(&world, 1, world.now), Ok(false));
    assert!(!schema::exists(&world.registries[0], schema::REGISTRY).unwrap());
}

/// Fronts of release 0.2.0 ask for it.
#[test]
fn the_load_is_what_was_spent_in_the_last_ten_minutes() {
    let mut world = World::new();
    for number in 0..3 {
        let now = world.now;
        register(&mut world, number, now).unwrap();
        world.now = world.now + Duration::from_secs(100);
    }
    assert_eq!(load(&world).spent, 3);
    world.now = world.now + Duration::from_secs(299);
    assert_eq!(load(&world).spent, 3);
    world.now = world.now + Duration::from_secs(1);
    assert_eq!(load(&world).spent, 2);
    // Whoever registers next sweeps.
    world.now = world.now + Duration::from_secs(200);
    let now = world.now;
    register(&mut world, 9, now).unwrap();
    assert_eq!(world.count("challenge"), 1);
}

/// The same solution is sent again when its turn comes, long after it could have been solved.
#[test]
fn whoever_comes_when_it_is_busy_keeps_a_place_and_is_served_at_their_turn() {
    let mut world = busy(3_600);
    let drawn = world.now;
    assert_eq!(is_solved(&world, 1, drawn), Ok(false));
    assert_eq!(wait(register(&mut world, 1, drawn)), 3_600);
    assert_eq!(wait(register(&mut world, 2, drawn)), 3_601);
    assert_eq!((world.count("waiting"), world.count("account")), (3, 1));
    // It has one place, however often it comes, and nothing is written for it.
    let before = dump(&world.registries[0]);
    assert_eq!(wait(is_solved(&world, 1, drawn)), 3_600);
    world.now = drawn + Duration::from_secs(3_599);
    assert_eq!(wait(is_solved(&world, 1, drawn)), 1);
    assert_eq!(dump(&world.registries[0]), before);
    assert_eq!(wait(register(&mut world, 1, drawn)), 1);

    world.now = drawn + Duration::from_secs(3_600);
    assert_eq!(is_solved(&world, 1, drawn), Ok(true));
    register(&mut world, 1, drawn).unwrap();
    // Once.
    assert_eq!(is_solved(&world, 1, drawn), refused());
    assert_eq!(register(&mut world, 1, drawn), refused());
    world.now = world.now + Duration::from_secs(LIFETIME_SECONDS + 1);
    assert_eq!(is_solved(&world, 1, drawn), refused());
    assert_eq!(register(&mut world, 1, drawn), refused());

    // Who comes late has not lost the turn, for a day.
    world.now = drawn + Duration::from_secs(TICKET_SECONDS - 1);
    assert_eq!(is_solved(&world, 2, drawn), Ok(true));
    let late = world.now;
    world.now = drawn + Duration::from_secs(TICKET_SECONDS);
    assert_eq!(is_solved(&world, 2, drawn), refused());
    world.now = late;
    register(&mut world, 2, drawn).unwrap();
    assert_eq!((world.count("waiting"), world.count("account")), (1, 3));
}

/// Whoever draws challenges and keeps them gets no place by it.
#[test]
fn a_challenge_that_was_not_shown_in_time_has_no_place() {
    let mut world = busy(0);
    let drawn = world.now;
    world.now = drawn + Duration::from_secs(LIFETIME_SECONDS - 1);
    assert_eq!(is_solved(&world, 1, drawn), Ok(false));
    world.now = drawn + Duration::from_secs(LIFETIME_SECONDS);
    assert_eq!(is_solved(&world, 1, drawn), refused());
    assert_eq!(register(&mut world, 1, drawn), refused());
}

#[test]
fn places_are_forgotten_with_their_challenges() {
    let mut world = busy(1);
    let drawn = world.now;
    assert_eq!(wait(register(&mut world, 1, drawn)), 1);
    world.now = drawn + Duration::from_secs(TICKET_SECONDS - 1);
    world.tick();
    assert_eq!(world.count("waiting"), 2);
    world.now = drawn + Duration::from_secs(TICKET_SECONDS);
    world.tick();
    assert_eq!(world.count("waiting"), 0);
}

/// A place that was waited for is not lost when the safe did not answer.
#[test]
fn a_registration_that_is_taken_back_waits_for_nobody() {
    let mut world = busy(3_600);
    let drawn = world.now;
    assert_eq!(wait(register(&mut world, 1, drawn)), 3_600);
    world.now = drawn + Duration::from_secs(3_600);
    let id = register(&mut world, 1, drawn).unwrap();
    let request = registry::Register {
        challenge: challenge(1),
        until: drawn.unix() + LIFETIME_SECONDS,
        level: 0,
        auth_key: [1; 32],
        tuple_key: [2; 32],
    };
    let taken_back = world.at_registry(INDEX, |sql, context| {
        registry::withdraw(sql, context, &mut crate::common::rng(), &request, id)
    });
    assert_eq!(taken_back, Ok(()));
    assert_eq!(is_solved(&world, 1, drawn), Ok(true));
    register(&mut world, 1, drawn).unwrap();
}

/// Once strangers have filled the line for a day, each newcomer takes the place of one in it: every solved challenge is as
/// likely to be served, whoever solved it.
#[test]
fn in_a_line_that_is_full_each_newcomer_takes_a_place_drawn_at_random() {
    const IN_LINE: u64 = 1_000;
    const NEWCOMERS: u64 = 1_000;
    let mut world = busy(LONGEST_WAIT + 1);
    let drawn = world.now;
    for number in 0..IN_LINE {
        stand(&world, number, (number + 1) * LONGEST_WAIT / IN_LINE);
    }
    // The stranger goes: there are a thousand.
    world.registries[usize::from(INDEX)]
        .exec(
            "DELETE FROM waiting WHERE id = ?1",
            &[challenge(STRANGER).into()],
        )
        .unwrap();
    let waits: Vec<_> = (IN_LINE..IN_LINE + NEWCOMERS)
        .map(|number| wait(register(&mut world, number, drawn)))
        .collect();
    assert_eq!(world.count("waiting"), IN_LINE);
    let mean = waits.iter().sum::<u64>() / NEWCOMERS;
    assert!(
        mean.abs_diff(LONGEST_WAIT / 2) < LONGEST_WAIT / 20,
        "{mean}"
    );
    // Of a thousand each of which met a thousand others, one in e is still there.
    let kept: BTreeSet<_> = (0..IN_LINE + NEWCOMERS)
        .filter(|number| is_solved(&world, *number, drawn) != refused())
        .collect();
    assert_eq!(kept.len() as u64, IN_LINE);
    let earlier = kept.iter().filter(|number| **number < IN_LINE).count();
    assert!(earlier.abs_diff(368) < 60, "{earlier}");
    // Who lost a place has used the challenge up.
    let lost = (0..IN_LINE).find(|number| !kept.contains(number)).unwrap();
    assert_eq!(register(&mut world, lost, drawn), refused());
}

/// Nobody stands in the line that it left: registration is as open as before.
#[test]
fn a_clock_that_was_ahead_for_hours_makes_nobody_wait() {
    let mut world = busy(0);
    let now = world.now;
    world.now = now + Duration::from_hours(5);
    let ahead = world.now;
    for number in 0..3 {
        register(&mut world, number, ahead).unwrap();
    }
    world.now = now;
    for number in 10..13 {
        register(&mut world, number, now).unwrap();
    }
}
