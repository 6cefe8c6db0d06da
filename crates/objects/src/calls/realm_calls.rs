//! Letters to a demo realm's own object.

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
}

/// Opens the realm.
#[derive(Serialize, Deserialize)]
pub struct Open(pub Session);
/// The realm's time, if it is open and has room for this.
#[derive(Serialize, Deserialize)]
pub struct Enter(pub Usage);
/// Counts what was accepted.
#[derive(Serialize, Deserialize)]
pub struct Count(pub Usage);
/// Moves the realm's clock forward by so many seconds: its time.
#[derive(Serialize, Deserialize)]
pub struct Advance(pub u32);
/// Everything due up to this moment, in Unix seconds, was done.
#[derive(Serialize, Deserialize)]
pub struct DoneUntil(pub u64);
/// Shows every row, as JSON.
#[derive(Serialize, Deserialize)]
pub struct State;
/// Ends the realm: every object of it is emptied.
#[derive(Serialize, Deserialize)]
pub struct End;
