//! Chapter 6: what is left, the end of the trial server, and what the visitor decided.

use decree::article_2::Onset;
use leptos_i18n::td_string;
use workshop::story::{Chapter, Decision, Event, Realm, Step, Story};

use super::bench::{Act, Bench};
use super::download;
use super::tell::Telling;
use super::words::{self, say};
use crate::part::{Choice, Line, TableRow, consent, data_table, el, group};
use crate::texts::i18n::Locale;

pub(super) fn tell(bench: Bench, step: Step) -> Telling {
    if step == Step::Erase {
        erase(bench)
    } else {
        end(bench)
    }
}

fn erase(bench: Bench) -> Telling {
    let l = bench.locale();
    let expires = bench.read(|story| match story.realm {
        Realm::Open { expires_at, .. } => words::local_hour(l, expires_at),
        _ => String::new(),
    });
    let lines = vec![
        Line(td_string!(l, consent.leaves), say!(l, erase.leaves)),
        Line(td_string!(l, consent.stays), say!(l, erase.stays)),
        Line(
            td_string!(l, erase.otherwise),
            say!(l, erase.refuse, hour = expires),
        ),
    ];
    let choices = vec![
        Choice(say!(l, erase.yes), Event::Accept),
        Choice(say!(l, erase.no), Event::Refuse),
    ];
    let (who, ask) = (say!(l, notices.who), td_string!(l, erase.ask));
    Telling {
        title: say!(l, erase.h1),
        text: vec![say!(l, erase.text)],
        decision: consent(bench, None, who, ask, lines, choices),
    }
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let ended = bench.read(|story| story.realm == Realm::Ended);
    let title = if ended {
        say!(l, end.h1_erased)
    } else {
        say!(l, end.h1_left)
    };
    let decisions = bench.read(|story| decisions(l, story));
    let rows = decisions
        .iter()
        .map(|(what, answer)| TableRow {
            cells: vec![group().add(what.as_str()), group().add(answer.as_str())],
            fresh: false,
        })
        .collect();
    let heads = vec![(say!(l, end.decision), None), (say!(l, end.answer), None)];
    let table = data_table("", group().add(td_string!(l, end.h2)), heads, rows);
    let again = move || bench.act(Act::Replay(Chapter::Install));
    let again = bench.button("btn alt", td_string!(l, end.again), again);
    let refuse = bench.button("btn alt", td_string!(l, end.refuse_all), move || {
        bench.act(Act::RefuseEverything)
    });
    let decision = group()
        .add(table)
        .add(el("p").add(download::link(bench, decisions)))
        .add(el("div").class("btns equal").add(again).add(refuse));
    Telling {
        title,
        text: vec![say!(l, end.text)],
        decision,
    }
}

/// What was decided, and the answer, in words.
fn decisions(l: Locale, story: &Story) -> Vec<(String, String)> {
    story
        .log
        .iter()
        .filter_map(|decision| words_of(l, decision))
        .collect()
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
            return Some((
                say!(l, end.d_erase_exposures, name = words::name(person)),
                yes(),
            ));
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
