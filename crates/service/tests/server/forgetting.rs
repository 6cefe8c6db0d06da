//! Accounts that nobody can reach any more: each is forgotten at its midnight, and none before.

use core::time::Duration;
use std::time::Instant;

use decree::Moment;
use robert::auth::AuthRequest;
use robert::phone::{Phone, Unknown};
use service::registry::{self, Register};
use service::{Class, Failure, figures, schema};
use store::{Native, Sql};
use wire::Refusal;

use crate::common::{SHARDS, World, changes, count, rng};
use crate::release_0_1_0::REGISTRY;

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);
/// Days from the last bundle to the midnight that forgets: three of pseudonyms after the first, fifteen for a key.
const TERM: u32 = 18;

/// A realm after the first ten days of the service, whose days are not those of UTC.
fn world() -> World {
    let mut world = World::new();
    world.now = world.now + 4 * DAY;
    world
}

impl World {
    /// What a registry's object does at this moment.
    fn forget(&mut self, index: u16) -> Result<(), Failure> {
        let (sql, place) = (
            &self.registries[usize::from(index)],
            Self::place(Class::Registry, index),
        );
        while registry::tick(sql, &place, self.now)? {}
        registry::forget_unreachable(sql, &place, &mut rng(), self.now)
    }

    fn forget_everywhere(&mut self) {
        for index in 0..SHARDS.registries {
            self.forget(index).unwrap();
        }
    }

    fn unregister(&mut self, request: AuthRequest) -> Result<(), Refusal> {
        let signed = self.sender(request)?;
        let index = SHARDS.registry_of(signed.id.0[0]);
        let left = self.at_registry(index, |sql, context| {
            registry::unregister(sql, context, &mut rng(), &signed)
        });
        Ok(left.map(drop)?)
    }

    /// So many accounts at one registry that have never asked.
    pub(crate) fn open_accounts(&mut self, number: usize) {
        for number in 0..number {
            let mut challenge = [0; 16];
            challenge[..8].copy_from_slice(&number.to_be_bytes());
            let request = Register {
                challenge,
                until: self.now.unix() + 600,
                level: 0,
                auth_key: [1; 32],
                tuple_key: [2; 32],
            };
            self.open_account(0, &request).unwrap();
            // Nobody waits for those before.
            self.registries[0].exec("DELETE FROM line", &[]).unwrap();
        }
    }

    fn next_due(&self) -> Option<Moment> {
        let place = Self::place(Class::Registry, 0);
        registry::next_due(&self.registries[0], &place).unwrap()
    }
}

/// The midnight that forgets an account whose last bundle was made now.
fn term(world: &World) -> Moment {
    world.now.day().plus_days(TERM).start()
}

#[test]
fn a_phone_that_was_away_leaves_until_the_midnight_that_forgets_it() {
    for (is_away, left) in [
        (Duration::ZERO, Err(Refusal::UnknownIdentity)),
        (SECOND, Ok(())),
    ] {
        let mut world = world();
        let mut phone = world.register();
        let term = term(&world);
        assert_eq!(phone.forgotten_on(), Some(term.day()));
        world.now = term - is_away;
        world.forget_everywhere();
        let request = phone.unregister(world.now).unwrap();
        assert_eq!(world.unregister(request), left);
        assert_eq!(world.count("account"), 0);
        // Its key is owed its end, whichever it was.
        assert_eq!(world.owed_ends(0) + world.owed_ends(1), 1);
    }
}

/// Every midnight before, whatever the phone's last bundle was.
#[test]
fn nobody_who_can_be_read_is_forgotten() {
    let mut world = world();
    let (mut asks, never) = (world.register(), world.register());
    world.at_risk(&mut asks);
    let (begun, first) = (world.now, term(&world));
    for days in 1..TERM {
        world.now = begun.day().plus_days(days).start();
        world.forget_everywhere();
        assert_eq!(world.count("account"), 2, "{days}");
        assert_eq!(world.count("forgetting"), 2, "one row a registry");
        let days = world.day_keys();
        for phone in [&asks, &never] {
            let newest = phone.pseudonyms().last().unwrap().epoch.day();
            assert!(robert::validate::DayKeys::server_key(&days, newest).is_some());
        }
        if world.now.day() == begun.day().plus_days(5) {
            world.at_risk(&mut asks);
        }
    }
    world.now = first;
    world.forget_everywhere();
    assert_eq!(world.count("account"), 1);
    assert_eq!(asks.forgotten_on(), Some(first.day().plus_days(5)));
    world.now = first + 5 * DAY - SECOND;
    world.forget_everywhere();
    assert_eq!(world.count("account"), 1);
    world.now = first + 5 * DAY;
    world.forget_everywhere();
    assert_eq!(world.count("account"), 0);
}

