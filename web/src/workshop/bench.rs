//! What every view needs: the story as it stands, what of it has changed, a way to act on it, the language.

use decree::Moment;
use leptos::prelude::*;
use leptos::task::spawn_local;
use workshop::radio::{Meeting, start_from};
use workshop::story::{Chapter, Event, Realm, Report, Step, Story, Trouble};
use workshop::{Person, Stage};

use super::browser::Browser;
use crate::part::{El, button, set};
use crate::texts::i18n::Locale;

/// Copied freely from view to view.
#[derive(Clone, Copy)]
pub(crate) struct Bench {
    story: StoredValue<Story>,
    /// Away while a decision is being carried out, so that there is one at a time.
    stage: StoredValue<Option<Stage<Browser>>, LocalStorage>,
    /// Where the story stands. While a decision is carried out it stays: nothing is built again under the finger.
    place: RwSignal<()>,
    /// Whether a decision is being carried out.
    pub(crate) busy: RwSignal<bool>,
    trouble: RwSignal<()>,
    people: RwSignal<()>,
    clock: RwSignal<()>,
    messages: RwSignal<()>,
    server: RwSignal<()>,
    receipts: RwSignal<()>,
    locale: StoredValue<Locale>,
    /// The name (`id`) of what had the focus last.
    pub(crate) held: StoredValue<String>,
    /// Whose phone is open on a narrow screen, when the visitor chose one.
    pub(crate) looking_at: RwSignal<Option<Person>>,
    /// The meeting that is being chosen.
    pub(crate) meeting: RwSignal<Meeting>,
    /// Whether first names are shown on the server's rows.
    pub(crate) labels: RwSignal<bool>,
}

/// Where the story stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Its step.
    pub(crate) step: Step,
    decisions: usize,
    report: Report,
    /// The hour is over.
    pub(crate) gone: bool,
}

impl Place {
    fn of(story: &Story) -> Self {
        Self {
            step: story.step,
            decisions: story.log.len(),
            report: story.report,
            gone: story.realm == Realm::Gone,
        }
    }
}

/// A part of the story that views follow.
#[derive(Clone, Copy)]
pub(crate) enum Facet {
    /// The three people and their phones.
    People,
    /// The trial server's clock and life.
    Clock,
    /// What passed.
    Messages,
    /// What the server stores.
    Server,
    /// What it was seen to forget.
    Receipts,
}

impl Bench {
    /// A story at its beginning.
    pub(crate) fn new() -> Self {
        Self {
            place: RwSignal::new(()),
            story: StoredValue::new(Story::default()),
            stage: StoredValue::new_local(Some(Stage::new(Browser))),
            busy: RwSignal::new(false),
            trouble: RwSignal::new(()),
            people: RwSignal::new(()),
            clock: RwSignal::new(()),
            messages: RwSignal::new(()),
            server: RwSignal::new(()),
            receipts: RwSignal::new(()),
            locale: StoredValue::new(Locale::fr),
            held: StoredValue::new(String::new()),
            looking_at: RwSignal::new(None),
            meeting: RwSignal::new(Meeting::new(20, 8)),
            labels: RwSignal::new(true),
        }
    }

    /// From here on the views are built in this language.
    pub(crate) fn speak(self, locale: Locale) {
        self.locale.set_value(locale);
    }

    /// The language in which this view is being built.
    pub(crate) fn locale(self) -> Locale {
        self.locale.get_value()
    }

    /// What is being built is built again when this part of the story changes.
    pub(crate) fn follow(self, facet: Facet) {
        match facet {
            Facet::People => self.people.track(),
            Facet::Clock => self.clock.track(),
            Facet::Messages => self.messages.track(),
            Facet::Server => self.server.track(),
            Facet::Receipts => self.receipts.track(),
        }
    }

    /// Where the story stands, now and each time it has moved on.
    pub(crate) fn place(self) -> Place {
        self.place.track();
        self.read(Place::of)
    }

