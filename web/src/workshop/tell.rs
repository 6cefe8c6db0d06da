//! Where the story stands: a title, a few sentences, and the decision to take.

use leptos::prelude::*;
use leptos_i18n::td_string;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use workshop::story::{Chapter, Event, Follow, Realm, Step};

use super::bench::{Act, Bench, Facet};
use super::words::{self, say};
use super::{chapter_1, chapter_2, chapter_3, chapter_4, chapter_5, chapter_6};
use super::{follow, frame, trouble};
use crate::part::{El, button, el, group};

/// What a step says, and what it asks.
pub(super) struct Telling {
    /// The title of the step.
    pub(super) title: String,
    /// A few sentences.
    pub(super) text: Vec<String>,
    /// The decision card, or the way on.
    pub(super) decision: El,
}

/// The left column.
pub(super) fn tell(bench: Bench, asked: Memo<Option<Chapter>>) -> El {
    let navigate = StoredValue::new_local(use_navigate());
    let stay = move || {
        let now = bench.read(|story| story.step.chapter());
        let options = NavigateOptions {
            scroll: false,
            ..Default::default()
        };
        navigate.with_value(|go| go(&frame::address(bench.locale(), Some(now)), options));
        frame::take_focus(true, String::new());
    };
    let shown = move || {
        let place = bench.place();
        let past = asked
            .get()
            .filter(|chapter| *chapter < place.step.chapter());
        match past {
            Some(chapter) => replay(bench, chapter, stay),
            None if place.gone => step(bench, place.step, over(bench)),
            None => step(bench, place.step, telling(bench, place.step)),
        }
    };
    el("div")
        .class("tell")
        .slot(shown)
        .add(trouble::setback(bench))
        .add(time_left(bench))
}

fn telling(bench: Bench, step: Step) -> Telling {
    match step.chapter() {
        Chapter::Install => chapter_1::tell(bench, step),
        Chapter::Meet => chapter_2::tell(bench, step),
        Chapter::Warn => chapter_3::tell(bench, step),
        Chapter::Learn => chapter_4::tell(bench, step),
        Chapter::Fortnight => chapter_5::tell(bench, step),
        Chapter::Receipt => chapter_6::tell(bench, step),
    }
}

fn step(bench: Bench, step: Step, telling: Telling) -> El {
    let l = bench.locale();
    let chapter = step.chapter();
    let (n, name) = (chapter.number(), words::chapter(l, chapter));
    let eyebrow = say!(l, chapters.eyebrow, n = n, name = name);
    // What the onset is for is in the next text already.
    let followed = bench.read(|story| match story.follows {
        Follow::OnsetGiven => None,
        follows => follow::sentence(l, follows),
    });
    let text: Vec<El> = telling
        .text
        .into_iter()
        .map(|text| el("p").add(text))
        .collect();
    group()
        .add(el("p").class("eyebrow").add(eyebrow))
        .add(title(&telling.title))
        .add(followed.map(|sentence| el("p").class("followed").add(sentence)))
        .add(text)
        .add(telling.decision)
}

fn title(words: &str) -> El {
    el("h1").attr("tabindex", "-1").add(words)
}

/// The way on to the next chapter.
pub(super) fn next_chapter(bench: Bench, chapter: Chapter) -> El {
    let l = bench.locale();
    let label = say!(l, chapters.next, name = words::chapter(l, chapter));
    way_on(bench, "btn", &label, Event::Continue)
}

/// One button.
pub(super) fn way_on(bench: Bench, class: &str, label: &str, event: Event) -> El {
    el("div")
        .class("btns")
        .add(bench.button(class, label, move || bench.decide(event)))
}

/// A done chapter can be told again, on a new trial server: said before it is done.
fn replay(bench: Bench, chapter: Chapter, stay: impl Fn() + 'static) -> El {
    let l = bench.locale();
    let yes = bench.button("btn alt", td_string!(l, replay.yes), move || {
        bench.act(Act::Replay(chapter))
    });
    let no = button("btn alt", td_string!(l, replay.no), stay);
    group()
        .add(title(&say!(
            l,
            replay.h1,
            name = words::chapter(l, chapter)
        )))
        .add(el("p").add(td_string!(l, replay.text)))
        .add(el("div").class("btns equal").add(yes).add(no))
}

/// The hour is over.
fn over(bench: Bench) -> Telling {
    let l = bench.locale();
    let again = move || bench.act(Act::Replay(Chapter::Install));
    Telling {
        title: say!(l, state.over_h1),
        text: vec![say!(l, state.over_text)],
        decision: el("div")
            .class("btns")
            .add(bench.button("btn", td_string!(l, end.again), again)),
    }
}

/// How long the trial server still lives, in real minutes.
fn time_left(bench: Bench) -> El {
    let l = bench.locale();
    let minute = || (js_sys::Date::now() / 60_000.0) as u32;
    let clock = RwSignal::new(minute());
    let tick = set_interval_with_handle(
        move || clock.set(minute()),
        core::time::Duration::from_secs(30),
    );
    on_cleanup(move || {
        if let Ok(tick) = tick {
            tick.clear();
        }
    });
    let left = move || {
        bench.follow(Facet::Clock);
        let expires = bench.read(|story| match story.realm {
            Realm::Open { expires_at, .. } => Some(expires_at.unix() / 60),
            _ => None,
        });
        let words = expires.map(|expires| match expires.saturating_sub(clock.get().into()) {
            0 => say!(l, state.left_1),
            minutes => say!(l, state.left, n = minutes),
        });
        group().add(words)
    };
    el("p").class("small soft").slot(left)
}
