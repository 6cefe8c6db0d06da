//! What the key-value objects store, which have no tables.

use super::Purpose;

/// On a seat of demo realms, whose objects have visitors in turn.
const TURN: (&str, &str, Purpose) = (
    "turn",
    "turn",
    Purpose::Protocol("which visit this is: an earlier one reads and writes nothing"),
);

/// What a vault stores: a key-value object, so a few values and no table. Each is shown as a table of
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
    TURN,
];

/// What a safe stores: shown like the values of a vault.
pub const SAFE: &[(&str, &str, Purpose)] = &[
    (
        "record",
        "wrapped",
        Purpose::Protocol("seals what is stored about one account; emptied, nothing of it opens"),
    ),
    (
        "group",
        "wrapped",
        Purpose::Protocol(
            "seals what is stored about the accounts of a group, each under a key of its own; who leaves gets the \
             group written again in its other safe without that key, and this one is emptied",
        ),
    ),
    TURN,
];
