//! Chapter 4: two questions, and one bit.

use leptos_i18n::td_string;
use workshop::Person;
use workshop::message::{Message, MessageKind};
use workshop::story::{App, Chapter, Event, Step, Story};

use super::bench::{Bench, Facet};
use super::tell::{Telling, next_chapter};
use super::words::{self, say};
use crate::part::{Choice, El, Line, consent, el, group};
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
        Line(td_string!(l, consent.leaves), say!(l, ask.leaves)),
        Line(td_string!(l, consent.reads), say!(l, ask.reads)),
        Line(td_string!(l, consent.stays), say!(l, ask.stays)),
        Line(td_string!(l, consent.refuse), say!(l, ask.refuse)),
    ];
    let choices = vec![
        Choice(say!(l, ask.yes), Event::Accept),
        Choice(say!(l, ask.no), Event::Refuse),
    ];
    let (who, ask) = (say!(l, consent.who, name = name), td_string!(l, ask.ask));
    Telling {
        title: say!(l, ask.h1, name = name),
        text: vec![say!(l, ask.text)],
        decision: consent(bench, Some(person), who, ask, lines, choices),
    }
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let answers: Vec<bool> = bench.read(|story| {
        story
            .people
            .iter()
            .filter_map(|(_, person)| Some(person.answer?.at_risk))
            .collect()
    });
    let (title, text) = if answers.contains(&true) {
        (say!(l, ask.end_risk), say!(l, ask.end_risk_text))
    } else if answers.is_empty() {
        (say!(l, ask.end_none), say!(l, ask.end_none_text))
    } else {
        (say!(l, ask.end_clear), say!(l, ask.end_clear_text))
    };
    Telling {
        title,
        text: vec![text],
        decision: next_chapter(bench, Chapter::Fortnight),
    }
}

/// Two replies under one another, and the one figure in which they differ.
pub(super) fn one_bit(bench: Bench) -> El {
    let pair = move || {
        bench.follow(Facet::Messages);
        let learning = bench.read(|story| story.step.chapter() == Chapter::Learn);
        match bench.read(replies).filter(|_| learning) {
            Some((first, second)) => section(bench, &first, &second),
            None => group(),
        }
    };
    group().slot(pair)
}

fn section(bench: Bench, first: &Answer, second: &Answer) -> El {
    let l = bench.locale();
    let can_compare = bench.read(|story| {
        let johanna = story.people.of(Person::Johanna);
        second.to.is_none() && johanna.app == App::Installed && johanna.answer.is_none()
    });
    let compare = can_compare.then(|| {
        let ask = move || bench.decide(Event::Ask(Person::Johanna));
        el("div")
            .class("btns")
            .add(bench.button("btn quiet", td_string!(l, bit.compare), ask))
    });
    el("section")
        .class("pair")
        .attr("aria-labelledby", "bit")
        .add(el("h2").attr("id", "bit").add(td_string!(l, bit.h2)))
        .add(el("p").add(td_string!(l, bit.text)))
        .add(answer(l, first))
        .add(answer(l, second))
        .add(compare)
        .add(el("p").class("small soft").add(td_string!(l, bit.limit)))
        .add(el("p").add(el("strong").add(td_string!(l, bit.guess))))
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
    let other = real
        .find(|answer| answer.figure != last.figure)
        .unwrap_or_else(|| {
            let figure = if last.figure == '0' { '4' } else { '0' };
            Answer {
                to: None,
                figure,
                ..last.clone()
            }
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

fn answer(l: Locale, answer: &Answer) -> El {
    const BEFORE: usize = 12;
    const AFTER: usize = 60;
    let to = match (answer.to, answer.figure) {
        (Some(person), _) => say!(l, bit.to, name = words::name(person)),
        (None, '0') => say!(l, bit.else_clear),
        (None, _) => say!(l, bit.else_risk),
    };
    let (class, tag) = match answer.to {
        Some(_) => ("tag plain", td_string!(l, bit.real)),
        None => ("tag", td_string!(l, bit.example)),
    };
    let (before, after) = answer.text.split_once(FIGURE).unwrap_or_default();
    let skipped = before.chars().count().saturating_sub(BEFORE);
    let before: String = before.chars().skip(skipped).collect();
    let after: String = after.chars().skip(1).take(AFTER).collect();
    let size = say!(l, pass.bytes, n = words::count(l, answer.size));
    let head = el("p")
        .class("small")
        .add(el("strong").add(to))
        .add(" ")
        .add(el("span").class("soft").add(size))
        .add(" ")
        .add(el("span").class(class).add(tag));
    let bytes = el("p")
        .class("anscode")
        .add(el("code").add(before).add(FIGURE))
        .add(el("mark").add(answer.figure.to_string()))
        .add(el("code").add(after).add("…"));
    el("div").class("ans").add(head).add(bytes)
}
