//! What the stateless front asks of the objects, for phones, for issuers and for a demo realm's visitor. HTTP comes
//! before and after.

pub mod bodies;
pub mod demo;
pub mod health;
pub mod issuer;
pub mod keys;
pub mod phone;
mod proof;
pub mod statistics;
