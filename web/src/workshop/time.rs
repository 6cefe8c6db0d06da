//! The ruler of time: it only goes forward, and moves the server's clock when it is let go.

use core::time::Duration;

use decree::Moment;
use leptos::prelude::*;
use leptos_i18n::td_string;
use limpide_web::workshop::engine::story::{Event, Milestone, Realm, Story};

use super::bench::Bench;
use super::words::{self, say};
use crate::part::Icon;
use crate::texts::i18n::Locale;

const QUARTER: u64 = 15 * 60;
const DAY: u64 = 24 * 60 * 60;

/// The clock, the range over the days of the story, and three buttons.
#[component]
pub(super) fn Time() -> impl IntoView {
    let bench = Bench::of_context();
    let l = bench.locale();
    let open = bench.watch(|story| story.now().is_some());
    let over = bench.watch(|story| matches!(story.realm, Realm::Ended | Realm::Gone));
    let body = move || {
        if open.get() {
            ruler(bench).into_any()
        } else {
            let words = if over.get() {
                td_string!(l, time.over)
            } else {
                td_string!(l, time.not_yet)
            };
            view! { <p class="clock soft"><Icon name="time"/><span>{words}</span></p> }.into_any()
        }
    };
    view! {
        <section class="time" aria-labelledby="time">
            <h2 id="time" class="vh">{td_string!(l, time.h2)}</h2>
            {body}
        </section>
    }
}

fn ruler(bench: Bench) -> impl IntoView {
    let l = bench.locale();
    let clock = bench.watch(Clock::of);
    let busy = bench.busy();
    // Where the range is being dragged to, until it is let go.
    let aimed = RwSignal::new(None::<u32>);
    Effect::new(move |_| {
        clock.track();
        aimed.set(None);
    });
    let today = move || clock.get().today;
    let day = move || aimed.get().unwrap_or_else(today);
    let spoken = move || {
        let date = words::long_date(l, clock.get().noon_of(day()));
        say!(l, time.value, n = day(), date = date)
    };
    let aim = move |event| {
        let wanted: u32 = event_target_value(&event).parse().unwrap_or_else(|_| today());
        let clock = clock.get_untracked();
        aimed.set(Some(wanted.clamp(clock.today, clock.furthest)));
    };
    let go = move |_| {
        let wanted = aimed.get_untracked().unwrap_or_else(today);
        let clock = clock.get_untracked();
        if wanted > clock.today {
            bench.decide(Event::GoTo(clock.start_of(wanted).min(clock.reach)));
        }
        aimed.set(None);
    };
    let forward = move || {
        aimed.get().map(|aimed| aimed - today()).filter(|days| *days > 0).map(|days| match days {
            1 => say!(l, time.forward_1),
            days => say!(l, time.forward, n = days),
        })
    };
    let stuck = move || {
        let clock = clock.get();
        busy.get() || clock.now >= clock.reach
    };
    let step = move |label: &'static str, seconds: u64| {
        view! {
            <button type="button" class="btn quiet" aria-disabled=move || stuck().then_some("true")
                on:click=move |_| bench.decide(Event::Advance(seconds))>{label}</button>
        }
    };
    let forgetting = move || {
        let go = move |_| {
            if let Some(due) = bench.read(Story::forgetting) {
                bench.decide(Event::GoTo(due));
            }
        };
        clock.get().can_forget.then(|| {
            view! {
                <button type="button" class="btn quiet" aria-disabled=move || busy.get().then_some("true")
                    on:click=go>{td_string!(l, fortnight.go)}</button>
            }
        })
    };
    view! {
        <p class="clock"><Icon name="time"/><span>
            <strong>{move || words::long_date(l, clock.get().now)}", "{move || words::hour(l, clock.get().now)}</strong>
            " "<span class="soft">{move || say!(l, time.day, n = today())}" · "{td_string!(l, time.zone)}</span>
            " "<span class="tag">{forward}</span>
        </span></p>
        <div class="ruler">
            <label class="vh" for="day">{move || say!(l, time.range, n = clock.get().days)}</label>
            <input id="day" type="range" min="0" max=move || clock.get().days.to_string()
                prop:value=move || day().to_string() aria-valuetext=spoken
                aria-disabled=move || stuck().then_some("true")
                on:input=aim on:change=go/>
            <ol class="ticks" aria-hidden="true">{move || ticks(l, &clock.get())}</ol>
        </div>
        <div class="btns">
            {step(td_string!(l, time.quarter), QUARTER)}
            {step(td_string!(l, time.one_day), DAY)}
            {forgetting}
        </div>
        {move || stuck().then(|| (!busy.get()).then(|| view! { <p class="small soft">{td_string!(l, time.limit)}</p> }))}
    }
}

/// What the ruler shows.
#[derive(Clone, PartialEq)]
struct Clock {
    opened: Moment,
    now: Moment,
    reach: Moment,
    today: u32,
    furthest: u32,
    days: u32,
    can_forget: bool,
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
            can_forget: story.forgetting().is_some_and(|due| now < due && due <= reach),
            named: named.into_iter().map(|(milestone, moment)| (milestone, day(moment))).collect(),
        }
    }

    fn start_of(&self, day: u32) -> Moment {
        self.opened.day().plus_days(day).start()
    }

    fn noon_of(&self, day: u32) -> Moment {
        self.start_of(day) + Duration::from_hours(12)
    }
}

fn ticks(l: Locale, clock: &Clock) -> impl IntoView + use<> {
    (0..=clock.days)
        .map(|day| {
            let name = clock.named.iter().find(|(_, named)| *named == day).map(|(name, _)| *name);
            let words = name.and_then(|name| match name {
                Milestone::Installation => Some(td_string!(l, time.m_install)),
                Milestone::Meeting => Some(td_string!(l, time.m_meeting)),
                Milestone::Report => Some(td_string!(l, time.m_report)),
                Milestone::Forgetting => Some(td_string!(l, time.m_forget)),
                Milestone::End => None,
            });
            view! { <li class:maj=name.is_some()>{words.map(|words| view! { <span>{words}</span> })}</li> }
        })
        .collect_view()
}
