//! The round trip, without a network: phones, intake, registries, verdicts.

use std::time::Duration;

use crate::common::{World, changes, count, rng};
use robert::phone::Phone;
use service::{Class, Failure, intake, registry};
use store::Sql;
use wire::Refusal;

/// Three people in a shop; one of them reports.
fn shop(world: &mut World, minutes: u64, rssi: i8) -> [Phone; 3] {
    let [mut sylvie, mut justin, mut johanna] = [(); 3].map(|()| world.register());
    world.meet(&mut [&mut sylvie, &mut justin, &mut johanna], minutes, rssi);
    let code = world.code();
    let body = world.draft(&mut johanna, &code);
    world.report(&body).unwrap();
    johanna.accepted().unwrap();
    [sylvie, justin, johanna]
}

#[test]
fn twenty_minutes_near_alert_those_who_were_met_and_nobody_else() {
    let mut world = World::new();
    let mut stranger = world.register();
    let [mut sylvie, mut justin, mut johanna] = shop(&mut world, 20, -43);
    let mut impatient = copy(&mut sylvie, &world);
    assert!(!world.at_risk(&mut impatient));
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
    assert!(world.at_risk(&mut justin));
    assert!(!world.at_risk(&mut johanna));
    assert!(!world.at_risk(&mut stranger));
    assert_eq!(world.count("applied"), 0);
    assert_eq!(count(&world.intake, "outbox"), 0);
}

/// The same phone, restored from what it saved: it can ask without using up the other's patience.
fn copy(phone: &mut Phone, world: &World) -> Phone {
    Phone::restore(&phone.save(world.now), world.now).unwrap()
}

#[test]
fn fifteen_minutes_or_five_metres_alert_nobody() {
    for (minutes, rssi) in [(10, -43), (20, -59)] {
        let mut world = World::new();
        let [mut sylvie, ..] = shop(&mut world, minutes, rssi);
        world.deliver_all();
        assert!(!world.at_risk(&mut sylvie), "{minutes} min at {rssi}");
    }
}

#[test]
fn a_delivery_made_twice_counts_once() {
    let mut world = World::new();
    shop(&mut world, 20, -43);
    let owed = world.owed();
    assert_eq!(owed.len(), 4, "two people, two epochs each");
    for delivery in &owed {
        world.apply(delivery);
        world.apply(delivery);
    }
    assert_eq!(world.count("exposure"), 4);
    assert_eq!(world.count("applied"), 4);
    for delivery in &owed {
        world.acknowledge(delivery);
    }
    // What remains owed is the word that the ids may be forgotten.
    for word in world.owed() {
        world.apply(&word);
        world.apply(&word);
        world.acknowledge(&word);
    }
    assert_eq!(
        (world.count("applied"), count(&world.intake, "outbox")),
        (0, 0)
    );
    assert_eq!(world.count("exposure"), 4);
}

#[test]
fn a_code_is_used_up_with_the_report_that_it_opened() {
    let mut world = World::new();
    let [mut sylvie, mut johanna] = [(); 2].map(|()| world.register());
    world.meet(&mut [&mut sylvie, &mut johanna], 20, -43);
    let code = world.code();
    let body = world.draft(&mut johanna, &code);
    assert_eq!(world.report(&body), Ok(()));
    let stored = count(&world.intake, "outbox");
    assert_eq!((stored, count(&world.intake, "code")), (2, 0));

    // The answer was lost: the same bytes get the same answer and store nothing.
    assert_eq!(world.report(&body), Ok(()));
    assert_eq!(count(&world.intake, "outbox"), stored);
    // Other bytes with the same code are refused, and so are the same ones ten minutes later.
    let padded = [body.as_slice(), b" "].concat();
    assert_eq!(world.report(&padded), Err(Refusal::UnknownCode));
    world.now = world.now + intake::REPEATABLE;
    assert_eq!(world.report(&body), Err(Refusal::UnknownCode));
    assert_eq!(count(&world.intake, "outbox"), stored);
}

#[test]
fn an_expired_code_is_refused() {
    let mut world = World::new();
    let mut johanna = world.register();
    let code = world.code();
    let body = world.draft(&mut johanna, &code);
    world.now = world.now + Duration::from_hours(8 * 24);
    assert_eq!(world.report(&body), Err(Refusal::UnknownCode));
    world.tick();
    assert_eq!(count(&world.intake, "code"), 0);
}

#[test]
fn a_challenge_is_spent_once() {
    let mut world = World::new();
    let request = || registry::Register {
        challenge: [9; 16],
        until: crate::common::NOON.unix() + 600,
        level: 0,
        auth_key: [1; 32],
        tuple_key: [2; 32],
    };
    let mut register = || world.open_account(0, &request());
    assert!(register().is_ok());
    assert_eq!(register(), Err(Failure::Refused(Refusal::WrongCaptcha)));
    assert_eq!(world.count("account"), 1);
}

