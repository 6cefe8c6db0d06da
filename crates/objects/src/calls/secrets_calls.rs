//! Letters to the secrets.

use super::*;

class! {
    /// The national realm's own secrets.
    Secrets at SecretsPlace, ends by None;
    1 => Read -> Vec<u8>;
    2 => AddRegistration -> ();
}

/// The secrets, wrapped by the newest root, made if there are none.
#[derive(Serialize, Deserialize)]
pub struct Read;
/// Draws the registration key that follows.
#[derive(Serialize, Deserialize)]
pub struct AddRegistration {
    /// From when the one before it is refused, in Unix seconds.
    pub until: u64,
}
