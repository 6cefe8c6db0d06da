//! What passes: one button per message, and the inspector under the open one.

use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::message::{Message, MessageKind, Way};
use workshop::story::{Chapter, Story};

use super::bench::{Bench, Facet};
use super::field;
use super::inspector::inspector;
use super::words::{self, say};
use crate::part::{El, button, el, group, icon, more, set};

/// The messages of this chapter, with the last telling one open; those before, folded.
pub(super) fn passing(bench: Bench) -> El {
    let l = bench.locale();
    let open = RwSignal::new(None::<u32>);
    Effect::new(move |_| {
        bench.follow(Facet::Messages);
        open.set(bench.read(telling));
    });
    let list = move || {
        bench.follow(Facet::Messages);
        bench.read(|story| list(bench, story, open))
    };
    let opened = move || {
        let message = open.get().and_then(|id| {
            bench.read(|story| {
                story
                    .messages
                    .iter()
                    .find(|message| message.id == id)
                    .cloned()
            })
        });
        message.map_or_else(group, |message| inspector(l, &message))
    };
    el("section")
        .class("between")
        .attr("aria-labelledby", "passing")
        .add(el("h2").attr("id", "passing").add(td_string!(l, pass.h2)))
        .slot(list)
        .slot(opened)
}

/// The last message of the chapter that says something of a person; else the last.
fn telling(story: &Story) -> Option<u32> {
    let chapter = story.step.chapter();
    let mut latest = story
        .messages
        .iter()
        .rev()
        .filter(|message| message.chapter == chapter);
    let newest = latest.clone().next()?;
    let tells = |message: &&Message| {
        matches!(
            message.kind,
            MessageKind::Hello
                | MessageKind::RegisterRequest
                | MessageKind::ReportRequest
                | MessageKind::StatusReply
                | MessageKind::UnregisterRequest
                | MessageKind::EraseRequest
        )
    };
    Some(latest.find(tells).unwrap_or(newest).id)
}

fn list(bench: Bench, story: &Story, open: RwSignal<Option<u32>>) -> El {
    let l = bench.locale();
    let chapter = story.step.chapter();
    let entries = |wanted: &dyn Fn(Chapter) -> bool| -> Vec<El> {
        let messages = story
            .messages
            .iter()
            .filter(|message| wanted(message.chapter));
        messages
            .map(|message| entry(bench, message, open))
            .collect()
    };
    let now = entries(&|of| of == chapter);
    let before = entries(&|of| of != chapter);
    let nothing = match (now.is_empty(), before.is_empty()) {
        (true, true) => Some(td_string!(l, pass.none)),
        (true, false) => Some(td_string!(l, pass.none_chapter)),
        (false, _) => None,
    };
    let before = (!before.is_empty())
        .then(|| more(td_string!(l, pass.earlier)).add(el("ul").class("msgs").add(before)));
    let now = (!now.is_empty()).then(|| el("ul").class("msgs").add(now));
    group()
        .add(nothing.map(|words| el("p").add(words)))
        .add(now)
        .add(before)
}

fn entry(bench: Bench, message: &Message, open: RwSignal<Option<u32>>) -> El {
    let l = bench.locale();
    let id = message.id;
    let (class, way) = match message.way {
        Way::ToServer => ("down", td_string!(l, pass.to)),
        Way::FromServer => ("up", td_string!(l, pass.from)),
        Way::OverTheAir => ("", td_string!(l, pass.air)),
    };
    let mut size = say!(l, pass.bytes, n = words::count(l, message.bytes.len()));
    if message.count > 1 {
        size.push_str(" × ");
        size.push_str(&say!(
            l,
            pass.times,
            n = words::count(l, message.count as usize)
        ));
    }
    if let Some(status) = message
        .http
        .as_ref()
        .and_then(|http| http.status)
        .filter(|n| *n >= 400)
    {
        size.push_str(", ");
        size.push_str(&status.to_string());
    }
    let words = el("span")
        .add(el("strong").add(field::message(l, message)))
        .add(el("span").class("vh").add(", ").add(way).add(","))
        .add(" ")
        .add(el("span").class("soft nowrap").add(size));
    let toggle = move || open.update(|open| *open = (*open != Some(id)).then_some(id));
    let entry = button("msg", "", toggle)
        .add(icon("arrow", class))
        .add(words);
    el("li").add(entry.live(move |entry| {
        let is_open = open.get() == Some(id);
        set(
            entry,
            "aria-expanded",
            Some(if is_open { "true" } else { "false" }),
        );
        set(entry, "aria-controls", is_open.then_some("insp"));
    }))
}
