//! The workshop: three phones, one server, and what passes between them.
//!
//! | Module | Shows |
//! | --- | --- |
//! | [`tell`], `chapter_1` … `chapter_6` | where the story stands, and the decision to take |
//! | [`time`], [`phones`], [`passing`], [`server`] | the stage, in reading order |
//! | [`frame`] | the language, the title, the focus, what is spoken |

pub(crate) mod bench;
mod browser;
mod chapter_1;
mod chapter_2;
mod chapter_3;
mod chapter_4;
mod chapter_5;
mod chapter_6;
mod chapters;
mod download;
mod field;
mod follow;
mod frame;
mod inspector;
mod passing;
mod phones;
mod server;
mod tell;
mod time;
mod trouble;
pub(crate) mod words;

use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos_router::components::Router;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use workshop::story::Chapter;

use self::bench::Bench;
use crate::part::{El, el, group};
use crate::texts::i18n::Locale;

/// Takes the place of the static text in `<main>`.
// Compiled into the program: compiled into the library, it and the router weigh 900 bytes (brotli) more.
#[inline]
pub fn mount() {
    let main = document().get_element_by_id("main");
    let Some(main) = main.and_then(|main| main.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    main.set_text_content(None);
    mount_to(
        main.clone(),
        move || view! { <Router><Rooms main/></Router> },
    )
    .forget();
}

/// Two addresses for the same place, one per language: the address decides, and in another language everything is
/// built again while the story goes on.
#[component]
fn Rooms(main: HtmlElement) -> impl IntoView {
    let bench = Bench::new();
    let locale = frame::locale_of_address();
    let asked = frame::asked();
    let rooms = group().slot(move || room(bench, locale.get(), asked));
    let _ = main.append_child(rooms.node());
    frame::note_focus(bench, &main);
}

/// The whole page below the header, in one language.
fn room(bench: Bench, locale: Locale, asked: Memo<Option<Chapter>>) -> El {
    bench.speak(locale);
    frame::keep_in_step(bench, asked);
    let stage = el("div")
        .class("stage")
        .add(chapter_2::shop(bench))
        .add(time::time(bench))
        .add(phones::phones(bench))
        .add(chapter_4::one_bit(bench))
        .add(passing::passing(bench))
        .add(server::server(bench));
    group()
        .add(chapters::chapters(bench))
        .add(
            el("div")
                .class("wrap at")
                .add(tell::tell(bench, asked))
                .add(stage),
        )
        .add(follow::spoken(bench))
}