    /// What went wrong, now and each time that changes.
    pub(crate) fn trouble(self) -> Option<Trouble> {
        self.trouble.track();
        self.read(|story| story.trouble)
    }

    /// Something of the story as it stands.
    pub(crate) fn read<T>(self, read: impl FnOnce(&Story) -> T) -> T {
        self.story.with_value(read)
    }

    /// When the meeting of the shop begins: the formula depends on the hour only through the quarter of an hour.
    pub(crate) fn meeting_start(self) -> Moment {
        start_from(self.read(|story| story.now().unwrap_or(Moment::from_unix(0))))
    }

    /// A button that keeps its place and does nothing while a decision is being carried out.
    pub(crate) fn button(self, class: &str, label: &str, act: impl Fn() + 'static) -> El {
        let busy = self.busy;
        let act = move || {
            if !busy.get_untracked() {
                act();
            }
        };
        button(class, label, act)
            .live(move |button| set(button, "aria-disabled", busy.get().then_some("true")))
    }

    /// Takes a decision, unless another is being carried out.
    pub(crate) fn decide(self, event: Event) {
        self.act(Act::Decide(event));
    }

    /// Does this on the stage, unless something else is being carried out.
    pub(crate) fn act(self, act: Act) {
        let Some(mut stage) = self.stage.try_update_value(Option::take).flatten() else {
            return;
        };
        spawn_local(async move {
            let mut show = move |now: &Story| self.show(now);
            let mut next = match act {
                Act::Decide(event) => Some(event),
                Act::Retry => {
                    stage.retry(&mut show).await;
                    None
                }
                Act::GiveUp => {
                    stage.give_up(&mut show);
                    None
                }
                Act::Replay(chapter) => {
                    stage.replay(chapter, &mut show).await;
                    None
                }
                Act::RefuseEverything => {
                    stage.replay(Chapter::Install, &mut show).await;
                    refusal(stage.story())
                }
            };
            while let Some(event) = next {
                stage.decide(event, &mut show).await;
                next = match act {
                    Act::RefuseEverything => refusal(stage.story()),
                    _ => None,
                };
            }
            self.stage.set_value(Some(stage));
        });
    }

    /// Tells the views what has changed.
    fn show(self, now: &Story) {
        let before = self.story.get_value();
        self.story.set_value(now.clone());
        let changed = |changed: bool, facet: RwSignal<()>| {
            if changed {
                facet.set(());
            }
        };
        changed(
            before.people != now.people || before.report != now.report,
            self.people,
        );
        changed(
            before.realm != now.realm || before.step != now.step,
            self.clock,
        );
        changed(
            before.messages.len() != now.messages.len() || before.step != now.step,
            self.messages,
        );
        changed(
            before.server != now.server
                || before.gone != now.gone
                || before.realm != now.realm
                || before.step != now.step,
            self.server,
        );
        changed(before.receipts != now.receipts, self.receipts);
        changed(before.trouble != now.trouble, self.trouble);
        self.busy.set(now.is_busy());
        // What stands under the finger is not built again until the decision is carried out.
        changed(
            !now.is_busy() && (before.is_busy() || Place::of(&before) != Place::of(now)),
            self.place,
        );
    }
}

/// What can be asked of the stage.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Takes a decision.
    Decide(Event),
    /// Tries again what went wrong.
    Retry,
    /// Leaves what went wrong, back to the choice.
    GiveUp,
    /// Tells the story again from this chapter on, on a new trial server.
    Replay(Chapter),
    /// Tells the story again from its beginning, refusing at each step whatever can be refused.
    RefuseEverything,
}

/// The notices are read, time does not wait, and everything else is refused; `None` at the end, or in trouble.
fn refusal(story: &Story) -> Option<Event> {
    if story.is_busy() || story.trouble.is_some() {
        return None;
    }
    match story.step {
        Step::Notices => Some(Event::Accept),
        Step::End(Chapter::Receipt) => None,
        Step::End(_) | Step::Fortnight => Some(Event::Continue),
        _ => Some(Event::Refuse),
    }
}
