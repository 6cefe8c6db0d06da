//! Whether the server is ready.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use wire::health;

use super::DESCRIPTION;
use crate::operation::Operation;
use crate::schema;

pub(super) fn read() -> Operation {
    Operation::new(
        "health",
        DESCRIPTION,
        "Whether the server is ready",
        "For a machine that watches it. Nothing that is stored is read for it, and nothing in it tells of a person.",
    )
    .answers::<Health>(200, "It serves.", example(None))
    .answers::<Health>(
        503,
        "It does not, and `whyNot` says why.",
        example(Some(WHY_NOT)),
    )
}

const WHY_NOT: &str = "a variable or secret is not usable; the log says which";

/// Whether the server is ready.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Health {
    /// The release.
    #[schema(pattern = "^[0-9]+\\.[0-9]+\\.[0-9]+(-[a-z]+)?$")]
    version: String,
    /// Whether requests are served.
    ready: bool,
    /// Why not, for the operator; `null` when it is ready.
    #[schema(required = true)]
    why_not: Option<String>,
    /// Whether the host's clock is believed.
    clock: ClockHealth,
    /// How long ago the national objects were last woken, in seconds; `null` when this isolate has not woken them.
    #[schema(required = true)]
    last_wake_seconds: Option<u64>,
    /// Whether a published root secret is allowed: true in tests, never elsewhere.
    allows_test_root: bool,
}

/// What is known of the host's clock.
struct ClockHealth;

impl ToSchema for ClockHealth {}

impl PartialSchema for ClockHealth {
    fn schema() -> RefOr<Schema> {
        schema::one_of(
            "What is known of the host's clock. While it is doubted nothing is forgotten, closed or made.",
            ["believed", "doubted", "unknown"],
        )
    }
}

fn example(why_not: Option<&str>) -> health::Health {
    health::Health {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ready: why_not.is_none(),
        why_not: why_not.map(str::to_owned),
        clock: health::ClockHealth::Believed,
        last_wake_seconds: Some(120),
        allows_test_root: false,
    }
}
