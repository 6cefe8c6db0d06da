//! From the tables of release 0.2.0 to those of today: what tells when nobody can reach an account any more.
//!
//! Accounts of 0.2.0 and before have no day of registration. Where one has never asked either, the first
//! [walk](crate::registry::forget_unreachable) writes down its own day: the account came before that day, so it is
//! forgotten later than it could be, and never too early.
//!
//! # Going back
//! 0.2.0 compares the version, and refuses these tables.

use super::Step;

pub(super) const REGISTRY: Step = &[
    "ALTER TABLE account ADD COLUMN registered INTEGER",
    "CREATE TABLE forgetting (midnight INTEGER NOT NULL, at BLOB NOT NULL, due INTEGER)",
];
