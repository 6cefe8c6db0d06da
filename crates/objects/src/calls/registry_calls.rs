//! Letters to a registry.

use service::outbox::DeliveryId;

use super::*;

class! {
    /// Registries.
    Registry at Place, ends by Some(End::NUMBER);
    1 => Load -> Work;
    2 => Register -> robert::Id;
    3 => Status -> registry::Status;
    4 => Unregister -> ();
    5 => DeleteExposureHistory -> ();
    6 => Apply -> ();
    7 => Figures -> Vec<(u32, RegistryFigures)>;
    8 => Tick -> ();
    9 => State -> String;
    10 => Safes -> Vec<SafeName>;
    11 => End -> ();
    12 => Wake -> ();
    13 => CheckNumbers -> ();
    14 => IsMade -> bool;
    15 => Progress -> registry::Progress;
    16 => ApplyAll -> Vec<bool>;
    17 => Try -> tried::Known;
    18 => CountDying -> ();
    19 => Forgotten -> Option<registry::Counted>;
}

/// How many registered in the last ten minutes.
#[derive(Serialize, Deserialize)]
pub struct Load;
/// Opens an account: its identity.
#[derive(Serialize, Deserialize)]
pub struct Register(pub Registration);
/// Whether the sender is at risk.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Status(pub Signed);
/// Forgets the sender's account.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Unregister(pub Signed);
/// Forgets what the sender was exposed to.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct DeleteExposureHistory(pub Signed);
/// Applies one delivery of an intake, once. Intakes of release 0.2.0 send it.
#[derive(Serialize, Deserialize)]
pub struct Apply {
    /// Its id.
    pub delivery: DeliveryId,
    /// What is delivered: a [`service::parcel::Parcel`].
    pub body: Vec<u8>,
}
/// Applies deliveries of an intake, each once: which of them the registry has, in their order.
#[derive(Serialize, Deserialize)]
pub struct ApplyAll(pub Vec<Delivery>);
/// One delivery of several.
#[derive(Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// What is delivered: a [`service::parcel::Parcel`].
    pub body: Vec<u8>,
}
/// What the registry counted on these days, both included, each under its number.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Figures {
    /// The first day.
    pub from: u32,
    /// The last day.
    pub to: u32,
}
/// Counts the verdicts that the key of this day seals, in the last second before it is destroyed: in a demo realm.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct CountDying(pub u32);
/// What the keys of these days had sealed, both included, as far as it was counted; nothing from a registry in which
/// nothing was ever stored.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Forgotten {
    /// The first day.
    pub from: u32,
    /// The last day.
    pub to: u32,
}
/// Does what is due, in a demo realm whose clock moves.
#[derive(Serialize, Deserialize)]
pub struct Tick;
/// Shows every row, as JSON.
#[derive(Serialize, Deserialize)]
pub struct State;
/// Every safe that the registry knows.
#[derive(Serialize, Deserialize)]
pub struct Safes;
/// Removes the whole registry of a demo realm.
#[derive(Serialize, Deserialize)]
pub struct End;
/// Does what is due, and arms the alarm for what will be.
#[derive(Serialize, Deserialize)]
pub struct Wake;
/// Compares the configured numbers of shards with those that the registry was made with.
#[derive(Serialize, Deserialize)]
pub struct CheckNumbers;
/// Whether anything was ever written to the registry.
#[derive(Serialize, Deserialize)]
pub struct IsMade;
/// How far everything is wrapped by the newest root.
#[derive(Serialize, Deserialize)]
pub struct Progress;
/// What is known of a challenge that somebody shows a solution of. If nothing is, the derivation may be made, this one
/// time.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Try(pub tried::Shown);
