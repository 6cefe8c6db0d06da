//! Where the story stands: a title, a few sentences, and the decision to take.

use leptos::html::H1;
use leptos::prelude::*;
use leptos_i18n::td_string;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use limpide_web::workshop::engine::story::{Chapter, Event, Realm, Report, Step, Story};

use super::bench::Bench;
use super::words::{self, say};
use super::{chapter_1, chapter_2, chapter_3, chapter_4, chapter_5, chapter_6, follow, frame};
use super::trouble::Setback;
use crate::part::Choice;

/// What a step says, and what it asks.
pub(super) struct Telling {
    /// The title of the step.
    pub(super) title: String,
    /// A few sentences.
    pub(super) text: Vec<String>,
    /// The decision card, or the way on.
    pub(super) decision: AnyView,
}

/// The left column.
#[component]
pub(super) fn Tell() -> impl IntoView {
    let bench = Bench::of_context();
    let title = NodeRef::<H1>::new();
    frame::use_focus(bench, title);
    let asked = frame::asked();
    let place = bench.watch(Place::of);
    // While a decision is carried out the card keeps its place: nothing is built again.
    let still = Memo::new(move |before: Option<&Place>| {
        let place = place.get();
        before.filter(|_| place.busy).copied().unwrap_or(place)
    });
    let shown = move || {
        let place = still.get();
        let past = asked.get().filter(|chapter| *chapter < place.step.chapter());
        match past {
            Some(chapter) => replay(bench, chapter, title),
            None => step(bench, place.step, title),
        }
    };
    view! { <div class="tell">{shown}<Setback/><TimeLeft/></div> }
}

/// What the left column depends on.
#[derive(Clone, Copy, PartialEq)]
struct Place {
    busy: bool,
    step: Step,
    decisions: usize,
    report: Report,
    gone: bool,
}

impl Place {
    fn of(story: &Story) -> Self {
        Self {
            busy: story.is_busy(),
            step: story.step,
            decisions: story.log.len(),
            report: story.report,
            gone: story.realm == Realm::Gone,
        }
    }
}

fn step(bench: Bench, step: Step, title: NodeRef<H1>) -> AnyView {
    let locale = bench.locale();
    let chapter = step.chapter();
    let (n, name) = (chapter.number(), words::chapter(locale, chapter));
    let eyebrow = say!(locale, chapters.eyebrow, n = n, name = name);
    let followed = bench.read(|story| follow::sentence(locale, story.follows));
    let telling = if bench.read(|story| story.realm == Realm::Gone) {
        over(bench)
    } else {
        match chapter {
            Chapter::Install => chapter_1::tell(bench, step),
            Chapter::Meet => chapter_2::tell(bench, step),
            Chapter::Warn => chapter_3::tell(bench, step),
            Chapter::Learn => chapter_4::tell(bench, step),
            Chapter::Fortnight => chapter_5::tell(bench, step),
            Chapter::Receipt => chapter_6::tell(bench, step),
        }
    };
    let text = telling.text.into_iter().map(|text| view! { <p>{text}</p> }).collect_view();
    view! {
        <p class="eyebrow">{eyebrow}</p>
        <h1 tabindex="-1" node_ref=title>{telling.title}</h1>
        {followed.map(|sentence| view! { <p class="followed">{sentence}</p> })}
        {text}
        {telling.decision}
    }
    .into_any()
}

/// The way on to the next chapter.
pub(super) fn next_chapter(bench: Bench, chapter: Chapter) -> AnyView {
    let locale = bench.locale();
    let name = words::chapter(locale, chapter);
    way_on(bench, say!(locale, chapters.next, name = name), Event::Continue)
}

/// One button.
pub(super) fn way_on(bench: Bench, label: String, event: Event) -> AnyView {
    let busy = bench.busy();
    view! {
        <div class="btns"><button
            type="button"
            class="btn"
            aria-disabled=move || busy.get().then_some("true")
            on:click=move |_| bench.decide(event)
        >{label}</button></div>
    }
    .into_any()
}

/// A button of a decision card.
pub(super) fn choice(bench: Bench, label: String, event: Event) -> Choice {
    Choice { label, act: bench.deciding(event) }
}

/// A done chapter can be told again, on a new trial server: said before it is done.
fn replay(bench: Bench, chapter: Chapter, title: NodeRef<H1>) -> AnyView {
    let locale = bench.locale();
    let navigate = use_navigate();
    let stay = move |_| {
        let now = bench.read(|story| story.step.chapter());
        let options = NavigateOptions { scroll: false, ..Default::default() };
        navigate(&frame::address(locale, Some(now)), options);
    };
    let name = words::chapter(locale, chapter);
    view! {
        <h1 tabindex="-1" node_ref=title>{say!(locale, replay.h1, name = name)}</h1>
        <p>{td_string!(locale, replay.text)}</p>
        <div class="btns equal">
            <button type="button" class="btn alt" on:click=move |_| bench.replay(chapter)>
                {td_string!(locale, replay.yes)}
            </button>
            <button type="button" class="btn alt" on:click=stay>{td_string!(locale, replay.no)}</button>
        </div>
    }
    .into_any()
}

/// The hour is over.
fn over(bench: Bench) -> Telling {
    let locale = bench.locale();
    let again = move |_| bench.replay(Chapter::Install);
    Telling {
        title: say!(locale, state.over_h1),
        text: vec![say!(locale, state.over_text)],
        decision: view! {
            <div class="btns"><button type="button" class="btn" on:click=again>
                {td_string!(locale, end.again)}
            </button></div>
        }
        .into_any(),
    }
}

/// How long the trial server still lives, in real minutes.
#[component]
fn TimeLeft() -> impl IntoView {
    let bench = Bench::of_context();
    let locale = bench.locale();
    let expires = bench.watch(|story| match story.realm {
        Realm::Open { expires_at, .. } => Some(expires_at.unix()),
        _ => None,
    });
    let clock = RwSignal::new(js_sys::Date::now());
    let tick = set_interval_with_handle(
        move || clock.set(js_sys::Date::now()),
        core::time::Duration::from_secs(30),
    );
    on_cleanup(move || {
        if let Ok(tick) = tick {
            tick.clear();
        }
    });
    move || {
        expires.get().map(|expires| {
            let minutes = ((expires as f64 - clock.get() / 1000.0) / 60.0).floor();
            let words = if minutes < 1.0 {
                say!(locale, state.left_1)
            } else {
                say!(locale, state.left, n = words::decimal(locale, minutes, 0))
            };
            view! { <p class="small soft">{words}</p> }
        })
    }
}
