//! A sheet of paper: a title, a few lines, one way on.

use leptos::prelude::*;

/// A state of the workshop, told on paper.
#[component]
pub(crate) fn Slip(
    /// What it says in one line.
    title: String,
    /// The reason, and what can be done.
    text: String,
    /// Something went wrong: said at once, with the alarm's edge.
    #[prop(optional)]
    alarm: bool,
    /// The ways on.
    children: Children,
) -> impl IntoView {
    let class = if alarm { "slip state bad" } else { "slip state" };
    view! {
        <section class=class role=alarm.then_some("alert")>
            <h2>{title}</h2>
            <p>{text}</p>
            {children()}
        </section>
    }
}
