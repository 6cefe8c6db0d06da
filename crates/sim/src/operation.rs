//! What can happen, and how lists of it are drawn.

use core::fmt;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::alarms::{Fate, Whose};
use crate::faulty::Failing;
use crate::kernel::{Aim, Mishap};

/// How many people there are.
pub const PEOPLE: u8 = 4;

/// One of them.
pub type Who = u8;

/// One thing that happens. What cannot be done at its moment (somebody who is not registered asks, somebody meets
/// themselves) does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Somebody registers.
    Register(Who, Reply),
    /// Two people are near each other, for so many times two minutes, one HELLO each time. Who has no account registers
    /// first.
    Meet(Who, Who, u8),
    /// A code is handed out, short or long, and not used yet.
    HandOut(bool),
    /// Somebody reports.
    Report(Who, Which, Reply),
    /// Somebody tries so many short codes that nobody was given, all at one intake.
    Guess(u16, u8),
    /// The first from here on whose report was not answered sends the same bytes again.
    Retry(Who, Reply),
    /// Somebody sends a decoy; its answer does not matter.
    Decoy(Who, Decoy),
    /// Somebody asks for their status.
    Ask(Who, Asking, Reply),
    /// Somebody closes their account.
    Unregister(Who, Reply),
    /// Somebody deletes what they were exposed to.
    DeleteHistory(Who, Reply),
    /// Somebody's request to delete comes minutes after it was signed.
    DeleteTooLate(Who),
    /// Time goes by.
    Wait(Span),
    /// Somebody does two things at once: the second begins when the first went on so often.
    Both(Who, Errand, Errand, u8, Known),
    /// The next call is left alone after so many turns: what comes then happens beside it.
    Beside(u8),
    /// The hourly wake-up comes now, and what comes next happens beside it.
    Wake,
    /// A visitor opens a demo realm, plays the story of two phones, and ends it.
    Visit,
    /// Something befalls the next letter of this kind.
    Befall(Aim, Mishap),
    /// Something befalls the next alarm of this class.
    Alarm(Whose, Fate),
    /// One of the engines fails once.
    Fail(u8, Failing),
    /// The next write of a vault, or else of a safe, fails: whether it is kept all the same.
    FailValue(bool, bool),
    /// The next arming of an alarm of this class fails: whether it is armed all the same.
    FailAlarm(Whose, bool),
    /// What was only in memory is gone, and whatever was under way.
    Restart,
    /// The host's clock is ahead while somebody asks and alarms ring, and then right again.
    Ahead(Who, Errand, Jump),
    /// Another root is listed before those that there are, if there is room; the process is started again for it.
    AddRoot,
    /// From here on traffic wakes the objects too, as where there is no cron trigger; the process is started again for it.
    ByTraffic,
    /// The same befalls so many deliveries, one after the other: registries are slow, or are not reached.
    Strain(Mishap, u8),
    /// The state of emergency ended six months ago: nothing of anybody may be left, and nobody is served.
    EndProcessing,
}

impl Operation {
    /// Whether people ask something in it.
    pub(crate) const fn is_asked(self) -> bool {
        matches!(
            self,
            Self::Register(..)
                | Self::Meet(..)
                | Self::HandOut(_)
                | Self::Report(..)
                | Self::Guess(..)
                | Self::Retry(..)
                | Self::Decoy(..)
                | Self::Ask(..)
                | Self::Unregister(..)
                | Self::DeleteHistory(..)
                | Self::DeleteTooLate(_)
                | Self::Ahead(..)
                | Self::Both(..)
        )
    }
}

/// What somebody does at the same time as something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Registers.
    Register,
    /// Reports, with a code handed out for it.
    Report,
    /// Sends the report once more that was not answered.
    Retry,
    /// Asks for their status.
    Ask,
    /// Asks the last question once more.
    AskAgain,
    /// Closes their account.
    Unregister,
    /// Deletes what they were exposed to.
    DeleteHistory,
}

/// What of keys is known when two things are done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// What was in memory.
    All,
    /// That is lost, so that both must fetch keys.
    Nothing,
    /// It is lost, and the first safe takes so many seconds to tell its key.
    Late(u8),
}

/// How the host's clock jumps, and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// So many days.
    pub days: u16,
    /// The process is started again just before.
    pub is_cold: bool,
    /// Until the call went on so often, or until all is done.
    pub turns: Option<u8>,
}

/// What becomes of the server's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The phone gets it.
    Comes,
    /// It is lost on the way.
    Lost,
    /// The phone goes away after the front went on so often, which then goes no further.
    Gone(u8),
}