#[test]
fn all_that_was_stored_of_the_account_goes_and_no_figure_counts_it() {
    let (mut world, mut sylvie) = World::reported();
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
    assert_eq!(world.count("exposure"), 2);
    let today = world.now.day();
    world.now = term(&world);
    world.forget_everywhere();
    for table in ["account", "exposure"] {
        assert_eq!(world.count(table), 0, "{table}");
    }
    assert_eq!(world.owed_ends(0) + world.owed_ends(1), 2);
    for index in 0..SHARDS.registries {
        let until = world.now.day();
        let counted = world.at_registry(index, |sql, context| {
            figures::of_registry(sql, context, today, until)
        });
        assert_eq!(counted.unwrap(), []);
    }
    assert_eq!(
        sylvie.unknown_to_server(world.now),
        Unknown::ForgottenOn(world.now.day())
    );
}

/// The day of registration is needed until the first question, and kept no longer; the deletion of a history is no
/// question.
#[test]
fn the_day_of_registration_is_kept_until_the_first_question() {
    let mut world = world();
    let mut phone = world.register();
    let registered = |world: &World| {
        let sql = &world.registries[1];
        let rows = sql.query("SELECT registered FROM account", &[]).unwrap();
        rows[0].maybe_integer(0).unwrap()
    };
    let today = Some(world.now.day().number().into());
    assert_eq!(registered(&world), today);
    world.now = world.now + 3 * DAY;
    delete_history(&mut world, &mut phone);
    assert_eq!(registered(&world), today);
    world.at_risk(&mut phone);
    assert_eq!(registered(&world), None);
}

fn delete_history(world: &mut World, phone: &mut Phone) {
    let request = phone.delete_exposures(world.now).unwrap();
    let signed = world.sender(request).unwrap();
    world.delete_history(1, &signed).unwrap();
}

#[test]
fn a_midnight_looks_at_so_many_accounts_at_a_time() {
    let mut world = world();
    world.open_accounts(1_100);
    let stays = world.register();
    let term = term(&world);
    world.now = term;
    for (left, next) in [(600, true), (100, true), (0, false)] {
        world.forget(0).unwrap();
        assert_eq!(count(&world.registries[0], "account"), left);
        // The groups are due at once.
        let (sql, place) = world.at(0);
        for name in registry::to_write(sql, &place, world.now).unwrap() {
            world.write_group(0, name);
        }
        let due = next.then(|| world.now + SECOND);
        assert_eq!(world.next_due(), due);
        let before = changes(&world.registries[0]);
        world.forget(0).unwrap();
        assert_eq!(changes(&world.registries[0]), before, "a pause between two");
        world.now = world.now + SECOND;
    }
    // And it names nobody.
    let named = "SELECT 1 FROM forgetting WHERE at <> x''";
    let named = world.registries[0].query(named, &[]).unwrap();
    assert!(named.is_empty());
    // Once a day.
    world.now = term + DAY - SECOND;
    let before = changes(&world.registries[0]);
    world.forget(0).unwrap();
    assert_eq!(changes(&world.registries[0]), before);
    drop(stays);
}

/// Killed in the middle of a slice, nothing of it is done; the next call does it whole, and goes on.
#[test]
fn a_slice_that_is_broken_off_is_done_by_the_next_call() {
    let mut world = world();
    world.open_accounts(600);
    world.now = term(&world);
    const KILLS: &str = "CREATE TRIGGER kill BEFORE DELETE ON account \
        WHEN (SELECT COUNT(*) FROM account) = 300 BEGIN SELECT RAISE(ABORT, 'killed'); END";
    world.registries[0].exec(KILLS, &[]).unwrap();
    assert!(world.forget(0).is_err());
    let sql = &world.registries[0];
    assert_eq!((count(sql, "account"), world.owed_ends(0)), (600, 0));
    sql.exec("DROP TRIGGER kill", &[]).unwrap();
    for left in [100, 0] {
        world.forget(0).unwrap();
        let sql = &world.registries[0];
        assert_eq!(count(sql, "account"), left);
        assert_eq!(world.owed_ends(0), 600 - left);
        world.now = world.now + SECOND;
    }
}

