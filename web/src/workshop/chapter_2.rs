//! Chapter 2: Bluetooth, and the meeting in the shop.

mod plan;

use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::person::Person;
use limpide_web::workshop::engine::radio::{self, LONGEST, Meeting, Prediction};
use limpide_web::workshop::engine::story::{Chapter, Event, Follow, Step};

use super::bench::Bench;
use super::tell::{Telling, choice, next_chapter};
use super::words::{self, say};
use crate::part::{Consent, Line};
use crate::texts::i18n::Locale;
use plan::Plan;

pub(super) fn tell(bench: Bench, step: Step) -> Telling {
    match step {
        Step::Bluetooth(person) => bluetooth(bench, person),
        Step::Meeting => meeting(bench),
        _ => end(bench),
    }
}

fn bluetooth(bench: Bench, person: Person) -> Telling {
    let l = bench.locale();
    let name = words::name(person);
    let lines = vec![
        Line { term: say!(l, consent.leaves), text: say!(l, bluetooth.leaves) },
        Line { term: say!(l, consent.reads), text: say!(l, bluetooth.reads) },
        Line { term: say!(l, consent.stays), text: say!(l, bluetooth.stays) },
        Line { term: say!(l, consent.refuse), text: say!(l, bluetooth.refuse) },
    ];
    let choices = vec![
        choice(bench, say!(l, bluetooth.yes), Event::Accept),
        choice(bench, say!(l, bluetooth.no), Event::Refuse),
    ];
    let (who, ask) = (say!(l, consent.who, name = name), say!(l, bluetooth.ask));
    Telling {
        title: say!(l, bluetooth.h1, name = name),
        text: vec![say!(l, bluetooth.text)],
        decision: view! {
            <Consent person=Some(person) who ask lines choices busy=bench.busy()/>
        }
        .into_any(),
    }
}

/// Distance, duration, and what the server's own formula makes of them.
fn meeting(bench: Bench) -> Telling {
    let l = bench.locale();
    let busy = bench.busy();
    let meeting = bench.meeting;
    let set_distance = move |event| {
        if let Ok(decimetres) = event_target_value(&event).parse() {
            meeting.update(|meeting| meeting.decimetres = decimetres);
        }
    };
    let set_minutes = move |event| {
        if let Ok(minutes) = event_target_value(&event).parse() {
            meeting.update(|meeting| meeting.minutes = minutes);
        }
    };
    let set_noise = move |event| {
        let noise = event_target_checked(&event).then_some(NOISE);
        meeting.update(|meeting| meeting.noise = noise);
    };
    let distance = move || metres(l, meeting.get());
    let duration = move || say!(l, meeting.minutes, n = meeting.get().minutes);
    let go = move |_| bench.decide(Event::Meet(meeting.get_untracked()));
    let decision = view! {
        <section class="consent slip c-you" aria-labelledby="decision">
            <h2 id="decision" class="vh">{td_string!(l, meeting.h1)}</h2>
            <div class="field">
                <label for="distance">{td_string!(l, meeting.distance)}</label>
                <p class="hint" id="distance-hint">{td_string!(l, meeting.distance_hint)}</p>
                <div class="rg">
                    <input id="distance" type="range" min="5" max="50" aria-describedby="distance-hint"
                        prop:value=move || meeting.get().decimetres.to_string()
                        aria-valuetext=distance on:input=set_distance/>
                    <output for="distance">{distance}</output>
                </div>
            </div>
            <div class="field">
                <label for="duration">{td_string!(l, meeting.duration)}</label>
                <div class="rg">
                    <input id="duration" type="range" min="0" max=LONGEST.to_string()
                        prop:value=move || meeting.get().minutes.to_string()
                        aria-valuetext=duration on:input=set_minutes/>
                    <output for="duration">{duration}</output>
                </div>
            </div>
            <label class="tick"><input type="checkbox" prop:checked=move || meeting.get().noise.is_some()
                on:change=set_noise/>{td_string!(l, meeting.noise)}</label>
            <div role="status">{move || verdict(bench, meeting.get())}</div>
            <div class="btns equal">
                <button type="button" class="btn alt" aria-disabled=move || busy.get().then_some("true")
                    on:click=go>{move || say!(l, meeting.go, n = meeting.get().minutes)}</button>
                <button type="button" class="btn alt" aria-disabled=move || busy.get().then_some("true")
                    on:click=move |_| bench.decide(Event::Refuse)>{td_string!(l, meeting.no)}</button>
            </div>
            <details class="more">
                <summary>{td_string!(l, meeting.why)}</summary>
                <p class="small">{td_string!(l, meeting.why_text)}</p>
            </details>
        </section>
    };
    Telling {
        title: say!(l, meeting.h1),
        text: vec![say!(l, meeting.text)],
        decision: decision.into_any(),
    }
}

