//! `limpide law text`.

use decree::Regime;
use decree::text::Anchored;
use lexopt::ValueExt;
use serde_json::{Value, json};

use super::{Options, printed};
use crate::Refused;

const HELP: [&str; 2] = [
    "\
limpide law text [ANCHOR] [--law decree-2020-650|loudest-safe] [--plain] [--json] [--lang fr|en]

Prints the words of a paragraph, in French: of decree 2020-650, if no law is named. Without ANCHOR, the whole text.

  3-4      Article 3, fourth alinéa
  2-I-6    Article 2, part I, item 6°
  2-I-8-a  its item 8°, letter a
  1-III    Article 1, part III
  5        an article of one paragraph

--plain: what it says in plain words of this project's, which bind nobody.
--json: {\"law\", \"anchor\", \"text\", \"plain\": {\"en\", \"fr\"}}, or {\"law\", \"title\", \"eli\", \"anchors\": [{\"anchor\", \"text\",
\"plain\"}]} of the whole.",
    "\
limpide law text [ANCRE] [--law decree-2020-650|loudest-safe] [--plain] [--json] [--lang fr|en]

Donne les mots d'un paragraphe : du décret 2020-650, si aucune loi n'est nommée. Sans ANCRE, tout le texte.

  3-4      article 3, quatrième alinéa
  2-I-6    article 2, partie I, 6°
  2-I-8-a  son 8°, a
  1-III    article 1, partie III
  5        un article d'un seul paragraphe

--plain : ce qu'il dit, en mots simples qui sont ceux de ce projet et n'engagent personne.
--json : {\"law\", \"anchor\", \"text\", \"plain\": {\"en\", \"fr\"}}, ou {\"law\", \"title\", \"eli\", \"anchors\": [{\"anchor\", \"text\",
\"plain\"}]} du tout.",
];

pub(super) fn command(mut options: Options) -> Result<String, Refused> {
    if options.wants_help {
        return Ok(options.lang.of(HELP).to_owned());
    }
    let law = options.law.unwrap_or(Regime::Decree2020650);
    let anchors = law.anchors();
    let Some(asked) = options.value()? else {
        if options.is_plain && !options.is_json {
            let said = anchors.iter().filter_map(|piece| {
                let words = options.lang.of(law.plain(&piece.anchor)?);
                Some(format!("{}  {words}", piece.anchor))
            });
            return Ok(said.collect::<Vec<_>>().join("\n\n"));
        }
        if !options.is_json {
            return Ok(law.whole_text());
        }
        let anchors: Vec<_> = anchors
            .iter()
            .map(|piece| json!({ "anchor": piece.anchor, "text": piece.text, "plain": plain(law, piece) }))
            .collect();
        return printed(&json!({
            "law": law.name(), "title": law.title(), "eli": law.eli(), "anchors": anchors,
        }));
    };
    let asked = asked.string()?;
    let Some(piece) = anchors.iter().find(|piece| piece.anchor == asked) else {
        let listed: Vec<_> = anchors.iter().map(|piece| piece.anchor.as_str()).collect();
        let refused = format!(
            "{law} has no anchor {asked:?}; it has {}",
            listed.join(", ")
        );
        return Err(Refused(refused));
    };
    if options.is_json {
        printed(&json!({
            "law": law.name(), "anchor": piece.anchor, "text": piece.text, "plain": plain(law, piece),
        }))
    } else if let (true, Some(words)) = (options.is_plain, law.plain(&piece.anchor)) {
        Ok(options.lang.of(words).to_owned())
    } else {
        Ok(piece.text.to_owned())
    }
}

fn plain(law: Regime, piece: &Anchored) -> Option<Value> {
    let [english, french] = law.plain(&piece.anchor)?;
    Some(json!({ "en": english, "fr": french }))
}
