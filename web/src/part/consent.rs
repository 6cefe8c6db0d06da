//! The decision card: whose decision, what follows, and two buttons that look the same.

use leptos::prelude::*;

use super::Bust;
use crate::workshop::words;
use limpide_web::workshop::engine::person::Person;

/// « Ce qui part » and what it is.
pub(crate) struct Line {
    /// The question that the line answers.
    pub(crate) term: String,
    /// The answer.
    pub(crate) text: String,
}

/// A button of the card.
pub(crate) struct Choice {
    /// A verb.
    pub(crate) label: String,
    /// What it does.
    pub(crate) act: Callback<()>,
}

/// Nothing is preselected, nothing runs out, and no button is bigger than another.
#[component]
pub(crate) fn Consent(
    /// Whose decision; `None` is the visitor's.
    person: Option<Person>,
    /// « À Sylvie de décider »
    who: String,
    /// The question, in the first person.
    ask: String,
    /// What leaves, who reads it, what stays, what a refusal means.
    lines: Vec<Line>,
    /// Between the lines and the buttons.
    #[prop(optional_no_strip)]
    extra: Option<AnyView>,
    /// The buttons.
    choices: Vec<Choice>,
    /// While a decision is being carried out the buttons keep their place and do nothing.
    busy: Signal<bool>,
) -> impl IntoView {
    let class = format!("consent slip {}", person.map_or("c-you", words::class));
    let lines = lines
        .into_iter()
        .map(|line| view! { <div><dt>{line.term}</dt><dd>{line.text}</dd></div> })
        .collect_view();
    let choices = choices
        .into_iter()
        .map(|choice| {
            let act = move |_| {
                if !busy.get_untracked() {
                    choice.act.run(());
                }
            };
            view! {
                <button
                    type="button"
                    class="btn alt"
                    aria-disabled=move || busy.get().then_some("true")
                    on:click=act
                >{choice.label}</button>
            }
        })
        .collect_view();
    view! {
        <section class=class aria-labelledby="decision">
            <p class="eyebrow who-line">{person.map(|person| view! { <Bust person/> })}{who}</p>
            <h2 id="decision">{ask}</h2>
            <dl>{lines}</dl>
            {extra}
            <div class="btns equal">{choices}</div>
        </section>
    }
}
