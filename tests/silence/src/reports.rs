//! People who have the disease report, and phones send decoys.

use std::time::{SystemTime, UNIX_EPOCH};

use decree::Moment;
use decree::article_2::Onset;
use decree::article_3::Once;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use harness::Server;
use http_tests::{Admission, Person, Realm, decoy, decoys, report};
use robert::phone::Phone;
use robert::stamp::{Price, hash_contacts, zeros};
use robert::{Contact, Epoch};
use serde_json::Value;
use service::work;

use crate::{Block, Line, Observation, Random};

/// Reports of each kind by one phone, one after the other: a demo realm takes a hundred reports of its six phones.
const OF_EACH_KIND: usize = 8;
/// Contacts that each of the phones can report: nobody has met nobody, and most have met somebody.
pub const CONTACTS: [usize; 6] = [0, 1, 1, 2, 2, 3];
/// Requests to one server. Whoever is reported again and again has exposures without end, which no real account has.
const MOST_REQUESTS: usize = 4_000;

/// People who met, and can report.
pub struct Company<'realm> {
    realm: &'realm Realm,
    people: Vec<Person<'realm>>,
    /// The epoch in which they met.
    epoch: Epoch,
}

impl<'realm> Company<'realm> {
    /// Registers everybody and lets each meet as many of the others as [`CONTACTS`] says, for a whole epoch: the current
    /// one. What is left of it is heard a few minutes before its time, which nothing on the way can tell.
    pub fn gather(realm: &'realm Realm) -> Self {
        Self::of(realm, CONTACTS.map(|_| Person::register(realm)))
    }

    /// The same of people who have registered.
    pub(crate) fn of(realm: &'realm Realm, people: [Person<'realm>; CONTACTS.len()]) -> Self {
        let mut people: Vec<_> = people.into();
        let epoch = Epoch::at(realm.now()).unwrap();
        for (i, met) in CONTACTS.into_iter().enumerate() {
            for other in 1..=met {
                let (listener, speaker) = two(&mut people, i, (i + other) % CONTACTS.len());
                hear(&mut listener.phone, &mut speaker.phone, epoch);
            }
        }
        Self {
            realm,
            people,
            epoch,
        }
    }

    /// The bodies of a real report and of a decoy of this person's phone: both may be sent.
    pub fn bodies(&mut self, who: usize, code: &str) -> [Value; 2] {
        let (real, drawn) = self.draw(who, code);
        [real, decoy(self.realm, &drawn)]
    }

    /// The body of a real report, and the contacts of a decoy.
    fn draw(&mut self, who: usize, code: &str) -> (Value, Vec<Contact>) {
        let now = self.epoch.next().unwrap().start();
        let phone = &mut self.people[who].phone;
        phone.draft(Onset::Unknown, now).expect("a draft");
        let sent = phone.send(Once::new(code.to_owned()), now);
        let sent = sent.expect("a report");
        assert_eq!(sent.contacts.len(), CONTACTS[who]);
        let real = report(sent.code, &sent.contacts);
        phone.accepted().expect("a report was sent");
        let drawn = phone.decoy(now, &mut UnwrapErr(SysRng)).expect("a decoy");
        (real, drawn)
    }

    /// One phone sends reports and decoys in random order on a new connection to this address.
    ///
    /// # Panics
    /// When one is not answered 200.
    pub fn report(&mut self, who: usize, address: &str, random: &mut Random) -> Block {
        let both = (0..OF_EACH_KIND).map(|i| {
            // Codes of both kinds.
            let code = self.realm.code(["long", "short"][i % 2]);
            self.draw(who, &code)
        });
        let (real, drawn): (Vec<_>, Vec<_>) = both.unzip();
        let real = real.into_iter().map(|body| (true, body.to_string()));
        let decoys = decoys(self.realm, &drawn).into_iter();
        let decoys = decoys.map(|body| (false, body.to_string()));
        let mut bodies: Vec<_> = real.chain(decoys).collect();
        random.shuffle(&mut bodies);
        let path = format!("{}/api/v6/report", self.realm.door());
        let mut line = Line::open(address);
        let block = bodies.into_iter().map(|(first_kind, body)| {
            let seen = line.post(&path, body.as_bytes());
            seen.answer.reply().is(200);
            Observation { first_kind, seen }
        });
        Block(block.collect())
    }
}

/// Whether the token of this body is a stamp for its contacts.
pub fn is_decoy(body: &[u8]) -> bool {
    let Ok(report) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    let contacts = hash_contacts(report["contacts"].to_string().as_bytes());
    let token = report["token"].as_str().unwrap_or_default();
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let today = Moment::from_unix(since_1970.as_secs()).day();
    let days = [today.minus_days(1), today, today.plus_days(1)].into_iter();
    let best = days.map(|day| zeros(day, &contacts, token)).max();
    best.is_some_and(|zeros| zeros >= Price::DEMO.least())
}

/// Sends so many at least, half of them decoys, to as many servers as that takes, each at the address that `door` makes of
/// it, and hands over what was seen.
///
/// In demo realms, where a stamp costs its sender a sixty-fourth: nationally ten thousand of them would take hours.
pub fn watch(
    requests: usize,
    random: &mut Random,
    mut door: impl FnMut(&Server) -> String,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut seen = 0;
    while seen < requests {
        let server = Server::fresh().expect("a server");
        let address = door(&server);
        let most = MOST_REQUESTS.min(requests - seen);
        let mut here = 0;
        while here < most {
            let realm = Realm::open(&server);
            let mut company = Company::gather(&realm);
            for who in 0..CONTACTS.len() {
                let block = company.report(who, &address, random);
                here += block.0.len();
                blocks.push(block);
            }
            realm.end();
        }
        seen += here;
    }
    blocks
}

/// Sends so many at least, half of them decoys, to the national realm of a server of its own.
pub fn watch_nationally(requests: usize, random: &mut Random) -> Vec<Block> {
    let server = Server::fresh_national().expect("a server");
    let (realm, address) = (Realm::national(&server), server.address());
    let admission = Admission::to(&server, work::asked(service::Realm::National));
    let (mut blocks, mut seen) = (Vec::new(), 0);
    while seen < requests {
        let people = CONTACTS.map(|_| Person::admit(&realm, &admission));
        let mut company = Company::of(&realm, people);
        for who in 0..CONTACTS.len() {
            let block = company.report(who, &address, random);
            seen += block.0.len();
            blocks.push(block);
        }
    }
    blocks
}

fn two<T>(list: &mut [T], one: usize, other: usize) -> (&mut T, &mut T) {
    let [one, other] = list.get_disjoint_mut([one, other]).expect("two of them");
    (one, other)
}

fn hear(listener: &mut Phone, speaker: &mut Phone, epoch: Epoch) {
    for second in (0..900).step_by(10) {
        let at = epoch.start() + http_tests::seconds(second);
        let hello = speaker.emit(at).expect("a pseudonym of this epoch");
        let close = http_tests::level(0.6);
        listener
            .hear(&hello.to_bytes(), close, at)
            .expect("Bluetooth is on");
    }
}
