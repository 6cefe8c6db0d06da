//! Article 4: what a person must be told, and when.
//!
//! ---
#![doc = include_str!("../text/fr/article-4.md")]

use crate::article_1::Choice;

/// Something that a person must have been told (alinéa 2) before a choice of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// The main characteristics of the processing, and the person's rights.
    CharacteristicsAndRights,
    /// That the people at risk whom they met will be informed that they were near someone diagnosed positive.
    ContactsWillBeInformed,
    /// That those people might, within limits, guess who it was.
    IndirectIdentification,
}

impl Notice {
    /// The three notices, in the order of the text.
    pub const ALL: [Self; 3] = [
        Self::CharacteristicsAndRights,
        Self::ContactsWillBeInformed,
        Self::IndirectIdentification,
    ];

    /// The choice that the person cannot make before having read this.
    ///
    /// The text places the first notice « au moment de l'installation »; the two others speak of « cas de partage »,
    /// so they come before the transmission, when they matter.
    pub const fn before(self) -> Choice {
        match self {
            Self::CharacteristicsAndRights => Choice::Install,
            Self::ContactsWillBeInformed | Self::IndirectIdentification => Choice::TransmitHistory,
        }
    }

    /// What the law orders to say, word for word.
    pub const fn text(self) -> &'static str {
        match self {
            Self::CharacteristicsAndRights => {
                "Les personnes concernées sont informées des principales caractéristiques du traitement et de leurs \
                 droits"
            }
            Self::ContactsWillBeInformed => {
                "en cas de partage de leur historique de proximité sur le serveur central, les personnes identifiées \
                 comme leurs contacts à risque de contamination seront informées qu'elles auront été à proximité d'au \
                 moins un autre utilisateur diagnostiqué ou dépisté positif au virus du covid-19 au cours des quinze \
                 derniers jours"
            }
            Self::IndirectIdentification => {
                "la possibilité limitée d'identification indirecte, susceptible d'en résulter lorsque ces personnes \
                 ont eu un très faible nombre de contacts pendant cette période"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_are_word_for_word() {
        let article = include_str!("../text/fr/article-4.md");
        for notice in Notice::ALL {
            assert!(article.contains(notice.text()), "{notice:?}");
        }
    }
}
