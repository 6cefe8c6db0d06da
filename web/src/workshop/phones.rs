//! The three phones: what each owner sees, and what each phone keeps.

use decree::Moment;
use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::person::Person;
use limpide_web::workshop::engine::story::{App, Character, Event, Report, Story};

use super::bench::Bench;
use super::words::{self, say};
use crate::part::{Bust, Icon, Verre};
use crate::texts::i18n::Locale;

/// On a narrow screen three buttons and one open phone; else three phones.
#[component]
pub(super) fn Phones() -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let acted = bench.watch(acted);
    let acting = bench.watch(|story| story.step.person());
    Effect::new(move |_| {
        acting.track();
        bench.looking_at.set(None);
    });
    let shown = Memo::new(move |_| {
        bench.looking_at.get().or(acting.get()).or(acted.get()).unwrap_or(Person::Sylvie)
    });
    let tab = move |person: Person| {
        view! {
            <button
                type="button"
                class=words::class(person)
                aria-pressed=move || if shown.get() == person { "true" } else { "false" }
                on:click=move |_| bench.looking_at.set(Some(person))
            ><Bust person/>{words::name(person)}</button>
        }
    };
    view! {
        <section aria-labelledby="phones">
            <h2 id="phones" class="vh">{td_string!(l, phone.h2)}</h2>
            <div class="who-tabs" role="group" aria-label=td_string!(l, phone.tabs)>
                {Person::ALL.map(tab).collect_view()}
            </div>
            <div class="persons">
                {Person::ALL
                    .map(|person| view! { <Owner person shown acted/> })
                    .collect_view()}
            </div>
        </section>
    }
}

/// Whose decision was carried out last.
fn acted(story: &Story) -> Option<Person> {
    let last = story.log.last()?;
    match last.event {
        Event::Ask(person) | Event::Uninstall(person) | Event::EraseExposures(person) => {
            Some(person)
        }
        _ => last.step.person(),
    }
}

#[component]
fn Owner(person: Person, shown: Memo<Person>, acted: Memo<Option<Person>>) -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let character = bench.watch(move |story| story.people.of(person).clone());
    let sent = bench.watch(move |story| {
        person == Person::Johanna && matches!(story.report, Report::Accepted { .. })
    });
    let title = format!("phone-{}", words::class(person));
    let named = title.clone();
    let away = move || matches!(character.get().app, App::SetAside | App::Uninstalled);
    view! {
        <article
            class=format!("person {}", words::class(person))
            class:on=move || acted.get() == Some(person)
            class:shown=move || shown.get() == person
            class:away=away
            aria-labelledby=named
        >
            <header><Bust person/><div>
                <h3 id=title>{words::name(person)}</h3>
                <p class="small soft">{move || character.with(|character| status(l, character))}</p>
            </div></header>
            <div class="phone"><div class="screen">
                {move || character.with(|character| screen(l, character, sent.get()))}
            </div></div>
            <Keeps person character/>
        </article>
    }
}

/// Under the name.
fn status(l: Locale, character: &Character) -> String {
    match (character.app, character.answer) {
        (App::NotAsked, _) => say!(l, phone.not_asked),
        (App::SetAside, _) => say!(l, phone.aside),
        (App::Uninstalled, _) => say!(l, phone.uninstalled),
        (_, Some(answer)) => {
            say!(l, phone.asked, when = words::date_and_hour(l, answer.at))
        }
        _ => match character.bluetooth {
            None => say!(l, phone.installed),
            Some(true) => say!(l, phone.listening),
            Some(false) => say!(l, phone.silent),
        },
    }
}

/// What the owner sees, and nothing else.
fn screen(l: Locale, character: &Character, sent: bool) -> AnyView {
    let at_risk = character.answer.map(|answer| answer.at_risk);
    let (icon, title, text) = match (character.app, at_risk, character.bluetooth) {
        (App::NotAsked, ..) => {
            (None, say!(l, phone.s_none), say!(l, phone.s_none_text))
        }
        (App::SetAside, ..) => (Some("none"), say!(l, phone.s_aside), say!(l, phone.s_aside_text)),
        (App::Uninstalled, ..) => (Some("none"), say!(l, phone.s_gone), say!(l, phone.s_gone_text)),
        (App::Unknown, ..) => (Some("warn"), say!(l, phone.s_unknown), say!(l, phone.s_unknown_text)),
        (App::Installed, Some(true), _) => {
            return view! {
                <p class="st alert">{td_string!(l, phone.s_risk)}</p>
                <p class="small">{td_string!(l, phone.s_risk_text)}</p>
                <p class="small">{td_string!(l, phone.s_risk_do)}</p>
            }
            .into_any();
        }
        (App::Installed, Some(false), _) => {
            (Some("check"), say!(l, phone.s_clear), say!(l, phone.s_clear_text))
        }
        (App::Installed, None, _) if sent => {
            (Some("check"), say!(l, phone.s_sent), say!(l, phone.s_sent_text))
        }
        (App::Installed, None, _) if character.declined_to_ask => {
            (Some("none"), say!(l, phone.s_unasked), say!(l, phone.s_unasked_text))
        }
        (App::Installed, None, None) => {
            (Some("check"), say!(l, phone.s_installed), say!(l, phone.s_installed_text))
        }
        (App::Installed, None, Some(true)) => {
            (Some("check"), say!(l, phone.s_listening), say!(l, phone.s_listening_text))
        }
        (App::Installed, None, Some(false)) => {
            (Some("none"), say!(l, phone.s_silent), say!(l, phone.s_silent_text))
        }
    };
    view! {
        <p class="st">{icon.map(|name| view! { <Icon name/> })}{title}</p>
        <p class="small">{text}</p>
    }
    .into_any()
}

