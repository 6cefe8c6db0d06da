//! What a scenario is made of: people with phones, a realm whose clock moves, and what was seen so far.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use decree::Moment;
use decree::article_2::Onset;
use decree::article_3::Once;
use http_tests::{Person, Realm, Reply, State, authenticated, level, shared};
use robert::auth::AuthRequest;
use robert::phone::{Phone, Refusal};
use robert::{Contact, Epoch, Hello};
use serde_json::{Value, json};

use crate::forger::Forger;
use crate::office::Office;

/// How far people go without asking the server: a bundle lasts four days, today included.
const HOP: Duration = Duration::from_hours(3 * 24);
/// A phone that has pseudonyms for this long waits for the next hop.
const AHEAD: Duration = Duration::from_hours(24);
/// What people do takes real time: by so much a meeting may begin before the realm's now.
const LATE: Duration = Duration::from_mins(5);
/// Between two HELLOs of a phone.
const EVERY: Duration = Duration::from_secs(10);

/// A reply, to whom, and to which call.
pub(crate) struct Answer {
    pub(crate) who: String,
    pub(crate) call: &'static str,
    pub(crate) reply: Reply,
}

pub(crate) struct Story {
    pub(crate) realm: &'static Realm,
    people: BTreeMap<String, Person<'static>>,
    today: Moment,
    /// By how much a phone's clock is fast.
    pub(crate) fast: BTreeMap<String, Duration>,
    /// Every reply so far.
    pub(crate) answers: Vec<Answer>,
    /// The last report, as it left.
    pub(crate) report: Option<Value>,
    /// What the server stored when it was last looked at.
    pub(crate) noted: Option<State>,
    /// The counters, as they were last read.
    pub(crate) counted: BTreeMap<String, u64>,
    pub(crate) forger: Option<Forger>,
    /// Every pseudonym that somebody ever received.
    pub(crate) pseudonyms: BTreeMap<String, BTreeSet<[u8; 8]>>,
    /// The code that somebody holds.
    pub(crate) code: String,
    /// The phone of the last who left, as it was before.
    pub(crate) gone: Option<Phone>,
    /// The national server's desk, where one is needed.
    pub(crate) office: Option<Office>,
}

impl Story {
    /// A realm of its own: no scenario is near midnight unless it says so.
    pub(crate) fn begin() -> Self {
        // People borrow their realm, which is small and lasts as long as the program.
        let realm: &'static Realm = Box::leak(Box::new(Realm::open_at_noon(&shared())));
        Self {
            realm,
            people: BTreeMap::new(),
            today: realm.now().day().start() + Duration::from_hours(12),
            fast: BTreeMap::new(),
            answers: Vec::new(),
            report: None,
            noted: None,
            counted: BTreeMap::new(),
            forger: None,
            pseudonyms: BTreeMap::new(),
            code: String::new(),
            gone: None,
            office: None,
        }
    }

    /// Ends the realm.
    pub(crate) fn end(self) {
        self.realm.end();
    }

    pub(crate) fn now(&self) -> Moment {
        self.realm.now()
    }

    /// The day that dates of the scenario are counted back from.
    pub(crate) fn today(&self) -> Moment {
        self.today
    }

    /// So long after the beginning is today.
    pub(crate) fn set_today(&mut self, after: Duration) {
        self.today = self.today + after;
    }

    pub(crate) fn phone(&mut self, who: &str) -> &mut Phone {
        &mut self.person(who).phone
    }

    fn person(&mut self, who: &str) -> &mut Person<'static> {
        let person = self.people.get_mut(who);
        person.unwrap_or_else(|| panic!("{who} n'a pas l'application"))
    }
}

/// Time.
impl Story {
    /// Time passes, and phones ask the server now and then, as they do.
    pub(crate) fn go(&mut self, to: Moment) {
        while self.now() < to {
            self.realm.advance(to.since(self.now()).min(HOP).as_secs());
            self.connect(self.now() + AHEAD);
        }
    }

    /// Every phone that lacks pseudonyms for this moment asks the server, if it may.
    fn connect(&mut self, until: Moment) {
        let (until, now) = (Epoch::at(until).unwrap(), self.now());
        for who in self.people.keys().cloned().collect::<Vec<_>>() {
            let phone = self.phone(&who);
            let lacks = phone.pseudonyms().all(|tuple| tuple.epoch != until);
            if phone.is_registered()
                && lacks
                && let Ok(request) = phone.ask(now)
            {
                let reply = self.post(&who, "status", &authenticated(&request));
                self.learn(&who, &reply);
            }
        }
    }
}

/// People.
impl Story {
    pub(crate) fn install(&mut self, who: &str) {
        let person = Person::register(self.realm);
        self.people.insert(who.to_owned(), person);
        self.remember(who);
    }

