//! The table of lines.

use core::fmt;

use crate::ClassName;

/// Most roots that are listed at once (`ROOT_SECRET`). Each costs another try wherever something is looked up by its
/// hash; two are needed while one replaces another.
pub const MAX_ROOTS: usize = 4;

/// What happened at an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The engine refused or failed, or a row has another shape than its column promises.
    StorageFailed,
    /// A stored value has another version, length or root than this release knows.
    Unreadable,
    /// The tables are those of a newer release.
    NewerTables,
    /// The configuration is not the one that the object was made with.
    Misplaced,
    /// An alarm's work failed; the alarm is armed again.
    PutOff,
    /// An alarm could not be armed again either.
    AlarmNotArmed,
    /// Somebody asked for the removal of a national object.
    RemovalForbidden,
    /// A letter has another version, or a number that this release does not know.
    OtherRelease,
    /// The reply to a letter has another version.
    NotUnderstood,
    /// No reply came, and none will.
    Failed,
    /// No reply came in time.
    LateAnswer,
    /// Days that are over have no figures yet.
    NotCollected,
    /// Keys are wrapped under an older root still.
    NotRewrapped,
    /// The timekeeper doubts the clock.
    ClockDoubted,
    /// The timekeeper believes the clock again.
    ClockBelieved,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 15] = [
        Self::StorageFailed,
        Self::Unreadable,
        Self::NewerTables,
        Self::Misplaced,
        Self::PutOff,
        Self::AlarmNotArmed,
        Self::RemovalForbidden,
        Self::OtherRelease,
        Self::NotUnderstood,
        Self::Failed,
        Self::LateAnswer,
        Self::NotCollected,
        Self::NotRewrapped,
        Self::ClockDoubted,
        Self::ClockBelieved,
    ];

    /// Its sentence. Releases share it, so that a filter of this release knows the lines of those before.
    const fn text(self) -> &'static str {
        match self {
            Self::StorageFailed => "storage failed",
            Self::Unreadable => {
                "a stored value is not readable: another release wrote it, or its root is not listed"
            }
            Self::NewerTables => "its tables are a newer version's; run that version again",
            Self::Misplaced => {
                "made for another realm, index or number of shards; restore the configuration"
            }
            Self::PutOff => "what was due could not be done; it will be tried again",
            Self::AlarmNotArmed => "an alarm could not be armed",
            Self::RemovalForbidden => {
                "a letter asked to remove a whole object of the national realm; it stays"
            }
            Self::OtherRelease => "a letter of another release came; it was not opened",
            Self::NotUnderstood => "an object did not understand a letter",
            Self::Failed => "an object failed",
            Self::LateAnswer => "an object did not answer in time",
            Self::NotCollected => "days that are over could not be collected yet",
            Self::NotRewrapped => {
                "keys could not be wrapped again under the newest root; they will be tried again"
            }
            Self::ClockDoubted => {
                "the clock is doubted; nothing is forgotten, closed or made until it went on for a day, or an operator \
                 confirms it"
            }
            Self::ClockBelieved => "the clock is believed again; what waited goes on",
        }
    }
}

/// What is wrong with a variable or a secret. A root is named by its number in the list, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// The role is none.
    Role,
    /// The server of demo realms is given the hash of the operator's key.
    OperatorOfDemo,
    /// What releases up to 0.2.0 were told by a variable.
    DemoIsNoVariable,
    /// There is no root.
    RootMissing,
    /// One is not what a root is.
    RootMalformed(usize),
    /// One is nothing but zeros.
    RootZero(usize),
    /// One can be read in this repository.
    RootPublished(usize),
    /// Two of them cannot be told apart.
    RootTwice,
    /// There are more than [`MAX_ROOTS`].
    TooManyRoots,
    /// The operator's hash is not one.
    OperatorKeyMalformed,
    /// The operator's hash is the hash of nothing: whoever sends no key would be the operator.
    OperatorKeyEmpty,
    /// The law is none that this project reads.
    Regime,
    /// Nobody would be free to refuse under that law.
    NotVoluntary,
    /// A number of shards is not possible.
    Shards,
    /// A number of groups is not possible.
    Groups,
    /// The ceiling of reports in a day is no number.
    ReportsADay,
    /// The end of the emergency is no date.
    EndMalformed,
    /// The end of the emergency stands in one of its two variables alone.
    EndNotRepeated,
}

