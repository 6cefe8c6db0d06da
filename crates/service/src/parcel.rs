//! What travels from an intake to a registry: one contact alone, sealed under the key of its day,
//! or the word that an earlier delivery was forgotten. While it waits it is sealed once more. And
//! what a registry owes a safe.

use decree::Day;
use rand_core::CryptoRng;
use robert::validate::Located;

use crate::outbox::DeliveryId;
use crate::record::SafeName;
use crate::seal::{self, SealingKey};

/// A delivery's body.
pub enum Parcel {
    /// A contact of this day, sealed.
    Contact {
        /// The day whose data key opens it.
        day: Day,
        /// `nonce ‖ ciphertext ‖ tag`, padded inside to a size class.
        sealed: Vec<u8>,
    },
    /// Such a contact while it waits, sealed under the intake's key of the moment.
    Kept {
        /// Which of the intake's safes holds that key.
        slot: u8,
        /// `nonce ‖ ciphertext ‖ tag` of the contact's bytes.
        sealed: Vec<u8>,
    },
    /// The intake has forgotten this delivery: the registry may too.
    Forgotten(DeliveryId),
    /// This safe is to be emptied: what its key sealed was deleted.
    Empty(SafeName),
}

const CONTACT: u8 = 1;
const FORGOTTEN: u8 = 2;
const EMPTY: u8 = 3;
const KEPT: u8 = 4;
const CONTEXT: &[u8] = b"contact";

impl Parcel {
    /// Seals one contact alone; nothing when it is larger than every size class.
    pub fn seal(key: &SealingKey, rng: &mut impl CryptoRng, contact: &Located) -> Option<Self> {
        let plain = seal::pad(&postcard::to_stdvec(contact).ok()?)?;
        Some(Self::Contact {
            day: contact.day(),
            sealed: key.seal(rng, CONTEXT, &plain),
        })
    }

    /// The contact inside, when this is one and the key is its day's.
    #[must_use]
    pub fn open(key: &SealingKey, sealed: &[u8]) -> Option<Located> {
        let plain = key.open(CONTEXT, sealed)?;
        postcard::from_bytes(seal::unpad(&plain)?).ok()
    }

    /// As it is stored and sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Contact { day, sealed } => {
                let mut bytes = vec![CONTACT];
                bytes.extend_from_slice(&day.number().to_be_bytes());
                bytes.extend_from_slice(sealed);
                bytes
            }
            Self::Kept { slot, sealed } => [&[KEPT, *slot], sealed.as_slice()].concat(),
            Self::Forgotten(id) => [&[FORGOTTEN], id.as_slice()].concat(),
            Self::Empty(safe) => [&[EMPTY], safe.as_slice()].concat(),
        }
    }

    /// As [`Parcel::to_bytes`] wrote it.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (&CONTACT, rest) => {
                let (day, sealed) = rest.split_first_chunk::<4>()?;
                let day = Day::from_number(u32::from_be_bytes(*day));
                Some(Self::Contact {
                    day,
                    sealed: sealed.to_vec(),
                })
            }
            (&KEPT, rest) => {
                let (slot, sealed) = rest.split_first()?;
                Some(Self::Kept {
                    slot: *slot,
                    sealed: sealed.to_vec(),
                })
            }
            (&FORGOTTEN, rest) => Some(Self::Forgotten(rest.try_into().ok()?)),
            (&EMPTY, rest) => Some(Self::Empty(rest.try_into().ok()?)),
            _ => None,
        }
    }
}
