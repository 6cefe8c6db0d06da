//! Chapter 5: fifteen days pass, and the server forgets.

use limpide_web::workshop::engine::story::{Chapter, Event, Step};

use leptos::prelude::*;

use super::bench::Bench;
use super::tell::{Telling, next_chapter, way_on};
use super::words::say;

pub(super) fn tell(bench: Bench, step: Step) -> Telling {
    let l = bench.locale();
    if step == Step::Fortnight {
        let forgetting = bench.read(|story| story.forgetting());
        let decision = view! {
            {forgetting.map(|due| way_on(bench, say!(l, fortnight.go), Event::GoTo(due)))}
            {skip(bench)}
        };
        return Telling {
            title: say!(l, fortnight.h1),
            text: vec![say!(l, fortnight.text)],
            decision: decision.into_any(),
        };
    }
    let forgotten = bench.read(|story| !story.receipts.is_empty());
    let (title, text) = if forgotten {
        (say!(l, fortnight.end), say!(l, fortnight.end_text))
    } else {
        (say!(l, fortnight.end_none), say!(l, fortnight.end_none_text))
    };
    Telling { title, text: vec![text], decision: next_chapter(bench, Chapter::Receipt) }
}

fn skip(bench: Bench) -> impl IntoView {
    let l = bench.locale();
    let busy = bench.busy();
    view! {
        <div class="btns"><button
            type="button"
            class="btn quiet"
            aria-disabled=move || busy.get().then_some("true")
            on:click=move |_| bench.decide(Event::Continue)
        >{say!(l, fortnight.skip)}</button></div>
    }
}
