//! What is kept is what was written: a conversion of line ends, for one, would go unnoticed.

use std::collections::BTreeSet;
use std::fs;

use http_tests::{hex, unhex};
use robert::phone::Phone;
use sha2::{Digest, Sha256};
use upgrade_tests::Release;

#[test]
fn bundles_letters_and_replies_are_those_that_were_kept() {
    for release in Release::all() {
        let sums = fs::read_to_string(release.folder.join("SHA256SUMS")).unwrap();
        assert_eq!(sums.lines().count(), 4);
        for line in sums.lines() {
            let (sum, name) = line.split_once("  ").unwrap();
            let content = fs::read(release.folder.join(name)).unwrap();
            assert_eq!(hex(&Sha256::digest(content)), sum, "{name}");
        }
    }
}

/// Class, name, call and bytes, each call of an object once; and class, call, answer and bytes, where replies of one type
/// are one whatever class they are of, or each stands for itself.
#[test]
fn letters_and_replies_have_their_form() {
    const CLASSES: [&str; 8] = [
        "Registry", "Intake", "Tally", "Desk", "Vault", "Safe", "Realm", "Gate",
    ];
    for release in Release::all() {
        for file in ["letters.txt", "replies.txt"] {
            let text = fs::read_to_string(release.folder.join(file)).unwrap();
            let mut known = BTreeSet::new();
            let mut classes = BTreeSet::new();
            for line in text.lines() {
                let (what, bytes) = line.rsplit_once(' ').unwrap();
                assert!(!unhex(bytes).is_empty(), "{what}");
                assert!(known.insert(what.to_owned()), "{what} twice");
                let words: Vec<_> = what.split(' ').collect();
                assert_eq!(words.len(), 3, "{what}");
                classes.insert(words[0].to_owned());
            }
            let are_of_any = classes.iter().all(|class| class == "any");
            assert!(
                are_of_any || CLASSES.iter().all(|class| classes.contains(*class)),
                "{file}"
            );
            assert!(known.len() >= 30, "{file}");
        }
    }
}

#[test]
fn every_phone_restores() {
    for release in Release::all() {
        let now = decree::Moment::from_unix(release.life.kept_at);
        let phones = release.phones();
        assert!(phones.len() >= 10);
        for name in phones {
            let phone = Phone::restore(&release.phone(&name), now).unwrap();
            assert!(phone.is_registered(), "{name}");
        }
    }
}