/// Hours or a year ahead for one slice, and back.
#[test]
fn a_clock_that_was_ahead_puts_no_midnight_off() {
    for (ahead, left_after) in [(5 * 3_600 * SECOND, [100, 0]), (365 * DAY, [600, 100])] {
        let mut world = world();
        world.open_accounts(600);
        let (term, registered) = (term(&world), world.now.day().number());
        let register = |world: &World, day: u32| {
            let set = "UPDATE account SET registered = ?1";
            world.registries[0].exec(set, &[day.into()]).unwrap();
        };
        world.now = term + ahead;
        if ahead > DAY {
            // Nobody is to be forgotten by that time either.
            register(&world, world.now.day().number());
        }
        world.forget(0).unwrap();
        assert_eq!(count(&world.registries[0], "account"), left_after[0]);
        register(&world, registered);
        world.now = term;
        world.forget(0).unwrap();
        assert_eq!(count(&world.registries[0], "account"), left_after[1]);
    }
}

/// A registry of fifty million accounts in 256: `cargo test --release -p service --test server slice -- --nocapture`
/// says how long.
#[test]
fn a_slice_is_short_with_195_000_accounts() {
    const ACCOUNTS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 195000) \
        INSERT INTO account (id, safe, key_for_mac, key_for_tuples, last_status, verdict, registered) \
        SELECT CAST(printf('%05x', i) AS BLOB), randomblob(16), randomblob(64), randomblob(64), 0, randomblob(60), ?1 - i % 18 FROM n";
    let mut world = world();
    world.open_accounts(1);
    let sql = &world.registries[0];
    sql.exec("DELETE FROM account", &[]).unwrap();
    let today = world.now.day().number();
    sql.exec(ACCOUNTS, &[today.into()]).unwrap();
    // One in eighteen is forgotten.
    world.now = world.now.day().plus_days(1).start();
    let (mut slices, mut all) = (Vec::new(), Duration::ZERO);
    for _ in 0..1_000 {
        let begun = Instant::now();
        world.forget(0).unwrap();
        slices.push(begun.elapsed());
        all += begun.elapsed();
        world.now = world.now + SECOND;
        let rest = "SELECT 1 FROM forgetting WHERE due IS NOT NULL";
        if world.registries[0].query(rest, &[]).unwrap().is_empty() {
            break;
        }
    }
    slices.sort_unstable();
    let slice = slices[slices.len() / 2];
    println!("{} slices of {slice:?}, together {all:?}", slices.len());
    assert_eq!(
        count(&world.registries[0], "account"),
        195_000 - 195_000 / 18
    );
    assert!(slice < Duration::from_millis(5), "{slice:?}");
}

/// Rows of releases before this one say no day of registration.
#[test]
fn what_an_earlier_release_stored_is_forgotten_later_and_never_too_early() {
    let mut world = world();
    let (mut asks, _never) = (world.register(), world.register());
    world.at_risk(&mut asks);
    for sql in &mut world.registries {
        *sql = REGISTRY.before(sql);
    }
    let asked = term(&world);
    world.now = world.now + 10 * DAY;
    let noted = term(&world);
    world.forget_everywhere();
    assert_eq!(world.count("account"), 2);
    for (now, left) in [
        (asked - SECOND, 2),
        (asked, 1),
        (noted - SECOND, 1),
        (noted, 0),
    ] {
        world.now = now;
        world.forget_everywhere();
        assert_eq!(world.count("account"), left, "{now:?}");
    }
}

#[test]
fn nothing_is_written_where_nothing_was() {
    let sql = Native::in_memory().unwrap();
    let place = World::place(Class::Registry, 0);
    registry::forget_unreachable(&sql, &place, &mut rng(), world().now).unwrap();
    assert_eq!(schema::exists(&sql, schema::REGISTRY), Ok(false));
}
