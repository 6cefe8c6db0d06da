//! The plan of the shop: three people, and a ring of one metre around Johanna.

use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::person::Person;
use limpide_web::workshop::engine::radio::Meeting;

use crate::workshop::bench::Bench;
use crate::workshop::words::{self, say};

/// Centre of the plan.
const CENTRE: (f64, f64) = (320.0, 190.0);
/// Pixels of the drawing for a metre, near; farther away the drawing shrinks so that all stay inside.
const METRE: f64 = 150.0;
/// How far from the centre a person still stands in the shop.
const ROOM: f64 = 150.0;

/// An image with a text equivalent: the ranges beside it say and move the same.
#[component]
pub(super) fn Plan(meeting: RwSignal<Meeting>) -> impl IntoView {
    let l = Bench::of_context().locale();
    let metres = move || f64::from(meeting.get().decimetres) / 10.0;
    let scale = move || METRE.min(ROOM / metres());
    let said = move || {
        let d = words::decimal(l, metres(), 1);
        if metres() < 1.0 {
            say!(l, meeting.plan_near, d = d)
        } else {
            say!(l, meeting.plan_far, d = d)
        }
    };
    // An equilateral triangle: each is as far from the two others.
    let sylvie = move || stand(metres() * scale(), 200.0);
    let justin = move || stand(metres() * scale(), 140.0);
    let label = move || {
        let n = words::decimal(l, metres(), 1);
        say!(l, meeting.metres, n = n)
    };
    let (x, y) = CENTRE;
    view! {
        <figure><svg viewBox="0 0 640 380" role="img" aria-label=said>
            <path class="sh-floor" d="M6 6h628v368H6z"/>
            <g class="sh-shelf"><path d="M36 36h150v34H36zM36 310h150v34H36zM454 36h150v34H454z"/><path d="M484 268h120v76H484z"/></g>
            <g class="sh-t">
                <text x="52" y="58">{td_string!(l, meeting.shelf_fruit)}</text>
                <text x="52" y="332">{td_string!(l, meeting.shelf_bread)}</text>
                <text x="470" y="58">{td_string!(l, meeting.shelf_dairy)}</text>
                <text x="522" y="312">{td_string!(l, meeting.shelf_till)}</text>
            </g>
            <path class="sh-door" d="M280 374h80"/>
            <circle class="sh-ring" cx=x cy=y r=scale/>
            <text class="sh-m" x=move || x + scale() * 0.72 + 8.0 y=move || y - scale() * 0.72>"1\u{a0}m"</text>
            <path class="sh-d" d=move || {
                let ((sx, sy), (jx, jy)) = (sylvie(), justin());
                format!("M{sx:.0} {sy:.0}L{x} {y}L{jx:.0} {jy:.0}z")
            }/>
            {person(Person::Sylvie, sylvie)}
            {person(Person::Justin, justin)}
            {person(Person::Johanna, move || CENTRE)}
            <g class="sh-lab"><rect x="276" y="336" width="88" height="32" rx="4"/><text x="320" y="358" text-anchor="middle">{label}</text></g>
        </svg></figure>
    }
}

fn stand(distance: f64, degrees: f64) -> (f64, f64) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    (CENTRE.0 + distance * cos, CENTRE.1 + distance * sin)
}

fn person(person: Person, at: impl Fn() -> (f64, f64) + Copy + Send + 'static) -> impl IntoView {
    let href = match person {
        Person::Sylvie => "#sylvie",
        Person::Justin => "#justin",
        Person::Johanna => "#johanna",
    };
    view! {
        <g class=words::class(person)>
            <circle class="sh-c" cx=move || at().0 cy=move || at().1 r="29"/>
            <use href=href x=move || at().0 - 26.0 y=move || at().1 - 32.0 width="52" height="52"/>
        </g>
    }
}
