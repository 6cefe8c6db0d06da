//! The list of roots: how it is written, which are refused, and one key for each.

use operator_log::{MAX_ROOTS, Notice};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::from_hexadecimal;

/// Names a root: four bytes of HKDF of it, under a label of their own.
pub type KeyId = [u8; 4];

/// The roots in this text.
pub(super) fn read(text: &str, allow_test_root: bool) -> Result<Vec<[u8; 32]>, Notice> {
    let is_between = |c: char| c == ',' || c.is_ascii_whitespace();
    let words = text.split(is_between).filter(|word| !word.is_empty());
    let mut roots = Vec::new();
    for (number, word) in (1..).zip(words) {
        if number > MAX_ROOTS {
            return Err(Notice::TooManyRoots);
        }
        let root = from_hexadecimal(word).ok_or(Notice::RootMalformed(number))?;
        if root == [0; 32] {
            return Err(Notice::RootZero(number));
        }
        if !allow_test_root && is_published(&root) {
            return Err(Notice::RootPublished(number));
        }
        roots.push(root);
    }
    Ok(roots)
}

/// Whether this root stands in this repository: one byte over and over (`5e`, `c4` and the like
/// in tests), or bytes that count up (in documents). What is refused here must not be typed by
/// hand; a root that was drawn has such a form once in 2²⁴⁷ times.
fn is_published(root: &[u8; 32]) -> bool {
    let steps = |step: u8| {
        let mut pairs = root.iter().zip(root.iter().skip(1));
        pairs.all(|(byte, next)| byte.wrapping_add(step) == *next)
    };
    steps(0) || steps(1)
}

/// One key for each root, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerRoot<K> {
    newest: (KeyId, K),
    older: Vec<(KeyId, K)>,
}

impl<K> PerRoot<K> {
    /// The newest, then the older ones; none when two have the same id.
    pub fn new(newest: (KeyId, K), older: impl IntoIterator<Item = (KeyId, K)>) -> Option<Self> {
        let all = Self {
            newest,
            older: older.into_iter().collect(),
        };
        let mut ids: Vec<_> = all.iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        let is_distinct = ids.array_windows::<2>().all(|[one, other]| one != other);
        is_distinct.then_some(all)
    }

    /// The id of the newest root.
    pub const fn newest_id(&self) -> KeyId {
        self.newest.0
    }

    /// The newest root's: what wraps, seals and signs.
    pub const fn newest(&self) -> &K {
        &self.newest.1
    }

    /// The oldest root's. What was made before roots had ids was made by it: there was one root, and
    /// it stays listed until nothing of that is left.
    pub fn oldest(&self) -> &K {
        self.older.last().map_or(&self.newest.1, |(_, key)| key)
    }

    /// The id of the oldest root.
    pub fn oldest_id(&self) -> KeyId {
        self.older.last().map_or(self.newest.0, |(id, _)| *id)
    }

    /// That of the root with this id.
    pub fn of(&self, id: KeyId) -> Option<&K> {
        let mut all = self.iter();
        all.find_map(|(of, key)| (of == id).then_some(key))
    }

    /// All, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = (KeyId, &K)> {
        let all = core::iter::once(&self.newest).chain(&self.older);
        all.map(|(id, key)| (*id, key))
    }

    /// All but the newest, the newer first.
    pub fn older(&self) -> impl Iterator<Item = &K> {
        self.older.iter().map(|(_, key)| key)
    }

    /// The same for each root.
    pub fn map<T>(&self, make: impl Fn(&K) -> T) -> PerRoot<T> {
        let make = |(id, key): &(KeyId, K)| (*id, make(key));
        PerRoot {
            newest: make(&self.newest),
            older: self.older.iter().map(make).collect(),
        }
    }
}

