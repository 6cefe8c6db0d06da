//! What the visitor takes home: a text made in the page, sent nowhere.

use js_sys::encode_uri_component;
use leptos_i18n::td_string;

use super::bench::Bench;
use super::server::receipt_words;
use super::words::{self, say};
use crate::part::{El, el};

/// A link that saves receipts and decisions as plain text.
pub(super) fn link(bench: Bench, decisions: Vec<(String, String)>) -> El {
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
    for (number, receipt) in bench
        .read(|story| story.receipts.clone())
        .into_iter()
        .enumerate()
    {
        text.push_str("\n- ");
        text.push_str(&say!(l, server.receipt, n = number + 1));
        text.push_str(" : ");
        text.push_str(&receipt_words(l, receipt));
    }
    text.push('\n');
    let href = format!(
        "data:text/plain;charset=utf-8,{}",
        encode_uri_component(&text)
    );
    let name = format!("limpide-{}.txt", words::tag(l));
    el("a")
        .attr("href", &href)
        .attr("download", &name)
        .attr("rel", "external")
        .add(td_string!(l, end.download))
}
