//! What a decision asks for.

use decree::Moment;

use super::{
    App, Chapter, Character, Code, Decision, Effect, Event, Follow, Realm, Report, Step, Story,
    Trouble,
};
use crate::message::Message;
use crate::radio;
use crate::server_state::ServerView;
use crate::{Each, Person};

impl Default for Story {
    fn default() -> Self {
        Self {
            step: Step::Notices,
            people: Each::new(|_| Character {
                app: App::NotAsked,
                bluetooth: None,
                declined_to_ask: false,
                answer: None,
                phone: None,
            }),
            realm: Realm::NotYet,
            meeting: None,
            code: None,
            onset: None,
            draft: Vec::new(),
            report: Report::NotYet,
            messages: Vec::new(),
            server: ServerView::default(),
            gone: Vec::new(),
            receipts: Vec::new(),
            log: Vec::new(),
            follows: Follow::Nothing,
            trouble: None,
            queue: Default::default(),
            acting: None,
            baseline: ServerView::default(),
            accounts: Each::default(),
            script: Default::default(),
        }
    }
}

impl Story {
    /// The same story up to the beginning of this chapter, to be told again on a new demo realm.
    #[must_use]
    pub(crate) fn replay(&self, chapter: Chapter) -> Self {
        let script = self
            .log
            .iter()
            .filter(|decision| decision.step.chapter() < chapter)
            .map(|decision| decision.event)
            .collect();
        let mut story = Self {
            script,
            ..Self::default()
        };
        story.follow_script();
        story
    }

    /// Whether a decision is being carried out, so that no other can be taken.
    pub fn is_busy(&self) -> bool {
        self.acting.is_some()
    }

    /// What is to be carried out next; `None` while a trouble waits, or when there is nothing to do.
    pub(crate) fn pending(&self) -> Option<Effect> {
        match self.trouble {
            Some(_) => None,
            None => self.queue.front().copied(),
        }
    }

    /// Takes a decision. Returns whether it was one of this step's; otherwise nothing changes.
    pub(crate) fn on(&mut self, event: Event) -> bool {
        if self.is_busy() {
            return false;
        }
        let Some(effects) = self.effects_of(event) else {
            return false;
        };
        self.log.push(Decision {
            step: self.step,
            event,
            at: self.now(),
        });
        self.baseline.clone_from(&self.server);
        self.server.unmark_fresh();
        self.gone.clear();
        self.acting = Some(event);
        self.queue.extend(effects);
        self.note(event);
        self.move_on_if_done();
        true
    }

    /// What went wrong is tried again.
    pub(crate) fn retry(&mut self) {
        self.trouble = None;
    }

    /// What went wrong is left. The step stays, unless what was decided is done and only its echo was missing.
    pub(crate) fn give_up(&mut self) {
        self.trouble = None;
        self.script.clear();
        let done = self.queue.iter().all(|effect| self.is_echo(*effect));
        self.queue.clear();
        if done {
            self.move_on_if_done();
        } else {
            self.acting = None;
            self.log.pop();
        }
    }

    /// Whether this effect only shows what the decision under way has done.
    fn is_echo(&self, effect: Effect) -> bool {
        match effect {
            Effect::Look => true,
            // After a meeting or a report the clock is moved; elsewhere moving it is the decision itself.
            Effect::MoveTo(_) => matches!(
                (self.step, self.acting),
                (Step::Meeting, Some(Event::Meet(_))) | (Step::Send, Some(Event::Accept))
            ),
            _ => false,
        }
    }

    /// An effect could not be carried out; some messages may have passed before that.
    pub(crate) fn fail(&mut self, trouble: Trouble, passed: Vec<Message>) {
        self.keep(passed);
        if let Some(Effect::Report) = self.queue.front()
            && matches!(trouble, Trouble::Offline | Trouble::TimedOut)
        {
            self.report = Report::AnswerUnknown;
        }
        self.trouble = Some(trouble);
    }

