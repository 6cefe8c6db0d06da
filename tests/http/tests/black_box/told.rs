//! Somebody who was met, reported and told, on a server that is then stopped: what the tests of forgetting start from,
//! and how they look at the files.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;

use decree::Day;
use harness::Server;
use http_tests::{Person, Realm, Reply, authenticated, disk, heard, report};
use robert::auth::AuthRequest;
use robert::phone::Phone;
use serde_json::json;
use service::parcel::Parcel;
use store::{Native, Sql};

use http_tests::thief::{Kind, Known, Opened, Thief};

/// Longer than a contact waits.
pub(crate) const DELIVERED: u64 = 120;

/// What goes by itself, by class. What is not here is asked for by its name, or kept by law.
const PASSING: [(&str, &[&str]); 3] = [
    (
        "Registry",
        &[
            "exposure",
            "registry_figures",
            "challenge",
            "applied",
            "emptying",
        ],
    ),
    (
        "Intake",
        &[
            "code",
            "batch",
            "answered",
            "challenge",
            "recent",
            "intake_figures",
            "outbox",
            "transit",
        ],
    ),
    // Its acts are the record of what operators did.
    ("Desk", &["request", "spent"]),
];

/// A server on which somebody was met, reported and told; it is stopped, and its files are copied.
pub(crate) struct Told {
    pub(crate) server: Server,
    pub(crate) realm: Realm,
    pub(crate) known: Known,
    met: Day,
    copy: PathBuf,
    /// Her phone, as she saved it.
    phone: Vec<u8>,
}

impl Told {
    pub(crate) fn new() -> Self {
        let mut server = Server::fresh_national().unwrap();
        let realm = Realm::national(&server);
        // A minute for all this, and the clock is set ahead.
        realm.stay_off_midnight(60 + DELIVERED);
        let mut sylvie = Person::register(&realm);
        // A code that nobody uses.
        let unused = json!({ "kind": "long", "id": "unused" });
        realm.issue(server.issuer_key().unwrap(), &unused).is(201);
        let body = report(&realm.code("long"), &meetings(&mut sylvie.phone));
        realm.post("/api/v6/report", &body).is(200);
        let met = realm.now().day();
        server.kill().unwrap();
        let on_their_way = find(&server, met, &Known::default()).1;
        assert_eq!(on_their_way.count(Kind::Contact), 2);
        // What is due in two minutes is due at once.
        server.restart_ahead(DELIVERED).unwrap();
        realm.follow_clock(DELIVERED);
        wait("a contact still waits", || waiting(&server) == 0);
        wait("the key that it waited under is left", || {
            const IN_USE: &str = "SELECT 1 FROM transit WHERE stage <> 'resting'";
            let files = disk::objects(&server, "Intake").into_iter();
            let in_use = files.map(|file| disk::query(&file, "transit", IN_USE).len());
            in_use.sum::<usize>() == 0
        });
        assert_eq!(sylvie.ask(), 4);
        let phone = sylvie.phone.save(realm.now()).to_vec();
        server.kill().unwrap();
        let copy = server.storage().with_extension("copy");
        disk::copy_folder(&server.storage(), &copy);
        let mut told = Self {
            met,
            known: Known::default(),
            server,
            copy,
            phone,
            realm,
        };
        told.known.learn(&told.server);
        told.proves_something();
        told
    }

    /// There is something of each kind to forget, and the thief finds it.
    fn proves_something(&self) {
        // No safe is owed its emptying, and no short code was tried for a proof of work.
        let none = ["Registry emptying", "Intake challenge"];
        let stays = stays(&self.server);
        for table in tables().filter(|table| !none.contains(&table.as_str())) {
            assert!(stays.contains(&table), "nothing in {table}: {stays:?}");
        }
        let opened = self.openable();
        for (kind, least) in [
            (Kind::Exposure, 2),
            (Kind::Verdict, 1),
            (Kind::Figures, 1),
            (Kind::AccountKey, 2),
        ] {
            assert!(opened.count(kind) >= least, "{kind:?}");
        }
    }

