//! What passes: one button per message, and the inspector under the open one.

use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::message::{Message, Way};

use super::bench::Bench;
use super::field;
use super::inspector::Inspector;
use super::words::{self, say};
use crate::part::Icon;

/// The messages of this chapter, newest last and open; those before, folded.
#[component]
pub(super) fn Passing() -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    // Bytes are shared, not copied: a story keeps them behind a counter.
    let messages = bench.watch(|story| story.messages.clone());
    let chapter = bench.watch(|story| story.step.chapter());
    let open = RwSignal::new(None::<u32>);
    Effect::new(move |_| {
        let chapter = chapter.get();
        let newest = messages.with(|messages| {
            messages.iter().rev().find(|message| message.chapter == chapter).map(|message| message.id)
        });
        open.set(newest);
    });
    let list = move || {
        let chapter = chapter.get();
        let (now, before): (Vec<_>, Vec<_>) =
            messages.get().into_iter().partition(|message| message.chapter == chapter);
        let nothing = now.is_empty().then(|| {
            let words = if before.is_empty() {
                td_string!(l, pass.none)
            } else {
                td_string!(l, pass.none_chapter)
            };
            view! { <p>{words}</p> }
        });
        let buttons = |messages: Vec<Message>| {
            messages.iter().map(|message| entry(bench, message, open)).collect_view()
        };
        let before = (!before.is_empty()).then(|| {
            view! {
                <details class="more"><summary>{td_string!(l, pass.earlier)}</summary>
                    <ul class="msgs">{buttons(before)}</ul>
                </details>
            }
        });
        view! { {nothing}<ul class="msgs">{buttons(now)}</ul>{before} }
    };
    let shown = Memo::new(move |_| {
        let open = open.get()?;
        messages.with(|messages| messages.iter().find(|message| message.id == open).cloned())
    });
    view! {
        <section class="between" aria-labelledby="passing">
            <h2 id="passing">{td_string!(l, pass.h2)}</h2>
            {list}
            {move || shown.get().map(|message| view! { <Inspector message/> })}
        </section>
    }
}

fn entry(bench: Bench, message: &Message, open: RwSignal<Option<u32>>) -> impl IntoView + use<> {
    let l = bench.locale();
    let id = message.id;
    let is_open = move || open.get() == Some(id);
    let (class, way) = match message.way {
        Way::ToServer => ("down", td_string!(l, pass.to)),
        Way::FromServer => ("up", td_string!(l, pass.from)),
        Way::OverTheAir => ("", td_string!(l, pass.air)),
    };
    let size = say!(l, pass.bytes, n = words::count(l, message.bytes.len()));
    let times = (message.count > 1)
        .then(|| say!(l, pass.times, n = words::count(l, message.count as usize)));
    let refused = message.http.as_ref().and_then(|http| http.status).filter(|status| *status >= 400);
    view! {
        <li><button
            type="button"
            class="msg"
            aria-expanded=move || if is_open() { "true" } else { "false" }
            aria-controls=move || is_open().then_some("insp")
            on:click=move |_| open.update(|open| *open = (*open != Some(id)).then_some(id))
        >
            <Icon name="arrow" class/>
            <span><strong>{field::message(l, message)}</strong>
                <span class="vh">", "{way}","</span>" "
                <span class="soft nowrap">{size}{times.map(|times| format!(" × {times}"))}{refused.map(|status| format!(", {status}"))}</span>
            </span>
        </button></li>
    }
}

