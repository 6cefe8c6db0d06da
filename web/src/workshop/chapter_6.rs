//! Chapter 6: what is left, the end of the trial server, and what the visitor decided.

use decree::article_2::Onset;
use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::story::{Chapter, Decision, Event, Realm, Step, Story};

use super::bench::Bench;
use super::tell::{Telling, choice};
use super::words::{self, say};
use crate::part::{Consent, DataTable, Line, TableRow};
use crate::texts::i18n::Locale;

pub(super) fn tell(bench: Bench, step: Step) -> Telling {
    if step == Step::Erase { erase(bench) } else { end(bench) }
}

fn erase(bench: Bench) -> Telling {
    let l = bench.locale();
    let expires = bench.read(|story| match story.realm {
        Realm::Open { expires_at, .. } => words::local_hour(l, expires_at),
        _ => String::new(),
    });
    let lines = vec![
        Line { term: say!(l, consent.leaves), text: say!(l, erase.leaves) },
        Line { term: say!(l, consent.stays), text: say!(l, erase.stays) },
        Line { term: say!(l, erase.otherwise), text: say!(l, erase.refuse, hour = expires) },
    ];
    let choices = vec![
        choice(bench, say!(l, erase.yes), Event::Accept),
        choice(bench, say!(l, erase.no), Event::Refuse),
    ];
    let (who, ask) = (say!(l, notices.who), say!(l, erase.ask));
    Telling {
        title: say!(l, erase.h1),
        text: vec![say!(l, erase.text)],
        decision: view! { <Consent person=None who ask lines choices busy=bench.busy()/> }
            .into_any(),
    }
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let ended = bench.read(|story| story.realm == Realm::Ended);
    let title = if ended { say!(l, end.h1_erased) } else { say!(l, end.h1_left) };
    let rows = bench.read(|story| decisions(l, story));
    let table_rows = rows
        .iter()
        .map(|(what, answer)| TableRow {
            cells: vec![what.clone().into_any(), answer.clone().into_any()],
            fresh: false,
            chosen: false.into(),
        })
        .collect();
    let heads = vec![
        (say!(l, end.decision), say!(l, end.decision).into_any()),
        (say!(l, end.answer), say!(l, end.answer).into_any()),
    ];
    let kept = super::download::link(bench, rows);
    let decision = view! {
        <DataTable caption=say!(l, end.h2).into_any() heads rows=table_rows/>
        <p>{kept}</p>
        <div class="btns equal">
            <button type="button" class="btn alt" on:click=move |_| bench.replay(Chapter::Install)>
                {td_string!(l, end.again)}
            </button>
            <button type="button" class="btn alt" on:click=move |_| bench.refuse_everything()>
                {td_string!(l, end.refuse_all)}
            </button>
        </div>
    };
    Telling { title, text: vec![say!(l, end.text)], decision: decision.into_any() }
}

/// What was decided, and the answer, in words.
fn decisions(l: Locale, story: &Story) -> Vec<(String, String)> {
    story.log.iter().filter_map(|decision| words_of(l, decision)).collect()
}

fn words_of(l: Locale, decision: &Decision) -> Option<(String, String)> {
    let yes = || say!(l, end.accepted);
    let answer = match decision.event {
        Event::Accept => yes(),
        Event::Refuse => say!(l, end.refused),
        Event::Code(_) => yes(),
        Event::Meet(meeting) => {
            let metres = words::decimal(l, f64::from(meeting.decimetres) / 10.0, 1);
            say!(l, end.met, minutes = meeting.minutes, metres = metres)
        }
        Event::Onset(Onset::Known(day)) => words::short_date(l, day),
        Event::Onset(Onset::Unknown) => say!(l, end.unknown),
        Event::Ask(person) => return Some((say!(l, end.d_ask, name = words::name(person)), yes())),
        Event::Uninstall(person) => {
            return Some((say!(l, end.d_uninstall, name = words::name(person)), yes()));
        }
        Event::EraseExposures(person) => {
            return Some((say!(l, end.d_erase_exposures, name = words::name(person)), yes()));
        }
        Event::RegisterAgain(person) => {
            return Some((say!(l, end.d_install, name = words::name(person)), yes()));
        }
        Event::Continue | Event::Advance(_) | Event::GoTo(_) => return None,
    };
    let what = match decision.step {
        Step::Notices => say!(l, end.d_notices),
        Step::Install(person) => say!(l, end.d_install, name = words::name(person)),
        Step::Bluetooth(person) => say!(l, end.d_bluetooth, name = words::name(person)),
        Step::Meeting => say!(l, end.d_meeting),
        Step::TakeCode => say!(l, end.d_code),
        Step::Onset => say!(l, end.d_onset),
        Step::Send => say!(l, end.d_send),
        Step::Ask(person) => say!(l, end.d_ask, name = words::name(person)),
        Step::Erase => say!(l, end.d_erase),
        Step::Fortnight | Step::End(_) => return None,
    };
    Some((what, answer))
}
