//! The server, seen through: every stored table, sealed and opened; what it forgets, and what then comes out.

mod cells;
mod tables;

use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::story::{Chapter, Realm, Step, Story};

use super::bench::Bench;
use super::words::{self, say};
use crate::part::Receipt;
use crate::texts::i18n::Locale;
use tables::Tables;

/// A drawn glass: title in the air, tables under the waterline, receipts at its foot.
#[component]
pub(super) fn Server() -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let level = bench.watch(Level::of);
    let unmoved = bench.watch(|story| story.step == Step::End(Chapter::Meet));
    let labels = bench.labels;
    let body = move || match level.get() {
        Level::NotYet => dry(td_string!(l, server.not_yet), "").into_any(),
        Level::Gone => dry(td_string!(l, server.gone), "").into_any(),
        Level::Empty => {
            dry(td_string!(l, server.empty), td_string!(l, server.empty_text)).into_any()
        }
        Level::Holds => view! { <Tables/> }.into_any(),
    };
    let same = move || {
        unmoved.get().then(|| {
            view! {
                <p class="unmoved"><strong>{td_string!(l, server.same)}</strong>" "{td_string!(l, server.same_text)}</p>
            }
        })
    };
    view! {
        <section class="server glass" class:dry=move || level.get() != Level::Holds aria-labelledby="server">
            <header>
                <h2 id="server">{td_string!(l, server.h2)}</h2>
                <p>{td_string!(l, server.intro)}</p>
                <label class="tick"><input type="checkbox" prop:checked=move || !labels.get()
                    on:change=move |event| labels.set(!event_target_checked(&event))/>
                    {td_string!(l, server.hide)}</label>
                {same}
            </header>
            {body}
        </section>
        <Receipts/>
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Level {
    NotYet,
    Empty,
    Holds,
    Gone,
}

impl Level {
    fn of(story: &Story) -> Self {
        let empty = || story.server.tables.iter().all(|table| table.rows.is_empty());
        match story.realm {
            Realm::NotYet => Self::NotYet,
            Realm::Ended | Realm::Gone => Self::Gone,
            Realm::Open { .. } if empty() => Self::Empty,
            Realm::Open { .. } => Self::Holds,
        }
    }
}

fn dry(title: &'static str, text: &'static str) -> impl IntoView {
    view! { <div class="dry-in"><p><strong>{title}</strong>" "{text}</p></div> }
}

/// One receipt per day forgotten; they stay.
#[component]
fn Receipts() -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let receipts = bench.watch(|story| story.receipts.clone());
    move || {
        let receipts = receipts.get();
        (!receipts.is_empty()).then(|| {
            let slips = receipts.iter().enumerate().map(|(place, receipt)| {
                let title = say!(l, server.receipt, n = place + 1);
                let text = receipt_words(l, *receipt);
                view! { <Receipt title text law=say!(l, server.receipt_law)/> }
            });
            view! {
                <section class="receipts" aria-labelledby="receipts">
                    <h2 id="receipts">{td_string!(l, server.receipts)}</h2>
                    <ol>{slips.collect_view()}</ol>
                </section>
            }
        })
    }
}

/// « Le 6 juin est oublié. Clé détruite, 4 lignes illisibles. »
pub(super) fn receipt_words(
    l: Locale,
    receipt: limpide_web::workshop::engine::story::Receipt,
) -> String {
    let date = words::short_date(l, receipt.day.start());
    match receipt.rows {
        1 => say!(l, server.receipt_text_1, date = date),
        rows => say!(l, server.receipt_text, date = date, rows = rows),
    }
}
