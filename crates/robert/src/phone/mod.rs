//! A phone: what it keeps, what it says on the air, what it sends, and what it forgets.
//!
//! A state machine without clock, network, radio or storage: the caller gives the moment, carries the messages and
//! keeps the bytes. Nothing here identifies a person, and nothing of a person is sent that they did not ask for: each step
//! of Article 1 III of the decree is a call of its own. What a phone sends unasked, its [decoys](Phone::decoy), holds
//! nothing of anybody, and begins only with a registration.
//!
//! | The person | Calls | The server's answer comes back through |
//! | --- | --- | --- |
//! | installs | [`Phone::new`], [`Phone::register`] | [`Phone::registered`] |
//! | meets people | [`Phone::switch_bluetooth`], [`Phone::emit`], [`Phone::hear`] | |
//! | wants to know | [`Phone::ask`] | [`Phone::answered`], or [`Phone::unknown_to_server`] on 430 |
//! | reports | [`Phone::draft`], [`Phone::send`], again [`Phone::retry`] | [`Phone::accepted`], [`Phone::refused`] |
//! | changes their mind | [`Phone::discard_draft`], [`Phone::delete_exposures`], [`Phone::erase_history`] | |
//! | leaves | [`Phone::unregister`] | [`Phone::erase_all`] |
//! | is one of many | [`Phone::next_decoy`], [`Phone::decoy`] | it is ignored |
//!
//! Everything that has a term under [`decree`] is dropped by the first call that comes after it, and never returned
//! past it even if none comes.
//!
//! ```
//! use decree::{Moment, article_2::Onset, article_3::Once};
//! use robert::phone::{Fate, Phone, ReportState};
//!
//! # struct Zeros;
//! # fn main() -> Result<(), robert::phone::Refusal> {
//! let noon = Moment::from_unix(1_592_049_600);
//! let (mut sylvie, mut johanna) = (Phone::new(), Phone::new());
//! johanna.switch_bluetooth(true);
//!
//! // One HELLO of 16 bytes comes in every ten seconds, for a quarter of an hour.
//! let hello = *b"\x46STOP COV\x12\x34 MAC\x05";
//! for seconds in (0..900).step_by(10) {
//!     johanna.hear(&hello, -45, noon + core::time::Duration::from_secs(seconds))?;
//! }
//!
//! // Bluetooth is off on Sylvie's: it hears nothing.
//! assert!(sylvie.hear(&hello, -45, noon).is_err());
//!
//! // Johanna looks at what would leave her phone, then sends it with the code that came with her test.
//! let evening = noon + core::time::Duration::from_hours(6);
//! let selection = johanna.draft(Onset::Unknown, evening)?;
//! assert_eq!(selection.meetings[0].fate(), Fate::Leaves);
//! let report = johanna.send(Once::new("1K3VC8CQX7".to_owned()), evening)?;
//! assert_eq!(report.contacts[0].hellos.len(), 90);
//! assert_eq!(johanna.report_state(), ReportState::AnswerUnknown);
//! johanna.accepted()?;
//! # Ok(())
//! # }
//! ```

mod decoy;
mod filter;
mod history;
mod identity;
mod refusal;
mod report;
mod saved;
mod selection;

use decree::{Day, Moment};
use rand_core::CryptoRng;

pub use self::decoy::MEAN_BETWEEN_DECOYS;
pub use self::filter::{Decision, Filter, Judgement, Mode, Sample};
pub use self::history::Recorded;
pub use self::refusal::Refusal;
pub use self::report::{CODE_BYTES, Report, ReportState};
pub use self::saved::RestoreError;
pub use self::selection::{
    Fate, MOST_BYTES, MOST_CONTACTS, MOST_HELLOS, MOST_HELLOS_OF_CONTACT, Meeting, Selection,
};

use self::history::History;
use self::identity::Identity;
use self::report::Reporting;
use crate::auth::{AuthRequest, Kind};
use crate::bundle::Tuple;
use crate::keys::{ClientPublic, ClientSecret, ServerPublic};
use crate::parameters::STATUS_GAP_EPOCHS;
use crate::{Epoch, Hello};

/// One phone with the application on it.
///
/// It holds secrets: they are wiped when it is dropped, and it cannot be printed.
///
/// ```compile_fail,E0277
/// println!("{:?}", robert::phone::Phone::new());
/// ```
#[derive(Default)]
pub struct Phone {
    account: Account,
    bluetooth: bool,
    history: History,
    reporting: Reporting,
    at_risk: Option<bool>,
    last_question: Option<Question>,
    next_decoy: Option<Moment>,
}

