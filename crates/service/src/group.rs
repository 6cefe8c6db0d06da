//! Record keys in groups: the keys of many accounts in one key-value object, drawn before anybody needs them.
//!
//! An object leaves a file on its host for good, and the file's date says when it was made. So no account has one of its
//! own: it has a *place* in a group, and the registry makes groups ahead, many in one go. What is stored of a group is one
//! value, its keys wrapped together; nobody but its registry opens it.
//!
//! # Versions
//! A key is destroyed by writing the group again with another key in its place, and emptying the object that holds the
//! version before: SQLite keeps the bytes of a value that is written over. So a group has two safes, and its versions
//! lie in them in turn: odd ones in the one, even ones in the other. A version is never written twice, so a letter that
//! comes late neither replaces nor empties what is newer.
//!
//! # Order
//! Nothing tells in which order accounts came: names of groups are random, and a place is drawn among all that are free.
//! Whoever reads the disk learns when a batch of groups was made: at least 64 groups of 256 places, in production.

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::form::{Form, Unreadable};
use crate::keyring::WrappingKey;
use crate::record::{RecordKey, SafeName};
use crate::{Failure, Realm};

/// Names a group: 128 random bits, of which the last is zero; on a seat of demo realms the last byte says which safes are
/// the group's.
pub type GroupName = [u8; 16];

/// Which writing of a group: from 1. A group of version 0 is not made yet.
pub type GroupVersion = u32;

/// Places of a group in a realm of this kind.
#[must_use]
pub const fn places(realm: Realm) -> usize {
    match realm {
        Realm::National => 256,
        Realm::Demo(_) | Realm::Seated(..) => 64,
    }
}

/// The safe that holds this version.
#[must_use]
pub fn safe_of(name: GroupName, version: GroupVersion) -> SafeName {
    let mut safe = name;
    let [.., last] = &mut safe;
    *last = (*last & !1) | u8::from(version % 2 == 1);
    safe
}

/// The keys of a group in one version: each place has one, whether an account has the place or not.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct GroupKeys {
    #[zeroize(skip)]
    version: GroupVersion,
    keys: Vec<RecordKey>,
}

impl GroupKeys {
    /// Draws the keys of a new group.
    pub fn draw(rng: &mut impl CryptoRng, version: GroupVersion, places: usize) -> Self {
        let keys = (0..places).map(|_| RecordKey::draw(rng).1).collect();
        Self { version, keys }
    }

    /// The same keys as another version, with new ones in these places: what the old ones sealed opens no more.
    pub fn redraw(&self, rng: &mut impl CryptoRng, version: GroupVersion, places: &Places) -> Self {
        let each = (0..=u8::MAX).zip(&self.keys);
        let keys = each.map(|(place, key)| match places.has(place) {
            true => RecordKey::draw(rng).1,
            false => key.clone(),
        });
        Self {
            version,
            keys: keys.collect(),
        }
    }

    /// Which version this is.
    #[must_use]
    pub const fn version(&self) -> GroupVersion {
        self.version
    }

    /// The key in this place, if the group has it.
    #[must_use]
    pub fn key(&self, place: u8) -> Option<&RecordKey> {
        self.keys.get(usize::from(place))
    }

    /// Wrapped for storage under the groups' own key. The version can be read by everybody.
    pub fn wrap(&self, groups: &WrappingKey, rng: &mut impl CryptoRng, name: GroupName) -> Vec<u8> {
        let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(self.keys.len() * 32));
        for key in &self.keys {
            plain.extend_from_slice(key.as_bytes());
        }
        groups.wrap(rng, &self.version.to_be_bytes(), &context(name), &plain)
    }

    /// As [`GroupKeys::wrap`] wrapped it, for the same group; nothing when it is another's or was changed.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn unwrap(
        groups: &WrappingKey,
        name: GroupName,
        wrapped: &[u8],
    ) -> Result<Option<Self>, Unreadable> {
        let version = version_of(wrapped)?;
        let plain = groups.unwrap(&version.to_be_bytes(), &context(name), wrapped)?;
        Ok(plain.map(|plain| Self {
            version,
            keys: plain
                .as_chunks()
                .0
                .iter()
                .copied()
                .map(RecordKey::from_bytes)
                .collect(),
        }))
    }
}

