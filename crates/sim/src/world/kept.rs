//! What an object kept moves the model on: at that moment, whatever its caller will be told.

use std::collections::{BTreeMap, BTreeSet};

use decree::Moment;
use objects::calls::{intake_calls, registry_calls};
use objects::{Call as _, ClassName, Head};
use robert::Id;
use robert::risk::AppliedContact;
use robert::{Contact, Heard};
use service::Class;
use service::record::Keeper;
use wire::api::ReportRequest;
use wire::code::Kind;

use super::World;
use super::told::{Asked, Call, told};
use crate::Finding;
use crate::kernel::{Name, Plant, TaskId};
use crate::model::{Expected, Model};
use crate::shell::{SHARDS, name};

/// What was stored when somebody last looked.
#[derive(Default)]
pub(super) struct Before {
    accounts: BTreeMap<u16, BTreeMap<Id, Keeper>>,
    codes: BTreeMap<u16, BTreeMap<[u8; 32], String>>,
    transits: BTreeMap<u16, BTreeSet<[u8; 16]>>,
}

/// What a caller has given up is not done any more: but for what a registry does in several steps, which it takes back.
fn check_work_begun_in_time(head: Head, now: Moment) -> Result<(), Finding> {
    const PATIENCE: u64 = 10;
    let in_one_step = [
        registry_calls::ApplyAll::NUMBER,
        registry_calls::Status::NUMBER,
    ];
    if in_one_step.contains(&head.number) && now.unix() >= head.sent + PATIENCE {
        return Err(Finding::new("something is done after its caller gave up"));
    }
    Ok(())
}

