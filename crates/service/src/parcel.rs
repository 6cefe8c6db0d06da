//! What travels from an intake to a registry: one contact alone, sealed under the key of its day,
//! or the word that an earlier delivery was forgotten. While it waits it is sealed once more. And
//! what a registry owes a safe.

use decree::Day;
use rand_core::CryptoRng;
use robert::validate::Located;
use zeroize::Zeroizing;

use crate::form::{Unreadable, VERSION, Version};
use crate::outbox::DeliveryId;
use crate::record::SafeName;
use crate::seal::{self, SealingKey};
use crate::vault::Keys;

/// A delivery's body.
pub enum Parcel {
    /// A contact of this day, sealed.
    Contact {
        /// The day whose key opens it.
        day: Day,
        /// The contact, padded inside to a size class.
        sealed: Sealed,
    },
    /// A decoy's: the same bytes but for one. It ends where it waits, and travels nowhere.
    Decoy {
        /// The day whose key opens it.
        day: Day,
        /// The contact of nobody.
        sealed: Sealed,
    },
    /// Such a contact while it waits, sealed under the intake's key of the moment.
    Kept {
        /// Which of the intake's safes holds that key.
        slot: u8,
        /// The contact's bytes.
        sealed: Sealed,
    },
    /// The intake has forgotten this delivery: the registry may too.
    Forgotten(DeliveryId),
    /// This safe is to be emptied: what its key sealed was deleted.
    Empty(SafeName),
}

/// A sealed value, and which release sealed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    version: Version,
    bytes: Vec<u8>,
}

impl Sealed {
    /// Of this release.
    pub(crate) const fn new(bytes: Vec<u8>) -> Self {
        let version = Version::Current;
        Self { version, bytes }
    }

    /// Opened by this key and context, or, if 0.1.0 sealed it, by those of then.
    pub(crate) fn open(
        &self,
        current: impl FnOnce() -> Option<(SealingKey, Vec<u8>)>,
        former: impl FnOnce() -> Option<(SealingKey, Vec<u8>)>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        match self.version {
            Version::Current => {
                let (key, context) = current()?;
                key.open(&context, &self.bytes)
            }
            Version::Former => {
                let (key, context) = former()?;
                key.open_former(&context, &self.bytes)
            }
        }
    }
}

const CONTACT: u8 = 1;
const FORGOTTEN: u8 = 2;
const EMPTY: u8 = 3;
const KEPT: u8 = 4;
const DECOY: u8 = 5;
/// What 0.1.0 bound a contact to: neither day nor registry.
const FORMER_CONTEXT: &[u8] = b"contact";

impl Parcel {
    /// Seals one contact alone, for the registry of this number; nothing without its day's key, or
    /// when it is larger than every size class.
    pub fn seal(
        keys: &Keys,
        registry: u16,
        rng: &mut impl CryptoRng,
        contact: &Located,
    ) -> Option<Self> {
        let plain = Zeroizing::new(postcard::to_stdvec(contact).ok()?);
        let (plain, day) = (seal::pad(&plain)?, contact.day());
        let key = keys.of_contacts(day, registry)?;
        let sealed = key.seal(rng, &context(day, registry), &plain);
        let sealed = Sealed::new(sealed);
        Some(Self::Contact { day, sealed })
    }

