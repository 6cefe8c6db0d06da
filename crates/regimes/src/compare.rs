//! Two laws held against each other, rule by rule; what contradicts itself in one; and which principles are left.

mod rules;

use decree::Regime;
use serde::{Serialize, Serializer};

pub use rules::{Rule, UNRULED, rules};

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// What the processing is for.
    Purpose,
    /// What is collected.
    Data,
    /// Who gets it.
    Recipient,
    /// How long it is kept.
    Duration,
    /// Who acts.
    Actor,
    /// What somebody must do.
    Obligation,
    /// What nobody may do.
    Prohibition,
    /// What a breach incurs.
    Sanction,
    /// What a person is free to do or can ask for.
    Right,
}

impl Subject {
    /// As it is written in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Purpose => "purpose",
            Self::Data => "data",
            Self::Recipient => "recipient",
            Self::Duration => "duration",
            Self::Actor => "actor",
            Self::Obligation => "obligation",
            Self::Prohibition => "prohibition",
            Self::Sanction => "sanction",
            Self::Right => "right",
        }
    }

    /// In English and in French.
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Purpose => ["Purposes", "Finalités"],
            Self::Data => ["Data", "Données"],
            Self::Recipient => ["Recipients", "Destinataires"],
            Self::Duration => ["Durations", "Durées"],
            Self::Actor => ["Actors", "Acteurs"],
            Self::Obligation => ["Obligations", "Obligations"],
            Self::Prohibition => ["Prohibitions", "Interdictions"],
            Self::Sanction => ["Sanctions", "Sanctions"],
            Self::Right => ["Rights", "Droits"],
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A matter that two laws do not rule alike. At least one of both rules it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub subject: Subject,
    /// Its short name, the same in both laws.
    pub matter: &'static str,
    /// What the first law says of it; `None`: nothing.
    pub first: Option<Rule>,
    /// What the second says; `None`: it leaves it out.
    pub second: Option<Rule>,
}

/// Every difference, by subject, and in the order of the first law and then of the second.
pub fn compare(first: Regime, second: Regime) -> Vec<Difference> {
    let (firsts, seconds) = (rules(first), rules(second));
    let find = |rules: &[Rule], matter| rules.iter().find(|rule| rule.matter == matter).copied();
    let of_first = firsts
        .iter()
        .map(|rule| (rule, Some(*rule), find(seconds, rule.matter)));
    let of_second = seconds
        .iter()
        .filter(|rule| find(firsts, rule.matter).is_none())
        .map(|rule| (rule, None, Some(*rule)));
    let mut differences: Vec<_> = of_first
        .chain(of_second)
        .filter(|(_, first, second)| first.map(|rule| rule.says) != second.map(|rule| rule.says))
        .map(|(rule, first, second)| Difference {
            subject: rule.subject,
            matter: rule.matter,
            first,
            second,
        })
        .collect();
    // Stable: the order within a subject stays.
    differences.sort_by_key(|difference| difference.subject);
    differences
}

/// A place where a text contradicts itself or another that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Where.
    pub anchors: &'static [&'static str],
    /// The words that do it, from the first of these places.
    pub quotation: &'static str,
    /// Why, in English and in French.
    #[serde(skip)]
    pub why: [&'static str; 2],
}

/// What contradicts itself in a law. In the decree the project knows of nothing that this word would fit.
pub const fn contradictions(regime: Regime) -> &'static [Contradiction] {
    match regime {
        Regime::Decree2020650 => &[],
        Regime::LoudestSafe => LOUDEST_SAFE,
    }
}

const LOUDEST_SAFE: &[Contradiction] = &[
    Contradiction {
        anchors: &["5", "10-1", "2-I"],
        quotation: "Un QR-code est généré aléatoirement pour chaque utilisateur. Celui-ci permet d'identifier les utilisateurs",
        why: [
            "Article 2 lists the data that are processed; neither the QR code nor the portrait with its place is among them.",
            "L'article 2 énumère les données traitées ; ni le QR-code ni l'autoportrait géolocalisé n'y figurent.",
        ],
    },
    Contradiction {
        anchors: &["5"],
        quotation: "aux articles 1, 2 et 3 du Chapitre II",
        why: [
            "Chapter II has no Articles 1 to 3: its first three are 6, 7 and 8.",
            "Le chapitre II n'a pas d'articles 1 à 3 : ses trois premiers sont les articles 6, 7 et 8.",
        ],
    },
    Contradiction {
        anchors: &["9", "11"],
        quotation: "Si trois violations ont lieu à plus de trois reprises",
        why: [
            "Three violations are not more than three: see the readings in docs/LIFE.md.",
            "Trois violations ne sont pas plus de trois : voir les lectures dans docs/LIFE.md.",
        ],
    },
    Contradiction {
        anchors: &["11"],
        quotation: "de la présente sanction",
        why: [
            "Article 10 stands in a section; no sanction holds articles.",
            "L'article 10 est dans une section ; aucune sanction ne contient d'articles.",
        ],
    },
    Contradiction {
        anchors: &["4-1", "4-2"],
        quotation: "du règlement (UE) du 27 avril 2016 susvisé",
        why: [
            "The law has no visas: nothing is named above to which « susvisé » could point.",
            "La loi n'a pas de visas : rien n'est nommé plus haut que « susvisé » puisse désigner.",
        ],
    },
];