impl World {
    /// An object kept something in what this task began.
    pub(super) fn kept(
        &mut self,
        object: &Name,
        head: Option<Head>,
        root: TaskId,
    ) -> Result<(), Finding> {
        let now = self.shell.now();
        let with = head.map_or(now, |head| Moment::from_unix(head.now));
        let number = head.map(|head| head.number);
        match object.class {
            ClassName::Registry => {
                let index =
                    (0..SHARDS.registries).find(|index| name(Class::Registry, *index) == *object);
                let Some(index) = index else { return Ok(()) };
                // The planted fault lies about when it was sent.
                if let Some(head) = head.filter(|_| !self.shell.is_planted(Plant::HastyWord)) {
                    check_work_begun_in_time(head, now)?;
                }
                if number.is_some_and(|number| number != registry_calls::Wake::NUMBER) {
                    self.shell.check_has_alarm(object, root)?;
                }
                if number == Some(registry_calls::Status::NUMBER)
                    || number == Some(registry_calls::ApplyAll::NUMBER)
                {
                    self.shell.plant_day_of_writing(index)?;
                }
                if number == Some(registry_calls::ApplyAll::NUMBER) {
                    self.deferred = Some(with);
                    return Ok(());
                }
                self.kept_at_registry(index, number, root, with)
            }
            ClassName::Intake => {
                let index =
                    (0..SHARDS.intakes).find(|index| name(Class::Intake, *index) == *object);
                let Some(index) = index else { return Ok(()) };
                self.kept_at_intake(index, number, root, with)
            }
            ClassName::Vault => match self.shell.day_of_vault(object) {
                Some(day) => self.watch.note_keys(day, now),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn kept_at_registry(
        &mut self,
        index: u16,
        number: Option<u8>,
        root: TaskId,
        with: Moment,
    ) -> Result<(), Finding> {
        let after = self.shell.accounts(index)?;
        let before = self
            .before
            .accounts
            .insert(index, after.clone())
            .unwrap_or_default();
        let mut has_changed = false;
        for id in after.keys().filter(|id| !before.contains_key(*id)) {
            self.opened(*id, root, with)?;
            has_changed = true;
        }
        for (id, keeper) in &before {
            match after.get(id) {
                None => self.closed(*id, root, with)?,
                Some(now) if now != keeper => self.moved(*id, root, with)?,
                Some(_) => continue,
            }
            has_changed = true;
        }
        if number == Some(registry_calls::Register::NUMBER) && !has_changed {
            self.withdrawn(&after, root, with);
        }
        if number == Some(registry_calls::Status::NUMBER) {
            has_changed |= self.told_status(root, with)?;
        }
        if has_changed {
            self.changed(with)?;
        }
        Ok(())
    }

    fn opened(&mut self, id: Id, root: TaskId, with: Moment) -> Result<(), Finding> {
        match self.calls.get_mut(&root) {
            Some(Call {
                asked: Asked::Register(account),
                done,
                ..
            }) => {
                *account = Some(id);
                *done = Some(Ok(false));
                self.model.open_account(id, with)
            }
            _ => Err(Finding::new("an account was opened that nobody asked for")),
        }
    }

    fn closed(&mut self, id: Id, root: TaskId, with: Moment) -> Result<(), Finding> {
        match self.calls.get_mut(&root) {
            Some(Call {
                asked: Asked::Register(account),
                done,
                ..
            }) if *account == Some(id) => {
                (*account, *done) = (None, None);
                self.model.withdraw(id, with);
                Ok(())
            }
            Some(Call {
                asked:
                    Asked::Erase {
                        id: of,
                        request,
                        closes: true,
                    },
                done,
                ..
            }) if *of == id => {
                erasable(self.model.admits(id, request, with))?;
                *done = Some(Ok(false));
                self.model.unregister(id, with);
                self.watch.erase(id);
                self.tally.erasures += 1;
                Ok(())
            }
            _ if self.model.is_over => {
                self.model.close(id);
                self.watch.erase(id);
                Ok(())
            }
            _ if self.model.is_unreachable(id, with) => {
                self.check_unreachable(id, with)?;
                self.model.close(id);
                self.watch.erase(id);
                self.forgotten.insert(id);
                self.tally.forgotten += 1;
                Ok(())
            }
            _ => Err(Finding::new("an account was closed that nobody closed")),
        }
    }

    /// Of no pseudonym of this account that anybody ever held is there a key.
    fn check_unreachable(&self, id: Id, with: Moment) -> Result<(), Finding> {
        let of_phones = self.people.iter().filter(|person| person.id == Some(id));
        let of_phones = of_phones.flat_map(|person| person.phone.pseudonyms());
        let owners = self
            .people
            .iter()
            .filter_map(|person| person.owner.as_ref());
        let of_owners = owners.filter(|owner| owner.id == id);
        let of_owners = of_owners.flat_map(|owner| owner.pseudonyms.iter());
        let mut days = of_phones.chain(of_owners).map(|own| own.epoch.day());
        match days.all(|day| Model::is_forgotten(day, with)) {
            true => Ok(()),
            false => Err(Finding::new(
                "an account was forgotten that its phone can still name",
            )),
        }
    }

    /// An account that was to be taken back had been closed with all others.
    fn withdrawn(&mut self, after: &BTreeMap<Id, Keeper>, root: TaskId, with: Moment) {
        if let Some(Call {
            asked: Asked::Register(account),
            done,
            ..
        }) = self.calls.get_mut(&root)
            && let Some(id) = account.take_if(|id| !after.contains_key(id))
        {
            *done = None;
            self.model.withdraw(id, with);
        }
    }

    fn moved(&mut self, id: Id, root: TaskId, with: Moment) -> Result<(), Finding> {
        match self.calls.get_mut(&root) {
            Some(Call {
                asked:
                    Asked::Erase {
                        id: of,
                        request,
                        closes: false,
                    },
                done,
                ..
            }) if *of == id => {
                erasable(self.model.admits(id, request, with))?;
                *done = Some(Ok(false));
                self.model.delete_history(id, with);
                self.watch.erase(id);
                self.tally.erasures += 1;
                Ok(())
            }
            _ => Err(Finding::new("a history was deleted that nobody deleted")),
        }
    }

    fn told_status(&mut self, root: TaskId, with: Moment) -> Result<bool, Finding> {
        let Some(Call {
            asked: Asked::Ask { id, request, .. },
            done,
            ..
        }) = self.calls.get_mut(&root)
        else {
            return Ok(false);
        };
        let at_risk = self
            .model
            .expect_status(*id, request, with)
            .map_err(|refusal| {
                Finding(format!(
                    "a status was answered, and not refused: {refusal:?}"
                ))
            })?;
        *done = Some(Ok(at_risk));
        self.model.answered(*id, with);
        Ok(true)
    }

    fn kept_at_intake(
        &mut self,
        index: u16,
        number: Option<u8>,
        root: TaskId,
        with: Moment,
    ) -> Result<(), Finding> {
        let after = self.shell.codes(index)?;
        let before = self
            .before
            .codes
            .insert(index, after.clone())
            .unwrap_or_default();
        for (_, kind) in after.iter().filter(|(hash, _)| !before.contains_key(*hash)) {
            if kind == "stamp" {
                continue;
            }
            let kind = Kind::named(kind).ok_or_else(|| Finding::new("a code of no kind"))?;
            self.model.issue(kind, with);
            if let Some(call) = self.calls.get_mut(&root) {
                call.done = Some(Ok(false));
            }
        }
        let marks = self.shell.transits(index)?;
        let before = self
            .before
            .transits
            .insert(index, marks.clone())
            .unwrap_or_default();
        let opens_a_safe = !marks.is_subset(&before);
        // What is kept when a code is looked at is that it is wrong.
        let is_report = number == Some(intake_calls::Report::NUMBER);
        if is_report && !opens_a_safe || number == Some(intake_calls::Reserve::NUMBER) {
            self.reported(root, with, is_report)?;
        }
        Ok(())
    }

    /// A report was taken, or refused for good; when only its code was looked at, it is not taken yet.
    fn reported(&mut self, root: TaskId, with: Moment, is_whole: bool) -> Result<(), Finding> {
        let Some(Call {
            asked:
                Asked::Report {
                    code,
                    short_at,
                    body,
                },
            done,
            ..
        }) = self.calls.get_mut(&root)
        else {
            return Ok(());
        };
        let Some(code) = code.clone() else {
            if !is_whole {
                return Ok(());
            }
            let expected = self.model.expect_decoy(body, with);
            *done = Some(told(&expected));
            let body = body.clone();
            if let Expected::Accepted = expected {
                self.tally.decoys += 1;
                self.model.accept_decoy(&body, with);
                self.changed(with)?;
            }
            return Ok(());
        };
        let expected = self.model.expect_report(&code, *short_at, body, with);
        if !is_whole && matches!(expected, Expected::Accepted | Expected::Repeated) {
            return Ok(());
        }
        *done = Some(told(&expected));
        let (short_at, body) = (*short_at, body.clone());
        match expected {
            Expected::Accepted => {
                self.tally.reports += 1;
                let contacts = self.read_report(&body)?;
                self.model.accept(&code, &body, contacts, with);
                self.changed(with)
            }
            Expected::Repeated => {
                self.tally.repeated += 1;
                Ok(())
            }
            Expected::WorkNeeded => {
                self.tally.slowed += 1;
                Ok(())
            }
            Expected::Refused(_) => {
                if let Some(intake) = short_at {
                    self.model.guess(intake, with);
                }
                self.allow_more();
                Ok(())
            }
        }
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

    /// The model moved on: what is stored must have too, and calls under way may be told more.
    fn changed(&mut self, with: Moment) -> Result<(), Finding> {
        self.allow_more();
        self.look(with)
    }

    fn allow_more(&mut self) {
        let Self { calls, model, .. } = self;
        calls.values_mut().for_each(|call| call.allow(model));
    }
}

fn erasable(admitted: Result<(), wire::Refusal>) -> Result<(), Finding> {
    admitted.map_err(|refusal| {
        Finding(format!(
            "something was erased, and not refused: {refusal:?}"
        ))
    })
}
