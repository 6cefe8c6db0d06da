//! The workshop: three phones, one server, and what passes between them.
//!
//! | Module | Shows |
//! | --- | --- |
//! | [`tell`], `chapter_1` … `chapter_6` | where the story stands, and the decision to take |
//! | [`time`], [`phones`], [`passing`], [`server`] | the stage, in reading order |
//! | [`frame`] | the language, the title, the focus, what is spoken |

mod bench;
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
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{OptionalParamSegment, StaticSegment};
use wasm_bindgen::JsCast;

use self::bench::Bench;
use crate::texts::i18n::Locale;

/// Takes the place of the static text in `<main>`.
pub(crate) fn mount() {
    let Some(main) = document().get_element_by_id("main") else { return };
    main.set_text_content(None);
    let Ok(main) = main.dyn_into() else { return };
    mount_to(main, Workshop).forget();
}

/// Two addresses for the same place, one per language; `/3` names the chapter.
#[component]
fn Workshop() -> impl IntoView {
    provide_context(Bench::new());
    view! {
        <Router>
            <Routes fallback=|| ()>
                <Route
                    path=(StaticSegment("atelier"), OptionalParamSegment("chapter"))
                    view=|| view! { <Room locale=Locale::fr/> }
                />
                <Route
                    path=(
                        StaticSegment("en"),
                        StaticSegment("workshop"),
                        OptionalParamSegment("chapter"),
                    )
                    view=|| view! { <Room locale=Locale::en/> }
                />
            </Routes>
        </Router>
    }
}

/// The whole page below the header, in one language.
#[component]
fn Room(locale: Locale) -> impl IntoView {
    let bench = Bench::of_context();
    bench.speak(locale);
    frame::use_frame(bench);
    view! {
        <chapters::Chapters/>
        <div class="wrap at">
            <tell::Tell/>
            <div class="stage">
                <chapter_2::Shop/>
                <time::Time/>
                <phones::Phones/>
                <chapter_4::OneBit/>
                <passing::Passing/>
                <server::Server/>
            </div>
        </div>
        <follow::Spoken/>
    }
}
