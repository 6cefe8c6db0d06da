//! A national realm of hundreds of people: what a watcher can tell of them after a restart, under load, and as they leave.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use harness::{Server, Settings, new_folder};
use http_tests::{
    Admission, Person, Realm, authenticated, decoys, disk, heard, level, report, seconds,
};
use objects::Memory;
use robert::parameters::{EPOCH_SECONDS, STATUS_GAP_EPOCHS};
use robert::{Contact, Ebid, Ecc, Epoch, HeardHello, Mac40, Ntp, Time16};
use serde_json::json;
use service::intake::MOST_WAITING;
use service::work::Work;
use store::{Native, Sql};
use wire::code::Code;

use crate::{Block, Line, Observation, Random, rows, statuses};

/// Registries, each of which makes so many groups of record keys, as a country's do: 1,024 of them.
const REGISTRIES: usize = 16;
const GROUPS: usize = 64;
/// Of so many groups one is loaded at the most, when somebody asks after a restart.
const OF_WHICH_ONE_IS_LOADED: u64 = 10;
/// Intakes: with as many, what is due at a start is tried by all of them at once.
const INTAKES: usize = 16;
/// People who ask after one restart: they are done before a tenth of the groups is loaded.
const AT_A_START: usize = 80;
/// Between a start and the first question, while contacts are delivered.
const UNDER_WAY: Duration = Duration::from_secs(2);
/// People who ask, or leave, one after the other, on one connection.
const TOGETHER: usize = 50;
/// Contacts of one report: with ninety HELLOs each, well within what a report may hold.
const IN_A_REPORT: usize = 50;
/// After so long, in seconds, a contact is due, whatever was drawn for it.
const DUE: u32 = 120;
/// Longest that contacts take until they are delivered.
const DELIVERED_WITHIN: Duration = Duration::from_mins(3);
/// Files that the server may hold open: a safe is three of them, for ten seconds. The unit of an own host allows more.
const OPEN_FILES: u32 = 16_384;

/// Decoys that come in a second: five times the 1.8 that 780,000 phones send in calm, one each in five days. With twenty
/// contacts each, which wait for half a minute, 5,400 wait; the 503 begins above 20,000 at one of the intakes.
const DECOYS_A_SECOND: u32 = 9;
/// Contacts of such a decoy.
const OF_A_DECOY: usize = 20;
/// Wrong short codes that come in a second.
const GUESSES_A_SECOND: u32 = 5;

/// Somebody, and what the server knows of them.
struct Resident<'realm> {
    person: Person<'realm>,
    /// Whether somebody reported two whole epochs next to them.
    is_at_risk: bool,
}

/// A server of its own, and the people who registered there.
pub struct Country<'realm> {
    server: Server,
    realm: &'realm Realm,
    admission: Admission,
    residents: Vec<Resident<'realm>>,
}

/// A server for a country, of this build.
pub fn server(build: PathBuf) -> Server {
    let vars = [
        ("OPEN_GROUPS", GROUPS),
        ("REGISTRY_SHARDS", REGISTRIES),
        ("INTAKE_SHARDS", INTAKES),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_string()));
    let settings = Settings {
        demo: None,
        vars: vars.into(),
        build,
        // A time of its own, which can be moved, and in which no midnight comes between two questions.
        clock: until_one_o_clock(),
        ..Settings::of_tests(new_folder().expect("a name"))
    };
    let server = Server::start_disposable(settings).expect("a server");
    allow_open_files(&server);
    server
}

/// Seconds until it is one o'clock in the morning.
fn until_one_o_clock() -> i64 {
    const DAY: u64 = 86_400;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let of_day = now.expect("after 1970").as_secs() % DAY;
    i64::try_from((DAY + 3_600 - of_day) % DAY).expect("a day") + 1
}

impl<'realm> Country<'realm> {
    /// Nobody yet. `realm` is the national one of this server, which accepts this work.
    pub fn new(server: Server, realm: &'realm Realm, work: &'static Work) -> Self {
        Self {
            admission: Admission::to(&server, work),
            server,
            realm,
            residents: Vec::new(),
        }
    }

