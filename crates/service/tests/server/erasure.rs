//! What a person asks to delete is gone at once: not only no row, but no key for what the rows were.

use crate::common::{World, count, rng};
use robert::Id;
use robert::auth::AuthRequest;
use robert::phone::Phone;
use service::keyring::AccountKey;
use service::registry::{self, Left, Signed};
use service::seal::SealingKey;
use service::vault::OfRecord;
use store::{Sql, Value};
use wire::Refusal;

/// Johanna met Sylvie for twenty minutes and reported; Sylvie was told.
fn told() -> (World, Phone) {
    let (mut world, mut sylvie) = World::reported();
    world.deliver_all();
    assert!(world.at_risk(&mut sylvie));
    (world, sylvie)
}

/// Every stored cell of bytes of the registries: what a thief of the file has, deleted or not.
fn cells(world: &World) -> Vec<Vec<u8>> {
    let mut cells = Vec::new();
    for sql in &world.registries {
        for table in ["account", "exposure"] {
            for row in sql.query(&format!("SELECT * FROM {table}"), &[]).unwrap() {
                cells.extend(row.0.into_iter().filter_map(|value| match value {
                    Value::Blob(bytes) => Some(bytes),
                    _ => None,
                }));
            }
        }
    }
    cells
}

/// The ids of exposures, which the registries' rows are bound to.
fn exposure_ids(world: &World) -> Vec<[u8; 8]> {
    let registries = world.registries.iter();
    let rows = registries.flat_map(|sql| sql.query("SELECT id FROM exposure", &[]).unwrap());
    rows.map(|row| row.integer(0).unwrap().to_be_bytes())
        .collect()
}

/// How many of these open with the day keys, the root and the record keys that are left, as anything
/// that a registry seals for this account.
fn openable(
    world: &mut World,
    (cells, exposures): &(Vec<Vec<u8>>, Vec<[u8; 8]>),
    signed: &Signed,
) -> usize {
    let records = world.record_keys();
    let days = world.day_keys();
    let mut keys: Vec<SealingKey> = Vec::new();
    for record in &records {
        for of in [OfRecord::Verdict, OfRecord::Exposure] {
            keys.extend(
                days.days()
                    .filter_map(|day| days.of_record(day, of, record)),
            );
        }
    }
    keys.extend(world.vaults.values().map(|keys| {
        let (_, data) = keys.show();
        SealingKey::new(data.try_into().unwrap())
    }));
    let id = signed.id.0.as_slice();
    let bound: [&[u8]; 2] = [b"account.verdict.exposed", b"account.verdict"];
    let mut contexts: Vec<_> = bound.map(|bound| [bound, id].concat()).into();
    let exposures = exposures.iter();
    contexts.extend(exposures.map(|row| [b"exposure.sealed", id, row].concat()));
    let ids = cells
        .iter()
        .filter_map(|cell| cell.as_slice().try_into().ok());
    let ids: Vec<_> = ids.map(Id).collect();
    let wrapping = world.ring.wrapping(service::Realm::National);
    let opens = |cell: &&Vec<u8>| {
        let sealed = keys.iter().any(|key| {
            contexts
                .iter()
                .any(|context| key.open(context, cell).is_some())
        });
        let wrapped = ids.iter().any(|id| {
            records.iter().any(|record| {
                [AccountKey::Mac, AccountKey::Tuples].iter().any(|which| {
                    let key = wrapping.unwrap((*id, record), *which, cell);
                    key.is_ok_and(|key| key.is_some())
                })
            })
        });
        sealed || wrapped
    };
    cells.iter().filter(opens).count()
}

fn signed(world: &mut World, request: AuthRequest) -> (Signed, u16) {
    let signed = world.sender(request).unwrap();
    (signed, crate::common::SHARDS.registry_of(signed.id.0[0]))
}

#[test]
fn after_unregistering_nothing_that_was_stored_opens() {
    let (mut world, mut sylvie) = told();
    let request = sylvie.unregister(world.now).unwrap();
    let (signed, index) = signed(&mut world, request);
    let before = (cells(&world), exposure_ids(&world));
    // Two keys, a verdict and two epochs' exposures; Johanna's two keys too, which stay.
    assert_eq!(openable(&mut world, &before, &signed), 2 + 1 + 2 + 2);
    let left = world.at_registry(index, |sql, context| {
        registry::unregister(sql, context, &mut rng(), &signed)
    });
    // Killed at this moment, the registry knows what is left to do.
    let (sql, place) = world.at(index);
    let Left::Group(name) = left.unwrap() else {
        panic!("the account had no place in a group");
    };
    assert_eq!(registry::to_write(sql, &place, world.now), Ok(vec![name]));
    assert_eq!(registry::next_due(sql, &place), Ok(Some(world.now)));
    world.destroy(index, Left::Group(name));
    let (sql, place) = world.at(index);
    assert_eq!(registry::to_write(sql, &place, world.now), Ok(vec![]));
    assert_eq!(openable(&mut world, &before, &signed), 2, "Johanna's keys");
    assert_eq!(count(&world.registries[usize::from(index)], "emptying"), 0);
    assert_eq!(world.ask(request).err(), Some(Refusal::UnknownIdentity));
}

#[test]
fn after_deleting_the_history_only_what_stays_opens() {
    let (mut world, mut sylvie) = told();
    let request = sylvie.delete_exposures(world.now).unwrap();
    let (signed, index) = signed(&mut world, request);
    let before = (cells(&world), exposure_ids(&world));
    let left = world.delete_history(index, &signed).unwrap();
    world.destroy(index, left);
    assert_eq!(openable(&mut world, &before, &signed), 2, "Johanna's keys");
    let after = (cells(&world), exposure_ids(&world));
    assert_eq!(openable(&mut world, &after, &signed), 2 + 2 + 1);
    assert_eq!(world.count("exposure"), 0);
    // The account goes on, and so does its alert, until its own term.
    assert!(world.at_risk(&mut sylvie));
}

/// Moved to another record key, a verdict keeps its day, and sheds a flag that has fallen.
#[test]
fn what_is_past_its_term_does_not_move_along() {
    let (mut world, mut sylvie) = told();
    world.now = world.now + core::time::Duration::from_hours(9 * 24);
    let exposed = |world: &mut World| {
        let verdicts = world.verdicts().into_iter().flatten();
        verdicts
            .filter(|verdict| !verdict["exposedDay"].is_null())
            .count()
    };
    assert_eq!(exposed(&mut world), 1);
    let request = sylvie.delete_exposures(world.now).unwrap();
    let (signed, index) = signed(&mut world, request);
    world.delete_history(index, &signed).unwrap();
    assert_eq!(world.verdicts().iter().flatten().count(), 2);
    assert_eq!(exposed(&mut world), 0);
}

/// An account whose key is not there is no account.
#[test]
fn an_account_whose_key_is_gone_is_unknown() {
    let (mut world, mut sylvie) = told();
    world.now = world.now + core::time::Duration::from_mins(31);
    let request = sylvie.ask(world.now).unwrap();
    let groups = core::mem::take(&mut world.groups);
    assert_eq!(world.ask(request).err(), Some(Refusal::UnknownIdentity));
    world.groups = groups;
    assert!(world.ask(request).is_ok());
}
