//! The page: what a visitor sees of the workshop. Everything else on the site is plain HTML.
#![cfg(target_arch = "wasm32")]

mod part;
mod workshop;

#[allow(missing_docs, unreachable_pub, clippy::all, reason = "generated from locales/*.json")]
mod i18n {
    leptos_i18n::load_locales!();
}

fn main() {
    workshop::mount();
}