    /// Everything that opens with every key that is left, in rows or not.
    pub(crate) fn openable(&self) -> Opened {
        let (rows, bytes) = find(&self.server, self.met, &self.known);
        assert!(bytes.contains(&rows), "a row is not seen on the disk");
        bytes
    }

    /// Puts the old files back, of every class that can be in a backup and that the platform can roll back.
    pub(crate) fn put_back(&mut self) {
        self.server.kill().unwrap();
        for entry in fs::read_dir(&self.copy).unwrap() {
            let copied = entry.unwrap().path();
            let name = copied.file_name().unwrap().to_string_lossy().into_owned();
            if !["limpide-Vault", "limpide-Safe"].contains(&name.as_str()) {
                let folder = self.server.storage().join(name);
                fs::remove_dir_all(&folder).unwrap();
                disk::copy_folder(&copied, &folder);
            }
        }
        let rows = exposures(&self.server);
        assert_eq!(rows, 2, "the old rows are there again");
    }

    /// Nothing is left, in the files as they are and in those of before.
    #[track_caller]
    pub(crate) fn ends_forgotten(mut self, ahead: u64) {
        assert_eq!(exposures(&self.server), 0);
        self.server.kill().unwrap();
        self.says_nothing();
        self.put_back();
        self.says_nothing();
        // It serves with the old files, and forgets them again.
        self.server.restart_ahead(ahead).unwrap();
        self.realm.get("/api/v6/clock").is(200);
        wait("old rows stay", || exposures(&self.server) == 0);
    }

    /// Nothing opens but the keys of the account, while it lives on.
    #[track_caller]
    fn says_nothing(&self) {
        let opened = self.openable();
        for kind in [Kind::Contact, Kind::Exposure, Kind::Verdict, Kind::Figures] {
            assert_eq!(opened.count(kind), 0, "{kind:?} opens");
        }
    }

    /// What her phone asks at this address, as if it had never asked before.
    pub(crate) fn ask(&self, path: &str, request: impl FnOnce(&mut Phone) -> AuthRequest) -> Reply {
        let mut phone = Phone::restore(&self.phone, self.realm.now()).unwrap();
        let body = authenticated(&request(&mut phone));
        self.realm.post(&format!("/api/v6/{path}"), &body)
    }

    pub(crate) fn level(&self) -> u64 {
        let now = self.realm.now();
        let reply = self.ask("status", |phone| phone.ask(now).unwrap());
        reply.is(200).json()["riskLevel"].as_u64().unwrap()
    }
}

/// What opens with every key that is left, of what stands in rows and of what lies on the disk.
fn find(server: &Server, met: Day, known: &Known) -> (Opened, Opened) {
    let thief = Thief::of_files(server, server.roots(), met, known);
    let (rows, bytes) = (thief.open_rows(server), thief.open_bytes(server));
    println!(
        "{} keys open {:?}, of rows {:?}",
        thief.keys(),
        bytes.counts(),
        rows.counts()
    );
    (rows, bytes)
}

/// Fifteen minutes close to this phone in each of two epochs: together enough for an alert.
pub(crate) fn meetings(phone: &mut Phone) -> Vec<robert::Contact> {
    let epochs: Vec<_> = phone.pseudonyms().take(2).map(|own| own.epoch).collect();
    let close = |epoch| heard(phone, epoch, (5..900).step_by(10));
    epochs.into_iter().map(close).collect()
}

/// Longer than the minute for which an intake's safe rests.
#[track_caller]
pub(crate) fn wait(what: &str, done: impl FnMut() -> bool) {
    Realm::wait_until(Duration::from_secs(150), what, done);
}

pub(crate) fn exposures(server: &Server) -> usize {
    rows(server, "Registry", "exposure")
}

/// Contacts that wait in the intakes.
pub(crate) fn waiting(server: &Server) -> usize {
    let is_contact = |body: &[u8]| matches!(Parcel::from_bytes(body), Ok(Parcel::Kept { .. }));
    let files = disk::objects(server, "Intake").into_iter();
    files
        .flat_map(|file| disk::query(&file, "outbox", "SELECT body FROM outbox"))
        .filter(|row| is_contact(row.blob(0).unwrap()))
        .count()
}

