//! `limpide law life`.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::io::{self, Read};

use regimes::input::Input;
use regimes::life::{Entry, Life, life};
use regimes::paris::written;

use super::{Options, printed};
use crate::Refused;
use crate::lang::Lang;

const HELP: [&str; 2] = [
    "\
limpide law life --law decree-2020-650|loudest-safe FILE [--json|--text] [--lang fr|en]

From what happens to a person: what they must, may and must not do under a law, what is stored about them until when,
and which sanction they incur. FILE is JSON, `-` the standard input:

  {\"born\": \"1990-05-01\", \"emergencyEnds\": null, \"until\": \"2022-06-30\", \"events\": [
    {\"at\": \"2022-04-10T09:00:00+02:00\", \"what\": \"tests-positive\"},
    {\"at\": \"2022-04-10T09:05:00+02:00\", \"what\": \"notifies\", \"onset\": \"2022-04-08\"}
  ]}

Events come in the order of time: installs, buys-phone, turns-bluetooth-on, turns-bluetooth-off, meets (with \"metres\" and
\"minutes\"), diagnosed, tests-positive, notifies, is-notified, signals-contact, enters-public-place, leaves-home, comes-home,
portrait-requested, portrait-sent, warned-by-sms, uninstalls, asks-access. \"until\" is the last day of events, \"emergencyEnds\" the first
day without the state of emergency.

--json (what is printed anyway): {\"law\", \"sequence\": [{\"at\", \"until\"?, \"kind\", \"what\", \"anchors\", …}]}. --text: to read.
`docs/LIFE.md` lists every name, and by their numbers the readings of the texts. Exit code 2: what is refused, with the place.",
    "\
limpide law life --law decree-2020-650|loudest-safe FICHIER [--json|--text] [--lang fr|en]

D'après ce qui arrive à une personne : ce qu'elle doit, peut et ne doit pas faire sous une loi, ce qui est conservé d'elle
et jusqu'à quand, et la sanction encourue. FICHIER est du JSON, `-` l'entrée standard :

  {\"born\": \"1990-05-01\", \"emergencyEnds\": null, \"until\": \"2022-06-30\", \"events\": [
    {\"at\": \"2022-04-10T09:00:00+02:00\", \"what\": \"tests-positive\"},
    {\"at\": \"2022-04-10T09:05:00+02:00\", \"what\": \"notifies\", \"onset\": \"2022-04-08\"}
  ]}

Les évènements suivent l'ordre du temps : installs, buys-phone, turns-bluetooth-on, turns-bluetooth-off, meets (avec
\"metres\" et \"minutes\"), diagnosed, tests-positive, notifies, is-notified, signals-contact, enters-public-place, leaves-home,
comes-home, portrait-requested, portrait-sent, warned-by-sms, uninstalls, asks-access. \"until\" est le dernier jour des évènements,
\"emergencyEnds\" le premier jour sans état d'urgence.

--json (ce qui est donné de toute façon) : {\"law\", \"sequence\": [{\"at\", \"until\"?, \"kind\", \"what\", \"anchors\", …}]}. --text :
pour lire. `docs/LIFE.md` liste chaque nom, et par leurs numéros les lectures des textes. Code 2 : ce qui est refusé, et l'endroit.",
];

pub(super) fn command(mut options: Options) -> Result<String, Refused> {
    if options.wants_help {
        return Ok(options.lang.of(HELP).to_owned());
    }
    let Some(law) = options.law else {
        return Err(Refused(
            "--law decree-2020-650 or --law loudest-safe is missing".to_owned(),
        ));
    };
    let Some(file) = options.value()? else {
        return Err(Refused(
            "a file is missing; `-` is the standard input".to_owned(),
        ));
    };
    let life = life(law, &Input::from_json(&read(&file)?)?)?;
    if options.is_text {
        Ok(told(&life, options.lang))
    } else {
        printed(&life)
    }
}

fn read(file: &OsStr) -> Result<String, Refused> {
    let read = if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    read.map_err(|error| Refused(format!("{}: {error}", file.to_string_lossy())))
}

/// A line for each entry.
fn told(life: &Life, lang: Lang) -> String {
    let mut text = String::new();
    for entry in &life.sequence {
        text.push_str(&line(entry, lang));
        text.push('\n');
    }
    if life.sequence.is_empty() {
        text.push_str(lang.of(["The law says nothing of it.", "La loi n'en dit rien."]));
    }
    text
}

fn line(entry: &Entry, lang: Lang) -> String {
    let mut line = format!("{}  ", written(entry.at));
    if entry.reading {
        line.push_str(lang.of(["(another reading) ", "(autre lecture) "]));
    }
    line.push_str(lang.of(entry.kind.words()));
    if let Some(amount) = entry.amount {
        // Writing to a string does not fail.
        let _ = write!(line, " {amount} €");
    }
    if let Some(months) = entry.prison_months {
        let words = lang.of(["months of prison", "mois d'emprisonnement"]);
        let _ = write!(line, " + {months} {words}");
    }
    let _ = write!(line, " {}", lang.of(entry.what.words()));
    if let Some(until) = entry.until {
        let _ = write!(
            line,
            " {} {}",
            lang.of(["until", "jusqu'au"]),
            written(until)
        );
    }
    let _ = write!(line, "  [{}]", entry.anchors.join(", "));
    let readings: Vec<_> = entry.what.readings().iter().map(u8::to_string).collect();
    if !readings.is_empty() {
        let _ = write!(
            line,
            "  {} {}",
            lang.of(if readings.len() == 1 {
                ["reading", "lecture"]
            } else {
                ["readings", "lectures"]
            }),
            readings.join(", ")
        );
    }
    line
}
