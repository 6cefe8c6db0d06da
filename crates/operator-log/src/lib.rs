//! The operator's log: every line that the server may write into it, and the filter through which the runtime's output
//! passes on its way there.
//!
//! # In scope
//! The one table of the server's lines ([`Line`]): a fixed sentence, and the class of an object or the word
//! `configuration`. The worker writes from it, and nothing else; `tests/lines.txt` lists every line. And, for hosts, the
//! [`Filter`], which knows that table, and the program `limpide-log`, which starts the runtime behind it.
//!
//! # Out of scope
//! When a line is written (crates `objects` and `worker`).

mod class;
mod filter;
mod line;
#[cfg(unix)]
mod output;
mod phrase;
#[cfg(unix)]
mod process;

pub use class::ClassName;
pub use filter::{Filter, Lines, RUNTIME};
pub use line::{Event, Line, MAX_ROOTS, Notice};
#[cfg(unix)]
pub use output::FilteredOutput;
pub use phrase::Phrase;
#[cfg(unix)]
pub use process::Process;
