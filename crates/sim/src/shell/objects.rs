//! Alarms, deliveries and the wake-up: `worker::object::{registry, intake}` and `worker::wake`.

use core::time::Duration;

use decree::Moment;
use robert::Id;
use service::outbox::{self, Owed};
use service::registry;
use service::{Class, Failure, intake, schema};
use store::Sql;
use wire::Refusal;

use super::{HOUR, Mishap, Object, Plant, REALM, SHARDS, Shell, engine, place};

/// Deliveries that one read takes from the outbox, and reads that one pass makes at the most.
const BATCH: u32 = 32;
const BATCHES: u32 = 8;
/// When the alarm comes back should a pass be cut short.
const COME_BACK: Duration = Duration::from_secs(30);
/// Alarms come in whole seconds here.
const AT_ONCE: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_mins(10);
/// Whole days after the term on which a vault is looked at again.
const DAYS_BACK: u32 = 3;

/// A delivery that was given up and still arrives, with the time of its sending.
pub(super) struct Stray {
    arrives: Moment,
    sent: Moment,
    delivery: Owed,
}

/// Something happened by itself.
pub(crate) struct Happened {
    /// The time with which it was done.
    pub(crate) with: Moment,
    /// Whether what is stored is worth a look: a delivery may have been made, or what ended at midnight must be gone.
    pub(crate) shows: bool,
}

/// How a pass of deliveries ended.
enum Pass {
    Ended,
    CutShort,
}

impl Shell {
    /// The next thing that happens by itself up to this moment; the clock moves to it.
    pub(crate) fn happen(&mut self, until: Moment) -> Option<Happened> {
        let arrival = self.strays.iter().map(|stray| stray.arrives).min();
        let dues = [self.alarms.next_due(), arrival, Some(self.wake)];
        let due = dues
            .into_iter()
            .flatten()
            .min()
            .filter(|due| *due <= until)?;
        self.now = self.now.max(due);
        let now = self.now;
        if arrival == Some(due) {
            let index = self.strays.iter().position(|stray| stray.arrives == due)?;
            let Stray { sent, delivery, .. } = self.strays.remove(index);
            // Nobody waits for its answer.
            let _: Result<(), Refusal> = self.apply(sent, &delivery);
            return Some(Happened {
                with: sent,
                shows: true,
            });
        }
        if self.wake == due {
            self.wake = due + Duration::from_secs(HOUR);
            self.wake_all(now);
            return Some(Happened {
                with: now,
                shows: now.since(now.day().start()).as_secs() / HOUR == 1,
            });
        }
        let (object, times) = self.alarms.ring(now)?;
        for _ in 0..times {
            match object {
                Object::Registry(index) => self.registry_alarm(index, now),
                Object::Intake(index) => self.intake_alarm(index, now),
                Object::Vault(day) => self.vault_alarm(day, now),
            }
        }
        Some(Happened {
            with: now,
            shows: matches!(object, Object::Intake(_)),
        })
    }

    /// The cron trigger: every object makes sure that what is due gets done.
    pub(crate) fn wake_all(&mut self, now: Moment) {
        for index in 0..SHARDS.intakes {
            let _: Result<(), Failure> = self.arm_intake(index);
        }
        for index in 0..SHARDS.registries {
            self.empty_safes(index, now);
            if self.tick_registry(index, now).is_ok() {
                self.arm_registry(index, now);
            }
        }
        let days_back = match self.plant {
            Some(Plant::BlindWake) => 0,
            _ => DAYS_BACK,
        };
        for back in 0..days_back {
            let day = now.day().minus_days(decree::article_3::DAYS_KEPT + back);
            self.tick_vault(day, now);
        }
    }

    fn registry_alarm(&mut self, index: u16, now: Moment) {
        let object = Object::Registry(index);
        let Ok(sql) = engine(&self.registries, index) else {
            return;
        };
        let done = match schema::stored_place(sql, REALM, Class::Registry) {
            Ok(Some(_)) => {
                self.empty_safes(index, now);
                let ticked = self.tick_registry(index, now);
                self.arm_registry(index, now);
                ticked
            }
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        };
        match done {
            Ok(()) => drop(self.failures.remove(&object)),
            Err(_) => self.retry(object, now),
        }
    }

