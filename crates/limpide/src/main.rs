//! `limpide`: what the law says, from the command line.

mod lang;
mod law;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt};

use lang::Lang;

const HELP: [&str; 2] = [
    "\
limpide: what the law says

  limpide law life     what a person must, may and must not do, from what happens to them
  limpide law text     the words of a law, or of one paragraph of it
  limpide law compare  what differs between the two laws, and which principles are left

`limpide law COMMAND --help` says more. --json: for programs; --lang fr|en: the language, otherwise that of LANG.",
    "\
limpide : ce que dit la loi

  limpide law life     ce qu'une personne doit, peut et ne doit pas faire, d'après ce qui lui arrive
  limpide law text     les mots d'une loi, ou d'un de ses paragraphes
  limpide law compare  ce qui diffère entre les deux lois, et les principes qui restent

`limpide law COMMANDE --help` en dit plus. --json : pour les programmes ; --lang fr|en : la langue, sinon celle de LANG.",
];

/// What was typed or given cannot be used: one line, and exit code 2.
struct Refused(String);

impl<E: std::error::Error> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Refused {
    /// In one line, without what would move a terminal's cursor.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sign in self.0.chars() {
            let shown = if sign.is_control() { ' ' } else { sign };
            write!(f, "{shown}")?;
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    let said = match command(Parser::from_env()) {
        Ok(said) => said,
        Err(refused) => {
            // Whether anybody reads it or not.
            let _ = writeln!(io::stderr(), "limpide: {refused}");
            return ExitCode::from(2);
        }
    };
    match writeln!(io::stdout(), "{}", said.trim_end()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "limpide: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is to be printed.
fn command(mut arguments: Parser) -> Result<String, Refused> {
    let mut lang = Lang::of_environment();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Value(name) if name == "law" => return law::command(arguments, lang),
            Arg::Value(name) => {
                let name = name.string()?;
                return Err(Refused(format!(
                    "no command {name:?}; `limpide --help` lists them"
                )));
            }
            Arg::Long("lang") => lang = arguments.value()?.parse()?,
            Arg::Short('h') | Arg::Long("help") => break,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(lang.of(HELP).to_owned())
}
