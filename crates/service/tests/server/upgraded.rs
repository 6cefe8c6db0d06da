//! A realm that release 0.1.0 wrote goes on under this one, however far its walks have come.

use core::time::Duration;
use std::collections::BTreeSet;

use service::intake::{self, AllMarks, Marks, Report, Shown, Token, Transit};
use service::outbox::{self, Owed};
use service::record::{RecordKey, SafeName};
use service::registry::{self, Emptying, Left};
use service::schema::walk;
use service::{Class, schema, tally};
use store::{Native, Sql, Value};

use crate::common::{SHARDS, World, count, rng};
use crate::release_0_1_0::{INTAKE, REGISTRY, TALLY};

const SECOND: Duration = Duration::from_secs(1);

impl World {
    /// Everything stands as 0.1.0 would have written it.
    fn comes_from_0_1_0(&mut self) {
        if schema::exists(&self.intake, schema::INTAKE).unwrap() {
            self.intake = INTAKE.before(&self.intake);
        }
        for id in self.accounts() {
            self.give_own_safe(id);
        }
        for registry in &mut self.registries {
            if schema::exists(registry, schema::REGISTRY).unwrap() {
                *registry = REGISTRY.before(registry);
            }
        }
    }

    /// So many slices of each object's walk.
    fn walk(&mut self, slices: u32) {
        for _ in 0..slices {
            self.now = self.now + SECOND;
            self.tick();
        }
    }

    /// A phone leaves, and its safe is not yet emptied. The registry, and what it owes.
    fn leave(&mut self) -> (u16, Emptying) {
        let mut phone = self.register();
        let leaving = phone.unregister(self.now).unwrap();
        let signed = self.sender(leaving).unwrap();
        let index = SHARDS.registry_of(signed.id.0[0]);
        self.give_own_safe(signed.id);
        let left = self.at_registry(index, |sql, context| {
            registry::unregister(sql, context, &mut rng(), &signed)
        });
        match left {
            Ok(Left::Safe(owed)) => (index, owed),
            other => panic!("{other:?}"),
        }
    }
}

fn tables(sql: &Native) -> BTreeSet<String> {
    const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let rows = sql.query(TABLES, &[]).unwrap();
    let names = rows.iter().map(|row| row.text(0).unwrap().to_owned());
    names.collect()
}

#[test]
fn what_waits_is_delivered_who_left_is_forgotten_and_all_is_counted() {
    for slices in [0, 1, 3] {
        let (mut world, mut sylvie) = World::reported();
        let (index, left) = world.leave();
        world.comes_from_0_1_0();
        world.walk(slices);
        let has_outbox = tables(&world.registries[usize::from(index)]).contains("outbox");
        assert_eq!(has_outbox, slices == 0);

        let (sql, place) = (
            &world.registries[usize::from(index)],
            World::place(Class::Registry, index),
        );
        let due = registry::emptying(sql, &place, world.now).unwrap();
        assert_eq!(due, [left]);
        assert!(registry::safes(sql, &place).unwrap().contains(&left.safe));
        registry::emptied(sql, left.id).unwrap();
        assert_eq!(registry::emptying(sql, &place, world.now), Ok(vec![]));

        // The first read of an intake brings its tables up to date.
        assert!(intake::next_due(&world.intake).unwrap().is_some());
        assert_eq!(world.owed().len(), 2);
        world.deliver_all();
        assert_eq!(world.count("exposure"), 2);
        assert!(world.at_risk(&mut sylvie));
        world.register();

        let days = Native::in_memory().unwrap();
        world.now = world.now.day().plus_days(1).start() + Duration::from_hours(2);
        world.collect(&days);
        let days = TALLY.before(&days);
        let [day] = tally::read(&days, &World::place(Class::Tally, 0)).unwrap()[..] else {
            panic!("one day was collected");
        };
        assert_eq!(day.counts, [4, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0]);
    }
}

/// More safes than one slice moves; they are emptied, put off and added to while the walk is under way.
#[test]
fn each_safe_is_emptied_while_they_move() {
    let mut world = World::new();
    world.register();
    world.register();
    let place = World::place(Class::Registry, 0);
    let give_up = |world: &World| -> SafeName {
        let (safe, _) = RecordKey::draw(&mut rng());
        let due = world.now + Duration::from_mins(1);
        let owe = "INSERT INTO emptying (id, safe, due) VALUES (?1, ?2, ?3)";
        let values = [safe.into(), safe.into(), due.unix().into()];
        world.registries[0].exec(owe, &values).unwrap();
        safe
    };
    let mut owed: BTreeSet<_> = (0..500).map(|_| give_up(&world)).collect();
    world.comes_from_0_1_0();
    world.now = world.now + Duration::from_mins(2);
    let mut emptied = BTreeSet::new();
    for round in 0.. {
        let sql = &world.registries[0];
        let due = registry::emptying(sql, &place, world.now).unwrap();
        let rest = registry::safes(sql, &place).unwrap().len();
        // One of them is an account's.
        assert_eq!(rest, owed.len() - emptied.len() + 1);
        if due.is_empty() {
            break;
        }
        assert!(due.len() <= registry::EMPTIED_AT_ONCE);
        for (at, owed) in due.into_iter().enumerate() {
            if (at + round) % 3 == 0 {
                registry::put_off(sql, &[owed.id], world.now + SECOND).unwrap();
            } else {
                registry::emptied(sql, owed.id).unwrap();
                assert!(emptied.insert(owed.safe), "twice");
            }
        }
        if round < 5 {
            owed.insert(give_up(&world));
        }
        if round % 2 == 1 {
            world.walk(1);
        } else {
            world.now = world.now + SECOND * 30;
        }
    }
    world.walk(3);
    assert_eq!(emptied, owed);
    assert!(!tables(&world.registries[0]).contains("outbox"));
    assert_eq!(registry::next_due(&world.registries[0], &place), Ok(None));
}

