//! Chapter 1: the notices of Article 4, and three installations.

use limpide_web::workshop::engine::person::Person;
use limpide_web::workshop::engine::story::{App, Chapter, Event, Step};

use leptos::prelude::*;

use super::bench::Bench;
use super::tell::{Telling, choice, next_chapter};
use super::words::{self, say};
use crate::part::{Consent, Line};

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
        Line { term: say!(l, notices.kept), text: say!(l, notices.kept_text) },
        Line { term: say!(l, notices.link), text: say!(l, notices.link_text) },
        Line { term: say!(l, notices.warn), text: say!(l, notices.warn_text) },
        Line { term: say!(l, notices.rights), text: say!(l, notices.rights_text) },
    ];
    let choices = vec![
        choice(bench, say!(l, notices.yes), Event::Accept),
        choice(bench, say!(l, notices.no), Event::Refuse),
    ];
    let (who, ask) = (say!(l, notices.who), say!(l, notices.ask));
    Telling {
        title: say!(l, notices.h1),
        text: vec![say!(l, notices.text)],
        decision: view! { <Consent person=None who ask lines choices busy=bench.busy()/> }
            .into_any(),
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
        Line { term: say!(l, consent.leaves), text: say!(l, install.leaves) },
        Line { term: say!(l, consent.reads), text: say!(l, install.reads) },
        Line { term: say!(l, consent.stays), text: say!(l, install.stays) },
        Line { term: say!(l, consent.refuse), text: say!(l, install.refuse) },
    ];
    let choices = vec![
        choice(bench, say!(l, install.yes), Event::Accept),
        choice(bench, say!(l, install.no), Event::Refuse),
    ];
    let (who, ask) = (say!(l, consent.who, name = name), say!(l, install.ask));
    Telling {
        title: say!(l, install.h1, name = name),
        text: vec![text],
        decision: view! {
            <Consent person=Some(person) who ask lines choices busy=bench.busy()/>
        }
        .into_any(),
    }
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let installed =
        bench.read(|story| story.people.iter().any(|(_, person)| person.app == App::Installed));
    let (title, text) = if installed {
        (say!(l, install.end_some), say!(l, install.end_some_text))
    } else {
        (say!(l, install.end_none), say!(l, install.end_none_text))
    };
    Telling { title, text: vec![text], decision: next_chapter(bench, Chapter::Meet) }
}
