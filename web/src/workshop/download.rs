//! What the visitor takes home: a text made in the page, sent nowhere.

use js_sys::encode_uri_component;
use leptos::prelude::*;
use leptos_i18n::td_string;

use super::bench::Bench;
use super::server::receipt_words;
use super::words::{self, say};

/// A link that saves receipts and decisions as plain text.
pub(super) fn link(bench: Bench, decisions: Vec<(String, String)>) -> impl IntoView {
    let l = bench.locale();
    let mut text = say!(l, end.h2);
    for (what, answer) in decisions {
        text.push_str("\n- ");
        text.push_str(&what);
        text.push_str(" : ");
        text.push_str(&answer);
    }
    text.push_str("\n\n");
    text.push_str(&say!(l, server.receipts));
    for (number, receipt) in bench.read(|story| story.receipts.clone()).into_iter().enumerate() {
        text.push_str("\n- ");
        text.push_str(&say!(l, server.receipt, n = number + 1));
        text.push_str(" : ");
        text.push_str(&receipt_words(l, receipt));
    }
    text.push('\n');
    let href = format!("data:text/plain;charset=utf-8,{}", encode_uri_component(&text));
    let name = format!("limpide-{}.txt", words::tag(l));
    view! { <a href=href download=name rel="external">{td_string!(l, end.download)}</a> }
}
