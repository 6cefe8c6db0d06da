//! A kept release, read and opened.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use flate2::read::GzDecoder;
use harness::{Secrets, Server, Settings};
use http_tests::unhex;
use objects::calls::{GatePlace, RealmPlace, SafePlace, SecretsPlace, TimekeeperPlace, VaultPlace};
use objects::{At, Head};
use serde_json::Value;
use service::Place;

use crate::Life;
use crate::life::tables_of_today;

/// The files of a kept release, beside its `wrangler.toml` and the bundle that this names.
pub(crate) const STORAGE: &str = "storage.tar.gz";
pub(crate) const LIFE: &str = "life.json";
pub(crate) const PHONES: &str = "phones";
pub(crate) const LETTERS: &str = "letters.txt";
pub(crate) const REPLIES: &str = "replies.txt";
/// As `sha256sum` writes it.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// So many seconds after it was killed a kept server is started again: whatever waited is due by then.
pub(crate) const LATER: i64 = 61;

/// A kept release.
pub struct Release {
    /// Its folder.
    pub folder: PathBuf,
    /// What must be true of it.
    pub life: Life,
}

/// A letter between objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The class of the object that it is for.
    pub class: String,
    /// The name of that object.
    pub name: String,
    /// Which call it is.
    pub call: String,
    /// The letter itself.
    pub bytes: Vec<u8>,
}

impl Letter {
    /// Whether it is this call of this class.
    pub fn is_of(&self, class: &str, call: &str) -> bool {
        self.class == class && self.call == call
    }

    /// Every letter of the current build, each to the object whose place it names.
    pub fn of_today() -> Vec<Self> {
        let path = harness::root().join("crates/objects/tests/letters.txt");
        let text = fs::read_to_string(path).expect("letters.txt");
        let lines = text.lines().filter(|line| !line.starts_with("reply "));
        let letters = lines.map(|line| {
            let (what, bytes) = line.split_once(": ").expect("a letter");
            let (class, call) = what.split_once(' ').expect("a class and a call");
            let bytes = unhex(bytes);
            Self {
                class: class.to_owned(),
                name: name(class, &bytes),
                call: call.to_owned(),
                bytes,
            }
        });
        letters.collect()
    }

    fn read(line: &str) -> Self {
        let words: Vec<_> = line.split(' ').collect();
        let [class, name, call, bytes] = words[..] else {
            panic!("no letter: {line}");
        };
        Self {
            class: class.to_owned(),
            name: name.to_owned(),
            call: call.to_owned(),
            bytes: unhex(bytes),
        }
    }
}

/// A letter's magic and version.
const LETTER_BEGINS: usize = 11;

/// The name of the object of this class whose place stands in the letter.
fn name(class: &str, letter: &[u8]) -> String {
    fn of<P: At>(place: &[u8]) -> String {
        let (place, _) = postcard::take_from_bytes::<P>(place).expect("a place");
        place.name()
    }
    let (_, place) = Head::read(letter).expect("a letter of this build");
    match class {
        "Registry" | "Intake" | "Tally" | "Desk" => of::<Place>(place),
        "Vault" => of::<VaultPlace>(place),
        "Safe" => of::<SafePlace>(place),
        "Realm" => of::<RealmPlace>(place),
        "Gate" => of::<GatePlace>(place),
        "Timekeeper" => of::<TimekeeperPlace>(place),
        "Secrets" => of::<SecretsPlace>(place),
        other => panic!("no class: {other}"),
    }
}

/// Which build opens a kept storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// The one that is built here.
    Current,
    /// The one that wrote it.
    Kept,
}

impl Build {
    /// Both, the one that must work first.
    pub const ALL: [Self; 2] = [Self::Kept, Self::Current];
}

impl Release {
    /// Every kept release, the oldest first.
    pub fn all() -> Vec<Self> {
        let folder = folder();
        let entries = fs::read_dir(&folder).expect("tests/releases");
        let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.retain(|folder| folder.is_dir());
        folders.sort();
        assert!(!folders.is_empty(), "no release is kept");
        folders.into_iter().map(Self::read).collect()
    }

