//! Wrapping keys under a root.

use rand_core::CryptoRng;
use robert::Id;
use robert::keys::KeyEncryptionKey;
use zeroize::Zeroizing;

use super::{KeyId, Pepper, Peppers, PerRoot};
use crate::form::{Form, Unreadable, VERSION, Version};
use crate::record::RecordKey;
use crate::seal::SealingKey;

/// Keys that wrap other keys at rest, one for each root.
pub struct WrappingKey(PerRoot<SealingKey>);

impl WrappingKey {
    /// From the keys of all roots.
    #[must_use]
    pub const fn new(keys: PerRoot<SealingKey>) -> Self {
        Self(keys)
    }

    /// The id of the newest root: the one that wraps.
    #[must_use]
    pub const fn newest_id(&self) -> KeyId {
        self.0.newest_id()
    }

    /// `version ‖ root ‖ open ‖ nonce ‖ ciphertext ‖ tag`, under the newest root. `open` can be read
    /// by everybody; it is authenticated, as the context is, which says what and where this is.
    pub(crate) fn wrap(
        &self,
        rng: &mut impl CryptoRng,
        open: &[u8],
        context: &[u8],
        plain: &[u8],
    ) -> Vec<u8> {
        let head = [&head(self.0.newest_id()), open].concat();
        self.0.newest().seal_after(&head, rng, context, plain)
    }

    /// What [`WrappingKey::wrap`] wrapped; nothing when `open`, the context or a byte is another.
    pub(crate) fn unwrap(
        &self,
        open: &[u8],
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Unreadable> {
        let id = root_of(wrapped)?;
        let key = self.0.of(id).ok_or(Unreadable::Root(id))?;
        let head = [&head(id), open].concat();
        Ok(key.open_after(&head, context, wrapped))
    }

    /// What 0.1.0 wrapped: under the only root that there was, which said nothing of itself.
    pub(crate) fn unwrap_former(
        &self,
        context: &[u8],
        wrapped: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.0.oldest().open_former(context, wrapped)
    }

    /// Whether the newest root wrapped this, in the form of today: else it is wrapped again when it
    /// is next written.
    ///
    /// # Errors
    /// As [`Form::version`].
    pub fn is_newest(&self, form: Form, wrapped: &[u8]) -> Result<bool, Unreadable> {
        Ok(wrapper(form, wrapped)? == Some(self.0.newest_id()))
    }
}

/// The root that wrapped this; none for what 0.1.0 wrapped, which is the oldest's.
///
/// # Errors
/// As [`Form::version`].
pub fn wrapper(form: Form, wrapped: &[u8]) -> Result<Option<KeyId>, Unreadable> {
    match form.version(wrapped)? {
        Version::Former => Ok(None),
        Version::Current => root_of(wrapped).map(Some),
    }
}

pub(super) fn root_of(wrapped: &[u8]) -> Result<KeyId, Unreadable> {
    match wrapped {
        [VERSION, a, b, c, d, ..] => Ok([*a, *b, *c, *d]),
        [VERSION, ..] | [] => Err(Unreadable::Length(wrapped.len())),
        [version, ..] => Err(Unreadable::Version(*version)),
    }
}

pub(crate) fn head(id: KeyId) -> [u8; 5] {
    let [a, b, c, d] = id;
    [VERSION, a, b, c, d]
}

/// Which of the two keys of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKey {
    /// K_A "mac".
    Mac,
    /// K_A "tuples".
    Tuples,
}

impl AccountKey {
    const fn column(self) -> &'static [u8] {
        match self {
            Self::Mac => b"account.key_for_mac",
            Self::Tuples => b"account.key_for_tuples",
        }
    }
}

/// Wraps the keys of accounts, each under a key that takes the realm's and the account's own.
pub struct Wrapping(Peppers);

impl Wrapping {
    /// From the realm's keys.
    #[must_use]
    pub const fn new(peppers: Peppers) -> Self {
        Self(peppers)
    }

    /// One key of this account, wrapped for its column.
    pub fn wrap(
        &self,
        rng: &mut impl CryptoRng,
        (id, record): (Id, &RecordKey),
        which: AccountKey,
        key: &[u8; 32],
    ) -> Vec<u8> {
        let head = head(self.0.newest_id());
        let kek = kek(self.0.newest(), record);
        kek.seal_after(&head, rng, &context(id, which), key)
    }

    /// What [`Wrapping::wrap`] wrapped, or 0.1.0; nothing when it is another account's, another
    /// column's, or changed.
    ///
    /// # Errors
    /// As [`Form::version`], [`Unreadable::Root`].
    pub fn unwrap(
        &self,
        (id, record): (Id, &RecordKey),
        which: AccountKey,
        wrapped: &[u8],
    ) -> Result<Option<Zeroizing<[u8; 32]>>, Unreadable> {
        let Some(root) = wrapper(Form::AccountKey, wrapped)? else {
            let former = former_kek(self.0.oldest(), record);
            let wrapped = wrapped.try_into();
            return Ok(wrapped.ok().and_then(|wrapped| former.unwrap(wrapped)));
        };
        let pepper = self.0.of(root).ok_or(Unreadable::Root(root))?;
        let plain = kek(pepper, record).open_after(&head(root), &context(id, which), wrapped);
        Ok(plain.and_then(|plain| plain.as_slice().try_into().ok().map(Zeroizing::new)))
    }

    /// The id of the newest root.
    #[must_use]
    pub const fn newest_id(&self) -> KeyId {
        self.0.newest_id()
    }

    /// What no account has: unwrapping it costs what unwrapping a key does.
    pub(crate) fn nothing(&self) -> Vec<u8> {
        let mut nothing = head(self.0.newest_id()).to_vec();
        let length = Form::AccountKey.lengths(Version::Current).first();
        nothing.resize(length.copied().unwrap_or_default(), 0);
        nothing
    }

    /// Whether the newest root wrapped this, in the form of today.
    ///
    /// # Errors
    /// As [`Form::version`].
    pub fn is_newest(&self, wrapped: &[u8]) -> Result<bool, Unreadable> {
        Ok(wrapper(Form::AccountKey, wrapped)? == Some(self.0.newest_id()))
    }
}

fn kek(pepper: &Pepper, record: &RecordKey) -> SealingKey {
    SealingKey::new(pepper.hash(&[b"account", record.as_bytes()]))
}

/// As 0.1.0 made it: one for both columns, whose wrapped keys could be exchanged.
fn former_kek(pepper: &Pepper, record: &RecordKey) -> KeyEncryptionKey {
    KeyEncryptionKey::from_bytes(&Zeroizing::new(pepper.hash(&[record.as_bytes()])))
}

fn context(id: Id, which: AccountKey) -> Vec<u8> {
    [which.column(), &id.0].concat()
}
