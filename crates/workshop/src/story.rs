//! The story: its state as plain data, and what each decision changes in it.
//!
//! A decision queues effects (register, move the clock, report). The [`Stage`](crate::Stage) carries them out one by one
//! and gives back what each taught. When the queue is empty the story stands at its next step. No clock, no network, no
//! randomness here: the same decisions and facts always give the same story.

mod decide;
mod effect;
mod facts;
mod learn;
mod next;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use decree::Moment;
use decree::article_2::Onset;

use crate::message::Message;
use crate::radio::Meeting;
use crate::server_state::{Row, ServerView};
use crate::{Each, Person};

pub(crate) use effect::{Effect, Fact};
pub use facts::{
    Answer, App, Character, Code, CodeKind, Decision, Drafted, Follow, HeardPseudonym, Met,
    PhoneView, Realm, Receipt, Report, Trouble,
};
pub(crate) use learn::Outcome;
pub use plan::Milestone;
pub use robert::phone::Fate;

/// All that a view needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// Where the story stands; it moves on when what was decided has been carried out.
    pub step: Step,
    /// The three people and what their phones keep.
    pub people: Each<Character>,
    /// The demo realm.
    pub realm: Realm,
    /// The meeting in the shop, once it took place.
    pub meeting: Option<Met>,
    /// Johanna's one-time code.
    pub code: Option<Code>,
    /// What Johanna answered about the onset of her symptoms.
    pub onset: Option<Onset>,
    /// What becomes of each pseudonym that Johanna's phone heard, once her report is drafted.
    pub draft: Vec<Drafted>,
    /// Johanna's report.
    pub report: Report,
    /// Everything that passed, oldest first.
    pub messages: Vec<Message>,
    /// Everything that the server stores, as last seen.
    pub server: ServerView,
    /// Rows that disappeared between the last two looks at the server, with the name of their table.
    pub gone: Vec<(String, Row)>,
    /// What the server has forgotten, as observed, oldest first.
    pub receipts: Vec<Receipt>,
    /// What was decided, oldest first.
    pub log: Vec<Decision>,
    /// What the last decision led to.
    pub follows: Follow,
    /// What went wrong and waits for [`Stage::retry`](crate::Stage::retry) or [`Stage::give_up`](crate::Stage::give_up).
    pub trouble: Option<Trouble>,
    /// What is still to be carried out, next first.
    queue: VecDeque<Effect>,
    /// The decision that is being carried out.
    acting: Option<Event>,
    /// The server before the last decision, to tell what is new.
    baseline: ServerView,
    /// The account of each phone, as the server names it: the phones do not know.
    accounts: Each<Option<String>>,
    /// Decisions to take again, after [`Story::replay`].
    script: VecDeque<Event>,
}

/// A chapter of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chapter {
    /// 1. Install and register.
    Install,
    /// 2. Meet in the shop.
    Meet,
    /// 3. Johanna warns, or not.
    Warn,
    /// 4. Justin and Sylvie ask, or not.
    Learn,
    /// 5. Fifteen days pass.
    Fortnight,
    /// 6. What is left, and the end of the demo realm.
    Receipt,
}

impl Chapter {
    /// The six, in order.
    pub const ALL: [Self; 6] = [
        Self::Install,
        Self::Meet,
        Self::Warn,
        Self::Learn,
        Self::Fortnight,
        Self::Receipt,
    ];

    /// 1 to 6.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }
}

/// Where the story stands: whose decision it is, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The visitor reads the notices of Article 4. Accept, Refuse.
    Notices,
    /// This person installs the application. Accept, Refuse.
    Install(Person),
    /// This person turns Bluetooth on. Accept, Refuse.
    Bluetooth(Person),
    /// The three meet, or not. Meet, Refuse.
    Meeting,
    /// Johanna tested positive: she takes the one-time code. Code, Refuse.
    TakeCode,
    /// She says when the symptoms began, or that she does not know. Onset.
    Onset,
    /// She sends her report. Accept, Refuse; Code again after a refused code.
    Send,
    /// This person asks whether they were exposed. Accept, Refuse.
    Ask(Person),
    /// Time passes. Advance, GoTo, Continue.
    Fortnight,
    /// The visitor erases the demo realm. Accept, Refuse.
    Erase,
    /// End of a chapter: something to read. Continue (except after the last).
    End(Chapter),
}

impl Step {
    /// The chapter of this step.
    pub const fn chapter(self) -> Chapter {
        match self {
            Self::Notices | Self::Install(_) => Chapter::Install,
            Self::Bluetooth(_) | Self::Meeting => Chapter::Meet,
            Self::TakeCode | Self::Onset | Self::Send => Chapter::Warn,
            Self::Ask(_) => Chapter::Learn,
            Self::Fortnight => Chapter::Fortnight,
            Self::Erase => Chapter::Receipt,
            Self::End(chapter) => chapter,
        }
    }

    /// Whose decision it is; `None` when it is the visitor's.
    pub const fn person(self) -> Option<Person> {
        match self {
            Self::Install(person) | Self::Bluetooth(person) | Self::Ask(person) => Some(person),
            Self::TakeCode | Self::Onset | Self::Send => Some(Person::Johanna),
            Self::Notices | Self::Meeting | Self::Fortnight | Self::Erase | Self::End(_) => None,
        }
    }
}

/// What the visitor decides, in the name of whose step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Yes.
    Accept,
    /// No.
    Refuse,
    /// They meet, for so long and at such a distance ([`Step::Meeting`]).
    Meet(Meeting),
    /// Johanna takes a code of this kind ([`Step::TakeCode`], or [`Step::Send`] after a refused code).
    Code(CodeKind),
    /// When the symptoms began ([`Step::Onset`]). [`Story::onset_choices`] lists sensible days.
    Onset(Onset),
    /// On to the next chapter ([`Step::End`], [`Step::Fortnight`]).
    Continue,
    /// Time passes by so many seconds; at any step, within [`Story::reach`].
    Advance(u64),
    /// Time passes until then; at any step, within [`Story::reach`].
    GoTo(Moment),
    /// This person asks the server (again), outside their own step.
    Ask(Person),
    /// This person's phone registers again, after the server no longer knew it.
    RegisterAgain(Person),
    /// This person uninstalls the application, which they may do at any time (Article 1, III).
    Uninstall(Person),
    /// This person has their exposures erased at the server.
    EraseExposures(Person),
}
