mod decisions;
mod trouble;

use super::*;
use crate::server_state::ServerView;
use core::time::Duration;
use robert::phone::Unknown;

use Event::{Accept, Continue, Refuse};
use Person::{Johanna, Justin, Sylvie};

const OPENED: Moment = Moment::from_unix(1_795_000_000);
const MEETING: Meeting = Meeting::new(20, 8);

/// Tells a story to a server that always does what it is asked.
struct Teller {
    story: Story,
    now: Moment,
    code_is_good: bool,
    unknown: Option<Unknown>,
    done: Vec<Effect>,
}

impl Teller {
    fn new() -> Self {
        Self {
            story: Story::default(),
            now: OPENED,
            code_is_good: true,
            unknown: None,
            done: Vec::new(),
        }
    }

    fn after(events: &[Event]) -> Self {
        let mut teller = Self::new();
        for event in events {
            assert!(teller.tell(*event), "{event:?} at {:?}", teller.story.step);
        }
        teller
    }

    fn tell(&mut self, event: Event) -> bool {
        let taken = self.story.on(event);
        self.carry_on();
        taken
    }

    fn carry_on(&mut self) {
        while let Some(effect) = self.story.pending() {
            self.done.push(effect);
            let fact = self.fact(effect);
            self.story.learn(Outcome {
                messages: Vec::new(),
                phones: Each::default(),
                now: Some(self.now),
                fact,
            });
        }
    }

    fn fact(&mut self, effect: Effect) -> Fact {
        match effect {
            Effect::OpenRealm => Fact::Opened {
                now: OPENED,
                expires_at: OPENED + Duration::from_hours(1),
            },
            Effect::MoveTo(moment) => {
                self.now = self.now.max(moment);
                Fact::Moved
            }
            Effect::Register(_) => Fact::Registered,
            Effect::Bluetooth(..) => Fact::BluetoothSet,
            Effect::Meet(..) => Fact::Met { heard: 720 },
            Effect::HandOutCode(kind) => Fact::CodeHandedOut(Code {
                text: "AAAAA-AAAAA".to_owned(),
                kind,
                expires_at: self.now,
            }),
            Effect::Draft(_) => Fact::Drafted(Vec::new()),
            Effect::Report if self.code_is_good => Fact::Reported {
                contacts: 4,
                hellos: 240,
            },
            Effect::Report => Fact::CodeRefused,
            Effect::Ask(_) if let Some(why) = self.unknown => Fact::Unknown(why),
            Effect::Ask(person) => {
                let reported = matches!(self.story.report, Report::Accepted { .. });
                Fact::Answered(Answer {
                    at: self.now,
                    at_risk: reported && person != Johanna,
                })
            }
            Effect::Unregister(_) => Fact::Unregistered,
            Effect::EraseExposures(_) => Fact::ExposuresErased,
            Effect::Look => Fact::Seen(ServerView::default()),
            Effect::EndRealm => Fact::Ended,
        }
    }

    fn person(&self, person: Person) -> &Character {
        self.story.people.of(person)
    }
}

fn install() -> Vec<Event> {
    vec![Accept, Accept, Accept, Accept, Continue]
}

fn meet() -> Vec<Event> {
    [
        install(),
        vec![Accept, Accept, Accept, Event::Meet(MEETING), Continue],
    ]
    .concat()
}

fn warn() -> Vec<Event> {
    let report = vec![
        Event::Code(CodeKind::Long),
        Event::Onset(Onset::Unknown),
        Accept,
        Continue,
    ];
    [meet(), report].concat()
}

fn learn() -> Vec<Event> {
    [warn(), vec![Accept, Accept, Continue]].concat()
}
