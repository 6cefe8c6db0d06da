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
use service::vault::DayKeys;
use service::visit::{Entered, Usage};
use service::work::Load as Work;
use service::{Realm, gate, intake, registry};
use wire::code::Kind;
use wire::issuer::Role;
use wire::statistics::{self, Statistics};

use crate::letter::{At, Call, Class, To};
use crate::tried;

pub use operator_log::ClassName;

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

// Below the macro that they use.
pub mod desk_calls;
pub mod gate_calls;
pub mod intake_calls;
pub mod realm_calls;
pub mod registry_calls;
pub mod safe_calls;
pub mod secrets_calls;
pub mod tally_calls;
pub mod timekeeper_calls;
pub mod vault_calls;

impl At for Place {
    fn realm(&self) -> Realm {
        self.realm
    }

    fn name(&self) -> String {
        Self::name(self)
    }
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
}

/// A demo realm's own object.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RealmPlace(pub Realm);

impl At for RealmPlace {
    fn realm(&self) -> Realm {
        self.0
    }

    fn name(&self) -> String {
        format!("{}/realm", self.0.folder())
    }
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
