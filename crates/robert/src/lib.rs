//! The ROBERT protocol as StopCovid deployed it, without input or output.

pub mod auth;
pub mod bundle;
mod contact;
mod ebid;
mod hello;
pub mod keys;
mod mac;
pub mod parameters;
pub mod phone;
pub mod risk;
pub mod score;
mod sealed;
pub mod time;
pub mod validate;

pub use contact::{Contact, HeardHello};
pub use ebid::{CountryCode, Ebid, Ecc, FederationKey, Id, ServerKey};
pub use hello::{Hello, Mac40};
pub use keys::{AuthKey, TupleKey};
pub use time::{Epoch, Ntp, Time16, Time32};
pub use validate::Heard;
