//! The stored tables: those about people first, those of the service folded below.

use decree::Moment;
use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::server_state::{Column, Row, Table};
use workshop::story::Story;

use super::cells;
use crate::part::{El, TableRow, data_table, el, group, more, svg, verre};
use crate::texts::i18n::Locale;
use crate::workshop::bench::{Bench, Facet};
use crate::workshop::phones::days_left;
use crate::workshop::words::{self, say};

/// Tables that say something of a person, in the order in which they are shown.
const OF_PEOPLE: [&str; 4] = ["exposure", "account", "code", "outbox"];
/// The day keys: glasses rather than rows. Their receipts are slips of paper.
const KEYS: &str = "keys";
const RECEIPTS: &str = "receipt";

const WAVE: &str = "M0 8c100-10 200 10 300 0s200-8 300 0 200 10 300 0 200-8 300 0";
const UNDER: &str = "M0 8c100-10 200 10 300 0s200-8 300 0 200 10 300 0 200-8 300 0v8H0z";

/// Under the waterline.
pub(super) fn tables(bench: Bench) -> El {
    let labels = bench.labels;
    let wave = svg("svg")
        .class("wave")
        .attr("viewBox", "0 0 1200 16")
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .add(svg("path").class("wave-f").attr("d", UNDER))
        .add(svg("path").class("wave-l").attr("d", WAVE));
    let body = move || {
        bench.follow(Facet::Server);
        let labels = labels.get();
        bench.read(|story| all(bench.locale(), story, labels))
    };
    el("div")
        .class("water")
        .add(wave)
        .add(el("div").class("tables").slot(body))
}

fn all(l: Locale, story: &Story, labels: bool) -> El {
    let now = story.now().unwrap_or(Moment::from_unix(0));
    let tables = &story.server.tables;
    let show = |table: &Table| {
        let gone = story
            .gone
            .iter()
            .filter(|(name, _)| *name == table.name)
            .count();
        let wide = table.columns.len() > 3 && !table.rows.is_empty();
        el("div")
            .class(if wide { "tbl wide" } else { "tbl" })
            .add(table_view(l, table, now, labels))
            .add(fade(gone))
    };
    let of_people: Vec<El> = OF_PEOPLE
        .iter()
        .filter_map(|name| tables.iter().find(|table| table.name == *name))
        .map(show)
        .collect();
    let keys = tables.iter().find(|table| table.name == KEYS);
    let service = tables.iter().filter(|table| {
        let name = table.name.as_str();
        !OF_PEOPLE.contains(&name) && name != KEYS && name != RECEIPTS
    });
    let service: Vec<El> = service.map(show).collect();
    let service = more(td_string!(l, server.service))
        .add(
            el("p")
                .class("small")
                .add(td_string!(l, server.service_text)),
        )
        .add(service);
    group()
        .add(of_people)
        .add(keys.map(|table| day_keys(l, table, now)))
        .add(el("div").class("tbl").add(service))
}

fn table_view(l: Locale, table: &Table, now: Moment, labels: bool) -> El {
    let fresh = match table.fresh {
        0 => None,
        1 => Some(say!(l, server.fresh_1)),
        n => Some(say!(l, server.fresh_n, n = n)),
    };
    let caption = group()
        .add(cells::table(l, &table.name))
        .add(" ")
        .add(el("code").class("soft").add(table.name.as_str()))
        .add(fresh.map(|words| group().add(" ").add(el("span").class("tag").add(words))));
    if table.rows.is_empty() {
        let words = match table.name.as_str() {
            "exposure" => td_string!(l, server.no_exposure),
            "code" => td_string!(l, server.no_code),
            _ => td_string!(l, server.no_row),
        };
        return group()
            .add(el("h3").add(caption))
            .add(el("p").class("small").add(words));
    }
    let perishes = table.rows.iter().any(|row| row.forgotten_at.is_some());
    let stored = table.columns.iter().filter(|column| !column.opened);
    let mut heads: Vec<_> = stored.map(|column| head(l, &table.name, column)).collect();
    if perishes {
        heads.push((say!(l, server.forget), None));
    }
    let rows = table
        .rows
        .iter()
        .map(|row| table_row(l, table, row, now, labels, perishes));
    data_table("", caption, heads, rows.collect())
}

