//! Letters to a vault.

use super::*;

class! {
    /// Vaults.
    Vault at VaultPlace, ends by Some(End::NUMBER);
    1 => Keys -> Option<DayKeys>;
    2 => Tick -> ();
    3 => State -> String;
    4 => End -> ();
}

/// The keys of the day, made if they may be; nothing for a destroyed day.
#[derive(Serialize, Deserialize)]
pub struct Keys;
/// Destroys the keys, if their time has come.
#[derive(Serialize, Deserialize)]
pub struct Tick;
/// Shows what is stored, as JSON.
#[derive(Serialize, Deserialize)]
pub struct State;
/// Removes the whole vault of a demo realm.
#[derive(Serialize, Deserialize)]
pub struct End;