/// Counts, each opening to rows; and what an owner may do at any time.
#[component]
fn Keeps(person: Person, character: Memo<Character>) -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let now = bench.watch(Story::now);
    let keeps = move || {
        character.with(|character| match &character.phone {
            Some(phone) => {
                let own = phone.pseudonyms_until.filter(|_| phone.pseudonyms > 0).map_or_else(
                    || say!(l, phone.k_own_none),
                    |until| say!(l, phone.k_own, date = words::short_date(l, until)),
                );
                let keys = if phone.keys { 2 } else { 0 };
                let now = now.get().unwrap_or(Moment::from_unix(0));
                let heard = phone.heard.iter().take(SHOWN).map(|heard| {
                    let days = days_left(now, heard.forgotten_at);
                    let n = heard.hellos;
                    let date = words::short_date(l, heard.forgotten_at);
                    view! {
                        <li class="left"><Verre days/><span><code>{hex(&heard.ebid)}</code>" "
                            <span class="soft">{say!(l, phone.k_row, n = n, date = date)}</span></span></li>
                    }
                });
                let more = phone.heard.len().saturating_sub(SHOWN);
                view! {
                    <ul>
                        <li><strong>{phone.pseudonyms}</strong>" "{own}</li>
                        <li><strong>{phone.heard.len()}</strong>" "{td_string!(l, phone.k_heard)}
                            <ul>{heard.collect_view()}
                                {(more > 0).then(|| view! { <li class="soft">{say!(l, phone.k_more, n = more)}</li> })}
                            </ul>
                        </li>
                        <li><strong>{keys}</strong>" "{td_string!(l, phone.k_keys)}</li>
                    </ul>
                }
                .into_any()
            }
            None => view! { <p>{td_string!(l, phone.k_nothing)}</p> }.into_any(),
        })
    };
    let installed = Memo::new(move |_| character.with(|character| character.app == App::Installed));
    let busy = bench.busy();
    let button = move |label: &'static str, full: String, event: Event| {
        view! {
            <button type="button" class="btn quiet" aria-label=full
                aria-disabled=move || busy.get().then_some("true")
                on:click=move |_| bench.decide(event)>{label}</button>
        }
    };
    let anytime = move || {
        installed.get().then(|| {
            let name = words::name(person);
            view! {
                <p class="eyebrow">{td_string!(l, phone.anytime)}</p>
                <div class="btns">
                    {button(td_string!(l, phone.ask_again), say!(l, phone.ask_again_of, name = name), Event::Ask(person))}
                    {button(td_string!(l, phone.erase), say!(l, phone.erase_of, name = name), Event::EraseExposures(person))}
                    {button(td_string!(l, phone.uninstall), say!(l, phone.uninstall_of, name = name), Event::Uninstall(person))}
                </div>
            }
        })
    };
    view! {
        <details class="more keeps"><summary>{td_string!(l, phone.keeps)}<span class="vh">" : "{words::name(person)}</span></summary>
            {keeps}
            {anytime}
        </details>
    }
}

/// How many rows are listed before « et 12 autres ».
const SHOWN: usize = 6;

/// Whole days until then, rounded up.
pub(super) fn days_left(now: Moment, then: Moment) -> u8 {
    let seconds = then.unix().saturating_sub(now.unix());
    u8::try_from(seconds.div_ceil(24 * 60 * 60)).unwrap_or(u8::MAX)
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push_str(&byte_hex(*byte));
    }
    text
}

/// Two digits.
pub(super) fn byte_hex(byte: u8) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    [digit(byte >> 4), digit(byte & 15)].into_iter().collect()
}
