//! People who have the disease report, and phones send decoys.

use decree::article_2::Onset;
use decree::article_3::Once;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use harness::Server;
use http_tests::{DECOY, Person, Realm, report};
use robert::phone::Phone;
use robert::{Contact, Epoch};
use serde_json::Value;

use crate::{Block, Line, Observation, Random};

/// Reports of each kind by one phone, one after the other.
const OF_EACH_KIND: usize = 10;
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
        let mut people: Vec<_> = CONTACTS.map(|_| Person::register(realm)).into();
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
        let now = self.epoch.next().unwrap().start();
        let phone = &mut self.people[who].phone;
        phone.draft(Onset::Unknown, now).expect("a draft");
        let sent = phone.send(Once::new(code.to_owned()), now);
        let sent = sent.expect("a report");
        assert_eq!(sent.contacts.len(), CONTACTS[who]);
        let real = report(sent.code, &sent.contacts);
        phone.accepted().expect("a report was sent");
        let drawn: Vec<Contact> = phone.decoy(now, &mut UnwrapErr(SysRng)).expect("a decoy");
        [real, report(DECOY, &drawn)]
    }

    /// One phone sends reports and decoys in random order on a new connection to this address.
    ///
    /// # Panics
    /// When one is not answered 200.
    pub fn report(&mut self, who: usize, address: &str, random: &mut Random) -> Block {
        let mut bodies = Vec::with_capacity(2 * OF_EACH_KIND);
        for i in 0..OF_EACH_KIND {
            // Codes of both kinds.
            let code = self.realm.code(["long", "short"][i % 2]);
            let [real, decoy] = self.bodies(who, &code);
            bodies.push((true, real.to_string()));
            bodies.push((false, decoy.to_string()));
        }
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

/// Sends so many at least, half of them decoys, to as many servers as that takes, each at the address that `door` makes of
/// it, and hands over what was seen.
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
        let realm = Realm::national(&server);
        let mut company = Company::gather(&realm);
        let most = MOST_REQUESTS.min(requests - seen);
        let mut here = 0;
        while here < most {
            for who in 0..CONTACTS.len() {
                let block = company.report(who, &address, random);
                here += block.0.len();
                blocks.push(block);
            }
        }
        seen += here;
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