#[test]
fn two_questions_in_one_gap_and_a_bent_seal_are_refused_and_write_nothing() {
    let mut world = World::new();
    let mut sylvie = world.register();
    let request = sylvie.ask(world.now).unwrap();
    let mut bent = request;
    bent.mac[31] ^= 1;
    assert_eq!(world.ask(bent).err(), Some(Refusal::Unauthenticated));
    assert!(world.ask(request).is_ok());
    assert_eq!(
        world.ask(request).err(),
        Some(Refusal::Unauthenticated),
        "too soon"
    );
    let mut late = request;
    late.epoch = 1 << 23;
    assert_eq!(
        world.ask(late).err(),
        Some(Refusal::UnknownIdentity),
        "no key for that day"
    );
}

#[test]
fn unregistering_leaves_no_row_and_late_contacts_are_dropped() {
    let mut world = World::new();
    let [mut sylvie, mut justin, _] = shop(&mut world, 20, -43);
    world.deliver_all();
    for phone in [&mut sylvie, &mut justin] {
        let request = phone.unregister(world.now).unwrap();
        let signed = world.sender(request).unwrap();
        let index = crate::common::SHARDS.registry_of(signed.id.0[0]);
        let left = world.at_registry(index, |sql, context| {
            registry::unregister(sql, context, &mut rng(), &signed)
        });
        assert!(left.is_ok());
        let again = world.at_registry(index, |sql, context| {
            registry::unregister(sql, context, &mut rng(), &signed)
        });
        assert_eq!(again, Err(Failure::Refused(Refusal::UnknownIdentity)));
    }
    assert_eq!((world.count("account"), world.count("exposure")), (1, 0));
}

#[test]
fn fifteen_days_later_rows_are_gone_and_verdicts_do_not_open() {
    let mut world = World::new();
    let [mut sylvie, ..] = shop(&mut world, 20, -43);
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
    assert_eq!(world.count("exposure"), 4);
    let midnight = crate::common::NOON.day().plus_days(15).start();

    world.now = midnight - Duration::from_secs(1);
    world.tick();
    assert_eq!(world.count("exposure"), 4);
    assert!(world.verdicts().iter().any(Option::is_some));
    world.now = midnight;
    world.tick();
    assert_eq!(world.count("exposure"), 0);
    assert!(world.verdicts().iter().all(Option::is_none));
    assert!(!world.day_keys().has(crate::common::NOON.day()));
}

#[test]
fn the_largest_contact_is_kept() {
    let mut world = World::new();
    let [mut sylvie, mut johanna] = [(); 2].map(|()| world.register());
    world.meet(&mut [&mut sylvie, &mut johanna], 5, -43);
    let code = world.code();
    let body = world.draft(&mut johanna, &code);
    let mut report: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let ids = report["contacts"][0]["ids"].as_array_mut().unwrap();
    let hello = ids[0].clone();
    ids.resize(wire::MAX_HELLOS_PER_CONTACT, hello);
    // The same contact thirty times is one contact.
    let contact = report["contacts"][0].clone();
    report["contacts"]
        .as_array_mut()
        .unwrap()
        .resize(30, contact);
    assert_eq!(world.report(&serde_json::to_vec(&report).unwrap()), Ok(()));
    assert_eq!(count(&world.intake, "outbox"), 30);
    world.deliver_all();
    assert_eq!(world.count("exposure"), 1);
}

#[test]
fn rows_of_a_forgotten_day_do_not_tell_whose_they_are() {
    let mut world = World::new();
    shop(&mut world, 20, -43);
    world.deliver_all();
    for sql in &world.registries {
        let known = "SELECT 1 FROM exposure JOIN account \
            ON instr(hex(account.id), printf('%06X', exposure.account))";
        assert!(sql.query(known, &[]).unwrap().is_empty());
    }
}

#[test]
fn an_object_refuses_to_serve_with_other_numbers() {
    let mut world = World::new();
    world.register();
    let mut place = World::place(Class::Registry, 1);
    place.of = 4;
    let moved = registry::tick(&world.registries[1], &place, world.now);
    assert_eq!(moved, Err(Failure::Misplaced));
}

/// Whatever is answered, the account's row and the figures of the day are written, and nothing else.
#[test]
fn a_status_writes_as_often_whether_at_risk_or_not() {
    let (mut world, mut sylvie) = World::reported();
    world.deliver_all();
    let mut calm = world.register();
    let mut ask = |phone: &mut Phone| {
        let written =
            |world: &World| -> u64 { world.registries.iter().map(|sql| changes(sql)).sum() };
        let before = written(&world);
        let at_risk = world.at_risk(phone);
        (at_risk, written(&world) - before)
    };
    // The first alert is told, then the same again.
    let (told, alert) = ask(&mut sylvie);
    let (none, calm_first) = ask(&mut calm);
    assert_eq!((told, none, alert), (true, false, calm_first));
    let (again, second) = ask(&mut sylvie);
    assert_eq!((again, second), (true, alert));
}
