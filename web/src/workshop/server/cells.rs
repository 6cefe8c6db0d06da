//! Names of tables and columns, and values as people read them.

use decree::{Day, Moment};
use leptos_i18n::td_string;
use workshop::server_state::{Cell, Column};

use crate::part::{El, el, group};
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
        "transit" => say!(l, table.transit),
        "record" => say!(l, table.record),
        "recent" => say!(l, table.recent),
        "applied" => say!(l, table.applied),
        "answered" => say!(l, table.answered),
        "registry_figures" => say!(l, table.registry_figures),
        "counted" => say!(l, table.counted),
        "forgotten" => say!(l, table.forgotten),
        "intake_figures" => say!(l, table.intake_figures),
        "emptying" => say!(l, table.emptying),
        "record_group" => say!(l, table.record_group),
        "group" => say!(l, table.group),
        "tally" => say!(l, table.tally),
        "batch" => say!(l, table.batch),
        "place" => say!(l, table.place),
        "version" => say!(l, table.version),
        "walk" => say!(l, table.walk),
        "rewrapping" => say!(l, table.rewrapping),
        "forgetting" => say!(l, table.forgetting),
        "waiting" => say!(l, table.waiting),
        "line" => say!(l, table.line),
        "visit" => say!(l, table.visit),
        other => other.to_owned(),
    }
}

/// A column's name, in the visitor's language; the store's own name where there is no better one.
pub(super) fn column(l: Locale, table: &str, column: &Column) -> String {
    match (table, column.name.as_str()) {
        ("account", "id") | (_, "account") => say!(l, column.account),
        (_, "safe") => say!(l, column.safe),
        (_, "key_for_mac") => say!(l, column.key_for_mac),
        (_, "key_for_tuples") => say!(l, column.key_for_tuples),
        (_, "last_status") => say!(l, column.last_status),
        (_, "registered") => say!(l, column.registered),
        (_, "sealed_on" | "day") => say!(l, column.sealed_on),
        (_, "verdict") => say!(l, column.verdict),
        ("exposure", "sealed") => say!(l, column.exposure),
        (_, "id") => say!(l, column.id),
        ("code", "hash") => say!(l, column.code),
        (_, "kind") => say!(l, column.kind),
        (_, "until" | "expires") => say!(l, column.until),
        // What is due there is no delivery.
        ("emptying" | "record_group" | "walk" | "rewrapping" | "forgetting", "due") => {
            "due".to_owned()
        }
        (_, "due") => say!(l, column.due),
        (_, "to") => say!(l, column.to),
        (_, "body") => say!(l, column.body),
        (_, other) => other.to_owned(),
    }
}

/// A value: dates in words, long bytes folded.
pub(super) fn cell(l: Locale, table: &str, column: &Column, cell: &Cell) -> El {
    match cell {
        Cell::Members(members) => {
            let members = members.iter().map(|(name, value)| member(l, name, value));
            group().add(members.collect::<Vec<El>>())
        }
        Cell::Null => el("span").class("soft").add("—"),
        Cell::Integer(number) => group().add(integer(l, table, &column.name, *number)),
        Cell::Real(number) => group().add(words::decimal(l, *number, 1)),
        Cell::Truth(true) => group().add(td_string!(l, value.yes)),
        Cell::Truth(false) => group().add(td_string!(l, value.no)),
        Cell::List(length) => group().add(words::count(l, *length)),
        Cell::Text(text) => long(l, text),
    }
}

/// What a sealed value says under this name.
fn member(l: Locale, name: &str, value: &Cell) -> El {
    let shown = match (name, value) {
        ("epoch" | "latestRiskEpoch", Cell::Integer(number)) => group().add(epoch(l, *number)),
        ("exposedDay", Cell::Text(day)) => {
            let day = day
                .parse::<Day>()
                .map(|day| words::short_date(l, day.start()));
            group().add(day.unwrap_or_default())
        }
        _ => cell(
            l,
            "",
            &Column {
                name: name.to_owned(),
                opened: true,
                item: None,
                protocol: None,
            },
            value,
        ),
    };
    let words = match name {
        "epoch" => say!(l, member.epoch),
        "score" => say!(l, member.score),
        "hellos" => say!(l, member.hellos),
        "atRisk" => say!(l, member.at_risk),
        "told" => say!(l, member.told),
        "latestRiskEpoch" => say!(l, member.latest),
        "exposedDay" => say!(l, member.exposed_day),
        other => other.to_owned(),
    };
    let name = el("span").class("soft").add(words);
    el("span").class("member").add(name).add(" ").add(shown)
}

fn epoch(l: Locale, number: i64) -> String {
    let epoch = u32::try_from(number).ok().and_then(robert::Epoch::new);
    epoch.map_or_else(
        || number.to_string(),
        |epoch| words::date_and_hour(l, epoch.start()),
    )
}

fn integer(l: Locale, table: &str, column: &str, number: i64) -> String {
    let Ok(unsigned) = u64::try_from(number) else {
        return number.to_string();
    };
    match column {
        "since" if table == "transit" => words::date_and_hour(l, Moment::from_unix(unsigned)),
        "minute" => words::date_and_hour(l, Moment::from_unix(unsigned.saturating_mul(60))),
        "sealed_on" | "day" | "since" | "registered" | "midnight" => {
            match u32::try_from(unsigned) {
                Ok(day) => words::short_date(l, Day::from_number(day).start()),
                Err(_) => number.to_string(),
            }
        }
        "until" | "due" | "expires" | "opened" | "done_until" => {
            words::date_and_hour(l, Moment::from_unix(unsigned))
        }
        "last_status" if table == "account" => match unsigned {
            0 => say!(l, column.never),
            _ => epoch(l, number),
        },
        _ => number.to_string(),
    }
}

/// Bytes in hexadecimal: the first eight, the rest one click away.
fn long(l: Locale, text: &str) -> El {
    const SHOWN: usize = 20;
    if text.len() <= SHOWN {
        return el("code").add(text);
    }
    let short: String = text.chars().take(8).collect();
    let size = say!(l, pass.bytes, n = words::count(l, text.len() / 2));
    let summary = el("summary")
        .add(el("code").add(short).add("…"))
        .add(" ")
        .add(el("span").class("soft nowrap").add(size));
    el("details")
        .class("hex")
        .add(summary)
        .add(el("code").add(text))
}
