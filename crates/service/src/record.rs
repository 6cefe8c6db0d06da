//! The key of one account's records, kept outside every SQL database.
//!
//! A SQLite file keeps deleted bytes until their page is written over, and the platform can roll
//! one back by thirty days. So what is stored of a person is sealed under a key that only a
//! key-value object holds, a *safe*, and deleting what a person asked to delete is destroying that key: what may lie
//! anywhere opens no more, whatever other keys remain. A safe holds the keys of a [group](crate::group) of accounts;
//! those of releases up to 0.2.0 hold one account's.
//!
//! What waits in an intake is kept in the same way, for as long as it waits (see [`crate::intake`]).

use std::collections::BTreeMap;
use std::rc::Rc;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use store::{Fault, Row, Value};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Failure;
use crate::form::{Form, Unreadable, Version};
use crate::group::{GroupKeys, GroupName};
use crate::keyring::WrappingKey;

/// Names a safe: 128 random bits; of a group, see [`crate::group::safe_of`]; of an intake, see
/// [`crate::intake::safe_name`].
pub type SafeName = [u8; 16];

/// The key in a safe, of one account's records or of what waits: 256 random bits.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct RecordKey([u8; 32]);

impl RecordKey {
    /// A fresh safe's name and its key.
    pub fn draw(rng: &mut impl CryptoRng) -> (SafeName, Self) {
        let (mut name, mut key) = ([0; 16], [0; 32]);
        rng.fill_bytes(&mut name);
        rng.fill_bytes(&mut key);
        (name, Self(key))
    }

    /// Stands for the key of an account that is not there, so that looking for it costs the same.
    pub(crate) const NONE: Self = Self([0; 32]);

    /// From its 32 bytes.
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Wrapped for storage under the safes' own key.
    pub fn wrap(&self, safes: &WrappingKey, rng: &mut impl CryptoRng, name: SafeName) -> Vec<u8> {
        safes.wrap(rng, &[], &context(name), &self.0)
    }

    /// As [`RecordKey::wrap`] wrapped it, or 0.1.0, for the same safe; nothing when it is another's
    /// or was changed.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn unwrap(
        safes: &WrappingKey,
        name: SafeName,
        wrapped: &[u8],
    ) -> Result<Option<Self>, Unreadable> {
        let plain = match Form::RecordKey.version(wrapped)? {
            Version::Current => safes.unwrap(&[], &context(name), wrapped)?,
            Version::Former => safes.unwrap_former(&context(name), wrapped),
        };
        Ok(plain.and_then(|plain| plain.as_slice().try_into().ok().map(Self)))
    }

    /// What replaces this value of a safe, if it is not under the newest root.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn rewrap(
        &self,
        safes: &WrappingKey,
        rng: &mut impl CryptoRng,
        name: SafeName,
        wrapped: &[u8],
    ) -> Result<Option<Vec<u8>>, Unreadable> {
        let is_newest = safes.is_newest(Form::RecordKey, wrapped)?;
        Ok((!is_newest).then(|| self.wrap(safes, rng, name)))
    }
}

fn context(name: SafeName) -> Vec<u8> {
    [b"safe", name.as_slice()].concat()
}

/// What holds the record key of an account: the account's row says it, in 17 bytes or in 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Keeper {
    /// This place of a group.
    Group(GroupName, u8),
    /// A safe of its own: of accounts that releases up to 0.2.0 opened.
    Safe(SafeName),
}

impl Keeper {
    /// What this column says.
    ///
    /// # Errors
    /// [`Fault::Shape`].
    pub fn read(row: &Row, column: usize) -> Result<Self, Fault> {
        match row.blob(column)? {
            [group @ .., place] if group.len() == 16 => {
                let group = group.try_into().map_err(|_| Fault::Shape)?;
                Ok(Self::Group(group, *place))
            }
            safe => Ok(Self::Safe(safe.try_into().map_err(|_| Fault::Shape)?)),
        }
    }
}

impl From<Keeper> for Value {
    fn from(keeper: Keeper) -> Self {
        match keeper {
            Keeper::Group(group, place) => [group.as_slice(), &[place]].concat().into(),
            Keeper::Safe(safe) => safe.into(),
        }
    }
}

