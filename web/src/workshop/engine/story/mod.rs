//! The story: its state as plain data, and what each decision changes in it.
//!
//! [`Story::on`] takes what the visitor decides and queues [`Effect`]s; [`play`](super::play) carries them out one by
//! one and gives back [`Fact`]s to [`Story::learn`]. When the queue is empty the story stands at its next step. No
//! clock, no network, no randomness here: the same decisions and facts always give the same story.

mod decide;
mod learn;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use decree::article_2::Onset;
use decree::{Day, Moment};

use super::message::Message;
use super::person::{Each, Person};
use super::radio::Meeting;
use super::server_state::{Row, ServerView};

pub use learn::Outcome;
pub use plan::Milestone;
pub use robert::phone::Fate;

/// All that a view needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// Where the story stands; it moves on when what was decided has been carried out.
    pub step: Step,
    /// The three people and what their phones keep.
    pub people: Each<Character>,
    /// The trial server.
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
    /// What went wrong and waits for [`Story::retry`] or [`Story::give_up`].
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
    /// 6. What is left, and the end of the trial server.
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
    /// The visitor erases the trial server. Accept, Refuse.
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

/// A person of the story.
#[derive(Clone, Debug, PartialEq)]
pub struct Character {
    /// The application on their phone.
    pub app: App,
    /// Whether Bluetooth is on; `None` until they were asked.
    pub bluetooth: Option<bool>,
    /// Whether they chose not to ask the server.
    pub declined_to_ask: bool,
    /// The server's last answer.
    pub answer: Option<Answer>,
    /// What the phone keeps; `None` without the application.
    pub phone: Option<PhoneView>,
}

/// The application on a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum App {
    /// Not decided yet.
    NotAsked,
    /// Refused: the phone is set aside.
    SetAside,
    /// Installed and registered.
    Installed,
    /// Installed, then uninstalled.
    Uninstalled,
    /// Installed, but the server no longer knows this phone: it must register again.
    Unknown,
}

/// The server's answer to « have I been exposed? »
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// Realm time of the answer.
    pub at: Moment,
    /// The one bit.
    pub at_risk: bool,
}

/// What a phone keeps, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PhoneView {
    /// How many pseudonyms of its own it still holds.
    pub pseudonyms: usize,
    /// When the last of them ends.
    pub pseudonyms_until: Option<Moment>,
    /// The pseudonyms that it heard.
    pub heard: Vec<HeardPseudonym>,
    /// Whether it holds the two keys that it shares with the server.
    pub keys: bool,
}

/// A pseudonym heard by a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardPseudonym {
    /// The pseudonym, unreadable for the phone.
    pub ebid: [u8; 8],
    /// The country code, unreadable for the phone.
    pub ecc: u8,
    /// How many HELLOs carried it.
    pub hellos: usize,
    /// When the first was heard.
    pub first: Moment,
    /// When the last was heard.
    pub last: Moment,
    /// The strongest level, in dBm.
    pub strongest: i8,
    /// When the phone must have forgotten the last of them (Article 3).
    pub forgotten_at: Moment,
}

/// The trial server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realm {
    /// Not asked for yet.
    NotYet,
    /// Alive.
    Open {
        /// Realm time when it opened: day 0 of the story.
        opened: Moment,
        /// Realm time as last told.
        now: Moment,
        /// Real time at which it erases itself.
        expires_at: Moment,
    },
    /// Erased by the visitor.
    Ended,
    /// Gone by itself: the hour is over.
    Gone,
}

/// The meeting that took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// How long and how far.
    pub meeting: Meeting,
    /// When it began, in realm time.
    pub start: Moment,
    /// How many HELLOs were heard, all phones together.
    pub heard: u32,
}

/// Long or short code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeKind {
    /// From the laboratory, as a QR code: valid for seven days.
    Long,
    /// From a doctor, by telephone: valid for an hour.
    Short,
}

/// Johanna's one-time code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// As handed out.
    pub text: String,
    /// Long or short.
    pub kind: CodeKind,
    /// Realm time at which it expires.
    pub expires_at: Moment,
}

/// A pseudonym that Johanna's phone heard, and what becomes of it in her report.
#[derive(Clone, Debug, PartialEq)]
pub struct Drafted {
    /// The pseudonym.
    pub ebid: [u8; 8],
    /// When it was first and last heard.
    pub span: (Moment, Moment),
    /// Whether it leaves, and if not, why.
    pub fate: Fate,
    /// How many of its HELLOs leave.
    pub hellos: usize,
    /// The risk that the phone's filter found, 0 to 1, if it came so far.
    pub risk: Option<f64>,
}

impl From<&robert::phone::Meeting> for Drafted {
    fn from(meeting: &robert::phone::Meeting) -> Self {
        Self {
            ebid: meeting.ebid.0,
            span: meeting.span,
            fate: meeting.fate(),
            hellos: meeting.leaving(),
            risk: meeting
                .judgement
                .as_ref()
                .and_then(|judgement| judgement.risk),
        }
    }
}