/// The version in a wrapped group, which stands after the root's id.
///
/// # Errors
/// [`Unreadable`].
pub fn version_of(wrapped: &[u8]) -> Result<GroupVersion, Unreadable> {
    Form::Group.version(wrapped)?;
    let version = wrapped.get(5..).and_then(<[u8]>::first_chunk);
    let version = version.ok_or(Unreadable::Length(wrapped.len()))?;
    Ok(GroupVersion::from_be_bytes(*version))
}

fn context(name: GroupName) -> Vec<u8> {
    [b"group", name.as_slice()].concat()
}

/// Some of a group's places: one bit for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places(Vec<u8>);

impl Places {
    /// None of so many.
    #[must_use]
    pub fn none(of: usize) -> Self {
        Self(vec![0; of / 8])
    }

    /// As they are stored.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// For storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this place is among them.
    #[must_use]
    pub fn has(&self, place: u8) -> bool {
        let byte = self.0.get(usize::from(place / 8));
        byte.is_some_and(|byte| byte & bit(place) != 0)
    }

    /// Adds a place.
    pub fn add(&mut self, place: u8) {
        if let Some(byte) = self.0.get_mut(usize::from(place / 8)) {
            *byte |= bit(place);
        }
    }

    /// Those that are not among the others.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        let each = self.0.iter().zip(&others.0);
        Self(each.map(|(these, others)| these & !others).collect())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    /// How many of the group's places are not among them.
    #[must_use]
    pub fn others(&self) -> u32 {
        self.0.iter().map(|byte| byte.count_zeros()).sum()
    }

    /// One of the places that are not among them, each as likely as any other.
    pub fn draw_other(&self, rng: &mut impl CryptoRng) -> Option<u8> {
        let others = u64::from(self.others());
        if others == 0 {
            return None;
        }
        // At most 256 of 2⁶⁴: no place is likelier than another by more than one in 2⁵⁶.
        let drawn = usize::try_from(rng.next_u64() % others).ok()?;
        let free = (0..=u8::MAX).take(self.0.len() * 8);
        free.filter(|place| !self.has(*place)).nth(drawn)
    }
}

const fn bit(place: u8) -> u8 {
    1 << (place % 8)
}

/// A group, as its registry knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// The version that counts.
    pub version: GroupVersion,
}

impl Group {
    /// The safe that holds the version that counts.
    #[must_use]
    pub fn safe(&self) -> SafeName {
        safe_of(self.name, self.version)
    }

    /// Opens what that safe holds; nothing when it is not this version, or not this group.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn open(&self, groups: &WrappingKey, held: &[u8]) -> Result<Option<GroupKeys>, Unreadable> {
        let keys = GroupKeys::unwrap(groups, self.name, held)?;
        Ok(keys.filter(|keys| keys.version == self.version))
    }
}

/// A group that is written again, or for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    /// The group, with the version that counts until it is written.
    pub group: Group,
    /// The version that is written.
    pub version: GroupVersion,
    /// The places that get new keys.
    pub left: Places,
}

impl Writing {
    /// The safe that it is written to.
    #[must_use]
    pub fn safe(&self) -> SafeName {
        safe_of(self.group.name, self.version)
    }

    /// The version that is written, out of the one that counts: none, of a new group.
    ///
    /// # Errors
    /// [`Failure::Moved`] when that is another version.
    pub fn keys(
        &self,
        rng: &mut impl CryptoRng,
        places: usize,
        before: Option<&GroupKeys>,
    ) -> Result<GroupKeys, Failure> {
        match before {
            None if self.group.version == 0 => Ok(GroupKeys::draw(rng, self.version, places)),
            Some(keys) if keys.version == self.group.version => {
                Ok(keys.redraw(rng, self.version, &self.left))
            }
            _ => Err(Failure::Moved),
        }
    }
}

