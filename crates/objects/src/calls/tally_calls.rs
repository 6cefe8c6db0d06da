//! Letters to a tally.

use super::*;

class! {
    /// Tallies.
    Tally at Place, ends by Some(End::NUMBER);
    1 => Collect -> ();
    2 => Publish -> Statistics;
    3 => State -> String;
    4 => End -> ();
    5 => CollectForgotten -> ();
    6 => PublishForgotten -> Vec<statistics::Forgotten>;
}

/// Collects the days that are over.
#[derive(Serialize, Deserialize)]
pub struct Collect;
/// Collects what the keys of days that are forgotten had sealed.
#[derive(Serialize, Deserialize)]
pub struct CollectForgotten;
/// Collects the figures too, and tells what may be published.
#[derive(Serialize, Deserialize)]
pub struct Publish;
/// Collects the days that are forgotten too, and tells what may be told of them.
#[derive(Serialize, Deserialize)]
pub struct PublishForgotten;
/// Shows every row, as JSON.
#[derive(Serialize, Deserialize)]
pub struct State;
/// Removes the whole tally of a demo realm.
#[derive(Serialize, Deserialize)]
pub struct End;
