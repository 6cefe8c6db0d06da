//! Accounts in the files of a killed server, as if their people had registered and met others: written by the server's own
//! functions, under its own keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use decree::{Day, Moment};
use harness::{Result, Server};
use http_tests::{disk, level};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use robert::risk::{AppliedContact, Verdict, expose, judge};
use robert::validate::{DayKeys, Located, authenticate};
use robert::{AuthKey, Ecc, Epoch, HeardHello, Hello, Id, Ntp};
use service::keyring::Wrapping;
use service::record::Records;
use service::registry::{self, Arrival, Context, Register};
use service::vault::Keys;
use service::{Class, Place, Realm, group, schema};
use store::{Native, Sql, transact};

use crate::life::{Lived, noon};
use crate::safes::Safes;

/// Groups that are made in one go, as wrangler.toml says.
const OPEN_GROUPS: u16 = 8;
/// One account in so many was left alone by its phone, and is forgotten at the midnight that comes.
const ONE_IS_FORGOTTEN: u32 = 100;
/// One account in so many was exposed, to one, two or three contacts of the last fifteen days.
const ONE_IS_EXPOSED: u32 = 20;
/// HELLOs of a contact: one a minute.
const HELLOS: u64 = 15;
/// Accounts of one transaction.
const AT_ONCE: usize = 10_000;

/// An account that is asked for.
pub(crate) struct Asker {
    pub(crate) id: Id,
    pub(crate) auth_key: [u8; 32],
    pub(crate) tuple_key: [u8; 32],
    /// Whether the answer must say so.
    pub(crate) is_at_risk: bool,
}

/// What was written.
pub(crate) struct Seeded {
    /// How many accounts.
    pub(crate) accounts: u32,
    /// Those that are asked for: chosen evenly, none that is forgotten.
    pub(crate) askers: Vec<Asker>,
    /// The files of the groups' safes.
    pub(crate) safes: Vec<String>,
    /// The registry's file.
    pub(crate) registry: PathBuf,
    /// How long that took.
    pub(crate) lasted: Duration,
    /// Bytes of the registry's file and of all safes.
    pub(crate) bytes: u64,
    /// Files that the server stores, whatever is in them.
    pub(crate) files: usize,
}

/// Of so many accounts those that can be asked for: asking keeps an account from being forgotten.
pub(crate) const fn may_ask(accounts: u32) -> u32 {
    accounts - accounts / ONE_IS_FORGOTTEN
}

/// Adds so many accounts to what this killed server stores; so many of them are asked for.
///
/// # Errors
/// Of the file system, and of the engine.
pub(crate) fn add(server: &Server, lived: &Lived, accounts: u32, asked: u32) -> Result<Seeded> {
    let begun = Instant::now();
    let mut files = disk::objects(server, "Registry").into_iter();
    let file = files.next().expect("a registry");
    let mut seed = Seed::open(server, lived, &file)?;
    let mut askers = seed.register_all(accounts, asked)?;
    let at_risk = seed.expose_all()?;
    for asker in &mut askers {
        asker.is_at_risk = at_risk.contains(&asker.id.0);
    }
    let told = askers.iter().filter(|asker| asker.is_at_risk).count();
    assert!(told > 0, "nobody at risk is asked for");
    eprintln!("  of {asked} that are asked for, {told} are at risk");
    seed.sql.query("PRAGMA journal_mode = WAL", &[])?;
    let safes = seed.safes.files.into_iter().collect();
    drop(seed.sql);
    let (mut bytes, mut files) = (0, 0);
    for folder in fs::read_dir(server.storage())? {
        let folder = folder?.path();
        let name = folder.to_string_lossy();
        let counts = name.ends_with("-Registry") || name.ends_with("-Safe");
        for file in fs::read_dir(&folder)? {
            files += 1;
            bytes += if counts { file?.metadata()?.len() } else { 0 };
        }
    }
    Ok(Seeded {
        accounts,
        askers,
        safes,
        registry: file,
        lasted: begun.elapsed(),
        bytes,
        files,
    })
}

/// A registry that accounts are added to.
struct Seed<'l> {
    lived: &'l Lived,
    sql: Native,
    place: Place,
    wrapping: Wrapping,
    records: Records,
    safes: Safes,
    rng: StdRng,
    exposed: Vec<Exposed>,
}

/// An account that was exposed, on these days.
struct Exposed {
    id: Id,
    auth_key: [u8; 32],
    days: Vec<Day>,
}

