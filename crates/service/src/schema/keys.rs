//! What the key-value objects store, which have no tables.

use super::Purpose;

/// What a vault stores: a key-value object, so two values and no table. Each is shown as a table of
/// its own: its name, its one column, and what that is for.
pub const VAULT: &[(&str, &str, Purpose)] = &[
    (
        "keys",
        "wrapped",
        Purpose::Protocol("seals what is stored about this day"),
    ),
    (
        "receipt",
        "destroyed",
        Purpose::Protocol("that this day was forgotten, and when"),
    ),
];

/// What a safe stores: one value, shown like those of a vault.
pub const SAFE: &[(&str, &str, Purpose)] = &[(
    "record",
    "wrapped",
    Purpose::Protocol("seals what is stored about one account; emptied, nothing of it opens"),
)];
