//! Article 3: how long each kind of data is kept.
//!
//! ---
#![doc = include_str!("../text/fr/article-3.md")]

use core::time::Duration;

use crate::article_2::Item;
use crate::calendar::{Day, Moment};

/// « quinze jours »: what alinéas 3 and 4 count in.
pub const DAYS_KEPT: u32 = 15;

/// « quinze jours à compter de leur enregistrement » (alinéas 3 and 4).
pub const HISTORY_KEPT: Duration = Duration::from_hours(24 * DAYS_KEPT as u64);

/// A term set by the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retention {
    /// Alinéa 2: « jusqu'à ce que l'utilisateur désinstalle l'application StopCovid, et au plus tard pour la durée
    /// mentionnée au premier alinéa »: see [`processing_ends`].
    UntilUninstallation,
    /// Alinéas 3 and 4: « quinze jours à compter de leur enregistrement » by the phone that heard them, on the phone
    /// and on the server alike.
    FifteenDays,
    /// Alinéa 5: « ne sont pas conservées. Elles ne sont traitées qu'une seule fois ». See [`Once`].
    NotKept,
    /// The text gives these data no term of their own: at the latest the end of the whole processing (alinéa 1), as
    /// [`processing_ends`] has it.
    EndOfProcessing,
}

impl Retention {
    /// When something recorded at this moment must be gone; `None` if an event decides and not a date.
    pub fn forgotten_at(self, recorded: Moment) -> Option<Moment> {
        match self {
            Self::FifteenDays => Some(recorded + HISTORY_KEPT),
            Self::NotKept => Some(recorded),
            Self::UntilUninstallation | Self::EndOfProcessing => None,
        }
    }
}

/// The term of an item of Article 2.
pub const fn retention(item: Item) -> Retention {
    match item {
        Item::AuthenticationKey | Item::Identifier => Retention::UntilUninstallation,
        Item::ProximityHistory | Item::ContactsAtRisk => Retention::FifteenDays,
        Item::Declaration => Retention::NotKept,
        Item::CountryCode
        | Item::Pseudonyms
        | Item::ExposurePeriods
        | Item::AtRiskStatus
        | Item::LastQuestions => Retention::EndOfProcessing,
    }
}

/// When a pseudonym recorded by a phone must be gone from it (alinéa 3).
pub fn phone_history_forgotten_at(recorded: Moment) -> Moment {
    recorded + HISTORY_KEPT
}

/// When the server's copy of it must be gone (alinéa 4): counted from the phone's recording, not from the transfer.
pub fn server_history_forgotten_at(recorded: Moment) -> Moment {
    recorded + HISTORY_KEPT
}

/// When the key that seals everything recorded during `day` is destroyed: 00:00 UTC, fifteen days after that day
/// began. So nothing outlives [`server_history_forgotten_at`], whatever its hour.
pub const fn day_key_destroyed_at(day: Day) -> Moment {
    day.plus_days(DAYS_KEPT).start()
}

/// Whether everything recorded during `day` must be gone from the server at `now`.
pub fn day_is_forgotten(day: Day, now: Moment) -> bool {
    now >= day_key_destroyed_at(day)
}

/// When an account is forgotten of which nobody has heard: its newest pseudonym is of the day `last`, and this is when the
/// key of that day is destroyed. Alinéa 2 keeps the key and the identifier « jusqu'à ce que l'utilisateur désinstalle
/// l'application »: until this moment its holder can say so, under any pseudonym whose day has a key. From then on no
/// request can name the account, and nobody, its holder included, could ever end it.
pub const fn account_forgotten_at(last: Day) -> Moment {
    day_key_destroyed_at(last)
}

/// When the whole processing must be over (alinéa 1): « pour une durée ne pouvant excéder six mois après la cessation
/// de l'état d'urgence sanitaire ». Keys and identities, too, go « au plus tard » then (alinéa 2). `None` while the
/// state of emergency lasts.
pub fn processing_ends(emergency_ended: Option<Day>) -> Option<Moment> {
    emergency_ended.map(|day| day.plus_months(6).start())
}

/// Article and alinéa of the record of what administrators did (alinéa 6): « Les actions réalisées par les
/// administrateurs dans le traitement font l'objet d'un enregistrement […]. Cet enregistrement comporte
/// l'identification de l'administrateur, les données de traçabilité, notamment la date, l'heure et la nature de
/// l'intervention dans le traitement. » The columns that hold it are marked with this.
pub const RECORD_OF_ACTS: &str = "3-6";

