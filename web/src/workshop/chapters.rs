//! The ruler of chapters: done ones are links, which offer to tell them again.

use leptos_i18n::td_string;
use workshop::story::Chapter;

use super::bench::Bench;
use super::{frame, words};
use crate::part::{El, el, group};

/// Six ticks under the header.
pub(super) fn chapters(bench: Bench) -> El {
    let l = bench.locale();
    let ticks = move || {
        let now = bench.place().step.chapter();
        let ticks: Vec<El> = Chapter::ALL
            .into_iter()
            .map(|chapter| tick(bench, chapter, now))
            .collect();
        group().add(ticks)
    };
    let list = el("ol").class("chapters").slot(ticks);
    let nav = el("nav")
        .attr("aria-label", td_string!(l, chapters.label))
        .add(list);
    el("div").class("wrap at-top").add(nav)
}

fn tick(bench: Bench, chapter: Chapter, now: Chapter) -> El {
    let l = bench.locale();
    let title = group()
        .add(el("span").class("n").add(chapter.number().to_string()))
        .add(el("span").class("t").add(words::chapter(l, chapter)));
    let state = |words: &str| el("span").class("vh").add(words);
    if chapter < now {
        let link = el("a").attr("href", &frame::address(l, Some(chapter)));
        let link = link.add(title).add(state(td_string!(l, chapters.done)));
        el("li").class("done").add(link)
    } else if chapter == now {
        let here = el("span")
            .class("c")
            .add(title)
            .add(state(td_string!(l, chapters.now)));
        el("li").class("now").attr("aria-current", "step").add(here)
    } else {
        let ahead = el("span")
            .class("c")
            .add(title)
            .add(state(td_string!(l, chapters.todo)));
        el("li").add(ahead)
    }
}
