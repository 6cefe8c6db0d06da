//! A life under a law: what each event brings, in the order of the texts.

mod what;

use core::time::Duration;

use decree::Regime;
use decree::article_2::{Onset, transfer_window};
use decree::article_3::{HISTORY_KEPT, processing_ends};
use decree::{Day, Moment};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use crate::input::{Event, Happening, Input, Refused};
use crate::paris;
use crate::sanction::{ARTICLE_9, ARTICLE_11, Reading, Scale, incurred};

pub use what::{Kind, What};

/// « à une distance […] telle qu'il existe un risque » (decree, 2-I-5), as the arrêté of 30 May 2020 sets it: one metre at
/// the most.
pub const METRES: f64 = 1.0;

/// « pendant une durée déterminée » (decree, 2-I-5), as the same arrêté sets it: fifteen minutes at the least.
pub const MINUTES: f64 = 15.0;

/// « interdit pour 14 jours à compter du signalement » (law, 7). The day of the notification is day 0, and day 14 is covered to
/// its end.
pub const DAYS_AT_HOME_POSITIVE: i32 = 14;

/// « interdit pour 7 jours à compter du signalement » (law, 8), counted in the same way.
pub const DAYS_AT_HOME_CONTACT: i32 = 7;

/// « dans un délai de 20 minutes » (law, 10-1): the twentieth is included.
pub const ANSWER_WITHIN: Duration = Duration::from_mins(20);

/// « entre 7 heures et 21 heures » (law, 10-1), both included to the second.
pub const REQUESTS: (Time, Time) = (Time::constant(7, 0, 0, 0), Time::constant(21, 0, 0, 0));

/// « préinstallée sur les équipements terminaux neufs à compter du 1er avril 2022 » (law, 1-III).
pub const PREINSTALLED_FROM: Date = Date::constant(2022, 4, 1);

/// « Toute personne de dix-huit ans ou plus » (law, 6).
pub const OF_AGE: i16 = 18;

/// A life, as one law sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Life {
    /// Under which law.
    #[serde(serialize_with = "name")]
    pub law: Regime,
    /// What it says, by moment, then by event, then in the order of the table in `docs/LIFE.md`.
    pub sequence: Vec<Entry>,
}

/// One thing that a law says of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// From when.
    #[serde(serialize_with = "moment")]
    pub at: Timestamp,
    /// Until when, if the text sets a term and it is known; exclusive, but for a portrait, which may still come at that second.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "moment_if_any"
    )]
    pub until: Option<Timestamp>,
    /// Of which kind it is.
    pub kind: Kind,
    /// What it is.
    pub what: What,
    /// Where the text says it.
    pub anchors: Vec<&'static str>,
    /// A fine, in euros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<u32>,
    /// Prison, in months.
    #[serde(rename = "prisonMonths", skip_serializing_if = "Option::is_none")]
    pub prison_months: Option<u32>,
    /// Whether it is so under another reading of the text alone, shown beside ours.
    #[serde(skip_serializing_if = "is_not")]
    pub reading: bool,
}

/// What a law makes of a life.
///
/// Events of before the law was in force give nothing, neither entries nor facts for later ones.
///
/// # Errors
/// [`Refused`] if a term ends later than dates can be written.
pub fn life(regime: Regime, input: &Input) -> Result<Life, Refused> {
    let in_force = paris::parse_date(regime.in_force_from());
    let mut state = State::new(regime, input);
    for (index, event) in input.events.iter().enumerate() {
        if in_force.is_some_and(|from| paris::date(event.at) >= from) {
            state.index = index;
            state
                .happen(*event)
                .ok_or_else(|| Refused::of_event(index, "at", "too late to count from"))?;
        }
    }
    state.close_requests();
    let mut found = state.found;
    // Stable: what one event brings stays in its order.
    found.sort_by_key(|(index, entry)| (entry.at, *index));
    Ok(Life {
        law: regime,
        sequence: found.into_iter().map(|(_, entry)| entry).collect(),
    })
}

