//! The authenticated requests: status, unregister, delete the exposure history (specification §6).

use crate::mac;
use crate::parameters::{LAST_RETRIED_EPOCH, REQUEST_TOLERANCE};
use crate::validate::DayKeys;
use crate::{AuthKey, Ebid, Epoch, Id, Ntp, Time32};
use decree::Moment;
use serde::{Deserialize, Serialize};

/// What is asked for. The prefix keeps a request of one kind from passing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// "Am I at risk?"
    Status,
    /// "Forget me."
    Unregister,
    /// "Forget whom I met."
    DeleteHistory,
}

impl Kind {
    /// First byte under the MAC (01 is the HELLO's).
    pub const fn prefix(self) -> u8 {
        match self {
            Self::Status => 0x02,
            Self::Unregister => 0x03,
            Self::DeleteHistory => 0x04,
        }
    }
}

/// A request of the owner of an EBID.
#[derive(Clone, Copy, Debug, Hash, Serialize, Deserialize)]
pub struct AuthRequest {
    /// An EBID of the sender.
    pub ebid: Ebid,
    /// The epoch that the sender says this EBID is of. Four bytes under the MAC, as deployed.
    pub epoch: u32,
    /// The sender's clock.
    pub time: Time32,
    /// HMAC-SHA256, whole. Compared by [`AuthRequest::verify`] alone, in constant time.
    pub mac: [u8; 32],
}

/// Why the sender of a request cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SenderError {
    /// There is no server key for the day of the claimed epoch: the phone must register again
    /// (deployed answer: 430).
    #[error("no server key for the day of the claimed epoch")]
    NoDayKey,
    /// The EBID is not of the claimed epoch (deployed answer: 400).
    #[error("the identifier is not of the claimed epoch")]
    WrongEpoch,
}

impl AuthRequest {
    /// Makes a request: MAC over `prefix ‖ EBID ‖ epoch (4 bytes) ‖ time32`.
    pub fn seal(kind: Kind, key: &AuthKey, ebid: Ebid, epoch: Epoch, now: Ntp) -> Self {
        let (epoch, time) = (epoch.number(), now.time32());
        let mac = mac::compute(key.mac(), &signed(kind, ebid, epoch, time));
        Self {
            ebid,
            epoch,
            time,
            mac,
        }
    }

    /// Whether the owner of the key made it, for this kind. In constant time.
    pub fn verify(&self, kind: Kind, key: &AuthKey) -> bool {
        mac::verify(
            key.mac(),
            &signed(kind, self.ebid, self.epoch, self.time),
            &self.mac,
        )
    }

    /// Whether the sender's clock is at most [`REQUEST_TOLERANCE`] off.
    pub fn is_timely(&self, now: Moment) -> bool {
        self.time.is_within(REQUEST_TOLERANCE, now)
    }

    /// The account that the EBID names. The MAC is still to be verified with that account's key.
    ///
    /// Any past epoch whose key still exists is accepted, as deployed. For epochs 0 to 672 the key
    /// of the day before is tried as well.
    ///
    /// # Errors
    /// [`SenderError`].
    pub fn sender(&self, keys: &impl DayKeys) -> Result<Id, SenderError> {
        let epoch = Epoch::new(self.epoch).ok_or(SenderError::NoDayKey)?;
        let key = keys.server_key(epoch.day()).ok_or(SenderError::NoDayKey)?;
        let retried = match self.epoch {
            0..=LAST_RETRIED_EPOCH => keys.server_key(epoch.day().minus_days(1)),
            _ => None,
        };
        [Some(key), retried]
            .into_iter()
            .flatten()
            .map(|key| key.decrypt(self.ebid))
            .find_map(|(found, id)| (found == epoch).then_some(id))
            .ok_or(SenderError::WrongEpoch)
    }
}

fn signed(kind: Kind, ebid: Ebid, epoch: u32, time: Time32) -> [u8; 17] {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = ebid.0;
    let [e0, e1, e2, e3] = epoch.to_be_bytes();
    let [t0, t1, t2, t3] = time.0;
    let prefix = kind.prefix();
    [
        prefix, b0, b1, b2, b3, b4, b5, b6, b7, e0, e1, e2, e3, t0, t1, t2, t3,
    ]
}
