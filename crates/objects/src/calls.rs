//! Every call that an object takes: its number, its fields, its reply.
//!
//! A number that was once given is never given again: an old letter must not be read as a new one. Fields are
//! encoded in order (`postcard`): a call whose fields change gets a new number.

use serde::{Deserialize, Serialize};
use service::desk::{Grant, Holder, Order};
use service::figures::{IntakeFigures, RegistryFigures};
use service::place::{self, Place};
use service::record::{RecordKey, SafeName};
use service::registry::{Register as Registration, Signed};
use service::session::Session;
use service::vault::DayKeys;
use service::visit::{Entered, Usage};
use service::work::Load as Work;
use service::{Realm, intake, registry};
use wire::code::Kind;
use wire::issuer::Role;
use wire::statistics::Statistics;

use crate::letter::{At, Call, Class, To};

/// The classes of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClassName {
    /// Accounts and exposures.
    Registry,
    /// One-time codes, and contacts on their way.
    Intake,
    /// A realm's days in figures.
    Tally,
    /// Who may hand out codes.
    Desk,
    /// The keys of one day.
    Vault,
    /// One record key.
    Safe,
    /// One demo realm's clock, limits and end.
    Realm,
    /// How many demo realms live.
    Gate,
    /// The host's highest time.
    Timekeeper,
    /// The national realm's own secrets.
    Secrets,
}

impl ClassName {
    /// Its name, as the platform's configuration has it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Registry => "Registry",
            Self::Intake => "Intake",
            Self::Tally => "Tally",
            Self::Desk => "Desk",
            Self::Vault => "Vault",
            Self::Safe => "Safe",
            Self::Realm => "Realm",
            Self::Gate => "Gate",
            Self::Timekeeper => "Timekeeper",
            Self::Secrets => "Secrets",
        }
    }
}