/// SHA-256 of the operator's key, as configured.
///
/// # Errors
/// [`Notice::OperatorKeyMalformed`], [`Notice::OperatorKeyEmpty`].
pub fn operator_key_hash(text: &str) -> Result<[u8; 32], Notice> {
    let hash: [u8; 32] = from_hexadecimal(text).ok_or(Notice::OperatorKeyMalformed)?;
    let empty: [u8; 32] = Sha256::digest([]).into();
    // `sha256sum` of a line with no key in it.
    let line: [u8; 32] = Sha256::digest(b"\n").into();
    if hash == empty || hash == line {
        return Err(Notice::OperatorKeyEmpty);
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::{KeyRing, hexadecimal};

    const COUNTING: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    /// SHA-256 of `a` and of `b`.
    const A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    const B: &str = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

    fn refused(text: &str) -> Option<Notice> {
        KeyRing::from_text(Some(text), false).err()
    }

    #[test]
    fn a_list_of_roots_is_read_the_newest_first() {
        let ids = |text: &str| {
            let ring = KeyRing::from_text(Some(text), false).unwrap();
            ring.ids().collect::<Vec<_>>()
        };
        let [a, b] = [A, B].map(|root| ids(root)[0]);
        // Pinned: the ids stand in what is stored.
        assert_eq!([a, b].map(|id| hexadecimal(&id)), ["7ba6cca9", "640eac0f"]);
        for between in [",", " ", "\n", ", ", " ,\r\n\t"] {
            assert_eq!(ids(&format!("{A}{between}{B}")), [a, b], "{between:?}");
            assert_eq!(ids(&format!("{between}{B}{between}{A}{between}")), [b, a]);
        }
        assert_eq!(ids(&A.to_uppercase()), [a]);
    }

    #[test]
    fn what_is_no_secret_of_ones_own_is_refused() {
        assert_eq!(
            KeyRing::from_text(None, true).err(),
            Some(Notice::RootMissing)
        );
        for (text, why) in [
            (String::new(), Notice::RootMissing),
            (" ,\n".to_owned(), Notice::RootMissing),
            ("00".to_owned(), Notice::RootMalformed(1)),
            (A[1..].to_owned(), Notice::RootMalformed(1)),
            (A.replace('a', "g"), Notice::RootMalformed(1)),
            (format!("{A};{B}"), Notice::RootMalformed(1)),
            (format!("{A} {}", "é".repeat(32)), Notice::RootMalformed(2)),
            ("0".repeat(64), Notice::RootZero(1)),
            (format!("{A},{}", "0".repeat(64)), Notice::RootZero(2)),
            ("5e".repeat(32), Notice::RootPublished(1)),
            ("C4".repeat(32), Notice::RootPublished(1)),
            ("5a".repeat(32), Notice::RootPublished(1)),
            (format!("{A} {COUNTING}"), Notice::RootPublished(2)),
            (format!("{A} {A}"), Notice::RootTwice),
            (format!("{A} {B} {A}"), Notice::RootTwice),
            (format!("{A} {B} {A} {B} {A}"), Notice::TooManyRoots),
        ] {
            assert_eq!(refused(&text), Some(why), "{text}");
        }
        assert_eq!(refused(A), None);
    }

    /// The tests' harness says so; zeros are nobody's, even there.
    #[test]
    fn test_roots_are_let_in_for_tests_alone() {
        for text in ["5e".repeat(32), "c4".repeat(32), COUNTING.to_owned()] {
            assert!(KeyRing::from_text(Some(&text), true).is_ok(), "{text}");
        }
        let zeros = KeyRing::from_text(Some(&"0".repeat(64)), true);
        assert_eq!(zeros.err(), Some(Notice::RootZero(1)));
    }

    #[test]
    fn two_roots_with_one_id_are_refused() {
        let key = |id, key| (id, key);
        assert!(PerRoot::new(key([1; 4], 'a'), [key([2; 4], 'b')]).is_some());
        assert!(PerRoot::new(key([1; 4], 'a'), [key([2; 4], 'b'), key([1; 4], 'c')]).is_none());
    }

    #[test]
    fn the_hash_of_no_key_is_refused() {
        for (text, hash) in [
            ("", Err(Notice::OperatorKeyMalformed)),
            (&A[1..], Err(Notice::OperatorKeyMalformed)),
            (
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                Err(Notice::OperatorKeyEmpty),
            ),
            (
                "01BA4719C80B6FE911B091A7C05124B64EEECE964E09C058EF8F9805DACA546B",
                Err(Notice::OperatorKeyEmpty),
            ),
            (A, Ok(from_hexadecimal(A).unwrap())),
        ] {
            assert_eq!(operator_key_hash(text), hash, "{text}");
        }
    }
}
