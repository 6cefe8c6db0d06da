//! The inspector: a message taken apart, its fields as a strip and as a table, and what is absent from it.

use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::anatomy::{self, Anatomy, Field, FieldName, Part};
use workshop::message::{Message, Way};

use wasm_bindgen::JsCast;
use web_sys::Element;

use super::field;
use super::phones::{byte_hex, hex};
use super::words::{self, say};
use crate::part::{
    El, StripField, TableRow, button, data_table, el, group, icon, more, set, strip,
};
use crate::texts::i18n::Locale;

/// Bytes of a field in the strip.
const STRIP: usize = 16;
/// Bytes of a message shown as it is.
const RAW: usize = 1_500;
/// Pseudonyms of an opened bundle.
const OPENED: usize = 8;

/// Opens in place, under the messages.
pub(super) fn inspector(l: Locale, message: &Message) -> El {
    let anatomy = anatomy::dissect(message);
    let fears: Vec<El> = anatomy
        .absent
        .iter()
        .map(|fear| el("li").add(icon("none", "")).add(field::fear(l, *fear)))
        .collect();
    let absent = el("div")
        .class("absent")
        .add(el("h4").add(td_string!(l, insp.absent)))
        .add(el("ul").add(fears));
    let contacts = contacts(&anatomy);
    let anatomy = StoredValue::new(anatomy);
    let contact = RwSignal::new(0u32);
    let shown = move || anatomy.with_value(|anatomy| fields(l, fields_of(anatomy, contact.get())));
    let head = el("div")
        .class("insp-top")
        .add(
            el("h3")
                .attr("id", "insp-title")
                .add(field::message(l, message)),
        )
        .add(
            el("p")
                .class("small soft")
                .add(route(l, message))
                .add(" ")
                .add(el("span").class("tag plain").add(td_string!(l, insp.real))),
        )
        .add((contacts > 1).then(|| turn(l, anatomy, contacts, contact)));
    el("div")
        .class("insp slip")
        .attr("id", "insp")
        .attr("role", "region")
        .attr("aria-labelledby", "insp-title")
        .add(head)
        .slot(shown)
        .add(opened(l, message))
        .add(raw(l, message))
        .add(absent)
}

/// By which way the message went.
fn route(l: Locale, message: &Message) -> El {
    match (&message.http, message.heard_by) {
        (Some(http), _) => {
            // The session's secret name stays out of sight.
            let path = http.path.split_once("/api/").map_or("", |(_, end)| end);
            let status = http.status.map(|status| format!(", {status}"));
            let route = el("code").add(http.method).add(" …/api/").add(path);
            group().add(route).add(status)
        }
        (None, heard) => {
            let heard = heard.map(|person| {
                let n = words::count(l, message.count as usize);
                let heard = say!(l, insp.heard_by, name = words::name(person));
                format!(", {heard}, {}", say!(l, insp.count, n = n))
            });
            group().add(td_string!(l, insp.radio)).add(heard)
        }
    }
}

fn contacts(anatomy: &Anatomy) -> u32 {
    let numbers = anatomy.fields.iter().map(|field| match field.part {
        Part::Whole => 0,
        Part::Contact(contact) | Part::Hello(contact, _) => contact + 1,
    });
    numbers.max().unwrap_or(0)
}

/// A report shows one contact at a time, with the first message heard from it.
fn fields_of(anatomy: &Anatomy, contact: u32) -> Vec<Field> {
    let shown = |field: &&Field| match field.part {
        Part::Whole => true,
        Part::Contact(number) => number == contact,
        Part::Hello(number, hello) => number == contact && hello == 0,
    };
    let mut fields: Vec<Field> = Vec::new();
    for field in anatomy.fields.iter().filter(shown) {
        // Settings are many and public: one stands for all.
        let repeated = field.name == FieldName::Setting
            && fields.iter().any(|known| known.name == FieldName::Setting);
        if field.name != FieldName::Punctuation && !repeated {
            fields.push(field.clone());
        }
    }
    fields
}

fn turn(l: Locale, anatomy: StoredValue<Anatomy>, contacts: u32, contact: RwSignal<u32>) -> El {
    let label = move || {
        let shown = contact.get();
        let hellos = anatomy.with_value(|anatomy| {
            let numbered = anatomy.fields.iter().filter_map(|field| match field.part {
                Part::Hello(number, hello) if number == shown => Some(hello + 1),
                _ => None,
            });
            numbered.max().unwrap_or(0)
        });
        let place = say!(l, insp.contact, n = shown + 1, total = contacts);
        group()
            .add(place)
            .add(", ")
            .add(say!(l, insp.contact_hellos, n = hellos))
    };
    let turn = |words: &str, end: u32, step: fn(u32) -> u32| {
        let go = move || {
            if contact.get_untracked() != end {
                contact.update(|contact| *contact = step(*contact));
            }
        };
        button("btn quiet", words, go).live(move |button| {
            set(
                button,
                "aria-disabled",
                (contact.get() == end).then_some("true"),
            );
        })
    };
    let buttons = el("div")
        .class("btns")
        .add(turn(td_string!(l, insp.previous), 0, |contact| {
            contact.saturating_sub(1)
        }))
        .add(turn(
            td_string!(l, insp.following),
            contacts - 1,
            |contact| contact + 1,
        ));
    el("div")
        .class("turn")
        .add(el("p").class("small").attr("role", "status").slot(label))
        .add(buttons)
}