/// Seed of the noise: the same each time, so that what is predicted is what happens.
const NOISE: u32 = 2020;

/// The sentence: whether it would count, and why.
fn verdict(bench: Bench, meeting: Meeting) -> AnyView {
    let l = bench.locale();
    let listening = bench.read(|story| {
        story.people.iter().filter(|(_, person)| person.bluetooth == Some(true)).count()
    });
    let said = radio::predict(meeting, bench.meeting_start());
    let (counts, words) = if listening < 2 {
        (false, say!(l, meeting.say_deaf))
    } else {
        (said.at_risk, reason(l, meeting, &said))
    };
    let tag = if counts { td_string!(l, meeting.counts) } else { td_string!(l, meeting.not) };
    let class = if counts { "tag" } else { "tag plain" };
    view! { <p class="verdict"><span class=class>{tag}</span>" "{words}</p> }.into_any()
}

fn reason(l: Locale, meeting: Meeting, said: &Prediction) -> String {
    if meeting.minutes == 0 {
        return say!(l, meeting.say_none);
    }
    let sum = words::decimal(l, said.sum, 1);
    let threshold = words::decimal(l, said.threshold, 2);
    let d = words::decimal(l, f64::from(meeting.decimetres) / 10.0, 1);
    if said.at_risk {
        say!(l, meeting.say_counts, sum = sum, threshold = threshold)
    } else if said.sum > said.threshold - 1.0 {
        say!(l, meeting.say_just_under, sum = sum, threshold = threshold)
    } else if meeting.minutes > 15 {
        say!(l, meeting.say_far, sum = sum, threshold = threshold, d = d)
    } else {
        say!(l, meeting.say_short, sum = sum, threshold = threshold)
    }
}

fn metres(l: Locale, meeting: Meeting) -> String {
    let n = words::decimal(l, f64::from(meeting.decimetres) / 10.0, 1);
    say!(l, meeting.metres, n = n)
}

/// The plan of the shop, while they meet.
#[component]
pub(super) fn Shop() -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let step = bench.watch(|story| story.step);
    move || {
        (step.get() == Step::Meeting).then(|| {
            view! {
                <section class="shop" aria-labelledby="shop">
                    <h2 id="shop" class="vh">{td_string!(l, meeting.plan_title)}</h2>
                    <Plan meeting=bench.meeting/>
                </section>
            }
        })
    }
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let (title, text) = match bench.read(|story| (story.follows, story.meeting)) {
        (_, Some(met)) if met.heard > 0 => {
            let n = words::count(l, met.heard as usize);
            (say!(l, meeting.end_met), say!(l, meeting.end_met_text, n = n))
        }
        (Follow::NoMeeting, _) | (_, None) => {
            (say!(l, meeting.end_none), say!(l, meeting.end_none_text))
        }
        _ => (say!(l, meeting.end_silent), say!(l, meeting.end_silent_text)),
    };
    Telling { title, text: vec![text], decision: next_chapter(bench, Chapter::Warn) }
}
