//! The two laws that this project reads: the one that it obeys, and one that it only studies.

use core::fmt;
use core::str::FromStr;

use crate::text::{Anchored, Piece, anchored, plain};

/// A body of rules that a person may live under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Regime {
    /// Decree 2020-650 of 29 May 2020 (« StopCovid »): the law that the server obeys.
    Decree2020650,
    /// Law 2022-1978 of 25 February 2022 (« Loudest-Safe »), a fiction: never run.
    LoudestSafe,
}

impl Regime {
    /// Both, the decree first.
    pub const ALL: [Self; 2] = [Self::Decree2020650, Self::LoudestSafe];

    /// The name in commands and addresses: `decree-2020-650`, `loudest-safe`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decree2020650 => "decree-2020-650",
            Self::LoudestSafe => "loudest-safe",
        }
    }

    /// The title, in French: as the text bears it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Decree2020650 => {
                "Décret n° 2020-650 du 29 mai 2020 relatif au traitement de données dénommé « StopCovid »"
            }
            Self::LoudestSafe => {
                "Loi n°2022-1978 du 25 février 2022 relative à l'application Loudest-Safe mise en place pour lutter \
                 contre l'épidémie de la COVID-19"
            }
        }
    }

    /// The European Legislation Identifier of the text; a fiction has none.
    pub const fn eli(self) -> Option<&'static str> {
        match self {
            Self::Decree2020650 => {
                Some("https://www.legifrance.gouv.fr/eli/decret/2020/5/29/SSAZ2012567D/jo/texte")
            }
            Self::LoudestSafe => None,
        }
    }

    /// The first day on which it binds anybody: the day after it was published, which the decree says of itself and the
    /// civil code (article 1) of every law.
    pub const fn in_force_from(self) -> &'static str {
        match self {
            Self::Decree2020650 => "2020-05-31",
            Self::LoudestSafe => "2022-02-27",
        }
    }

    /// The whole text in pieces, in order: what stands before the articles, each article, what stands after them.
    pub(crate) const fn pieces(self) -> &'static [Piece] {
        match self {
            Self::Decree2020650 => {
                const {
                    &[
                        Piece::Around(include_str!("../text/fr/before.md")),
                        Piece::Article("1", include_str!("../text/fr/article-1.md")),
                        Piece::Article("2", include_str!("../text/fr/article-2.md")),
                        Piece::Article("3", include_str!("../text/fr/article-3.md")),
                        Piece::Article("4", include_str!("../text/fr/article-4.md")),
                        Piece::Article("5", include_str!("../text/fr/article-5.md")),
                        Piece::Article("6", include_str!("../text/fr/article-6.md")),
                        Piece::Article("7", include_str!("../text/fr/article-7.md")),
                        Piece::Around(include_str!("../text/fr/after.md")),
                    ]
                }
            }
            Self::LoudestSafe => {
                const { &[Piece::Whole(include_str!("../text/fr/loudest-safe.md"))] }
            }
        }
    }

    /// The paragraphs and numbered items that have an anchor, in the order of the text.
    ///
    /// ```
    /// use decree::Regime;
    ///
    /// let anchored = Regime::Decree2020650.anchors();
    /// let terms = anchored.iter().find(|piece| piece.anchor == "3-4").map(|piece| piece.text);
    /// assert!(terms.is_some_and(|text| text.contains("sont conservées sur ce serveur quinze jours")));
    /// ```
    pub fn anchors(self) -> Vec<Anchored> {
        anchored(self.pieces())
    }

    /// What the paragraph of this anchor says in plain words of this project's, in English and in French. They bind nobody.
    ///
    /// ```
    /// use decree::Regime;
    ///
    /// let [english, _] = Regime::Decree2020650.plain("3-4").unwrap();
    /// assert!(english.starts_with("On the server fifteen days as well"));
    /// ```
    pub fn plain(self, anchor: &str) -> Option<[&'static str; 2]> {
        plain(self.plain_words(), anchor)
    }

    /// The file of [`plain`](Self::plain).
    const fn plain_words(self) -> &'static str {
        match self {
            Self::Decree2020650 => include_str!("../text/plain/decree-2020-650.md"),
            Self::LoudestSafe => include_str!("../text/plain/loudest-safe.md"),
        }
    }

    /// The whole text, with title, visas and signatures; lines that begin with `#` are headings.
    pub fn whole_text(self) -> String {
        let mut whole = String::new();
        for piece in self.pieces() {
            match *piece {
                Piece::Around(text) | Piece::Whole(text) => whole.push_str(text),
                Piece::Article(number, text) => {
                    whole.push_str(&format!("\n## Article {number}\n\n{text}"));
                }
            }
        }
        whole
    }
}

impl fmt::Display for Regime {
    /// The [name](Self::name).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Regime {
    type Err = UnknownRegime;

    fn from_str(name: &str) -> Result<Self, UnknownRegime> {
        let named = |regime: &Self| regime.name() == name;
        Self::ALL.into_iter().find(named).ok_or(UnknownRegime)
    }
}

/// The name is of no law that this project reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRegime;

impl fmt::Display for UnknownRegime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such law: there are decree-2020-650 and loudest-safe")
    }
}

impl core::error::Error for UnknownRegime {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_no_other_is_one() {
        for regime in Regime::ALL {
            assert_eq!(regime.to_string().parse(), Ok(regime));
        }
        for name in ["", "decree", "Loudest-Safe", "loudest-safe "] {
            assert_eq!(name.parse::<Regime>(), Err(UnknownRegime), "{name:?}");
        }
    }

    #[test]
    fn titles_and_the_identifier_are_those_of_the_texts() {
        for regime in Regime::ALL {
            let whole = regime.whole_text();
            let (before, _) = whole.split_once("\n## Article 1\n").unwrap();
            assert!(before.contains(regime.title()), "{regime}");
            assert!(
                regime.eli().is_none_or(|eli| before.contains(eli)),
                "{regime}"
            );
        }
    }

    #[test]
    fn every_anchor_is_said_in_plain_words_and_nothing_else_is() {
        for regime in Regime::ALL {
            let anchors = regime.anchors();
            for piece in &anchors {
                let [english, french] = regime.plain(&piece.anchor).unwrap();
                for words in [english, french] {
                    assert!(words.ends_with(['.', ':', '!']), "{}", piece.anchor);
                    assert_ne!(words, piece.text);
                }
                assert_ne!(english, french, "{}", piece.anchor);
            }
            let said = regime.plain_words().matches("## ").count();
            assert_eq!(said, anchors.len(), "{regime}");
            assert_eq!(regime.plain("0"), None);
        }
    }
}