    /// Registers so many people of each kind, lets two whole epochs pass, and has somebody report having spent them next to
    /// half of these people. Once that is delivered, everybody's group is still in memory.
    pub fn populate(&mut self, of_each_kind: usize, random: &mut Random) {
        let mut at_risk: Vec<_> = (0..2 * of_each_kind).map(|i| i < of_each_kind).collect();
        // So that neither kind's accounts are the older ones.
        random.shuffle(&mut at_risk);
        let (realm, admission) = (self.realm, &self.admission);
        let new = at_risk.into_iter().map(|is_at_risk| Resident {
            person: Person::admit(realm, admission),
            is_at_risk,
        });
        let mut new: Vec<_> = new.collect();
        let first = Epoch::at(realm.next_epoch()).unwrap();
        let second = first.next().unwrap();
        self.pass(second.next().unwrap().start().since(realm.now()));
        let mut contacts = Vec::new();
        for one in new.iter_mut().filter(|one| one.is_at_risk) {
            for epoch in [first, second] {
                let times = (0..EPOCH_SECONDS.into()).step_by(10);
                contacts.push(heard(&mut one.person.phone, epoch, times));
            }
        }
        tell(realm, &contacts, IN_A_REPORT);
        self.residents.append(&mut new);
        Realm::wait_until(DELIVERED_WITHIN, "contacts are still on their way", || {
            self.waiting() == 0
        });
    }

    /// Everybody asks once after a restart: of their groups one in ten is loaded at the most, else it does not count. The
    /// first kind is at risk.
    pub fn ask_after_restart(&mut self, random: &mut Random) -> Vec<Block> {
        self.pass(gap());
        let Self {
            server,
            realm,
            residents,
            ..
        } = self;
        random.shuffle(residents);
        let blocks = residents.chunks_mut(AT_A_START).filter_map(|some| {
            let started = Started::again(server, realm, 0);
            let asked = ask_all(server, realm, some, |_, one| one.is_at_risk);
            asked.filter(|_| started.are_few_loaded())
        });
        blocks.collect()
    }

    /// Everybody asks once after a restart, while contacts of half of them are delivered. They are the first kind, whether
    /// they are at risk already or not.
    pub fn ask_under_delivery(&mut self, random: &mut Random) -> Vec<Block> {
        self.pass(gap());
        let Self {
            server,
            realm,
            residents,
            ..
        } = self;
        random.shuffle(residents);
        let mut blocks = Vec::new();
        for some in residents.chunks_mut(AT_A_START) {
            // What an earlier restart left under way would come first.
            server.kill().unwrap();
            fs::remove_dir_all(server.storage().join("limpide-Intake")).unwrap();
            Started::again(server, realm, 0);
            let mut met: Vec<_> = (0..some.len()).map(|i| i % 2 == 0).collect();
            random.shuffle(&mut met);
            let epoch = Epoch::at(realm.now()).unwrap();
            let listened = some.iter_mut().zip(&met).filter(|(_, met)| **met);
            // Two minutes and a half: nobody is at risk for that.
            let contacts = listened
                .map(|(one, _)| heard(&mut one.person.phone, epoch, (0..150).step_by(10)))
                .collect::<Vec<_>>();
            tell(realm, &contacts, contacts.len().div_ceil(INTAKES));
            let started = Started::again(server, realm, DUE);
            sleep(UNDER_WAY);
            let asked = ask_all(server, realm, some, |i, _| met[i]);
            blocks.extend(asked.filter(|_| started.are_few_loaded()));
        }
        blocks
    }

    /// So many people ask once, of groups that are in memory, beside these decoys and while short codes are guessed; as long
    /// as the decoys last. The first kind is at risk.
    pub fn ask_beside(
        &mut self,
        decoys: &[String],
        number: usize,
        random: &mut Random,
    ) -> Vec<Block> {
        self.pass(gap());
        random.shuffle(&mut self.residents);
        let Self {
            server,
            realm,
            residents,
            ..
        } = self;
        let (server, realm, is_over) = (&*server, *realm, AtomicBool::new(false));
        let blocks = scope(|scope| {
            let flood = scope.spawn(|| {
                at_rate(DECOYS_A_SECOND, &is_over, decoys, |body| {
                    realm.post_bytes("/api/v6/report", body.as_bytes()).is(200);
                });
            });
            let guesses: Vec<_> = (0..decoys.len()).map(|_| draw_code(random)).collect();
            let is_over = &is_over;
            scope.spawn(move || {
                at_rate(GUESSES_A_SECOND, is_over, &guesses, |code| {
                    let reply =
                        realm.post("/api/v6/report", &json!({ "token": code, "contacts": [] }));
                    // Wrong, or to be sent again with a proof of work.
                    assert!([401, 429].contains(&reply.status), "{reply:?}");
                });
            });
            let mut blocks = Vec::new();
            for some in residents[..number].chunks_mut(TOGETHER) {
                let asked = ask_all(server, realm, some, |_, one| one.is_at_risk);
                if flood.is_finished() {
                    break;
                }
                blocks.extend(asked);
            }
            is_over.store(true, Relaxed);
            blocks
        });
        let waiting = self.waiting();
        assert!(waiting > 0, "no decoy waits");
        assert!((waiting as u64) < MOST_WAITING, "{waiting} contacts wait");
        blocks
    }

