//! The parameters of the deployed service, each with its source.
//!
//! "Server" is the last public state of the official server, "modalities" the official list of
//! deviations from the specification.

use crate::CountryCode;
use core::time::Duration;
use decree::Moment;

/// 2020-06-01T00:00:00Z, where epoch 0 begins (server, `robert.server.time-start`).
pub const SERVICE_START: Moment = Moment::from_unix(1_590_969_600);

/// Length of an epoch, and so of the life of an EBID, in seconds (specification §4).
pub const EPOCH_SECONDS: u32 = 900;

/// Epochs in a day.
pub const EPOCHS_PER_DAY: u32 = 96;

/// First epoch whose day is its UTC date. Earlier ones belong to their date in Europe/Paris, as
/// the server of June 2020 chose its keys.
pub const FIRST_UTC_EPOCH: u32 = 960;

/// Last epoch for which the key of the day before is tried as well (server, EBID decryption).
pub const LAST_RETRIED_EPOCH: u32 = 672;

/// France, +33 (server, final configuration).
pub const COUNTRY: CountryCode = CountryCode(33);

/// Days in a bundle, today included (server, `epoch-bundle-duration-in-days`).
pub const BUNDLE_DAYS: u32 = 4;

/// Epochs between two status requests, at least (server, integration configuration; the production
/// value was never public).
pub const STATUS_GAP_EPOCHS: u32 = 2;

/// How far the clock of an authenticated request may be off (server, ws-rest configuration).
pub const REQUEST_TOLERANCE: Duration = Duration::from_secs(60);

/// How far apart emission and reception of a HELLO may be, and how close to midnight the key of
/// the neighbouring day is tried (server, batch and crypto configuration).
pub const HELLO_TOLERANCE: Duration = Duration::from_secs(180);

/// By how much the HELLOs of one contact may outlast an epoch before the contact scores nothing.
/// The configurations say 60 s, later nothing; the official tests 180 s, which is also the HELLO
/// tolerance.
pub const SCORING_TOLERANCE: Duration = Duration::from_secs(180);

/// Rate of the risk, 1 − exp(−R0 · score) (server, scoring algorithm 2).
pub const R0: f64 = 0.0071;

/// From this risk on a person is at risk (server, scoring algorithm 2).
pub const RISK_THRESHOLD: f64 = 0.1;

/// Exposures count while they are at most so many epochs old: 14 days (server, contagious period).
pub const CONTAGIOUS_EPOCHS: u32 = 14 * EPOCHS_PER_DAY;

/// An alert needs an exposure that began less than so many days ago, and lasts until so many whole
/// days have passed since (server, risk retention and last-contact delay).
pub const RISK_DAYS: u32 = 7;
