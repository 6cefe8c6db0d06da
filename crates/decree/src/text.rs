//! The texts themselves, cut where a jurist would point: one anchor for each paragraph and each numbered item.
//!
//! | In the text | Anchor |
//! | --- | --- |
//! | an article of one paragraph | `5`: its number |
//! | a part of an article (« II. - ») | `2-II`; with items, the words that lead to them |
//! | an item (« 6° »), with the alinéas that follow it | `2-I-6` |
//! | a letter of an item (« a) ») | `2-I-8-a` |
//! | an alinéa of an article without parts | `3-4` |
//! | what an article quotes, as the alinéa that Article 6 of the decree adds to another one | belongs to the article |
//!
//! The files in `text/fr` hold a text word for word, a paragraph on each line with an empty line between two. Line ends of
//! the printed page inside a sentence are joined, and the address of a link is what one reads of it; nothing else differs.

/// A paragraph or an item of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// Where it stands: `2-I-6`, `3-4`.
    pub anchor: String,
    /// Its words, in French, with its number; alinéas apart by an empty line.
    pub text: &'static str,
}

/// A part of a text as it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece {
    /// What stands around the articles: title, visas, signatures.
    Around(&'static str),
    /// An article: its number and its words.
    Article(&'static str, &'static str),
    /// Articles below lines `## Article 1`, chapters and sections below lines `# …`.
    Whole(&'static str),
}

/// The plain words of this anchor, in English and in French, in a file that has below each line `## 3-4` a paragraph in
/// French and one in English.
pub(crate) fn plain(words: &'static str, anchor: &str) -> Option<[&'static str; 2]> {
    let mut sections = words.split("## ").skip(1);
    sections.find_map(|section| {
        let mut paragraphs = section.trim_end().split("\n\n");
        if paragraphs.next()? != anchor {
            return None;
        }
        let (french, english) = (paragraphs.next()?, paragraphs.next()?);
        paragraphs.next().is_none().then_some([english, french])
    })
}

/// Every anchor with its words, in order.
pub(crate) fn anchored(pieces: &[Piece]) -> Vec<Anchored> {
    let mut all = Vec::new();
    for piece in pieces {
        match *piece {
            Piece::Around(_) => {}
            Piece::Article(number, words) => article(number, words, &mut all),
            Piece::Whole(text) => {
                for below in text.split("\n## Article ").skip(1) {
                    let (number, words) = below.split_once('\n').unwrap_or((below, ""));
                    // The next chapter's title is no alinéa of this article.
                    let words = words.split_once("\n# ").map_or(words, |(words, _)| words);
                    article(number, words, &mut all);
                }
            }
        }
    }
    all
}

/// What a paragraph begins.
enum Begins {
    Part(&'static str),
    Item(&'static str),
    Letter(&'static str),
    /// Words that another text is to hold.
    Quotation,
    Alinea,
}

fn article(number: &str, words: &'static str, all: &mut Vec<Anchored>) {
    let words = words.trim();
    let paragraphs: Vec<_> = words.split("\n\n").collect();
    let alineas = paragraphs
        .iter()
        .filter(|text| matches!(begins(text), Begins::Alinea));
    let is_one = alineas.count() == 1;
    let (mut part, mut item) = (None, None);
    let mut alinea = 0;
    // Where the paragraph that is being read begins in `words`, and the one to which it belongs.
    let (mut at, mut from) = (0, 0);
    for text in paragraphs {
        let place = match begins(text) {
            Begins::Part(numeral) => {
                (part, item) = (Some(numeral), None);
                Some(format!("{number}-{numeral}"))
            }
            Begins::Item(digits) => {
                item = Some(digits);
                part.map(|part| format!("{number}-{part}-{digits}"))
            }
            Begins::Letter(letter) => match (part, item) {
                (Some(part), Some(item)) => Some(format!("{number}-{part}-{item}-{letter}")),
                _ => None,
            },
            Begins::Alinea if part.is_none() => {
                alinea += 1;
                Some(if is_one {
                    number.to_owned()
                } else {
                    format!("{number}-{alinea}")
                })
            }
            Begins::Alinea | Begins::Quotation => None,
        };
        let end = at + text.len();
        match place {
            Some(anchor) => {
                from = at;
                all.push(Anchored { anchor, text });
            }
            // It goes on with the one before.
            None => {
                if let (Some(last), Some(whole)) = (all.last_mut(), words.get(from..end)) {
                    last.text = whole;
                }
            }
        }
        at = end + "\n\n".len();
    }
}

fn begins(text: &'static str) -> Begins {
    if text.starts_with("« ") {
        return Begins::Quotation;
    }
    let Some((first, rest)) = text.split_once(' ') else {
        return Begins::Alinea;
    };
    let only =
        |mark: &str, of: &str| !mark.is_empty() && mark.chars().all(|sign| of.contains(sign));
    let numeral = first.strip_suffix('.').unwrap_or(first);
    if rest.starts_with("- ") && only(numeral, "IVX") {
        return Begins::Part(numeral);
    }
    match (first.strip_suffix('°'), first.strip_suffix(')')) {
        (Some(digits), _) if only(digits, "0123456789") => Begins::Item(digits),
        (_, Some(letter)) if only(letter, "abc") => Begins::Letter(letter),
        _ => Begins::Alinea,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Regime;

    /// Every anchor there is, as a reader of the printed texts counts them.
    const DECREE: &str = "1-I 1-II 1-II-1 1-II-2 1-II-3 1-II-4 1-III 1-IV \
         2-I 2-I-1 2-I-2 2-I-3 2-I-4 2-I-5 2-I-6 2-I-7 2-I-8 2-I-8-a 2-I-8-b 2-I-9 2-I-10 2-II 2-III \
         3-1 3-2 3-3 3-4 3-5 3-6 4-1 4-2 4-3 5 6 7";
    const LOUDEST_SAFE: &str = "1-I 1-II 1-II-1 1-II-2 1-II-3 1-II-4 1-III 1-IV \
         2-I 2-I-1 2-I-2 2-I-3 2-I-4 2-I-5 2-I-6 2-I-7 2-I-8 2-I-8-a 2-I-8-b 2-I-9 2-I-10 \
         3-1 3-2 3-3 4-1 4-2 5 6 7 8 9 10-1 10-2 11 12";

    #[test]
    fn anchors_are_those_that_a_reader_counts() {
        for (regime, counted) in [
            (Regime::Decree2020650, DECREE),
            (Regime::LoudestSafe, LOUDEST_SAFE),
        ] {
            let found: Vec<_> = regime
                .anchors()
                .into_iter()
                .map(|piece| piece.anchor)
                .collect();
            assert_eq!(
                found,
                counted.split_whitespace().collect::<Vec<_>>(),
                "{regime}"
            );
        }
    }

    #[test]
    fn anchors_hold_the_words_that_a_jurist_expects() {
        for (regime, anchor, begins, ends) in [
            (
                Regime::Decree2020650,
                "1-I",
                "I. - Il est créé",
                "de ce même règlement.",
            ),
            (
                Regime::Decree2020650,
                "2-I-6",
                "6° L'historique",
                "quinze derniers jours ;",
            ),
            (
                Regime::Decree2020650,
                "2-I-8",
                "8° Les données",
                "contacts à risque :",
            ),
            (
                Regime::Decree2020650,
                "2-I-8-b",
                "b) Le code",
                "son historique de proximité ;",
            ),
            (
                Regime::Decree2020650,
                "3-4",
                "Lorsqu'elles ont",
                "positive au virus du covid-19.",
            ),
            (
                Regime::Decree2020650,
                "6",
                "L'article 9",
                "cas de résultat positif. »",
            ),
            (
                Regime::LoudestSafe,
                "2-I",
                "I - Pour la mise en oeuvre",
                "les données suivantes:",
            ),
            (
                Regime::LoudestSafe,
                "5",
                "Un QR-code",
                "de la présente loi.",
            ),
            (Regime::LoudestSafe, "9", "Le fait de ne pas", "4250 euros."),
            (
                Regime::LoudestSafe,
                "10-2",
                "A défaut,",
                "de cette dernière.",
            ),
        ] {
            let all = regime.anchors();
            let text = all
                .iter()
                .find(|piece| piece.anchor == anchor)
                .unwrap()
                .text;
            assert!(text.starts_with(begins), "{regime} {anchor}: {text}");
            assert!(text.ends_with(ends), "{regime} {anchor}: {text}");
        }
    }

    /// Characters without blanks, and their FNV-1a hash: of the two texts as they were published, before they were cut.
    #[test]
    fn nothing_is_lost_and_nothing_added() {
        for (regime, characters, hash) in [
            (Regime::Decree2020650, 12_150, 0x4b7f_458a_8f2c_8077),
            (Regime::LoudestSafe, 9_288, 0xf633_8763_aa4f_c643),
        ] {
            let mut whole = String::new();
            let mut anchors = regime.anchors().into_iter().peekable();
            let mut take = |article: &str, whole: &mut String| {
                let of = |piece: &Anchored| piece.anchor.split('-').next() == Some(article);
                while let Some(piece) = anchors.next_if(of) {
                    whole.push_str(piece.text);
                }
            };
            for piece in regime.pieces() {
                match *piece {
                    Piece::Around(text) => whole.push_str(text),
                    Piece::Article(number, _) => {
                        whole.push_str(&format!("Article {number}"));
                        take(number, &mut whole);
                    }
                    Piece::Whole(text) => {
                        let (before, _) = text.split_once("\n## ").unwrap();
                        whole.push_str(before);
                        for line in text[before.len()..]
                            .lines()
                            .filter(|line| line.starts_with('#'))
                        {
                            whole.push_str(line);
                            if let Some(number) = line.strip_prefix("## Article ") {
                                take(number, &mut whole);
                            }
                        }
                    }
                }
            }
            let bare: String = whole
                .chars()
                .filter(|sign| !sign.is_whitespace() && *sign != '#')
                .collect();
            assert_eq!(bare.chars().count(), characters, "{regime}");
            let fnv = bare.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            assert_eq!(fnv, hash, "{regime}: {fnv:#x}");
        }
    }
}
