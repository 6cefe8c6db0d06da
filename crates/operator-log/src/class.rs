//! The classes of objects.

/// The classes of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClassName {
    /// Accounts and exposures.
    Registry,
    /// One-time codes, and contacts on their way.
    Intake,
    /// A realm's days in figures.
    Tally,
    /// Who may hand out codes.
    Desk,
    /// The keys of one day.
    Vault,
    /// One record key.
    Safe,
    /// One demo realm's clock, limits and end.
    Realm,
    /// How many demo realms live.
    Gate,
    /// The host's highest time.
    Timekeeper,
    /// The national realm's own secrets.
    Secrets,
}

impl ClassName {
    /// Every class.
    pub const ALL: [Self; 10] = [
        Self::Registry,
        Self::Intake,
        Self::Tally,
        Self::Desk,
        Self::Vault,
        Self::Safe,
        Self::Realm,
        Self::Gate,
        Self::Timekeeper,
        Self::Secrets,
    ];

    /// Its name, as the platform's configuration has it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Registry => "Registry",
            Self::Intake => "Intake",
            Self::Tally => "Tally",
            Self::Desk => "Desk",
            Self::Vault => "Vault",
            Self::Safe => "Safe",
            Self::Realm => "Realm",
            Self::Gate => "Gate",
            Self::Timekeeper => "Timekeeper",
            Self::Secrets => "Secrets",
        }
    }
}
