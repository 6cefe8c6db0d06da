//! Drawings of the sprite, always beside a word.

use leptos::prelude::*;

use crate::workshop::words;
use limpide_web::workshop::engine::person::Person;

/// An icon by its name in the sprite.
#[component]
pub(crate) fn Icon(name: &'static str, #[prop(optional)] class: &'static str) -> impl IntoView {
    view! { <svg class=format!("i {class}") aria-hidden="true"><use href=format!("#i-{name}")/></svg> }
}

/// A person's bust.
#[component]
pub(crate) fn Bust(person: Person) -> impl IntoView {
    let href = match person {
        Person::Sylvie => "#sylvie",
        Person::Justin => "#justin",
        Person::Johanna => "#johanna",
    };
    view! { <svg class=format!("who {}", words::class(person)) aria-hidden="true"><use href=href/></svg> }
}