/// The five principles of the government's press kit of 2020.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principle {
    /// « Volontariat »: at each step people have the choice.
    Voluntary,
    /// « Respect de la vie privée »: at no moment the place of people.
    Private,
    /// « Anonyme »: read as no identity is asked for and nothing identifies, and shown as « pseudonyme », since the server
    /// gives each application a permanent identifier (decree, 2-I-2), which the general regulation on data protection
    /// (recital 26) does not call anonymous.
    Pseudonymous,
    /// « Transparence »: the source code and the documents are there for everybody.
    Transparent,
    /// « Temporaire »: nothing lasts longer than the crisis, and pseudonyms fifteen days.
    Temporary,
}

impl Principle {
    /// The five, in the order of the press kit.
    pub const ALL: [Self; 5] = [
        Self::Voluntary,
        Self::Private,
        Self::Pseudonymous,
        Self::Transparent,
        Self::Temporary,
    ];

    /// As it is written in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Voluntary => "voluntary",
            Self::Private => "private",
            Self::Pseudonymous => "pseudonymous",
            Self::Transparent => "transparent",
            Self::Temporary => "temporary",
        }
    }

    /// In English and in French.
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Voluntary => ["voluntary", "volontariat"],
            Self::Private => ["respect for private life", "respect de la vie privée"],
            Self::Pseudonymous => ["pseudonymous", "pseudonyme"],
            Self::Transparent => ["transparent", "transparence"],
            Self::Temporary => ["temporary", "temporaire"],
        }
    }
}

impl Serialize for Principle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What a rule does to a principle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The principle rests on it.
    Upholds(Principle),
    /// The principle is broken by it.
    Breaks(Principle),
}

/// What is left of a principle under a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub principle: Principle,
    /// The rules on which it rests.
    pub upheld_by: Vec<Rule>,
    /// The rules that break it.
    pub broken_by: Vec<Rule>,
}

impl Standing {
    /// A principle holds if some rule upholds it and none breaks it: one of which a law says nothing is not there.
    pub const fn holds(&self) -> bool {
        !self.upheld_by.is_empty() && self.broken_by.is_empty()
    }
}

/// Whether people are free to refuse under a law: [`Principle::Voluntary`] holds. Found out when the program is compiled, so
/// that a server which asks carries no rule with it.
pub const fn is_voluntary(regime: Regime) -> bool {
    use Principle::Voluntary;
    match regime {
        Regime::Decree2020650 => const { holds(Regime::Decree2020650, Voluntary) },
        Regime::LoudestSafe => const { holds(Regime::LoudestSafe, Voluntary) },
    }
}

/// As [`Standing::holds`] says of the same principle.
const fn holds(regime: Regime, principle: Principle) -> bool {
    let (mut is_upheld, mut is_broken) = (false, false);
    let mut rules = rules(regime);
    while let [rule, others @ ..] = rules {
        let mut effects = rule.effects;
        while let [effect, others @ ..] = effects {
            match effect {
                Effect::Upholds(one) if *one as u8 == principle as u8 => is_upheld = true,
                Effect::Breaks(one) if *one as u8 == principle as u8 => is_broken = true,
                Effect::Upholds(_) | Effect::Breaks(_) => {}
            }
            effects = others;
        }
        rules = others;
    }
    is_upheld && !is_broken
}

