//! The two languages in which this tool speaks. Laws stay in French.

use std::env;
use std::fmt;
use std::str::FromStr;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    English,
    French,
}

impl Lang {
    /// What the environment asks for, in the order of POSIX: French if it says so, otherwise English.
    pub(crate) fn of_environment() -> Self {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let asked = names
            .into_iter()
            .filter_map(env::var_os)
            .find(|value| !value.is_empty());
        match asked {
            Some(value) if value.to_string_lossy().starts_with("fr") => Self::French,
            _ => Self::English,
        }
    }

    /// Of something said in English and in French.
    pub(crate) const fn of<T: Copy>(self, [english, french]: [T; 2]) -> T {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(name: &str) -> Result<Self, UnknownLang> {
        match name {
            "en" => Ok(Self::English),
            "fr" => Ok(Self::French),
            _ => Err(UnknownLang),
        }
    }
}

/// The language is neither French nor English.
#[derive(Debug)]
pub(crate) struct UnknownLang;

impl fmt::Display for UnknownLang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("--lang is fr or en")
    }
}

impl std::error::Error for UnknownLang {}
