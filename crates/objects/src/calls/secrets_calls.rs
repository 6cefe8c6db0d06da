//! Letters to the secrets.

use super::*;

class! {
    /// The national realm's own secrets.
    Secrets at SecretsPlace, ends by None;
    1 => Read -> Vec<u8>;
}

/// The secrets, wrapped by the newest root, made if there are none.
#[derive(Serialize, Deserialize)]
pub struct Read;
