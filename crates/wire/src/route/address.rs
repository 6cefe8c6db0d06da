//! Addresses as text: all that the table lists, and the first part of each.

use super::{Caller, DEMO_REALM, Method, ROUTES, RealmAddress, Route, Row, SESSION};

/// An address of the table, with the names of its named parts in their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Its path: `/issuer/v1/keys/{id}`.
    pub path: String,
    /// What is asked there.
    pub route: Route<'static>,
    /// Its row of the table.
    pub row: &'static Row,
}

/// Every address of the table: first those outside demo realms, then those in one.
#[must_use]
pub fn addresses() -> Vec<Address> {
    let mut all = Vec::new();
    for row in ROUTES {
        all.push(Address {
            path: row.path.to_owned(),
            route: row.route,
            row,
        });
        if let Route::Realm(_, call) = row.route {
            all.push(Address {
                path: format!("{DEMO_REALM}{}", row.path),
                route: Route::Realm(RealmAddress::Demo(SESSION), call),
                row,
            });
        }
    }
    all.sort_by_key(|address| address.path.starts_with(DEMO_REALM));
    all
}

/// Whether pages of other origins may read what this address answers: it tells of nobody, and the same to everyone. A
/// demo realm is its visitor's alone.
#[must_use]
pub fn is_open(path: &str) -> bool {
    let is_public = |row: &&Row| row.method == Method::Get && row.caller == Caller::Anyone;
    ROUTES.iter().filter(is_public).any(|row| row.path == path)
}

/// The first part of an address. What stands behind no door is the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `/api`: the national realm, and the server itself.
    Api,
    /// `/demo`: demo realms.
    Demo,
    /// `/issuer`: those who hand out codes.
    Issuer,
    /// `/log`: kept free, so that no file of the page may have such an address.
    Log,
}

impl Door {
    const ALL: [Self; 4] = [Self::Api, Self::Demo, Self::Issuer, Self::Log];

    /// The door of this path, which need not lead to a route.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let first = path.trim_start_matches('/').split('/').next();
        Self::ALL
            .into_iter()
            .find(|door| first == Some(door.name()))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Demo => "demo",
            Self::Issuer => "issuer",
            Self::Log => "log",
        }
    }
}

/// The patterns of all addresses behind a door, as `run_worker_first` in `wrangler.toml` lists them: the platform
/// answers every other address with a file of the page.
#[must_use]
pub fn worker_first() -> Vec<String> {
    let mut patterns = Vec::new();
    for door in Door::ALL {
        let itself = format!("/{}", door.name());
        let below = format!("{itself}/*");
        if ROUTES.iter().any(|row| row.path == itself) {
            patterns.push(itself);
        }
        patterns.push(below);
    }
    patterns
}