    /// What this event asks for at this step; `None` if it is not one of its events.
    fn effects_of(&self, event: Event) -> Option<Vec<Effect>> {
        if matches!(self.realm, Realm::Ended | Realm::Gone) {
            return None;
        }
        match event {
            Event::Advance(seconds) => {
                let now = self.now()?;
                return self.travel(now + core::time::Duration::from_secs(seconds));
            }
            Event::GoTo(moment) => return self.travel(moment),
            Event::RegisterAgain(person) => {
                let unknown = self.people.of(person).app == App::Unknown;
                return unknown.then(|| vec![Effect::Register(person), Effect::Look]);
            }
            Event::Ask(person) => {
                return self.with_account(person, vec![Effect::Ask(person), Effect::Look]);
            }
            Event::Uninstall(person) => {
                return self.with_account(person, vec![Effect::Unregister(person), Effect::Look]);
            }
            Event::EraseExposures(person) => {
                return self
                    .with_account(person, vec![Effect::EraseExposures(person), Effect::Look]);
            }
            _ => {}
        }
        Some(match (self.step, event) {
            (Step::Notices, Event::Accept | Event::Refuse) => vec![Effect::OpenRealm, Effect::Look],
            (Step::Install(person), Event::Accept) => vec![Effect::Register(person), Effect::Look],
            (Step::Bluetooth(person), Event::Accept) => vec![Effect::Bluetooth(person, true)],
            (Step::Bluetooth(person), Event::Refuse) => vec![Effect::Bluetooth(person, false)],
            (Step::Meeting, Event::Meet(meeting)) => {
                let start = self.next_meeting()?;
                vec![
                    Effect::MoveTo(start),
                    Effect::Meet(meeting, start),
                    Effect::MoveTo(meeting.end(start)),
                    Effect::Look,
                ]
            }
            (Step::TakeCode, Event::Code(kind)) => vec![Effect::HandOutCode(kind), Effect::Look],
            (Step::Send, Event::Code(kind)) if self.report == Report::CodeRefused => {
                vec![
                    Effect::HandOutCode(kind),
                    Effect::Draft(self.onset?),
                    Effect::Look,
                ]
            }
            (Step::Onset, Event::Onset(onset)) => vec![Effect::Draft(onset)],
            // Deliveries wait for the next call: reading the clock makes them.
            (Step::Send, Event::Accept) => {
                vec![Effect::Report, Effect::MoveTo(self.now()?), Effect::Look]
            }
            (Step::Ask(person), Event::Accept) => {
                self.with_account(person, vec![Effect::Ask(person), Effect::Look])?
            }
            (Step::End(Chapter::Meet), Event::Continue) => vec![
                Effect::MoveTo(self.warning_starts(self.opened()?)),
                Effect::Look,
            ],
            (Step::End(Chapter::Receipt), Event::Continue) => return None,
            (Step::End(_) | Step::Fortnight, Event::Continue) => Vec::new(),
            (Step::Erase, Event::Accept) => vec![Effect::EndRealm],
            (
                Step::Install(_)
                | Step::Meeting
                | Step::TakeCode
                | Step::Send
                | Step::Ask(_)
                | Step::Erase,
                Event::Refuse,
            ) => Vec::new(),
            _ => return None,
        })
    }

    /// What is known at once, before anything is carried out.
    fn note(&mut self, event: Event) {
        match (self.step, event) {
            (Step::Notices, read) => {
                let refused = read == Event::Refuse;
                for (_, character) in self.people.iter_mut() {
                    character.app = if refused {
                        App::SetAside
                    } else {
                        App::NotAsked
                    };
                }
                if refused {
                    self.follows = Follow::NobodyInstalls;
                }
            }
            (Step::Install(person), Event::Refuse) => {
                self.people.of_mut(person).app = App::SetAside;
                self.follows = Follow::SetAside(person);
            }
            (Step::Bluetooth(person), Event::Refuse) => self.follows = Follow::BluetoothOff(person),
            (Step::Bluetooth(person), Event::Accept) => self.follows = Follow::BluetoothOn(person),
            (Step::Meeting, Event::Refuse) => self.follows = Follow::NoMeeting,
            // It may have been received: nobody can say any more that she kept it to herself.
            (Step::Send, Event::Refuse) if self.report == Report::AnswerUnknown => {
                self.follows = Follow::Nothing;
            }
            (Step::TakeCode | Step::Send, Event::Refuse) => {
                self.report = Report::Kept;
                self.follows = Follow::KeptToHerself;
            }
            (Step::Onset, Event::Onset(onset)) => {
                self.onset = Some(onset);
                self.follows = Follow::OnsetGiven;
            }
            (Step::Ask(person), Event::Refuse) => {
                self.people.of_mut(person).declined_to_ask = true;
                self.follows = Follow::NeverKnows(person);
            }
            (Step::Erase, Event::Refuse) => self.follows = Follow::ErasesItself,
            _ => {}
        }
    }

    /// Once everything is carried out: the next step.
    pub(super) fn move_on_if_done(&mut self) {
        if !self.queue.is_empty() {
            return;
        }
        if let Some(event) = self.acting.take() {
            self.step = self.next_step(event);
            if self.step == Step::End(Chapter::Warn) && self.report == Report::NotYet {
                self.follows = Follow::NoPhoneToWarn;
            }
        }
        self.follow_script();
    }

    fn follow_script(&mut self) {
        while !self.is_busy()
            && let Some(event) = self.script.pop_front()
        {
            self.on(event);
        }
    }

    fn travel(&self, to: Moment) -> Option<Vec<Effect>> {
        let target = to.min(self.reach()?);
        (target > self.now()?).then(|| vec![Effect::MoveTo(target), Effect::Look])
    }

    fn next_meeting(&self) -> Option<Moment> {
        let planned = self.meeting_starts(self.opened()?);
        Some(radio::start_from(planned.max(self.now()?)))
    }

    /// What needs an account that the server knows.
    fn with_account(&self, person: Person, effects: Vec<Effect>) -> Option<Vec<Effect>> {
        (self.people.of(person).app == App::Installed).then_some(effects)
    }

    pub(super) fn take_code(&mut self, code: Code) {
        self.code = Some(code);
        if self.report == Report::CodeRefused {
            self.report = Report::NotYet;
        }
        self.follows = Follow::CodeTaken;
    }
}
