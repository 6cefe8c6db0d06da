//! What each object does when it is called or woken, and what the front asks of the objects.
//!
//! # In scope
//! The order of work inside an object: which keys are fetched first, what is retried and when, what is put off,
//! when an alarm is armed, when a lease ends. The letters between the front and the objects. The same code runs
//! in the worker (on the platform) and in the simulation (on a seeded scheduler): both implement one small port,
//! [`Host`] for everybody and [`Port`] for objects.
//!
//! # Out of scope
//! Decisions (crate `service`, one synchronous transaction each). HTTP. The platform: no runtime, no clock and no
//! SDK is named here.
//!
//! # What the code leans on
//! An object runs in one thread. Its tasks interleave at each `await` of a call to another object and of a timer,
//! and at no other place: while storage works no other task of the object goes on (input gate), and no answer leaves
//! before what was written is kept (output gate). So whatever was read before a call or a timer is read again in
//! the transaction that rests on it, and an alarm is armed in the same turn as what makes it necessary is written.
//! Any task may be dropped at any `await`: the caller has gone, or the object was killed.
//! (Cloudflare Durable Objects, "In-memory state", "Access Durable Object storage" and "Alarms".)
#![allow(async_fn_in_trait)] // One thread: no future here needs to be `Send`.

mod alarms;
pub mod calls;
mod days;
mod demo;
mod desk;
mod entry;
pub mod front;
mod gate;
mod intake;
mod letter;
mod memory;
mod pace;
#[cfg(test)]
mod pins;
mod port;
mod realm;
mod registry;
mod safe;
mod safes;
mod secrets;
mod settings;
mod tally;
pub mod timekeeper;
pub mod tried;
mod turns;
mod vault;
mod wake;

pub use calls::ClassName;
pub use demo::Demo;
pub use desk::Desk;
pub use entry::{Object, receive};
pub use gate::Gate;
pub use intake::Intake;
pub use letter::{Answer, At, Call, Called, Class, Head, To};
pub use memory::{Memory, Most};
pub use pace::breathe;
pub use port::{Host, Port, Unanswered};
pub use realm::RealmClient;
pub use registry::Registry;
pub use safe::Safe;
pub use secrets::Secrets;
pub use settings::{Leads, Role, Settings};
pub use tally::Tally;
pub use timekeeper::Timekeeper;
pub use turns::Turns;
pub use vault::Vault;
pub use wake::{must_wake, wake};
