//! Letters to a tally.

use super::*;

class! {
    /// Tallies.
    Tally at Place, ends by Some(End::NUMBER);
    1 => Collect -> ();
    2 => Publish -> Statistics;
    3 => State -> String;
    4 => End -> ();
}

/// Collects the days that are over.
#[derive(Serialize, Deserialize)]
pub struct Collect;
/// Collects them too, and tells what may be published.
#[derive(Serialize, Deserialize)]
pub struct Publish;
/// Shows every row, as JSON.
#[derive(Serialize, Deserialize)]
pub struct State;
/// Removes the whole tally of a demo realm.
#[derive(Serialize, Deserialize)]
pub struct End;
