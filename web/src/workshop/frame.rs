//! What surrounds the workshop: its address, the title, the language of the page, and where the focus goes.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, XmlHttpRequest, XmlHttpRequestResponseType};
use workshop::story::{Chapter, Step};

use super::bench::Bench;
use super::words::{self, say};
use crate::part::El;
use crate::texts::i18n::Locale;

/// Where a chapter is, in a language.
pub(super) fn address(locale: Locale, chapter: Option<Chapter>) -> String {
    let mut address = match locale {
        Locale::fr => "/atelier",
        Locale::en => "/en/workshop",
    }
    .to_owned();
    if let Some(chapter) = chapter {
        address.push('/');
        address.push(char::from(b'0' + chapter.number()));
    }
    address
}

/// The chapter that the address names.
pub(super) fn asked() -> Memo<Option<Chapter>> {
    let path = use_location().pathname;
    Memo::new(move |_| {
        path.with(|path| {
            let (_, last) = path.rsplit_once('/')?;
            Chapter::ALL
                .into_iter()
                .find(|chapter| last == chapter.number().to_string())
        })
    })
}

/// The language of the address.
pub(super) fn locale_of_address() -> Memo<Locale> {
    let path = use_location().pathname;
    Memo::new(move |_| {
        if path.with(|path| path.starts_with("/en/")) {
            Locale::en
        } else {
            Locale::fr
        }
    })
}

/// Keeps the address, the title, the language links and the rest of the page in step with the story.
pub(super) fn keep_in_step(bench: Bench, asked: Memo<Option<Chapter>>) {
    let locale = bench.locale();
    let navigate = use_navigate();
    Effect::new(move |before: Option<Step>| {
        let step = bench.place().step;
        let chapter = step.chapter();
        let (n, name) = (chapter.number(), words::chapter(locale, chapter));
        document().set_title(&say!(locale, chapters.title, n = n, name = name));

        let asked = asked.get_untracked();
        let moved = before.is_some_and(|before| before.chapter() != chapter);
        if (moved && asked != Some(chapter)) || asked.is_some_and(|asked| asked > chapter) {
            let options = NavigateOptions {
                replace: !moved,
                scroll: false,
                ..Default::default()
            };
            navigate(&address(locale, Some(chapter)), options);
        }
        if let Some(before) = before {
            take_focus(step != before, bench.held.get_value());
        }
        step
    });
    Effect::new(move |_| link_other_language(locale, asked.get()));
    speak(locale);
}

/// After a decision the focus goes to the new title. It is never left nowhere: what had it takes it again, if it
/// was only built again.
pub(super) fn take_focus(moved: bool, held: String) {
    request_animation_frame(move || {
        let lost = document()
            .active_element()
            .is_none_or(|held| held.tag_name() == "BODY");
        let again = if moved {
            None
        } else {
            document().get_element_by_id(&held)
        };
        let title = || document().query_selector("h1").ok().flatten();
        let next = again
            .or_else(title)
            .and_then(|next| next.dyn_into::<HtmlElement>().ok());
        if let Some(next) = next.filter(|_| moved || lost) {
            // A title and a button of the page can always take the focus.
            let _ = next.focus();
        }
    });
}

/// Notes the name of what has the focus.
pub(super) fn note_focus(bench: Bench, room: &HtmlElement) {
    El::of(room).on("focusin", move |event| {
        let held = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        bench
            .held
            .set_value(held.map(|held| held.id()).unwrap_or_default());
    });
}

/// The header and the footer are plain HTML: in the other language they are taken from the other page.
fn speak(locale: Locale) {
    let Some(page) = document().document_element() else {
        return;
    };
    let lang = match locale {
        Locale::fr => "fr",
        Locale::en => "en",
    };
    if page.get_attribute("lang").as_deref() == Some(lang) {
        return;
    }
    let _ = page.set_attribute("lang", lang);
    let Ok(request) = XmlHttpRequest::new() else {
        return;
    };
    let reply = request.clone();
    let swap = Closure::once_into_js(move || {
        let Ok(Some(other)) = reply.response_xml() else {
            return;
        };
        for part in [".skip", "header", "footer"] {
            let here = document().query_selector(part).ok().flatten();
            let there = other.query_selector(part).ok().flatten();
            if let (Some(here), Some(there)) = (here, there) {
                let _ = here.replace_with_with_node_1(&there);
            }
        }
        link_other_language(locale, None);
    });
    request.set_onload(Some(swap.unchecked_ref()));
    if request.open("GET", &address(locale, None)).is_ok() {
        request.set_response_type(XmlHttpRequestResponseType::Document);
        let _ = request.send();
    }
}

/// The language link stays on the same chapter.
fn link_other_language(locale: Locale, asked: Option<Chapter>) {
    let other = match locale {
        Locale::fr => Locale::en,
        Locale::en => Locale::fr,
    };
    let Ok(links) = document().query_selector_all("a.lang") else {
        return;
    };
    for place in 0..links.length() {
        let link = links
            .item(place)
            .and_then(|link| link.dyn_into::<Element>().ok());
        if let Some(link) = link {
            let _ = link.set_attribute("href", &address(other, asked));
        }
    }
}
