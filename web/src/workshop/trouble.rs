//! What went wrong on the way to the server, and the ways on.

use core::time::Duration;

use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::story::{Realm, Trouble};

use super::bench::Bench;
use super::words::say;
use crate::part::Slip;
use crate::texts::i18n::Locale;

/// The network is tried again by itself after so long.
const AGAIN: Duration = Duration::from_secs(8);
/// A reply that takes longer is announced.
const PATIENCE: Duration = Duration::from_secs(1);

/// Under the decision: what is awaited, or what went wrong.
#[component]
pub(super) fn Setback() -> impl IntoView {
    let bench = Bench::of_context();
    let locale = bench.locale();
    let trouble = bench.watch(|story| story.trouble);
    let busy = bench.watch(|story| story.is_busy() && story.trouble.is_none());
    let opening = bench.watch(|story| story.realm == Realm::NotYet);
    let slow = RwSignal::new(false);
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(Some(timer)) = before {
            timer.clear();
        }
        slow.set(false);
        busy.get().then(|| set_timeout_with_handle(move || slow.set(true), PATIENCE).ok()).flatten()
    });
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(Some(timer)) = before {
            timer.clear();
        }
        let offline = matches!(trouble.get(), Some(Trouble::Offline | Trouble::TimedOut));
        offline.then(|| set_timeout_with_handle(move || bench.retry(), AGAIN).ok()).flatten()
    });
    let awaited = move || {
        slow.get().then(|| {
            let words = if opening.get() {
                td_string!(locale, state.opening)
            } else {
                td_string!(locale, state.waiting)
            };
            view! { <p class="awaited small">{words}</p> }
        })
    };
    let wrong = move || {
        trouble.get().map(|trouble| {
            let (title, text) = words(locale, trouble);
            view! {
                <Slip title text alarm=true>
                    <div class="btns">
                        <button type="button" class="btn quiet" on:click=move |_| bench.retry()>
                            {td_string!(locale, state.retry)}
                        </button>
                        <button type="button" class="btn quiet" on:click=move |_| bench.give_up()>
                            {td_string!(locale, state.back)}
                        </button>
                    </div>
                </Slip>
            }
        })
    };
    view! { <div role="status">{awaited}</div>{wrong} }
}

fn words(locale: Locale, trouble: Trouble) -> (String, String) {
    let l = locale;
    match trouble {
        Trouble::Offline => (say!(l, state.offline), say!(l, state.offline_text)),
        Trouble::TimedOut => (say!(l, state.slow), say!(l, state.offline_text)),
        Trouble::Busy(n) => (say!(l, state.busy), say!(l, state.busy_text, n = n)),
        Trouble::Unavailable => (say!(l, state.unavailable), say!(l, state.unavailable_text)),
        Trouble::Refused(n) => (say!(l, state.refused, n = n), say!(l, state.refused_text)),
        Trouble::Garbled => (say!(l, state.garbled), say!(l, state.garbled_text)),
    }
}