    /// What waits of a decoy's contact, once it was sealed as any other.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn of_decoy(contact: &[u8]) -> Result<Self, Unreadable> {
        match Self::from_bytes(contact)? {
            Self::Contact { day, sealed } => Ok(Self::Decoy { day, sealed }),
            _ => Err(Unreadable::Content),
        }
    }

    /// Whether these are the bytes of a decoy's contact.
    #[must_use]
    pub fn is_decoy(bytes: &[u8]) -> bool {
        matches!(Self::from_bytes(bytes), Ok(Self::Decoy { .. }))
    }

    /// The contact of this day inside, at the registry of this number; nothing when it was sealed for
    /// another day or registry, or its day is forgotten.
    ///
    /// # Errors
    /// [`Unreadable::Content`].
    pub fn open(
        keys: &Keys,
        registry: u16,
        day: Day,
        sealed: &Sealed,
    ) -> Result<Option<Located>, Unreadable> {
        let current = || Some((keys.of_contacts(day, registry)?, context(day, registry)));
        let former = || Some((keys.former(day)?, FORMER_CONTEXT.to_vec()));
        let Some(plain) = sealed.open(current, former) else {
            return Ok(None);
        };
        let contact = seal::unpad(&plain).and_then(|contact| postcard::from_bytes(contact).ok());
        contact.map(Some).ok_or(Unreadable::Content)
    }

    /// As it is stored and sent: version, kind, and the rest.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Contact { day, sealed } => of_day(CONTACT, *day, sealed),
            Self::Decoy { day, sealed } => of_day(DECOY, *day, sealed),
            Self::Kept { slot, sealed } => [&[VERSION, KEPT, *slot], &*sealed.bytes].concat(),
            Self::Forgotten(id) => [&[VERSION, FORGOTTEN], id.as_slice()].concat(),
            Self::Empty(safe) => [&[VERSION, EMPTY], safe.as_slice()].concat(),
        }
    }

    /// As [`Parcel::to_bytes`] wrote it, or 0.1.0, which wrote no version before the kind.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (version, kind, rest) = match bytes {
            [VERSION, kind, rest @ ..] => (Version::Current, *kind, rest),
            [kind @ CONTACT..=KEPT, rest @ ..] => (Version::Former, *kind, rest),
            [VERSION] | [] => return Err(Unreadable::Length(bytes.len())),
            [version, ..] => return Err(Unreadable::Version(*version)),
        };
        let of_day = || {
            let (day, sealed) = rest.split_first_chunk()?;
            let bytes = sealed.to_vec();
            let day = Day::from_number(u32::from_be_bytes(*day));
            Some((day, Sealed { version, bytes }))
        };
        let parcel = match kind {
            CONTACT => of_day().map(|(day, sealed)| Self::Contact { day, sealed }),
            DECOY => of_day().map(|(day, sealed)| Self::Decoy { day, sealed }),
            KEPT => rest.split_first().map(|(slot, sealed)| Self::Kept {
                slot: *slot,
                sealed: Sealed {
                    version,
                    bytes: sealed.to_vec(),
                },
            }),
            FORGOTTEN => rest.try_into().ok().map(Self::Forgotten),
            EMPTY => rest.try_into().ok().map(Self::Empty),
            _ => return Err(Unreadable::Content),
        };
        parcel.ok_or(Unreadable::Length(bytes.len()))
    }
}

fn of_day(kind: u8, day: Day, sealed: &Sealed) -> Vec<u8> {
    let day = day.number().to_be_bytes();
    [&[VERSION, kind], day.as_slice(), &sealed.bytes].concat()
}

fn context(day: Day, registry: u16) -> Vec<u8> {
    let (day, registry) = (day.number().to_be_bytes(), registry.to_be_bytes());
    [b"contact", day.as_slice(), &registry].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::hexadecimal;

    /// Pins the forms.
    #[test]
    fn a_parcel_is_its_version_its_kind_and_the_rest() {
        let sealed = || Sealed::new(vec![0xaa, 0xbb]);
        for (parcel, bytes) in [
            (
                Parcel::Contact {
                    day: Day::from_number(0x4844),
                    sealed: sealed(),
                },
                "200100004844aabb",
            ),
            (
                Parcel::Decoy {
                    day: Day::from_number(0x4844),
                    sealed: sealed(),
                },
                "200500004844aabb",
            ),
            (
                Parcel::Kept {
                    slot: 3,
                    sealed: sealed(),
                },
                "200403aabb",
            ),
            (
                Parcel::Forgotten([7; 16]),
                "200207070707070707070707070707070707",
            ),
            (
                Parcel::Empty([7; 16]),
                "200307070707070707070707070707070707",
            ),
        ] {
            let written = parcel.to_bytes();
            assert_eq!(hexadecimal(&written), bytes);
            assert_eq!(Parcel::from_bytes(&written).unwrap().to_bytes(), written);
        }
        assert_eq!(
            hexadecimal(&context(Day::from_number(0x4844), 0x107)),
            "636f6e74616374000048440107"
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (bytes, why) in [
            (&[][..], Unreadable::Length(0)),
            (&[VERSION], Unreadable::Length(1)),
            (&[0x21, 1, 0, 0], Unreadable::Version(0x21)),
            (&[0, 1, 0, 0], Unreadable::Version(0)),
            (&[5, 1, 0, 0], Unreadable::Version(5)),
            (&[VERSION, 6, 0, 0], Unreadable::Content),
            (&[VERSION, 1, 0, 0], Unreadable::Length(4)),
            (&[VERSION, 2, 0, 0], Unreadable::Length(4)),
            (&[2, 0, 0], Unreadable::Length(3)),
        ] {
            assert_eq!(Parcel::from_bytes(bytes).err(), Some(why), "{bytes:?}");
        }
    }
}
