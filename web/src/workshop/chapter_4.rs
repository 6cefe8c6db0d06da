//! Chapter 4: two questions, and one bit.

use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::message::{Message, MessageKind};
use limpide_web::workshop::engine::person::Person;
use limpide_web::workshop::engine::story::{App, Chapter, Event, Step, Story};

use super::bench::Bench;
use super::tell::{Telling, choice, next_chapter};
use super::words::{self, say};
use crate::part::{Consent, Line};
use crate::texts::i18n::Locale;

pub(super) fn tell(bench: Bench, step: Step) -> Telling {
    match step {
        Step::Ask(person) => ask(bench, person),
        _ => end(bench),
    }
}

fn ask(bench: Bench, person: Person) -> Telling {
    let l = bench.locale();
    let name = words::name(person);
    let lines = vec![
        Line { term: say!(l, consent.leaves), text: say!(l, ask.leaves) },
        Line { term: say!(l, consent.reads), text: say!(l, ask.reads) },
        Line { term: say!(l, consent.stays), text: say!(l, ask.stays) },
        Line { term: say!(l, consent.refuse), text: say!(l, ask.refuse) },
    ];
    let choices = vec![
        choice(bench, say!(l, ask.yes), Event::Accept),
        choice(bench, say!(l, ask.no), Event::Refuse),
    ];
    let (who, ask) = (say!(l, consent.who, name = name), say!(l, ask.ask));
    Telling {
        title: say!(l, ask.h1, name = name),
        text: vec![say!(l, ask.text)],
        decision: view! {
            <Consent person=Some(person) who ask lines choices busy=bench.busy()/>
        }
        .into_any(),
    }
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let answers: Vec<bool> = bench.read(|story| {
        story.people.iter().filter_map(|(_, person)| Some(person.answer?.at_risk)).collect()
    });
    let (title, text) = if answers.contains(&true) {
        (say!(l, ask.end_risk), say!(l, ask.end_risk_text))
    } else if answers.is_empty() {
        (say!(l, ask.end_none), say!(l, ask.end_none_text))
    } else {
        (say!(l, ask.end_clear), say!(l, ask.end_clear_text))
    };
    Telling { title, text: vec![text], decision: next_chapter(bench, Chapter::Fortnight) }
}

/// Two replies under one another, and the one figure in which they differ.
#[component]
pub(super) fn OneBit() -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let pair = bench.watch(|story| {
        (story.step.chapter() == Chapter::Learn).then(|| replies(story)).flatten()
    });
    let ask_johanna = bench.watch(|story| {
        let johanna = story.people.of(Person::Johanna);
        johanna.app == App::Installed && johanna.answer.is_none()
    });
    let busy = bench.busy();
    move || {
        pair.get().map(|(first, second)| {
            let compare = move || {
                ask_johanna.get().then(|| {
                    view! {
                        <div class="btns"><button type="button" class="btn quiet"
                            aria-disabled=move || busy.get().then_some("true")
                            on:click=move |_| bench.decide(Event::Ask(Person::Johanna))
                        >{td_string!(l, bit.compare)}</button></div>
                    }
                })
            };
            view! {
                <section class="pair" aria-labelledby="bit">
                    <h2 id="bit">{td_string!(l, bit.h2)}</h2>
                    <p>{td_string!(l, bit.text)}</p>
                    {answer(l, &first)}
                    {answer(l, &second)}
                    {compare}
                    <p class="small soft">{td_string!(l, bit.limit)}</p>
                    <p>{td_string!(l, bit.guess)}</p>
                </section>
            }
        })
    }
}

/// A reply: to whom (`None` for an example), and its text.
#[derive(Clone, PartialEq)]
struct Answer {
    to: Option<Person>,
    figure: char,
    text: String,
    size: usize,
}

/// The last real reply, and another with the other figure: real if there is one, else an example of the same length.
fn replies(story: &Story) -> Option<(Answer, Answer)> {
    let mut real = story
        .messages
        .iter()
        .rev()
        .filter(|message| message.kind == MessageKind::StatusReply)
        .filter_map(read);
    let last = real.next()?;
    let other = real.find(|answer| answer.figure != last.figure).unwrap_or_else(|| {
        let figure = if last.figure == '0' { '4' } else { '0' };
        Answer { to: None, figure, ..last.clone() }
    });
    Some((last, other))
}

const FIGURE: &str = "\"riskLevel\":";

fn read(message: &Message) -> Option<Answer> {
    let text = core::str::from_utf8(&message.bytes).ok()?;
    let figure = text.split_once(FIGURE)?.1.chars().next()?;
    Some(Answer {
        to: Some(message.person),
        figure,
        text: text.to_owned(),
        size: message.bytes.len(),
    })
}

fn answer(l: Locale, answer: &Answer) -> impl IntoView + use<> {
    const SHOWN: usize = 60;
    let to = match (answer.to, answer.figure) {
        (Some(person), _) => say!(l, bit.to, name = words::name(person)),
        (None, '0') => say!(l, bit.else_clear),
        (None, _) => say!(l, bit.else_risk),
    };
    let tag = if answer.to.is_some() { td_string!(l, bit.real) } else { td_string!(l, bit.example) };
    let class = if answer.to.is_some() { "tag plain" } else { "tag" };
    let (before, after) = answer.text.split_once(FIGURE).unwrap_or_default();
    let shorten = |text: &str| text.chars().take(SHOWN).collect::<String>();
    let start: String = before.chars().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect();
    let size = say!(l, pass.bytes, n = words::count(l, answer.size));
    view! {
        <div class="ans">
            <p class="small"><strong>{to}</strong>" "<span class="soft">{size}</span>" "<span class=class>{tag}</span></p>
            <p class="anscode"><code>{start}{FIGURE}</code><mark>{answer.figure.to_string()}</mark><code>{shorten(after.get(1..).unwrap_or_default())}"…"</code></p>
        </div>
    }
}