    fn tick_registry(&self, index: u16, now: Moment) -> Result<(), Failure> {
        if self.plant == Some(Plant::LatePurge) {
            return Ok(());
        }
        let sql = engine(&self.registries, index).map_err(Failure::Refused)?;
        registry::tick(sql, &place(Class::Registry, index), now)
    }

    /// Arms the alarm of the next midnight, if none is armed.
    pub(super) fn arm_registry(&mut self, index: u16, now: Moment) {
        let object = Object::Registry(index);
        if !self.alarms.is_armed(object) {
            self.alarms.set(object, now.day().plus_days(1).start());
        }
    }

    /// Arms the alarm for what is due next. With nothing due the platform's alarm comes back every half minute and
    /// finds nothing; here it does not.
    pub(super) fn arm_intake(&mut self, index: u16) -> Result<(), Failure> {
        let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
        match intake::next_due(sql)? {
            Some(due) => {
                let due = due.max(self.now + AT_ONCE);
                self.alarms.set(Object::Intake(index), due);
            }
            None => self.alarms.clear(Object::Intake(index)),
        }
        Ok(())
    }

    fn intake_alarm(&mut self, index: u16, now: Moment) {
        let done = self.intake_work(index, now);
        if done.is_err() {
            self.retry(Object::Intake(index), now);
        }
    }

    fn intake_work(&mut self, index: u16, now: Moment) -> Result<(), Failure> {
        let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
        if schema::stored_place(sql, REALM, Class::Intake)?.is_none() {
            return Ok(());
        }
        self.alarms.set(Object::Intake(index), now + COME_BACK);
        let delivered = self.deliver(index, now);
        if let Ok(Pass::CutShort) = delivered {
            return Ok(());
        }
        let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
        let ticked = intake::tick(sql, &place(Class::Intake, index), now);
        let retired = self.retire(index, now);
        delivered.map(drop).and(ticked).and(retired)?;
        self.arm_intake(index)
    }

    /// One more failure in a row: each waits twice as long.
    pub(super) fn retry(&mut self, object: Object, now: Moment) {
        let delay = self.delay(object);
        self.alarms.set(object, now + delay);
    }

    fn delay(&mut self, object: Object) -> Duration {
        let so_far = self.failures.entry(object).or_default();
        let delay = Duration::from_secs(1 << (*so_far).min(16)).min(LONGEST_DELAY);
        *so_far += 1;
        delay
    }

    /// One pass over what is due, each delivery acknowledged alone.
    fn deliver(&mut self, index: u16, now: Moment) -> Result<Pass, Failure> {
        let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
        if !schema::check(sql, &place(Class::Intake, index))? {
            return Ok(Pass::Ended);
        }
        let mut failed = false;
        for _ in 0..BATCHES {
            let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
            let owed = outbox::due(sql, now, BATCH)?;
            if owed.is_empty() {
                break;
            }
            for delivery in owed {
                let taken = match self.take_out(index, &delivery.body) {
                    Ok(taken) => taken,
                    Err(Failure::Refused(_)) => {
                        failed = true;
                        let later = now + self.delay(Object::Intake(index));
                        let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
                        intake::postpone_alike(sql, &delivery.body, now, later)?;
                        break;
                    }
                    Err(failure) => return Err(failure),
                };
                let answered = match taken {
                    Some(body) => self.deliver_one(
                        now,
                        &Owed {
                            body,
                            ..delivery.clone()
                        },
                    ),
                    // Of an old copy of this database: nothing opens it.
                    None => Some(Ok(())),
                };
                let answered = match answered {
                    None => return Ok(Pass::CutShort),
                    Some(_) if self.plant == Some(Plant::LostDelivery) => Ok(()),
                    Some(answered) => answered,
                };
                if answered.is_err() {
                    failed = true;
                    let later = now + self.delay(Object::Intake(index));
                    let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
                    intake::postpone(sql, delivery.to, now, later)?;
                    break;
                }
                let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
                intake::acknowledge(sql, &mut self.rng, now, &delivery)?;
                if self.plant == Some(Plant::HastyWord) {
                    self.plant_haste(index);
                }
            }
        }
        if !failed {
            self.failures.remove(&Object::Intake(index));
        }
        Ok(Pass::Ended)
    }

