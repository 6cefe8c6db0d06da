//! Times as the protocol counts them: NTP seconds, cut to 32 or 16 bits, and epochs of 15 minutes.

use crate::parameters::{EPOCH_SECONDS, EPOCHS_PER_DAY, FIRST_UTC_EPOCH, SERVICE_START};
use core::ops::Range;
use core::time::Duration;
use decree::{Day, Moment};
use serde::{Deserialize, Serialize};

/// NTP time of the Unix epoch: 70 years with 17 leap days.
const UNIX_START: u64 = 2_208_988_800;

/// Seconds since 1900-01-01T00:00:00Z, not cut: the number keeps growing after 2036-02-07
/// 06:28:16 UTC, when its lower 32 bits start again from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ntp(pub u64);

impl Ntp {
    /// The Unix moment; 1970 for what is earlier.
    pub const fn moment(self) -> Moment {
        Moment::from_unix(self.0.saturating_sub(UNIX_START))
    }

    /// The lower 32 bits, as requests carry them.
    pub const fn time32(self) -> Time32 {
        Time32((self.0 as u32).to_be_bytes())
    }

    /// The lower 16 bits, as a HELLO carries them.
    pub const fn time16(self) -> Time16 {
        self.time32().time16()
    }
}

impl From<Moment> for Ntp {
    fn from(moment: Moment) -> Self {
        Self(moment.unix().saturating_add(UNIX_START))
    }
}

/// NTP seconds modulo 2³², big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Time32(pub [u8; 4]);

impl Time32 {
    /// As the integer that JSON carries.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds.to_be_bytes())
    }

    /// As the integer that JSON carries.
    pub const fn seconds(self) -> u32 {
        u32::from_be_bytes(self.0)
    }

    /// The lower 16 bits.
    pub const fn time16(self) -> Time16 {
        let [_, _, high, low] = self.0;
        Time16([high, low])
    }

    /// The NTP time nearest to `now` that has these lower 32 bits: at most 68 years away.
    pub fn nearest(self, now: Moment) -> Ntp {
        let now = Ntp::from(now);
        let ahead = self
            .seconds()
            .wrapping_sub(now.time32().seconds())
            .cast_signed();
        Ntp(now.0.saturating_add_signed(i64::from(ahead)))
    }

    /// Whether `now` is at most `tolerance` away, on either side.
    pub fn is_within(self, tolerance: Duration, now: Moment) -> bool {
        Ntp::from(now).0.abs_diff(self.nearest(now).0) <= tolerance.as_secs()
    }
}

/// NTP seconds modulo 2¹⁶, big-endian: turns over every 18 hours 12 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time16(pub [u8; 2]);

impl Time16 {
    /// As the integer that JSON carries.
    pub const fn from_seconds(seconds: u16) -> Self {
        Self(seconds.to_be_bytes())
    }

    /// As the integer that JSON carries.
    pub const fn seconds(self) -> u16 {
        u16::from_be_bytes(self.0)
    }

    /// Seconds between two times on the circle of 65,536 seconds, the short way round.
    pub const fn distance(self, other: Self) -> u16 {
        let ahead = self.seconds().wrapping_sub(other.seconds());
        let behind = other.seconds().wrapping_sub(self.seconds());
        if ahead < behind { ahead } else { behind }
    }

    /// Whether the two are at most `tolerance` apart.
    pub fn is_within(self, tolerance: Duration, other: Self) -> bool {
        u64::from(self.distance(other)) <= tolerance.as_secs()
    }
}

/// A quarter of an hour, numbered from the start of the service: 24 bits, enough until November
/// 2498.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Epoch(u32);

impl Epoch {
    /// The first epoch.
    pub const FIRST: Self = Self(0);
    /// The last epoch that three bytes can number.
    pub const LAST: Self = Self(0x00ff_ffff);

    /// The epoch of this number; none beyond 24 bits.
    pub const fn new(number: u32) -> Option<Self> {
        if number <= Self::LAST.0 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The epoch that three big-endian bytes number.
    pub const fn from_bytes(bytes: [u8; 3]) -> Self {
        let [e2, e1, e0] = bytes;
        Self(u32::from_be_bytes([0, e2, e1, e0]))
    }

    /// Three big-endian bytes.
    pub const fn to_bytes(self) -> [u8; 3] {
        let [_, e2, e1, e0] = self.0.to_be_bytes();
        [e2, e1, e0]
    }

    /// The number of the epoch.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The epoch that holds this moment; none before the service started or after 24 bits.
    pub fn at(moment: Moment) -> Option<Self> {
        Self::at_since(SERVICE_START, moment)
    }

    /// [`Epoch::at`] for a service that started at another moment.
    pub fn at_since(service_start: Moment, moment: Moment) -> Option<Self> {
        let elapsed = moment.unix().checked_sub(service_start.unix())?;
        Self::new(u32::try_from(elapsed / u64::from(EPOCH_SECONDS)).ok()?)
    }

    /// The first second of the epoch.
    pub fn start(self) -> Moment {
        self.start_since(SERVICE_START)
    }

    /// [`Epoch::start`] for a service that started at another moment.
    pub fn start_since(self, service_start: Moment) -> Moment {
        service_start + Duration::from_secs(u64::from(self.0) * u64::from(EPOCH_SECONDS))
    }

    /// The day whose server key seals the EBIDs of this epoch: its UTC date, except that the first
    /// 960 epochs belong to their date in Europe/Paris (UTC + 2 h throughout those ten days).
    pub fn day(self) -> Day {
        match self.0 {
            0..FIRST_UTC_EPOCH => (self.start() + Duration::from_hours(2)).day(),
            _ => self.start().day(),
        }
    }

    /// How many epochs of the same key day remain, this one included.
    ///
    /// The deployed function with its first days in Europe/Paris: the day of epoch 952 is 104
    /// epochs long.
    pub const fn remaining_today(self) -> u32 {
        const PARIS_MIDNIGHT: u32 = FIRST_UTC_EPOCH - 8;
        match self.0 {
            0..PARIS_MIDNIGHT => {
                1 + (EPOCHS_PER_DAY + 87 - self.0 % EPOCHS_PER_DAY) % EPOCHS_PER_DAY
            }
            PARIS_MIDNIGHT..FIRST_UTC_EPOCH => FIRST_UTC_EPOCH - self.0 + EPOCHS_PER_DAY,
            _ => EPOCHS_PER_DAY - self.0 % EPOCHS_PER_DAY,
        }
    }

    /// The epochs from this one to the end of the day `days − 1` days later, in order.
    pub fn until_day(self, days: u32) -> impl Iterator<Item = Self> + use<> {
        let count = match days {
            0 => 0,
            _ => self
                .remaining_today()
                .saturating_add((days - 1).saturating_mul(EPOCHS_PER_DAY)),
        };
        let Range { start, end } = self.0..self.0.saturating_add(count);
        (start..end).map_while(Self::new)
    }

    /// The epoch before; none before the first.
    pub const fn previous(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The epoch after; none after the last.
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }

    /// How many epochs lie between the two, whichever comes first.
    pub const fn distance(self, other: Self) -> u32 {
        self.0.abs_diff(other.0)
    }
}

impl From<Epoch> for u32 {
    fn from(epoch: Epoch) -> Self {
        epoch.0
    }
}

/// The number does not fit in 24 bits (specification §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an epoch has 24 bits")]
pub struct EpochTooLate;

impl TryFrom<u32> for Epoch {
    type Error = EpochTooLate;

    fn try_from(number: u32) -> Result<Self, EpochTooLate> {
        Self::new(number).ok_or(EpochTooLate)
    }
}
