//! Chapter 3: the code, the onset of symptoms, the report.

use decree::article_2::Onset;
use leptos::prelude::*;
use limpide_web::workshop::engine::person::Person;
use limpide_web::workshop::engine::story::{Chapter, CodeKind, Event, Report, Step};

use super::bench::Bench;
use super::tell::{Telling, choice, next_chapter};
use super::words::{self, say};
use crate::part::{Choice, Consent, Line};

pub(super) fn tell(bench: Bench, step: Step) -> Telling {
    match step {
        Step::TakeCode => take_code(bench),
        Step::Onset => onset(bench),
        Step::Send => send(bench),
        _ => end(bench),
    }
}

fn take_code(bench: Bench) -> Telling {
    let l = bench.locale();
    let lines = vec![
        Line { term: say!(l, consent.leaves), text: say!(l, code.leaves) },
        Line { term: say!(l, consent.reads), text: say!(l, code.reads) },
        Line { term: say!(l, consent.stays), text: say!(l, code.stays) },
        Line { term: say!(l, consent.refuse), text: say!(l, code.refuse) },
    ];
    let choices = vec![
        choice(bench, say!(l, code.long), Event::Code(CodeKind::Long)),
        choice(bench, say!(l, code.short), Event::Code(CodeKind::Short)),
        choice(bench, say!(l, code.no), Event::Refuse),
    ];
    Telling {
        title: say!(l, code.h1),
        text: vec![say!(l, code.text)],
        decision: card(bench, say!(l, code.ask), lines, choices),
    }
}

fn onset(bench: Bench) -> Telling {
    let l = bench.locale();
    let lines = vec![
        Line { term: say!(l, consent.leaves), text: say!(l, onset.leaves) },
        Line { term: say!(l, consent.refuse), text: say!(l, onset.refuse) },
    ];
    let days = bench.read(|story| story.onset_choices());
    let known = days.into_iter().filter_map(|onset| match onset {
        Onset::Known(day) => {
            Some(choice(bench, words::short_date(l, day), Event::Onset(onset)))
        }
        Onset::Unknown => None,
    });
    let unknown = choice(bench, say!(l, onset.unknown), Event::Onset(Onset::Unknown));
    Telling {
        title: say!(l, onset.h1),
        text: vec![say!(l, onset.text)],
        decision: card(bench, say!(l, onset.ask), lines, known.chain([unknown]).collect()),
    }
}

fn send(bench: Bench) -> Telling {
    let l = bench.locale();
    let report = bench.read(|story| story.report);
    let lines = vec![
        Line { term: say!(l, consent.leaves), text: say!(l, send.leaves) },
        Line { term: say!(l, consent.reads), text: say!(l, send.reads) },
        Line { term: say!(l, consent.stays), text: say!(l, send.stays) },
        Line { term: say!(l, consent.know), text: say!(l, send.know) },
        Line { term: say!(l, consent.refuse), text: say!(l, send.refuse) },
    ];
    let keep = choice(bench, say!(l, send.no), Event::Refuse);
    let (title, text, choices) = match report {
        Report::CodeRefused => (
            say!(l, send.refused_h1),
            say!(l, send.refused_text),
            vec![
                choice(bench, say!(l, code.again_long), Event::Code(CodeKind::Long)),
                choice(bench, say!(l, code.again_short), Event::Code(CodeKind::Short)),
                keep,
            ],
        ),
        Report::AnswerUnknown => (
            say!(l, send.unknown_h1),
            say!(l, send.unknown_text),
            vec![choice(bench, say!(l, send.again), Event::Accept), keep],
        ),
        _ => (
            say!(l, send.h1),
            say!(l, send.text),
            vec![choice(bench, say!(l, send.yes), Event::Accept), keep],
        ),
    };
    let code = bench.read(|story| story.code.as_ref().map(|code| code.text.clone()));
    let code = code.map(|code| say!(l, send.code, code = code));
    Telling {
        title,
        text: [Some(text), code].into_iter().flatten().collect(),
        decision: card(bench, say!(l, send.ask), lines, choices),
    }
}

fn card(bench: Bench, ask: String, lines: Vec<Line>, choices: Vec<Choice>) -> AnyView {
    let person = Person::Johanna;
    let who = say!(bench.locale(), consent.who, name = words::name(person));
    view! { <Consent person=Some(person) who ask lines choices busy=bench.busy()/> }.into_any()
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let (report, coded) = bench.read(|story| (story.report, story.code.is_some()));
    let (title, text) = match report {
        Report::Accepted { contacts, hellos, .. } => {
            let (contacts, hellos) = (words::count(l, contacts), words::count(l, hellos));
            (say!(l, send.end), vec![say!(l, send.end_text, contacts = contacts, hellos = hellos)])
        }
        Report::Kept => {
            let mut text = vec![say!(l, send.end_kept_text)];
            if coded {
                text.push(say!(l, send.end_kept_code));
            }
            (say!(l, send.end_kept), text)
        }
        _ => (say!(l, send.end_nophone), vec![say!(l, send.end_nophone_text)]),
    };
    Telling { title, text, decision: next_chapter(bench, Chapter::Learn) }
}
