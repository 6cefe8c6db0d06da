//! From the tables of release 0.2.0 to those of today: what tells when nobody can reach an account any more, what makes a
//! stolen key's codes void, what bounds the acts of a day, the line of those who wait to register, where demo realms sit, and
//! no count of decoys. An intake's new version keeps 0.2.0 from its table of codes, which has stamps that 0.2.0 takes for
//! codes of an unknown kind.
//!
//! Accounts of 0.2.0 and before have no day of registration. Where one has never asked either, the first
//! [walk](crate::registry::forget_unreachable) writes down its own day: the account came before that day, so it is
//! forgotten later than it could be, and never too early.
//!
//! A demo realm of 0.2.0 and before has no seat: its objects have names of their own, it ends by the alarm that it has,
//! and takes no room from others.
//!
//! # Going back
//! 0.2.0 compares the version, and refuses these tables.

use super::Step;

pub(super) const DESK: Step = &[
    "ALTER TABLE request ADD COLUMN again INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE acted (issuer TEXT NOT NULL, day INTEGER NOT NULL, acts INTEGER NOT NULL, \
     PRIMARY KEY (issuer, day)) WITHOUT ROWID",
];

/// Codes that were handed out before cannot be made void. What 0.2.0 answered in its last ten minutes is known by marks of
/// another form; where fronts of both releases ask, as on the platform while it is replaced, ten minutes longer.
pub(super) const INTAKE: Step = &[
    "ALTER TABLE code ADD COLUMN holder BLOB",
    "ALTER TABLE recent DROP COLUMN decoys",
    "CREATE TABLE former_marks (until INTEGER NOT NULL)",
    "INSERT INTO former_marks (until) SELECT until + 600 FROM answered ORDER BY until DESC LIMIT 1",
];

pub(super) const REGISTRY: Step = &[
    "ALTER TABLE account ADD COLUMN registered INTEGER",
    "CREATE TABLE forgetting (midnight INTEGER NOT NULL, at BLOB NOT NULL, due INTEGER)",
    "CREATE TABLE waiting (id BLOB PRIMARY KEY, turn INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX waiting_turn ON waiting (turn)",
    "CREATE INDEX waiting_until ON waiting (until)",
    "CREATE TABLE line (taken_until INTEGER NOT NULL)",
    "ALTER TABLE emptying ADD COLUMN version INTEGER",
    RECORD_GROUP_TABLE,
    RECORD_GROUP_FREE,
    RECORD_GROUP_DUE,
];

/// Accounts of releases up to 0.2.0 keep the safes that they have, until their people leave.
pub(super) const RECORD_GROUP: &[&str] = &[RECORD_GROUP_TABLE, RECORD_GROUP_FREE, RECORD_GROUP_DUE];

const RECORD_GROUP_TABLE: &str = "CREATE TABLE record_group (name BLOB PRIMARY KEY, version INTEGER NOT NULL, \
     tried INTEGER NOT NULL, root BLOB, free INTEGER NOT NULL, taken BLOB NOT NULL, left BLOB NOT NULL, due INTEGER) \
     WITHOUT ROWID";
const RECORD_GROUP_FREE: &str =
    "CREATE INDEX record_group_free ON record_group (name) WHERE free > 0";
const RECORD_GROUP_DUE: &str = "CREATE INDEX record_group_due ON record_group (due)";

pub(super) const VISIT: Step = &[
    "ALTER TABLE visit ADD COLUMN seat INTEGER",
    "ALTER TABLE visit ADD COLUMN turn INTEGER",
    "ALTER TABLE visit ADD COLUMN due INTEGER",
    "UPDATE visit SET due = expires",
    "ALTER TABLE visit ADD COLUMN deliver_at INTEGER",
];

pub(super) const GATE: Step = &[
    "ALTER TABLE open ADD COLUMN seat INTEGER",
    "ALTER TABLE open ADD COLUMN seen INTEGER",
    "CREATE TABLE seat (number INTEGER PRIMARY KEY, turn INTEGER NOT NULL, left INTEGER)",
    "CREATE TABLE challenge (id BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX challenge_until ON challenge (until)",
];
