//! The plan of the shop: three people, and a ring of one metre around Johanna.

use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::Person;
use workshop::radio::Meeting;

use crate::part::{El, el, group, set, svg};
use crate::texts::i18n::Locale;
use crate::workshop::words::{self, say};

/// Where Johanna stands, in pixels of the drawing.
const CENTRE: (i32, i32) = (320, 190);
/// Pixels for a metre, near; farther away the drawing shrinks so that all three stay in the shop.
const METRE: f64 = 150.0;
/// An equilateral triangle: each is as far from the two others. Directions of Sylvie (200°) and Justin (140°).
const SYLVIE: (f64, f64) = (-0.9397, -0.3420);
const JUSTIN: (f64, f64) = (-0.7660, 0.6428);

/// An image with a text equivalent: the ranges beside it say and move the same.
pub(super) fn plan(l: Locale, meeting: RwSignal<Meeting>) -> El {
    let scale = move || METRE.min(METRE / metres(meeting));
    let ring = move || scale().round() as i32;
    let away = move |direction: (f64, f64)| {
        let pixels = metres(meeting) * scale();
        let along = |part: f64| (pixels * part).round() as i32;
        (CENTRE.0 + along(direction.0), CENTRE.1 + along(direction.1))
    };
    let shelf = |place: (&str, &str), name: &str| {
        svg("text").attr("x", place.0).attr("y", place.1).add(name)
    };
    let names = svg("g")
        .class("sh-t")
        .add(shelf(("52", "58"), td_string!(l, meeting.shelf_fruit)))
        .add(shelf(("52", "332"), td_string!(l, meeting.shelf_bread)))
        .add(shelf(("470", "58"), td_string!(l, meeting.shelf_dairy)))
        .add(shelf(("522", "312"), td_string!(l, meeting.shelf_till)));
    let circle = svg("circle").class("sh-ring").live(move |circle| {
        place(circle, ("cx", "cy"), CENTRE);
        set(circle, "r", Some(&ring().to_string()));
    });
    let one_metre = svg("text").class("sh-m").add("1\u{a0}m").live(move |text| {
        let right = CENTRE.0 + ring() * 7 / 8 + 8;
        place(text, ("x", "y"), (right, CENTRE.1 - ring() / 2));
    });
    let sides = svg("path").class("sh-d").live(move |path| {
        let ((sx, sy), (jx, jy)) = (away(SYLVIE), away(JUSTIN));
        let (x, y) = CENTRE;
        set(path, "d", Some(&format!("M{sx} {sy}L{x} {y}L{jx} {jy}z")));
    });
    let distance = svg("g")
        .class("sh-lab")
        .add(
            svg("rect")
                .attr("x", "56")
                .attr("y", "174")
                .attr("width", "88")
                .attr("height", "32")
                .attr("rx", "4"),
        )
        .add(
            svg("text")
                .attr("x", "100")
                .attr("y", "196")
                .attr("text-anchor", "middle")
                .slot(move || group().add(super::metres(l, meeting.get()))),
        );
    let drawing = svg("svg")
        .attr("viewBox", "0 0 640 380")
        .attr("role", "img")
        .live(move |image| set(image, "aria-label", Some(&said(l, meeting.get()))))
        .add(svg("path").class("sh-floor").attr("d", "M6 6h628v368H6z"))
        .add(svg("g").class("sh-shelf").add(svg("path").attr(
            "d",
            "M36 36h150v34H36zM36 310h150v34H36zM454 36h150v34H454zM484 268h120v76H484z",
        )))
        .add(names)
        .add(svg("path").class("sh-door").attr("d", "M280 374h80"))
        .add(circle)
        .add(one_metre)
        .add(sides)
        .add(person(Person::Sylvie, move || away(SYLVIE)))
        .add(person(Person::Justin, move || away(JUSTIN)))
        .add(person(Person::Johanna, || CENTRE))
        .add(distance);
    el("figure").add(drawing)
}

fn metres(meeting: RwSignal<Meeting>) -> f64 {
    f64::from(meeting.get().decimetres) / 10.0
}

fn said(l: Locale, meeting: Meeting) -> String {
    let d = words::decimal(l, f64::from(meeting.decimetres) / 10.0, 1);
    if meeting.decimetres < 10 {
        say!(l, meeting.plan_near, d = d)
    } else {
        say!(l, meeting.plan_far, d = d)
    }
}

fn person(person: Person, at: impl Fn() -> (i32, i32) + Copy + 'static) -> El {
    let ground = svg("circle").class("sh-c").attr("r", "29");
    let bust = svg("use")
        .attr("href", words::picture(person))
        .attr("width", "52")
        .attr("height", "52");
    svg("g")
        .class(words::class(person))
        .add(ground.live(move |circle| place(circle, ("cx", "cy"), at())))
        .add(bust.live(move |bust| place(bust, ("x", "y"), (at().0 - 26, at().1 - 32))))
}

fn place(element: &web_sys::Element, names: (&str, &str), at: (i32, i32)) {
    set(element, names.0, Some(&at.0.to_string()));
    set(element, names.1, Some(&at.1.to_string()));
}
