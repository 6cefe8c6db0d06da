//! The stage: three real phones and a real server carry out what the story asks for.

mod calls;

use std::sync::Arc;

use decree::Moment;
use rand_core::CryptoRng;
use robert::auth::AuthRequest;
use robert::phone::Phone;

use crate::exchange::Failure;
use crate::message::{Message, MessageKind, Way};
use crate::radio::Meeting;
use crate::session::Session;
use crate::story::{
    Chapter, Effect, Event, Fact, HeardPseudonym, Outcome, PhoneView, Realm, Story, Trouble,
};
use crate::{Each, Host, Person};

/// The story, its phones and its server.
pub struct Stage<H> {
    host: H,
    story: Story,
    phones: Each<Phone>,
    session: Option<Session>,
    /// A question whose answer was lost.
    pending: Each<Option<AuthRequest>>,
    /// A report whose answer was lost.
    sent: Option<Vec<u8>>,
}

impl<H: Host> Stage<H> {
    /// Everything at its beginning: no server yet, three phones without the application.
    pub fn new(host: H) -> Self {
        Self {
            host,
            story: Story::default(),
            phones: Each::new(|_| Phone::new()),
            session: None,
            pending: Each::default(),
            sent: None,
        }
    }

    /// The story as it stands.
    pub const fn story(&self) -> &Story {
        &self.story
    }

    /// Takes a decision and carries it out. `show` is called each time the story changes.
    ///
    /// A decision that is not one of this step's changes nothing.
    pub async fn decide(&mut self, event: Event, show: &mut impl FnMut(&Story)) {
        if self.story.on(event) {
            show(&self.story);
            self.carry_on(show).await;
        }
    }

    /// Tries again what went wrong.
    pub async fn retry(&mut self, show: &mut impl FnMut(&Story)) {
        self.story.retry();
        show(&self.story);
        self.carry_on(show).await;
    }

    /// Leaves what went wrong.
    pub fn give_up(&mut self, show: &mut impl FnMut(&Story)) {
        self.story.give_up();
        show(&self.story);
    }

    /// Tells the story again up to the beginning of this chapter, on a new demo realm; the old one is erased.
    pub async fn replay(&mut self, chapter: Chapter, show: &mut impl FnMut(&Story)) {
        if let (Some(session), Realm::Open { .. }) = (self.session.take(), self.story.realm) {
            // If it cannot be reached now, it erases itself at the end of its hour.
            let _ = session.end(&self.host).await;
        }
        self.phones = Each::new(|_| Phone::new());
        self.pending = Each::default();
        self.sent = None;
        self.story = self.story.replay(chapter);
        show(&self.story);
        self.carry_on(show).await;
    }

    async fn carry_on(&mut self, show: &mut impl FnMut(&Story)) {
        while let Some(effect) = self.story.pending() {
            let done = self.carry_out(effect).await;
            match done {
                Ok((fact, messages)) => {
                    let outcome = self.outcome(fact, messages);
                    self.story.learn(outcome);
                }
                Err((Failure::Gone, messages)) => {
                    self.session = None;
                    let outcome = self.outcome(Fact::Gone, messages);
                    self.story.learn(outcome);
                }
                Err((Failure::Trouble(trouble), messages)) => self.story.fail(trouble, messages),
            }
            show(&self.story);
        }
    }

    fn outcome(&mut self, fact: Fact, messages: Vec<Message>) -> Outcome {
        let now = self.session.as_ref().map(|session| session.now(&self.host));
        let views = Each::new(|person| now.and_then(|now| view(self.phones.of(person), now)));
        Outcome {
            messages,
            phones: views,
            now,
            fact,
        }
    }

    async fn carry_out(&mut self, effect: Effect) -> Result<Done, (Failure, Vec<Message>)> {
        let mut passed = Vec::new();
        match self.attempt(effect, &mut passed).await {
            Ok(fact) => Ok((fact, passed)),
            Err(failure) => Err((failure, passed)),
        }
    }