/// What is known of the person between two events.
struct State<'a> {
    regime: Regime,
    input: &'a Input,
    /// The event that is being looked at.
    index: usize,
    /// With the index of the event that brings each.
    found: Vec<(usize, Entry)>,
    has_application: bool,
    /// As the person last chose.
    is_bluetooth_on: bool,
    /// When each contact was recorded that the phone may still keep.
    recorded: Vec<Timestamp>,
    /// Diagnosed or tested positive.
    is_positive: bool,
    is_notified: bool,
    /// Until when Article 7 of the law keeps the person at home, and Article 8.
    at_home: [Option<Timestamp>; 2],
    /// Requests for a portrait that count.
    requests: Vec<Request>,
    /// Dates on which Articles 6, 7 and 8 were broken.
    violations: Vec<Date>,
}

struct Request {
    index: usize,
    deadline: Timestamp,
    is_answered: bool,
}

impl<'a> State<'a> {
    const fn new(regime: Regime, input: &'a Input) -> Self {
        Self {
            regime,
            input,
            index: 0,
            found: Vec::new(),
            has_application: false,
            is_bluetooth_on: false,
            recorded: Vec::new(),
            is_positive: false,
            is_notified: false,
            at_home: [None; 2],
            requests: Vec::new(),
            violations: Vec::new(),
        }
    }

    /// `None` if a term ends later than dates can be written.
    fn happen(&mut self, Event { at, what }: Event) -> Option<()> {
        match self.regime {
            Regime::Decree2020650 => self.under_the_decree(at, what),
            Regime::LoudestSafe => self.under_the_law(at, what),
        }
    }

    fn under_the_decree(&mut self, at: Timestamp, what: Happening) -> Option<()> {
        match what {
            Happening::Installs => {
                self.has_application = true;
                self.say(at, Kind::May, What::Install, &["1-III"]);
                let end = self.processing_ends();
                self.store(at, end, What::KeysAndIdentifier, &["2-I-1", "2-I-2", "3-2"]);
            }
            Happening::BuysPhone => self.replace_phone(false),
            Happening::TurnsBluetoothOn | Happening::TurnsBluetoothOff => {
                self.is_bluetooth_on = what == Happening::TurnsBluetoothOn;
                self.say(at, Kind::May, What::ChooseToRecord, &["1-III"]);
            }
            Happening::Meets { metres, minutes } => {
                if metres <= METRES && minutes >= MINUTES {
                    self.record(at)?;
                }
            }
            Happening::Diagnosed | Happening::TestsPositive => {
                self.is_positive = true;
                self.say(at, Kind::May, What::NotifyResult, &["1-III"]);
            }
            Happening::Notifies { onset } => {
                if !self.is_positive {
                    self.say(at, Kind::Impossible, What::NotifyWithoutResult, &["2-I-8"]);
                    return Some(());
                }
                self.say(at, Kind::May, What::NotifyResult, &["1-III"]);
                let term = self.transmitted_until(onset, at)?;
                match self.processing_ends() {
                    Some(end) if end < term => {
                        let anchors = &["2-I-6", "3-4", "3-1"];
                        self.store(at, Some(end), What::ContactsOnServer, anchors);
                    }
                    _ => self.store(at, Some(term), What::ContactsOnServer, &["2-I-6", "3-4"]),
                }
                self.say(at, Kind::Forgotten, What::OnsetAndCode, &["2-I-8", "3-5"]);
            }
            Happening::IsNotified => {
                self.say(at, Kind::Informed, What::WasNearPositiveUser, &["2-I-6"]);
                self.say(at, Kind::May, What::ConsultDoctor, &["1-II-3"]);
            }
            Happening::PortraitRequested => {
                self.say(at, Kind::Impossible, What::BeIdentified, &["2-II"]);
            }
            Happening::Uninstalls => {
                self.has_application = false;
                self.recorded.clear();
                self.say(at, Kind::May, What::Uninstall, &["1-III"]);
                self.say(at, Kind::Forgotten, What::KeysAndIdentifier, &["3-2"]);
            }
            Happening::AsksAccess => {
                self.say(at, Kind::Impossible, What::AccessOwnData, &["4-1"]);
            }
            Happening::SignalsContact
            | Happening::EntersPublicPlace
            | Happening::LeavesHome
            | Happening::ComesHome
            | Happening::PortraitSent
            | Happening::WarnedBySms => {}
        }
        Some(())
    }

