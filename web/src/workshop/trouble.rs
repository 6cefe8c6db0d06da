//! What went wrong on the way to the server, and the ways on.

use core::time::Duration;

use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::story::{Realm, Trouble};

use super::bench::{Act, Bench};
use super::words::say;
use crate::part::{El, button, el, group, slip};
use crate::texts::i18n::Locale;

/// The network is tried again by itself after so long.
const AGAIN: Duration = Duration::from_secs(8);
/// A reply that takes longer is announced.
const PATIENCE: Duration = Duration::from_secs(1);

/// Under the decision: what is awaited, or what went wrong.
pub(super) fn setback(bench: Bench) -> El {
    let slow = RwSignal::new(false);
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(Some(timer)) = before {
            timer.clear();
        }
        slow.set(false);
        let waits = bench.busy.get() && bench.trouble().is_none();
        waits
            .then(|| set_timeout_with_handle(move || slow.set(true), PATIENCE).ok())
            .flatten()
    });
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(Some(timer)) = before {
            timer.clear();
        }
        let offline = matches!(bench.trouble(), Some(Trouble::Offline | Trouble::TimedOut));
        offline
            .then(|| set_timeout_with_handle(move || bench.act(Act::Retry), AGAIN).ok())
            .flatten()
    });
    let awaited = move || if slow.get() { awaited(bench) } else { group() };
    let wrong = move || {
        bench
            .trouble()
            .map_or_else(group, |trouble| wrong(bench, trouble))
    };
    group()
        .add(el("div").attr("role", "status").slot(awaited))
        .add(el("div").slot(wrong))
}

fn awaited(bench: Bench) -> El {
    let l = bench.locale();
    let line = el("p").class("awaited small");
    if bench.read(|story| story.realm == Realm::NotYet) {
        line.add(el("strong").add(td_string!(l, state.opening)))
            .add(" ")
            .add(td_string!(l, state.opening_text))
    } else {
        line.add(td_string!(l, state.waiting))
    }
}

fn wrong(bench: Bench, trouble: Trouble) -> El {
    let l = bench.locale();
    let (title, text) = words(l, trouble);
    let retry = button("btn quiet", td_string!(l, state.retry), move || {
        bench.act(Act::Retry)
    });
    let back = button("btn quiet", td_string!(l, state.back), move || {
        bench.act(Act::GiveUp)
    });
    slip(&title, &text, el("div").class("btns").add(retry).add(back))
}

fn words(l: Locale, trouble: Trouble) -> (String, String) {
    match trouble {
        Trouble::Offline => (say!(l, state.offline), say!(l, state.offline_text)),
        Trouble::TimedOut => (say!(l, state.slow), say!(l, state.offline_text)),
        Trouble::Busy(n) => (say!(l, state.busy), say!(l, state.busy_text, n = n)),
        Trouble::Unavailable => (say!(l, state.unavailable), say!(l, state.unavailable_text)),
        Trouble::Refused(n) => (say!(l, state.refused, n = n), say!(l, state.refused_text)),
        Trouble::Garbled => (say!(l, state.garbled), say!(l, state.garbled_text)),
    }
}
