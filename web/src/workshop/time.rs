//! The ruler of time: it only goes forward, and moves the server's clock when it is let go.

use decree::Moment;
use leptos::prelude::*;
use leptos_i18n::td_string;
use workshop::story::{Event, Milestone, Realm, Story};

use web_sys::HtmlInputElement;

use super::bench::{Bench, Facet};
use super::words::{self, say};
use crate::part::{El, button, el, group, icon, set};
use crate::texts::i18n::Locale;

const QUARTER: u64 = 15 * 60;
const DAY: u64 = 24 * 60 * 60;

/// The clock, the range over the days of the story, and three buttons.
pub(super) fn time(bench: Bench) -> El {
    let l = bench.locale();
    let body = move || {
        bench.follow(Facet::Clock);
        let (open, over) = bench.read(|story| {
            (
                story.now().is_some(),
                matches!(story.realm, Realm::Ended | Realm::Gone),
            )
        });
        let still = |words: &str| {
            el("p")
                .class("clock soft")
                .add(icon("time", ""))
                .add(el("span").add(words))
        };
        match (open, over) {
            (true, _) => ruler(bench, bench.read(Clock::of)),
            (false, true) => still(td_string!(l, time.over)),
            (false, false) => still(td_string!(l, time.not_yet)),
        }
    };
    el("section")
        .class("time")
        .attr("aria-labelledby", "time")
        .add(
            el("h2")
                .attr("id", "time")
                .class("vh")
                .add(td_string!(l, time.h2)),
        )
        .slot(body)
}

fn ruler(bench: Bench, clock: Clock) -> El {
    let l = bench.locale();
    let stuck = clock.now >= clock.reach;
    // Where the range is being dragged to, until it is let go.
    let aimed = RwSignal::new(clock.today);
    let label = el("label")
        .class("vh")
        .attr("for", "day")
        .add(say!(l, time.range, n = clock.days));
    let ticks = el("ol")
        .class("ticks")
        .attr("aria-hidden", "true")
        .add(ticks(l, &clock));
    let step = |words: &str, seconds: u64| {
        let go = move || bench.decide(Event::Advance(seconds));
        let button = if stuck {
            stopped(words)
        } else {
            bench.button("btn quiet", words, go)
        };
        button.attr("id", if seconds == DAY { "one-day" } else { "quarter" })
    };
    let buttons = el("div")
        .class("btns")
        .add(step(td_string!(l, time.quarter), QUARTER))
        .add(step(td_string!(l, time.one_day), DAY))
        .add(clock.forgetting.map(|due| {
            let go = move || bench.decide(Event::GoTo(due));
            bench
                .button("btn quiet", td_string!(l, fortnight.go), go)
                .attr("id", "to-forgetting")
        }));
    let limit = stuck.then(|| el("p").class("small soft").add(td_string!(l, time.limit)));
    let hand = el("span")
        .add(
            el("strong")
                .add(words::long_date(l, clock.now))
                .add(", ")
                .add(words::hour(l, clock.now)),
        )
        .add(" ")
        .add(
            el("span")
                .class("soft")
                .add(say!(l, time.day, n = clock.today))
                .add(" · ")
                .add(td_string!(l, time.zone)),
        )
        .add(" ");
    let today = clock.today;
    let hand = hand.slot(move || {
        let forward = match aimed.get().saturating_sub(today) {
            0 => return group(),
            1 => say!(l, time.forward_1),
            days => say!(l, time.forward, n = days),
        };
        el("span").class("tag").add(forward)
    });
    group()
        .add(el("p").class("clock").add(icon("time", "")).add(hand))
        .add(
            el("div")
                .class("ruler")
                .add(label)
                .add(range(bench, clock, aimed))
                .add(ticks),
        )
        .add(buttons)
        .add(limit)
}

/// A button that would lead too far.
fn stopped(words: &str) -> El {
    button("btn quiet", words, || ()).attr("aria-disabled", "true")
}

fn range(bench: Bench, clock: Clock, aimed: RwSignal<u32>) -> El {
    let l = bench.locale();
    let (today, furthest) = (clock.today, clock.furthest);
    let aim = move |event: leptos::ev::Event| {
        let wanted: u32 = event_target_value(&event).parse().unwrap_or(today);
        let within = wanted.clamp(today, furthest);
        // Time only goes forward, and no farther than the chapter: the thumb says so at once.
        event_target::<HtmlInputElement>(&event).set_value(&within.to_string());
        aimed.set(within);
    };
    let days = clock.days.to_string();
    let spoken = clock.clone();
    let go = move |_| {
        let wanted = aimed.get_untracked();
        if wanted > today {
            bench.decide(Event::GoTo(clock.start_of(wanted).min(clock.reach)));
        }
    };
    el("input")
        .attr("id", "day")
        .attr("type", "range")
        .attr("min", "0")
        .attr("max", &days)
        .attr("value", &today.to_string())
        .live(move |input| {
            let date = words::long_date(l, spoken.start_of(aimed.get()));
            let words = say!(l, time.value, n = aimed.get(), date = date);
            set(input, "aria-valuetext", Some(&words));
        })
        .on("input", aim)
        .on("change", go)
}

/// What the ruler shows.
#[derive(Clone)]
struct Clock {
    opened: Moment,
    now: Moment,
    reach: Moment,
    today: u32,
    furthest: u32,
    days: u32,
    /// When the meeting is forgotten, if time may go there now.
    forgetting: Option<Moment>,
    named: Vec<(Milestone, u32)>,
}

impl Clock {
    fn of(story: &Story) -> Self {
        let zero = Moment::from_unix(0);
        let named = story.milestones();
        let opened = named.first().map_or(zero, |(_, moment)| *moment);
        let now = story.now().unwrap_or(zero);
        let reach = story.reach().unwrap_or(now);
        let day = |moment: Moment| moment.day().number().saturating_sub(opened.day().number());
        Self {
            opened,
            now,
            reach,
            today: day(now),
            furthest: day(reach).max(day(now)),
            days: named.last().map_or(0, |(_, moment)| day(*moment)),
            forgetting: story.forgetting().filter(|due| now < *due && *due <= reach),
            named: named
                .into_iter()
                .map(|(milestone, moment)| (milestone, day(moment)))
                .collect(),
        }
    }

    fn start_of(&self, day: u32) -> Moment {
        self.opened.day().plus_days(day).start()
    }
}

fn ticks(l: Locale, clock: &Clock) -> Vec<El> {
    let tick = |day: u32| {
        let name = clock
            .named
            .iter()
            .find(|(_, named)| *named == day)
            .map(|(name, _)| *name);
        let words = match name {
            None | Some(Milestone::End) => None,
            Some(Milestone::Installation) => Some(td_string!(l, time.m_install)),
            Some(Milestone::Meeting) => Some(td_string!(l, time.m_meeting)),
            Some(Milestone::Report) => Some(td_string!(l, time.m_report)),
            Some(Milestone::Forgetting) => Some(td_string!(l, time.m_forget)),
        };
        el("li")
            .class(match name {
                None => "",
                // The day after the installation: its name would cover the other.
                Some(Milestone::Meeting) => "maj low",
                Some(Milestone::Forgetting) => "maj end",
                Some(_) => "maj",
            })
            .add(words.map(|words| el("span").add(words)))
    };
    (0..=clock.days).map(tick).collect()
}
