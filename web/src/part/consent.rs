//! The decision card: whose decision, what follows, and buttons that all look the same.

use workshop::Person;
use workshop::story::Event;

use super::el::{El, el};
use super::small::bust;
use crate::workshop::bench::Bench;
use crate::workshop::words;

/// « Ce qui part » and what it is.
pub(crate) struct Line(pub(crate) &'static str, pub(crate) String);

/// A button of the card: a verb, and what it does.
pub(crate) struct Choice(pub(crate) String, pub(crate) Event);

/// Nothing is preselected, nothing runs out, and no button is bigger than another. `person` is whose decision it
/// is; `None` is the visitor's.
pub(crate) fn consent(
    bench: Bench,
    person: Option<Person>,
    who: String,
    ask: &str,
    lines: Vec<Line>,
    choices: Vec<Choice>,
) -> El {
    let lines: Vec<El> = lines
        .into_iter()
        .map(|Line(term, text)| el("div").add(el("dt").add(term)).add(el("dd").add(text)))
        .collect();
    let choices: Vec<El> = choices
        .into_iter()
        .map(|Choice(label, event)| bench.button("btn alt", &label, move || bench.decide(event)))
        .collect();
    el("section")
        .class(&format!(
            "consent slip {}",
            person.map_or("c-you", words::class)
        ))
        .attr("aria-labelledby", "decision")
        .add(
            el("p")
                .class("eyebrow who-line")
                .add(person.map(bust))
                .add(who),
        )
        .add(el("h2").attr("id", "decision").add(ask))
        .add(el("dl").add(lines))
        .add(el("div").class("btns equal").add(choices))
}
