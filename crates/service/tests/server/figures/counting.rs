//! Every act is counted once, on its day.

use std::time::Duration;

use decree::Day;
use robert::phone::Phone;
use service::figures::{self, IntakeFigures, RegistryFigures};
use service::{intake, registry};
use store::Sql;
use wire::code::Kind;

use crate::common::{self, NOON, SHARDS, World, rng};

impl World {
    /// The bytes of today's row in every registry, as stored.
    fn sealed_rows(&self) -> Vec<Vec<u8>> {
        let select = "SELECT sealed FROM registry_figures WHERE day = ?1";
        let today = [self.now.day().number().into()];
        let rows = self.registries.iter().map(|sql| {
            let rows = sql.query(select, &today).unwrap();
            rows.first().map(|row| row.blob(0).unwrap().to_vec())
        });
        rows.flatten().collect()
    }
}

/// So many people meet for an hour, wait, and one of them reports.
fn gathering(people: usize, days_later: u64) -> (World, Vec<Phone>) {
    let mut world = World::new();
    let mut phones: Vec<_> = (0..people).map(|_| world.register()).collect();
    world.meet(&mut phones.iter_mut().collect::<Vec<_>>(), 60, -43);
    world.pass(days_later);
    let code = world.code();
    let body = world.draft(&mut phones[0], &code);
    world.report(&body).unwrap();
    phones[0].accepted().unwrap();
    world.deliver_all();
    (world, phones)
}

#[test]
fn every_act_is_counted_where_it_happens() {
    let (mut world, mut phones) = gathering(3, 0);
    assert_eq!(
        world.counted_by_intake(),
        IntakeFigures {
            reports: 1,
            long: figures::CodeFigures {
                issued: 1,
                used: 1,
                expired: 0
            },
            ..IntakeFigures::default()
        }
    );
    for phone in &mut phones {
        world.at_risk(phone);
    }
    let request = phones[0].unregister(world.now).unwrap();
    let signed = world.sender(request).unwrap();
    let index = SHARDS.registry_of(signed.id.0[0]);
    world
        .at_registry(index, |sql, context| {
            registry::unregister(sql, context, &mut rng(), &signed)
        })
        .unwrap();
    assert_eq!(
        world.counted(),
        RegistryFigures {
            registrations: 3,
            unregistrations: 1,
            status_checks: 3,
            contacts_notified: 2,
            above_threshold_too_old: 0,
        }
    );
}

#[test]
fn a_contact_is_notified_once_for_each_risk() {
    let (mut world, mut phones) = gathering(2, 0);
    let [johanna, sylvie] = &mut phones[..] else {
        panic!("two people");
    };
    let notified = |world: &mut World, sylvie: &mut Phone| {
        assert!(world.at_risk(sylvie));
        world.counted().contacts_notified
    };
    assert_eq!(notified(&mut world, sylvie), 1);
    assert_eq!(notified(&mut world, sylvie), 1, "a further question");

    // A new risk, two days later.
    world.pass(2);
    let mut justin = world.register();
    for phone in [&mut *johanna, &mut *sylvie] {
        world.at_risk(phone);
    }
    world.meet(&mut [&mut justin, &mut *sylvie], 60, -43);
    let before = world.counted().contacts_notified;
    let code = world.code();
    let body = world.draft(&mut justin, &code);
    world.report(&body).unwrap();
    world.deliver_all();
    assert_eq!(notified(&mut world, sylvie), before + 1, "a new risk");
    assert_eq!(notified(&mut world, sylvie), before + 1);
}

/// The official suite's rows: of 2 people who met 8 days ago 1, of 4 people 3; 6 days ago nobody.
#[test]
fn above_the_threshold_and_too_old_is_counted_once_a_person() {
    for (people, days_later, too_old) in [(2, 8, 1), (4, 8, 3), (2, 6, 0)] {
        let (mut world, _) = gathering(people, days_later);
        let counted = world.counted().above_threshold_too_old;
        assert_eq!(counted, too_old, "{people} people, {days_later} days");
        let alerted = |verdict: &&Option<serde_json::Value>| {
            verdict
                .as_ref()
                .is_some_and(|opened| opened["atRisk"] == true)
        };
        let verdicts = world.verdicts();
        let alerted = verdicts.iter().filter(alerted).count();
        assert_eq!(alerted, if too_old == 0 { people - 1 } else { 0 });
    }
}

