//! What surrounds the workshop: its address, the title, the language of the page, and where the focus goes.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use limpide_web::workshop::engine::story::{Chapter, Step};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, XmlHttpRequest, XmlHttpRequestResponseType};

use super::bench::Bench;
use super::words::{self, say};
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
    let params = use_params_map();
    Memo::new(move |_| {
        let number = params.with(|params| params.get("chapter"))?;
        Chapter::ALL.into_iter().find(|chapter| number == chapter.number().to_string())
    })
}

/// Keeps the address, the title, the language links and the rest of the page in step with the story.
pub(super) fn use_frame(bench: Bench) {
    let locale = bench.locale();
    let chapter = bench.watch(|story| story.step.chapter());
    let asked = asked();
    let navigate = use_navigate();
    Effect::new(move |before: Option<Chapter>| {
        let chapter = chapter.get();
        let asked = asked.get_untracked();
        let moved = before.is_some_and(|before| before != chapter);
        if moved || asked.is_some_and(|asked| asked > chapter) {
            let options = NavigateOptions { replace: !moved, scroll: false, ..Default::default() };
            navigate(&address(locale, Some(chapter)), options);
        }
        chapter
    });
    Effect::new(move |_| {
        let chapter = chapter.get();
        let (n, name) = (chapter.number(), words::chapter(locale, chapter));
        document().set_title(&say!(locale, chapters.title, n = n, name = name));
    });
    Effect::new(move |_| link_other_language(locale, asked.get()));
    speak(locale);
}

/// After a decision the focus goes to the new title; it is never left nowhere.
pub(super) fn use_focus(bench: Bench, title: NodeRef<leptos::html::H1>) {
    let place = bench.watch(|story| (story.step, story.log.len(), story.is_busy()));
    Effect::new(move |before: Option<Step>| {
        let (step, _, busy) = place.get();
        if busy {
            return before.unwrap_or(step);
        }
        if let Some(before) = before {
            request_animation_frame(move || {
                let lost = document().active_element().is_none_or(|held| held.tag_name() == "BODY");
                if let Some(title) = title.get_untracked().filter(|_| lost || step != before) {
                    // A title of the page can always take the focus.
                    let _ = title.focus();
                }
            });
        }
        step
    });
}

/// The header and the footer are plain HTML: in the other language they are taken from the other page.
fn speak(locale: Locale) {
    let Some(page) = document().document_element() else { return };
    let lang = match locale {
        Locale::fr => "fr",
        Locale::en => "en",
    };
    if page.get_attribute("lang").as_deref() == Some(lang) {
        return;
    }
    let _ = page.set_attribute("lang", lang);
    let Ok(request) = XmlHttpRequest::new() else { return };
    let reply = request.clone();
    let swap = Closure::once_into_js(move || {
        let Ok(Some(other)) = reply.response_xml() else { return };
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
    let Ok(links) = document().query_selector_all("a.lang") else { return };
    for place in 0..links.length() {
        let link = links.item(place).and_then(|link| link.dyn_into::<Element>().ok());
        if let Some(link) = link {
            let _ = link.set_attribute("href", &address(other, asked));
        }
    }
}

