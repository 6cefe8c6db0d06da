//! Letters to the desk.

use super::*;

class! {
    /// The desk.
    Desk at Place, ends by None;
    1 => Admit -> ();
    2 => HandOut -> Grant;
    3 => MakeKey -> String;
    4 => RevokeKey -> ();
    5 => ListKeys -> String;
    6 => ListActs -> String;
    7 => Wake -> ();
    8 => ConfirmClock -> ();
    9 => AdmitOperator -> ();
    10 => AskRegistrationKey -> ();
    11 => VoidCodes -> Vec<Holder>;
}

/// Whether this key is in force.
#[derive(Serialize, Deserialize)]
pub struct Admit(pub Holder);
/// Lets codes be handed out: until when they are good, and under which root.
#[derive(Serialize, Deserialize)]
pub struct HandOut(pub Holder, pub Order);
/// Makes a key: its id.
#[derive(Serialize, Deserialize)]
pub struct MakeKey {
    /// Who asks.
    pub holder: Holder,
    /// What the new key may do.
    pub role: Role,
    /// Codes per day.
    pub quota: u32,
    /// SHA-256 of the new key.
    pub hash: [u8; 32],
}
/// Revokes the key of this id.
#[derive(Serialize, Deserialize)]
pub struct RevokeKey(pub Holder, pub String);
/// Has the codes of the key of this id, and of those that came from it, made void: whose they are.
#[derive(Serialize, Deserialize)]
pub struct VoidCodes(pub Holder, pub String);
/// Lists keys, as JSON, from before this one.
#[derive(Serialize, Deserialize)]
pub struct ListKeys(pub Holder, pub Option<String>);
/// Lists administrators' acts, as JSON, from before this one.
#[derive(Serialize, Deserialize)]
pub struct ListActs(pub Holder, pub Option<String>);
/// Records that an operator confirms the host's clock.
#[derive(Serialize, Deserialize)]
pub struct ConfirmClock(pub Holder);
/// Whether a key is in force, and an operator's.
#[derive(Serialize, Deserialize)]
pub struct AdmitOperator(pub Holder);
/// Records that an operator asks for a new registration key.
#[derive(Serialize, Deserialize)]
pub struct AskRegistrationKey {
    /// Who asks.
    pub holder: Holder,
    /// From when the one before it is refused, in Unix seconds.
    pub until: u64,
}
/// Arms the alarm for what is due.
#[derive(Serialize, Deserialize)]
pub struct Wake;
