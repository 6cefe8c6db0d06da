//! The HELLO message, which phones exchange over Bluetooth (specification §5).

use crate::mac;
use crate::{AuthKey, Ebid, Ecc, Ntp, Time16};
use serde::{Deserialize, Serialize};

/// The first 40 bits of an HMAC-SHA256.
///
/// Not compared with `==`: [`Hello::verify`] does it in constant time.
#[derive(Clone, Copy, Debug, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(PartialEq))]
pub struct Mac40(pub [u8; 5]);

/// What a phone says every few seconds: 16 bytes.
#[derive(Clone, Copy, Debug, Hash, Serialize, Deserialize)]
pub struct Hello {
    /// Country of the sender's server.
    pub ecc: Ecc,
    /// Who the sender is, for this epoch.
    pub ebid: Ebid,
    /// When it was sent.
    pub time: Time16,
    /// Proof that the owner of the EBID sent it then.
    pub mac: Mac40,
}

impl Hello {
    /// Bytes of a HELLO.
    pub const LENGTH: usize = 16;

    /// Version byte of the Bluetooth payload (Bluetooth document v1.3).
    pub const BLE_VERSION: u8 = 1;

    /// Makes the HELLO of a moment: MAC over `01 ‖ ECC ‖ EBID ‖ time16`, cut to five bytes.
    pub fn seal(key: &AuthKey, ecc: Ecc, ebid: Ebid, at: Ntp) -> Self {
        let time = at.time16();
        let [m0, m1, m2, m3, m4, ..] = mac::compute(key.mac(), &signed(ecc, ebid, time));
        Self {
            ecc,
            ebid,
            time,
            mac: Mac40([m0, m1, m2, m3, m4]),
        }
    }

    /// Whether the owner of the key made it. In constant time.
    pub fn verify(&self, key: &AuthKey) -> bool {
        mac::verify(
            key.mac(),
            &signed(self.ecc, self.ebid, self.time),
            &self.mac.0,
        )
    }

    /// ECC ‖ EBID ‖ time16 ‖ MAC.
    pub const fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let Ecc(c) = self.ecc;
        let [e0, e1, e2, e3, e4, e5, e6, e7] = self.ebid.0;
        let [t0, t1] = self.time.0;
        let [m0, m1, m2, m3, m4] = self.mac.0;
        [
            c, e0, e1, e2, e3, e4, e5, e6, e7, t0, t1, m0, m1, m2, m3, m4,
        ]
    }

    /// Splits sixteen bytes into their fields; every sixteen bytes are a HELLO until verified.
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        let [
            c,
            e0,
            e1,
            e2,
            e3,
            e4,
            e5,
            e6,
            e7,
            t0,
            t1,
            m0,
            m1,
            m2,
            m3,
            m4,
        ] = bytes;
        Self {
            ecc: Ecc(c),
            ebid: Ebid([e0, e1, e2, e3, e4, e5, e6, e7]),
            time: Time16([t0, t1]),
            mac: Mac40([m0, m1, m2, m3, m4]),
        }
    }

    /// The Bluetooth service data of both apps: the HELLO, the version, and the correction of the
    /// sender's transmission power in dBm.
    pub const fn to_ble_payload(&self, tx_gain: i8) -> [u8; 18] {
        let [
            b0,
            b1,
            b2,
            b3,
            b4,
            b5,
            b6,
            b7,
            b8,
            b9,
            b10,
            b11,
            b12,
            b13,
            b14,
            b15,
        ] = self.to_bytes();
        let (version, gain) = (Self::BLE_VERSION, tx_gain.cast_unsigned());
        [
            b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, version, gain,
        ]
    }
}

fn signed(ecc: Ecc, ebid: Ebid, time: Time16) -> [u8; 12] {
    const PREFIX: u8 = 0x01;
    let [e0, e1, e2, e3, e4, e5, e6, e7] = ebid.0;
    let [t0, t1] = time.0;
    [PREFIX, ecc.0, e0, e1, e2, e3, e4, e5, e6, e7, t0, t1]
}
