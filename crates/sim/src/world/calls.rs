//! What people ask of the server, each answer compared with the model's.

use core::time::Duration;

use decree::Moment;
use rand_core::Rng;
use robert::auth::AuthRequest;
use robert::phone::Phone;
use robert::risk::AppliedContact;
use robert::{Contact, Heard, Id};
use wire::Refusal;
use wire::api::{RISK_HIGH, ReportRequest};
use wire::code::{Code, Kind};

use super::World;
use crate::model::{Expected, same};
use crate::people::Person;
use crate::shell::{Answered, BEGIN, SHARDS, Shell};
use crate::{Asking, Decoy, Finding, PEOPLE, Reply, Which, Who, parameters};

impl World {
    pub(super) fn register(&mut self, who: Who, reply: Reply) -> Result<(), Finding> {
        let (now, server) = (self.shell.now, self.shell.public_key());
        let Self { people, rng, .. } = self;
        let Some(person) = people.get_mut(usize::from(who)) else {
            return Ok(());
        };
        let Ok(public) = person.phone.register(rng) else {
            return Ok(());
        };
        let answered = self.shell.register(&public);
        self.count(&answered);
        let Answered {
            answer,
            done,
            struck,
        } = answered;
        match answer {
            Ok((owner, registered)) => {
                let id = owner.id;
                parameters::check(&registered.config)?;
                if reply == Reply::Lost {
                    self.model.register_orphan(now);
                    return Ok(());
                }
                self.model.register(id, now)?;
                let person = self.person(who)?;
                let taken = person.phone.registered(&server, &registered.tuples, now);
                taken.map_err(Finding::of)?;
                person.phone.switch_bluetooth(true);
                (person.id, person.owner) = (Some(id), Some(owner));
                Ok(())
            }
            Err(refusal) => {
                excused(&refusal, struck, Ok(()))?;
                if done {
                    self.model.register_orphan(now);
                }
                Ok(())
            }
        }
    }

    pub(super) fn hand_out(&mut self, kind: Kind) -> Result<Option<String>, Finding> {
        let Answered {
            answer,
            done,
            struck,
        } = self.shell.hand_out(kind);
        if done {
            self.model.issue(kind, self.shell.now);
        }
        match answer {
            Ok((code, until)) => {
                self.model.hand_out(&canonical(&code)?, kind, until);
                self.codes.push(code.clone());
                Ok(Some(code))
            }
            Err(refusal) => excused(&refusal, struck, Ok(())).map(|()| None),
        }
    }

    pub(super) fn report(&mut self, who: Who, which: Which, reply: Reply) -> Result<(), Finding> {
        let code = match which {
            Which::Fresh => self.hand_out(Kind::Long)?,
            Which::Old(number) => {
                let number = usize::from(number).checked_rem(self.codes.len());
                number.and_then(|number| self.codes.get(number)).cloned()
            }
        };
        let (Some(code), now) = (code, self.shell.now) else {
            return Ok(());
        };
        match self.person(who)?.send(&code, now)? {
            Some(body) => self.send(who, &code, &body, reply),
            None => Ok(()),
        }
    }

    pub(super) fn retry(&mut self, who: Who, reply: Reply) -> Result<(), Finding> {
        let now = self.shell.now;
        let waits = |on: &Who| self.people.get(usize::from(*on)).is_some_and(Person::waits);
        let Some(who) = (who..PEOPLE).chain(0..who).find(waits) else {
            return Ok(());
        };
        let Some((code, body, same)) = self.person(who)?.retry(now)? else {
            return Ok(());
        };
        if !same && now.since(BEGIN) < Duration::from_hours(15 * 24) {
            return Err(Finding::new("a report is not retried byte for byte"));
        }
        self.send(who, &code, &body, reply)
    }

    /// Sends a decoy.
    pub(super) fn decoy(&mut self, who: Who, made: Decoy) -> Result<(), Finding> {
        let now = self.shell.now;
        let Self { people, rng, .. } = self;
        let person = people.get_mut(usize::from(who));
        let Some(person) = person else {
            return Ok(());
        };
        let Some(body) = person.make_decoy(made, now, rng)? else {
            return Ok(());
        };
        let expected = self.model.expect_decoy(&body, now);
        let answered = self.shell.report(&body);
        self.count(&answered);
        if let Err(refusal) = &answered.answer {
            excused(refusal, answered.struck, Ok(()))?;
        }
        if let (true, Expected::Accepted) = (answered.done, expected) {
            self.tally.decoys += 1;
            self.model.accept_decoy(&body, now);
        }
        Ok(())
    }

