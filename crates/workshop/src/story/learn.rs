//! What carrying out an effect changes in the story.

use decree::{Moment, article_3};
use robert::phone::Unknown;

use super::{
    App, Effect, Event, Fact, Follow, Met, PhoneView, Realm, Receipt, Report, ServerView, Step,
    Story,
};
use crate::Each;
use crate::message::Message;
use crate::server_state::Sealed;

/// What carrying out an effect gave.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// What passed, in order; numbers and chapters are set by the story.
    pub(crate) messages: Vec<Message>,
    /// What each phone keeps now.
    pub(crate) phones: Each<Option<PhoneView>>,
    /// Realm time, while there is a realm.
    pub(crate) now: Option<Moment>,
    /// What was learned.
    pub(crate) fact: Fact,
}

impl Story {
    /// The first effect of the queue was carried out.
    pub(crate) fn learn(&mut self, outcome: Outcome) {
        let Some(effect) = self.queue.pop_front() else {
            return;
        };
        self.keep(outcome.messages);
        let mut phones = outcome.phones;
        for (person, character) in self.people.iter_mut() {
            character.phone = phones.of_mut(person).take();
        }
        if let (Some(told), Realm::Open { now, .. }) = (outcome.now, &mut self.realm) {
            *now = told;
        }
        self.apply(effect, outcome.fact);
        self.move_on_if_done();
    }

    pub(super) fn keep(&mut self, passed: Vec<Message>) {
        for mut message in passed {
            message.id = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
            message.chapter = self.step.chapter();
            self.messages.push(message);
        }
    }

    fn apply(&mut self, effect: Effect, fact: Fact) {
        match (effect, fact) {
            (_, Fact::Opened { now, expires_at }) => {
                self.realm = Realm::Open {
                    opened: now,
                    now,
                    expires_at,
                };
                if self.follows == Follow::Nothing {
                    self.follows = Follow::Opened;
                }
            }
            (_, Fact::Moved) => {
                if matches!(self.acting, Some(Event::Advance(_) | Event::GoTo(_))) {
                    self.follows = Follow::TimePassed { days: 0, rows: 0 };
                }
            }
            (Effect::Register(person), Fact::Registered) => {
                self.people.of_mut(person).app = App::Installed;
                self.follows = Follow::Registered(person);
            }
            (Effect::Bluetooth(person, on), Fact::BluetoothSet) => {
                self.people.of_mut(person).bluetooth = Some(on);
            }
            (Effect::Meet(meeting, start), Fact::Met { heard }) => {
                self.meeting = Some(Met {
                    meeting,
                    start,
                    heard,
                });
                self.follows = Follow::Met(heard);
            }
            (_, Fact::Drafted(draft)) => self.draft = draft,
            (_, Fact::CodeHandedOut(code)) => self.take_code(code),
            (_, Fact::Reported { contacts, hellos }) => {
                if let Some(at) = self.now() {
                    self.report = Report::Accepted {
                        at,
                        contacts,
                        hellos,
                    };
                }
                self.follows = Follow::Reported;
            }
            (_, Fact::CodeRefused) => {
                self.report = Report::CodeRefused;
                self.follows = Follow::CodeRefused;
            }
            (Effect::Ask(person), Fact::Answered(answer)) => {
                let character = self.people.of_mut(person);
                character.answer = Some(answer);
                character.declined_to_ask = false;
                self.follows = if answer.at_risk {
                    Follow::AtRisk(person)
                } else {
                    Follow::NothingToReport(person)
                };
            }
            (Effect::Ask(person), Fact::TooSoon) => self.follows = Follow::TooSoon(person),
            (
                Effect::Ask(person) | Effect::Unregister(person) | Effect::EraseExposures(person),
                Fact::Unknown(why),
            ) => {
                self.people.of_mut(person).app = App::Unknown;
                self.follows = match why {
                    Unknown::BeforeTerm => Follow::Unknown(person),
                    Unknown::ForgottenOn(day) => Follow::Forgotten(person, day),
                };
            }
            (Effect::Unregister(person), Fact::Unregistered) => {
                let character = self.people.of_mut(person);
                character.app = App::Uninstalled;
                character.bluetooth = None;
                character.answer = None;
                self.follows = Follow::Uninstalled(person);
            }
            (Effect::EraseExposures(person), Fact::ExposuresErased) => {
                self.follows = Follow::ExposuresErased(person);
            }
            (_, Fact::Seen(seen)) => self.see(seen),
            (_, Fact::Ended) => {
                self.realm = Realm::Ended;
                self.server = Default::default();
                self.follows = Follow::Erased;
            }
            (_, Fact::Gone) => {
                self.realm = Realm::Gone;
                self.server = Default::default();
                self.queue.clear();
                self.acting = None;
                self.script.clear();
            }
            // A fact that does not answer its effect changes nothing.
            _ => {}
        }
    }

    fn see(&mut self, mut seen: ServerView) {
        self.name_accounts(&seen);
        seen.label(&self.accounts);
        seen.mark_fresh(&self.baseline);
        self.gone = seen.missing_from(&self.server);
        self.server = seen;
        let (mut days, mut rows) = (0, 0);
        for (day, destroyed) in self.server.destroyed_days() {
            let place = self.receipts.partition_point(|known| known.day < day);
            if self
                .receipts
                .get(place)
                .is_some_and(|known| known.day == day)
            {
                continue;
            }
            let due = article_3::day_key_destroyed_at(day);
            let receipt = Receipt {
                day,
                due,
                destroyed,
                sealed: self.server.sealed_by(day),
            };
            days += 1;
            rows += receipt.sealed.map_or(0, Sealed::rows);
            self.receipts.insert(place, receipt);
        }
        if let Follow::TimePassed { .. } = self.follows {
            self.follows = Follow::TimePassed { days, rows };
        }
    }
}

impl Story {
    /// The account that appeared when a phone registered is that phone's.
    fn name_accounts(&mut self, seen: &ServerView) {
        let registered = match (self.acting, self.step) {
            (Some(Event::RegisterAgain(person)), _) => person,
            (Some(Event::Accept), Step::Install(person)) => person,
            _ => return,
        };
        let known = self.server.accounts();
        let mut new = seen
            .accounts()
            .into_iter()
            .filter(|account| !known.contains(account));
        if let (Some(account), None) = (new.next(), new.next()) {
            *self.accounts.of_mut(registered) = Some(account.to_owned());
        }
    }
}
