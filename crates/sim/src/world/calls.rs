//! What people ask of the server, and what each is told.

use core::time::Duration;

use decree::Moment;
use rand_core::Rng;
use robert::auth::AuthRequest;
use robert::phone::{Phone, Unknown};
use robert::{Id, Time32};
use wire::Refusal;
use wire::api::{RISK_HIGH, ReportRequest};
use wire::code::{Code, Kind};

use super::World;
use super::told::{Asked, Call, Told, work_needed};
use crate::kernel::TaskId;
use crate::model::same;
use crate::people::Person;
use crate::shell::{Answer, Answered, BEGIN, Owner, SHARDS};
use crate::{Asking, Decoy, Finding, PEOPLE, Reply, Which, Who, parameters};

/// In so many seconds nobody takes a request any more.
const TOO_LATE: u32 = 300;

/// Who asks, and what becomes of the answer.
type By = (Who, Reply);

impl World {
    pub(super) fn register(&mut self, who: Who, reply: Reply) -> Result<(), Finding> {
        let Self { people, rng, .. } = self;
        let Some(person) = people.get_mut(usize::from(who)) else {
            return Ok(());
        };
        let Ok(public) = person.phone.register(rng) else {
            return Ok(());
        };
        let (task, answered) = self.shell.register(&public);
        self.person(who)?.registering = Some(task);
        self.begin(task, answered, Asked::Register(None), (who, reply))
    }

    pub(super) fn hand_out(&mut self, kind: Kind) -> Result<Option<String>, Finding> {
        let before = self.codes.len();
        let (task, answered) = self.shell.hand_out(kind);
        self.begin(task, answered, Asked::HandOut(kind), (0, Reply::Comes))?;
        Ok(self.codes.get(before).cloned())
    }

    pub(super) fn report(&mut self, who: Who, which: Which, reply: Reply) -> Result<(), Finding> {
        let code = match which {
            Which::Fresh => self.at_leisure(|world| world.hand_out(Kind::Long))?,
            Which::Old(number) => {
                let number = usize::from(number).checked_rem(self.codes.len());
                number.and_then(|number| self.codes.get(number)).cloned()
            }
        };
        let (Some(code), now) = (code, self.shell.now()) else {
            return Ok(());
        };
        match self.person(who)?.send(&code, now)? {
            Some(body) => self.try_code((who, reply), &code, &body),
            None => Ok(()),
        }
    }

    pub(super) fn retry(&mut self, who: Who, reply: Reply) -> Result<(), Finding> {
        let now = self.shell.now();
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
        self.try_code((who, reply), &code, &body)
    }

