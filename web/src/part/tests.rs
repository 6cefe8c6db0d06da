//! Parts on a page of their own, in a browser: what they show, and what a keyboard and a changed signal make of it.

#![allow(clippy::expect_used, clippy::panic)] // tests

use leptos::prelude::*;
use leptos::task::tick;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit};

use super::{El, StripField, TableRow, data_table, el, group, strip};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Puts this on the page, inside an element of its own, as the program does.
fn show(make: impl FnOnce() -> El + 'static) -> Element {
    let place = document().create_element("div").expect("an element");
    let body = document().body().expect("a page");
    body.append_child(&place).expect("its place");
    let (place, parent): (HtmlElement, _) = (place.clone().unchecked_into(), place);
    leptos::mount::mount_to(place.clone(), move || {
        parent.append_child(make().node()).expect("its place");
    })
    .forget();
    place.into()
}

fn all(place: &Element, selector: &str) -> Vec<HtmlElement> {
    let found = place.query_selector_all(selector).expect("a selector");
    (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into().ok())
        .collect()
}

/// Which of the strip's fields are pressed.
fn pressed(place: &Element) -> Vec<bool> {
    let buttons = all(place, "button");
    let states = buttons
        .iter()
        .map(|button| button.get_attribute("aria-pressed"));
    states
        .map(|state| state.as_deref() == Some("true"))
        .collect()
}

fn field(name: &'static str) -> StripField {
    StripField {
        name,
        letter: Some("A"),
        class: "k-pays",
        bytes: vec!["c0".to_owned(), "77".to_owned()],
        rest: None,
        size: "2 bytes".to_owned(),
    }
}

#[test]
async fn of_a_strip_the_chosen_field_alone_is_pressed() {
    let chosen = RwSignal::new(0);
    let fields = ["one", "two", "three"].map(field).into();
    let place = show(move || strip("Fields", fields, chosen));
    assert_eq!(pressed(&place), [true, false, false]);

    let buttons = all(&place, "button");
    buttons.last().expect("three").click();
    tick().await;
    assert_eq!(pressed(&place), [false, false, true]);
    assert_eq!(chosen.get_untracked(), 2);
}

#[test]
fn arrows_lead_from_field_to_field() {
    let chosen = RwSignal::new(0);
    let fields = ["one", "two"].map(field).into();
    let place = show(move || strip("Fields", fields, chosen));
    let buttons = all(&place, "button");
    let [first, second] = buttons.as_slice() else {
        panic!("two fields");
    };
    first.focus().expect("the focus");
    for (key, then) in [
        ("ArrowRight", second),
        ("ArrowRight", second),
        ("ArrowUp", first),
    ] {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init);
        let held = document().active_element().expect("the focus");
        held.dispatch_event(&event.expect("an event"))
            .expect("the page");
        assert_eq!(
            document().active_element().as_ref(),
            Some(then.as_ref()),
            "{key}"
        );
    }
}

#[test]
fn a_table_names_its_columns_in_each_cell() {
    let place = show(|| {
        let cells = vec![group().add("Sylvie"), group().add("c07732")];
        let heads = vec![("Who".to_owned(), None), ("Account".to_owned(), None)];
        let rows = vec![TableRow { cells, fresh: true }];
        data_table("wide", group().add("Accounts"), heads, rows)
    });
    let labels: Vec<_> = all(&place, "tbody [data-label]")
        .iter()
        .map(|cell| (cell.get_attribute("data-label"), cell.get_attribute("role")))
        .collect();
    let cell = |label: &str, role: &str| (Some(label.to_owned()), Some(role.to_owned()));
    assert_eq!(labels, [cell("Who", "rowheader"), cell("Account", "cell")]);
    assert_eq!(all(&place, "tr.new").len(), 1);
}

#[test]
async fn what_follows_a_signal_is_made_again_where_it_stood() {
    let names = RwSignal::new(vec!["one", "two"]);
    let place = show(move || {
        let item = |name: &str| el("li").add(name);
        let made = move || group().add(names.get().into_iter().map(item).collect::<Vec<_>>());
        el("ul")
            .add(el("li").add("first"))
            .slot(made)
            .add(el("li").add("last"))
    });
    let shown = |place: &Element| {
        all(place, "li")
            .iter()
            .map(|item| item.inner_text())
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&place), ["first", "one", "two", "last"]);
    names.set(vec!["three"]);
    tick().await;
    assert_eq!(shown(&place), ["first", "three", "last"]);
}
