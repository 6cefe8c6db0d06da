//! Groups of record keys: what a file or a row tells of who came when, and what an interrupted writing leaves.

use core::time::Duration;
use std::collections::BTreeMap;
use std::rc::Rc;

use robert::Id;
use service::group::{self, GroupName, Places};
use service::record::{Keeper, Records};
use service::registry::{self, Left};
use service::{Class, Failure, Realm};
use store::Sql;

use crate::common::{NOON, OPEN_GROUPS, World, count, rng};

const DAY: Duration = Duration::from_hours(24);

fn request(world: &World, number: u32) -> registry::Register {
    let mut challenge = [0; 16];
    challenge[..4].copy_from_slice(&number.to_be_bytes());
    registry::Register {
        challenge,
        until: world.now.unix() + 600,
        level: 0,
        auth_key: [1; 32],
        tuple_key: [2; 32],
    }
}

fn keeper(world: &World, id: Id) -> (GroupName, u8) {
    let (sql, place) = world.at(0);
    match registry::keeper_of(sql, &place, id).unwrap() {
        Some(Keeper::Group(name, place)) => (name, place),
        other => panic!("{other:?}"),
    }
}

/// How far one order tells another: from -1 to 1.
fn rank_correlation(pairs: &[(u32, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let (mut sum, mut squares, mut both) = ([0.0; 2], [0.0; 2], 0.0);
    for (x, y) in pairs {
        let pair = [f64::from(*x), *y];
        for (at, value) in pair.into_iter().enumerate() {
            sum[at] += value / count;
            squares[at] += value * value / count;
        }
        both += pair[0] * pair[1] / count;
    }
    let [x, y] = [0, 1].map(|at| (squares[at] - sum[at] * sum[at]).sqrt());
    (both - sum[0] * sum[1]) / (x * y)
}

/// Ten thousand register within thirty days. Neither the rank of an account's group, by name or in the order in which the
/// groups were made, nor its place says when it came.
#[test]
fn a_group_says_nothing_of_the_day_of_its_accounts() {
    const PEOPLE: u32 = 10_000;
    let mut world = World::new();
    let place = World::place(Class::Registry, 0);
    let sql = &world.registries[0];
    let names = registry::found(sql, &place, &mut rng(), 64).unwrap();
    for name in &names {
        world.write_group(0, *name);
    }
    let made: BTreeMap<_, _> = names.iter().zip(0_u32..).collect();
    let mut by_name = names.clone();
    by_name.sort_unstable();
    let mut pairs: [Vec<(u32, f64)>; 3] = Default::default();
    let wrapping = world.ring.wrapping(Realm::National);
    for number in 0..PEOPLE {
        let day = number * 30 / PEOPLE;
        world.now = NOON + day * DAY + number * Duration::from_millis(10);
        let (keys, now) = (world.day_keys(), world.now);
        let request = request(&world, number);
        let sql = &world.registries[0];
        let group = registry::open_group(sql, &place, &mut rng()).unwrap();
        let group = group.unwrap();
        let mut records = Records::default();
        records.add_group(group.name, world.held(group).map(Rc::new));
        let context = registry::Context {
            place,
            wrapping: &wrapping,
            keys: &keys,
            records: &records,
            now,
        };
        sql.exec("DELETE FROM line", &[]).unwrap();
        let id = registry::register(sql, &context, &mut rng(), &request, group.name).unwrap();
        let (name, place) = keeper(&world, id);
        assert_eq!(name, group.name);
        let rank = by_name.binary_search(&name).unwrap();
        pairs[0].push((day, rank as f64));
        pairs[1].push((day, f64::from(made[&name])));
        pairs[2].push((day, f64::from(place)));
    }
    // More than five deviations of what chance alone brings.
    for (what, pairs) in ["name", "made", "place"].into_iter().zip(&pairs) {
        let correlation = rank_correlation(pairs);
        println!("{what}: {correlation:+.4}");
        assert!(correlation.abs() < 0.05, "{what}: {correlation}");
    }
}

fn taken(world: &World, name: GroupName) -> Vec<u8> {
    let select = "SELECT taken FROM record_group WHERE name = ?1";
    let rows = world.registries[0].query(select, &[name.into()]).unwrap();
    rows[0].blob(0).unwrap().to_vec()
}

/// Groups are made many at a time, whether they are used or not; the next come when too few have a free place.
#[test]
fn groups_are_made_ahead_many_at_a_time() {
    let mut world = World::new();
    world.open_account(0, &request(&world, 0)).unwrap();
    let (sql, place) = world.at(0);
    let made = registry::groups(sql, &place).unwrap();
    assert_eq!(made.len(), usize::from(OPEN_GROUPS));
    assert!(!registry::are_short(sql, &place, OPEN_GROUPS).unwrap());
    assert_eq!(
        registry::found(sql, &place, &mut rng(), OPEN_GROUPS),
        Ok(vec![])
    );
    // One is full.
    let fill = "UPDATE record_group SET free = 0 WHERE name = ?1";
    sql.exec(fill, &[made[0].name.into()]).unwrap();
    assert!(registry::are_short(sql, &place, OPEN_GROUPS).unwrap());
    let next = registry::found(sql, &place, &mut rng(), OPEN_GROUPS).unwrap();
    assert_eq!(next.len(), usize::from(OPEN_GROUPS));
    // Killed before they were written, they are written by the next call, and no others are made.
    let mut again = registry::found(sql, &place, &mut rng(), OPEN_GROUPS).unwrap();
    again.sort_unstable();
    let mut first = next.clone();
    first.sort_unstable();
    assert_eq!(again, first);
    assert_eq!(
        registry::groups(sql, &place).unwrap().len(),
        usize::from(OPEN_GROUPS)
    );
    for name in next {
        world.write_group(0, name);
    }
    let (sql, place) = world.at(0);
    assert!(!registry::are_short(sql, &place, OPEN_GROUPS).unwrap());
}

/// A place that somebody left is nobody's until its key is another.
#[test]
fn a_place_is_used_again_with_another_key_alone() {
    let mut world = World::new();
    let id = world.open_account(0, &request(&world, 0)).unwrap();
    let (name, place) = keeper(&world, id);
    let key = |world: &World| {
        let group = registry::group(&world.registries[0], name)
            .unwrap()
            .unwrap();
        *world.held(group).unwrap().key(place).unwrap().as_bytes()
    };
    let before = key(&world);
    let withdrawn = world.at_registry(0, |sql, context| {
        let request = registry::Register {
            challenge: [9; 16],
            until: 0,
            level: 0,
            auth_key: [1; 32],
            tuple_key: [2; 32],
        };
        registry::withdraw(sql, context, &mut rng(), &request, id)
    });
    assert_eq!(withdrawn, Ok(()));
    assert!(Places::from_bytes(&taken(&world, name)).has(place));
    world.write_group(0, name);
    assert!(!Places::from_bytes(&taken(&world, name)).has(place));
    assert_ne!(key(&world), before);
    assert!(
        !world
            .record_keys()
            .iter()
            .any(|key| *key.as_bytes() == before)
    );
}

/// Keys that were fetched before the group was written again are not used for a new account: its key would not be there.
#[test]
fn a_registration_with_the_keys_of_another_version_fetches_again() {
    let mut world = World::new();
    let name = world.open_group(0);
    let place = World::place(Class::Registry, 0);
    let stale = world.records(&place);
    world.write_group(0, name);
    let request = request(&world, 1);
    let registered = world.at_registry(0, |sql, context| {
        let context = registry::Context {
            records: &stale,
            ..*context
        };
        registry::register(sql, &context, &mut rng(), &request, name)
    });
    assert_eq!(registered, Err(Failure::Moved));
    assert_eq!(world.count("account"), 0);
    assert!(world.open_account(0, &request).is_ok(), "nothing was spent");
}

/// Two write the same group: one of them counts. What the other has put into its safe is owed its end, and whoever left
/// meanwhile is owed another writing.
#[test]
fn of_two_writings_one_counts_and_nobody_is_forgotten() {
    let mut world = World::new();
    let ids = [0, 1].map(|number| {
        let request = request(&world, number);
        world.open_account(0, &request).unwrap()
    });
    let (name, place) = keeper(&world, ids[0]);
    let leave = |world: &World, place: u8| {
        let mut left = Places::none(256);
        left.add(place);
        let update = "UPDATE record_group SET left = ?2, due = ?3 WHERE name = ?1";
        let values = [name.into(), left.as_bytes().into(), world.now.unix().into()];
        world.registries[0].exec(update, &values).unwrap();
    };
    leave(&world, place);
    let sql = &world.registries[0];
    let first = registry::begin_writing(sql, name).unwrap().unwrap();
    let second = registry::begin_writing(sql, name).unwrap().unwrap();
    assert!(second.version > first.version && first.safe() == second.safe());
    let mut both = first.left.clone();
    both.add(place.wrapping_add(1));
    let update = "UPDATE record_group SET left = ?2 WHERE name = ?1";
    sql.exec(update, &[name.into(), both.as_bytes().into()])
        .unwrap();

    let (now, root) = (world.now, [4; 4]);
    let owed = registry::written(sql, &mut rng(), now, &second, root).unwrap();
    let owed = owed.unwrap();
    assert_eq!(
        (owed.safe, owed.version),
        (first.group.safe(), Some(first.group.version))
    );
    // Who left while it was written.
    assert_eq!(
        registry::to_write(sql, &World::place(Class::Registry, 0), now),
        Ok(vec![name])
    );
    let late = registry::written(sql, &mut rng(), now, &first, root);
    assert_eq!(late, Err(Failure::Moved));
    let until = now + Duration::from_secs(2);
    registry::not_written(sql, &mut rng(), now, &first).unwrap();
    registry::put_off_writing(sql, name, until).unwrap();
    let (sql, place) = world.at(0);
    assert_eq!(registry::to_write(sql, &place, now), Ok(vec![]));
    assert_eq!(registry::to_write(sql, &place, until), Ok(vec![name]));
    // Up to its own version alone: the one that counts is in the same safe.
    let due = registry::emptying(sql, &place, now + Duration::from_mins(1)).unwrap();
    let of_late = due.iter().find(|owed| owed.safe == first.safe()).unwrap();
    assert_eq!(of_late.version, Some(first.version));
    let counts = registry::group(sql, name).unwrap().unwrap();
    assert_eq!(counts.version, second.version);
    // The one that counts is never owed an end.
    let before = count(sql, "emptying");
    registry::not_written(sql, &mut rng(), now, &second).unwrap();
    assert_eq!(count(sql, "emptying"), before);
}

/// An operator puts an old copy of a registry back, and the platform can roll one back: its row names a version that is
/// gone. Who stayed is read with the version that counts, and who left is unknown.
#[test]
fn an_old_copy_that_is_put_back_finds_the_version_that_counts() {
    let mut world = World::new();
    let mut phones: Vec<_> = (0..8).map(|_| world.register()).collect();
    let asks = |world: &World, phone: &mut robert::phone::Phone| phone.ask(world.now).unwrap();
    let leaver = asks(&world, &mut phones[1]);
    let id = world.sender(leaver).unwrap().id;
    let index = crate::common::SHARDS.registry_of(id.0[0]);
    let (sql, place) = world.at(index);
    let before = registry::groups(sql, &place).unwrap();
    let copy = crate::release_0_1_0::dump(sql);
    let request = phones[1].unregister(world.now).unwrap();
    let signed = world.sender(request).unwrap();
    let left = world.at_registry(index, |sql, context| {
        registry::unregister(sql, context, &mut rng(), &signed)
    });
    world.destroy(index, left.unwrap());
    let sql = &world.registries[usize::from(index)];
    for (table, rows) in copy {
        sql.exec(&format!("DELETE FROM {table}"), &[]).unwrap();
        for row in rows {
            let marks: Vec<_> = (1..=row.len()).map(|at| format!("?{at}")).collect();
            let insert = format!("INSERT INTO {table} VALUES ({})", marks.join(", "));
            sql.exec(&insert, &row).unwrap();
        }
    }
    let gone: Vec<_> = before
        .into_iter()
        .filter(|group| world.held(*group).is_none())
        .collect();
    let [group] = gone[..] else {
        panic!("one was written again: {gone:?}");
    };
    // Not an earlier one, nor of another version than the one that is gone.
    registry::adopt(sql, group, group.version - 1).unwrap();
    let other = group::Group {
        version: group.version + 1,
        ..group
    };
    registry::adopt(sql, other, group.version + 3).unwrap();
    assert_eq!(registry::group(sql, group.name), Ok(Some(group)));
    // What the copy owes to the safe of the version that counts would destroy it.
    let owed = registry::Emptying {
        id: [7; 16],
        safe: group::safe_of(group.name, group.version + 1),
        version: Some(group.version + 1),
    };
    let owe = "INSERT INTO emptying (id, safe, due, version) VALUES (?1, ?2, 0, ?3)";
    let values = [owed.id.into(), owed.safe.into(), owed.version.into()];
    sql.exec(owe, &values).unwrap();
    assert_eq!(registry::emptying(sql, &place, world.now), Ok(vec![owed]));
    registry::adopt(sql, group, group.version + 1).unwrap();
    assert_eq!(registry::emptying(sql, &place, world.now), Ok(vec![]));
    world.now = world.now + Duration::from_mins(31);
    for (number, phone) in phones.iter_mut().enumerate() {
        let asked = world.now;
        let request = if number == 1 {
            leaver
        } else {
            phone.ask(asked).unwrap()
        };
        let answered = world.ask(request).map(drop);
        let expected = if number == 1 {
            Err(wire::Refusal::UnknownIdentity)
        } else {
            Ok(())
        };
        assert_eq!(answered, expected, "{number}");
    }
    // The next writing goes on from there.
    world.write_group(index, group.name);
}

/// Hours or years ahead for one failure, and back.
#[test]
fn a_clock_that_was_ahead_puts_no_writing_off() {
    let mut world = World::new();
    let name = world.open_group(0);
    let (sql, place) = world.at(0);
    let writing = registry::begin_writing(sql, name).unwrap().unwrap();
    let update = "UPDATE record_group SET due = 1 WHERE name = ?1";
    sql.exec(update, &[name.into()]).unwrap();
    let ahead = world.now + 365 * DAY;
    registry::not_written(sql, &mut rng(), ahead, &writing).unwrap();
    registry::put_off_writing(sql, name, ahead).unwrap();
    assert_eq!(registry::to_write(sql, &place, world.now), Ok(vec![name]));
}

/// An account that leaves a safe of its own moves into a group when its history is deleted.
#[test]
fn an_account_of_an_earlier_release_moves_into_a_group() {
    let (mut world, mut sylvie) = World::reported();
    world.deliver_all();
    let request = sylvie.ask(world.now).unwrap();
    let id = world.sender(request).unwrap().id;
    let index = crate::common::SHARDS.registry_of(id.0[0]);
    let safe = world.give_own_safe(id);
    assert!(world.at_risk(&mut sylvie));
    let request = sylvie.delete_exposures(world.now).unwrap();
    let signed = world.sender(request).unwrap();
    let Left::Safe(owed) = world.delete_history(index, &signed).unwrap() else {
        panic!("it had a safe of its own");
    };
    assert_eq!(owed.safe, safe);
    world.empty(index, owed);
    let (sql, place) = world.at(index);
    let keeper = registry::keeper_of(sql, &place, signed.id).unwrap();
    assert!(matches!(keeper, Some(Keeper::Group(..))));
    assert!(world.at_risk(&mut sylvie));
}

/// Per account: its row and its place in a group, which has keys for nobody too.
#[test]
fn an_account_takes_less_than_four_hundred_bytes() {
    let mut world = World::new();
    world.open_accounts(2_000);
    let (sql, place) = world.at(0);
    // What is kept for minutes.
    sql.exec("DROP TABLE challenge", &[]).unwrap();
    let pages = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, \
        pragma_page_size";
    let rows = sql.query(pages, &[]).unwrap();
    let accounts = count(sql, "account");
    let rows = rows[0].integer(0).unwrap() / accounts;
    let groups = registry::groups(sql, &place).unwrap().len();
    // On disk a group's safe is three pages. All places are taken in the end.
    let of_groups = 3 * 4_096 / 256;
    println!(
        "{rows} + {of_groups} bytes an account, {groups} groups of {}",
        group::places(place.realm)
    );
    assert!(rows + of_groups < 400, "{rows} + {of_groups}");
}
