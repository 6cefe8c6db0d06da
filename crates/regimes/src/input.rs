//! Who the person is and what happens to them: read from JSON, or refused with the place and the reason.

use core::fmt;

use decree::Day;
use decree::article_3::processing_ends;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::paris::{self, parse_date, parse_moment};
use crate::unique::Unique;

/// A person, and what happens to them until a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The day of birth.
    pub born: Date,
    /// The day from whose 00:00 on the health emergency (« crise sanitaire ») is over; `None` while it lasts.
    pub emergency_ends: Option<Day>,
    /// The last day on which something happens.
    pub until: Date,
    /// What happens, in order; several things may happen at one moment, and then in the order given.
    pub events: Vec<Event>,
}

/// Something that happens to a person, or that they do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What can happen. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Happening {
    /// `installs`: the application.
    Installs,
    /// `buys-phone`: a new telephone, which replaces the one before.
    BuysPhone,
    /// `turns-bluetooth-on`.
    TurnsBluetoothOn,
    /// `turns-bluetooth-off`.
    TurnsBluetoothOff,
    /// `meets`: somebody whose application is on.
    Meets {
        /// How far they are from each other.
        metres: f64,
        /// For how long.
        minutes: f64,
    },
    /// `diagnosed`: positive, by a doctor.
    Diagnosed,
    /// `tests-positive`.
    TestsPositive,
    /// `notifies`: says in the application that they are positive, and transmits the history.
    Notifies {
        /// When the symptoms began, if the person says it: a day is its 00:00 in Paris.
        onset: Option<Timestamp>,
    },
    /// `is-notified`: learns from the application of a contact.
    IsNotified,
    /// `signals-contact`: says in the application that they were told of it.
    SignalsContact,
    /// `enters-public-place`.
    EntersPublicPlace,
    /// `leaves-home`.
    LeavesHome,
    /// `comes-home`.
    ComesHome,
    /// `portrait-requested`: the application asks for a portrait with its place.
    PortraitRequested,
    /// `portrait-sent`.
    PortraitSent,
    /// `warned-by-sms`: put on notice to send one.
    WarnedBySms,
    /// `uninstalls`: the application, or tries to.
    Uninstalls,
    /// `asks-access`: to the data that are kept about them.
    AsksAccess,
}

/// An input that is not understood or cannot be: where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The number of the event, from 1; `None` if it is none of the events.
    pub event: Option<usize>,
    /// The JSON path: `$.events[1].at`.
    pub path: String,
    /// Why, in a few words.
    pub reason: String,
}

impl fmt::Display for Refused {
    /// One line: `event 2, $.events[1].at: not a moment …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(number) = self.event {
            write!(f, "event {number}, ")?;
        }
        write!(f, "{}: {}", self.path, self.reason)
    }
}

impl core::error::Error for Refused {}

impl Refused {
    fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            event: None,
            path: path.into(),
            reason: reason.into(),
        }
    }

    /// Of the event at this index, from 0: of a member, or of the whole of it.
    pub(crate) fn of_event(index: usize, member: &str, reason: impl Into<String>) -> Self {
        let dot = if member.is_empty() { "" } else { "." };
        Self {
            event: Some(index + 1),
            path: format!("$.events[{index}]{dot}{member}"),
            reason: reason.into(),
        }
    }
}

const NO_DATE: &str = "not a date YYYY-MM-DD that the calendar holds";
const NO_ONSET: &str =
    "neither a date YYYY-MM-DD nor a moment with an offset that the calendar holds";
const NO_MOMENT: &str =
    "not a moment with an offset, as 2022-04-10T09:00:00+02:00, that the calendar holds";

impl Input {
    /// Reads an input, and checks what does not depend on a law.
    ///
    /// # Errors
    /// [`Refused`] if it is no JSON of this shape, if a member is unknown or missing, if a date is impossible, if events are
    /// out of order or later than the day `until`, or if something happens to a person who is not born yet.
    pub fn from_json(text: &str) -> Result<Self, Refused> {
        // A byte order mark may be passed over (RFC 8259, 8.1): some editors write one.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Unique(value) = serde_json::from_str(text).map_err(|error| {
            let kind = if error.is_data() {
                ""
            } else {
                "not JSON that can be read: "
            };
            Refused::new("$", format!("{kind}{}", one_line(&error)))
        })?;
        Self::from_value(&value)
    }

    /// The same, of a value that was read already.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_value(value: &Value) -> Result<Self, Refused> {
        let members = value
            .as_object()
            .ok_or_else(|| Refused::new("$", "not an object"))?;
        for name in members.keys() {
            if !["born", "emergencyEnds", "until", "events"].contains(&name.as_str()) {
                return Err(Refused::new("$", format!("no member {}", shown(name))));
            }
        }
        let date = |name: &str| {
            let text = members.get(name).and_then(Value::as_str);
            text.and_then(parse_date)
                .ok_or_else(|| Refused::new(format!("$.{name}"), NO_DATE))
        };
        let (born, until) = (date("born")?, date("until")?);
        let emergency_ends = match members.get("emergencyEnds") {
            None | Some(Value::Null) => None,
            Some(_) => {
                let day = date("emergencyEnds")?.to_string().parse();
                let refused = |error| Refused::new("$.emergencyEnds", format!("{error}"));
                let day: Day = day.map_err(refused)?;
                let end = processing_ends(Some(day)).map(|end| end.day().to_string());
                if end.and_then(|end| parse_date(&end)).is_none() {
                    return Err(Refused::new("$.emergencyEnds", "too late to count from"));
                }
                Some(day)
            }
        };
        let listed = members.get("events").and_then(Value::as_array);
        let listed = listed.ok_or_else(|| Refused::new("$.events", "not a list of events"))?;
        let mut events = Vec::<Event>::with_capacity(listed.len());
        for (index, value) in listed.iter().enumerate() {
            let event = event(value, born)
                .map_err(|(member, reason)| Refused::of_event(index, member, reason))?;
            let refused = |reason| Err(Refused::of_event(index, "at", reason));
            if events.last().is_some_and(|before| event.at < before.at) {
                return refused("earlier than the event before it");
            }
            if paris::date(event.at) < born {
                return refused("the person is not born yet");
            }
            if paris::date(event.at) > until {
                return refused("later than the day `until`");
            }
            events.push(event);
        }
        if until < born {
            return Err(Refused::new("$.until", "the person is not born yet"));
        }
        Ok(Self {
            born,
            emergency_ends,
            until,
            events,
        })
    }
}

