//! The national realm with its clock moved between two starts: what is forgotten without any traffic, when an alarm
//! is late, lost or comes twice, and what old files say when they are put back.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};

use decree::Day;
use harness::{Secrets, Server};
use http_tests::{Person, Realm, authenticated, days, disk, heard, report};
use robert::phone::Phone;
use service::parcel::Parcel;
use store::{Native, Sql};

use super::thief::Thief;

/// Longer than a contact waits.
const DELIVERED: u64 = 120;

/// A server on which somebody was met, reported and told; it is stopped, and its files are copied.
struct Told {
    server: Server,
    realm: Realm,
    met: Day,
    accounts: Vec<Vec<u8>>,
    copy: PathBuf,
    /// Her phone, as she saved it.
    phone: Vec<u8>,
}

impl Told {
    fn new() -> Self {
        let mut server = Server::fresh().unwrap();
        let realm = Realm::national(&server);
        let mut sylvie = Person::register(&realm);
        let id = accounts(&server).pop().unwrap();
        send(&realm, &mut sylvie.phone).is(200);
        // Two contacts and the words about them: what is due in two minutes is due at once.
        server.restart_ahead(DELIVERED).unwrap();
        realm.follow_clock(DELIVERED);
        wait("a contact still waits", || waiting(&server) == 0);
        assert_eq!(sylvie.ask(), 4);
        let phone = sylvie.phone.save(realm.now()).to_vec();
        server.kill().unwrap();
        let copy = server.storage().with_extension("copy");
        copy_folder(&server.storage(), &copy);
        let told = Self {
            met: realm.now().day(),
            accounts: vec![id],
            server,
            copy,
            phone,
            realm,
        };
        // Her two keys do not count: they are wrapped, not sealed.
        assert!(told.openable() >= 3, "a verdict and two exposures");
        told
    }

    /// How many stored values open with every key that is left.
    fn openable(&self) -> usize {
        let root = Secrets::of_tests().root;
        let thief = Thief::of_files(&self.server, &root, self.met, &self.accounts);
        println!("{} keys are left to try", thief.keys());
        thief.open_rows(&self.server)
    }

    /// Puts the registries' and the intakes' old files back: those that can be in a backup, and that the platform can
    /// roll back.
    fn put_back(&mut self) {
        self.server.kill().unwrap();
        for class in ["limpide-Registry", "limpide-Intake"] {
            let folder = self.server.storage().join(class);
            fs::remove_dir_all(&folder).unwrap();
            copy_folder(&self.copy.join(class), &folder);
        }
        let rows = exposures(&self.server);
        assert_eq!(rows, 2, "the old rows are there again");
    }

    /// Nothing is left, in the files as they are and in those of before.
    #[track_caller]
    fn ends_forgotten(mut self, ahead: u64) {
        assert_eq!(exposures(&self.server), 0);
        self.server.kill().unwrap();
        assert_eq!(self.openable(), 0, "something still opens");
        self.put_back();
        assert_eq!(self.openable(), 0, "an old file opens");
        // It serves with the old files, and forgets them again.
        self.server.restart_ahead(ahead).unwrap();
        self.realm.get("/api/v6/clock").is(200);
        wait("old rows stay", || exposures(&self.server) == 0);
    }
}

#[test]
fn sixteen_days_without_traffic_leave_nothing() {
    let mut told = Told::new();
    told.server.restart_unasked(days(16)).unwrap();
    wait("no alarm came", || exposures(&told.server) == 0);
    wait("a key is left", || receipts(&told.server) > 0);
    told.ends_forgotten(days(16));
}

#[test]
fn alarms_that_were_lost_are_made_up_for_by_the_first_that_comes_by() {
    for late in [16, 40] {
        let mut told = Told::new();
        change_alarms(&told.server, "DELETE FROM _cf_ALARM");
        told.server.restart_unasked(days(late)).unwrap();
        std::thread::sleep(Duration::from_secs(2));
        assert_eq!(exposures(&told.server), 2, "something came by");
        told.realm.get("/api/v6/clock").is(200);
        wait("nobody made up for it", || exposures(&told.server) == 0);
        wait("a key is left", || receipts(&told.server) > 0);
        told.ends_forgotten(days(late));
    }
}