/// The version to write after the one that counts and all that were tried: it lies in the safe that the one that counts
/// does not lie in.
#[must_use]
pub const fn next_version(counts: GroupVersion, tried: GroupVersion) -> GroupVersion {
    let next = if counts > tried { counts } else { tried }.saturating_add(1);
    if next % 2 == counts % 2 {
        next.saturating_add(1)
    } else {
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::PerRoot;
    use crate::seal::SealingKey;
    use crate::tests::Fixed;

    const NAME: GroupName = [8; 16];

    fn wrapping(root: u8) -> WrappingKey {
        WrappingKey::new(PerRoot::new(([root; 4], SealingKey::new([root; 32])), []).unwrap())
    }

    #[test]
    fn a_wrapped_group_opens_under_its_own_name_and_version_only() {
        let groups = wrapping(4);
        for realm in [Realm::National, Realm::Demo([7; 16])] {
            let keys = GroupKeys::draw(&mut Fixed(2), 3, places(realm));
            let wrapped = keys.wrap(&groups, &mut Fixed(7), NAME);
            assert_eq!(wrapped.len(), 37 + 32 * places(realm));
            assert_eq!(version_of(&wrapped), Ok(3));
            let of = |name, version| {
                let group = Group { name, version };
                group.open(&groups, &wrapped).unwrap()
            };
            let opened = of(NAME, 3).unwrap();
            let bytes = |keys: &GroupKeys| keys.key(63).unwrap().as_bytes().to_owned();
            assert_eq!(bytes(&opened), bytes(&keys));
            assert!(of([9; 16], 3).is_none() && of(NAME, 1).is_none());
            let mut changed = wrapped.clone();
            changed[8] = 5;
            assert!(
                GroupKeys::unwrap(&groups, NAME, &changed)
                    .unwrap()
                    .is_none()
            );
            let other = GroupKeys::unwrap(&wrapping(5), NAME, &wrapped);
            assert_eq!(other.err(), Some(Unreadable::Root([4; 4])));
        }
    }

    #[test]
    fn writing_again_changes_the_keys_of_who_left_and_no_others() {
        let before = GroupKeys::draw(&mut Fixed(2), 1, 256);
        let mut left = Places::none(256);
        left.add(0);
        left.add(255);
        let writing = Writing {
            group: Group {
                name: NAME,
                version: 1,
            },
            version: 2,
            left,
        };
        let after = writing.keys(&mut Fixed(3), 256, Some(&before)).unwrap();
        for place in 0..=u8::MAX {
            let [before, after] = [&before, &after].map(|keys| keys.key(place).unwrap());
            let is_same = before.as_bytes() == after.as_bytes();
            assert_eq!(is_same, !writing.left.has(place), "{place}");
        }
        // Never out of another version than the one that counts.
        let stale = writing.keys(&mut Fixed(3), 256, Some(&after));
        assert_eq!(stale.err(), Some(Failure::Moved));
        assert_eq!(
            writing.keys(&mut Fixed(3), 256, None).err(),
            Some(Failure::Moved)
        );
    }

    #[test]
    fn versions_lie_in_two_safes_in_turn_whatever_was_tried() {
        for counts in 0..6 {
            for tried in 0..9 {
                let next = next_version(counts, tried);
                assert!(next > counts && next > tried);
                assert_ne!(safe_of(NAME, next), safe_of(NAME, counts));
            }
        }
        let all: std::collections::BTreeSet<_> = (0..9).map(|of| safe_of(NAME, of)).collect();
        assert_eq!(all.len(), 2);
    }

    #[test]
    fn a_free_place_is_drawn_among_all_that_are_free() {
        let mut taken = Places::none(64);
        let mut drawn = Vec::new();
        while let Some(place) = taken.draw_other(&mut Fixed(drawn.len() as u64)) {
            assert!(!taken.has(place));
            taken.add(place);
            drawn.push(place);
        }
        assert_eq!((drawn.len(), taken.others()), (64, 0));
        assert!(!drawn.is_sorted());
        assert!(taken.without(&taken).is_empty());
    }
}