    fn under_the_law(&mut self, at: Timestamp, what: Happening) -> Option<()> {
        match what {
            Happening::Installs => {
                self.has_application = true;
                let end = self.emergency_ends();
                self.store(at, end, What::KeysAndIdentifier, &["2-I-1", "2-I-2", "3-2"]);
            }
            Happening::BuysPhone => {
                let is_preinstalled = paris::date(at) >= PREINSTALLED_FROM;
                self.replace_phone(is_preinstalled);
                if is_preinstalled {
                    let (end, anchors) =
                        (self.emergency_ends(), &["1-III", "2-I-1", "2-I-2", "3-2"]);
                    self.store(at, end, What::KeysAndIdentifier, anchors);
                }
            }
            Happening::TurnsBluetoothOn => self.is_bluetooth_on = true,
            Happening::TurnsBluetoothOff => self.is_bluetooth_on = false,
            Happening::Meets { .. } => self.record(at)?,
            Happening::Diagnosed | Happening::TestsPositive => {
                self.is_positive = true;
                self.say(at, Kind::Must, What::NotifyResult, &["1-IV"]);
            }
            Happening::Notifies { .. } => {
                if !self.is_positive {
                    self.say(at, Kind::Impossible, What::NotifyWithoutResult, &["2-I-8"]);
                    return Some(());
                }
                self.stay_at_home(at, DAYS_AT_HOME_POSITIVE, "7")?;
                self.store_without_term(at, What::ContactsOnServer, "2-I-6");
            }
            Happening::IsNotified => {
                self.is_notified = true;
                self.say(at, Kind::Informed, What::WasNearPositiveUser, &["2-I-6"]);
                self.say(at, Kind::Must, What::SignalContact, &["8"]);
            }
            Happening::SignalsContact => {
                if self.is_notified {
                    self.stay_at_home(at, DAYS_AT_HOME_CONTACT, "8")?;
                }
            }
            Happening::EntersPublicPlace => {
                if paris::date(at) >= of_age_from(self.input.born)? {
                    self.say(at, Kind::Must, What::HaveApplication, &["6"]);
                    if !self.has_application {
                        self.violate(at, What::NoApplicationInPublic, vec!["6", "9"]);
                    }
                }
            }
            Happening::LeavesHome => {
                let mut broken = self.isolations(at);
                if !broken.is_empty() {
                    broken.push("9");
                    self.violate(at, What::LeftHome, broken);
                }
            }
            Happening::PortraitRequested => self.request_portrait(at)?,
            Happening::PortraitSent => {
                let open = self
                    .requests
                    .iter_mut()
                    .find(|one| !one.is_answered && at <= one.deadline);
                if let Some(oldest) = open {
                    oldest.is_answered = true;
                }
                self.store_without_term(at, What::Portrait, "10-1");
                self.say(at, Kind::Forgotten, What::PortraitPlace, &["12"]);
            }
            Happening::WarnedBySms => {
                self.say(at, Kind::Must, What::AnswerWarning, &["10-2"]);
                self.say(at, Kind::Informed, What::OfficersMayCome, &["10-2"]);
            }
            Happening::Uninstalls => self.say(at, Kind::Impossible, What::Uninstall, &["1-IV"]),
            Happening::AsksAccess => {
                self.say(at, Kind::Impossible, What::AccessOwnData, &["4-1"]);
            }
            Happening::ComesHome => {}
        }
        Some(())
    }