#[test]
fn an_alarm_that_comes_twice_or_early_changes_nothing() {
    const NOW: &str = "UPDATE _cf_ALARM SET scheduled_time = 1";
    let mut told = Told::new();
    // Early: before any term nothing goes.
    change_alarms(&told.server, NOW);
    told.server.restart_ahead(DELIVERED + 1_900).unwrap();
    told.realm.follow_clock(DELIVERED + 1_900);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!((exposures(&told.server), receipts(&told.server)), (2, 0));
    assert_eq!(level(&told), 4);
    // Twice: after the term, again.
    told.server.restart_unasked(days(16)).unwrap();
    wait("no alarm came", || {
        exposures(&told.server) == 0 && receipts(&told.server) > 0
    });
    let before = receipts(&told.server);
    told.server.kill().unwrap();
    for (class, id) in files(&told.server) {
        let file = told.server.storage().join(class).join("metadata.sqlite");
        let again = format!("INSERT OR REPLACE INTO _cf_ALARM VALUES ('{id}', 1)");
        Native::open(&file).unwrap().exec(&again, &[]).unwrap();
    }
    told.server.restart_unasked(days(16)).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(receipts(&told.server), before);
    told.ends_forgotten(days(16));
}

/// Whoever leaves is forgotten at once, not fifteen days later.
#[test]
fn old_files_say_nothing_of_who_has_left() {
    let mut told = Told::new();
    told.server.restart_ahead(DELIVERED).unwrap();
    let now = told.realm.now();
    let mut phone = Phone::restore(&told.phone, now).unwrap();
    let request = phone.unregister(now).unwrap();
    let reply = told
        .realm
        .post("/api/v6/unregister", &authenticated(&request));
    reply.is(200);
    assert_eq!(
        (exposures(&told.server), accounts(&told.server).len()),
        (0, 0)
    );
    told.server.kill().unwrap();
    assert_eq!(told.openable(), 0);
    told.put_back();
    assert_eq!(told.openable(), 0, "the days' keys are there, hers is not");
    // The old row does not bring her back.
    told.server.restart_ahead(DELIVERED).unwrap();
    let request = phone.unregister(told.realm.now()).unwrap();
    let reply = told
        .realm
        .post("/api/v6/unregister", &authenticated(&request));
    assert_eq!(reply.is(430).body, b"");
}

#[test]
fn without_a_vault_nothing_is_answered_and_nothing_is_lost() {
    let mut server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let mut sylvie = Person::register(&realm);
    let epochs: Vec<_> = sylvie
        .phone
        .pseudonyms()
        .take(2)
        .map(|own| own.epoch)
        .collect();
    let contacts: Vec<_> = epochs
        .into_iter()
        .map(|epoch| heard(&mut sylvie.phone, epoch, (5..900).step_by(10)))
        .collect();
    let body = report(&realm.code("long"), &contacts);
    server.kill().unwrap();
    let folder = server.storage().join("limpide-Vault");
    let kept = folder.with_extension("kept");
    fs::rename(&folder, &kept).unwrap();
    // Files that are no databases.
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(&kept).unwrap() {
        let name = entry.unwrap().file_name();
        let is_object = name.to_string_lossy().len() == 64 + ".sqlite".len();
        let content = if is_object {
            vec![0x2a; 8_192]
        } else {
            fs::read(kept.join(&name)).unwrap()
        };
        fs::write(folder.join(name), content).unwrap();
    }
    server.restart().unwrap();
    let request = sylvie.phone.delete_exposures(realm.now()).unwrap();
    for (path, body) in [
        ("report", &body),
        ("deleteExposureHistory", &authenticated(&request)),
    ] {
        let reply = realm.post(&format!("/api/v6/{path}"), body).is(503);
        assert!(reply.header("retry-after").is_some(), "{reply:?}");
        assert!(!reply.message().is_empty());
    }
    assert_eq!(waiting(&server), 0);
    server.kill().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    fs::rename(&kept, &folder).unwrap();
    server.restart().unwrap();
    // The same report, with the same code.
    realm.post("/api/v6/report", &body).is(200);
    server.restart_ahead(DELIVERED).unwrap();
    realm.follow_clock(DELIVERED);
    wait("a contact still waits", || waiting(&server) == 0);
    assert_eq!(sylvie.ask(), 4);
}

