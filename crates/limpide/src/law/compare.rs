//! `limpide law compare`.

use std::ffi::OsString;
use std::fmt::Write;

use decree::Regime;
use regimes::compare::{Difference, Rule, Standing, compare, contradictions, principles};
use serde_json::{Value, json};

use super::{Options, law, printed};
use crate::Refused;
use crate::lang::Lang;

const HELP: [&str; 2] = [
    "\
limpide law compare [LAW LAW] [--json] [--lang fr|en]

What decree 2020-650 and the fictional Loudest-Safe law do not rule alike, by subject, each with the anchors in both (`-`: the
law says nothing of it); where the second contradicts itself; and which of the press kit's five principles are left under
each, with the rules that break them. Two names of laws turn the order round.

--json: {\"laws\", \"differences\": [{\"subject\", \"matter\", \"first\", \"second\"}], \"contradictions\", \"principles\"}; each side is
{\"anchors\", \"says\"}, or null.",
    "\
limpide law compare [LOI LOI] [--json] [--lang fr|en]

Ce que le décret 2020-650 et la loi fictive Loudest-Safe ne règlent pas de même, par sujet, avec les ancres dans les deux
(`-` : la loi n'en dit rien) ; où la seconde se contredit ; et lesquels des cinq principes du dossier de presse restent sous
chacune, avec les règles qui les brisent. Deux noms de lois en changent l'ordre.

--json : {\"laws\", \"differences\": [{\"subject\", \"matter\", \"first\", \"second\"}], \"contradictions\", \"principles\"} ; chaque côté
est {\"anchors\", \"says\"}, ou null.",
];

pub(super) fn command(mut options: Options) -> Result<String, Refused> {
    if options.wants_help {
        return Ok(options.lang.of(HELP).to_owned());
    }
    let values = core::mem::take(&mut options.values);
    let laws = match <[OsString; 2]>::try_from(values) {
        Ok([first, second]) => [law(first)?, law(second)?],
        Err(values) if values.is_empty() && options.law.is_none() => Regime::ALL,
        Err(_) => return Err(Refused("compare takes two laws, or none".to_owned())),
    };
    if options.is_json {
        return printed(&as_json(laws, options.lang));
    }
    Ok(told(laws, options.lang))
}

fn as_json(laws: [Regime; 2], lang: Lang) -> Value {
    let [first, second] = laws;
    let rule = |rule: Rule| json!({ "anchors": rule.anchors, "says": lang.of(rule.says) });
    let differences = compare(first, second).into_iter().map(|one| {
        json!({
            "subject": one.subject, "matter": one.matter,
            "first": one.first.map(rule), "second": one.second.map(rule),
        })
    });
    let contradicts = laws.into_iter().flat_map(|law| {
        contradictions(law).iter().map(move |one| {
            json!({
                "law": law.name(), "anchors": one.anchors, "quotation": one.quotation,
                "why": lang.of(one.why),
            })
        })
    });
    let stands = laws.into_iter().flat_map(|law| {
        principles(law).into_iter().map(move |one| {
            let rules = |rules: &[Rule]| rules.iter().copied().map(rule).collect::<Vec<_>>();
            json!({
                "law": law.name(), "principle": one.principle, "holds": one.holds(),
                "upheldBy": rules(&one.upheld_by), "brokenBy": rules(&one.broken_by),
            })
        })
    });
    json!({
        "laws": [first.name(), second.name()],
        "differences": differences.collect::<Vec<_>>(),
        "contradictions": contradicts.collect::<Vec<_>>(),
        "principles": stands.collect::<Vec<_>>(),
    })
}

/// Writing to a string does not fail.
fn told(laws: [Regime; 2], lang: Lang) -> String {
    let [first, second] = laws;
    let mut text = String::new();
    let mut subject = None;
    for Difference {
        subject: of,
        first: one,
        second: other,
        ..
    } in compare(first, second)
    {
        if subject.replace(of) != Some(of) {
            let _ = write!(text, "\n{}\n", lang.of(of.words()));
        }
        text.push('\n');
        for (law, rule) in [(first, one), (second, other)] {
            let _ = match rule {
                Some(rule) => writeln!(
                    text,
                    "  {:16}{}  [{}]",
                    law.name(),
                    lang.of(rule.says),
                    rule.anchors.join(", ")
                ),
                None => writeln!(text, "  {:16}-", law.name()),
            };
        }
    }
    let _ = write!(
        text,
        "\n{}\n\n",
        lang.of(["Contradictions", "Contradictions"])
    );
    for law in laws {
        for one in contradictions(law) {
            let _ = writeln!(
                text,
                "  {:16}{}  [{}]",
                law.name(),
                lang.of(one.why),
                one.anchors.join(", ")
            );
        }
    }
    for law in laws {
        let _ = write!(
            text,
            "\n{}: {}\n\n",
            lang.of(["Principles", "Principes"]),
            law.name()
        );
        for one in principles(law) {
            let _ = writeln!(
                text,
                "  {:28}{}",
                lang.of(one.principle.words()),
                standing(&one, lang)
            );
        }
    }
    text.trim_start().to_owned()
}

/// What is left of a principle, in one line.
fn standing(one: &Standing, lang: Lang) -> String {
    let anchors = |rules: &[Rule]| {
        let mut all: Vec<_> = rules
            .iter()
            .flat_map(|rule| rule.anchors)
            .copied()
            .collect();
        all.dedup();
        all.join(", ")
    };
    if one.holds() {
        let words = lang.of(["holds", "tient"]);
        format!("{words}  [{}]", anchors(&one.upheld_by))
    } else if one.broken_by.is_empty() {
        lang.of([
            "is lost: no rule upholds it",
            "est perdu : aucune règle ne le porte",
        ])
        .to_owned()
    } else {
        let words = lang.of(["is lost, broken by", "est perdu, brisé par"]);
        format!("{words}  [{}]", anchors(&one.broken_by))
    }
}
