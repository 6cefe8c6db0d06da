//! What the story asks for, and what it learns: [`Story::on`](super::Story::on) queues effects, and
//! [`Story::learn`](super::Story::learn) takes the fact that the first of them gave.

use decree::Moment;
use decree::article_2::Onset;
use robert::phone::Unknown;

use super::facts::{Answer, Code, CodeKind, Drafted};
use crate::Person;
use crate::radio::Meeting;
use crate::server_state::ServerView;

/// What the story asks to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    /// Open a demo realm.
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
    /// Erase the demo realm.
    EndRealm,
}

/// What carrying out an effect taught.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
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
    Unknown(Unknown),
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
