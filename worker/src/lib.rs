//! The edge worker: HTTP in front, and the platform behind the port of `objects`.
//!
//! # In scope
//! HTTP, and what the platform brings: storage, calls, alarms, clock, randomness. This is the only crate that names
//! the SDK.
//!
//! # Out of scope
//! What objects do and in which order (crate `objects`), and every decision (crate `service`, in one synchronous
//! transaction).

mod events;
mod front;
mod object;
mod platform;
