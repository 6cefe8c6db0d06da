//! The strip of bytes: one button per field, its bytes in one framed run, a pattern under them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent};

use super::el::{El, el, set};

/// One field of the strip.
pub(crate) struct StripField {
    /// Its name.
    pub(crate) name: &'static str,
    /// Letter of its kind, A to H.
    pub(crate) letter: Option<&'static str>,
    /// Class of its kind.
    pub(crate) class: &'static str,
    /// Its bytes in hexadecimal, the first sixteen at most.
    pub(crate) bytes: Vec<String>,
    /// « … 23 409 autres »
    pub(crate) rest: Option<String>,
    /// « 8 octets »
    pub(crate) size: String,
}

/// Choosing a field lights it; arrow keys move from field to field.
pub(crate) fn strip(label: &str, fields: Vec<StripField>, chosen: RwSignal<u32>) -> El {
    let fields: Vec<El> = (0..)
        .zip(fields)
        .map(|(place, field)| button(place, field, chosen))
        .collect();
    el("div")
        .class("strip")
        .attr("role", "group")
        .attr("aria-label", label)
        .on("keydown", move_between)
        .add(fields)
}

fn button(place: u32, field: StripField, chosen: RwSignal<u32>) -> El {
    let bytes: Vec<El> = field
        .bytes
        .iter()
        .map(|byte| el("span").class("by").add(byte.as_str()))
        .collect();
    let rest = field.rest.map(|rest| el("span").class("by rest").add(rest));
    let letter = field
        .letter
        .map(|letter| el("span").class("key").add(letter));
    el("button")
        .attr("type", "button")
        .class(&format!("fld {}", field.class))
        .live(move |button| {
            let on = chosen.get() == place;
            set(
                button,
                "aria-pressed",
                Some(if on { "true" } else { "false" }),
            );
            set(button, "data-on", on.then_some(""));
        })
        .on("click", move |_| chosen.set(place))
        .add(
            el("span")
                .class("fl")
                .add(letter)
                .add(el("span").class("fn").add(field.name)),
        )
        .add(
            el("span")
                .class("bys")
                .attr("aria-hidden", "true")
                .add(bytes)
                .add(rest),
        )
        .add(el("span").class("vh").add(", ").add(field.size))
}

/// Left and up go back, right and down go on.
fn move_between(event: Event) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
        return;
    };
    let forward = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => true,
        "ArrowLeft" | "ArrowUp" => false,
        _ => return,
    };
    let button = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let next = button.and_then(|button| {
        if forward {
            button.next_element_sibling()
        } else {
            button.previous_element_sibling()
        }
    });
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        // A button of the page can always take the focus.
        let _ = next.focus();
    }
}
