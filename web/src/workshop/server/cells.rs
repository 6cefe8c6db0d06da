//! Names of tables and columns, and values as people read them.

use decree::{Day, Moment};
use leptos::prelude::*;

use limpide_web::workshop::engine::server_state::{Cell, Column};

use crate::texts::i18n::Locale;
use crate::workshop::words::{self, say};

/// A table's name, in the visitor's language.
pub(super) fn table(l: Locale, name: &str) -> String {
    match name {
        "account" => say!(l, table.account),
        "exposure" => say!(l, table.exposure),
        "code" => say!(l, table.code),
        "outbox" => say!(l, table.outbox),
        "challenge" => say!(l, table.challenge),
        "applied" => say!(l, table.applied),
        "answered" => say!(l, table.answered),
        "place" => say!(l, table.place),
        "visit" => say!(l, table.visit),
        other => other.to_owned(),
    }
}

/// A column's name, in the visitor's language; the store's own name where there is no better one.
pub(super) fn column(l: Locale, table: &str, column: &Column) -> String {
    let name = match (table, column.name.as_str()) {
        ("account", "id") | (_, "account") => say!(l, column.account),
        (_, "key_for_mac") => say!(l, column.key_for_mac),
        (_, "key_for_tuples") => say!(l, column.key_for_tuples),
        (_, "last_status") => say!(l, column.last_status),
        (_, "sealed_on" | "day") => say!(l, column.sealed_on),
        (_, "verdict") => say!(l, column.verdict),
        ("exposure", "sealed") => say!(l, column.exposure),
        (_, "id") => say!(l, column.id),
        ("code", "hash") => say!(l, column.code),
        (_, "kind") => say!(l, column.kind),
        (_, "until" | "expires") => say!(l, column.until),
        (_, "due") => say!(l, column.due),
        (_, "to") => say!(l, column.to),
        (_, "body") => say!(l, column.body),
        (_, other) => other.to_owned(),
    };
    if column.opened {
        say!(l, column.opened, name = name)
    } else {
        name
    }
}

/// A value: dates in words, long bytes folded.
pub(super) fn cell(l: Locale, table: &str, column: &Column, cell: &Cell) -> AnyView {
    match cell {
        Cell::Null => view! { <span class="soft">"—"</span> }.into_any(),
        Cell::Integer(number) => integer(l, table, &column.name, *number).into_any(),
        Cell::Real(number) => words::decimal(l, *number, 2).into_any(),
        Cell::Truth(truth) => view! { <code>{truth.to_string()}</code> }.into_any(),
        Cell::List(length) => words::count(l, *length).into_any(),
        Cell::Members(members) => members
            .iter()
            .map(|(name, value)| {
                let value = member(l, name, value);
                view! { <span class="nowrap"><code>{name.clone()}</code>" "{value}</span>" " }
            })
            .collect_view()
            .into_any(),
        Cell::Text(text) => long(l, text),
    }
}

/// What a sealed value says under this name.
fn member(l: Locale, name: &str, value: &Cell) -> AnyView {
    let column = Column {
        name: name.to_owned(),
        opened: true,
        item: None,
        protocol: None,
    };
    match (name, value) {
        ("epoch" | "latestRiskEpoch", Cell::Integer(epoch)) => {
            let epoch = u32::try_from(*epoch).ok().and_then(robert::Epoch::new);
            epoch
                .map_or_else(String::new, |epoch| words::date_and_hour(l, epoch.start()))
                .into_any()
        }
        _ => cell(l, "", &column, value),
    }
}

fn integer(l: Locale, table: &str, column: &str, number: i64) -> String {
    let Ok(unsigned) = u64::try_from(number) else {
        return number.to_string();
    };
    match column {
        "sealed_on" | "day" | "since" => match u32::try_from(unsigned) {
            Ok(day) => words::short_date(l, Day::from_number(day).start()),
            Err(_) => number.to_string(),
        },
        "until" | "due" | "expires" | "opened" | "settled" => {
            words::date_and_hour(l, Moment::from_unix(unsigned))
        }
        "last_status" if table == "account" => match unsigned {
            0 => say!(l, column.never),
            epoch => match u32::try_from(epoch).ok().and_then(robert::Epoch::new) {
                Some(epoch) => words::date_and_hour(l, epoch.start()),
                None => number.to_string(),
            },
        },
        _ => number.to_string(),
    }
}

/// Bytes in hexadecimal: the first eight, the rest one click away.
fn long(l: Locale, text: &str) -> AnyView {
    const SHOWN: usize = 20;
    if text.len() <= SHOWN {
        return view! { <code>{text.to_owned()}</code> }.into_any();
    }
    let short: String = text.chars().take(12).collect();
    let size = words::count(l, text.len() / 2);
    view! {
        <details class="hex"><summary><code>{short}"…"</code>" "<span class="soft nowrap">{say!(l, pass.bytes, n = size)}</span></summary>
            <code>{text.to_owned()}</code>
        </details>
    }
    .into_any()
}