    /// So many at the same time.
    pub(crate) fn install_at_once(&mut self, number: usize) {
        let realm = self.realm;
        let registered: Vec<_> = thread::scope(|scope| {
            let all: Vec<_> = (0..number)
                .map(|_| scope.spawn(|| Person::register(realm)))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for (number, person) in registered.into_iter().enumerate() {
            let who = format!("n° {number}");
            self.people.insert(who.clone(), person);
            self.remember(&who);
        }
    }

    fn learn(&mut self, who: &str, reply: &Reply) -> u64 {
        let level = self.person(who).learn(reply);
        self.remember(who);
        level
    }

    fn remember(&mut self, who: &str) {
        let held: Vec<_> = self
            .phone(who)
            .pseudonyms()
            .map(|tuple| tuple.ebid.0)
            .collect();
        self.pseudonyms
            .entry(who.to_owned())
            .or_default()
            .extend(held);
    }

    /// Every pseudonym that is on somebody's phone.
    pub(crate) fn pseudonyms_held(&self) -> impl Iterator<Item = [u8; 8]> {
        let phones = self.people.values().map(|person| &person.phone);
        phones.flat_map(|phone| phone.pseudonyms().map(|tuple| tuple.ebid.0))
    }

    /// Everybody near everybody else: each emits one HELLO every ten seconds, and hears those of all the others.
    pub(crate) fn meet(&mut self, names: &[&str], length: Duration, metres: f64, start: Moment) {
        self.meet_every(EVERY, names, length, metres, start);
    }

    /// The same, with so much time between two HELLOs.
    pub(crate) fn meet_every(
        &mut self,
        every: Duration,
        names: &[&str],
        length: Duration,
        metres: f64,
        start: Moment,
    ) {
        assert!(start + LATE >= self.now(), "une rencontre dans le passé");
        self.go(start);
        let end = start + length;
        self.connect(end - every);
        let level = level(metres);
        let mut now = start;
        while now < end {
            let told: Vec<_> = names.iter().map(|who| self.emit(who, now)).collect();
            for (rank, who) in names.iter().enumerate() {
                let others = told.iter().enumerate().filter(|(other, _)| *other != rank);
                for (_, hello) in others {
                    self.hear(who, hello.as_ref(), level, now);
                }
            }
            now = now + every;
        }
        self.go(end);
    }

    /// Nothing when Bluetooth is off.
    fn emit(&mut self, who: &str, now: Moment) -> Option<Hello> {
        let now = self.clock(who, now);
        match self.phone(who).emit(now) {
            Err(Refusal::BluetoothOff) => None,
            emitted => Some(emitted.expect("a HELLO")),
        }
    }

    pub(crate) fn hear(&mut self, who: &str, hello: Option<&Hello>, level: i8, now: Moment) {
        let now = self.clock(who, now);
        let heard = hello.map(|hello| self.phone(who).hear(&hello.to_bytes(), level, now));
        match heard {
            None | Some(Err(Refusal::BluetoothOff)) => {}
            Some(heard) => heard.expect("16 bytes"),
        }
    }

    /// What this person's phone takes for now.
    fn clock(&self, who: &str, now: Moment) -> Moment {
        now + self.fast.get(who).copied().unwrap_or_default()
    }

    /// Asks "am I at risk?", as soon as the phone may: the level.
    pub(crate) fn ask(&mut self, who: &str) -> u64 {
        let reply = self.ask_without_learning(who);
        self.learn(who, &reply)
    }

    /// The same, but the reply never reaches the phone.
    pub(crate) fn ask_without_learning(&mut self, who: &str) -> Reply {
        let now = self.now();
        let request = match self.phone(who).ask(now) {
            Err(Refusal::TooSoon { until }) => {
                self.realm.advance_to(until);
                let now = self.now();
                self.phone(who).ask(now)
            }
            other => other,
        };
        self.post(who, "status", &authenticated(&request.expect("a question")))
    }

    /// Reports, with a short code, what the phone selects for this onset, or that and a change on the way.
    pub(crate) fn send_report(&mut self, who: &str, onset: Onset, change: fn(&mut Contact)) {
        let code = self.realm.code("short");
        self.report_under(code, who, onset, change).is(200);
        self.phone(who).accepted().expect("a report under way");
    }

    /// The same with this code, whatever it is answered.
    pub(crate) fn report_under(
        &mut self,
        code: String,
        who: &str,
        onset: Onset,
        change: fn(&mut Contact),
    ) -> Reply {
        let (code, now) = (Once::new(code), self.now());
        let phone = self.phone(who);
        phone.draft(onset, now).expect("a draft");
        let sent = phone.send(code, now).expect("a report");
        let mut contacts = sent.contacts;
        contacts.iter_mut().for_each(change);
        let body = http_tests::report(sent.code, &contacts);
        let reply = self.post(who, "report", &body);
        self.report = Some(body);
        reply
    }

    /// Everything that waits at the server arrives.
    pub(crate) fn deliver(&self) {
        self.realm.advance(0);
    }

    pub(crate) fn request(
        &mut self,
        who: &str,
        call: &'static str,
        make: fn(&mut Phone, Moment) -> Result<AuthRequest, Refusal>,
    ) -> Reply {
        let now = self.now();
        let request = make(self.phone(who), now).expect("a request");
        self.post(who, call, &authenticated(&request))
    }

    /// Posts to the deployed API, and keeps the reply.
    pub(crate) fn post(&mut self, who: &str, call: &'static str, body: &Value) -> Reply {
        let reply = self.realm.post(&format!("/api/v6/{call}"), body);
        self.answers.push(Answer {
            who: who.to_owned(),
            call,
            reply: reply.clone(),
        });
        reply
    }

    /// Reports nothing with this code.
    pub(crate) fn use_code(&mut self, who: &str, code: &str) -> Reply {
        self.post(who, "report", &json!({ "token": code, "contacts": [] }))
    }
}
