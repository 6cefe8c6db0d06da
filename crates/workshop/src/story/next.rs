//! Where the story goes next.

use super::{App, Chapter, Event, Person, Report, Step, Story};

impl Story {
    /// The step that follows this event, once it is carried out.
    pub(super) fn next_step(&self, event: Event) -> Step {
        match (self.step, event) {
            (Step::Notices, Event::Accept) => Step::Install(Person::Sylvie),
            (Step::Notices, Event::Refuse) => Step::End(Chapter::Install),
            (Step::Install(person), Event::Accept | Event::Refuse) => {
                match Person::ALL.get(person.index() + 1) {
                    Some(next) => Step::Install(*next),
                    None => Step::End(Chapter::Install),
                }
            }
            (Step::End(Chapter::Install), Event::Continue) => self.bluetooth_after(None),
            (Step::Bluetooth(person), Event::Accept | Event::Refuse) => {
                self.bluetooth_after(Some(person))
            }
            (Step::Meeting, Event::Meet(_) | Event::Refuse) => Step::End(Chapter::Meet),
            (Step::End(Chapter::Meet), Event::Continue) => {
                if self.has_app(Person::Johanna) {
                    Step::TakeCode
                } else {
                    Step::End(Chapter::Warn)
                }
            }
            (Step::TakeCode, Event::Code(_)) => Step::Onset,
            (Step::Onset, Event::Onset(_)) => Step::Send,
            (Step::Send, Event::Accept) if matches!(self.report, Report::Accepted { .. }) => {
                Step::End(Chapter::Warn)
            }
            (Step::TakeCode | Step::Send, Event::Refuse) => Step::End(Chapter::Warn),
            (Step::End(Chapter::Warn), Event::Continue) => {
                self.asking([Person::Justin, Person::Sylvie])
            }
            (Step::Ask(Person::Justin), Event::Accept | Event::Refuse) => {
                self.asking([Person::Sylvie])
            }
            (Step::Ask(_), Event::Accept | Event::Refuse) => Step::End(Chapter::Learn),
            (Step::End(Chapter::Learn), Event::Continue) => self.fortnight(),
            (Step::Fortnight, Event::Advance(_) | Event::GoTo(_)) => self.fortnight(),
            (Step::Fortnight, Event::Continue) => Step::Erase,
            (Step::End(Chapter::Fortnight), Event::Continue) => Step::Erase,
            (Step::Erase, Event::Accept | Event::Refuse) => Step::End(Chapter::Receipt),
            (step, _) => self.still_possible(step),
        }
    }

    /// A step whose person has just uninstalled is skipped.
    fn still_possible(&self, step: Step) -> Step {
        match step {
            Step::Bluetooth(person) if !self.has_app(person) => self.bluetooth_after(Some(person)),
            Step::TakeCode | Step::Onset | Step::Send if !self.has_app(Person::Johanna) => {
                Step::End(Chapter::Warn)
            }
            Step::Ask(Person::Justin) if !self.has_app(Person::Justin) => {
                self.asking([Person::Sylvie])
            }
            Step::Ask(person) if !self.has_app(person) => Step::End(Chapter::Learn),
            step => step,
        }
    }

    fn bluetooth_after(&self, person: Option<Person>) -> Step {
        Person::ALL
            .into_iter()
            .find(|next| Some(*next) > person && self.has_app(*next))
            .map_or(Step::Meeting, Step::Bluetooth)
    }

    fn asking<const N: usize>(&self, order: [Person; N]) -> Step {
        order
            .into_iter()
            .find(|person| self.has_app(*person))
            .map_or(Step::End(Chapter::Learn), Step::Ask)
    }

    fn fortnight(&self) -> Step {
        if self.now() >= self.forgetting() {
            Step::End(Chapter::Fortnight)
        } else {
            Step::Fortnight
        }
    }

    fn has_app(&self, person: Person) -> bool {
        matches!(self.people.of(person).app, App::Installed | App::Unknown)
    }
}
