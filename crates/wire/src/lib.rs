//! What travels between a client and the server: requests, replies, refusals and routes.
//!
//! # In scope
//! The JSON shapes of the deployed API v6 ([`api`]), of one-time codes ([`code`]), of those who
//! hand them out ([`issuer`]) and of the demo realms ([`demo`]); the public figures
//! ([`statistics`]); strict reading with every size bounded before anything is
//! allocated ([`json`]); the refusals and their status codes ([`Refusal`]); the one route table
//! ([`Route`]); and the description of all this ([`OPENAPI`]).
//!
//! # Out of scope
//! What the server does with a request (crate `service`) and HTTP itself (crate `worker`).

pub mod api;
pub mod code;
pub mod demo;
pub mod field;
pub mod issuer;
pub mod json;
#[cfg(feature = "openapi")]
pub mod openapi;
mod refusal;
mod route;
pub mod statistics;

pub use refusal::Refusal;
pub use route::{Call, Desk, Method, Route, Scope};

/// The description of the API in OpenAPI 3.1, as JSON. `cargo xtask openapi` writes it down.
pub const OPENAPI: &str = include_str!("../openapi.json");

/// Largest report body, in bytes.
pub const MAX_REPORT_BYTES: usize = 4 << 20;
/// Largest body of every other request, in bytes.
pub const MAX_BODY_BYTES: usize = 16_384;
/// Most contacts in a report.
pub const MAX_CONTACTS: usize = 20_000;
/// Most HELLOs in one contact.
pub const MAX_HELLOS_PER_CONTACT: usize = 1_000;
/// Most HELLOs in a report.
pub const MAX_HELLOS: usize = 40_000;