/// What is left of each of the five principles, from the rules of a law.
pub fn principles(regime: Regime) -> [Standing; 5] {
    Principle::ALL.map(|principle| {
        let with = |effect| {
            let rules = rules(regime).iter();
            rules
                .filter(|rule| rule.effects.contains(&effect))
                .copied()
                .collect()
        };
        Standing {
            principle,
            upheld_by: with(Effect::Upholds(principle)),
            broken_by: with(Effect::Breaks(principle)),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const D: Regime = Regime::Decree2020650;
    const L: Regime = Regime::LoudestSafe;

    fn anchors(regime: Regime) -> BTreeSet<String> {
        regime
            .anchors()
            .into_iter()
            .map(|piece| piece.anchor)
            .collect()
    }

    #[test]
    fn every_anchor_is_cited_by_a_rule_or_has_a_reason() {
        for regime in Regime::ALL {
            let all = anchors(regime);
            let cited: BTreeSet<_> = rules(regime)
                .iter()
                .flat_map(|rule| rule.anchors)
                .copied()
                .collect();
            let unruled = UNRULED.iter().filter(|(of, ..)| *of == regime);
            let unruled: BTreeSet<_> = unruled.map(|(_, anchor, _)| *anchor).collect();
            assert!(cited.is_disjoint(&unruled), "{regime}");
            let known: BTreeSet<_> = cited
                .union(&unruled)
                .map(|anchor| (*anchor).to_owned())
                .collect();
            assert_eq!(known, all, "{regime}");
        }
    }

    #[test]
    fn a_matter_is_ruled_once_in_a_law_and_is_of_one_subject() {
        for regime in Regime::ALL {
            let matters: BTreeSet<_> = rules(regime).iter().map(|rule| rule.matter).collect();
            assert_eq!(matters.len(), rules(regime).len(), "{regime}");
            for rule in rules(regime) {
                assert!(!rule.anchors.is_empty() && rule.says.iter().all(|says| !says.is_empty()));
            }
        }
        for one in rules(D) {
            for other in rules(L).iter().filter(|other| other.matter == one.matter) {
                assert_eq!(other.subject, one.subject, "{}", one.matter);
            }
        }
    }

    /// What the second law leaves out or turns round.
    #[test]
    fn what_is_left_out_is_a_difference() {
        let differences = compare(D, L);
        for (anchor, matter, is_left_out) in [
            ("2-II", "identifying-data", true),
            ("2-III", "processors", true),
            ("2-I-5", "criteria-of-contact", true),
            ("1-III", "installation", false),
            ("1-III", "bluetooth", true),
            ("3-4", "server-copy", true),
            ("3-5", "codes-kept", true),
            ("3-6", "record-of-administrators", true),
            ("4-3", "notices-on-a-site", true),
            ("1-IV", "published-source", true),
            ("5", "public-report", true),
            ("6", "qr-code", false),
        ] {
            let found = differences
                .iter()
                .find(|difference| difference.matter == matter)
                .unwrap();
            assert!(found.first.unwrap().anchors.contains(&anchor), "{matter}");
            assert_eq!(found.second.is_none(), is_left_out, "{matter}");
        }
        assert!(compare(D, D).is_empty() && compare(L, L).is_empty());
    }

    #[test]
    fn differences_turned_round_are_the_same_ones() {
        let matters = |all: Vec<Difference>| -> BTreeSet<_> {
            all.into_iter()
                .map(|difference| difference.matter)
                .collect()
        };
        assert_eq!(matters(compare(D, L)), matters(compare(L, D)));
    }

    #[test]
    fn every_subject_differs() {
        let subjects: BTreeSet<_> = compare(D, L).iter().map(|one| one.subject.name()).collect();
        assert_eq!(
            subjects.into_iter().collect::<Vec<_>>(),
            [
                "actor",
                "data",
                "duration",
                "obligation",
                "prohibition",
                "purpose",
                "recipient",
                "right",
                "sanction"
            ]
        );
    }

    #[test]
    fn the_decree_keeps_all_principles_and_the_second_law_none() {
        assert!(principles(D).iter().all(Standing::holds));
        for standing in principles(L) {
            assert!(!standing.holds(), "{:?}", standing.principle);
        }
        assert!(is_voluntary(D) && !is_voluntary(L));
        for standing in [D, L].into_iter().flat_map(|regime| {
            principles(regime).map(|standing| (holds(regime, standing.principle), standing))
        }) {
            assert_eq!(standing.0, standing.1.holds());
        }
        // Nothing in it breaks transparency: it is silent, and so there is none.
        let [.., transparent, _] = principles(L);
        assert!(transparent.upheld_by.is_empty() && transparent.broken_by.is_empty());
    }

    #[test]
    fn contradictions_quote_the_text() {
        for regime in Regime::ALL {
            for contradiction in contradictions(regime) {
                let first = contradiction.anchors[0];
                let all = regime.anchors();
                let text = all.iter().find(|piece| piece.anchor == first).unwrap().text;
                assert!(text.contains(contradiction.quotation), "{first}");
                assert!(
                    contradiction
                        .anchors
                        .iter()
                        .all(|anchor| anchors(regime).contains(*anchor))
                );
            }
        }
        // What the first and the last of them claim of the rest of the text.
        let whole = L.whole_text();
        let article_2: String = L
            .anchors()
            .into_iter()
            .filter(|piece| piece.anchor.starts_with("2-"))
            .map(|piece| piece.text)
            .collect();
        assert!(
            !article_2.contains("autoportrait") && !article_2.contains("pour chaque utilisateur")
        );
        assert!(!whole.contains("\nVu "));
    }
}