    async fn attempt(
        &mut self,
        effect: Effect,
        passed: &mut Vec<Message>,
    ) -> Result<Fact, Failure> {
        if effect == Effect::OpenRealm {
            let session = Session::open(&self.host).await?;
            let (now, expires_at) = (session.now(&self.host), session.expires_at());
            self.session = Some(session);
            return Ok(Fact::Opened { now, expires_at });
        }
        let session = self.session.as_mut().ok_or(Failure::Gone)?;
        match effect {
            Effect::OpenRealm => Err(Failure::Gone),
            Effect::MoveTo(moment) => {
                let rng = &mut self.host.rng();
                while let Some((person, due)) =
                    next_decoy(&mut self.phones, session.now(&self.host), rng)
                    && due <= moment
                {
                    session.move_to(&self.host, due).await?;
                    let mut call = calls::Call {
                        host: &self.host,
                        session,
                        person,
                        passed,
                    };
                    call.decoy(self.phones.of_mut(person)).await?;
                }
                let now = session.move_to(&self.host, moment).await?;
                for (_, phone) in self.phones.iter_mut() {
                    phone.tick(now);
                }
                Ok(Fact::Moved)
            }
            Effect::Bluetooth(person, on) => {
                self.phones.of_mut(person).switch_bluetooth(on);
                Ok(Fact::BluetoothSet)
            }
            Effect::Meet(meeting, start) => Ok(Fact::Met {
                heard: meet(&mut self.phones, meeting, start, passed),
            }),
            Effect::HandOutCode(kind) => {
                Ok(Fact::CodeHandedOut(session.code(&self.host, kind).await?))
            }
            Effect::Look => Ok(Fact::Seen(session.look(&self.host).await?)),
            Effect::EndRealm => {
                session.end(&self.host).await?;
                self.session = None;
                self.phones = Each::new(|_| Phone::new());
                Ok(Fact::Ended)
            }
            Effect::Draft(onset) => {
                let now = session.now(&self.host);
                let phone = self.phones.of_mut(Person::Johanna);
                let drafted = phone.draft(onset, now).map_err(|_| Trouble::Garbled)?;
                Ok(Fact::Drafted(
                    drafted.meetings.iter().map(Into::into).collect(),
                ))
            }
            Effect::Register(person)
            | Effect::Ask(person)
            | Effect::Unregister(person)
            | Effect::EraseExposures(person) => {
                let phone = self.phones.of_mut(person);
                let mut call = calls::Call {
                    host: &self.host,
                    session,
                    person,
                    passed,
                };
                match effect {
                    Effect::Register(_) => call.register(phone).await,
                    Effect::Ask(_) => call.ask(phone, self.pending.of_mut(person)).await,
                    Effect::Unregister(_) => call.unregister(phone).await,
                    _ => call.erase_exposures(phone).await,
                }
            }
            Effect::Report => {
                let code = self
                    .story
                    .code
                    .as_ref()
                    .ok_or(Trouble::Garbled)?
                    .text
                    .clone();
                let person = Person::Johanna;
                let phone = self.phones.of_mut(person);
                let mut call = calls::Call {
                    host: &self.host,
                    session,
                    person,
                    passed,
                };
                call.report(phone, code, &mut self.sent).await
            }
        }
    }
}

type Done = (Fact, Vec<Message>);

/// The phone that sends the next decoy, and when.
fn next_decoy(
    phones: &mut Each<Phone>,
    now: Moment,
    rng: &mut impl CryptoRng,
) -> Option<(Person, Moment)> {
    let due = |(person, phone): (Person, &mut Phone)| {
        let due = phone.next_decoy(now, rng).ok()?;
        Some((person, due))
    };
    phones
        .iter_mut()
        .filter_map(due)
        .min_by_key(|(_, due)| *due)
}

/// Every ten seconds each phone says HELLO and the two others hear it. Returns how many HELLOs were heard.
fn meet(
    phones: &mut Each<Phone>,
    meeting: Meeting,
    start: Moment,
    passed: &mut Vec<Message>,
) -> u32 {
    let mut heard = 0;
    for sample in meeting.samples(start) {
        for person in Person::ALL {
            let Ok(hello) = phones.of_mut(person).emit(sample.at) else {
                continue;
            };
            let bytes = hello.to_bytes();
            let mut heard_by = None;
            for (other, phone) in phones.iter_mut() {
                if other != person && phone.hear(&bytes, sample.rssi, sample.at).is_ok() {
                    heard += 1;
                    heard_by = heard_by.or(Some(other));
                }
            }
            match passed.iter_mut().find(|message| message.person == person) {
                Some(message) => message.count += 1,
                None => passed.push(Message {
                    heard_by,
                    bytes: Arc::from(bytes),
                    ..Message::new(person, Way::OverTheAir, MessageKind::Hello, sample.at)
                }),
            }
        }
    }
    heard
}

/// What a phone keeps; `None` if it is as new.
fn view(phone: &Phone, now: Moment) -> Option<PhoneView> {
    let mut view = PhoneView {
        keys: phone.is_registered(),
        ..PhoneView::default()
    };
    for own in phone.pseudonyms() {
        view.pseudonyms += 1;
        view.pseudonyms_until = own.epoch.next().map(robert::Epoch::start);
    }
    for recorded in phone.history(now) {
        let known = view
            .heard
            .iter_mut()
            .find(|heard| heard.ebid == recorded.hello.ebid.0);
        match known {
            Some(heard) => {
                heard.hellos += 1;
                heard.last = recorded.at;
                heard.strongest = heard.strongest.max(recorded.rssi);
                heard.forgotten_at = recorded.forgotten_at();
            }
            None => view.heard.push(HeardPseudonym {
                ebid: recorded.hello.ebid.0,
                ecc: recorded.hello.ecc.0,
                hellos: 1,
                first: recorded.at,
                last: recorded.at,
                strongest: recorded.rssi,
                forgotten_at: recorded.forgotten_at(),
            }),
        }
    }
    (view.keys || !view.heard.is_empty()).then_some(view)
}
