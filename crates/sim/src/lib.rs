//! A whole realm, simulated: lists of operations drawn from a seed, executed by the code of `objects` and `service` that
//! the worker runs, compared with a plain model each time that an object has kept something.
//!
//! # The scheduler
//! Every call of the front, every letter that an object answers and every alarm is a task; tasks wait for letters, timers
//! and nothing else. Among all that can go on at a moment, the step's seed picks what does; only when nothing can does
//! time move on. So calls interleave at each wait, and every seed replays. Storage is ready at once, as the
//! platform's gates have it, and may fail. The model moves on when an object keeps something, with the time that stands
//! in its letter; what the caller is told is compared afterwards with what was done.
//!
//! # In scope
//! Phones of `robert::phone` and real cryptography. Registries, intakes, vaults, safes, the tally and the desk of the
//! national realm; the front's calls, alarms, and the wake-up. Letters that do not arrive, are late by up to 50
//! seconds, are done without an answer, answered slowly, or refused because storage fails; tasks that are dropped and
//! objects that are killed in the middle; phones that go away; restarts. Databases, values and alarms that fail before
//! or after they kept something; alarms that are lost, late, doubled or early. A host's clock that is weeks ahead for a
//! moment, and right again in the middle of what was asked. An isolate with room for hardly more than the keys of one
//! realm. Two calls at once, calls beside a pass of deliveries or a wake-up, and wake-ups by traffic. Another root before
//! the others. The end of the whole processing. A visitor's demo realm from its opening to its end. The passing of weeks.
//! A list that fails is shrunk by `proptest`.
//!
//! # Out of scope
//! HTTP: killing the real server is another harness's work. The proof of work of a registration (a challenge is drawn
//! and taken as solved). Several isolates with a memory each. What a watcher can measure. A clock that is behind, or ahead by
//! no more than the days whose keys are made ahead: what is asked then is done on another day.
//!
//! # What is checked
//! | | Invariant | Where |
//! | --- | --- | --- |
//! | 1 | An accepted report affects exactly those whose HELLOs it holds, once | rows and verdicts against the model |
//! | 2 | An alert survives lost answers | every status answer against the model |
//! | 3 | Nothing past its term opens, even from a restored copy | every step; bookmarks at the end |
//! | | What a person deleted opens no more, even from a restored copy, though its day lives | bookmarks at each deletion |
//! | 4 | A report's contacts lie among the others without a common mark | size classes, ids and moments of what is owed |
//! | | Contacts that wait together give one verdict, whatever the order and grouping | what arrives, judged by the model together and one by one in every order |
//! | 5 | One answer per gap, whatever pseudonym is used | every status answer; owners ask under any pseudonym of theirs, replays ask too |
//! | 6 | Identities are unique across shards | every step |
//! | 7 | A code is accepted once | every report's answer against the model |
//! | | Past fifty wrong short codes in an hour an intake tries none without work, however good | every report's answer against the model |
//! | | A stamp is taken once, and no decoy's contact travels | every decoy's answer against the model; every letter |
//! | 8 | The parameters used are those announced | `config` against the figures that the model goes by, written down a second time |
//! | 9 | Figures are what happened, to the unit; a decoy changes nothing else | every step, each day against the model |
//! | 10 | An alarm lost, late or doubled leaves nothing readable past its term and an hour | every step, and sixteen days in which every alarm is lost, late or doubled |
//! | 11 | What tells of a thing outlives it: no id is forgotten while its delivery is owed, no destroyed day returns | every step |
//! | | One pass of deliveries at a time: none is sent while it is under way | every letter |
//! | | Nobody remembers the key of a safe that is empty | once nothing is under way |
//! | | An isolate remembers what was fetched, and no more than it has room for | every turn; at the end |
//! | | What was put off waits, and what is known is not asked for | every letter of an object |
//! | | What is told is what was done, or would have been at some moment of the call | every answer |
//! | | Nobody is forgotten who can be reached, and nobody else is kept | each account that goes; every step; nineteen days after the end |
//! | | Six months after the end of the state of emergency no account is left | lists that end so |
//! | | A visitor's report is known at once, and an ended demo realm leaves nothing but keys of nothing | every visit |
//!
//! What of the figures may be published, and work that is done for a code, are for tests of their own.
//!
//! ```
//! use sim::{Operation, Reply, Step, run};
//!
//! let registers = Step { seed: 1, operation: Operation::Register(0, Reply::Comes) };
//! assert!(run(&[registers], None, None).is_ok());
//! ```

mod alarms;
mod faulty;
mod figures;
mod hunt;
mod kernel;
mod model;
mod operation;
mod parameters;
mod people;
mod shell;
mod tally;
mod watch;
mod world;

pub use alarms::{Fate, Whose};
pub use faulty::Failing;
pub use hunt::{Caught, find, hunt, run};
pub use kernel::{Aim, Mishap, Plant};
pub use operation::{
    Asking, Decoy, Errand, Jump, Known, Operation, PEOPLE, Reply, Span, Step, Which, Who, cases,
};
pub use tally::Tally;

/// What the simulation found: a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Finding(String);

impl Finding {
    fn new(what: &str) -> Self {
        Self(what.to_owned())
    }

    fn of(error: impl core::fmt::Display) -> Self {
        Self(error.to_string())
    }
}
