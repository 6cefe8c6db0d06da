//! The strip of bytes: one button per field, its bytes in one framed run, a pattern under them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// One field of the strip.
#[derive(Clone)]
pub(crate) struct StripField {
    /// Place among the fields of the message.
    pub(crate) place: usize,
    /// Its name.
    pub(crate) name: String,
    /// Letter of its kind, A to H.
    pub(crate) letter: Option<char>,
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
#[component]
pub(crate) fn Strip(
    /// What the strip is.
    label: String,
    /// In order.
    fields: Vec<StripField>,
    /// The chosen field's place.
    chosen: RwSignal<Option<usize>>,
) -> impl IntoView {
    let fields = fields.into_iter().map(|field| field_button(field, chosen)).collect_view();
    view! { <div class="strip" role="group" aria-label=label on:keydown=move_between>{fields}</div> }
}

fn field_button(field: StripField, chosen: RwSignal<Option<usize>>) -> impl IntoView {
    let place = field.place;
    let on = move || chosen.get() == Some(place);
    let bytes = field
        .bytes
        .into_iter()
        .map(|byte| view! { <span class="by">{byte}</span> })
        .collect_view();
    let rest = field.rest.map(|rest| view! { <span class="by rest">{rest}</span> });
    view! {
        <button
            type="button"
            class=format!("fld {}", field.class)
            aria-pressed=move || if on() { "true" } else { "false" }
            data-on=move || on().then_some("")
            on:click=move |_| chosen.set(Some(place))
        >
            <span class="fl">
                {field.letter.map(|letter| view! { <span class="key">{letter.to_string()}</span> })}
                <span class="fn">{field.name}</span>
            </span>
            <span class="bys" aria-hidden="true">{bytes}{rest}</span>
            <span class="vh">{", "}{field.size}</span>
        </button>
    }
}

/// Left and up go back, right and down go on.
fn move_between(event: KeyboardEvent) {
    let forward = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => true,
        "ArrowLeft" | "ArrowUp" => false,
        _ => return,
    };
    let Some(button) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    let next =
        if forward { button.next_element_sibling() } else { button.previous_element_sibling() };
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        // A button of the page can always take the focus.
        let _ = next.focus();
    }
}
