//! Methods, and sets of them.

use serde::{Deserialize, Serialize};

/// The methods that some address answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends.
    Post,
    /// Ends.
    Delete,
}

/// Asks which methods an address answers: no route's, and answered before any is looked at.
pub const OPTIONS: &str = "OPTIONS";

impl Method {
    const ALL: [Self; 3] = [Self::Get, Self::Post, Self::Delete];

    /// The method of this name. `HEAD` is answered wherever `GET` is.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    /// Its names, as [`Methods::names`] lists them.
    const fn names(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// The methods that one address answers: a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Methods(u8);

impl Methods {
    /// This method alone.
    #[must_use]
    pub const fn only(method: Method) -> Self {
        Self(1 << method as u8)
    }

    /// These, and that one.
    #[must_use]
    pub const fn with(self, method: Method) -> Self {
        Self(self.0 | Self::only(method).0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL
            .into_iter()
            .filter(move |method| self.0 & Self::only(*method).0 != 0)
    }

    /// As `Allow` lists them (RFC 9110, 10.2.1): `GET, HEAD, POST, OPTIONS`. Every address answers the last, with this
    /// list.
    #[must_use]
    pub fn names(self) -> String {
        self.iter()
            .map(Method::names)
            .chain([OPTIONS])
            .collect::<Vec<_>>()
            .join(", ")
    }
}
