//! What an object shows is the same in slices.

use serde_json::{Value, json};
use service::state::{self, At, Text};
use service::{Class, Place};

use crate::common::{SHARDS, World};

/// Codes to show: more than two slices.
const CODES: usize = 120;

#[test]
fn text_in_slices_is_the_text_of_the_whole() {
    let mut world = World::new();
    let intake = World::place(Class::Intake, 0);
    for _ in 0..CODES {
        world.code();
    }
    let (keys, transits) = (world.day_keys(), world.transits());
    let whole = state::intake(&world.intake, intake.local_name(), &keys, &transits).unwrap();
    let rows = |table: &str| whole.tables.iter().find(|of| of.table == table).unwrap();
    assert_eq!(rows("code").rows.len(), CODES);

    let (text, slices) = in_slices(&intake, |at| {
        state::intake_from(&world.intake, &keys, &transits, at).unwrap()
    });
    assert_eq!(text, serde_json::to_string(&whole).unwrap());
    assert!(slices > whole.tables.len(), "{slices}");
}

#[test]
fn a_registry_in_slices_is_the_whole() {
    let (mut world, _) = World::reported();
    world.deliver_all();
    let mut exposures = 0;
    for index in 0..SHARDS.registries {
        let place = World::place(Class::Registry, index);
        let mut text = Text::begin(place.local_name()).unwrap();
        while let Some(at) = text.next() {
            let slice = world.at_registry(index, |sql, context| {
                state::registry_from(sql, context, &at)
            });
            text.add(slice.unwrap()).unwrap();
        }
        let whole = world.at_registry(index, |sql, context| state::registry(sql, context));
        let whole = whole.unwrap();
        assert_eq!(text.end(), serde_json::to_string(&whole).unwrap());
        let of = whole.tables.iter().filter(|of| of.table == "exposure");
        exposures += of.map(|of| of.rows.len()).sum::<usize>();
    }
    assert!(exposures > 0);
}

/// An object that nobody wrote to.
#[test]
fn nothing_is_shown_as_nothing() {
    let mut world = World::new();
    let place = World::place(Class::Registry, 0);
    let shown = world.at_registry(0, |sql, context| {
        state::registry_from(sql, context, &At::default())
    });
    let mut text = Text::begin(place.local_name()).unwrap();
    text.add(shown.unwrap()).unwrap();
    assert!(text.next().is_none());
    let text: Value = serde_json::from_str(&text.end()).unwrap();
    assert_eq!(text, json!({ "object": place.local_name(), "tables": [] }));
}

fn in_slices(place: &Place, slice: impl Fn(&At) -> state::Slice) -> (String, usize) {
    let mut text = Text::begin(place.local_name()).unwrap();
    let mut slices = 0;
    while let Some(at) = text.next() {
        text.add(slice(&at)).unwrap();
        slices += 1;
    }
    (text.end(), slices)
}