impl Notice {
    /// Every notice.
    fn all() -> impl Iterator<Item = Self> {
        let fixed = [
            Self::Role,
            Self::OperatorOfDemo,
            Self::DemoIsNoVariable,
            Self::RootMissing,
            Self::RootTwice,
            Self::TooManyRoots,
            Self::OperatorKeyMalformed,
            Self::OperatorKeyEmpty,
            Self::Regime,
            Self::NotVoluntary,
            Self::Shards,
            Self::Groups,
            Self::ReportsADay,
            Self::EndMalformed,
            Self::EndNotRepeated,
        ];
        let numbered = (1..=MAX_ROOTS).flat_map(|number| {
            [
                Self::RootMalformed(number),
                Self::RootZero(number),
                Self::RootPublished(number),
            ]
        });
        fixed.into_iter().chain(numbered)
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role => f.write_str("ROLE must be national or demo"),
            Self::OperatorOfDemo => f.write_str(
                "ISSUER_KEY_SHA256 must not be set where ROLE is demo: whoever opens demo realms knows no operator",
            ),
            Self::DemoIsNoVariable => f.write_str(
                "DEMO has no effect as a variable: a second server with ROLE=demo serves demo realms, and the national \
                 one reaches it by a service of that name",
            ),
            Self::RootMissing => f.write_str(
                "ROOT_SECRET is missing: draw 32 random bytes and write them as 64 hexadecimal digits",
            ),
            Self::RootMalformed(number) => write!(
                f,
                "ROOT_SECRET: root {number} of the list is not 64 hexadecimal digits"
            ),
            Self::RootZero(number) => write!(
                f,
                "ROOT_SECRET: root {number} of the list is all zeros: draw one at random"
            ),
            Self::RootPublished(number) => write!(
                f,
                "ROOT_SECRET: root {number} of the list is published, as one of the tests' or of the documents': draw \
                 one at random (tests alone set ALLOW_TEST_ROOT=1)"
            ),
            Self::RootTwice => f.write_str(
                "ROOT_SECRET: two roots of the list are the same, or have the same id: draw another",
            ),
            Self::TooManyRoots => {
                write!(f, "ROOT_SECRET: at most {MAX_ROOTS} roots can be listed")
            }
            Self::OperatorKeyMalformed => f.write_str(
                "ISSUER_KEY_SHA256 is not 64 hexadecimal digits: the issuers' door is shut",
            ),
            Self::OperatorKeyEmpty => f.write_str(
                "ISSUER_KEY_SHA256 is the hash of an empty key: the issuers' door is shut",
            ),
            Self::Regime => {
                f.write_str("REGIME must be decree-2020-650, or empty, which says the same")
            }
            Self::NotVoluntary => f.write_str(
                "REGIME names a law under which nobody is free to refuse: no server runs under it",
            ),
            Self::Shards => f.write_str(
                "REGISTRY_SHARDS must be a power of two up to 256, INTAKE_SHARDS 1 to 256",
            ),
            Self::Groups => f.write_str("OPEN_GROUPS must be a number from 1 to 1024"),
            Self::ReportsADay => f.write_str(
                "REPORTS_A_DAY must be a whole number from 1 to 4294967295, or empty for no ceiling",
            ),
            Self::EndMalformed => f.write_str(
                "EMERGENCY_ENDED and EMERGENCY_ENDED_AGAIN must be dates, YYYY-MM-DD, or both empty",
            ),
            Self::EndNotRepeated => f.write_str(
                "EMERGENCY_ENDED and EMERGENCY_ENDED_AGAIN are not the same day: neither has an effect",
            ),
        }
    }
}

/// A line of the log: a fixed sentence and the class of an object, never which object, nor a value that came in. A safe's
/// name with a time would tell when somebody asked, was contacted or left; a demo realm's name is a visitor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// `storage failed: Registry`
    Object(Event, ClassName),
    /// `configuration: ROOT_SECRET: at most 4 roots can be listed`
    Configuration(Notice),
    /// The front got an error of the platform instead of an answer; who asked was told 503.
    RequestFailed,
    /// The server of demo realms does not answer the national one; visitors are told 503.
    DemoSilent,
    /// It answers again.
    DemoAnswers,
}

impl Line {
    /// What the front has to say.
    const FRONT: [Self; 3] = [Self::RequestFailed, Self::DemoSilent, Self::DemoAnswers];

    /// Every line that there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let objects = Event::ALL
            .into_iter()
            .flat_map(|event| ClassName::ALL.map(|class| Self::Object(event, class)));
        let notices = Notice::all().map(Self::Configuration);
        objects.chain(notices).chain(Self::FRONT)
    }

    /// The line that this text is; nothing when it is none. Releases up to 0.2.0 name the object
    /// (`storage failed: national/registry/3`): such a text is read as the line of its class.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let front = Self::FRONT
            .into_iter()
            .find(|line| line.to_string() == text);
        if front.is_some() {
            return front;
        }
        if let Some(notice) = text.strip_prefix(CONFIGURATION) {
            let known = Notice::all().find(|known| known.to_string() == notice);
            return known.map(Self::Configuration);
        }
        Event::ALL.into_iter().find_map(|event| {
            let object = text.strip_prefix(event.text())?.strip_prefix(": ")?;
            let mut classes = ClassName::ALL.into_iter();
            let class = classes.find(|class| {
                let mut parts = object.split('/');
                parts.any(|part| part.eq_ignore_ascii_case(class.text()))
            })?;
            Some(Self::Object(event, class))
        })
    }
}

const CONFIGURATION: &str = "configuration: ";

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(event, class) => write!(f, "{}: {}", event.text(), class.text()),
            Self::Configuration(notice) => write!(f, "{CONFIGURATION}{notice}"),
            Self::RequestFailed => f.write_str("a request could not be answered"),
            Self::DemoSilent => f.write_str(
                "the server of demo realms does not answer; visitors are told to come back",
            ),
            Self::DemoAnswers => f.write_str("the server of demo realms answers again"),
        }
    }
}
