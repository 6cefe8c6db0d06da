//! The inspector: a message taken apart, its fields as a strip and as a table, and what is absent from it.

use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::anatomy::{self, Anatomy, Field, FieldName, Part};
use limpide_web::workshop::engine::message::{Message, Way};

use super::bench::Bench;
use super::field;
use super::phones::{byte_hex, hex};
use super::words::{self, say};
use crate::part::{DataTable, Icon, Strip, StripField, TableRow};
use crate::texts::i18n::Locale;

/// Bytes of a field in the strip.
const STRIP: usize = 16;
/// Bytes of a message shown as it is.
const RAW: usize = 1_500;
/// Pseudonyms of an opened bundle.
const OPENED: usize = 8;

/// Opens in place, under the messages.
#[component]
pub(super) fn Inspector(message: Message) -> impl IntoView {
    let l = Bench::of_context().locale();
    let anatomy = StoredValue::new(anatomy::dissect(&message));
    let contacts = anatomy.with_value(contacts);
    let contact = RwSignal::new(0u32);
    let title = field::message(l, &message);
    let shown = move || {
        let contact = contact.get();
        anatomy.with_value(|anatomy| view! { <Fields fields=fields_of(anatomy, contact)/> })
    };
    let absent = anatomy.with_value(|anatomy| {
        let fears = anatomy.absent.iter().map(|fear| {
            view! { <li><Icon name="none"/>{field::fear(l, *fear)}</li> }
        });
        view! {
            <div class="absent"><h4>{td_string!(l, insp.absent)}</h4><ul>{fears.collect_view()}</ul></div>
        }
    });
    view! {
        <div class="insp slip" id="insp" role="region" aria-labelledby="insp-title">
            <div class="insp-top">
                <h3 id="insp-title">{title}</h3>
                <p class="small soft">{route(l, &message)}" "<span class="tag plain">{td_string!(l, insp.real)}</span></p>
                {(contacts > 1).then(|| turn(l, anatomy, contacts, contact))}
            </div>
            {shown}
            {opened(l, &message)}
            {raw(l, &message)}
            {absent}
        </div>
    }
}