    /// Somebody tries short codes that nobody was given, all at one intake.
    pub(super) fn guess(&mut self, intake: u16, times: u8) -> Result<(), Finding> {
        let intake = intake % SHARDS.intakes;
        for _ in 0..times {
            let guess = loop {
                let mut random = [0; 9];
                self.rng.fill_bytes(&mut random);
                let guess = Code::short(random);
                if self.shell.intake_of(&guess) == intake {
                    break guess.to_string();
                }
            };
            let body = serde_json::to_vec(&ReportRequest::new(&guess, Vec::new()));
            // What it is answered was compared with what it must be.
            let _: Result<(), Refusal> = self.try_code(&guess, &body.map_err(Finding::of)?)?;
        }
        Ok(())
    }

    fn send(&mut self, who: Who, code: &str, body: &[u8], reply: Reply) -> Result<(), Finding> {
        let answer = self.try_code(code, body)?;
        let phone = &mut self.person(who)?.phone;
        match (answer, reply) {
            (Ok(()), Reply::Comes) => phone.accepted().map_err(Finding::of),
            (Err(Refusal::UnknownCode), Reply::Comes) => phone.refused().map_err(Finding::of),
            _ => Ok(()),
        }
    }

    /// Sends a report, whoever made it.
    fn try_code(&mut self, code: &str, body: &[u8]) -> Result<Result<(), Refusal>, Finding> {
        let now = self.shell.now;
        let code = Code::parse(code).map_err(Finding::of)?;
        let short_at = match code.kind() {
            Kind::Short => Some(self.shell.intake_of(&code)),
            Kind::Long => None,
        };
        let code = code.canonical();
        let expected = self.model.expect_report(code, short_at, body, now);
        let answered = self.shell.report(body);
        self.count(&answered);
        let Answered {
            answer,
            done,
            struck,
        } = answered;
        // Each challenge is another one.
        let answer = answer.map_err(|refusal| match refusal {
            Refusal::WorkNeeded(_) => work_needed(),
            other => other,
        });
        let allowed = match &expected {
            Expected::Accepted | Expected::Repeated => Ok(()),
            Expected::WorkNeeded => Err(work_needed()),
            Expected::Refused(refusal) => Err(refusal.clone()),
        };
        match &answer {
            Ok(()) => same("report", Ok(()), allowed)?,
            Err(refusal) => excused(refusal, struck, allowed)?,
        }
        match expected {
            Expected::Accepted if done => {
                self.tally.reports += 1;
                let contacts = self.read_report(body)?;
                self.model.accept(code, body, contacts, now);
            }
            Expected::Repeated if done => self.tally.repeated += 1,
            Expected::WorkNeeded => self.tally.slowed += 1,
            // A refusal may be kept without being answered: what else it must not change is looked at with the figures.
            Expected::Refused(refusal) if done || answer.as_ref() == Err(&refusal) => {
                if let Some(intake) = short_at {
                    self.model.guess(intake, now);
                }
            }
            _ => {}
        }
        Ok(answer)
    }

    /// Whom a report names, and what of it each of them must get.
    fn read_report(&self, body: &[u8]) -> Result<Vec<(Id, AppliedContact)>, Finding> {
        let report = ReportRequest::read(body)
            .map_err(|_| Finding::new("a phone's report does not read"))?;
        let named = |contact: &Contact| {
            let (id, epoch) = *self.emitted.get(&contact.ebid.0)?;
            let heard = contact.hellos.iter().map(|hello| Heard {
                time: hello.time,
                collected: hello.collected,
                rssi: hello.rssi,
            });
            let hellos = heard.collect();
            Some((id, AppliedContact { epoch, hellos }))
        };
        let named: Option<Vec<_>> = report.contacts.iter().map(named).collect();
        named.ok_or_else(|| Finding::new("a report names a pseudonym that nobody had"))
    }

