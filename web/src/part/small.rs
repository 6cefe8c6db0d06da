//! Small pieces: drawings of the sprite, a small glass, a sheet of paper, a receipt.

use leptos::prelude::event_target_checked;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use workshop::Person;

use super::el::{El, el, svg};
use crate::workshop::words;

/// An icon by its name in the sprite, always beside a word.
pub(crate) fn icon(name: &str, class: &str) -> El {
    drawing(&format!("i {class}"), &format!("#i-{name}"))
}

/// A person's bust.
pub(crate) fn bust(person: Person) -> El {
    drawing(
        &format!("who {}", words::class(person)),
        words::picture(person),
    )
}

fn drawing(class: &str, href: &str) -> El {
    svg("svg")
        .class(class)
        .attr("aria-hidden", "true")
        .add(svg("use").attr("href", href))
}

/// A small glass as full as it has days left, 0 to 15. Never alone: words say the same beside it.
pub(crate) fn verre(days: u8) -> El {
    let class = match days {
        0 => "verre out".to_owned(),
        days => format!("verre l{}", days.min(15)),
    };
    el("span").class(&class).attr("aria-hidden", "true")
}

/// A button that does something.
pub(crate) fn button(class: &str, label: &str, act: impl Fn() + 'static) -> El {
    el("button")
        .attr("type", "button")
        .class(class)
        .add(label)
        .on("click", move |_| act())
}

/// Something folded, and the words that open it.
pub(crate) fn more(summary: &str) -> El {
    el("details").class("more").add(el("summary").add(summary))
}

/// A state of the workshop, told on paper: a title, the reason, and the ways on. Said at once.
pub(crate) fn slip(title: &str, text: &str, ways: El) -> El {
    el("section")
        .class("slip state bad")
        .attr("role", "alert")
        .add(el("h2").add(title))
        .add(el("p").add(text))
        .add(ways)
}

/// What comes out of the glass when a day is forgotten: a torn slip that stays.
pub(crate) fn receipt(title: &str, text: &str, law: &str) -> El {
    let inside = el("div")
        .class("receipt")
        .add(el("p").add(el("strong").add(title)))
        .add(el("p").class("small").add(text))
        .add(el("p").class("small").add(icon("check", "")).add(law));
    el("li").class("receipt-w").add(inside)
}

/// A box to tick, kept in step with what it stands for.
pub(crate) fn tick_box(
    label: &str,
    on: impl Fn() -> bool + 'static,
    act: impl Fn(bool) + 'static,
) -> El {
    let input = el("input")
        .attr("type", "checkbox")
        .live(move |input| {
            if let Some(input) = input.dyn_ref::<HtmlInputElement>() {
                input.set_checked(on());
            }
        })
        .on("change", move |event| act(event_target_checked(&event)));
    el("label").class("tick").add(input).add(label)
}
