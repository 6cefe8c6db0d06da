//! How high a sanction is: Articles 9 and 11 of the second law, which are built alike.
//!
//! « Si une seconde violation a lieu dans les quatorze jours suivants, le montant de l'amende est porté à 1250 euros. Si trois
//! violations ont lieu à plus de trois reprises dans un délai de trente jours, les faits sont punis de 6 mois
//! d'emprisonnement et d'une amende d'un montant de 4250 euros. » The second sentence says both three and more than three:
//! see [`Reading`].

use jiff::civil::Date;

use crate::paris::days_between;

/// What an article threatens with. Days are calendar days of Paris; the last one is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// The fine for one violation, in euros.
    pub first: u32,
    /// Within so many days of an earlier violation the fine is [`RAISED`].
    pub raised_within: i64,
    /// Within so many days the violations are counted that bring [`HIGHEST`] and [`PRISON_MONTHS`].
    pub counted_within: i64,
}

/// Article 9: violations of Articles 6, 7 and 8, together.
pub const ARTICLE_9: Scale = Scale {
    first: 150,
    raised_within: 14,
    counted_within: 30,
};

/// Article 11: portraits that were not sent.
pub const ARTICLE_11: Scale = Scale {
    first: 300,
    raised_within: 7,
    counted_within: 14,
};

/// The fine for a second violation, in euros (9 and 11).
pub const RAISED: u32 = 1_250;

/// The highest fine, in euros (9 and 11).
pub const HIGHEST: u32 = 4_250;

/// « 6 mois d'emprisonnement » (9 and 11).
pub const PRISON_MONTHS: u32 = 6;

/// What « trois violations […] à plus de trois reprises » is taken to mean. Of 2026-12-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// More than three: the fourth violation. What this project reads, as penal laws are read narrowly (code pénal,
    /// article 111-4).
    Fourth,
    /// Three: « trois violations » alone.
    Third,
    /// More than three times three: the twelfth.
    FourTimesThree,
}

impl Reading {
    /// Violations within the term, the present one included, from which on prison is incurred.
    pub const fn violations(self) -> usize {
        match self {
            Self::Fourth => 4,
            Self::Third => 3,
            Self::FourTimesThree => 12,
        }
    }
}

/// What is incurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sanction {
    /// A fine, in euros.
    pub amount: u32,
    /// Prison, in months.
    pub prison_months: Option<u32>,
}

/// What a violation on the date `on` incurs, after those of the dates `earlier`, which are in order: the highest level that
/// applies.
pub fn incurred(scale: Scale, reading: Reading, earlier: &[Date], on: Date) -> Sanction {
    let within = |days| {
        let past = earlier.partition_point(|date| days_between(*date, on) > days);
        earlier.len() - past
    };
    if within(scale.counted_within) + 1 >= reading.violations() {
        return Sanction {
            amount: HIGHEST,
            prison_months: Some(PRISON_MONTHS),
        };
    }
    let is_raised = within(scale.raised_within) > 0;
    Sanction {
        amount: if is_raised { RAISED } else { scale.first },
        prison_months: None,
    }
}

#[cfg(test)]
mod tests {
    use decree::Regime;

    use super::*;
    use crate::paris::parse_date;

    fn dates(texts: &[&str]) -> Vec<Date> {
        texts.iter().map(|text| parse_date(text).unwrap()).collect()
    }

    #[test]
    fn amounts_and_terms_are_those_of_the_text() {
        let text = |anchor: &str| {
            let all = Regime::LoudestSafe.anchors();
            all.iter()
                .find(|piece| piece.anchor == anchor)
                .unwrap()
                .text
        };
        for (anchor, scale, words) in [
            ("9", ARTICLE_9, ["quatorze", "trente"]),
            ("11", ARTICLE_11, ["sept", "quatorze"]),
        ] {
            let text = text(anchor);
            for amount in [scale.first, RAISED, HIGHEST] {
                assert!(
                    text.contains(&format!("{amount} euros")),
                    "{anchor}: {amount}"
                );
            }
            let number = |word| match word {
                "sept" => 7,
                "quatorze" => 14,
                _ => 30,
            };
            assert!(text.contains(&format!("dans les {} jours", words[0])));
            assert!(text.contains(&format!("dans un délai de {} jours", words[1])));
            assert_eq!(scale.raised_within, number(words[0]));
            assert_eq!(scale.counted_within, number(words[1]));
            assert!(text.contains(&format!("{PRISON_MONTHS} mois d'emprisonnement")));
        }
    }

    #[test]
    fn the_last_day_of_each_term_is_included() {
        for (earlier, on, amount) in [
            (&["2022-04-01"][..], "2022-04-15", 1_250),
            (&["2022-04-01"], "2022-04-16", 150),
            (
                &["2022-04-01", "2022-04-11", "2022-04-16"],
                "2022-05-01",
                4_250,
            ),
            (
                &["2022-04-01", "2022-04-11", "2022-04-16"],
                "2022-05-02",
                150,
            ),
        ] {
            let on = dates(&[on])[0];
            let incurred = incurred(ARTICLE_9, Reading::Fourth, &dates(earlier), on);
            assert_eq!(incurred.amount, amount, "{earlier:?} {on}");
        }
    }

    #[test]
    fn readings_differ_between_the_third_and_the_twelfth() {
        let day = dates(&["2022-04-01"; 12]);
        let prison = |reading, violation: usize| {
            let incurred = incurred(ARTICLE_11, reading, &day[..violation - 1], day[0]);
            incurred.prison_months.is_some()
        };
        for (reading, first) in [
            (Reading::Third, 3),
            (Reading::Fourth, 4),
            (Reading::FourTimesThree, 12),
        ] {
            for violation in 1..=12 {
                assert_eq!(
                    prison(reading, violation),
                    violation >= first,
                    "{reading:?} {violation}"
                );
            }
        }
    }
}
