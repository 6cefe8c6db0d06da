//! What waits in an intake, sealed for its wait, and the safes of those keys: `worker::object::intake`.

use std::collections::BTreeMap;

use decree::Moment;
use service::intake::{self, Received, Report, Transit};
use service::outbox::Owed;
use service::record::RecordKey;
use service::{Class, Failure};
use wire::Refusal;

use super::plants::Alike;
use super::{Plant, Shell, engine, place};

impl Shell {
    /// Keeps a report, with the transit key of the moment or a new one.
    pub(super) fn keep_report(
        &mut self,
        index: u16,
        now: Moment,
        report: &Report,
    ) -> Result<Received, Refusal> {
        const TRIES: u32 = 3;
        for _ in 0..TRIES {
            let sql = engine(&self.intakes, index)?;
            let found = intake::transit(sql, &place(Class::Intake, index), now)?;
            let transit = match found.filter(|_| !report.contacts.is_empty()) {
                Some(transit) => Some((transit, self.transit_key(index, transit)?)),
                None => None,
            };
            let transit = transit.as_ref().map(|(transit, key)| (transit, key));
            let sql = engine(&self.intakes, index)?;
            let place = place(Class::Intake, index);
            let kept = if self.plant == Some(Plant::AlikeIds) {
                let rng = &mut Alike(&mut self.rng);
                intake::report(sql, &place, rng, now, report, transit)
            } else {
                intake::report(sql, &place, &mut self.rng, now, report, transit)
            };
            self.done = kept.is_ok() || sql.has_kept();
            match kept {
                Err(Failure::Moved) => {
                    intake::open_transit(sql, &place, &mut self.rng, now)?;
                    // What was kept is a key, and no report.
                    sql.has_kept();
                }
                kept => {
                    let kept = kept?;
                    self.arm_intake(index)?;
                    return Ok(kept);
                }
            }
        }
        Err(Refusal::Unavailable)
    }

    fn transit_key(&mut self, index: u16, transit: Transit) -> Result<RecordKey, Refusal> {
        if let Some(key) = self.transits.get(&transit.mark) {
            return Ok(key.clone());
        }
        let (_, drawn) = RecordKey::draw(&mut self.rng);
        let safe = intake::safe_name(&place(Class::Intake, index), transit.slot);
        let key = self.settle_safe(safe, drawn)?;
        self.transits.insert(transit.mark, key.clone());
        Ok(key)
    }

    /// What is delivered of this body.
    pub(super) fn take_out(&mut self, index: u16, owed: &Owed) -> Result<Option<Vec<u8>>, Failure> {
        let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
        let transit = intake::transit_of(sql, &owed.body)?;
        let key = match transit.map(|transit| (transit, self.transits.get(&transit.mark))) {
            None => None,
            Some((_, Some(key))) => Some(key.clone()),
            Some((transit, None)) => {
                let safe = intake::safe_name(&place(Class::Intake, index), transit.slot);
                self.ask_safe(|shell| shell.stored_record(safe))?
            }
        };
        let taken = intake::take_out(key.as_ref(), owed)?;
        Ok(taken.map(|body| body.to_vec()))
    }

    /// Empties the safes that nothing waits under any more.
    pub(super) fn retire(&mut self, index: u16, now: Moment) -> Result<(), Failure> {
        let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
        for slot in intake::retire(sql, &place(Class::Intake, index), now)? {
            self.transits.clear();
            let safe = intake::safe_name(&place(Class::Intake, index), slot);
            if self.empty_safe(safe).is_ok() {
                let sql = engine(&self.intakes, index).map_err(Failure::Refused)?;
                intake::emptied(sql, slot, now)?;
            }
        }
        Ok(())
    }

    /// The transit keys that are left anywhere, by the slots of this intake.
    pub(super) fn stored_transits(&self, index: u16) -> BTreeMap<u8, RecordKey> {
        let place = place(Class::Intake, index);
        let key = |slot| Some((slot, self.stored_record(intake::safe_name(&place, slot))?));
        (0..=u8::MAX).filter_map(key).collect()
    }
}