/// Ties the calls of a class to their numbers and replies, and reads them.
macro_rules! class {
    (
        $(#[$doc:meta])*
        $class:ident at $place:ty, ends by $end:expr;
        $($number:literal => $call:ident -> $reply:ty;)*
    ) => {
        $(#[$doc])*
        pub struct $class;

        impl Class for $class {
            type Place = $place;
            type Received = Received;
            const NAME: ClassName = ClassName::$class;
            const END: Option<u8> = $end;

            fn read(number: u8, body: &[u8]) -> Option<Received> {
                match number {
                    $($number => {
                        let (call, rest) = postcard::take_from_bytes(body).ok()?;
                        rest.is_empty().then_some(Received::$call(call, To::new()))
                    })*
                    _ => None,
                }
            }
        }

        /// A call, and what it must be answered.
        pub enum Received {
            $(
                #[doc = concat!("Call ", stringify!($number), ".")]
                $call($call, To<$reply>),
            )*
        }

        $(
            impl Call for $call {
                type To = $class;
                type Reply = $reply;
                const NUMBER: u8 = $number;
            }
        )*

        /// The numbers of this class, each once, with the name of its call.
        #[cfg(test)]
        pub(crate) const NUMBERS: &[(u8, &str)] = &[$(($number, stringify!($call)),)*];
    };
}

impl At for Place {
    fn realm(&self) -> Realm {
        self.realm
    }

    fn name(&self) -> String {
        Self::name(self)
    }
}

/// Letters to a registry.
pub mod registry_calls {
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
    /// Applies one delivery of an intake, once.
    #[derive(Serialize, Deserialize)]
    pub struct Apply {
        /// Its id.
        pub delivery: [u8; 16],
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
}

/// Letters to an intake.
pub mod intake_calls {
    use super::*;

    class! {
        /// Intakes.
        Intake at Place, ends by Some(End::NUMBER);
        1 => AddCodes -> ();
        2 => Report -> intake::Received;
        3 => DeliverAll -> bool;
        4 => Figures -> Vec<(u32, IntakeFigures)>;
        5 => Tick -> ();
        6 => State -> String;
        7 => Safes -> Vec<SafeName>;
        8 => End -> ();
        9 => Wake -> ();
        10 => CheckNumbers -> ();
    }

    /// Stores codes that are about to be handed out.
    #[derive(Serialize, Deserialize)]
    pub struct AddCodes {
        /// The issuer's request that they are for.
        pub mark: Option<[u8; 32]>,
        /// Long or short.
        pub kind: Kind,
        /// Their hashes.
        pub codes: Vec<intake::StoredCode>,
    }
    /// Uses a code up and stores the contacts that came with it.
    #[derive(Serialize, Deserialize)]
    pub struct Report(pub intake::Report);
    /// Delivers some of what waits in a demo realm, due or not, and says whether more waits.
    #[derive(Serialize, Deserialize)]
    pub struct DeliverAll;
    /// What the intake counted on these days, both included, each under its number.
    #[derive(Clone, Copy, Serialize, Deserialize)]
    pub struct Figures {
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
    /// Every safe that may hold a key of the intake's own.
    #[derive(Serialize, Deserialize)]
    pub struct Safes;
    /// Removes the whole intake of a demo realm.
    #[derive(Serialize, Deserialize)]
    pub struct End;
    /// Arms the alarm for what is due.
    #[derive(Serialize, Deserialize)]
    pub struct Wake;
    /// Compares the configured numbers of shards with those that the intake was made with.
    #[derive(Serialize, Deserialize)]
    pub struct CheckNumbers;
}

/// Letters to a tally.
pub mod tally_calls {
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
}

/// Letters to the desk.
pub mod desk_calls {
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
    /// Lists keys, as JSON, from before this one.
    #[derive(Serialize, Deserialize)]
    pub struct ListKeys(pub Holder, pub Option<String>);
    /// Lists administrators' acts, as JSON, from before this one.
    #[derive(Serialize, Deserialize)]
    pub struct ListActs(pub Holder, pub Option<String>);
    /// Records that an operator confirms the host's clock.
    #[derive(Serialize, Deserialize)]
    pub struct ConfirmClock(pub Holder);
    /// Arms the alarm for what is due.
    #[derive(Serialize, Deserialize)]
    pub struct Wake;
}

/// The vault of one day.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct VaultPlace {
    /// Its realm.
    pub realm: Realm,
    /// Its day, in days since 1970-01-01.
    pub day: u32,
}

impl At for VaultPlace {
    fn realm(&self) -> Realm {
        self.realm
    }

    fn name(&self) -> String {
        place::vault_name(self.realm, decree::Day::from_number(self.day))
    }
}

/// Letters to a vault.
pub mod vault_calls {
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
}

/// The safe of one account, or of what waits in an intake.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SafePlace {
    /// Its realm.
    pub realm: Realm,
    /// Its name.
    pub safe: SafeName,
}

impl At for SafePlace {
    fn realm(&self) -> Realm {
        self.realm
    }

    fn name(&self) -> String {
        place::safe_name(self.realm, self.safe)
    }

    /// Not which one: a safe's name and a time would tell when somebody asked, was contacted or left.
    fn logged(&self) -> String {
        "safe".to_owned()
    }
}

/// Letters to a safe.
pub mod safe_calls {
    use super::*;

    class! {
        /// Safes.
        Safe at SafePlace, ends by None;
        1 => Fill -> ();
        2 => FillIfEmpty -> RecordKey;
        3 => Key -> Option<RecordKey>;
        4 => State -> String;
        5 => Empty -> ();
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
}

/// A demo realm's own object.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RealmPlace(pub Realm);

impl At for RealmPlace {
    fn realm(&self) -> Realm {
        self.0
    }

    fn name(&self) -> String {
        format!("{}/realm", self.0)
    }

    fn logged(&self) -> String {
        "realm".to_owned()
    }
}

/// Letters to a demo realm's own object.
pub mod realm_calls {
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
}

/// The gate, of which there is one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct GatePlace;

impl At for GatePlace {
    fn realm(&self) -> Realm {
        Realm::National
    }

    fn name(&self) -> String {
        "gate".to_owned()
    }
}

/// Letters to the gate.
pub mod gate_calls {
    use super::*;

    class! {
        /// The gate.
        Gate at GatePlace, ends by None;
        1 => Admit -> ();
        2 => Leave -> ();
    }

    /// Lets one more demo realm in.
    #[derive(Serialize, Deserialize)]
    pub struct Admit(pub Session);
    /// The demo realm of this id has ended.
    #[derive(Serialize, Deserialize)]
    pub struct Leave(pub [u8; 16]);
}

/// The timekeeper, of which there is one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct TimekeeperPlace;

impl At for TimekeeperPlace {
    fn realm(&self) -> Realm {
        Realm::National
    }

    fn name(&self) -> String {
        format!("{}/timekeeper", Realm::National)
    }
}

/// Letters to the timekeeper.
pub mod timekeeper_calls {
    use super::*;

    class! {
        /// The timekeeper.
        Timekeeper at TimekeeperPlace, ends by None;
        1 => Read -> bool;
        2 => Confirm -> ();
    }

    /// Reads the host's clock, and says whether it is believed.
    #[derive(Serialize, Deserialize)]
    pub struct Read;
    /// An operator says that the host's clock is right.
    #[derive(Serialize, Deserialize)]
    pub struct Confirm;
}

/// The national realm's own secrets, of which there is one set.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SecretsPlace;

impl At for SecretsPlace {
    fn realm(&self) -> Realm {
        Realm::National
    }

    fn name(&self) -> String {
        format!("{}/secrets", Realm::National)
    }
}

/// Letters to the secrets.
pub mod secrets_calls {
    use super::*;

    class! {
        /// The national realm's own secrets.
        Secrets at SecretsPlace, ends by None;
        1 => Read -> Vec<u8>;
    }

    /// The secrets, wrapped by the newest root, made if there are none.
    #[derive(Serialize, Deserialize)]
    pub struct Read;
}