/// An event, or the member that is wrong (empty: the whole) and why.
type EventOr<T> = Result<T, (&'static str, String)>;

fn event(value: &Value, born: Date) -> EventOr<Event> {
    let members = value.as_object().ok_or(("", "not an object".to_owned()))?;
    let at = members
        .get("at")
        .and_then(Value::as_str)
        .and_then(parse_moment);
    let at = at.ok_or(("at", NO_MOMENT.to_owned()))?;
    let name = members.get("what").and_then(Value::as_str);
    let name = name.ok_or(("what", "not the name of an event".to_owned()))?;
    let what = match name {
        "installs" => Happening::Installs,
        "buys-phone" => Happening::BuysPhone,
        "turns-bluetooth-on" => Happening::TurnsBluetoothOn,
        "turns-bluetooth-off" => Happening::TurnsBluetoothOff,
        "meets" => Happening::Meets {
            metres: quantity(members, "metres")?,
            minutes: quantity(members, "minutes")?,
        },
        "diagnosed" => Happening::Diagnosed,
        "tests-positive" => Happening::TestsPositive,
        "notifies" => Happening::Notifies {
            onset: onset(members, at, born)?,
        },
        "is-notified" => Happening::IsNotified,
        "signals-contact" => Happening::SignalsContact,
        "enters-public-place" => Happening::EntersPublicPlace,
        "leaves-home" => Happening::LeavesHome,
        "comes-home" => Happening::ComesHome,
        "portrait-requested" => Happening::PortraitRequested,
        "portrait-sent" => Happening::PortraitSent,
        "warned-by-sms" => Happening::WarnedBySms,
        "uninstalls" => Happening::Uninstalls,
        "asks-access" => Happening::AsksAccess,
        unknown => return Err(("what", format!("no event {}", shown(unknown)))),
    };
    let own: &[&str] = match what {
        Happening::Meets { .. } => &["metres", "minutes"],
        Happening::Notifies { .. } => &["onset"],
        _ => &[],
    };
    let is_known = |member: &str| member == "at" || member == "what" || own.contains(&member);
    match members.keys().find(|member| !is_known(member)) {
        Some(unknown) => Err(("", format!("{name} has no member {}", shown(unknown)))),
        None => Ok(Event { at, what }),
    }
}

fn quantity(members: &Map<String, Value>, name: &'static str) -> EventOr<f64> {
    let number = members.get(name).and_then(Value::as_f64);
    number
        .filter(|number| *number >= 0.0)
        .ok_or((name, "not a number from 0 on".to_owned()))
}

fn onset(members: &Map<String, Value>, at: Timestamp, born: Date) -> EventOr<Option<Timestamp>> {
    let value = match members.get("onset") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_str(),
    };
    let read = |text| {
        parse_date(text)
            .and_then(paris::midnight)
            .or_else(|| parse_moment(text))
    };
    let onset = value.and_then(read).ok_or(("onset", NO_ONSET.to_owned()))?;
    if onset > at {
        return Err(("onset", "later than the notification".to_owned()));
    }
    if paris::date(onset) < born {
        return Err(("onset", "the person is not born yet".to_owned()));
    }
    Ok(Some(onset))
}

/// What somebody wrote, in one line and not at any length.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    format!("{short:?}")
}