/// Which code a report uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// A long one, handed out for it.
    Fresh,
    /// One of those handed out before, used or not.
    Old(u8),
}

/// What stands under the code of decoys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoy {
    /// What the phone makes: nobody.
    Phone,
    /// What the person's report would hold now, from a forger who has no code.
    Forged,
    /// The bytes of the last decoy once more.
    Again,
}

/// Who asks for a status, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// The phone, when the gap lets it.
    Phone,
    /// The phone's owner, who does not wait, under any of the pseudonyms that it got when it registered: one of days ago,
    /// or of days to come.
    Any(u8),
    /// The bytes of the last question once more.
    Replay,
}

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// So many seconds.
    Seconds(u8),
    /// So many minutes.
    Minutes(u8),
    /// So many hours.
    Hours(u8),
    /// So many days.
    Days(u8),
    /// Up to so many seconds before the next midnight.
    BeforeMidnight(u8),
    /// Up to the next alarm of an intake, if it comes soon; what comes next happens beside it.
    NextAlarm,
}

/// One operation, and the seed of every key, code and delay that is drawn while it lasts. Each has its own, so that the
/// others stay as they are when one is taken away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The seed.
    pub seed: u64,
    /// What happens.
    pub operation: Operation,
}

impl fmt::Debug for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} ({:016x})", self.operation, self.seed)
    }
}

/// Deliveries that are answered slowly, one after the other.
const SLOWED: u8 = 6;
/// Longest list drawn.
const LONGEST: usize = 60;

