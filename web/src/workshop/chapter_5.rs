//! Chapter 5: fifteen days pass, and the server forgets.

use leptos_i18n::td_string;
use workshop::story::{Chapter, Event, Step};

use super::bench::Bench;
use super::tell::{Telling, next_chapter, way_on};
use super::words::say;
use crate::part::group;

pub(super) fn tell(bench: Bench, step: Step) -> Telling {
    let l = bench.locale();
    if step == Step::Fortnight {
        let forgetting = bench.read(|story| story.forgetting());
        let go = forgetting
            .map(|due| way_on(bench, "btn", td_string!(l, fortnight.go), Event::GoTo(due)));
        let skip = way_on(
            bench,
            "btn quiet",
            td_string!(l, fortnight.skip),
            Event::Continue,
        );
        return Telling {
            title: say!(l, fortnight.h1),
            text: vec![say!(l, fortnight.text)],
            decision: group().add(go).add(skip),
        };
    }
    let exposed = bench.read(|story| {
        let mut sealed = story.receipts.iter().filter_map(|receipt| receipt.sealed);
        sealed.any(|sealed| sealed.exposures > 0)
    });
    let (title, text) = if exposed {
        (say!(l, fortnight.end), say!(l, fortnight.end_text))
    } else {
        (
            say!(l, fortnight.end_none),
            say!(l, fortnight.end_none_text),
        )
    };
    Telling {
        title,
        text: vec![text],
        decision: next_chapter(bench, Chapter::Receipt),
    }
}