#[test]
fn an_account_that_is_taken_back_does_not_count() {
    let mut world = World::new();
    world.register_strangers(3);
    let group = world.open_group(0);
    let request = registry::Register {
        challenge: [9; 16],
        until: world.now.unix() + 600,
        level: 0,
        auth_key: [7; 32],
        tuple_key: [7; 32],
    };
    let taken_back = world.at_registry(0, |sql, context| {
        let id = registry::register(sql, context, &mut rng(), &request, group)?;
        registry::withdraw(sql, context, &mut rng(), &request, id)
    });
    assert_eq!(taken_back, Ok(()));
    assert_eq!(
        (world.counted().registrations, world.count("account")),
        (3, 3)
    );
}

#[test]
fn a_refused_request_counts_for_nothing() {
    let mut world = World::new();
    let mut sylvie = world.register();
    let asked_before = sylvie.ask(world.now).unwrap();
    assert!(world.ask(asked_before).is_ok());
    assert!(world.ask(asked_before).is_err(), "too soon");
    let code = world.code();
    let body = world.draft(&mut sylvie, &code);
    world.report(&body).unwrap();
    // The lost answer, asked for again, is no second report.
    world.report(&body).unwrap();
    assert!(world.report(&[&body[..], b" "].concat()).is_err());
    assert_eq!(world.counted().status_checks, 1);
    let counted = world.counted_by_intake();
    assert_eq!((counted.reports, counted.long.used), (1, 1));
}

#[test]
fn codes_that_expire_are_counted_by_kind_when_they_are_deleted() {
    let mut world = World::new();
    for kind in [Kind::Long, Kind::Short, Kind::Short] {
        world.hand_out(kind);
    }
    let issued = world.counted_by_intake();
    assert_eq!((issued.long.issued, issued.short.issued), (1, 2));
    world.now = world.now + Duration::from_mins(60);
    world.tick();
    world.tick();
    assert_eq!(world.counted_by_intake().short.expired, 2);
    world.pass(8);
    world.tick();
    let then = world.counted_by_intake();
    assert_eq!((then.long.expired, then.short.expired), (1, 0));
    assert_eq!(then.long.issued, 0, "another day");
}

/// What differs between two copies of the storage is the same for whoever asks, at risk or not.
#[test]
fn each_question_rewrites_one_row_of_one_size() {
    let (mut world, mut phones) = gathering(3, 0);
    let mut lengths = Vec::new();
    for phone in &mut phones {
        let before = world.sealed_rows();
        world.at_risk(phone);
        let after = world.sealed_rows();
        let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        assert_eq!((before.len(), changed), (2, 1));
        lengths.extend(after.iter().map(Vec::len));
    }
    assert_eq!(lengths, vec![50; 6]);
}

/// A row of another registry or of another day says nothing here.
#[test]
fn a_row_opens_in_its_own_place_alone() {
    let mut world = World::new();
    world.register();
    world.register();
    let today = world.now.day();
    let rows = world.sealed_rows();
    let tomorrow = today.plus_days(1);
    let open = |world: &mut World, index, day, sealed: &[u8]| {
        let insert = "INSERT INTO registry_figures (day, sealed) VALUES (?1, ?2) \
                      ON CONFLICT (day) DO UPDATE SET sealed = excluded.sealed";
        world
            .at_registry(index, |sql, context| {
                sql.exec(insert, &[Day::number(day).into(), sealed.into()])?;
                figures::of_registry(sql, context, day, day)
            })
            .unwrap()
            .len()
    };
    assert_eq!(open(&mut world, 0, today, &rows[0]), 1);
    assert_eq!(open(&mut world, 0, today, &rows[1]), 0);
    assert_eq!(open(&mut world, 0, tomorrow, &rows[0]), 0);
}

#[test]
fn rows_are_forgotten_with_the_key_of_their_day() {
    let mut world = World::new();
    world.register();
    world.hand_out(Kind::Short);
    let rows = |world: &World| {
        (
            world.count("registry_figures"),
            common::count(&world.intake, "intake_figures"),
        )
    };
    world.now = NOON.day().plus_days(15).start() - Duration::from_secs(1);
    let due = intake::next_due(&world.intake).unwrap();
    assert!(due.is_some_and(|due| due <= world.now), "the code first");
    world.tick();
    // The code's end was counted only now.
    assert_eq!(rows(&world), (1, 2));
    world.now = world.now + Duration::from_secs(1);
    assert_eq!(intake::next_due(&world.intake).unwrap(), Some(world.now));
    world.tick();
    assert_eq!(rows(&world), (0, 1));
    world.pass(15);
    world.tick();
    assert_eq!(rows(&world), (0, 0));
    assert_eq!(intake::next_due(&world.intake).unwrap(), None);
}