    /// Reads the release in this folder.
    fn read(folder: PathBuf) -> Self {
        let life = fs::read(folder.join(LIFE)).expect("life.json");
        let life = serde_json::from_slice(&life).expect("a life");
        Self { folder, life }
    }

    /// A server of this build on a copy of the kept storage, a minute after the time at which it was kept.
    pub fn open(&self, build: Build) -> Server {
        println!("{} opened by {build:?}", self.folder.display());
        let settings = self.settings(build, LATER);
        Server::start_disposable(settings).expect("a server on the kept storage")
    }

    /// For a server of this build on a copy of the kept storage, so many seconds after the time at which it was kept, or
    /// before.
    pub fn settings(&self, build: Build, later: i64) -> Settings {
        let folder = harness::new_folder().unwrap();
        unpack(&self.folder.join(STORAGE), &harness::storage(&folder));
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let start = i64::try_from(self.life.kept_at).unwrap() + later;
        Settings {
            secrets: Secrets {
                root: self.life.root.clone(),
                issuer_key: Some(self.life.issuer_key.clone()),
            },
            build: self.build(build),
            clock: start - i64::try_from(real.as_secs()).unwrap(),
            ..Settings::of_tests(folder)
        }
    }

    /// The folder of this build.
    pub fn build(&self, build: Build) -> PathBuf {
        match build {
            Build::Current => harness::root(),
            Build::Kept => self.folder.clone(),
        }
    }

    /// The letters that it sent between its objects.
    pub fn letters(&self) -> Vec<Letter> {
        let text = fs::read_to_string(self.folder.join(LETTERS)).expect("letters.txt");
        text.lines().map(Letter::read).collect()
    }

    /// Whether its tables are those of the current build: then it can be put back.
    pub fn shares_tables(&self) -> bool {
        self.life.tables == tables_of_today()
    }

    /// Whether its letters have the version that the current build writes: then both understand each other.
    pub fn shares_letters(&self) -> bool {
        let letters = self.letters();
        let begins = |letters: &[Letter]| letters[0].bytes[..LETTER_BEGINS].to_vec();
        begins(&letters) == begins(&Letter::of_today())
    }

    /// This person's phone, as it saved itself.
    pub fn phone(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(PHONES).join(name)).expect("a saved phone")
    }

    /// Everybody whose phone was saved.
    pub fn phones(&self) -> Vec<String> {
        let phones = fs::read_dir(self.folder.join(PHONES)).expect("saved phones");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = phones
            .map(|phone| name(phone).into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// The folder of kept releases.
pub(crate) fn folder() -> PathBuf {
    harness::root().join("tests/releases")
}

/// Whether everything that was kept is still told: other fields, and entries that follow, may have come since.
pub fn tells(kept: &Value, now: &Value) -> bool {
    match (kept, now) {
        (Value::Object(kept), Value::Object(now)) => kept.iter().all(|(name, value)| {
            let found = now.get(name);
            found.is_some_and(|now| tells(value, now))
        }),
        (Value::Array(kept), Value::Array(now)) => {
            kept.len() <= now.len() && kept.iter().zip(now).all(|(kept, now)| tells(kept, now))
        }
        _ => kept == now,
    }
}

fn unpack(archive: &Path, folder: &Path) {
    let file = File::open(archive).expect("a kept storage");
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    fs::create_dir_all(folder).unwrap();
    archive.unpack(folder).expect("a whole archive");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_came_since_is_no_difference_and_what_went_is() {
        let kept = json!({ "keys": [{ "id": "7", "quota": 3 }] });
        let more = json!({ "keys": [{ "id": "7", "quota": 3, "since": 1 }, {}], "next": null });
        assert!(tells(&kept, &kept) && tells(&kept, &more));
        assert!(!tells(&more, &kept));
        assert!(!tells(
            &kept,
            &json!({ "keys": [{ "id": "7", "quota": 4 }] })
        ));
        assert!(!tells(&kept, &json!({ "keys": [] })));
    }
}
