//! `limpide law`.

mod compare;
mod life;
mod text;

use std::ffi::OsString;

use decree::Regime;
use lexopt::{Arg, Parser, ValueExt};
use serde::Serialize;

use crate::lang::Lang;
use crate::{HELP, Refused};

pub(crate) fn command(mut arguments: Parser, mut lang: Lang) -> Result<String, Refused> {
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Value(name) => match name.to_str() {
                Some("compare") => return compare::command(Options::read(arguments, lang, &[])?),
                Some("life") => return life::command(Options::read(arguments, lang, &[])?),
                Some("text") => return text::command(Options::read(arguments, lang, &["plain"])?),
                _ => {
                    let refused = format!("no command law {name:?}; `limpide --help` lists them");
                    return Err(Refused(refused));
                }
            },
            Arg::Long("lang") => lang = arguments.value()?.parse()?,
            Arg::Short('h') | Arg::Long("help") => break,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(lang.of(HELP).to_owned())
}

/// What a command of `law` understands, in any order: all of it every one, but for what is named to [`Options::read`].
struct Options {
    lang: Lang,
    law: Option<Regime>,
    is_json: bool,
    is_text: bool,
    is_plain: bool,
    wants_help: bool,
    values: Vec<OsString>,
}

impl Options {
    fn read(mut arguments: Parser, lang: Lang, besides: &[&str]) -> Result<Self, Refused> {
        let mut options = Self {
            lang,
            law: None,
            is_json: false,
            is_text: false,
            is_plain: false,
            wants_help: false,
            values: Vec::new(),
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("law") => options.law = Some(law(arguments.value()?)?),
                Arg::Long("lang") => options.lang = arguments.value()?.parse()?,
                Arg::Long("json") => options.is_json = true,
                Arg::Long("text") => options.is_text = true,
                Arg::Long("plain") if besides.contains(&"plain") => options.is_plain = true,
                Arg::Short('h') | Arg::Long("help") => options.wants_help = true,
                Arg::Value(value) => options.values.push(value),
                other => return Err(other.unexpected().into()),
            }
        }
        if options.is_json && options.is_text {
            return Err(Refused("--json and --text exclude each other".to_owned()));
        }
        Ok(options)
    }

    /// The one value that was given, if any.
    fn value(&mut self) -> Result<Option<OsString>, Refused> {
        let value = self.values.pop();
        match self.values.pop() {
            Some(_) => Err(Refused("too many arguments".to_owned())),
            None => Ok(value),
        }
    }
}

fn law(name: OsString) -> Result<Regime, Refused> {
    let unknown = |error| Refused(format!("--law {name:?}: {error}"));
    name.to_string_lossy().parse().map_err(unknown)
}

/// As programs read it, and people can.
fn printed(value: &impl Serialize) -> Result<String, Refused> {
    Ok(serde_json::to_string_pretty(value)?)
}