    /// What the intake learns of one delivery; nothing if it does not live to learn it.
    fn deliver_one(&mut self, now: Moment, delivery: &Owed) -> Option<Result<(), Refusal>> {
        match self.mishaps.pop_front() {
            None => Some(self.apply(now, delivery)),
            Some(Mishap::Unreachable) => Some(Err(Refusal::Unavailable)),
            Some(Mishap::AnswerLost) => {
                let _: Result<(), Refusal> = self.apply(now, delivery);
                Some(Err(Refusal::Unavailable))
            }
            Some(Mishap::Stray(seconds)) => {
                self.strays.push(Stray {
                    arrives: now + Duration::from_secs(seconds.into()),
                    sent: now,
                    delivery: delivery.clone(),
                });
                Some(Err(Refusal::Unavailable))
            }
            Some(Mishap::CutShort) => {
                let _: Result<(), Refusal> = self.apply(now, delivery);
                None
            }
        }
    }

    fn apply(&mut self, now: Moment, delivery: &Owed) -> Result<(), Refusal> {
        let before = self.exposure_rows(delivery.to);
        if self.plant == Some(Plant::ForgetfulRegistry) {
            self.planted(delivery.to, "DELETE FROM applied");
        }
        let applied = self.receive(now, delivery);
        if self.plant == Some(Plant::DoubleApply) && self.exposure_rows(delivery.to) > before {
            self.planted(
                delivery.to,
                "INSERT INTO exposure (account, id, day, sealed) SELECT account, randomblob(16), day, sealed FROM exposure LIMIT 1",
            );
        }
        applied
    }
}

/// The planted faults, past `service`.
impl Shell {
    fn planted(&self, registry: u16, statement: &str) {
        if let Ok(engine) = engine(&self.registries, registry) {
            // Before its first write a registry has no tables.
            let _: Result<(), store::Fault> = engine.inner().exec(statement, &[]);
        }
    }

    fn exposure_rows(&self, registry: u16) -> u64 {
        let rows = engine(&self.registries, registry).ok().and_then(|engine| {
            engine
                .inner()
                .query("SELECT COUNT(*) FROM exposure", &[])
                .ok()
        });
        let count = rows.and_then(|rows| rows.first()?.integer(0).ok());
        count.unwrap_or_default()
    }

    pub(super) fn plant_code(&self, intake: u16, hash: [u8; 32]) {
        if let Ok(engine) = engine(&self.intakes, intake) {
            let until = (self.now + Duration::from_hours(24)).unix();
            let values = [hash.into(), until.into()];
            let again = "INSERT OR IGNORE INTO code (hash, kind, until) VALUES (?1, 'long', ?2)";
            let _: Result<(), store::Fault> = engine.inner().exec(again, &values);
        }
    }

    pub(super) fn lose_figures(&self, intake: u16) {
        if let Ok(engine) = engine(&self.intakes, intake) {
            let _: Result<(), store::Fault> =
                engine.inner().exec("DELETE FROM intake_figures", &[]);
        }
    }

    /// `what` of everything that waits there is changed.
    pub(super) fn plant_in_outbox(&self, intake: u16, what: &str) {
        if let Ok(engine) = engine(&self.intakes, intake) {
            let change = format!("UPDATE outbox SET {what}");
            let _: Result<(), store::Fault> = engine.inner().exec(&change, &[]);
        }
    }

    pub(super) fn plant_claim(&self, id: Id, claimed: u32) {
        if let Ok(engine) = engine(&self.registries, Self::registry_of(id)) {
            let claim = "UPDATE account SET last_status = ?2 WHERE id = ?1";
            let values = [id.0.into(), claimed.into()];
            let _: Result<(), store::Fault> = engine.inner().exec(claim, &values);
        }
    }

    fn plant_haste(&self, intake: u16) {
        if let Ok(engine) = engine(&self.intakes, intake) {
            let words = "UPDATE outbox SET due = ?1 WHERE length(body) = 17";
            let now = [(self.now + AT_ONCE).unix().into()];
            let _: Result<(), store::Fault> = engine.inner().exec(words, &now);
        }
    }
}