    /// So many people leave, the last in the list, whose groups are in memory. The first kind was exposed.
    pub fn leave(&mut self, number: usize, random: &mut Random) -> Vec<Block> {
        let mut leaving = self.residents.split_off(self.residents.len() - number);
        random.shuffle(&mut leaving);
        let blocks = leaving.chunks_mut(TOGETHER).map(|some| {
            let mut line = Line::open(&self.server.address());
            let block = some.iter_mut().map(|one| {
                let request = one.person.phone.unregister(self.realm.now());
                let body = authenticated(&request.expect("an account")).to_string();
                let seen = line.post("/api/v6/unregister", body.as_bytes());
                seen.answer.reply().is(200);
                Observation {
                    first_kind: one.is_at_risk,
                    seen,
                }
            });
            Block(block.collect())
        });
        blocks.collect()
    }

    /// Whether a status changes the same rows of its registry whoever asks: so many people ask, one after the other, while
    /// nothing is on its way. They have asked before on the same day, whose first question makes the row of the day's
    /// figures. What a registry does by itself meanwhile, and a midnight, are among it: then the comparison has to be made
    /// again.
    ///
    /// # Errors
    /// Two differences.
    pub fn compare_rows(&mut self, number: usize) -> Result<(), String> {
        self.pass(gap());
        let mut line = Line::open(&self.server.address());
        for one in self.residents.iter_mut().take(number) {
            statuses::ask(self.realm, &mut one.person, one.is_at_risk, &mut line);
        }
        self.pass(gap());
        let mut line = Line::open(&self.server.address());
        let mut expected = None;
        for one in self.residents.iter_mut().take(number) {
            let before = rows::all(&self.server, &["Registry"]);
            statuses::ask(self.realm, &mut one.person, one.is_at_risk, &mut line);
            let after = rows::all(&self.server, &["Registry"]);
            let mut changed = rows::difference(&before, &after);
            // The platform's own, of alarms.
            changed.retain(|(_, table), _| !table.starts_with("_cf_"));
            let expected = expected.get_or_insert_with(|| changed.clone());
            if *expected != changed {
                return Err(format!("{expected:?} and {changed:?}"));
            }
        }
        Ok(())
    }

    /// Plants a row more into the storage: half of the accounts leave it whenever they ask.
    pub fn plant_row(&mut self) {
        self.change_registries(&[
            "CREATE TABLE planted (of BLOB)",
            "CREATE TRIGGER plant AFTER UPDATE ON account WHEN substr(hex(NEW.id), -1) < '8' \
             BEGIN INSERT INTO planted VALUES (NEW.id); END",
        ]);
    }

    /// Takes it out again.
    pub fn uproot(&mut self) {
        self.change_registries(&["DROP TRIGGER plant", "DROP TABLE planted"]);
    }

    fn change_registries(&mut self, statements: &[&str]) {
        self.server.kill().unwrap();
        for file in disk::objects(&self.server, "Registry") {
            let sql = Native::open(&file).unwrap();
            for statement in statements {
                sql.exec(statement, &[]).unwrap();
            }
        }
        Started::again(&mut self.server, self.realm, 0);
    }

    /// Contacts that wait in the intakes.
    fn waiting(&self) -> usize {
        const WAITING: &str = "SELECT id FROM outbox WHERE slot IS NOT NULL";
        let files = disk::objects(&self.server, "Intake").into_iter();
        let rows = files.flat_map(|file| disk::query(&file, "outbox", WAITING));
        rows.count()
    }

