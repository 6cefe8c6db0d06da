//! What every view needs: the story as it stands, a way to act on it, the language.

use decree::Moment;
use leptos::prelude::*;
use leptos::task::spawn_local;
use limpide_web::workshop::engine::person::Person;
use limpide_web::workshop::engine::play::Stage;
use limpide_web::workshop::engine::radio::{Meeting, start_from};
use limpide_web::workshop::engine::story::{Chapter, Event, Step, Story};

use super::browser::Browser;
use crate::texts::i18n::Locale;

/// Copied freely from view to view.
#[derive(Clone, Copy)]
pub(crate) struct Bench {
    story: RwSignal<Story>,
    /// Away while a decision is being carried out, so that there is one at a time.
    stage: StoredValue<Option<Stage<Browser>>, LocalStorage>,
    locale: RwSignal<Locale>,
    /// Whose phone is open on a narrow screen, when the visitor chose one.
    pub(crate) looking_at: RwSignal<Option<Person>>,
    /// The meeting that is being chosen.
    pub(crate) meeting: RwSignal<Meeting>,
    /// Whether first names are shown on the server's rows.
    pub(crate) labels: RwSignal<bool>,
}

impl Bench {
    /// A story at its beginning.
    pub(crate) fn new() -> Self {
        Self {
            story: RwSignal::new(Story::default()),
            stage: StoredValue::new_local(Some(Stage::new(Browser))),
            locale: RwSignal::new(Locale::fr),
            looking_at: RwSignal::new(None),
            meeting: RwSignal::new(Meeting::new(20, 8)),
            labels: RwSignal::new(true),
        }
    }

    /// The one of this page.
    pub(crate) fn of_context() -> Self {
        expect_context()
    }

    /// From here on the views are built in this language.
    pub(crate) fn speak(self, locale: Locale) {
        self.locale.set(locale);
    }

    /// The language in which this view is being built.
    pub(crate) fn locale(self) -> Locale {
        self.locale.get_untracked()
    }

    /// Something of the story, now and each time it changes.
    pub(crate) fn watch<T>(self, read: impl Fn(&Story) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let story = self.story;
        Memo::new(move |_| story.with(&read))
    }

    /// Something of the story as it stands.
    pub(crate) fn read<T>(self, read: impl FnOnce(&Story) -> T) -> T {
        self.story.with_untracked(read)
    }

    /// When the meeting of the shop begins: the formula depends on the hour only through the quarter of an hour.
    pub(crate) fn meeting_start(self) -> Moment {
        start_from(self.read(|story| story.now().unwrap_or(Moment::from_unix(0))))
    }

    /// Whether a decision is being carried out.
    pub(crate) fn busy(self) -> Signal<bool> {
        self.watch(Story::is_busy).into()
    }

    /// A button's effect.
    pub(crate) fn deciding(self, event: Event) -> Callback<()> {
        Callback::new(move |()| self.decide(event))
    }

    /// Takes a decision, unless another is being carried out.
    pub(crate) fn decide(self, event: Event) {
        self.on_stage(async move |stage, show| stage.decide(event, show).await);
    }

    /// Tries again what went wrong.
    pub(crate) fn retry(self) {
        self.on_stage(async move |stage, show| stage.retry(show).await);
    }

    /// Leaves what went wrong, back to the choice.
    pub(crate) fn give_up(self) {
        self.on_stage(async move |stage, show| stage.give_up(show));
    }

    /// Tells the story again from this chapter on, on a new trial server.
    pub(crate) fn replay(self, chapter: Chapter) {
        self.on_stage(async move |stage, show| stage.replay(chapter, show).await);
    }
}

impl Bench {
    /// Tells the story again from its beginning, refusing at each step whatever can be refused.
    pub(crate) fn refuse_everything(self) {
        self.on_stage(async move |stage, show| {
            stage.replay(Chapter::Install, show).await;
            while let Some(event) = refusal(stage.story()) {
                stage.decide(event, show).await;
            }
        });
    }

    fn on_stage(self, act: impl AsyncFnOnce(&mut Stage<Browser>, &mut Show) + 'static) {
        let Some(mut stage) = self.stage.try_update_value(Option::take).flatten() else { return };
        spawn_local(async move {
            let story = self.story;
            let mut show: Show = Box::new(move |now| story.set(now.clone()));
            act(&mut stage, &mut show).await;
            self.stage.set_value(Some(stage));
        });
    }
}

type Show = Box<dyn FnMut(&Story)>;

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
