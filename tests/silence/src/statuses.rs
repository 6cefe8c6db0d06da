//! People at risk, and people who are not, ask for their status.

use harness::Server;
use http_tests::{Person, Realm, authenticated, heard, report};
use robert::Epoch;
use robert::parameters::{EPOCH_SECONDS, STATUS_GAP_EPOCHS};

use crate::{Block, Exchange, Line, Observation, Random};

/// People of each kind in a crowd: together as many as a demo realm takes.
pub const OF_EACH_KIND: usize = 25;
/// Rounds that one crowd may ask: well within the seven days of an alert.
const MOST_ROUNDS: usize = 100;

/// People of one demo realm, half of them at risk.
pub struct Crowd<'realm> {
    realm: &'realm Realm,
    /// Each with whether they are at risk.
    people: Vec<(Person<'realm>, bool)>,
}

impl<'realm> Crowd<'realm> {
    /// Registers everybody, and lets somebody report two whole epochs next to half of them.
    pub fn gather(realm: &'realm Realm, of_each_kind: usize, random: &mut Random) -> Self {
        let mut at_risk: Vec<_> = (0..2 * of_each_kind).map(|i| i < of_each_kind).collect();
        // So that neither kind's accounts are the older ones.
        random.shuffle(&mut at_risk);
        let people = at_risk.into_iter();
        let people = people.map(|at_risk| (Person::register(realm), at_risk));
        let mut crowd = Self {
            realm,
            people: people.collect(),
        };
        let first = Epoch::at(realm.next_epoch()).unwrap();
        let second = first.next().unwrap();
        let mut contacts = Vec::new();
        for (person, _) in crowd.people.iter_mut().filter(|(_, at_risk)| *at_risk) {
            for epoch in [first, second] {
                let times = (0..EPOCH_SECONDS.into()).step_by(10);
                contacts.push(heard(&mut person.phone, epoch, times));
            }
        }
        realm.advance_to(second.next().unwrap().start());
        let body = report(&realm.code("long"), &contacts);
        realm.post("/api/v6/report", &body).is(200);
        realm.advance(0);
        crowd
    }

    /// Whether each of them is at risk.
    pub fn at_risk(&self) -> Vec<bool> {
        self.people.iter().map(|(_, at_risk)| *at_risk).collect()
    }

    /// Lets the time pass after which everybody may ask again.
    pub fn wait(&self) {
        self.realm
            .advance(u64::from(STATUS_GAP_EPOCHS * EPOCH_SECONDS));
    }

    /// One of them asks.
    ///
    /// # Panics
    /// When they are told anything but what they should be.
    pub fn ask(&mut self, who: usize, line: &mut Line) -> Observation {
        let (person, at_risk) = &mut self.people[who];
        Observation {
            first_kind: *at_risk,
            seen: ask(self.realm, person, *at_risk, line),
        }
    }

    /// Half an hour later everybody asks, in random order, on a new connection to this address. No block when an epoch began
    /// meanwhile, for then the bundles became one pseudonym shorter for all.
    pub fn ask_all(&mut self, address: &str, random: &mut Random) -> Option<Block> {
        self.wait();
        random.shuffle(&mut self.people);
        let mut line = Line::open(address);
        let epoch = Epoch::at(self.realm.now());
        let block = (0..self.people.len()).map(|who| self.ask(who, &mut line));
        let block = Block(block.collect());
        (Epoch::at(self.realm.now()) == epoch).then_some(block)
    }
}

/// Asks whether this person is at risk, as they are or not.
///
/// # Panics
/// When they are told anything else.
pub(crate) fn ask(
    realm: &Realm,
    person: &mut Person<'_>,
    is_at_risk: bool,
    line: &mut Line,
) -> Exchange {
    let request = person.phone.ask(realm.now()).expect("the gap is over");
    let body = authenticated(&request).to_string();
    let path = format!("{}/api/v6/status", realm.door());
    let seen = line.post(&path, body.as_bytes());
    let level = person.learn(&seen.answer.reply());
    assert_eq!(level, if is_at_risk { 4 } else { 0 });
    seen
}

/// Asks at this address so many times at least, in as many realms as that takes, and hands over what was seen.
pub fn watch(server: &Server, address: &str, requests: usize, random: &mut Random) -> Vec<Block> {
    // Many realms: how the accounts of one happen to lie in its storage is not what is asked.
    let rounds = (requests / (10 * 2 * OF_EACH_KIND)).clamp(2, MOST_ROUNDS);
    let mut blocks = Vec::new();
    let mut seen = 0;
    while seen < requests {
        let realm = Realm::open(server);
        let mut crowd = Crowd::gather(&realm, OF_EACH_KIND, random);
        for _ in 0..rounds {
            let asked = crowd.ask_all(address, random);
            seen += asked.as_ref().map_or(0, |Block(block)| block.len());
            blocks.extend(asked);
        }
        realm.end();
    }
    blocks
}
