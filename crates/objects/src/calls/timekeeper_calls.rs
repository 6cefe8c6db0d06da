//! Letters to the timekeeper.

use super::*;

class! {
    /// The timekeeper.
    Timekeeper at TimekeeperPlace, ends by None;
    1 => Read -> bool;
    2 => Confirm -> ();
}

/// Reads the host's clock, and says whether it is believed.
#[derive(Serialize, Deserialize)]
pub struct Read;
/// An operator says that the host's clock is right.
#[derive(Serialize, Deserialize)]
pub struct Confirm;
