//! Statements and comparisons, found in formatted source by their lines, and put behind a switch each.

use core::fmt;
use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet};

/// What can be taken out.
pub(super) struct Site {
    pub(super) file: String,
    /// Its lines, from 1.
    pub(super) lines: RangeInclusive<usize>,
    how: How,
    text: String,
}

/// How something is taken out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// The statement is left out.
    Removed,
    /// The value is the emptiest of its type.
    Empty,
    /// The comparison is false.
    Never,
    /// The comparison is true.
    Always,
}

impl Site {
    /// Names it whatever its number: in a file that explains.
    pub(super) fn key(&self) -> String {
        let how = match self.how {
            How::Removed => "removed",
            How::Empty => "empty",
            How::Never => "never",
            How::Always => "always",
        };
        format!("{}: {how}: {}", self.file, self.text)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.lines.start(), self.key())
    }
}

/// Words that begin what is no statement of its own, or would not compile without.
const OTHERS: [&str; 22] = [
    "let ", "use ", "pub ", "const ", "static ", "fn ", "async ", "impl", "struct ", "enum ",
    "type ", "mod ", "#", "//", "}", "if ", "match ", "for ", "while ", "loop", "where", "\"",
];

/// What a mutant would put there in any case.
const EMPTIEST: [&str; 3] = ["Ok(())", "Ok(None)", "Ok(false)"];

/// The file with everything behind its switch; lines keep their numbers.
pub(super) fn rewrite(
    file: &str,
    text: &str,
    refused: &BTreeSet<String>,
    sites: &mut BTreeMap<u32, Site>,
) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let end = lines
        .iter()
        .position(|line| line.starts_with("#[cfg(test)]"));
    let end = end.unwrap_or(lines.len());
    let mut add = |from: usize, to: usize, how: How, text: String| {
        let site = Site {
            file: file.to_owned(),
            lines: from + 1..=to + 1,
            how,
            text,
        };
        let number = u32::try_from(sites.len() + 1).unwrap_or(u32::MAX);
        let is_refused = refused.contains(&site.key());
        (!is_refused).then(|| {
            sites.insert(number, site);
            number
        })
    };
    let mut at = 0;
    while at < end {
        let line = lines[at].clone();
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        // So near the margin stand functions' bodies, but also variants, fields and arms.
        let is_body =
            indent > 4 || (indent == 4 && (trimmed.ends_with(';') || trimmed.starts_with("if ")));
        if is_view(trimmed) {
            at += end_of_block(&lines[at..end], indent);
            continue;
        }
        if !is_body || !begins_statement(&lines, at) {
            at += 1;
            continue;
        }
        if let Some(condition) = condition(trimmed).filter(|_| !only_logs(&lines[at + 1..end])) {
            let (condition, text) = (condition.to_owned(), trimmed.to_owned());
            let never = add(at, at, How::Never, text.clone());
            let always = add(at, at, How::Always, text);
            lines[at] = format!(
                "{}if {} {{",
                " ".repeat(indent),
                switched(&condition, never, always)
            );
            at += 1;
            continue;
        }
        // What stands in a block is found for itself.
        if trimmed.ends_with('{') {
            at += 1;
            continue;
        }
        let last = (at..end).find(|last| ends(&lines, at, *last, indent));
        let Some(last) = last else {
            at += 1;
            continue;
        };
        let whole = lines[at..=last]
            .iter()
            .map(|line| line.trim())
            .collect::<Vec<_>>()
            .join(" ");
        if let Some((head, value)) = comparison(&whole) {
            let never = add(at, last, How::Never, whole.clone());
            let always = add(at, last, How::Always, whole.clone());
            let switched = switched(value, never, always);
            blank(&mut lines, at, last);
            lines[at] = format!("{head}= {switched};");
        } else if OTHERS.iter().any(|other| trimmed.starts_with(other)) || whole.contains(".log(") {
            at += 1;
            continue;
        } else if let Some((arm, value)) = arm(&whole) {
            let empty = if value.ends_with('?') {
                "Default::default()"
            } else {
                "Ok(Default::default())"
            };
            if let Some(number) = add(at, last, How::Empty, whole.clone()) {
                let new =
                    format!("{arm} => if crate::off({number}) {{ {empty} }} else {{ {value} }},");
                blank(&mut lines, at, last);
                lines[at] = new;
            }
        } else if whole.ends_with(';') && !whole.contains(" => ") {
            if let Some(number) = add(at, last, How::Removed, whole.clone()) {
                blank(&mut lines, at, last);
                lines[at] = format!("if !crate::off({number}) {{ {whole} }}");
            }
        } else if whole.contains('(')
            && !whole.starts_with("Ok(")
            && !whole.ends_with(',')
            && let Some(number) = add(at, last, How::Empty, whole.clone())
        {
            blank(&mut lines, at, last);
            lines[at] =
                format!("if crate::off({number}) {{ Ok(Default::default()) }} else {{ {whole} }}");
        }
        at = last + 1;
    }
    lines.join("\n") + "\n"
}