/// Registration.
impl Phone {
    /// The application just installed: unregistered, Bluetooth off, nothing kept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a key pair for a new account. The public half goes to the server; the answer comes back through
    /// [`Phone::registered`]. Asking again starts over with another pair.
    ///
    /// # Errors
    /// [`Refusal::AlreadyRegistered`].
    pub fn register(&mut self, rng: &mut impl CryptoRng) -> Result<ClientPublic, Refusal> {
        if let Account::Open(_) = self.account {
            return Err(Refusal::AlreadyRegistered);
        }
        let secret = ClientSecret::generate(rng);
        let public = secret.public();
        self.account = Account::Asking(secret);
        Ok(public)
    }

    /// Takes the server's answer: agrees on the two keys and opens the first bundle. The key pair is wiped.
    ///
    /// # Errors
    /// [`Refusal::NotAsked`]; [`Refusal::BadBundle`] if the bundle was not sealed for this key pair, and the phone can
    /// then still take the right one.
    pub fn registered(
        &mut self,
        server: &ServerPublic,
        tuples: &str,
        now: Moment,
    ) -> Result<(), Refusal> {
        let Account::Asking(secret) = &self.account else {
            return Err(Refusal::NotAsked);
        };
        let (auth_key, tuple_key) = secret.agree(server);
        let pseudonyms = identity::open(&tuple_key, tuples)?;
        self.account = Account::Open(Identity::new(auth_key, tuple_key, pseudonyms));
        // The gap between two questions is the account's, not the phone's.
        self.last_question = None;
        self.tick(now);
        Ok(())
    }

    /// Whether the phone holds the keys of an account.
    pub fn is_registered(&self) -> bool {
        matches!(self.account, Account::Open(_))
    }

    /// The server knows no such account any more (430): the phone must register again. Its history is intact, and a
    /// risk already shown stays. Says whether it was to be expected.
    pub fn unknown_to_server(&mut self, now: Moment) -> Unknown {
        let forgotten = self.forgotten_on().filter(|day| now >= day.start());
        self.account = Account::None;
        forgotten.map_or(Unknown::BeforeTerm, Unknown::ForgottenOn)
    }

    /// The day at whose first second (UTC) the server forgets this account, unless it answers a question before. Until
    /// then the phone can leave; from then on nobody can name the account, and the server answers 430. `None` without an
    /// account.
    pub fn forgotten_on(&self) -> Option<Day> {
        self.identity().ok()?.forgotten_on()
    }
}

/// Proximity.
impl Phone {
    /// Turns the proximity history on or off: « la faculté d'activer ou non » of Article 1 III.
    pub fn switch_bluetooth(&mut self, on: bool) {
        self.bluetooth = on;
    }

    /// Whether the phone emits and hears.
    pub fn bluetooth(&self) -> bool {
        self.bluetooth
    }

    /// The HELLO to emit now.
    ///
    /// # Errors
    /// [`Refusal::BluetoothOff`], [`Refusal::NotRegistered`], or [`Refusal::NoPseudonym`] if the phone has none for
    /// this epoch: asking for the status brings new ones.
    pub fn emit(&mut self, now: Moment) -> Result<Hello, Refusal> {
        self.tick(now);
        if !self.bluetooth {
            return Err(Refusal::BluetoothOff);
        }
        self.identity()?.hello(now).ok_or(Refusal::NoPseudonym)
    }

    /// Records a HELLO heard now at this calibrated level, in dBm. The phone cannot tell whose it is, nor whether it is
    /// genuine: only the server can.
    ///
    /// # Errors
    /// [`Refusal::BluetoothOff`], or [`Refusal::NotAHello`] for anything but 16 bytes.
    pub fn hear(&mut self, hello: &[u8], rssi: i8, now: Moment) -> Result<(), Refusal> {
        self.tick(now);
        if !self.bluetooth {
            return Err(Refusal::BluetoothOff);
        }
        let hello = hello.try_into().map_err(|_| Refusal::NotAHello)?;
        self.history.record(Recorded {
            at: now,
            hello: Hello::from_bytes(hello),
            rssi,
        });
        Ok(())
    }
}

/// Status.
impl Phone {
    /// Asks whether its owner is at risk: at most once every [`STATUS_GAP_EPOCHS`] epochs, as the server demands.
    ///
    /// # Errors
    /// [`Refusal::NotRegistered`], [`Refusal::TooSoon`], [`Refusal::NoPseudonym`].
    pub fn ask(&mut self, now: Moment) -> Result<AuthRequest, Refusal> {
        self.tick(now);
        if let Some(Question {
            gap_ends: Some(epoch),
            ..
        }) = self.last_question
        {
            return Err(Refusal::TooSoon {
                until: epoch.start(),
            });
        }
        let request = self.request(Kind::Status, now)?;
        let gap_ends =
            Epoch::at(now).and_then(|epoch| Epoch::new(epoch.number() + STATUS_GAP_EPOCHS));
        self.last_question = Some(Question {
            day: now.day(),
            gap_ends,
        });
        Ok(request)
    }