    fn say(&mut self, at: Timestamp, kind: Kind, what: What, anchors: &[&'static str]) {
        self.push(self.index, Entry::new(at, kind, what, anchors.to_vec()));
    }

    fn push(&mut self, index: usize, entry: Entry) {
        self.found.push((index, entry));
    }

    /// Nothing is stored whose term is over when it begins.
    fn store(
        &mut self,
        at: Timestamp,
        until: Option<Timestamp>,
        what: What,
        anchors: &[&'static str],
    ) {
        if until.is_none_or(|until| until > at) {
            let mut entry = Entry::new(at, Kind::Stored, what, anchors.to_vec());
            entry.until = until;
            self.push(self.index, entry);
        }
    }

    /// What has no term of its own ends with the processing (3-1), if that is known.
    fn store_without_term(&mut self, at: Timestamp, what: What, anchor: &'static str) {
        match self.processing_ends() {
            Some(end) => self.store(at, Some(end), what, &[anchor, "3-1"]),
            None => self.store(at, None, what, &[anchor]),
        }
    }

    /// The law, 3-2: « durant toute la période de la crise sanitaire ».
    fn emergency_ends(&self) -> Option<Timestamp> {
        midnight(self.input.emergency_ends?)
    }

    /// Both, 3-1: six months later.
    fn processing_ends(&self) -> Option<Timestamp> {
        midnight(processing_ends(self.input.emergency_ends)?.day())
    }

    fn replace_phone(&mut self, has_application: bool) {
        self.has_application = has_application;
        self.recorded.clear();
    }

    /// Both, 2-I-5 and 3-3: fifteen times 24 hours, if both the application and Bluetooth are on; no longer than the
    /// processing (3-1), after which nothing is recorded.
    fn record(&mut self, at: Timestamp) -> Option<()> {
        let what = What::HistoryOnPhone;
        let term = later(at, HISTORY_KEPT)?;
        if !(self.has_application && self.is_bluetooth_on) {
            return Some(());
        }
        match self.processing_ends() {
            Some(end) if end <= at => return Some(()),
            Some(end) if end < term => {
                self.store(at, Some(end), what, &["2-I-5", "3-3", "3-1"]);
                self.say(end, Kind::Forgotten, what, &["3-1"]);
            }
            _ => {
                self.store(at, Some(term), what, &["2-I-5", "3-3"]);
                self.say(term, Kind::Forgotten, what, &["3-3"]);
            }
        }
        self.recorded.push(at);
        Some(())
    }

    /// The decree, 3-4: fifteen days from the recording by the phone of the last contact that is transmitted; if none is
    /// known, of one that would be recorded now.
    fn transmitted_until(&self, onset: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
        let moment = |at: Timestamp| u64::try_from(at.as_second()).ok().map(Moment::from_unix);
        let onset = match onset {
            // Before 1970, whatever is there is covered.
            Some(onset) => Onset::Known(moment(onset).unwrap_or(Moment::from_unix(0))),
            None => Onset::Unknown,
        };
        let window = transfer_window(onset, moment(at)?);
        let is_there = |recorded: &Timestamp| {
            moment(*recorded).is_some_and(|moment| window.contains(moment))
                && later(*recorded, HISTORY_KEPT).is_some_and(|end| end > at)
        };
        let last = self.recorded.iter().copied().filter(is_there).max();
        later(last.unwrap_or(at), HISTORY_KEPT)
    }

    /// The law, 7 and 8: from now on, and to the end of the last day.
    fn stay_at_home(&mut self, at: Timestamp, days: i32, article: &'static str) -> Option<()> {
        let end = paris::midnight_after(paris::date(at), days + 1)?;
        let [positive, contact] = &mut self.at_home;
        *(if article == "7" { positive } else { contact }) = Some(end);
        let mut entry = Entry::new(at, Kind::MustNot, What::LeaveHome, vec![article]);
        entry.until = Some(end);
        self.push(self.index, entry);
        Some(())
    }

    /// The articles that keep the person at home.
    fn isolations(&self, at: Timestamp) -> Vec<&'static str> {
        let both = ["7", "8"].into_iter().zip(self.at_home);
        let running = both.filter(|(_, until)| until.is_some_and(|until| at < until));
        running.map(|(article, _)| article).collect()
    }

    /// The law, 10-1.
    fn request_portrait(&mut self, at: Timestamp) -> Option<()> {
        let (from, to) = REQUESTS;
        if (from..=to).contains(&paris::time(at)) && !self.isolations(at).is_empty() {
            let deadline = later(at, ANSWER_WITHIN)?;
            let mut entry = Entry::new(at, Kind::Must, What::SendPortrait, vec!["10-1"]);
            entry.until = Some(deadline);
            self.push(self.index, entry);
            self.requests.push(Request {
                index: self.index,
                deadline,
                is_answered: false,
            });
        }
        Some(())
    }

    /// The law, 9: one event is one violation, whatever it breaks.
    fn violate(&mut self, at: Timestamp, what: What, anchors: Vec<&'static str>) {
        let on = paris::date(at);
        let entries = sanctions(
            ARTICLE_9,
            &self.violations,
            on,
            Entry::new(at, Kind::Sanction, what, anchors),
        );
        self.violations.push(on);
        for entry in entries {
            self.push(self.index, entry);
        }
    }

    /// The law, 11: what nobody answered is a breach, complete when its twenty minutes are over.
    fn close_requests(&mut self) {
        let mut earlier = Vec::new();
        for request in core::mem::take(&mut self.requests) {
            if !request.is_answered {
                let (at, what) = (request.deadline, What::PortraitNotSent);
                let entry = Entry::new(at, Kind::Sanction, what, vec!["10-1", "11"]);
                let on = paris::date(at);
                for entry in sanctions(ARTICLE_11, &earlier, on, entry) {
                    self.push(request.index, entry);
                }
                earlier.push(on);
            }
        }
    }
}

impl Entry {
    const fn new(at: Timestamp, kind: Kind, what: What, anchors: Vec<&'static str>) -> Self {
        Self {
            at,
            until: None,
            kind,
            what,
            anchors,
            amount: None,
            prison_months: None,
            reading: false,
        }
    }
}

/// What a violation incurs as this project reads the text, and beside it what differs under the other readings.
fn sanctions(scale: Scale, earlier: &[Date], on: Date, entry: Entry) -> Vec<Entry> {
    let under = |reading| incurred(scale, reading, earlier, on);
    let ours = under(Reading::Fourth);
    let others = [
        (Reading::Third, What::IfThirdSuffices),
        (Reading::FourTimesThree, What::IfTwelveAreNeeded),
    ];
    let of = |sanction: crate::sanction::Sanction, what, reading| Entry {
        what,
        amount: Some(sanction.amount),
        prison_months: sanction.prison_months,
        reading,
        ..entry.clone()
    };
    let beside = others
        .into_iter()
        .filter(|(reading, _)| under(*reading) != ours);
    core::iter::once(of(ours, entry.what, false))
        .chain(beside.map(|(reading, what)| of(under(reading), what, true)))
        .collect()
}

/// The day on which somebody comes of age: from its 00:00 on. Who was born on 29 February does on 1 March.
fn of_age_from(born: Date) -> Option<Date> {
    let year = born.year().checked_add(OF_AGE)?;
    let birthday = Date::new(year, born.month(), born.day());
    birthday.or_else(|_| Date::new(year, 3, 1)).ok()
}

fn later(at: Timestamp, by: Duration) -> Option<Timestamp> {
    at.checked_add(SignedDuration::try_from(by).ok()?).ok()
}

/// 00:00 of that date in Paris.
fn midnight(day: Day) -> Option<Timestamp> {
    paris::midnight(paris::parse_date(&day.to_string())?)
}

fn name<S: Serializer>(law: &Regime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(law.name())
}

fn moment<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&paris::written(*at))
}

fn moment_if_any<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => moment(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_not(flag: &bool) -> bool {
    !*flag
}
