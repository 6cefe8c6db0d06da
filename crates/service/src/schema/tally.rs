//! The table of a tally.

use super::common::{FIGURE, PLACE, VERSION};
use super::{Purpose, Schema, Table, from_0_1_0, from_0_2_0};

/// A tally: the sums of all registries and intakes, kept for good.
pub const TALLY: &Schema = &Schema {
    tables: TABLES,
    oldest: PLACE.name,
    steps: &[from_0_1_0::TALLY, from_0_2_0::TALLY],
    walks: &[],
    leaving: &[],
};

const TABLES: &[Table] = &[
    VERSION,
    PLACE,
    Table {
        name: "tally",
        create: &[
            "CREATE TABLE tally (day INTEGER PRIMARY KEY, registrations INTEGER NOT NULL, \
             unregistrations INTEGER NOT NULL, status_checks INTEGER NOT NULL, \
             contacts_notified INTEGER NOT NULL, above_threshold_too_old INTEGER NOT NULL, \
             reports INTEGER NOT NULL, long_issued INTEGER NOT NULL, \
             long_used INTEGER NOT NULL, long_expired INTEGER NOT NULL, \
             short_issued INTEGER NOT NULL, short_used INTEGER NOT NULL, \
             short_expired INTEGER NOT NULL)",
        ],
        columns: &[
            ("day", Purpose::Protocol("day that the figures count")),
            ("registrations", FIGURE),
            ("unregistrations", FIGURE),
            ("status_checks", FIGURE),
            ("contacts_notified", FIGURE),
            ("above_threshold_too_old", FIGURE),
            ("reports", FIGURE),
            ("long_issued", FIGURE),
            ("long_used", FIGURE),
            ("long_expired", FIGURE),
            ("short_issued", FIGURE),
            ("short_used", FIGURE),
            ("short_expired", FIGURE),
        ],
    },
    Table {
        name: "forgotten",
        create: &[from_0_2_0::FORGOTTEN],
        columns: super::common::SEALED,
    },
];