/// By which way the message went.
fn route(l: Locale, message: &Message) -> impl IntoView + use<> {
    let heard = message.heard_by.map(|person| {
        let n = words::count(l, message.count as usize);
        let name = words::name(person);
        format!(", {}, {}", say!(l, insp.heard_by, name = name), say!(l, insp.count, n = n))
    });
    match (&message.http, message.way) {
        (Some(http), _) => {
            // The session's secret name stays out of sight.
            let path = http.path.split_once("/api/").map_or("", |(_, end)| end);
            let status = http.status.map(|status| format!(", {status}"));
            view! { <code>{http.method}" …/api/"{path.to_owned()}</code>{status} }.into_any()
        }
        (None, Way::OverTheAir) => view! { {td_string!(l, insp.radio)}{heard} }.into_any(),
        (None, _) => ().into_any(),
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

fn turn(
    l: Locale,
    anatomy: StoredValue<Anatomy>,
    contacts: u32,
    contact: RwSignal<u32>,
) -> impl IntoView {
    let hellos = move || {
        anatomy.with_value(|anatomy| {
            let of_contact = anatomy.fields.iter().filter(|field| {
                field.name == FieldName::Mac
                    && matches!(field.part, Part::Hello(number, _) if number == contact.get())
            });
            of_contact.count()
        })
    };
    let label = move || {
        let place = say!(l, insp.contact, n = contact.get() + 1, total = contacts);
        format!("{place}, {}", say!(l, insp.contact_hellos, n = hellos()))
    };
    view! {
        <div class="turn">
            <p class="small" role="status">{label}</p>
            <div class="btns">
                <button type="button" class="btn quiet"
                    aria-disabled=move || (contact.get() == 0).then_some("true")
                    on:click=move |_| contact.update(|contact| *contact = contact.saturating_sub(1))
                >{td_string!(l, insp.previous)}</button>
                <button type="button" class="btn quiet"
                    aria-disabled=move || (contact.get() + 1 >= contacts).then_some("true")
                    on:click=move |_| contact.update(|contact| *contact = (*contact + 1).min(contacts - 1))
                >{td_string!(l, insp.following)}</button>
            </div>
        </div>
    }
}

/// The strip, the sentence of the chosen field, and the table twin.
#[component]
fn Fields(fields: Vec<Field>) -> impl IntoView {
    let l = Bench::of_context().locale();
    if fields.is_empty() {
        return view! { <p>{td_string!(l, insp.empty)}</p> }.into_any();
    }
    let first = fields.iter().position(|field| field.kind.is_some()).unwrap_or(0);
    let chosen = RwSignal::new(Some(first));
    let strip = fields.iter().enumerate().map(|(place, field)| strip_field(l, place, field));
    let strip: Vec<StripField> = strip.collect();
    let rows = fields.iter().enumerate().map(|(place, field)| TableRow {
        cells: cells(l, field),
        fresh: false,
        chosen: Signal::derive(move || chosen.get() == Some(place)),
    });
    let rows = rows.collect();
    let head = |text: &'static str| (text.to_owned(), text.into_any());
    let heads = vec![
        head(td_string!(l, insp.th_field)),
        head(td_string!(l, insp.th_bytes)),
        head(td_string!(l, insp.th_says)),
        head(td_string!(l, insp.th_law)),
    ];
    let fields = StoredValue::new(fields);
    let sentence = move || {
        let place = chosen.get()?;
        fields.with_value(|fields| fields.get(place).map(|field| spoken(l, field)))
    };
    view! {
        <Strip label=say!(l, insp.fields) fields=strip chosen/>
        <div class="insp-say" aria-live="polite">{sentence}</div>
        <details class="more"><summary>{td_string!(l, insp.table)}</summary>
            <DataTable class="insp-table" caption=td_string!(l, insp.table).into_any() heads rows/>
        </details>
    }
    .into_any()
}

fn strip_field(l: Locale, place: usize, field: &Field) -> StripField {
    let size = field.bytes.len();
    let rest = size.checked_sub(STRIP).filter(|rest| *rest > 0);
    StripField {
        place,
        name: field::name(l, field.name).0.to_owned(),
        letter: field.kind.map(|kind| kind.letter()),
        class: class(field),
        bytes: field.bytes.iter().take(STRIP).map(|byte| byte_hex(*byte)).collect(),
        rest: rest.map(|rest| say!(l, insp.more_bytes, n = words::count(l, rest))),
        size: size_of(l, size),
    }
}

fn spoken(l: Locale, field: &Field) -> impl IntoView + use<> {
    let (name, sentence) = field::name(l, field.name);
    let letter = field.kind.map(|kind| {
        view! { <span class=format!("key {}", kind.class())>{kind.letter().to_string()}</span>" " }
    });
    let said = field::value(l, field);
    view! { <p>{letter}<strong>{name}", "{size_of(l, field.bytes.len())}". "</strong>{sentence}" "<span class="nowrap soft">"("{said}")"</span></p> }
}

fn cells(l: Locale, field: &Field) -> Vec<AnyView> {
    let name = field::name(l, field.name).0;
    let letter = field.kind.map(|kind| view! { <span class="key">{kind.letter().to_string()}</span> });
    let shown = hex(field.bytes.get(..STRIP).unwrap_or(&field.bytes));
    let more = (field.bytes.len() > STRIP).then_some("…");
    vec![
        view! { <span class=format!("cellkey {}", class(field))>{letter}{name}</span> }.into_any(),
        view! { <code>{shown}{more}</code>" "<span class="soft">{size_of(l, field.bytes.len())}</span> }
            .into_any(),
        field::value(l, field).into_any(),
        field::ground(l, field.ground).into_any(),
    ]
}

fn class(field: &Field) -> &'static str {
    field.kind.map_or("k-none", |kind| kind.class())
}

fn size_of(l: Locale, size: usize) -> String {
    match size {
        1 => say!(l, insp.size_1),
        size => say!(l, insp.size, n = words::count(l, size)),
    }
}

/// What the phone reads in its bundle, which nobody on the way can.
fn opened(l: Locale, message: &Message) -> impl IntoView + use<> {
    let bundle = message.bundle.clone();
    (!bundle.is_empty()).then(|| {
        let total = words::count(l, bundle.len());
        let rows = bundle.iter().take(OPENED).map(|own| TableRow {
            cells: vec![
                say!(l, value.epoch, n = own.epoch, when = words::date_and_hour(l, own.starts))
                    .into_any(),
                view! { <code>{hex(&own.ebid)}</code> }.into_any(),
                view! { <code>{byte_hex(own.ecc)}</code> }.into_any(),
            ],
            fresh: false,
            chosen: false.into(),
        });
        let rows = rows.collect();
        let head = |text: &'static str| (text.to_owned(), text.into_any());
        let heads = vec![
            head(td_string!(l, field.epoch)),
            head(td_string!(l, field.pseudonym)),
            head(td_string!(l, field.country)),
        ];
        view! {
            <details class="more"><summary>{td_string!(l, insp.open)}</summary>
                <DataTable caption=say!(l, insp.opened, n = total).into_any() heads rows/>
            </details>
        }
    })
}

/// The bytes as they passed.
fn raw(l: Locale, message: &Message) -> impl IntoView + use<> {
    let bytes = &message.bytes;
    let text = match (core::str::from_utf8(bytes), message.way) {
        (Ok(text), Way::ToServer | Way::FromServer) => text.chars().take(RAW).collect(),
        _ => hex(bytes),
    };
    let total = words::count(l, bytes.len());
    let cut = (bytes.len() > RAW).then(|| say!(l, insp.raw_cut, n = total));
    (!text.is_empty()).then(|| {
        view! {
            <details class="more"><summary>{td_string!(l, insp.raw)}</summary>
                {cut.map(|cut| view! { <p class="small soft">{cut}</p> })}
                <p class="rawbytes"><code>{text}</code></p>
            </details>
        }
    })
}