/// Johanna's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// Not decided yet.
    NotYet,
    /// She keeps her result to herself.
    Kept,
    /// The server refused the code.
    CodeRefused,
    /// Sent, and the network dropped before the answer: sending again is safe.
    AnswerUnknown,
    /// Accepted.
    Accepted {
        /// Realm time.
        at: Moment,
        /// How many pseudonyms left.
        contacts: usize,
        /// How many HELLOs they carried.
        hellos: usize,
    },
}

/// What the server was seen to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The day that was forgotten.
    pub day: Day,
    /// When its key was due to be destroyed (Article 3).
    pub due: Moment,
    /// When the server says that it was.
    pub destroyed: Moment,
    /// How many rows that it sealed can no longer be read.
    pub rows: usize,
}

/// Something that the visitor decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// At which step.
    pub step: Step,
    /// What.
    pub event: Event,
    /// Realm time; `None` before the server opened.
    pub at: Option<Moment>,
}

/// What the last decision led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Nothing yet.
    Nothing,
    /// The notices were not read: nobody installs.
    NobodyInstalls,
    /// The trial server is open.
    Opened,
    /// This person's phone is set aside; the story goes on without it.
    SetAside(Person),
    /// This person's phone is registered: one row more.
    Registered(Person),
    /// This person's phone speaks and listens.
    BluetoothOn(Person),
    /// This person's phone hears nothing and is not heard.
    BluetoothOff(Person),
    /// They did not meet.
    NoMeeting,
    /// They met; the server learned nothing. So many HELLOs were heard.
    Met(u32),
    /// Johanna did not take the code, or did not send.
    KeptToHerself,
    /// Johanna has no application: nobody can be warned.
    NoPhoneToWarn,
    /// Johanna holds a code.
    CodeTaken,
    /// Johanna answered about her symptoms.
    OnsetGiven,
    /// The server refused the code, without saying why.
    CodeRefused,
    /// The report was accepted.
    Reported,
    /// This person does not ask and will not know.
    NeverKnows(Person),
    /// « At risk », and nothing more.
    AtRisk(Person),
    /// « Nothing to report. »
    NothingToReport(Person),
    /// The server answers once per half hour: this question came too soon.
    TooSoon(Person),
    /// The server no longer knows this phone.
    Unknown(Person),
    /// Time passed, and so many rows can no longer be read.
    TimePassed {
        /// How many days were forgotten.
        days: usize,
        /// How many rows.
        rows: usize,
    },
    /// This person uninstalled; key and account are gone.
    Uninstalled(Person),
    /// This person's exposures are erased.
    ExposuresErased(Person),
    /// The trial server is erased.
    Erased,
    /// The trial server erases itself at the end of its hour.
    ErasesItself,
}

/// What went wrong on the way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The network dropped.
    Offline,
    /// No answer in time.
    TimedOut,
    /// Too many trial servers, or a limit of this one; try again after so many seconds.
    Busy(u32),
    /// The server says that it cannot answer now.
    Unavailable,
    /// The server refused with this status.
    Refused(u16),
    /// The server said something that this page does not understand.
    Garbled,
}

/// What the story asks to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Open a trial server.
    OpenRealm,
    /// Move its clock to this moment, or read it if that is past; deliveries that wait are made.
    MoveTo(Moment),
    /// Register this person's phone.
    Register(Person),
    /// Turn this person's Bluetooth on or off.
    Bluetooth(Person, bool),
    /// Let the phones hear one another, from this moment on.
    Meet(Meeting, Moment),
    /// Hand out a code to Johanna.
    HandOutCode(CodeKind),
    /// Johanna's phone drafts her report: what leaves and what stays.
    Draft(Onset),
    /// Johanna sends what was drafted, with the code that the story holds.
    Report,
    /// This person asks.
    Ask(Person),
    /// This person's phone unregisters and forgets everything.
    Unregister(Person),
    /// This person's exposures are erased at the server.
    EraseExposures(Person),
    /// Read everything that the server stores.
    Look,
    /// Erase the trial server.
    EndRealm,
}

/// What carrying out an effect taught.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The realm is open.
    Opened {
        /// Realm time.
        now: Moment,
        /// Real time.
        expires_at: Moment,
    },
    /// The clock was moved or read.
    Moved,
    /// The phone is registered.
    Registered,
    /// Bluetooth is as asked.
    BluetoothSet,
    /// The phones heard so many HELLOs.
    Met {
        /// How many HELLOs.
        heard: u32,
    },
    /// The report is drafted.
    Drafted(Vec<Drafted>),
    /// A code was handed out.
    CodeHandedOut(Code),
    /// The report was accepted.
    Reported {
        /// How many pseudonyms.
        contacts: usize,
        /// How many HELLOs.
        hellos: usize,
    },
    /// The report's code was refused.
    CodeRefused,
    /// The answer to a question.
    Answered(Answer),
    /// The question came too soon after the last.
    TooSoon,
    /// The server no longer knows this phone.
    Unknown,
    /// Unregistered.
    Unregistered,
    /// Exposures erased.
    ExposuresErased,
    /// What the server stores.
    Seen(ServerView),
    /// The realm is erased.
    Ended,
    /// The realm is no more.
    Gone,
}
