//! The server, seen through: every stored table, sealed and opened; what it forgets, and what then comes out.

mod cells;
mod tables;

use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::story::{self, Chapter, Realm, Step, Story};

use super::bench::{Bench, Facet};
use super::words::{self, say};
use crate::part::{El, el, group, receipt, set, tick_box};
use crate::texts::i18n::Locale;
use tables::tables;

/// A drawn glass: title in the air, tables under the waterline, receipts at its foot.
pub(super) fn server(bench: Bench) -> El {
    let l = bench.locale();
    let level = move || {
        bench.follow(Facet::Server);
        bench.read(Level::of)
    };
    let body = move || match level() {
        Level::NotYet => dry(td_string!(l, server.not_yet), ""),
        Level::Gone => dry(td_string!(l, server.gone), ""),
        Level::Empty => dry(
            td_string!(l, server.empty),
            td_string!(l, server.empty_text),
        ),
        Level::Holds => tables(bench),
    };
    let unmoved = move || {
        bench.follow(Facet::Server);
        match bench.read(|story| story.step) {
            Step::End(Chapter::Meet) => el("p")
                .class("unmoved")
                .add(el("strong").add(td_string!(l, server.same)))
                .add(" ")
                .add(td_string!(l, server.same_text)),
            _ => group(),
        }
    };
    let labels = bench.labels;
    let hide = tick_box(
        td_string!(l, server.hide),
        move || !labels.get(),
        move |hidden| labels.set(!hidden),
    );
    let head = el("header")
        .add(el("h2").attr("id", "server").add(td_string!(l, server.h2)))
        .add(el("p").add(td_string!(l, server.intro)))
        .add(hide)
        .slot(unmoved);
    let glass = el("section")
        .live(move |glass| {
            let class = if level() == Level::Holds {
                "server glass"
            } else {
                "server glass dry"
            };
            set(glass, "class", Some(class));
        })
        .attr("aria-labelledby", "server")
        .add(head)
        .slot(body);
    group().add(glass).slot(move || receipts(bench))
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
        let empty = || {
            story
                .server
                .tables
                .iter()
                .all(|table| table.rows.is_empty())
        };
        match story.realm {
            Realm::NotYet => Self::NotYet,
            Realm::Ended | Realm::Gone => Self::Gone,
            Realm::Open { .. } if empty() => Self::Empty,
            Realm::Open { .. } => Self::Holds,
        }
    }
}

fn dry(title: &str, text: &str) -> El {
    let words = el("p").add(el("strong").add(title)).add(" ").add(text);
    el("div").class("dry-in").add(words)
}

/// One receipt per day forgotten; they stay.
fn receipts(bench: Bench) -> El {
    bench.follow(Facet::Receipts);
    let l = bench.locale();
    let slips = bench.read(|story| {
        let slips = story.receipts.iter().enumerate().map(|(place, slip)| {
            let title = say!(l, server.receipt, n = place + 1);
            receipt(
                &title,
                &receipt_words(l, *slip),
                td_string!(l, server.receipt_law),
            )
        });
        slips.collect::<Vec<El>>()
    });
    if slips.is_empty() {
        return group();
    }
    el("section")
        .class("receipts")
        .attr("aria-labelledby", "receipts")
        .add(
            el("h2")
                .attr("id", "receipts")
                .add(td_string!(l, server.receipts)),
        )
        .add(el("ol").add(slips))
}

/// « Le 6 juin est oublié. Clé détruite, avec ce qu’elle scellait encore : 2 expositions, 3 verdicts, 1 ligne de compteurs. »
pub(super) fn receipt_words(l: Locale, receipt: story::Receipt) -> String {
    let date = words::short_date(l, receipt.day.start());
    let Some(sealed) = receipt.sealed else {
        return say!(l, server.receipt_bare, date = date);
    };
    let exposures = match sealed.exposures {
        0 => say!(l, server.exposures_0),
        1 => say!(l, server.exposures_1),
        n => say!(l, server.exposures_n, n = n),
    };
    let verdicts = match sealed.verdicts {
        0 => say!(l, server.verdicts_0),
        1 => say!(l, server.verdicts_1),
        n => say!(l, server.verdicts_n, n = n),
    };
    let figures = match sealed.figures {
        0 => say!(l, server.figures_0),
        1 => say!(l, server.figures_1),
        n => say!(l, server.figures_n, n = n),
    };
    say!(
        l,
        server.receipt_text,
        date = date,
        exposures = exposures,
        verdicts = verdicts,
        figures = figures
    )
}