    /// Takes the answer: the risk level, of which only "some or none" is told, and a new bundle. Both, or nothing: a
    /// bundle that does not open shows that the answer is not the server's.
    ///
    /// # Errors
    /// [`Refusal::NotRegistered`], [`Refusal::UnknownRiskLevel`] above 4, [`Refusal::BadBundle`].
    pub fn answered(&mut self, risk_level: u8, tuples: &str, now: Moment) -> Result<(), Refusal> {
        if risk_level > HIGHEST_RISK_LEVEL {
            return Err(Refusal::UnknownRiskLevel);
        }
        let Account::Open(identity) = &mut self.account else {
            return Err(Refusal::NotRegistered);
        };
        identity.refill(tuples)?;
        self.at_risk = Some(risk_level > 0);
        self.tick(now);
        Ok(())
    }

    /// What the server last said, until it says otherwise; `None` before the first answer.
    pub fn at_risk(&self) -> Option<bool> {
        self.at_risk
    }

    /// The day of the last question (item 2-I-10): the phone keeps no more of it once the next may be asked.
    pub fn last_question(&self) -> Option<Day> {
        self.last_question.map(|question| question.day)
    }
}

/// Erasure.
impl Phone {
    /// Asks the server to delete this account's exposures: until [`Phone::forgotten_on`], however long the phone was off.
    ///
    /// # Errors
    /// [`Refusal::NotRegistered`], [`Refusal::NoPseudonym`].
    pub fn delete_exposures(&mut self, now: Moment) -> Result<AuthRequest, Refusal> {
        self.tick(now);
        self.request(Kind::DeleteHistory, now)
    }

    /// Asks the server to close this account: until [`Phone::forgotten_on`], however long the phone was off. Once it has,
    /// [`Phone::erase_all`] ends it here too.
    ///
    /// # Errors
    /// [`Refusal::NotRegistered`], [`Refusal::NoPseudonym`].
    pub fn unregister(&mut self, now: Moment) -> Result<AuthRequest, Refusal> {
        self.tick(now);
        self.request(Kind::Unregister, now)
    }

    /// Erases what the phone heard, and any report not yet answered with it.
    pub fn erase_history(&mut self) {
        self.history = History::default();
        if let Reporting::Drafted(_) | Reporting::AnswerUnknown(_) = self.reporting {
            self.reporting = Reporting::None;
        }
    }

    /// Erases everything, as uninstalling does: keys are wiped, and the phone is as [`Phone::new`] makes it.
    pub fn erase_all(&mut self) {
        *self = Self::new();
    }

    /// Forgets whatever is past its term at `now`. Every other call that is given the moment begins with this.
    pub fn tick(&mut self, now: Moment) {
        self.history.forget(now);
        self.reporting.forget(now);
        if let Account::Open(identity) = &mut self.account {
            identity.forget(now);
        }
        if let Some(question) = &mut self.last_question {
            question.gap_ends = question.gap_ends.filter(|epoch| now < epoch.start());
        }
    }
}

/// What the phone holds, for its owner to see.
impl Phone {
    /// What it heard (item 2-I-5), in order, each with the [moment](Recorded::forgotten_at) at which it is forgotten.
    pub fn history(&self, now: Moment) -> impl Iterator<Item = &Recorded> {
        self.history.kept(now)
    }

    /// Its own pseudonyms (item 2-I-4), in order of epoch.
    pub fn pseudonyms(&self) -> impl Iterator<Item = &Tuple> {
        self.identity().into_iter().flat_map(Identity::pseudonyms)
    }
}

impl Phone {
    fn identity(&self) -> Result<&Identity, Refusal> {
        match &self.account {
            Account::Open(identity) => Ok(identity),
            _ => Err(Refusal::NotRegistered),
        }
    }

    fn request(&self, kind: Kind, now: Moment) -> Result<AuthRequest, Refusal> {
        self.identity()?
            .request(kind, now)
            .ok_or(Refusal::NoPseudonym)
    }
}

/// Why the server does not know the phone (430).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The server has lost the account, or somebody closed it with this phone's keys.
    BeforeTerm,
    /// The account was forgotten on this day, as [`Phone::forgotten_on`] said: the phone had asked nothing for so long.
    ForgottenOn(Day),
}

const HIGHEST_RISK_LEVEL: u8 = 4;

#[derive(Default)]
enum Account {
    #[default]
    None,
    Asking(ClientSecret),
    Open(Identity),
}

/// The last question to the server: its day, and while the gap runs, the epoch in which the next one may be asked.
#[derive(Clone, Copy)]
struct Question {
    day: Day,
    gap_ends: Option<Epoch>,
}