    /// Moves the clock of the running server, and everybody's.
    fn pass(&mut self, time: Duration) {
        let by = time.as_secs().try_into().expect("hours");
        self.server.move_clock(by).unwrap();
        self.realm.follow(&self.server);
    }
}

/// A start of a server.
struct Started(Instant);

impl Started {
    /// Kills the server and starts it again so many seconds later.
    fn again(server: &mut Server, realm: &Realm, later: u32) -> Self {
        server.kill().unwrap();
        let begun = Instant::now();
        server.restart_later(later).expect("a server");
        realm.follow(server);
        allow_open_files(server);
        Self(begun)
    }

    /// Whether this machine was quick enough for the promise that hardly any group was loaded.
    fn are_few_loaded(&self) -> bool {
        let groups = (REGISTRIES * GROUPS) as u64;
        Memory::most_loaded(self.0.elapsed()) * OF_WHICH_ONE_IS_LOADED <= groups
    }
}

/// Each of these asks on one connection, in this order. Nothing when an epoch began meanwhile: see [`statuses`].
fn ask_all(
    server: &Server,
    realm: &Realm,
    some: &mut [Resident<'_>],
    is_of_first_kind: impl Fn(usize, &Resident<'_>) -> bool,
) -> Option<Block> {
    let mut line = Line::open(&server.address());
    let epoch = Epoch::at(realm.now());
    let block = some.iter_mut().enumerate().map(|(i, one)| {
        let first_kind = is_of_first_kind(i, one);
        Observation {
            first_kind,
            seen: statuses::ask(realm, &mut one.person, one.is_at_risk, &mut line),
        }
    });
    let block = Block(block.collect());
    (Epoch::at(realm.now()) == epoch).then_some(block)
}

/// Reports these contacts, so many together.
fn tell(realm: &Realm, contacts: &[Contact], together: usize) {
    for some in contacts.chunks(together) {
        let body = report(&realm.code("long"), some);
        realm.post("/api/v6/report", &body).is(200);
    }
}

/// Does it with one after the other, so many in a second, until all were or it is over.
fn at_rate<T>(a_second: u32, is_over: &AtomicBool, all: &[T], mut work: impl FnMut(&T)) {
    let (begun, every) = (Instant::now(), Duration::from_secs(1) / a_second);
    for (number, one) in (0..).zip(all) {
        sleep((every * number).saturating_sub(begun.elapsed()));
        if is_over.load(Relaxed) {
            return;
        }
        work(one);
    }
}

/// The bodies of decoys for as long as so many questions are answered in, at forty a second.
pub fn solve_decoys(realm: &Realm, questions: usize, random: &mut Random) -> Vec<String> {
    let number = questions * DECOYS_A_SECOND as usize / 40;
    let drawn: Vec<_> = (0..number).map(|_| draw_contacts(realm, random)).collect();
    let solved = decoys(realm, &drawn).into_iter();
    solved.map(|body| body.to_string()).collect()
}

/// The contacts of a decoy: bytes drawn at random, of this moment.
fn draw_contacts(realm: &Realm, random: &mut Random) -> Vec<Contact> {
    let Ntp(now) = Ntp::from(realm.now());
    let mut byte = || random.below(256) as u8;
    let contact = |_| Contact {
        ebid: Ebid([(); 8].map(|()| byte())),
        ecc: Ecc(byte()),
        hellos: (0..15)
            .map(|second| HeardHello {
                collected: now as u32 - 10 * second,
                time: Time16([byte(), byte()]),
                mac: Mac40([(); 5].map(|()| byte())),
                rssi: level(1.0),
            })
            .collect(),
    };
    (0..OF_A_DECOY).map(contact).collect()
}

/// A short code that nobody was given.
fn draw_code(random: &mut Random) -> String {
    Code::short([(); 9].map(|()| random.below(256) as u8)).to_string()
}

/// After so long everybody may ask again.
fn gap() -> Duration {
    seconds((STATUS_GAP_EPOCHS * EPOCH_SECONDS).into())
}

fn allow_open_files(server: &Server) {
    let status = Command::new("prlimit")
        .arg(format!("--nofile={OPEN_FILES}:"))
        .args(["--pid", &server.process_id().to_string()])
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "prlimit (util-linux) does not allow {OPEN_FILES} open files"
    );
}
