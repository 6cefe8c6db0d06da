//! What travels between a client and the server: requests, replies, refusals and routes.
//!
//! # In scope
//! The JSON shapes of the deployed API v6 ([`api`]), of one-time codes ([`code`]), of those who
//! hand them out ([`issuer`]) and of the demo realms ([`demo`]); the public figures
//! ([`statistics`]); strict reading with every size bounded before anything is
//! allocated ([`json`]); the refusals and their status codes ([`Refusal`]); and the one route table
//! ([`route`]).
//!
//! # Out of scope
//! What the server does with a request (crate `service`), HTTP itself (crate `worker`), and the description of all
//! this (crate `openapi`).

pub mod api;
pub mod code;
pub mod demo;
pub mod field;
pub mod health;
pub mod issuer;
pub mod json;
mod refusal;
pub mod route;
pub mod statistics;

pub use refusal::Refusal;
pub use route::{
    BodyRule, Call, DemoCall, Door, Found, IssuerCall, Method, Methods, RealmAddress, Route,
};

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
