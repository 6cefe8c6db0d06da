//! The operator's log: every line that the server may write into it.
//!
//! # In scope
//! The one table of these lines ([`Line`]): a fixed sentence, and the class of an object or the word `configuration`.
//! The worker writes from it, and nothing else; `tests/lines.txt` lists every line.
//!
//! # Out of scope
//! When a line is written (crates `objects` and `worker`).

mod class;
mod line;

pub use class::ClassName;
pub use line::{Event, Line, MAX_ROOTS, Notice};
