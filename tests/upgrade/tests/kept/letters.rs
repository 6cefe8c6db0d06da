//! Letters of one release, posted to objects of the other: whoever does not know a letter does nothing, and those whose
//! letters have one version understand each other.
//!
//! The kept storage is opened an hour before it was kept: nothing is due then, and whatever changes, a letter did.

use std::collections::BTreeMap;
use std::path::PathBuf;

use harness::{Front, Manifest, Server, Settings};
use http_tests::disk;
use upgrade_tests::{Build, Letter, Release};

/// Before anything of the kept storage is due, in seconds.
pub(super) const EARLY: i64 = -3_600;

/// What posts letters to objects.
const FRONT: &str = include_str!("front.js");

/// What a build answers to a letter that it does not know, and what 0.1.0 must take for "unavailable".
const TRY_LATER: [u8; 2] = [0xff, 0];
/// How an answer of the current version begins.
const ANSWERED: [u8; 2] = [0xff, 1];
const UNKNOWN: &str = "a letter of another release came; it was not opened: ";

/// Objects of one build, and nobody but the test who writes to them.
struct Objects {
    server: Server,
    bindings: BTreeMap<String, String>,
}

impl Objects {
    fn open(release: &Release, build: Build) -> (Self, Stored) {
        let settings = Settings {
            front: Front::Module(FRONT.to_owned()),
            ..release.settings(build, EARLY)
        };
        let manifest = Manifest::read(&settings.build).unwrap();
        let bindings = manifest.objects.into_iter();
        let bindings = bindings.map(|object| (object.class, object.binding));
        let mut server = Server::start_disposable(settings).unwrap();
        server.kill().unwrap();
        let before = disk::stored(&server);
        server.restart().unwrap();
        let objects = Self {
            server,
            bindings: bindings.collect(),
        };
        (objects, before)
    }

    /// Status and bytes.
    fn post(&self, letter: &Letter) -> (u16, Vec<u8>) {
        let url = format!("http://{}/", self.server.address());
        let reply = minreq::post(url)
            .with_header("binding", &self.bindings[&letter.class])
            .with_header("name", &letter.name)
            .with_body(letter.bytes.clone())
            // A demo realm whose letter is years old has as many days to empty.
            .with_timeout(180)
            .send()
            .unwrap_or_else(|error| panic!("{error}: {letter:?}"));
        (reply.status_code, reply.into_bytes())
    }

    /// What is stored once it is killed.
    fn kill(&mut self) -> Stored {
        self.server.kill().unwrap();
        disk::stored(&self.server)
    }
}

/// [`disk::stored`].
type Stored = BTreeMap<(PathBuf, String), Vec<String>>;

/// Releases whose letters have the version that this build writes; or the others.
fn releases(share_letters: bool) -> impl Iterator<Item = Release> {
    let all = Release::all().into_iter();
    all.filter(move |release| release.shares_letters() == share_letters)
}

#[test]
fn objects_do_nothing_for_letters_of_another_version() {
    for release in releases(false) {
        let (mut objects, before) = Objects::open(&release, Build::Current);
        let letters = release.letters();
        assert!(letters.iter().any(|letter| letter.is_of("Registry", "End")));
        assert!(letters.iter().any(|letter| letter.is_of("Safe", "Empty")));
        for letter in &letters {
            let (status, reply) = objects.post(letter);
            assert_eq!(status, 200, "{letter:?}");
            assert_eq!(reply, TRY_LATER, "{letter:?}");
        }
        assert_eq!(objects.kill(), before);
        // One fixed line each, and nothing of what came.
        let words = objects.server.own_words();
        let mut said: Vec<_> = words.lines().map(str::to_owned).collect();
        let mut expected: Vec<_> = letters
            .iter()
            .map(|letter| format!("{UNKNOWN}{}", letter.class))
            .collect();
        said.sort();
        expected.sort();
        assert_eq!(said, expected);
    }
}

/// 0.1.0 knows of no other release's letters: its objects fail, and its callers take that for "unavailable".
#[test]
fn objects_of_0_1_0_do_nothing_for_letters_of_this_version() {
    for release in releases(false) {
        let (mut objects, before) = Objects::open(&release, Build::Kept);
        let letters = of_today(&release);
        for letter in &letters {
            let (status, reply) = objects.post(letter);
            assert!(status >= 500, "{status} {reply:?} {letter:?}");
        }
        assert_eq!(objects.kill(), before);
    }
}

/// What the two tests above look at does see a letter that is obeyed.
#[test]
fn a_letter_that_is_obeyed_shows() {
    for release in releases(false) {
        for (class, call) in [("Vault", "End"), ("Safe", "Empty"), ("Registry", "End")] {
            let (mut objects, before) = Objects::open(&release, Build::Kept);
            let mut letters = release.letters().into_iter();
            let letter = letters.find(|letter| letter.is_of(class, call)).unwrap();
            assert!(letter.name.starts_with("national/"));
            assert_eq!(objects.post(&letter), (200, vec![0]), "{letter:?}");
            assert_ne!(objects.kill(), before, "{letter:?}");
        }
    }
}

/// Each call has the number that it had; an object that does not know a newer one asks to try later.
#[test]
fn builds_whose_letters_have_one_version_understand_each_other() {
    for release in releases(true) {
        for letters in [Build::Current, Build::Kept] {
            let objects = match letters {
                Build::Current => Build::Kept,
                Build::Kept => Build::Current,
            };
            let (objects, _) = Objects::open(&release, objects);
            let letters = match letters {
                Build::Current => Letter::of_today(),
                Build::Kept => release.letters(),
            };
            let known = release.letters();
            for letter in &letters {
                let (status, reply) = objects.post(letter);
                assert_eq!(status, 200, "{letter:?}");
                let is_known = known
                    .iter()
                    .any(|known| known.is_of(&letter.class, &letter.call));
                let begins = reply.first_chunk::<2>().copied();
                let expected = if is_known { ANSWERED } else { TRY_LATER };
                assert_eq!(begins, Some(expected), "{letter:?}");
            }
        }
    }
}

/// Every letter of this build that an object of the kept release can be sent: to one that stands in the kept storage.
fn of_today(release: &Release) -> Vec<Letter> {
    let kept = release.letters();
    let mut letters = Vec::new();
    for letter in Letter::of_today() {
        let Letter { class, bytes, .. } = &letter;
        // Ten bytes of magic, the version, and the realm: national is 0.
        let is_national = bytes[11] == 0;
        let mut places = kept.iter().filter(|kept| kept.class == *class);
        let place = places.find(|letter| letter.name.starts_with("demo-") != is_national);
        // A class that the kept release does not have cannot be reached there.
        if let Some(place) = place {
            let name = place.name.clone();
            letters.push(Letter { name, ..letter });
        } else {
            assert!(
                ["Timekeeper", "Secrets"].contains(&class.as_str()),
                "{class}"
            );
        }
    }
    assert!(letters.len() > 40, "{}", letters.len());
    letters
}