impl<'l> Seed<'l> {
    fn open(server: &Server, lived: &'l Lived, file: &Path) -> Result<Self> {
        let sql = Native::open(file)?;
        for pragma in [
            "journal_mode = MEMORY",
            "synchronous = OFF",
            "cache_size = -400000",
        ] {
            sql.exec(&format!("PRAGMA {pragma}"), &[])?;
        }
        let place = schema::stored_place(&sql, Realm::National, Class::Registry);
        let place = place.expect("a place").expect("tables");
        let mut safes = Safes::of(server, &lived.ring);
        let mut records = Records::default();
        for group in registry::groups(&sql, &place).expect("groups") {
            records.add_group(group.name, Some(Rc::new(safes.read(group)?)));
        }
        Ok(Self {
            lived,
            sql,
            place,
            wrapping: lived.ring.wrapping(Realm::National),
            records,
            safes,
            rng: StdRng::seed_from_u64(1),
            exposed: Vec::new(),
        })
    }

    fn register_all(&mut self, accounts: u32, asked: u32) -> Result<Vec<Asker>> {
        let forgotten = accounts / ONE_IS_FORGOTTEN;
        let every = may_ask(accounts) / asked;
        let (today, mut askers) = (self.lived.today, Vec::new());
        let mut keys = BTreeMap::<Day, Keys>::new();
        let all: Vec<_> = (0..accounts).collect();
        let begun = Instant::now();
        for some in all.chunks(AT_ONCE) {
            self.sql.exec("SAVEPOINT accounts", &[])?;
            for number in some.iter().copied() {
                let at = registered_at(today, number, accounts, forgotten);
                self.make_groups(at)?;
                let keys = keys
                    .entry(at.day())
                    .or_insert_with(|| self.lived.keys_at(at));
                let asker = self.register(keys, at);
                let is_asked = number >= forgotten && (number - forgotten).is_multiple_of(every);
                if is_asked && askers.len() < asked as usize {
                    askers.push(asker);
                }
            }
            self.sql.exec("RELEASE accounts", &[])?;
            let done = some.last().map_or(0, |last| last + 1);
            if accounts >= 100_000 && done.is_multiple_of(50_000) {
                let seconds = begun.elapsed().as_secs();
                eprintln!("  {done} of {accounts} accounts, after {seconds} s");
            }
        }
        // The challenges of their registrations are over.
        while registry::tick(&self.sql, &self.place, noon(today)).expect("a tick") {}
        Ok(askers)
    }

    /// A few at a time, as the server does while fewer have a free place.
    fn make_groups(&mut self, now: Moment) -> Result<()> {
        let (sql, place, rng) = (&self.sql, &self.place, &mut self.rng);
        if !registry::are_short(sql, place, OPEN_GROUPS).expect("groups") {
            return Ok(());
        }
        let wrapping = self.lived.ring.groups(Realm::National);
        for name in registry::found(sql, place, rng, OPEN_GROUPS).expect("new groups") {
            let writing = registry::begin_writing(sql, name).expect("a writing");
            let writing = writing.expect("a group");
            let places = group::places(place.realm);
            let keys = writing.keys(rng, places, None).expect("keys");
            self.safes
                .write(writing.safe(), &keys.wrap(&wrapping, rng, name))?;
            registry::written(sql, rng, now, &writing, wrapping.newest_id()).expect("a group");
            self.records.add_group(name, Some(Rc::new(keys)));
        }
        Ok(())
    }

    fn register(&mut self, keys: &Keys, now: Moment) -> Asker {
        let (sql, rng) = (&self.sql, &mut self.rng);
        let group = registry::open_group(sql, &self.place, rng).expect("groups");
        let group = group.expect("a group with a free place").name;
        let (mut challenge, mut auth_key, mut tuple_key) = ([0; 16], [0; 32], [0; 32]);
        rng.fill_bytes(&mut challenge);
        rng.fill_bytes(&mut auth_key);
        rng.fill_bytes(&mut tuple_key);
        let request = Register {
            challenge,
            until: now.unix() + 600,
            level: 0,
            auth_key,
            tuple_key,
        };
        let context = Context {
            place: self.place,
            wrapping: &self.wrapping,
            keys,
            records: &self.records,
            now,
        };
        let id = registry::register(sql, &context, rng, &request, group).expect("an account");
        let days = draw_days(rng, self.lived.today);
        if !days.is_empty() {
            self.exposed.push(Exposed { id, auth_key, days });
        }
        Asker {
            id,
            auth_key,
            tuple_key,
            is_at_risk: false,
        }
    }

