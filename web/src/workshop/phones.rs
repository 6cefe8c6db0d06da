//! The three phones: what each owner sees, and what each phone keeps.

use decree::Moment;
use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::Person;
use workshop::story::{App, Character, Event, PhoneView, Report, Story};

use super::bench::{Bench, Facet};
use super::words::{self, say};
use crate::part::{El, bust, button, el, group, icon, set, verre};
use crate::texts::i18n::Locale;

/// On a narrow screen three buttons and one open phone; else three phones.
pub(super) fn phones(bench: Bench) -> El {
    let l = bench.locale();
    Effect::new(move |_| {
        bench.place();
        bench.looking_at.set(None);
    });
    let tabs: Vec<El> = Person::ALL
        .into_iter()
        .map(|person| tab(bench, person))
        .collect();
    let tabs = el("div")
        .class("who-tabs")
        .attr("role", "group")
        .attr("aria-label", td_string!(l, phone.tabs))
        .add(tabs);
    let owners: Vec<El> = Person::ALL
        .into_iter()
        .map(|person| owner(bench, person))
        .collect();
    el("section")
        .attr("aria-labelledby", "phones")
        .add(
            el("h2")
                .attr("id", "phones")
                .class("vh")
                .add(td_string!(l, phone.h2)),
        )
        .add(tabs)
        .add(el("div").class("persons").add(owners))
}

fn tab(bench: Bench, person: Person) -> El {
    button(words::class(person), "", move || {
        bench.looking_at.set(Some(person))
    })
    .live(move |tab| {
        let pressed = if shown(bench) == person {
            "true"
        } else {
            "false"
        };
        set(tab, "aria-pressed", Some(pressed));
    })
    .add(bust(person))
    .add(words::name(person))
}