    pub(super) fn ask(&mut self, who: Who, asking: Asking, reply: Reply) -> Result<(), Finding> {
        let now = self.shell.now;
        let person = self.person(who)?;
        let asked = match asking {
            Asking::Phone => person.ask(now),
            Asking::Any(at) => person.owner_asks(at, now),
            Asking::Replay => person.asked,
        };
        let Some((request, id)) = asked else {
            return Ok(());
        };
        person.asked = asked;
        let expected = self.model.expect_status(id, &request, now);
        let answered = self.shell.status(request);
        self.count(&answered);
        let Answered {
            answer,
            done,
            struck,
        } = answered;
        if done {
            if let Err(refusal) = &expected {
                return Err(Finding(format!(
                    "a status was answered, and not refused: {refusal:?}"
                )));
            }
            self.model.answered(id, now);
        }
        let status = match answer {
            Ok(status) => status,
            Err(refusal) => {
                excused(&refusal, struck, expected.map(drop))?;
                return self.hear_refusal(who, id, &refusal, reply);
            }
        };
        let at_risk = status.risk_level == RISK_HIGH;
        same("at risk", Ok(at_risk), expected)?;
        self.tally.answers += 1;
        self.tally.alerts += u64::from(at_risk);
        parameters::check(&status.config)?;
        if reply == Reply::Comes && asking == Asking::Phone {
            let phone = &mut self.person(who)?.phone;
            let taken = phone.answered(status.risk_level, &status.tuples, now);
            taken.map_err(Finding::of)?;
        }
        Ok(())
    }

    pub(super) fn unregister(&mut self, who: Who, reply: Reply) -> Result<(), Finding> {
        let (answer, id) = match self.erase(who, Phone::unregister, Shell::unregister)? {
            Some((Answered { answer, done, .. }, id)) => {
                if done {
                    self.model.unregister(id, self.shell.now);
                    self.watch.erase(id);
                }
                (answer, id)
            }
            None => return Ok(()),
        };
        match answer {
            Ok(()) if reply == Reply::Comes => {
                let person = self.person(who)?;
                person.phone.erase_all();
                (person.id, person.sent) = (None, None);
                Ok(())
            }
            Ok(()) => Ok(()),
            Err(refusal) => self.hear_refusal(who, id, &refusal, reply),
        }
    }

    pub(super) fn delete_history(&mut self, who: Who, reply: Reply) -> Result<(), Finding> {
        match self.erase(who, Phone::delete_exposures, Shell::delete_history)? {
            Some((Answered { answer, done, .. }, id)) => {
                if done {
                    self.model.delete_history(id, self.shell.now);
                    self.watch.erase(id);
                }
                match answer {
                    Ok(()) => Ok(()),
                    Err(refusal) => self.hear_refusal(who, id, &refusal, reply),
                }
            }
            None => Ok(()),
        }
    }

    /// Asks for an erasure, if the phone can.
    fn erase(
        &mut self,
        who: Who,
        request: fn(&mut Phone, Moment) -> Result<AuthRequest, robert::phone::Refusal>,
        call: fn(&mut Shell, AuthRequest) -> Answered<()>,
    ) -> Result<Option<(Answered<()>, Id)>, Finding> {
        let now = self.shell.now;
        let person = self.person(who)?;
        let (Some(id), Ok(request)) = (person.id, request(&mut person.phone, now)) else {
            return Ok(None);
        };
        let expected = self.model.admits(id, &request, now);
        let answered = call(&mut self.shell, request);
        self.count(&answered);
        match &answered.answer {
            Ok(()) => same("erasure", Ok(()), expected.clone())?,
            Err(refusal) => excused(refusal, answered.struck, expected.clone())?,
        }
        if answered.done {
            same("erasure, kept", Ok(()), expected)?;
            self.tally.erasures += 1;
        }
        Ok(Some((answered, id)))
    }

    /// What a phone learns of a refusal: the server knows it no more.
    fn hear_refusal(
        &mut self,
        who: Who,
        of: Id,
        refusal: &Refusal,
        reply: Reply,
    ) -> Result<(), Finding> {
        let person = self.person(who)?;
        if *refusal == Refusal::UnknownIdentity && reply == Reply::Comes && person.id == Some(of) {
            person.phone.unknown_to_server();
            person.id = None;
        }
        Ok(())
    }
}

/// A refusal must be the one expected, or the 503 of something that was made to fail.
fn excused(refusal: &Refusal, struck: bool, expected: Result<(), Refusal>) -> Result<(), Finding> {
    if struck && *refusal == Refusal::Unavailable {
        return Ok(());
    }
    same("refusal", Err(refusal.clone()), expected)
}

fn work_needed() -> Refusal {
    Refusal::WorkNeeded(String::new())
}

fn canonical(code: &str) -> Result<String, Finding> {
    let code = Code::parse(code).map_err(Finding::of)?;
    Ok(code.canonical().to_owned())
}
