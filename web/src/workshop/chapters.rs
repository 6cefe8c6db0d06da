//! The ruler of chapters: done ones are links, which offer to tell them again.

use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::story::Chapter;

use super::bench::Bench;
use super::frame;
use super::words;

/// Six ticks under the header.
#[component]
pub(super) fn Chapters() -> impl IntoView {
    let bench = Bench::of_context();
    let locale = bench.locale();
    let now = bench.watch(|story| story.step.chapter());
    let tick = move |chapter: Chapter| {
        let title = view! {
            <span class="n">{chapter.number()}</span>
            <span class="t">{words::chapter(locale, chapter)}</span>
        };
        let now = now.get();
        if chapter < now {
            let href = frame::address(locale, Some(chapter));
            view! {
                <li class="done"><a href=href>{title}<span class="vh">{td_string!(locale, chapters.done)}</span></a></li>
            }
            .into_any()
        } else if chapter == now {
            view! {
                <li class="now" aria-current="step">
                    <span class="c">{title}<span class="vh">{td_string!(locale, chapters.now)}</span></span>
                </li>
            }
            .into_any()
        } else {
            view! {
                <li><span class="c">{title}<span class="vh">{td_string!(locale, chapters.todo)}</span></span></li>
            }
            .into_any()
        }
    };
    view! {
        <div class="wrap at-top">
            <nav aria-label=td_string!(locale, chapters.label)>
                <ol class="chapters">{move || Chapter::ALL.map(tick).collect_view()}</ol>
            </nav>
        </div>
    }
}