/// What the caller has found where record keys are kept. Nothing, of what is empty.
#[derive(Default)]
pub struct Records {
    groups: BTreeMap<GroupName, Option<Rc<GroupKeys>>>,
    safes: BTreeMap<SafeName, Option<RecordKey>>,
}

impl Records {
    /// Adds what was found of a group.
    pub fn add_group(&mut self, name: GroupName, found: Option<Rc<GroupKeys>>) {
        self.groups.insert(name, found);
    }

    /// Adds what was found in an account's own safe.
    pub fn add_safe(&mut self, name: SafeName, found: Option<RecordKey>) {
        self.safes.insert(name, found);
    }

    /// The keys of this group, if they were found.
    #[must_use]
    pub fn group(&self, name: GroupName) -> Option<&GroupKeys> {
        self.groups.get(&name)?.as_deref()
    }

    /// The key that is kept there, or that it is gone.
    ///
    /// # Errors
    /// [`Failure::Moved`] when nobody has looked there.
    pub fn key(&self, keeper: Keeper) -> Result<Option<&RecordKey>, Failure> {
        match keeper {
            Keeper::Group(group, place) => {
                let found = self.groups.get(&group).ok_or(Failure::Moved)?;
                Ok(found.as_ref().and_then(|keys| keys.key(place)))
            }
            Keeper::Safe(safe) => Ok(self.safes.get(&safe).ok_or(Failure::Moved)?.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::{KeyId, PerRoot, hexadecimal};
    use crate::seal::SealingKey;
    use crate::tests::Fixed;

    fn of(root: u8) -> (KeyId, SealingKey) {
        ([root; 4], SealingKey::new([root; 32]))
    }

    fn wrapping(root: u8) -> WrappingKey {
        WrappingKey::new(PerRoot::new(of(root), []).unwrap())
    }

    #[test]
    fn a_wrapped_key_opens_in_its_own_safe_only() {
        let safes = wrapping(4);
        let (name, key) = RecordKey::draw(&mut Fixed(2));
        let wrapped = key.wrap(&safes, &mut Fixed(7), name);
        let opened = RecordKey::unwrap(&safes, name, &wrapped).unwrap().unwrap();
        assert_eq!(opened.as_bytes(), key.as_bytes());
        let opened = RecordKey::unwrap(&safes, [0; 16], &wrapped);
        assert!(opened.unwrap().is_none());
        let opened = RecordKey::unwrap(&wrapping(5), name, &wrapped);
        assert_eq!(opened.err(), Some(Unreadable::Root([4; 4])));
    }

    /// Pins the form: `20` ‖ root ‖ nonce ‖ key ‖ tag, bound to `safe` and its name.
    #[test]
    fn a_wrapped_key_has_its_version_and_its_root_before_it() {
        let safes = wrapping(4);
        let wrapped = RecordKey([9; 32]).wrap(&safes, &mut Fixed(7), [3; 16]);
        assert_eq!(
            hexadecimal(&wrapped),
            "2004040404d70d3259e4e1cb631c663cf445f4fe1bc43e6ebe9463cc85260223f9\
             ded993f78fb02f65be8b768dfc5b93de927dd88d7913ac717fa6e83b493a71ae"
        );
        let bound = [&[0x20, 4, 4, 4, 4], b"safe".as_slice(), &[3; 16]].concat();
        let opened = SealingKey::new([4; 32]).open_former(&bound, &wrapped[5..]);
        assert_eq!(opened.unwrap().as_slice(), [9; 32]);
    }

    #[test]
    fn a_key_under_an_old_root_opens_and_is_wrapped_again() {
        let old = wrapping(4);
        let both = PerRoot::new(of(5), [of(4)]);
        let both = WrappingKey::new(both.unwrap());
        let (key, name) = (RecordKey([9; 32]), [3; 16]);
        let wrapped = key.wrap(&old, &mut Fixed(7), name);
        let opened = RecordKey::unwrap(&both, name, &wrapped).unwrap().unwrap();
        let again = opened.rewrap(&both, &mut Fixed(7), name, &wrapped);
        let again = again.unwrap().unwrap();
        assert_eq!(again[1..5], [5; 4]);
        assert_eq!(opened.rewrap(&both, &mut Fixed(7), name, &again), Ok(None));
        let opened = RecordKey::unwrap(&both, name, &again).unwrap();
        assert_eq!(opened.unwrap().as_bytes(), key.as_bytes());
    }
}