/// When the record of what administrators did must be gone (alinéa 6): « pendant une durée maximale de six mois à
/// compter de la fin de l'état d'urgence sanitaire ». `None` while the state of emergency lasts.
pub fn record_of_acts_forgotten_at(emergency_ended: Option<Day>) -> Option<Moment> {
    emergency_ended.map(|day| day.plus_months(6).start())
}

/// Data that « ne sont traitées qu'une seule fois » (alinéa 5): read by value, once; never copied nor printed.
///
/// ```
/// use decree::article_3::Once;
///
/// let code = Once::new("3F2504E0".to_owned());
/// assert_eq!(code.process(), "3F2504E0");
/// ```
///
/// ```compile_fail,E0382
/// # use decree::article_3::Once;
/// let code = Once::new("3F2504E0".to_owned());
/// code.process();
/// code.process(); // processed a second time: refused by the compiler
/// ```
#[must_use]
pub struct Once<T>(T);

impl<T> Once<T> {
    /// Holds the data until it is processed.
    pub const fn new(data: T) -> Self {
        Self(data)
    }

    /// Processes the data: the only way to read it, and it is gone from here.
    pub fn process(self) -> T {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: Moment = Moment::from_unix(1_592_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn history_is_kept_15_days_to_the_second() {
        let fifteen_days = Duration::from_secs(1_296_000);
        assert_eq!(
            phone_history_forgotten_at(RECORDED),
            RECORDED + fifteen_days
        );
        assert_eq!(
            server_history_forgotten_at(RECORDED),
            RECORDED + fifteen_days
        );
        assert_eq!(
            retention(Item::ProximityHistory).forgotten_at(RECORDED),
            Some(phone_history_forgotten_at(RECORDED))
        );
        assert_eq!(
            retention(Item::ContactsAtRisk).forgotten_at(RECORDED),
            Some(server_history_forgotten_at(RECORDED))
        );
    }

    #[test]
    fn a_day_is_forgotten_at_midnight_of_the_fifteenth_day_after() {
        let day: Day = "2020-06-12".parse().unwrap();
        let midnight = "2020-06-27".parse::<Day>().unwrap().start();
        assert_eq!(day_key_destroyed_at(day), midnight);
        assert!(!day_is_forgotten(day, midnight - SECOND));
        assert!(day_is_forgotten(day, midnight));
    }

    #[test]
    fn a_day_key_outlives_nothing_that_it_seals() {
        let day = RECORDED.day();
        for second in [0, 1, 43_200, 86_399] {
            let recorded = day.start() + Duration::from_secs(second);
            assert!(day_key_destroyed_at(day) <= server_history_forgotten_at(recorded));
        }
    }

    #[test]
    fn an_account_is_forgotten_once_no_pseudonym_of_it_can_be_read() {
        let last: Day = "2020-06-15".parse().unwrap();
        let forgotten = account_forgotten_at(last);
        assert_eq!(forgotten, "2020-06-30".parse::<Day>().unwrap().start());
        assert!(day_is_forgotten(last, forgotten));
        assert!(!day_is_forgotten(last, forgotten - SECOND));
    }

    #[test]
    fn acts_are_recorded_until_six_months_after_the_emergency() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let until = record_of_acts_forgotten_at(Some(day("2020-07-10")));
        assert_eq!(until, Some(day("2021-01-10").start()));
        assert_eq!(record_of_acts_forgotten_at(None), None);
    }

    #[test]
    fn the_processing_ends_six_months_after_the_emergency() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        for (ended, ends) in [
            ("2020-07-10", "2021-01-10"),
            ("2022-07-31", "2023-01-31"),
            ("2020-08-31", "2021-02-28"),
        ] {
            let until = processing_ends(Some(day(ended)));
            assert_eq!(until, Some(day(ends).start()), "{ended}");
        }
        assert_eq!(processing_ends(None), None);
    }

    #[test]
    fn a_declaration_is_not_kept_at_all() {
        assert_eq!(
            retention(Item::Declaration).forgotten_at(RECORDED),
            Some(RECORDED)
        );
    }

    #[test]
    fn the_key_and_the_identifier_last_until_uninstallation() {
        for item in [Item::AuthenticationKey, Item::Identifier] {
            assert_eq!(retention(item), Retention::UntilUninstallation);
            assert_eq!(retention(item).forgotten_at(RECORDED), None);
        }
    }
}
