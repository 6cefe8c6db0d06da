//! Article 2: the ten kinds of data that may be processed, and what a report may hold.
//!
//! ---
#![doc = include_str!("../text/fr/article-2.md")]

use core::fmt;
use core::time::Duration;

use crate::article_3::HISTORY_KEPT;
use crate::calendar::Moment;

/// A kind of data that may be processed (I 1° to 10°). The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// I 1°: the authentication key shared by an application and the server.
    AuthenticationKey,
    /// I 2°: the permanent identifier, random, known to the server alone.
    Identifier,
    /// I 3°: country codes.
    CountryCode,
    /// I 4°: the random and temporary pseudonyms sent to the application.
    Pseudonyms,
    /// I 5°: the proximity history, on the phone.
    ProximityHistory,
    /// I 6°: the part of it that a person diagnosed positive transmits.
    ContactsAtRisk,
    /// I 7°: the periods during which a user was exposed.
    ExposurePeriods,
    /// I 8°: what a person diagnosed positive types in: the onset of symptoms and the one-time code.
    Declaration,
    /// I 9°: the status "contact at risk" of an identifier.
    AtRiskStatus,
    /// I 10°: the date of the last questions to the server.
    LastQuestions,
}

impl Item {
    /// The ten items, in the order of the text.
    pub const ALL: [Self; 10] = [
        Self::AuthenticationKey,
        Self::Identifier,
        Self::CountryCode,
        Self::Pseudonyms,
        Self::ProximityHistory,
        Self::ContactsAtRisk,
        Self::ExposurePeriods,
        Self::Declaration,
        Self::AtRiskStatus,
        Self::LastQuestions,
    ];

    /// Article, part and number: `2-I-1` … `2-I-10`. Stored columns are marked with it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AuthenticationKey => "2-I-1",
            Self::Identifier => "2-I-2",
            Self::CountryCode => "2-I-3",
            Self::Pseudonyms => "2-I-4",
            Self::ProximityHistory => "2-I-5",
            Self::ContactsAtRisk => "2-I-6",
            Self::ExposurePeriods => "2-I-7",
            Self::Declaration => "2-I-8",
            Self::AtRiskStatus => "2-I-9",
            Self::LastQuestions => "2-I-10",
        }
    }

    /// What the law says of this item, word for word.
    pub fn text(self) -> &'static str {
        let text = include_str!("../text/fr/article-2.md");
        let (start, end) = match self {
            Self::AuthenticationKey => ("\n1° ", "\n2° "),
            Self::Identifier => ("\n2° ", "\n3° "),
            Self::CountryCode => ("\n3° ", "\n4° "),
            Self::Pseudonyms => ("\n4° ", "\n5° "),
            Self::ProximityHistory => ("\n5° ", "\n6° "),
            Self::ContactsAtRisk => ("\n6° ", "\n7° "),
            Self::ExposurePeriods => ("\n7° ", "\n8° "),
            Self::Declaration => ("\n8° ", "\n9° "),
            Self::AtRiskStatus => ("\n9° ", "\n10° "),
            Self::LastQuestions => ("\n10° ", "\nII. - "),
        };
        let from_start = text.split_once(start).map_or("", |(_, rest)| rest);
        from_start
            .split_once(end)
            .map_or(from_start, |(item, _)| item)
            .trim()
    }

    /// A short name, in French.
    pub const fn name_fr(self) -> &'static str {
        match self {
            Self::AuthenticationKey => "clé d'authentification partagée",
            Self::Identifier => "identifiant permanent",
            Self::CountryCode => "code pays",
            Self::Pseudonyms => "pseudonymes temporaires",
            Self::ProximityHistory => "historique de proximité",
            Self::ContactsAtRisk => "contacts à risque transmis",
            Self::ExposurePeriods => "périodes d'exposition",
            Self::Declaration => "date des symptômes et code à usage unique",
            Self::AtRiskStatus => "statut « contact à risque »",
            Self::LastQuestions => "date des dernières interrogations",
        }
    }

    /// A short name, in English.
    pub const fn name_en(self) -> &'static str {
        match self {
            Self::AuthenticationKey => "shared authentication key",
            Self::Identifier => "permanent identifier",
            Self::CountryCode => "country code",
            Self::Pseudonyms => "temporary pseudonyms",
            Self::ProximityHistory => "proximity history",
            Self::ContactsAtRisk => "transmitted contacts at risk",
            Self::ExposurePeriods => "periods of exposure",
            Self::Declaration => "onset of symptoms and one-time code",
            Self::AtRiskStatus => "“contact at risk” status",
            Self::LastQuestions => "date of the last questions",
        }
    }
}

