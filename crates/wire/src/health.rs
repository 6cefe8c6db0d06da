//! Whether the server is ready, for a machine that watches it.

use serde::{Deserialize, Serialize};

/// `GET /api/health`: 200 when it is ready, 503 when not. Nothing in it tells of a person, and nothing that is stored
/// is read for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The release, as in `CHANGELOG.md`.
    pub version: String,
    /// Whether requests are served.
    pub ready: bool,
    /// Why not, for the operator; `null` when it is ready.
    pub why_not: Option<String>,
    /// Whether the host's clock is believed.
    pub clock: ClockHealth,
    /// How long ago the national objects were last woken, in seconds; `null` when this isolate has not woken them.
    pub last_wake_seconds: Option<u64>,
    /// Whether a published root secret is allowed: true in tests, never elsewhere.
    pub allows_test_root: bool,
}

/// What is known of the host's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClockHealth {
    /// It agrees with the highest time that was believed.
    Believed,
    /// It does not: what cannot be undone waits.
    Doubted,
    /// This isolate has not asked yet.
    Unknown,
}