pub(crate) fn rows(server: &Server, class: &str, table: &str) -> usize {
    let files = disk::objects(server, class).into_iter();
    files
        .map(|file| disk::query(&file, table, &format!("SELECT 1 FROM {table}")).len())
        .sum()
}

fn tables() -> impl Iterator<Item = String> {
    let tables = PASSING.into_iter();
    tables.flat_map(|(class, tables)| tables.iter().map(move |table| format!("{class} {table}")))
}

/// Which of the tables of what goes by itself still have rows.
pub(crate) fn stays(server: &Server) -> Vec<String> {
    let has_rows = |name: &String| {
        let (class, table) = name.split_once(' ').unwrap();
        rows(server, class, table) > 0
    };
    tables().filter(has_rows).collect()
}

/// What the vaults say that were emptied: when.
pub(crate) fn receipts(server: &Server) -> Vec<Vec<u8>> {
    const RECEIPT: &str = "SELECT value FROM _cf_KV WHERE key = 'receipt'";
    let files = disk::objects(server, "Vault").into_iter();
    files
        .flat_map(|file| disk::query(&file, "_cf_KV", RECEIPT))
        .map(|row| row.blob(0).unwrap().to_vec())
        .collect()
}

/// Loses every alarm of the stopped server.
pub(crate) fn lose_alarms(server: &Server) {
    for class in ALARMED {
        let sql = Native::open(&alarms_of(server, class)).unwrap();
        sql.exec("DELETE FROM _cf_ALARM", &[]).unwrap();
    }
}

/// Gives every object of the stopped server an alarm that is due since 1970: in the runtime's own table, and in the
/// object's file. By the latter the runtime goes, and it does not run an alarm whose times differ.
pub(crate) fn plant_alarms(server: &Server) {
    for class in ALARMED {
        let alarms = Native::open(&alarms_of(server, class)).unwrap();
        for file in disk::objects(server, class) {
            let id = file.file_stem().unwrap().to_string_lossy().into_owned();
            let statement = "INSERT OR REPLACE INTO _cf_ALARM VALUES (?1, ?2)";
            alarms
                .exec(statement, &[id.as_str().into(), PLANTED.into()])
                .unwrap();
            let sql = Native::open(&file).unwrap();
            // An object that was emptied has no such table.
            let table =
                "CREATE TABLE IF NOT EXISTS _cf_METADATA (key INTEGER PRIMARY KEY, value BLOB)";
            sql.exec(table, &[]).unwrap();
            let statement = "INSERT OR REPLACE INTO _cf_METADATA VALUES (1, ?1)";
            sql.exec(statement, &[PLANTED.into()]).unwrap();
        }
    }
}

/// How many planted alarms have not run yet, by the objects' own files.
pub(crate) fn planted(server: &Server) -> usize {
    let alarms = ALARMED.map(|class| alarms(server, class, "="));
    alarms.iter().sum()
}

/// How many objects of this class are armed for later.
pub(crate) fn armed(server: &Server, class: &str) -> usize {
    alarms(server, class, ">")
}

fn alarms(server: &Server, class: &str, compared: &str) -> usize {
    let set = "SELECT 1 FROM _cf_METADATA WHERE key = 1 AND value";
    let statement = format!("{set} {compared} {PLANTED}");
    let files = disk::objects(server, class).into_iter();
    files
        .map(|file| disk::query(&file, "_cf_METADATA", &statement).len())
        .sum()
}

/// In nanoseconds since 1970.
const PLANTED: u64 = 1_000_000;

/// Classes whose national objects have alarms.
const ALARMED: [&str; 4] = ["Registry", "Intake", "Vault", "Desk"];

/// The runtime's own table of alarms.
fn alarms_of(server: &Server, class: &str) -> PathBuf {
    let storage = server.storage();
    storage.join(format!("limpide-{class}/metadata.sqlite"))
}