/// Whether this line begins what only tells a demo realm's visitor what is stored.
fn is_view(line: &str) -> bool {
    line.contains("fn show(")
}

/// Lines of the block that begins with the first of these.
fn end_of_block(lines: &[String], indent: usize) -> usize {
    let closes = format!("{}}}", " ".repeat(indent));
    let last = lines.iter().position(|line| *line == closes);
    last.map_or(1, |last| last + 1)
}

/// Whether these lines begin with words for the operator's log, and nothing else is in their block.
fn only_logs(lines: &[String]) -> bool {
    let mut lines = lines.iter().map(|line| line.trim());
    lines
        .next()
        .is_some_and(|line| line.contains(".log(") && line.ends_with(';'))
        && lines.next() == Some("}")
}

fn blank(lines: &mut [String], from: usize, to: usize) {
    lines[from..=to].iter_mut().for_each(String::clear);
}

/// `((value) && it is not taken out) || it is always so`.
fn switched(value: &str, never: Option<u32>, always: Option<u32>) -> String {
    let never = never.map_or(String::new(), |number| format!(" && !crate::off({number})"));
    let always = always.map_or(String::new(), |number| format!(" || crate::off({number})"));
    format!("(({value}){never}){always}")
}

/// The condition of an `if` that binds nothing.
fn condition(line: &str) -> Option<&str> {
    let condition = line.strip_prefix("if ")?.strip_suffix(" {")?;
    (!condition.contains("let ")).then_some(condition)
}

/// `let is_something = value;`
fn comparison(whole: &str) -> Option<(&str, &str)> {
    let (head, value) = whole.strip_suffix(';')?.split_once("= ")?;
    let is_named = ["let is_", "let has_"]
        .iter()
        .any(|word| head.starts_with(word));
    (is_named && !value.contains("|_|") && !value.starts_with('|')).then_some((head, value))
}

/// `pattern => value,` on lines of its own.
fn arm(whole: &str) -> Option<(&str, &str)> {
    let (pattern, value) = whole.strip_suffix(',')?.split_once(" => ")?;
    let is_call = value.contains('(') && !value.starts_with(['{', '"', '(']);
    let is_call = is_call && !EMPTIEST.contains(&value);
    (is_call && !pattern.contains('"')).then_some((pattern, value))
}

/// Whether the line before ends something.
fn begins_statement(lines: &[String], at: usize) -> bool {
    let before = lines[..at].iter().rev().map(|line| line.trim());
    let mut before = before.filter(|line| !line.is_empty() && !line.starts_with("//"));
    before.next().is_some_and(|line| {
        line.ends_with(['{', '}', ';']) || (line.ends_with(',') && lines[at].contains(" => "))
    })
}

/// Whether what begins there ends here.
fn ends(lines: &[String], from: usize, at: usize, indent: usize) -> bool {
    let line = &lines[at];
    let text: String = lines[from..=at].concat();
    let count = |opening, closing| text.matches(opening).count() == text.matches(closing).count();
    if !(count('(', ')') && count('{', '}') && count('[', ']')) {
        return false;
    }
    let is_level = line.len() - line.trim_start().len() == indent;
    let next = lines.get(at + 1).map_or("", |line| line.trim());
    line.ends_with(';') || (is_level && line.ends_with(',')) || next.starts_with('}')
}