/// How lists are drawn.
pub fn cases() -> impl Strategy<Value = Vec<Step>> {
    // Another seed makes no step simpler.
    let step = (any::<u64>().no_shrink(), operation());
    let steps = vec(
        step.prop_map(|(seed, operation)| Step { seed, operation }),
        1..=LONGEST,
    );
    // Nobody is served after the end of the processing: so it comes late, and in few lists.
    let ends = prop_oneof![7 => Just(false), 1 => Just(true)];
    (steps, ends).prop_map(|(mut steps, ends)| {
        if ends {
            // Another than that of the end of the list: each draws the ids of deliveries.
            steps.push(Step {
                seed: 1,
                operation: Operation::EndProcessing,
            });
        }
        steps
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    let who = || 0..PEOPLE;
    prop_oneof![
        4 => (who(), reply()).prop_map(|(who, reply)| Operation::Register(who, reply)),
        14 => (who(), 1..PEOPLE, prop_oneof![Just(5), Just(8), Just(16)])
            .prop_map(|(one, on, times)| Operation::Meet(one, (one + on) % PEOPLE, times)),
        2 => any::<bool>().prop_map(Operation::HandOut),
        10 => (who(), which(), reply()).prop_map(|(who, which, reply)| Operation::Report(who, which, reply)),
        2 => (0..2_u16, prop_oneof![Just(2), Just(24), Just(51)])
            .prop_map(|(intake, times)| Operation::Guess(intake, times)),
        4 => (who(), reply()).prop_map(|(who, reply)| Operation::Retry(who, reply)),
        4 => (who(), decoy()).prop_map(|(who, made)| Operation::Decoy(who, made)),
        8 => (who(), asking(), reply()).prop_map(|(who, asking, reply)| Operation::Ask(who, asking, reply)),
        3 => (who(), reply()).prop_map(|(who, reply)| Operation::Unregister(who, reply)),
        4 => (who(), reply()).prop_map(|(who, reply)| Operation::DeleteHistory(who, reply)),
        1 => who().prop_map(Operation::DeleteTooLate),
        14 => span().prop_map(Operation::Wait),
        10 => (who(), errand(), errand(), 0..6_u8, known())
            .prop_map(|(who, one, other, turns, known)| Operation::Both(who, one, other, turns, known)),
        4 => (0..8_u8).prop_map(Operation::Beside),
        1 => Just(Operation::Wake),
        1 => Just(Operation::Visit),
        20 => (aim(), mishap()).prop_map(|(aim, mishap)| Operation::Befall(aim, mishap)),
        4 => (whose(), fate()).prop_map(|(whose, fate)| Operation::Alarm(whose, fate)),
        6 => (0..5_u8, failing()).prop_map(|(engine, failing)| Operation::Fail(engine, failing)),
        2 => any::<(bool, bool)>().prop_map(|(of_vault, kept)| Operation::FailValue(of_vault, kept)),
        3 => (whose(), any::<bool>()).prop_map(|(whose, kept)| Operation::FailAlarm(whose, kept)),
        4 => Just(Operation::Restart),
        2 => Just(Operation::AddRoot),
        2 => Just(Operation::ByTraffic),
        3 => (2..=5_u8).prop_map(|deliveries| Operation::Strain(Mishap::Unreached, deliveries)),
        4 => (3..=9_u8).prop_map(|seconds| Operation::Strain(Mishap::SlowAnswer(seconds), SLOWED)),
        // Further than keys are made ahead: else what is asked is done on another day. So are codes, which need no key.
        3 => (
            who(),
            errand().prop_filter("codes", |errand| *errand != Errand::Report),
            jump(),
        )
            .prop_map(|(who, errand, jump)| Operation::Ahead(who, errand, jump)),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        9 => Just(Reply::Comes),
        3 => Just(Reply::Lost),
        1 => (1..=3_u8).prop_map(Reply::Gone),
    ]
}

fn jump() -> impl Strategy<Value = Jump> {
    let turns = prop_oneof![Just(None), (0..30_u8).prop_map(Some)];
    (prop_oneof![Just(16), Just(365)], any::<bool>(), turns).prop_map(|(days, is_cold, turns)| {
        Jump {
            days,
            is_cold,
            turns,
        }
    })
}

fn known() -> impl Strategy<Value = Known> {
    prop_oneof![
        2 => Just(Known::All),
        2 => Just(Known::Nothing),
        1 => (1..=3_u8).prop_map(Known::Late),
    ]
}

fn errand() -> impl Strategy<Value = Errand> {
    prop_oneof![
        1 => Just(Errand::Register),
        2 => Just(Errand::Report),
        2 => Just(Errand::Retry),
        3 => Just(Errand::Ask),
        3 => Just(Errand::AskAgain),
        2 => Just(Errand::Unregister),
        3 => Just(Errand::DeleteHistory),
    ]
}

fn aim() -> impl Strategy<Value = Aim> {
    prop_oneof![
        10 => Just(Aim::Delivery),
        3 => Just(Aim::Registry),
        2 => Just(Aim::Intake),
        2 => Just(Aim::Vault),
        4 => Just(Aim::Safe),
        3 => Just(Aim::Emptying),
        3 => Just(Aim::Transit),
    ]
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![3 => Just(Which::Fresh), 1 => any::<u8>().prop_map(Which::Old)]
}

fn decoy() -> impl Strategy<Value = Decoy> {
    prop_oneof![2 => Just(Decoy::Phone), 2 => Just(Decoy::Forged), 1 => Just(Decoy::Again)]
}

fn asking() -> impl Strategy<Value = Asking> {
    prop_oneof![4 => Just(Asking::Phone), 2 => any::<u8>().prop_map(Asking::Any), 1 => Just(Asking::Replay)]
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        3 => (1..=120_u8).prop_map(Span::Seconds),
        4 => (1..=45_u8).prop_map(Span::Minutes),
        2 => (1..=20_u8).prop_map(Span::Hours),
        // A week is what an alert needs a contact to be younger than; on the eighteenth day after its last question
        // nobody can reach an account any more.
        1 => prop_oneof![2 => 1..=9_u8, 2 => 7..=8_u8, 1 => 17..=18_u8].prop_map(Span::Days),
        1 => (0..=120_u8).prop_map(Span::BeforeMidnight),
        3 => Just(Span::NextAlarm),
    ]
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        2 => Just(Mishap::Unreached),
        1 => Just(Mishap::Silence),
        3 => Just(Mishap::AnswerLost),
        3 => (1..=50_u8).prop_map(Mishap::Late),
        1 => (1..=9_u8).prop_map(Mishap::Late),
        2 => (1..=15_u8).prop_map(Mishap::SlowAnswer),
        2 => Just(Mishap::Refused),
        1 => (1..=3_u8).prop_map(Mishap::Dropped),
        1 => (1..=3_u8).prop_map(Mishap::Killed),
        2 => Just(Mishap::CutShort),
    ]
}

fn whose() -> impl Strategy<Value = Whose> {
    prop_oneof![3 => Just(Whose::Intake), 2 => Just(Whose::Registry), 2 => Just(Whose::Vault)]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Lost),
        (1..=1_440_u16).prop_map(Fate::Late),
        Just(Fate::Twice),
        Just(Fate::Early),
        Just(Fate::Gone),
    ]
}

fn failing() -> impl Strategy<Value = Failing> {
    prop_oneof![
        (0..24_u8, any::<bool>()).prop_map(|(after, ran)| Failing::Statement { after, ran }),
        (0..4_u8, any::<bool>()).prop_map(|(after, kept)| Failing::Commit { after, kept }),
    ]
}