/// Somebody reports fifteen minutes close to this phone in each of two epochs: enough for an alert.
fn send(realm: &Realm, phone: &mut Phone) -> http_tests::Reply {
    let epochs: Vec<_> = phone.pseudonyms().take(2).map(|own| own.epoch).collect();
    let contacts: Vec<_> = epochs
        .into_iter()
        .map(|epoch| heard(phone, epoch, (5..900).step_by(10)))
        .collect();
    realm.post("/api/v6/report", &report(&realm.code("long"), &contacts))
}

fn level(told: &Told) -> u64 {
    let now = told.realm.now();
    let mut phone = Phone::restore(&told.phone, now).unwrap();
    let request = phone.ask(now).unwrap();
    let reply = told.realm.post("/api/v6/status", &authenticated(&request));
    reply.is(200).json()["riskLevel"].as_u64().unwrap()
}

#[track_caller]
fn wait(what: &str, done: impl FnMut() -> bool) {
    Realm::wait_until(Duration::from_secs(60), what, done);
}

fn exposures(server: &Server) -> usize {
    rows(server, "Registry", "exposure")
}

/// Contacts that wait in the intakes.
fn waiting(server: &Server) -> usize {
    let is_contact = |body: &[u8]| matches!(Parcel::from_bytes(body), Some(Parcel::Kept { .. }));
    let files = disk::objects(server, "Intake").into_iter();
    files
        .flat_map(|file| disk::query(&file, "outbox", "SELECT body FROM outbox"))
        .filter(|row| is_contact(row.blob(0).unwrap()))
        .count()
}

fn accounts(server: &Server) -> Vec<Vec<u8>> {
    let files = disk::objects(server, "Registry").into_iter();
    files
        .flat_map(|file| disk::query(&file, "account", "SELECT id FROM account"))
        .map(|row| row.blob(0).unwrap().to_vec())
        .collect()
}

fn rows(server: &Server, class: &str, table: &str) -> usize {
    let files = disk::objects(server, class).into_iter();
    files
        .map(|file| disk::query(&file, table, &format!("SELECT 1 FROM {table}")).len())
        .sum()
}

/// Vaults that say that their keys were destroyed.
fn receipts(server: &Server) -> usize {
    let values = "SELECT 1 FROM _cf_KV WHERE key = 'receipt'";
    let files = disk::objects(server, "Vault").into_iter();
    files
        .map(|file| disk::query(&file, "_cf_KV", values).len())
        .sum()
}

/// Class folder and identifier of every object that has alarms.
fn files(server: &Server) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for class in ["Registry", "Intake", "Vault"] {
        for file in disk::objects(server, class) {
            let id = file.file_stem().unwrap().to_string_lossy().into_owned();
            found.push((format!("limpide-{class}"), id));
        }
    }
    found
}

/// Runs this on the alarms of every class of the stopped server.
fn change_alarms(server: &Server, statement: &str) {
    for class in ["Registry", "Intake", "Vault"] {
        let file = server
            .storage()
            .join(format!("limpide-{class}/metadata.sqlite"));
        Native::open(&file).unwrap().exec(statement, &[]).unwrap();
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.unwrap(), to.to_owned());
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
