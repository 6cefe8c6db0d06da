//! Chapter 3: the code, the onset of symptoms, the report.

use decree::article_2::Onset;
use leptos_i18n::td_string;
use workshop::Person;
use workshop::story::{Chapter, CodeKind, Drafted, Event, Fate, Report, Step};

use super::bench::Bench;
use super::tell::{Telling, next_chapter};
use super::words::{self, say};
use crate::part::{Choice, El, Line, consent};
use crate::texts::i18n::Locale;

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
        Line(td_string!(l, consent.leaves), say!(l, code.leaves)),
        Line(td_string!(l, consent.reads), say!(l, code.reads)),
        Line(td_string!(l, consent.stays), say!(l, code.stays)),
        Line(td_string!(l, consent.refuse), say!(l, code.refuse)),
    ];
    let choices = vec![
        Choice(say!(l, code.long), Event::Code(CodeKind::Long)),
        Choice(say!(l, code.short), Event::Code(CodeKind::Short)),
        Choice(say!(l, code.no), Event::Refuse),
    ];
    Telling {
        title: say!(l, code.h1),
        text: vec![say!(l, code.text)],
        decision: card(bench, td_string!(l, code.ask), lines, choices),
    }
}

fn onset(bench: Bench) -> Telling {
    let l = bench.locale();
    let lines = vec![
        Line(td_string!(l, consent.leaves), say!(l, onset.leaves)),
        Line(td_string!(l, consent.refuse), say!(l, onset.refuse)),
    ];
    let days = bench.read(|story| story.onset_choices());
    let known = days.into_iter().filter_map(|onset| match onset {
        Onset::Known(day) => Some(Choice(words::short_date(l, day), Event::Onset(onset))),
        Onset::Unknown => None,
    });
    let unknown = Choice(say!(l, onset.unknown), Event::Onset(Onset::Unknown));
    Telling {
        title: say!(l, onset.h1),
        text: vec![say!(l, onset.text)],
        decision: card(
            bench,
            td_string!(l, onset.ask),
            lines,
            known.chain([unknown]).collect(),
        ),
    }
}

fn send(bench: Bench) -> Telling {
    let l = bench.locale();
    let report = bench.read(|story| story.report);
    let lines = vec![
        Line(td_string!(l, consent.leaves), say!(l, send.leaves)),
        Line(td_string!(l, consent.reads), say!(l, send.reads)),
        Line(td_string!(l, consent.stays), say!(l, send.stays)),
        Line(td_string!(l, consent.know), say!(l, send.know)),
        Line(td_string!(l, consent.refuse), say!(l, send.refuse)),
    ];
    let keep = Choice(say!(l, send.no), Event::Refuse);
    let (title, text, choices) = match report {
        Report::CodeRefused => (
            say!(l, send.refused_h1),
            say!(l, send.refused_text),
            vec![
                Choice(say!(l, code.again_long), Event::Code(CodeKind::Long)),
                Choice(say!(l, code.again_short), Event::Code(CodeKind::Short)),
                keep,
            ],
        ),
        Report::AnswerUnknown => (
            say!(l, send.unknown_h1),
            say!(l, send.unknown_text),
            vec![Choice(say!(l, send.again), Event::Accept), keep],
        ),
        _ => (
            say!(l, send.h1),
            say!(l, send.text),
            vec![Choice(say!(l, send.yes), Event::Accept), keep],
        ),
    };
    let draft = bench.read(|story| draft(l, &story.draft));
    Telling {
        title,
        text: vec![text, draft],
        decision: card(bench, td_string!(l, send.ask), lines, choices),
    }
}

/// What the phone's filter and the window of Article 2 let leave.
fn draft(l: Locale, draft: &[Drafted]) -> String {
    let leaving = || draft.iter().filter(|drafted| drafted.fate == Fate::Leaves);
    let hellos: usize = leaving().map(|drafted| drafted.hellos).sum();
    match leaving().count() {
        0 => say!(l, send.draft_none),
        kept => say!(
            l,
            send.draft,
            kept = kept,
            total = draft.len(),
            hellos = hellos
        ),
    }
}

fn card(bench: Bench, ask: &str, lines: Vec<Line>, choices: Vec<Choice>) -> El {
    let person = Person::Johanna;
    let who = say!(bench.locale(), consent.who, name = words::name(person));
    consent(bench, Some(person), who, ask, lines, choices)
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let (report, coded) = bench.read(|story| (story.report, story.code.is_some()));
    let (title, text) = match report {
        Report::Accepted {
            contacts, hellos, ..
        } => {
            let (contacts, hellos) = (words::count(l, contacts), words::count(l, hellos));
            (
                say!(l, send.end),
                vec![say!(l, send.end_text, contacts = contacts, hellos = hellos)],
            )
        }
        Report::Kept => {
            let mut text = vec![say!(l, send.end_kept_text)];
            if coded {
                text.push(say!(l, send.end_kept_code));
            }
            (say!(l, send.end_kept), text)
        }
        _ => (
            say!(l, send.end_nophone),
            vec![say!(l, send.end_nophone_text)],
        ),
    };
    Telling {
        title,
        text,
        decision: next_chapter(bench, Chapter::Learn),
    }
}
