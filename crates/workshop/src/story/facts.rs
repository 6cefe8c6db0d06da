//! The people, the phones, the server and what happened, as the story knows them.

use decree::{Day, Moment};
use robert::phone::Fate;

use super::{Event, Step};
use crate::Person;
use crate::radio::Meeting;
use crate::server_state::Sealed;

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

/// The demo realm.
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
    /// What its key had sealed, which can no longer be read; nothing is claimed where the server has not counted it.
    pub sealed: Option<Sealed>,
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
    /// The demo realm is open.
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
    /// The server forgot this phone on this day: it had asked nothing for so long.
    Forgotten(Person, Day),
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
    /// The demo realm is erased.
    Erased,
    /// The demo realm erases itself at the end of its hour.
    ErasesItself,
}

/// What went wrong on the way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The network dropped.
    Offline,
    /// No answer in time.
    TimedOut,
    /// Too many demo realms, or a limit of this one; try again after so many seconds.
    Busy(u32),
    /// The server says that it cannot answer now.
    Unavailable,
    /// The server refused with this status.
    Refused(u16),
    /// The server said something that this page does not understand.
    Garbled,
}
