//! Letters to the gate.

use super::*;

class! {
    /// The gate.
    Gate at GatePlace, ends by None;
    1 => Admit -> ();
    2 => Leave -> ();
    3 => Seat -> gate::Admitted;
    4 => See -> ();
}

/// Fronts of release 0.2.0 ask so for a demo realm whose objects are named by its session: there are no more of those.
#[derive(Serialize, Deserialize)]
pub struct Admit {
    /// The 128 bits that would name it.
    pub id: [u8; 16],
    /// When it would end, in Unix seconds.
    pub expires: u64,
}
/// Gives a visitor a seat.
#[derive(Serialize, Deserialize)]
pub struct Seat(pub gate::Visitor);
/// The demo realm of this id was used.
#[derive(Serialize, Deserialize)]
pub struct See(pub [u8; 16]);
/// The demo realm of this id has ended.
#[derive(Serialize, Deserialize)]
pub struct Leave(pub [u8; 16]);