/// A column's name, and why it may exist.
fn head(l: Locale, table: &str, column: &Column) -> (String, Option<El>) {
    let ground = match (column.item, &column.protocol) {
        (Some(item), _) => Some(words::article(l, item)),
        (None, Some(_)) => Some(say!(l, server.protocol)),
        (None, None) => None,
    };
    let ground = ground.map(|words| el("span").class("art").add(words));
    (
        cells::column(l, table, column),
        ground.map(|ground| group().add(" ").add(ground)),
    )
}

/// A sealed value and what it says stand in one cell, one under the other.
fn table_row(
    l: Locale,
    table: &Table,
    row: &Row,
    now: Moment,
    labels: bool,
    perishes: bool,
) -> TableRow {
    let mut views: Vec<El> = Vec::new();
    for (column, cell) in table.columns.iter().zip(&row.cells) {
        let shown = cells::cell(l, &table.name, column, cell);
        match views.pop() {
            Some(sealed) if column.opened => {
                let opened = el("span").class("opened").add(td_string!(l, server.opened));
                views.push(sealed.add(el("div").add(opened).add(" ").add(shown)));
            }
            Some(last) => views.extend([last, el("div").add(shown)]),
            None => {
                let label = row.label.filter(|_| labels).map(|person| {
                    let class = format!("lab {}", words::class(person));
                    group()
                        .add(" ")
                        .add(el("span").class(&class).add(words::name(person)))
                });
                views.push(el("div").add(shown).add(label));
            }
        }
    }
    if perishes {
        views.push(group().add(row.forgotten_at.map(|due| left(l, now, due))));
    }
    TableRow {
        cells: views,
        fresh: row.fresh,
    }
}

/// A small glass, and the date beside it.
fn left(l: Locale, now: Moment, due: Moment) -> El {
    let days = days_left(now, due);
    let date = words::short_date(l, due);
    let words = match days {
        0 => say!(l, server.forget_now, date = date),
        1 => say!(l, server.forget_in_1, date = date),
        n => say!(l, server.forget_in, date = date, n = n),
    };
    el("span")
        .class("left")
        .add(verre(days))
        .add(el("span").add(words))
}

/// One glass per day that still has its key.
fn day_keys(l: Locale, table: &Table, now: Moment) -> El {
    let mut days: Vec<Moment> = table
        .rows
        .iter()
        .filter_map(|row| row.forgotten_at)
        .collect();
    days.sort_unstable();
    days.dedup();
    let glasses = days.into_iter().map(|due| {
        let day = (due - decree::article_3::HISTORY_KEPT).day();
        let n = days_left(now, due);
        let said = say!(
            l,
            server.key_left,
            date = words::short_date(l, day.start()),
            n = n
        );
        let number = words::day_of_month(l, day);
        el("li")
            .add(el("span").class("vh").add(said))
            .add(verre(n))
            .add(el("span").attr("aria-hidden", "true").add(number))
    });
    el("div")
        .class("tbl")
        .add(el("h3").add(td_string!(l, server.keys)))
        .add(el("p").class("small").add(td_string!(l, server.keys_text)))
        .add(el("ol").class("keys").add(glasses.collect::<Vec<El>>()))
}

/// What has just gone, for the eye only: the sentence and the receipt say it.
fn fade(rows: usize) -> Option<El> {
    const SHOWN: usize = 3;
    if rows == 0 {
        return None;
    }
    let ghost = |_| el("span").class("sink").add("▒▒▒▒▒ ▒▒▒ ▒▒▒▒");
    let ghosts: Vec<El> = (0..rows.min(SHOWN)).map(ghost).collect();
    Some(
        el("div")
            .class("fading")
            .attr("aria-hidden", "true")
            .add(ghosts),
    )
}
