//! Letters to a safe.

use service::group::GroupVersion;
use service::keyring::KeyId;

use super::*;

class! {
    /// Safes.
    Safe at SafePlace, ends by None;
    1 => Fill -> ();
    2 => FillIfEmpty -> RecordKey;
    3 => Key -> Option<RecordKey>;
    4 => State -> String;
    5 => Empty -> ();
    6 => Rewrap -> Option<Rewrapped>;
    7 => Hold -> bool;
    8 => Held -> Option<Vec<u8>>;
    9 => Discard -> ();
}

/// Puts a key into a new safe.
#[derive(Serialize, Deserialize)]
pub struct Fill(pub RecordKey);
/// Fills the safe if it is empty, and tells what is in it.
#[derive(Serialize, Deserialize)]
pub struct FillIfEmpty(pub RecordKey);
/// What is in the safe.
#[derive(Serialize, Deserialize)]
pub struct Key;
/// Shows what is stored, as JSON.
#[derive(Serialize, Deserialize)]
pub struct State;
/// Destroys the key, if it is the one of the safe that the letter names.
#[derive(Serialize, Deserialize)]
pub struct Empty;
/// Wraps the key again, if it is not under the newest root, and tells it.
#[derive(Serialize, Deserialize)]
pub struct Rewrap;

/// Puts a version of a group into one of its safes, in the place of an earlier one: whether it is there now. A later one
/// stays.
#[derive(Serialize, Deserialize)]
pub struct Hold(pub Vec<u8>);
/// The version of a group that is in the safe, wrapped.
#[derive(Serialize, Deserialize)]
pub struct Held;
/// Destroys the version of a group that is in the safe, if it is this one or an earlier one.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Discard(pub GroupVersion);

/// What is in a safe that is not empty.
#[derive(Serialize, Deserialize)]
pub struct Rewrapped {
    /// The root that wraps it.
    pub root: KeyId,
    /// The key.
    pub key: RecordKey,
}
