//! The stored tables: those about people first, those of the service folded below.

use decree::Moment;
use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::server_state::{Column, Row, Table};

use super::cells;
use crate::part::{DataTable, TableRow, Verre};
use crate::texts::i18n::Locale;
use crate::workshop::bench::Bench;
use crate::workshop::phones::days_left;
use crate::workshop::words::{self, say};

/// Tables that say something of a person, in the order in which they are shown.
const OF_PEOPLE: [&str; 4] = ["exposure", "account", "code", "outbox"];
/// The day keys: glasses rather than rows.
const KEYS: &str = "keys";

/// Under the waterline.
#[component]
pub(super) fn Tables() -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let state = bench.watch(|story| (story.server.tables.clone(), story.gone.clone(), story.now()));
    let labels = bench.labels;
    let body = move || {
        let (tables, gone, now) = state.get();
        let now = now.unwrap_or(Moment::from_unix(0));
        let show = |table: &Table| {
            let fading = gone.iter().filter(|(name, _)| *name == table.name).count();
            view! { <div class="tbl wide">{table_view(l, table, now, labels.get())}{fade(fading)}</div> }
        };
        let people = OF_PEOPLE
            .iter()
            .filter_map(|name| tables.iter().find(|table| table.name == *name))
            .map(show)
            .collect_view();
        let keys = tables.iter().find(|table| table.name == KEYS).map(|table| day_keys(l, table, now));
        let service = tables
            .iter()
            .filter(|table| !OF_PEOPLE.contains(&table.name.as_str()) && table.name != KEYS)
            .map(show)
            .collect_view();
        view! {
            {people}
            {keys}
            <div class="tbl wide"><details class="more"><summary>{td_string!(l, server.service)}</summary>
                <p class="small">{td_string!(l, server.service_text)}</p>
                {service}
            </details></div>
        }
    };
    view! {
        <div class="water">
            <svg class="wave" viewBox="0 0 1200 16" preserveAspectRatio="none" aria-hidden="true">
                <path class="wave-f" d=format!("{WAVE}v8H0z")/>
                <path class="wave-l" d=WAVE/>
            </svg>
            <div class="tables">{body}</div>
        </div>
    }
}

const WAVE: &str = "M0 8c100-10 200 10 300 0s200-8 300 0 200 10 300 0 200-8 300 0";

fn table_view(l: Locale, table: &Table, now: Moment, labels: bool) -> impl IntoView + use<> {
    let fresh = (table.fresh > 0).then(|| {
        let words = match table.fresh {
            1 => say!(l, server.fresh_1),
            n => say!(l, server.fresh_n, n = n),
        };
        view! { " "<span class="tag">{words}</span> }
    });
    let caption = view! { {cells::table(l, &table.name)}" "<code class="soft">{table.name.clone()}</code>{fresh} };
    if table.rows.is_empty() {
        let words = match table.name.as_str() {
            "exposure" => td_string!(l, server.no_exposure),
            "code" => td_string!(l, server.no_code),
            _ => td_string!(l, server.no_row),
        };
        return view! { <h3>{caption}</h3><p class="small">{words}</p> }.into_any();
    }
    let perishes = table.rows.iter().any(|row| row.forgotten_at.is_some());
    let mut heads: Vec<_> = table.columns.iter().map(|column| head(l, &table.name, column)).collect();
    if perishes {
        heads.push((say!(l, server.forget), say!(l, server.forget).into_any()));
    }
    let rows = table.rows.iter().map(|row| table_row(l, table, row, now, labels, perishes)).collect();
    view! { <DataTable caption=caption.into_any() heads rows/> }.into_any()
}

/// A column's name, and why it may exist.
fn head(l: Locale, table: &str, column: &Column) -> (String, AnyView) {
    let name = cells::column(l, table, column);
    let ground = match (column.item, &column.protocol) {
        (Some(item), _) => view! { <span class="art">{words::article(l, item)}</span> }.into_any(),
        (None, Some(_)) => view! { <span class="art">{td_string!(l, server.protocol)}</span> }.into_any(),
        (None, None) => ().into_any(),
    };
    (name.clone(), view! { {name}" "{ground} }.into_any())
}

fn table_row(
    l: Locale,
    table: &Table,
    row: &Row,
    now: Moment,
    labels: bool,
    perishes: bool,
) -> TableRow {
    let label = row.label.filter(|_| labels);
    let mut views: Vec<AnyView> = table
        .columns
        .iter()
        .zip(&row.cells)
        .enumerate()
        .map(|(place, (column, cell))| {
            let label = label.filter(|_| place == 0).map(|person| {
                view! { " "<span class=format!("lab {}", words::class(person))>{words::name(person)}</span> }
            });
            view! { {cells::cell(l, &table.name, column, cell)}{label} }.into_any()
        })
        .collect();
    if perishes {
        views.push(left(l, now, row.forgotten_at).into_any());
    }
    TableRow { cells: views, fresh: row.fresh, chosen: false.into() }
}

/// A small glass, and the date beside it.
fn left(l: Locale, now: Moment, due: Option<Moment>) -> impl IntoView {
    due.map(|due| {
        let days = days_left(now, due);
        let date = words::short_date(l, due);
        let words = match days {
            0 => say!(l, server.forget_now, date = date),
            1 => say!(l, server.forget_in_1, date = date),
            n => say!(l, server.forget_in, date = date, n = n),
        };
        view! { <span class="left"><Verre days/>{words}</span> }
    })
}

/// One glass per day that still has its key.
fn day_keys(l: Locale, table: &Table, now: Moment) -> impl IntoView + use<> {
    let mut days: Vec<Moment> = table.rows.iter().filter_map(|row| row.forgotten_at).collect();
    days.sort_unstable();
    days.dedup();
    let glasses = days.into_iter().map(|due| {
        let day = (due - decree::article_3::HISTORY_KEPT).day();
        let n = days_left(now, due);
        let said = say!(l, server.key_left, date = words::short_date(l, day.start()), n = n);
        view! {
            <li><span class="vh">{said}</span><Verre days=n/><span aria-hidden="true">{words::day_of_month(l, day)}</span></li>
        }
    });
    view! {
        <div class="tbl wide"><h3>{td_string!(l, server.keys)}</h3>
            <p class="small">{td_string!(l, server.keys_text)}</p>
            <ol class="keys">{glasses.collect_view()}</ol>
        </div>
    }
}

/// What has just gone, for the eye only: the sentence and the receipt say it.
fn fade(rows: usize) -> impl IntoView {
    const SHOWN: usize = 4;
    (rows > 0).then(|| {
        let ghosts = (0..rows.min(SHOWN)).map(|_| view! { <span class="sink">"▒▒▒▒▒ ▒▒▒ ▒▒▒▒"</span> });
        view! { <div class="fading" aria-hidden="true">{ghosts.collect_view()}</div> }
    })
}