impl fmt::Display for Item {
    /// The [label](Self::label).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// When the symptoms began, as the person says it (I 8° a): « si l'utilisateur est en mesure de donner cette
/// information ».
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Onset {
    /// The person knows.
    Known(Moment),
    /// The person cannot say, or has no symptom.
    Unknown,
}

/// What the law lets a report cover: both ends included, precise to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    from: Moment,
    to: Moment,
}

impl Window {
    /// The first moment that may be transmitted.
    pub const fn from(self) -> Moment {
        self.from
    }

    /// The last moment that may be transmitted.
    pub const fn to(self) -> Moment {
        self.to
    }

    /// Whether something recorded at this moment may be transmitted.
    pub fn contains(self, recorded: Moment) -> bool {
        (self.from..=self.to).contains(&recorded)
    }
}

/// « dans les quarante-huit heures qui précèdent la date de début des symptômes » (I 6°).
pub const BEFORE_ONSET: Duration = Duration::from_hours(48);

/// What may be transmitted at `now` (I 6°): « dans les quarante-huit heures qui précèdent la date de début des
/// symptômes ainsi que dans la période comprise entre cette date et la date de transfert […] ou, à défaut de
/// renseignement de la date de début des symptômes […], pendant les quinze jours qui précèdent le transfert ».
///
/// A known onset more than 48 h ahead of `now` leaves a window that contains nothing.
pub fn transfer_window(onset: Onset, now: Moment) -> Window {
    let from = match onset {
        Onset::Known(onset) => onset - BEFORE_ONSET,
        // The same fifteen days as the history's own term: whatever is still there.
        Onset::Unknown => now - HISTORY_KEPT,
    };
    Window { from, to: now }
}

/// « la seule information » that a contact at risk receives (I 6°), word for word.
pub const SOLE_INFORMATION: &str = "elles ont été à proximité d'au moins un autre utilisateur diagnostiqué ou \
                                    dépisté positif au virus du covid-19 au cours des quinze derniers jours";

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_unix(1_592_000_000);

    fn hms(hours: u64, minutes: u64, seconds: u64) -> Duration {
        Duration::from_secs(hours * 3_600 + minutes * 60 + seconds)
    }

    #[test]
    fn the_window_opens_48_hours_before_onset_to_the_second() {
        let onset = NOW - hms(30, 0, 0);
        let window = transfer_window(Onset::Known(onset), NOW);
        assert!(window.contains(onset - hms(47, 59, 59)));
        assert!(window.contains(onset - hms(48, 0, 0)));
        assert!(!window.contains(onset - hms(48, 0, 1)));
    }

    #[test]
    fn the_window_opens_15_days_before_transfer_when_onset_is_unknown() {
        let window = transfer_window(Onset::Unknown, NOW);
        assert!(window.contains(NOW - hms(15 * 24 - 1, 59, 59)));
        assert!(window.contains(NOW - hms(15 * 24, 0, 0)));
        assert!(!window.contains(NOW - hms(15 * 24, 0, 1)));
    }

    #[test]
    fn the_window_closes_at_the_transfer() {
        for onset in [Onset::Unknown, Onset::Known(NOW)] {
            let window = transfer_window(onset, NOW);
            assert!(window.contains(NOW));
            assert!(!window.contains(NOW + hms(0, 0, 1)));
        }
    }

    #[test]
    fn an_onset_two_days_ahead_leaves_nothing_to_transmit() {
        let window = transfer_window(Onset::Known(NOW + hms(48, 0, 1)), NOW);
        assert!(!window.contains(NOW));
        assert!(!window.contains(window.from()));
    }

    #[test]
    fn items_are_those_of_the_text() {
        for (number, item) in (1..).zip(Item::ALL) {
            assert_eq!(item.label(), format!("2-I-{number}"));
            assert_eq!(item.to_string(), item.label());
            assert!(item.text().ends_with([';', '.']), "{item}: {}", item.text());
        }
        let words: Vec<_> = Item::ALL.map(|item| item.text().split(' ').next()).into();
        let first = [
            "Une",
            "Un",
            "Les",
            "Des",
            "L'historique",
            "L'historique",
            "Les",
            "Les",
            "Le",
            "La",
        ];
        assert_eq!(words, first.map(Some));
        assert_eq!(
            Item::LastQuestions.text(),
            "La date des dernières interrogations du serveur central."
        );
    }

    #[test]
    fn quotations_are_word_for_word() {
        assert!(Item::ContactsAtRisk.text().contains(SOLE_INFORMATION));
    }
}
