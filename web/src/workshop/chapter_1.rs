//! Chapter 1: the notices of Article 4, and three installations.

use workshop::Person;
use workshop::story::{App, Chapter, Event, Step};

use leptos_i18n::td_string;

use super::bench::Bench;
use super::tell::{Telling, next_chapter};
use super::words::{self, say};
use crate::part::{Choice, Line, consent};

pub(super) fn tell(bench: Bench, step: Step) -> Telling {
    match step {
        Step::Install(person) => install(bench, person),
        Step::End(_) => end(bench),
        _ => notices(bench),
    }
}

fn notices(bench: Bench) -> Telling {
    let l = bench.locale();
    let lines = vec![
        Line(td_string!(l, notices.kept), say!(l, notices.kept_text)),
        Line(td_string!(l, notices.link), say!(l, notices.link_text)),
        Line(td_string!(l, notices.warn), say!(l, notices.warn_text)),
        Line(td_string!(l, notices.rights), say!(l, notices.rights_text)),
    ];
    let choices = vec![
        Choice(say!(l, notices.yes), Event::Accept),
        Choice(say!(l, notices.no), Event::Refuse),
    ];
    let (who, ask) = (say!(l, notices.who), td_string!(l, notices.ask));
    Telling {
        title: say!(l, notices.h1),
        text: vec![say!(l, notices.text)],
        decision: consent(bench, None, who, ask, lines, choices),
    }
}

fn install(bench: Bench, person: Person) -> Telling {
    let l = bench.locale();
    let name = words::name(person);
    let text = match person {
        Person::Sylvie => say!(l, install.text_sylvie),
        Person::Justin => say!(l, install.text_justin),
        Person::Johanna => say!(l, install.text_johanna),
    };
    let lines = vec![
        Line(td_string!(l, consent.leaves), say!(l, install.leaves)),
        Line(td_string!(l, consent.reads), say!(l, install.reads)),
        Line(td_string!(l, consent.stays), say!(l, install.stays)),
        Line(td_string!(l, consent.refuse), say!(l, install.refuse)),
    ];
    let choices = vec![
        Choice(say!(l, install.yes), Event::Accept),
        Choice(say!(l, install.no), Event::Refuse),
    ];
    let (who, ask) = (
        say!(l, consent.who, name = name),
        td_string!(l, install.ask),
    );
    Telling {
        title: say!(l, install.h1, name = name),
        text: vec![text],
        decision: consent(bench, Some(person), who, ask, lines, choices),
    }
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let installed = bench.read(|story| {
        story
            .people
            .iter()
            .any(|(_, person)| person.app == App::Installed)
    });
    let (title, text) = if installed {
        (say!(l, install.end_some), say!(l, install.end_some_text))
    } else {
        (say!(l, install.end_none), say!(l, install.end_none_text))
    };
    Telling {
        title,
        text: vec![text],
        decision: next_chapter(bench, Chapter::Meet),
    }
}
