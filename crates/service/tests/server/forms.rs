//! What somebody changes in the tables, or another version of this program wrote there, is never
//! taken for something that was forgotten, nor for something else.

use robert::phone::Phone;
use service::form::Unreadable;
use service::registry::{self, Arrival};
use service::{Class, Failure, schema};
use store::{Fault, Sql};
use wire::Refusal;

use crate::common::{SHARDS, World, rng};

/// Johanna met Sylvie for twenty minutes and reported; Sylvie has not asked yet.
fn exposed() -> (World, Phone) {
    let (mut world, sylvie) = World::reported();
    world.deliver_all();
    (world, sylvie)
}

fn everywhere(world: &World, statement: &str) {
    for sql in &world.registries {
        if schema::exists(sql, schema::REGISTRY).unwrap() {
            sql.exec(statement, &[]).unwrap();
        }
    }
}

/// What the registry says to this phone's question.
fn ask(world: &mut World, phone: &mut Phone) -> Result<bool, Failure> {
    world.now = world.now + core::time::Duration::from_mins(31);
    let request = phone.ask(world.now).unwrap();
    let signed = world.sender(request).unwrap();
    let index = SHARDS.registry_of(signed.id.0[0]);
    let status = world.at_registry(index, |sql, context| {
        registry::status(sql, context, &mut rng(), &signed)
    });
    status.map(|status| status.at_risk)
}

/// The first byte of a column, changed: as a later version would write it.
const LATER: &str = "CAST(x'21' || substr(COLUMN, 2) AS BLOB)";

#[test]
fn another_version_is_a_fault_and_loses_no_alert() {
    for (table, column) in [
        ("account", "verdict"),
        ("account", "key_for_mac"),
        ("account", "key_for_tuples"),
        ("registry_figures", "sealed"),
    ] {
        let (mut world, mut sylvie) = exposed();
        let set = |with: &str| {
            let with = with.replace("COLUMN", column);
            format!("UPDATE {table} SET {column} = {with}")
        };
        everywhere(&world, &set(LATER));
        let refused = ask(&mut world, &mut sylvie);
        let unreadable = Failure::Unreadable(Unreadable::Version(0x21));
        assert_eq!(refused, Err(unreadable), "{table}.{column}");
        // The program that knows it finds everything as it was.
        everywhere(&world, &set(&LATER.replace("21", "20")));
        assert_eq!(ask(&mut world, &mut sylvie), Ok(true), "{table}.{column}");
    }
}

#[test]
fn an_exposure_or_a_delivery_of_another_version_stays() {
    let (mut world, _) = World::reported();
    let owed = world.owed();
    world.apply(&owed[0]);
    everywhere(
        &world,
        &format!(
            "UPDATE exposure SET sealed = {}",
            LATER.replace("COLUMN", "sealed")
        ),
    );
    let transit = world.transits().into_values().next().unwrap();
    let body = service::intake::take_out(Some(&transit), &owed[1]);
    let body = body.unwrap().unwrap();
    let apply = |world: &mut World, body: &[u8]| {
        world.at_registry(owed[1].to, |sql, context| {
            let arrival = Arrival::open(context.keys, owed[1].to, body)?;
            registry::apply(sql, context, &mut rng(), &[(owed[1].id, &arrival)])
        })
    };
    let unreadable = Err(Failure::Unreadable(Unreadable::Version(0x21)));
    // It is judged with the others of its account, which cannot be read.
    assert_eq!(apply(&mut world, &body), unreadable);
    let mut later = body.to_vec();
    later[0] = 0x21;
    assert_eq!(apply(&mut world, &later), unreadable);
    let mut later = owed[1].clone();
    later.body[0] = 0x21;
    assert_eq!(
        service::intake::take_out(Some(&transit), &later).err(),
        Some(Unreadable::Version(0x21))
    );
    assert_eq!(world.count("applied"), 1, "the second is still owed");
}

/// A known version that no key opens was forgotten: it says nothing.
#[test]
fn a_verdict_that_no_living_key_opens_says_nothing() {
    let (mut world, mut sylvie) = exposed();
    everywhere(
        &world,
        "UPDATE account SET verdict = CAST(substr(verdict, 1, 38) || x'00' AS BLOB)",
    );
    assert_eq!(ask(&mut world, &mut sylvie), Ok(false));
}

#[test]
fn the_two_keys_of_an_account_cannot_be_exchanged() {
    const EXCHANGE: &str =
        "UPDATE account SET key_for_mac = key_for_tuples, key_for_tuples = key_for_mac";
    // In a group nothing opens with another's key either: it may be that of an old copy.
    let (mut world, mut sylvie) = exposed();
    everywhere(&world, EXCHANGE);
    let refused = ask(&mut world, &mut sylvie);
    assert_eq!(refused, Err(Failure::Refused(Refusal::UnknownIdentity)));
    // A safe of its own holds one key for good.
    let (mut world, mut sylvie) = exposed();
    for id in world.accounts() {
        world.give_own_safe(id);
    }
    everywhere(&world, EXCHANGE);
    let refused = ask(&mut world, &mut sylvie);
    assert_eq!(refused, Err(Failure::Fault(Fault::Shape)));
}

/// An exposure is bound to its row, so that one cannot be made two.
#[test]
fn a_copied_exposure_counts_for_nothing() {
    let (mut world, _) = exposed();
    let opened = |world: &mut World| (world.count("exposure"), world.opened_exposures());
    assert_eq!(opened(&mut world), (2, 2));
    everywhere(
        &world,
        "INSERT INTO exposure (id, sealed) SELECT id + 1 - 2 * (id & 1), sealed FROM exposure",
    );
    assert_eq!(opened(&mut world), (4, 2));
}

/// A contact is sealed for one registry and one row: elsewhere it does not open.
#[test]
fn a_contact_opens_at_its_own_registry_and_in_its_own_row() {
    let (mut world, _) = World::reported();
    let owed = world.owed();
    let transit = world.transits().into_values().next().unwrap();
    let take_out = |owed| service::intake::take_out(Some(&transit), owed).unwrap();
    let body = take_out(&owed[0]).unwrap();
    let keys = world.day_keys();
    let is_opened = |to| {
        let arrival = Arrival::open(&keys, to, &body).unwrap();
        arrival.identity().is_some()
    };
    assert!(is_opened(owed[0].to));
    assert!(!is_opened(owed[0].to ^ 1));
    let mut moved = owed[0].clone();
    moved.id = owed[1].id;
    assert!(take_out(&moved).is_none());
    let mut other = owed[0].clone();
    other.to ^= 1;
    assert!(take_out(&other).is_none());
}

/// One whose version is unknown holds up nothing else: what waits under the same key goes on.
#[test]
fn what_is_put_off_alike_is_told_by_its_key() {
    let (world, _) = World::reported();
    let owed = world.owed();
    let later = world.now + core::time::Duration::from_mins(10);
    let due = world.now + core::time::Duration::from_mins(2);
    service::intake::postpone_alike(&world.intake, &owed[0].body, due, later).unwrap();
    assert!(world.owed().is_empty(), "both wait under one key");
    let place = World::place(Class::Intake, 0);
    let slots = service::intake::slots(&world.intake, &place);
    assert_eq!(slots.unwrap(), [0]);
}
