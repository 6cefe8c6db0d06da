//! What a phone remembers of another one, and what a report carries.

use crate::{Ebid, Ecc, Hello, Mac40, Ntp, Time16, Time32};
use serde::{Deserialize, Serialize};

/// All HELLOs heard under one EBID.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// Who was met, for one epoch.
    pub ebid: Ebid,
    /// The country of that person's server.
    pub ecc: Ecc,
    /// What was heard.
    pub hellos: Vec<HeardHello>,
}

/// One HELLO as heard, without its EBID and ECC, which are its contact's.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct HeardHello {
    /// When it was heard: NTP seconds of the listener's clock, lower 32 bits
    /// (`timeCollectedOnDevice`).
    pub collected: u32,
    /// When it was sent, by its own account (`timeFromHelloMessage`).
    pub time: Time16,
    /// Its proof.
    pub mac: Mac40,
    /// How strongly it was heard, in dBm, corrected for both phones (`rssiCalibrated`).
    pub rssi: i8,
}

impl HeardHello {
    /// What a listener keeps of a HELLO.
    pub const fn new(hello: &Hello, heard: Ntp, rssi: i8) -> Self {
        Self {
            collected: heard.time32().seconds(),
            time: hello.time,
            mac: hello.mac,
            rssi,
        }
    }

    /// The time of reception, cut to 32 bits.
    pub const fn collected(&self) -> Time32 {
        Time32::from_seconds(self.collected)
    }

    /// The message that was heard under this EBID.
    pub const fn hello(&self, ecc: Ecc, ebid: Ebid) -> Hello {
        Hello {
            ecc,
            ebid,
            time: self.time,
            mac: self.mac,
        }
    }
}