/// A safe that does not answer holds up what waits under its key, and nothing else, whichever form a row has.
#[test]
fn what_waits_under_one_key_is_put_off_alike_while_slots_are_filled() {
    for slices in 0..5 {
        let mut world = World::new();
        let place = World::place(Class::Intake, 0);
        let mut transits = Vec::new();
        for _ in 0..2 {
            intake::open_transit(&world.intake, &place, &mut rng(), world.now).unwrap();
            let found = intake::transit(&world.intake, &place, world.now).unwrap();
            transits.push(found.unwrap());
            world.now = world.now + Duration::from_mins(1);
        }
        for transit in transits.iter().cycle().take(6) {
            report_many(&world, transit);
        }
        world.comes_from_0_1_0();
        intake::next_due(&world.intake).unwrap();
        world.walk(slices);
        // And some that this release stores.
        report_many(&world, &transits[0]);
        let now = world.now + Duration::from_mins(2);
        let later = now + Duration::from_mins(10);
        let owed = |until| outbox::due(&world.intake, until, 1_000).unwrap();
        let slot = |owed: &Owed| {
            intake::transit_of(&world.intake, &owed.body)
                .unwrap()
                .unwrap()
                .slot
        };
        let before = owed(now);
        assert_eq!(before.len(), 700);
        let one = before.iter().find(|owed| slot(owed) == transits[0].slot);
        intake::postpone_alike(&world.intake, &one.unwrap().body, now, later).unwrap();
        let after = owed(now);
        assert_eq!(after.len(), 300, "{slices} slices");
        assert!(after.iter().all(|owed| slot(owed) == transits[1].slot));
        world.walk(5);
        assert!(!walk_is_pending(&world.intake));
        let unfilled = "SELECT 1 FROM outbox WHERE slot IS NULL";
        assert_eq!(world.intake.query(unfilled, &[]).unwrap(), []);
        for owed in outbox::due(&world.intake, later, 1_000).unwrap() {
            let transit = intake::transit_of(&world.intake, &owed.body)
                .unwrap()
                .unwrap();
            assert_eq!(owed.slot, Some(transit.slot));
        }
        assert_eq!(count(&world.intake, "outbox"), 700);
    }
}

fn walk_is_pending(sql: &Native) -> bool {
    walk::next_due(sql).unwrap().is_some()
}

/// A hundred contacts of nobody.
fn report_many(world: &World, transit: &Transit) {
    let mut report = Report {
        shown: Shown {
            token: Token::Decoy,
            marks: AllMarks::one(Marks {
                code: [0; 32],
                body: [0; 32],
            }),
            route: 0,
            zeros: 0,
            work: None,
        },
        contacts: (0..100).map(|_| (0, vec![1; 50])).collect(),
    };
    rand_core::Rng::fill_bytes(&mut rng(), &mut report.shown.marks.newest.code);
    rand_core::Rng::fill_bytes(&mut rng(), &mut report.shown.marks.newest.body);
    let (_, key) = RecordKey::draw(&mut rng());
    let place = World::place(Class::Intake, 0);
    let transit = Some((transit, &key));
    intake::report(
        &world.intake,
        &place,
        &mut rng(),
        world.now,
        None,
        &report,
        transit,
    )
    .unwrap();
}

/// A trailing column more, with a default, in every table: what a later release may add. No statement minds.
#[test]
fn a_column_more_breaks_nothing() {
    let mut world = World::new();
    for index in 0..SHARDS.registries {
        let place = World::place(Class::Registry, index);
        let sql = &world.registries[usize::from(index)];
        store::transact(sql, |sql| schema::ensure_tables(sql, &place)).unwrap();
    }
    let place = World::place(Class::Intake, 0);
    store::transact(&world.intake, |sql| schema::ensure_tables(sql, &place)).unwrap();
    for sql in world.registries.iter().chain([&world.intake]) {
        for table in tables(sql) {
            let add = format!("ALTER TABLE {table} ADD COLUMN more INTEGER NOT NULL DEFAULT 7");
            sql.exec(&add, &[]).unwrap();
        }
    }
    let [mut sylvie, mut johanna] = [(); 2].map(|()| world.register());
    world.meet(&mut [&mut sylvie, &mut johanna], 20, -43);
    let code = world.short_code();
    let body = world.draft(&mut johanna, &code);
    world.report(&body).unwrap();
    world.report(&body).unwrap();
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
    let deletion = sylvie.delete_exposures(world.now).unwrap();
    let signed = world.sender(deletion).unwrap();
    let index = SHARDS.registry_of(signed.id.0[0]);
    let left = world.delete_history(index, &signed).unwrap();
    world.destroy(index, left);
    world.leave();
    world.tick();
    for sql in world.registries.iter().chain([&world.intake]) {
        for table in tables(sql) {
            let more = sql
                .query(&format!("SELECT more FROM {table}"), &[])
                .unwrap();
            assert!(more.iter().all(|row| row.0 == [Value::Integer(7)]));
        }
    }
}
