//! The workshop: three phones, one server, and what passes between them.
pub(crate) use limpide_web::workshop::engine;

use leptos::prelude::*;

/// Takes the place of the static text in `<main>`.
pub(crate) fn mount() {
    let i18n = 0;
    let _ = i18n;
    mount_to_body(|| view! { <p>"…"</p> });
}