/// The strip, the sentence of the chosen field, and the table twin.
fn fields(l: Locale, fields: Vec<Field>) -> El {
    if fields.is_empty() {
        return el("p").add(td_string!(l, insp.empty));
    }
    let first = (0..)
        .zip(&fields)
        .find(|(_, field)| field.kind.is_some())
        .map_or(0, |(n, _)| n);
    let chosen = RwSignal::new(first);
    let strip = strip(
        td_string!(l, insp.fields),
        fields.iter().map(|field| strip_field(l, field)).collect(),
        chosen,
    );
    let rows = fields.iter().map(|field| TableRow {
        cells: cells(l, field),
        fresh: false,
    });
    let head = |words: &str| (words.to_owned(), None);
    let heads = vec![
        head(td_string!(l, insp.th_field)),
        head(td_string!(l, insp.th_bytes)),
        head(td_string!(l, insp.th_says)),
        head(td_string!(l, insp.th_law)),
    ];
    let caption = group().add(td_string!(l, insp.table));
    let table = data_table("insp-table", caption, heads, rows.collect()).live(move |table| {
        let rows = table.query_selector_all("tbody tr");
        let Ok(rows) = rows else { return };
        for place in 0..rows.length() {
            let on = chosen.get() == place;
            if let Some(row) = rows
                .item(place)
                .and_then(|row| row.dyn_into::<Element>().ok())
            {
                set(&row, "data-on", on.then_some(""));
            }
        }
    });
    let sentence = move || {
        let field = fields.get(chosen.get() as usize);
        field.map_or_else(group, |field| spoken(l, field))
    };
    group()
        .add(strip)
        .add(
            el("div")
                .class("insp-say")
                .attr("aria-live", "polite")
                .slot(sentence),
        )
        .add(more(td_string!(l, insp.table)).add(table))
}

fn strip_field(l: Locale, field: &Field) -> StripField {
    let size = field.bytes.len();
    let rest = size.checked_sub(STRIP).filter(|rest| *rest > 0);
    StripField {
        name: field::name(l, field.name).0,
        letter: letter(field),
        class: class(field),
        bytes: field
            .bytes
            .iter()
            .take(STRIP)
            .map(|byte| byte_hex(*byte))
            .collect(),
        rest: rest.map(|rest| say!(l, insp.more_bytes, n = words::count(l, rest))),
        size: size_of(l, size),
    }
}

fn spoken(l: Locale, field: &Field) -> El {
    let (name, sentence) = field::name(l, field.name);
    let letter = letter(field).map(|letter| {
        let class = format!("key {}", class(field));
        group().add(el("span").class(&class).add(letter)).add(" ")
    });
    let title = format!("{name}, {}.", size_of(l, field.bytes.len()));
    let said = format!("({})", field::value(l, field));
    el("p")
        .add(letter)
        .add(el("strong").add(title))
        .add(" ")
        .add(sentence)
        .add(" ")
        .add(el("span").class("soft").add(said))
}

fn cells(l: Locale, field: &Field) -> Vec<El> {
    let letter = letter(field).map(|letter| el("span").class("key").add(letter));
    let name = el("span")
        .class(&format!("cellkey {}", class(field)))
        .add(letter)
        .add(field::name(l, field.name).0);
    let mut shown = hex(field.bytes.get(..STRIP).unwrap_or(&field.bytes));
    if field.bytes.len() > STRIP {
        shown.push('…');
    }
    let bytes = group()
        .add(el("code").add(shown))
        .add(" ")
        .add(el("span").class("soft").add(size_of(l, field.bytes.len())));
    vec![
        name,
        bytes,
        group().add(field::value(l, field)),
        group().add(field::ground(l, field.ground)),
    ]
}

fn letter(field: &Field) -> Option<&'static str> {
    field.kind.map(|kind| field::key(kind).0)
}

fn class(field: &Field) -> &'static str {
    field.kind.map_or("k-none", |kind| field::key(kind).1)
}

fn size_of(l: Locale, size: usize) -> String {
    match size {
        1 => say!(l, insp.size_1),
        size => say!(l, insp.size, n = words::count(l, size)),
    }
}

/// What the phone reads in its bundle, which nobody on the way can.
fn opened(l: Locale, message: &Message) -> Option<El> {
    if message.bundle.is_empty() {
        return None;
    }
    let rows = message.bundle.iter().take(OPENED).map(|own| {
        let quarter = say!(
            l,
            value.epoch,
            n = own.epoch,
            when = words::date_and_hour(l, own.starts)
        );
        let cells = vec![
            group().add(quarter),
            el("code").add(hex(&own.ebid)),
            el("code").add(byte_hex(own.ecc)),
        ];
        TableRow {
            cells,
            fresh: false,
        }
    });
    let head = |words: &str| (words.to_owned(), None);
    let heads = vec![
        head(td_string!(l, field.epoch)),
        head(td_string!(l, field.pseudonym)),
        head(td_string!(l, field.country)),
    ];
    let total = words::count(l, message.bundle.len());
    let caption = group().add(say!(l, insp.opened, n = total));
    let table = data_table("", caption, heads, rows.collect());
    Some(more(td_string!(l, insp.open)).add(table))
}

/// The bytes as they passed.
fn raw(l: Locale, message: &Message) -> Option<El> {
    let bytes = &message.bytes;
    let text: String = match (core::str::from_utf8(bytes), message.way) {
        (Ok(text), Way::ToServer | Way::FromServer) => text.chars().take(RAW).collect(),
        _ => hex(bytes),
    };
    if text.is_empty() {
        return None;
    }
    let cut = (bytes.len() > RAW).then(|| {
        let total = words::count(l, bytes.len());
        el("p")
            .class("small soft")
            .add(say!(l, insp.raw_cut, n = total))
    });
    let text = el("p").class("rawbytes").add(el("code").add(text));
    Some(more(td_string!(l, insp.raw)).add(cut).add(text))
}
