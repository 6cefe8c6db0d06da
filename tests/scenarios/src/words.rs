//! What the words of a sentence mean.

use core::time::Duration;

use cucumber::step::Context;
use regex::Regex;

/// What stands for what in a sentence of [`crate::steps`].
const HOLES: [(&str, &str); 7] = [
    ("{qui}", r"(\p{Lu}\p{L}+)"),
    ("{bureau}", r"(l'opérateur|\p{Lu}\p{L}+)"),
    (
        "{noms}",
        r"(\p{Lu}\p{L}+(?:, \p{Lu}\p{L}+)*(?: et \p{Lu}\p{L}+)?)",
    ),
    ("{durée}", r"(\d+ \p{L}+(?: \d+ \p{L}+)*)"),
    ("{nombre}", r"(\d+(?:,\d+)?)"),
    ("{heure}", r"(\d+:\d\d)"),
    ("{texte}", r"« ([^»]+) »"),
];

/// The sentence, with what « Étant donné que » and « Étant donné qu'» leave before it.
pub(crate) fn sentence(text: &str) -> Regex {
    let filled = HOLES.iter().fold(text.to_owned(), |text, (hole, words)| {
        text.replace(hole, words)
    });
    Regex::new(&format!("^(?:que |qu')?{filled}$")).expect("a sentence")
}

/// What was said in the holes, in order from 1, and the table below the sentence.
pub(crate) struct Words {
    said: Vec<String>,
    table: Vec<Vec<String>>,
}

impl Words {
    pub(crate) fn of(context: Context) -> Self {
        Self {
            said: context.matches.into_iter().map(|(_, text)| text).collect(),
            table: context
                .step
                .table
                .map(|table| table.rows)
                .unwrap_or_default(),
        }
    }

    /// What was said there; empty where the sentence does without.
    pub(crate) fn text(&self, hole: usize) -> &str {
        &self.said[hole]
    }

    /// « Johanna, Sylvie et Justin ».
    pub(crate) fn names(&self, hole: usize) -> Vec<&str> {
        let names = self
            .text(hole)
            .split(", ")
            .flat_map(|part| part.split(" et "));
        names.collect()
    }

    /// « 7 jours 1 heure 15 minutes ».
    pub(crate) fn duration(&self, hole: usize) -> Duration {
        duration(self.text(hole))
    }

    pub(crate) fn count(&self, hole: usize) -> usize {
        self.text(hole).parse().expect("un nombre entier")
    }

    /// « 0,8 ».
    pub(crate) fn decimal(&self, hole: usize) -> f64 {
        self.text(hole)
            .replace(',', ".")
            .parse()
            .expect("un nombre")
    }

    /// The table's rows, its header apart.
    pub(crate) fn rows(&self) -> &[Vec<String>] {
        self.table.get(1..).expect("un tableau sous la phrase")
    }
}

fn duration(text: &str) -> Duration {
    let words: Vec<_> = text.split(' ').collect();
    let parts = words.chunks(2).map(|part| {
        let [number, unit] = part else {
            panic!("« {text} » n'est pas une durée")
        };
        let seconds = match unit.trim_end_matches('s') {
            "seconde" => 1,
            "minute" => 60,
            "heure" => 3_600,
            "jour" => 86_400,
            _ => panic!("« {unit} » n'est pas une unité de temps"),
        };
        seconds * number.parse::<u64>().unwrap()
    });
    Duration::from_secs(parts.sum())
}