fn one_line(error: &serde_json::Error) -> String {
    error.to_string().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        Input::from_json(json).unwrap_err().to_string()
    }

    fn with_events(events: &str) -> String {
        format!(
            r#"{{"born":"1990-05-01","emergencyEnds":null,"until":"2022-06-30","events":[{events}]}}"#
        )
    }

    #[test]
    fn the_input_of_the_description_is_read() {
        let input = Input::from_json(&with_events(
            r#"{"at":"2022-04-10T09:00:00+02:00","what":"meets","metres":0.5,"minutes":20},
               {"at":"2022-04-10T07:00:00Z","what":"notifies","onset":"2022-04-08"},
               {"at":"2022-06-30T23:59:59+02:00","what":"comes-home"}"#,
        ));
        let input = input.unwrap();
        assert_eq!(input.events.len(), 3);
        assert_eq!(input.events[0].at, input.events[1].at);
        let short = r#"{"born":"1990-05-01","until":"1990-05-01","events":[]}"#;
        assert_eq!(Input::from_json(short).unwrap().emergency_ends, None);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let marked = format!("\u{feff}{}", with_events(""));
        assert!(Input::from_json(&marked).is_ok());
    }

    /// An event says so with its number; `until` alone only if nothing happens.
    #[test]
    fn who_is_not_born_yet_is_told_at_the_first_event() {
        let born = |events: &str| with_events(events).replace("1990-05-01", "2023-01-01");
        let event = r#"{"at":"2022-04-10T09:00:00+02:00","what":"installs"}"#;
        assert_eq!(
            refused(&born(event)),
            "event 1, $.events[0].at: the person is not born yet"
        );
        assert_eq!(refused(&born("")), "$.until: the person is not born yet");
    }

    #[test]
    fn no_name_stands_twice() {
        let event = r#"{"at":"2022-04-10T09:00:00+02:00","what":"installs","at":"2022-04-11T09:00:00+02:00"}"#;
        assert_eq!(
            refused(&with_events(event)),
            "$: \"at\" stands twice at line 1 column 158"
        );
        let until =
            r#"{"born":"1990-05-01","until":"2022-06-30","unt\u0069l":"2022-07-30","events":[]}"#;
        assert!(refused(until).starts_with("$: \"until\" stands twice"));
    }

    #[test]
    fn what_is_refused_says_where_and_why() {
        let event = |rest: &str| format!(r#"{{"at":"2022-04-10T09:00:00+02:00",{rest}}}"#);
        let at = |at: &str| format!(r#"{{"at":"{at}","what":"installs"}}"#);
        for (events, says) in [
            ("1".to_owned(), "event 1, $.events[0]: not an object"),
            (
                at("2022-02-30T09:00:00+01:00"),
                "event 1, $.events[0].at: not a moment",
            ),
            (
                at("2022-04-10T09:00:00"),
                "event 1, $.events[0].at: not a moment",
            ),
            (
                at("2022-07-01T00:00:00+02:00"),
                "event 1, $.events[0].at: later than the day",
            ),
            (
                at("2022-06-30T22:00:00Z"),
                "event 1, $.events[0].at: later than the day",
            ),
            (
                at("1990-04-30T23:59:59+02:00"),
                "event 1, $.events[0].at: the person is not born",
            ),
            (
                event(r#""what":"flies""#),
                "event 1, $.events[0].what: no event \"flies\"",
            ),
            (
                event(r#""what":7"#),
                "event 1, $.events[0].what: not the name of an event",
            ),
            (
                event(r#""what":"meets","metres":1"#),
                "event 1, $.events[0].minutes: not a number",
            ),
            (
                event(r#""what":"meets","metres":-1,"minutes":1"#),
                "event 1, $.events[0].metres: not",
            ),
            (
                event(r#""what":"installs","metres":1"#),
                "event 1, $.events[0]: installs has no member",
            ),
            (
                event(r#""what":"notifies","onset":"2022-02-29""#),
                "event 1, $.events[0].onset: neither a date",
            ),
            (
                event(r#""what":"notifies","onset":"2022-04-11""#),
                "event 1, $.events[0].onset: later than",
            ),
            (
                format!(
                    "{},{}",
                    at("2022-04-10T09:00:00+02:00"),
                    at("2022-04-10T06:59:59Z")
                ),
                "event 2, $.events[1].at: earlier than the event before it",
            ),
        ] {
            let refused = refused(&with_events(&events));
            assert!(refused.starts_with(says), "{events}: {refused}");
            assert!(!refused.contains('\n'));
        }
        for (json, says) in [
            ("", "$: not JSON"),
            ("[]", "$: not an object"),
            ("{}", "$.born: not a date"),
            (r#"{"born":"2021-02-29"}"#, "$.born: not a date"),
            (
                r#"{"born":"1990-05-01","until":"2022-06-31"}"#,
                "$.until: not a date",
            ),
            (
                r#"{"born":"1990-05-01","until":"1990-04-30","events":[]}"#,
                "$.until: the person is not born yet",
            ),
            (
                r#"{"born":"1990-05-01","until":"2022-06-30"}"#,
                "$.events: not a list",
            ),
            (r#"{"emergencyEnd":null}"#, "$: no member \"emergencyEnd\""),
            (
                r#"{"born":"1990-05-01","until":"2022-06-30","emergencyEnds":"soon"}"#,
                "$.emergencyEnds: not a date",
            ),
        ] {
            let refused = refused(json);
            assert!(refused.starts_with(says), "{json}: {refused}");
        }
    }
}
