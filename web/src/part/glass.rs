//! A small glass that empties: one day, one level.

use leptos::prelude::*;

/// As full as it has days left, 0 to 15. Never alone: words say the same beside it.
#[component]
pub(crate) fn Verre(days: u8) -> impl IntoView {
    let level = days.min(15);
    let class = if level == 0 { "verre out".to_owned() } else { format!("verre l{level}") };
    view! { <span class=class aria-hidden="true"></span> }
}
