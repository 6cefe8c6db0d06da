//! How a release comes to be kept: a short life, a kill, and copies of what is there.

mod national;

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use decree::Moment;
use flate2::Compression;
use flate2::write::GzEncoder;
use harness::{Manifest, Secrets, Server, Settings};
use http_tests::{Person, Realm, hex};
use sha2::{Digest, Sha256};

use crate::life::tables_of_today;
use crate::release::{LETTERS, LIFE, PHONES, REPLIES, STORAGE, SUMS};
use crate::{Letter, Life};

/// The secrets of every kept release: test data, published here, and no other test's.
const ROOT: &str = "9f278f3a3d493756710281d9ec5390a85c5dde388133ca4a3c056c529a78b540";
const ISSUER_KEY: &str = "hLQt19wqxxxBhrXEoIVfPxVIbUNNt0CjPvC9Q5ColRw=";

/// Phones by the names of those who hold them, as they saved themselves.
type Phones = BTreeMap<String, Vec<u8>>;

/// People by name.
type People<'r> = BTreeMap<String, Person<'r>>;

/// Plays the life and keeps it, with the bundle that it was played on, in this folder.
pub fn keep(folder: &Path) {
    assert!(!folder.exists(), "{} is there already", folder.display());
    let mut phones = Phones::new();
    let (server, life) = play(&mut phones);
    fs::create_dir_all(folder.join(PHONES)).unwrap();
    let manifest = Manifest::read(&harness::root()).unwrap();
    let script = manifest.main.strip_prefix(harness::root()).unwrap();
    let program = script.with_file_name("index_bg.wasm");
    for name in [Path::new("wrangler.toml"), script, &program] {
        let to = folder.join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(harness::root().join(name), to).unwrap();
    }
    pack(&server.storage(), &folder.join(STORAGE));
    let text = serde_json::to_string_pretty(&life).unwrap() + "\n";
    fs::write(folder.join(LIFE), text).unwrap();
    for (name, bytes) in phones {
        fs::write(folder.join(PHONES).join(name), bytes).unwrap();
    }
    fs::write(folder.join(LETTERS), letters()).unwrap();
    fs::write(folder.join(REPLIES), replies()).unwrap();
    let (letters, replies) = (PathBuf::from(LETTERS), PathBuf::from(REPLIES));
    let summed = [script.to_owned(), program, letters, replies];
    let sums = summed.iter().map(|name| {
        let digest = Sha256::digest(fs::read(folder.join(name)).unwrap());
        format!("{}  {}\n", hex(&digest), name.display())
    });
    fs::write(folder.join(SUMS), sums.collect::<String>()).unwrap();
}

/// A letter of every call: what `objects` pins.
fn letters() -> String {
    let line = |letter: &Letter| {
        let Letter {
            class,
            name,
            call,
            bytes,
        } = letter;
        format!("{class} {name} {call} {}\n", hex(bytes))
    };
    Letter::of_today().iter().map(line).collect()
}

/// A reply of every type, and every refusal: what `objects` pins, whatever object they are of.
fn replies() -> String {
    let path = harness::root().join("crates/objects/tests/letters.txt");
    let text = fs::read_to_string(path).unwrap();
    let replies = text.lines().filter_map(|line| line.strip_prefix("reply "));
    let line = |reply: &str| {
        let (what, bytes) = reply.rsplit_once(": ").unwrap();
        format!("any any {} {bytes}\n", what.replace(' ', "-"))
    };
    replies.map(line).collect()
}

/// Days in the national realm, up to the kill. The server is given back killed.
fn play(phones: &mut Phones) -> (Server, Life) {
    let settings = Settings {
        secrets: Secrets {
            root: ROOT.to_owned(),
            issuer_key: Some(ISSUER_KEY.to_owned()),
        },
        clock: until_noon(),
        demo: None,
        ..Settings::of_tests(harness::new_folder().unwrap())
    };
    let mut server = Server::start_disposable(settings).unwrap();
    let realm = Realm::national(&server);
    let old = national::long_ago(&mut server, &realm);
    let (mut people, mut national) = national::first_day(&mut server, &realm, old);
    let root = add_root(&mut server, &realm);
    national::second_day(&mut server, &realm, &mut people, &mut national);
    let owed = national::leave_safe_owed(&mut server, &realm);
    let waiting = national::leave_waiting(&realm, &mut people, &mut national);
    server.kill().unwrap();
    let kept_at = realm.now();
    assert!(
        kept_at.since(waiting) < SOONEST,
        "what waited may have left"
    );
    assert!(kept_at.since(owed) < GRACE, "the safe may be empty");
    for (name, person) in &mut people {
        phones.insert(name.clone(), person.phone.save(kept_at).to_vec());
    }
    let life = Life {
        kept_at: kept_at.unix(),
        tables: tables_of_today(),
        root,
        issuer_key: ISSUER_KEY.to_owned(),
        national,
        demo: None,
    };
    (server, life)
}

/// The root secret is replaced: another is listed before it. Both, as they are listed.
fn add_root(server: &mut Server, realm: &Realm) -> String {
    let mut listed = String::new();
    server
        .change(|settings| {
            settings.secrets.add_root();
            listed.clone_from(&settings.secrets.root);
        })
        .unwrap();
    server.restart().unwrap();
    realm.follow(server);
    listed
}

/// The shortest time that a contact waits at the intake.
const SOONEST: Duration = Duration::from_secs(5);

/// How long a safe that did not answer is left alone.
const GRACE: Duration = Duration::from_mins(1);

/// By how many seconds a clock is moved that shows noon UTC of today: nothing of all this comes near midnight.
fn until_noon() -> i64 {
    let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Moment::from_unix(real.as_secs());
    let noon = now.day().start() + Duration::from_hours(12);
    i64::try_from(noon.unix()).unwrap() - i64::try_from(now.unix()).unwrap()
}

/// Registers people: so many are no flood.
fn register<'r>(realm: &'r Realm, names: &[&str]) -> People<'r> {
    let people = names.iter();
    people
        .map(|name| ((*name).to_owned(), Person::register(realm)))
        .collect()
}

/// Somebody is close to several others, to each for so long.
fn gather(people: &mut People<'_>, one: &str, others: &[(&str, Duration)], start: Moment) {
    let (name, mut person) = people.remove_entry(one).expect("somebody");
    let met = people.iter_mut().filter_map(|(name, met)| {
        let (_, length) = others.iter().find(|(other, _)| other == name)?;
        Some((&mut met.phone, *length))
    });
    crate::gather(&mut person.phone, &mut met.collect::<Vec<_>>(), start);
    people.insert(name, person);
}

/// The stopped server's storage as one compressed archive; of the files nothing but names and content is kept. What the
/// database makes again by itself is left out: empty journals, and the index of a journal.
fn pack(storage: &Path, archive: &Path) {
    let file = File::create(archive).unwrap();
    let mut builder = tar::Builder::new(GzEncoder::new(file, Compression::best()));
    builder.mode(tar::HeaderMode::Deterministic);
    for folder in sorted(storage) {
        for path in sorted(&folder) {
            let name = path.strip_prefix(storage).unwrap();
            let is_index = path.extension().is_some_and(|ends| ends == "sqlite-shm");
            if !is_index && path.metadata().unwrap().len() > 0 {
                builder.append_path_with_name(&path, name).unwrap();
            }
        }
    }
    builder.into_inner().unwrap().finish().unwrap();
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