/// Whose phone is open on a narrow screen: the one chosen, the one who decides, or the one who acted last.
fn shown(bench: Bench) -> Person {
    let deciding = bench.place().step.person();
    let chosen = bench.looking_at.get().or(deciding);
    chosen
        .or_else(|| bench.read(acted))
        .unwrap_or(Person::Sylvie)
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

fn owner(bench: Bench, person: Person) -> El {
    let l = bench.locale();
    let character = move |read: &dyn Fn(&Character, bool) -> El| {
        bench.follow(Facet::People);
        bench.read(|story| {
            let sent = person == Person::Johanna && matches!(story.report, Report::Accepted { .. });
            read(story.people.of(person), sent)
        })
    };
    let title = format!("phone-{}", words::class(person));
    let status = el("p")
        .class("small soft")
        .slot(move || character(&|character, _| group().add(status(l, character))));
    let head = el("header").add(bust(person)).add(
        el("div")
            .add(el("h3").attr("id", &title).add(words::name(person)))
            .add(status),
    );
    let screen = el("div")
        .class("screen")
        .slot(move || character(&|character, sent| screen(l, character, sent)));
    el("article")
        .live(move |article| {
            bench.follow(Facet::People);
            bench.place();
            let app = bench.read(|story| story.people.of(person).app);
            let mut class = format!("person {}", words::class(person));
            if bench.read(acted) == Some(person) {
                class.push_str(" on");
            }
            if shown(bench) == person {
                class.push_str(" shown");
            }
            if matches!(app, App::SetAside | App::Uninstalled) {
                class.push_str(" away");
            }
            set(article, "class", Some(&class));
        })
        .attr("aria-labelledby", &title)
        .add(head)
        .add(el("div").class("phone").add(screen))
        .add(keeps(bench, person))
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
fn screen(l: Locale, character: &Character, sent: bool) -> El {
    let at_risk = character.answer.map(|answer| answer.at_risk);
    let (name, title, text) = match (character.app, at_risk, character.bluetooth) {
        (App::NotAsked, ..) => (None, say!(l, phone.s_none), say!(l, phone.s_none_text)),
        (App::SetAside, ..) => (
            Some("none"),
            say!(l, phone.s_aside),
            say!(l, phone.s_aside_text),
        ),
        (App::Uninstalled, ..) => (
            Some("none"),
            say!(l, phone.s_gone),
            say!(l, phone.s_gone_text),
        ),
        (App::Unknown, ..) => (
            Some("warn"),
            say!(l, phone.s_unknown),
            say!(l, phone.s_unknown_text),
        ),
        (App::Installed, Some(true), _) => {
            return group()
                .add(el("p").class("st alert").add(td_string!(l, phone.s_risk)))
                .add(el("p").class("small").add(td_string!(l, phone.s_risk_text)))
                .add(el("p").class("small").add(td_string!(l, phone.s_risk_do)));
        }
        (App::Installed, Some(false), _) => (
            Some("check"),
            say!(l, phone.s_clear),
            say!(l, phone.s_clear_text),
        ),
        (App::Installed, None, _) if sent => (
            Some("check"),
            say!(l, phone.s_sent),
            say!(l, phone.s_sent_text),
        ),
        (App::Installed, None, _) if character.declined_to_ask => (
            Some("none"),
            say!(l, phone.s_unasked),
            say!(l, phone.s_unasked_text),
        ),
        (App::Installed, None, None) => (
            Some("check"),
            say!(l, phone.s_installed),
            say!(l, phone.s_installed_text),
        ),
        (App::Installed, None, Some(true)) => (
            Some("check"),
            say!(l, phone.s_listening),
            say!(l, phone.s_listening_text),
        ),
        (App::Installed, None, Some(false)) => (
            Some("none"),
            say!(l, phone.s_silent),
            say!(l, phone.s_silent_text),
        ),
    };
    group()
        .add(
            el("p")
                .class("st")
                .add(name.map(|name| icon(name, "")))
                .add(title),
        )
        .add(el("p").class("small").add(text))
}

/// Counts, each opening to rows; and what an owner may do at any time.
fn keeps(bench: Bench, person: Person) -> El {
    let l = bench.locale();
    let kept = move || {
        bench.follow(Facet::People);
        bench.follow(Facet::Clock);
        bench.read(|story| {
            let character = story.people.of(person);
            let now = story.now().unwrap_or(Moment::from_unix(0));
            let kept = match &character.phone {
                Some(phone) => kept(l, phone, now),
                None => el("p").add(td_string!(l, phone.k_nothing)),
            };
            let installed = character.app == App::Installed;
            group()
                .add(kept)
                .add(installed.then(|| anytime(bench, person)))
        })
    };
    let summary = el("summary")
        .add(td_string!(l, phone.keeps))
        .add(el("span").class("vh").add(" : ").add(words::name(person)));
    el("details")
        .class("more keeps")
        .add(summary)
        .add(el("div").slot(kept))
}

fn kept(l: Locale, phone: &PhoneView, now: Moment) -> El {
    let until = phone.pseudonyms_until.filter(|_| phone.pseudonyms > 0);
    let own = match until {
        Some(until) => say!(l, phone.k_own, date = words::short_date(l, until)),
        None => say!(l, phone.k_own_none),
    };
    let heard = phone.heard.iter().take(SHOWN).map(|heard| {
        let (n, date) = (heard.hellos, words::short_date(l, heard.forgotten_at));
        let words = el("span")
            .add(el("code").add(hex(&heard.ebid)))
            .add(" ")
            .add(
                el("span")
                    .class("soft")
                    .add(say!(l, phone.k_row, n = n, date = date)),
            );
        el("li")
            .class("left")
            .add(verre(days_left(now, heard.forgotten_at)))
            .add(words)
    });
    let heard: Vec<El> = heard.collect();
    let more = phone.heard.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| el("li").class("soft").add(say!(l, phone.k_more, n = more)));
    let line = |count: usize, words: &str| {
        el("li")
            .add(el("strong").add(count.to_string()))
            .add(" ")
            .add(words)
    };
    el("ul")
        .add(line(phone.pseudonyms, &own))
        .add(
            line(phone.heard.len(), td_string!(l, phone.k_heard))
                .add((!heard.is_empty()).then(|| el("ul").add(heard).add(more))),
        )
        .add(line(
            if phone.keys { 2 } else { 0 },
            td_string!(l, phone.k_keys),
        ))
}

fn anytime(bench: Bench, person: Person) -> El {
    let l = bench.locale();
    let name = words::name(person);
    let act = |id: &str, label: &str, full: String, event: Event| {
        bench
            .button("btn quiet", label, move || bench.decide(event))
            .attr("id", &format!("{id}-{name}"))
            .attr("aria-label", &full)
    };
    let buttons = el("div")
        .class("btns")
        .add(act(
            "ask",
            td_string!(l, phone.ask_again),
            say!(l, phone.ask_again_of, name = name),
            Event::Ask(person),
        ))
        .add(act(
            "erase",
            td_string!(l, phone.erase),
            say!(l, phone.erase_of, name = name),
            Event::EraseExposures(person),
        ))
        .add(act(
            "uninstall",
            td_string!(l, phone.uninstall),
            say!(l, phone.uninstall_of, name = name),
            Event::Uninstall(person),
        ));
    group()
        .add(el("p").class("eyebrow").add(td_string!(l, phone.anytime)))
        .add(buttons)
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