    /// Applies their contacts to the accounts that were exposed: the identities of those that are at risk.
    fn expose_all(&mut self) -> Result<BTreeSet<[u8; 5]>> {
        let now = noon(self.lived.today);
        let keys = self.lived.keys_at(now);
        let context = Context {
            place: self.place,
            wrapping: &self.wrapping,
            keys: &keys,
            records: &self.records,
            now,
        };
        let (exposed, rng) = (std::mem::take(&mut self.exposed), &mut self.rng);
        let mut at_risk = BTreeSet::new();
        for some in exposed.chunks(AT_ONCE) {
            let applied: Result<(), service::Failure> = transact(&self.sql, |sql| {
                for account in some {
                    let contacts: Vec<_> = account.contacts(&keys).collect();
                    if account.is_at_risk(&contacts, now) {
                        at_risk.insert(account.id.0);
                    }
                    let mut arrivals = Vec::new();
                    for contact in contacts {
                        let mut id = [0; 16];
                        rng.fill_bytes(&mut id);
                        arrivals.push((id, Arrival::Contact(Some(contact))));
                        // The intake has been told, and sends it no more.
                        arrivals.push((id, Arrival::Forgotten(id)));
                    }
                    let arrivals: Vec<_> = arrivals.iter().map(|(id, of)| (*id, of)).collect();
                    registry::apply(sql, &context, rng, &arrivals)?;
                }
                Ok(())
            });
            applied.expect("exposures");
        }
        Ok(at_risk)
    }
}

impl Exposed {
    /// One for each of its days: fourteen minutes close by, in that morning.
    fn contacts(&self, keys: &Keys) -> impl Iterator<Item = Located> {
        let (id, key) = (self.id, AuthKey::from_bytes(&self.auth_key));
        self.days.iter().map(move |day| {
            let start = day.start() + Duration::from_hours(10);
            let epoch = Epoch::at(start).expect("an epoch");
            let ebid = keys.server_key(epoch.day()).expect("the day's key");
            let (ebid, ecc) = (ebid.encrypt(epoch, id), Ecc(9));
            let hello = |minute: u64| {
                let at = Ntp::from(start + Duration::from_secs(60 * minute));
                HeardHello::new(&Hello::seal(&key, ecc, ebid, at), at, level(0.6))
            };
            Located {
                id,
                epoch,
                ecc,
                ebid,
                hellos: (0..HELLOS).map(hello).collect(),
            }
        })
    }

    /// What must become of these contacts when all are applied.
    fn is_at_risk(&self, contacts: &[Located], now: Moment) -> bool {
        let key = AuthKey::from_bytes(&self.auth_key);
        let applied = contacts.iter().map(|contact| AppliedContact {
            epoch: contact.epoch,
            hellos: authenticate(&key, contact, now),
        });
        let exposures = expose(&applied.collect::<Vec<_>>());
        judge(&Verdict::default(), &exposures, now).is_at_risk(now)
    }
}

/// When account `number` registered: those that are forgotten at the midnight that comes on one day, the others evenly on
/// the days since.
fn registered_at(today: Day, number: u32, accounts: u32, forgotten: u32) -> Moment {
    let (first, last, number, of) = if number < forgotten {
        let day = today.minus_days(17);
        (day.start(), day.plus_days(1).start(), number, forgotten)
    } else {
        let first = today.minus_days(16).start();
        let of = accounts - forgotten;
        (first, noon(today), number - forgotten, of)
    };
    let seconds = last.since(first).as_secs() * u64::from(number) / u64::from(of);
    first + Duration::from_secs(seconds)
}

/// The days on which somebody was met: of most people none, of the others one to three of the fifteen that the server
/// remembers.
fn draw_days(rng: &mut StdRng, today: Day) -> Vec<Day> {
    if !rng.next_u32().is_multiple_of(ONE_IS_EXPOSED) {
        return Vec::new();
    }
    let (first, more) = (rng.next_u32() % 15, rng.next_u32() % 3);
    let back = (0..=more).map(|contact| (first + 4 * contact) % 15);
    let mut days: Vec<_> = back.map(|back| today.minus_days(back)).collect();
    days.sort_unstable();
    days
}
