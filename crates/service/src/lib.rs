//! What the server does, as plain functions over SQL.
//!
//! # In scope
//! One module per object of the design ([`registry`], [`intake`], [`vault`], [`tally`], [`desk`],
//! [`visit`], [`gate`])
//! and one for the stateless front ([`front`]); the secrets that come from the one root
//! ([`keyring`]); how much work a registration asks ([`work`]); what is sealed and under which key
//! ([`seal`]), in which form ([`form`]); the schema of every stored column with the item of Article 2 that it stores
//! ([`schema`]); what is counted ([`figures`]).
//!
//! # Out of scope
//! HTTP, clocks, randomness and object calls: the crate `worker` brings them. A function here
//! reads rows, decides by a pure function of `robert` or `decree`, and writes rows, in one
//! transaction.

pub mod captcha;
pub mod codes;
pub mod desk;
pub mod figures;
pub mod form;
pub mod front;
pub mod gate;
pub mod group;
pub mod intake;
pub mod keyring;
pub mod outbox;
pub mod parcel;
pub mod place;
pub mod record;
pub mod registry;
pub mod schema;
pub mod seal;
pub mod session;
mod slice;
pub mod state;
pub mod tally;
pub mod timekeeper;
pub mod turns;
pub mod vault;
pub mod visit;
pub mod work;

pub use place::{Class, Place, Realm};

use store::Fault;
use wire::Refusal;

use crate::form::Unreadable;

/// Why a use case wrote nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The caller's request was refused.
    Refused(Refusal),
    /// Storage failed, or holds what it should not.
    Fault(Fault),
    /// What is stored is in no form that this program knows: another version of it wrote there.
    Unreadable(Unreadable),
    /// The object was made for another place: another realm, index or number of shards. Its
    /// numbers are fixed for life; the configuration must go back.
    Misplaced,
    /// The object's tables were made by a newer version of this program: nothing was read or written.
    Newer,
    /// Where a record key is kept changed since it was fetched: fetch again.
    Moved,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What the caller is told: faults are opaque.
impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Fault(_)
            | Failure::Unreadable(_)
            | Failure::Misplaced
            | Failure::Newer
            | Failure::Moved => Self::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use rand_core::{TryCryptoRng, TryRng};

    /// Bytes that count up: what is drawn is told from what is stored, and runs repeat.
    pub(crate) struct Fixed(pub(crate) u64);

    impl TryRng for Fixed {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            self.try_next_u64().map(|bits| bits as u32)
        }

        /// SplitMix64.
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = self.0;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            Ok(bits ^ (bits >> 31))
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            for chunk in bytes.chunks_mut(8) {
                let bits = self.try_next_u64()?.to_le_bytes();
                chunk.copy_from_slice(&bits[..chunk.len()]);
            }
            Ok(())
        }
    }

    impl TryCryptoRng for Fixed {}
}
