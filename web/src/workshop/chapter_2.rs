//! Chapter 2: Bluetooth, and the meeting in the shop.

mod plan;

use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::Person;
use workshop::radio::{self, LONGEST, Meeting, Prediction};
use workshop::story::{Chapter, Event, Follow, Step};

use super::bench::Bench;
use super::tell::{Telling, next_chapter};
use super::words::{self, say};
use crate::part::{Choice, El, Line, consent, el, group, more, set, tick_box};
use crate::texts::i18n::Locale;

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
        Line(td_string!(l, consent.leaves), say!(l, bluetooth.leaves)),
        Line(td_string!(l, consent.reads), say!(l, bluetooth.reads)),
        Line(td_string!(l, consent.stays), say!(l, bluetooth.stays)),
        Line(td_string!(l, consent.refuse), say!(l, bluetooth.refuse)),
    ];
    let choices = vec![
        Choice(say!(l, bluetooth.yes), Event::Accept),
        Choice(say!(l, bluetooth.no), Event::Refuse),
    ];
    let (who, ask) = (
        say!(l, consent.who, name = name),
        td_string!(l, bluetooth.ask),
    );
    Telling {
        title: say!(l, bluetooth.h1, name = name),
        text: vec![say!(l, bluetooth.text)],
        decision: consent(bench, Some(person), who, ask, lines, choices),
    }
}

/// Distance, duration, and what the server's own formula makes of them.
fn meeting(bench: Bench) -> Telling {
    let l = bench.locale();
    let meeting = bench.meeting;
    let distance = Range {
        name: "distance",
        label: td_string!(l, meeting.distance),
        hint: Some(td_string!(l, meeting.distance_hint)),
        bounds: (5, 50),
        read: |meeting| meeting.decimetres,
        write: |meeting, decimetres| meeting.decimetres = decimetres,
        words: metres,
    };
    let duration = Range {
        name: "duration",
        label: td_string!(l, meeting.duration),
        hint: None,
        bounds: (0, LONGEST),
        read: |meeting| meeting.minutes,
        write: |meeting, minutes| meeting.minutes = minutes,
        words: |l, meeting| say!(l, meeting.minutes, n = meeting.minutes),
    };
    let noise = tick_box(
        td_string!(l, meeting.noise),
        move || meeting.get().noise.is_some(),
        move |on| meeting.update(|meeting| meeting.noise = on.then_some(NOISE)),
    );
    let go = bench.button("btn alt", "", move || {
        bench.decide(Event::Meet(meeting.get_untracked()))
    });
    let go = go.slot(move || group().add(say!(l, meeting.go, n = meeting.get().minutes)));
    let no = bench.button("btn alt", td_string!(l, meeting.no), move || {
        bench.decide(Event::Refuse)
    });
    let why = more(td_string!(l, meeting.why))
        .add(el("p").class("small").add(td_string!(l, meeting.why_text)));
    let decision = el("section")
        .class("consent slip c-you")
        .attr("aria-label", td_string!(l, meeting.h1))
        .add(range(l, meeting, distance))
        .add(range(l, meeting, duration))
        .add(noise)
        .add(
            el("div")
                .attr("role", "status")
                .slot(move || verdict(bench, meeting.get())),
        )
        .add(el("div").class("btns equal").add(go).add(no))
        .add(why);
    Telling {
        title: say!(l, meeting.h1),
        text: vec![say!(l, meeting.text)],
        decision,
    }
}

/// A native range that speaks its value.
struct Range {
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    bounds: (u8, u8),
    read: fn(&Meeting) -> u8,
    write: fn(&mut Meeting, u8),
    words: fn(Locale, Meeting) -> String,
}

fn range(l: Locale, meeting: RwSignal<Meeting>, range: Range) -> El {
    let Range {
        name,
        label,
        hint,
        bounds,
        read,
        write,
        words,
    } = range;
    let hint_name = format!("{name}-hint");
    let set_value = move |event: leptos::ev::Event| {
        if let Ok(value) = event_target_value(&event).parse() {
            meeting.update(|meeting| write(meeting, value));
        }
    };
    let input = el("input")
        .attr("id", name)
        .attr("type", "range")
        .attr("min", &bounds.0.to_string())
        .attr("max", &bounds.1.to_string())
        .attr("value", &read(&meeting.get_untracked()).to_string())
        .attr_if("aria-describedby", hint.map(|_| hint_name.as_str()))
        .live(move |input| set(input, "aria-valuetext", Some(&words(l, meeting.get()))))
        .on("input", set_value);
    let output = el("output")
        .attr("for", name)
        .slot(move || group().add(words(l, meeting.get())));
    el("div")
        .class("field")
        .add(el("label").attr("for", name).add(label))
        .add(hint.map(|hint| el("p").class("hint").attr("id", &hint_name).add(hint)))
        .add(el("div").class("rg").add(input).add(output))
}

/// Seed of the noise: the same each time, so that what is predicted is what happens.
const NOISE: u32 = 2020;

/// The sentence: whether it would count, and why.
fn verdict(bench: Bench, meeting: Meeting) -> El {
    let l = bench.locale();
    let listening = bench.read(|story| {
        story
            .people
            .iter()
            .filter(|(_, person)| person.bluetooth == Some(true))
            .count()
    });
    let said = radio::predict(meeting, bench.meeting_start());
    let (counts, words) = if listening < 2 {
        (false, say!(l, meeting.say_deaf))
    } else {
        (said.at_risk, reason(l, meeting, &said))
    };
    let tag = if counts {
        td_string!(l, meeting.counts)
    } else {
        td_string!(l, meeting.not)
    };
    let class = if counts { "tag" } else { "tag plain" };
    el("p")
        .class("verdict")
        .add(el("span").class(class).add(tag))
        .add(" ")
        .add(words)
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
pub(super) fn shop(bench: Bench) -> El {
    let l = bench.locale();
    let plan = move || match bench.place().step {
        Step::Meeting => el("section")
            .class("shop")
            .attr("aria-labelledby", "shop")
            .add(
                el("h2")
                    .attr("id", "shop")
                    .class("vh")
                    .add(td_string!(l, meeting.plan_title)),
            )
            .add(plan::plan(l, bench.meeting)),
        _ => group(),
    };
    group().slot(plan)
}

fn end(bench: Bench) -> Telling {
    let l = bench.locale();
    let (title, text) = match bench.read(|story| (story.follows, story.meeting)) {
        (_, Some(met)) if met.heard > 0 => {
            let n = words::count(l, met.heard as usize);
            (
                say!(l, meeting.end_met),
                say!(l, meeting.end_met_text, n = n),
            )
        }
        (Follow::NoMeeting, _) | (_, None) => {
            (say!(l, meeting.end_none), say!(l, meeting.end_none_text))
        }
        _ => (
            say!(l, meeting.end_silent),
            say!(l, meeting.end_silent_text),
        ),
    };
    Telling {
        title,
        text: vec![text],
        decision: next_chapter(bench, Chapter::Warn),
    }
}
