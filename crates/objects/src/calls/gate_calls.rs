//! Letters to the gate.

use super::*;

class! {
    /// The gate.
    Gate at GatePlace, ends by None;
    1 => Admit -> ();
    2 => Leave -> ();
}

/// Lets one more demo realm in.
#[derive(Serialize, Deserialize)]
pub struct Admit(pub Session);
/// The demo realm of this id has ended.
#[derive(Serialize, Deserialize)]
pub struct Leave(pub [u8; 16]);
