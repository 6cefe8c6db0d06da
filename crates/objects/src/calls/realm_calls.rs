//! Letters to a demo realm's own object.

use service::visit::Moving;

use super::*;

class! {
    /// Demo realms' own objects.
    Realm at RealmPlace, ends by Some(End::NUMBER);
    1 => Open -> ();
    2 => Enter -> Entered;
    3 => Count -> ();
    4 => Advance -> Entered;
    5 => DoneUntil -> ();
    6 => State -> String;
    7 => End -> ();
    8 => Reserve -> Entered;
    9 => GiveBack -> ();
    10 => OpenSeat -> ();
    11 => Move -> Moving;
    12 => Delivered -> ();
}

/// Fronts of release 0.2.0 open so a realm that has no seat.
#[derive(Serialize, Deserialize)]
pub struct Open {
    /// The 128 bits that name it.
    pub id: [u8; 16],
    /// When it ends, in Unix seconds.
    pub expires: u64,
}
/// Opens the realm, until this moment in Unix seconds. Whoever sat there before is emptied first.
#[derive(Serialize, Deserialize)]
pub struct OpenSeat(pub u64);
/// The realm's time, if it is open and has room for this, which counts from now on.
#[derive(Serialize, Deserialize)]
pub struct Reserve(pub Usage);
/// What was reserved for this is not needed: it was refused.
#[derive(Serialize, Deserialize)]
pub struct GiveBack(pub Usage);
/// The realm's time, if it is open and has room for this.
#[derive(Serialize, Deserialize)]
pub struct Enter(pub Usage);
/// Counts what was accepted. Fronts of release 0.2.0 send it.
#[derive(Serialize, Deserialize)]
pub struct Count(pub Usage);
/// Moves the realm's clock forward by so many seconds: its time.
#[derive(Serialize, Deserialize)]
pub struct Advance(pub u32);
/// The same, or goes on with a move that has not ended.
#[derive(Serialize, Deserialize)]
pub struct Move(pub u32);
/// What waited when the move began was delivered.
#[derive(Serialize, Deserialize)]
pub struct Delivered;
/// Everything due up to this moment, in Unix seconds, was done.
#[derive(Serialize, Deserialize)]
pub struct DoneUntil(pub u64);
/// Shows every row, as JSON.
#[derive(Serialize, Deserialize)]
pub struct State;
/// Ends the realm: every object of it is emptied.
#[derive(Serialize, Deserialize)]
pub struct End;