    /// Sends a decoy.
    pub(super) fn decoy(&mut self, who: Who, made: Decoy) -> Result<(), Finding> {
        let now = self.shell.now();
        let Self { people, rng, .. } = self;
        let person = people.get_mut(usize::from(who));
        let Some(person) = person else {
            return Ok(());
        };
        let Some(body) = person.make_decoy(made, now, rng)? else {
            return Ok(());
        };
        let (task, answered) = self.shell.report(&body, true);
        let asked = Asked::Report {
            code: None,
            short_at: None,
            body,
        };
        self.begin(task, answered, asked, (who, Reply::Comes))
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
            let body = body.map_err(Finding::of)?;
            // No phone waits for the answer.
            self.at_leisure(|world| world.try_code((PEOPLE, Reply::Comes), &guess, &body))?;
        }
        Ok(())
    }

    /// Sends a report, whoever made it.
    fn try_code(&mut self, by: By, code: &str, body: &[u8]) -> Result<(), Finding> {
        let code = Code::parse(code).map_err(Finding::of)?;
        let short_at = match code.kind() {
            Kind::Short => Some(self.shell.intake_of(&code)),
            Kind::Long => None,
        };
        let (task, answered) = self.shell.report(body, false);
        let asked = Asked::Report {
            code: Some(code.canonical().to_owned()),
            short_at,
            body: body.to_vec(),
        };
        self.begin(task, answered, asked, by)
    }

    pub(super) fn ask(&mut self, who: Who, asking: Asking, reply: Reply) -> Result<(), Finding> {
        let now = self.shell.now();
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
        let (task, answered) = self.shell.status(request);
        let asked = Asked::Ask {
            id,
            request,
            asking,
        };
        self.begin(task, answered, asked, (who, reply))
    }

    pub(super) fn unregister(&mut self, who: Who, reply: Reply) -> Result<(), Finding> {
        let Some((id, request)) = self.erasure(who, Phone::unregister)? else {
            return Ok(());
        };
        let (task, answered) = self.shell.unregister(request);
        let asked = Asked::Erase {
            id,
            request,
            closes: true,
        };
        self.begin(task, answered, asked, (who, reply))
    }

    pub(super) fn delete_history(&mut self, who: Who, reply: Reply) -> Result<(), Finding> {
        let Some((id, request)) = self.erasure(who, Phone::delete_exposures)? else {
            return Ok(());
        };
        let (task, answered) = self.shell.delete_history(request);
        let asked = Asked::Erase {
            id,
            request,
            closes: false,
        };
        self.begin(task, answered, asked, (who, reply))
    }

    /// What is refused changes nothing, and makes no work: no safe is filled for it.
    pub(super) fn delete_too_late(&mut self, who: Who) -> Result<(), Finding> {
        let Some((id, mut request)) = self.erasure(who, Phone::delete_exposures)? else {
            return Ok(());
        };
        request.time = Time32::from_seconds(request.time.seconds() - TOO_LATE);
        let (task, answered) = self.shell.delete_history(request);
        let asked = Asked::Erase {
            id,
            request,
            closes: false,
        };
        self.begin(task, answered, asked, (who, Reply::Comes))?;
        if self.shell.kernel.has_filled(task) {
            return Err(Finding::new("a request that is refused fills a safe"));
        }
        Ok(())
    }

    fn erasure(
        &mut self,
        who: Who,
        request: fn(&mut Phone, Moment) -> Result<AuthRequest, robert::phone::Refusal>,
    ) -> Result<Option<(Id, AuthRequest)>, Finding> {
        let now = self.shell.now();
        let person = self.person(who)?;
        let request = request(&mut person.phone, now).ok();
        Ok(person.id.zip(request))
    }

    /// A call begins; what comes next may happen beside it.
    fn begin(
        &mut self,
        task: TaskId,
        answered: Answered,
        asked: Asked,
        (who, reply): By,
    ) -> Result<(), Finding> {
        let mut call = Call {
            asked,
            who,
            reply,
            began: self.shell.now(),
            answered,
            allowed: Vec::new(),
            done: None,
            is_over: false,
        };
        call.allow(&self.model);
        self.calls.insert(task, call);
        if let Reply::Gone(turns) = reply {
            self.shell.kernel.drop_after(task, turns);
        }
        self.follow(task)
    }

    /// A call is over: what its caller is told must be what was done, or would have been.
    pub(super) fn over(&mut self, task: TaskId) -> Result<(), Finding> {
        let struck = self.shell.kernel.is_struck(task);
        let Some(mut call) = self.calls.remove(&task) else {
            return Ok(());
        };
        call.is_over = true;
        let answer = call.answered.take();
        if struck {
            self.tally.struck += 1;
            self.tally.kept += u64::from(call.done.is_some() && !matches!(answer, Some(Ok(_))));
            self.struck_calls.push(call.began);
            match call.asked {
                Asked::Register(_) => self.struck_registrations.push(call.began),
                Asked::Erase { closes: false, .. } => self.struck_deletions.push(call.began),
                _ => {}
            }
        }
        let outcome = match answer {
            None => Ok(()),
            Some(Ok(answer)) => self.told(&call, task, answer),
            Some(Err(refusal)) => self.refused(&call, refusal, struck),
        };
        // What was given up may still be done.
        if struck {
            self.calls.insert(task, call);
        }
        outcome
    }

    /// Two visitors come, one after the other. In a demo realm nothing is put off: what a report brings is known at once.
    pub(super) fn visit(&mut self) -> Result<(), Finding> {
        let (task, answered) = self.shell.visit();
        self.begin(task, answered, Asked::Visit, (PEOPLE, Reply::Comes))
    }

    fn told(&mut self, call: &Call, task: TaskId, answer: Answer) -> Result<(), Finding> {
        match answer {
            Answer::Visited(at_risk) => {
                self.tally.visits += 1;
                return same("a visitor's phone is at risk", at_risk, true);
            }
            Answer::Haunted => return Err(Finding::new("a visitor finds what another left")),
            Answer::TurnedAway => return Ok(()),
            _ => {}
        }
        let done = call.done.as_ref();
        let done = done.ok_or_else(|| Finding::new("what was not done is said to be"))?;
        let comes = call.reply == Reply::Comes;
        match (&call.asked, answer) {
            (Asked::Register(account), Answer::Registered(auth_key, pseudonyms, reply)) => {
                parameters::check(&reply.config)?;
                let (server, now) = (self.shell.public_key(), self.shell.now());
                // It may have been closed with all others meanwhile.
                let opened = account.filter(|id| self.model.has_opened(*id));
                let person = self.person(call.who)?;
                // One that began again takes no other answer.
                if let (true, Some(id)) = (comes && person.registering == Some(task), opened) {
                    let taken = person.phone.registered(&server, &reply.tuples, now);
                    taken.map_err(Finding::of)?;
                    person.phone.switch_bluetooth(true);
                    person.id = Some(id);
                    person.owner = Some(Owner {
                        id,
                        auth_key,
                        pseudonyms,
                    });
                    self.model.adopt(id)?;
                }
                Ok(())
            }
            (Asked::HandOut(kind), Answer::HandedOut(code, until)) => {
                self.model.hand_out(&canonical(&code)?, *kind, until);
                self.codes.push(code);
                Ok(())
            }
            (Asked::Report { code, body, .. }, Answer::Done) => {
                same("report", &Ok(false), done)?;
                if let (true, Some(_)) = (comes, code) {
                    self.settle_report(call.who, body, Phone::accepted)?;
                }
                Ok(())
            }
            (Asked::Ask { id, asking, .. }, Answer::Told(status)) => {
                let at_risk = status.risk_level == RISK_HIGH;
                same("at risk", &Ok(at_risk), done)?;
                self.tally.answers += 1;
                self.tally.alerts += u64::from(at_risk);
                parameters::check(&status.config)?;
                let (id, now) = (*id, self.shell.now());
                let person = self.person(call.who)?;
                if comes && *asking == Asking::Phone && person.id == Some(id) {
                    let taken = person
                        .phone
                        .answered(status.risk_level, &status.tuples, now);
                    taken.map_err(Finding::of)?;
                }
                Ok(())
            }
            (Asked::Erase { id, closes, .. }, Answer::Done) => {
                same("erasure", &Ok(false), done)?;
                let id = *id;
                let person = self.person(call.who)?;
                if comes && *closes && person.id == Some(id) {
                    person.phone.erase_all();
                    (person.id, person.sent) = (None, None);
                }
                Ok(())
            }
            _ => Err(Finding::new("a call was answered as another")),
        }
    }

    fn refused(&mut self, call: &Call, refusal: Refusal, struck: bool) -> Result<(), Finding> {
        if !struck {
            self.tally.refusals += 1;
        }
        let refusal = match refusal {
            Refusal::WorkNeeded(_) => work_needed(),
            other => other,
        };
        // Of a visit nobody knows what was done twice.
        if struck && matches!(call.asked, Asked::Visit) {
            return Ok(());
        }
        let is_excused =
            (struck && refusal == Refusal::Unavailable) || self.is_out_of_safes(call, &refusal)?;
        if !is_excused {
            let told: Told = Err(refusal.clone());
            match &call.done {
                Some(done) => same("refusal", &told, done)?,
                None if call.allowed.contains(&told) => {}
                None => {
                    let allowed: Vec<_> = call
                        .allowed
                        .iter()
                        .map(|told| format!("{told:?}"))
                        .collect();
                    let allowed = allowed.join(" or ");
                    return Err(Finding(format!("refusal: {told:?}, and not {allowed}")));
                }
            }
        }
        match &call.asked {
            Asked::Report {
                code: Some(_),
                body,
                ..
            } if refusal == Refusal::UnknownCode && call.reply == Reply::Comes => {
                self.settle_report(call.who, body, Phone::refused)?;
            }
            Asked::Ask { id, .. } | Asked::Erase { id, .. } => {
                let (id, now) = (*id, self.shell.now());
                let was_forgotten = self.forgotten.contains(&id);
                let person = self.person(call.who)?;
                // The server knows it no more.
                if refusal == Refusal::UnknownIdentity
                    && call.reply == Reply::Comes
                    && person.id == Some(id)
                {
                    let why = person.phone.unknown_to_server(now);
                    person.id = None;
                    if was_forgotten && why == Unknown::BeforeTerm {
                        return Err(Finding::new(
                            "a phone does not know that its account was forgotten",
                        ));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// An intake whose safes are all being emptied takes no contacts for a minute.
    fn is_out_of_safes(&self, call: &Call, refusal: &Refusal) -> Result<bool, Finding> {
        const SAFES: usize = 4;
        if *refusal != Refusal::Unavailable || !matches!(call.asked, Asked::Report { .. }) {
            return Ok(false);
        }
        for intake in 0..SHARDS.intakes {
            if self.shell.transits(intake)?.len() >= SAFES {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The phone learns what became of its report, if that is the one that it waits for.
    fn settle_report(
        &mut self,
        who: Who,
        body: &[u8],
        learn: fn(&mut Phone) -> Result<(), robert::phone::Refusal>,
    ) -> Result<(), Finding> {
        let Some(person) = self.people.get_mut(usize::from(who)) else {
            return Ok(());
        };
        let is_sent = person.sent.as_ref().is_some_and(|(_, sent)| sent == body);
        if person.waits() && is_sent {
            learn(&mut person.phone).map_err(Finding::of)?;
        }
        Ok(())
    }
}

fn canonical(code: &str) -> Result<String, Finding> {
    let code = Code::parse(code).map_err(Finding::of)?;
    Ok(code.canonical().to_owned())
}
