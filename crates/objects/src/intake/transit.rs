//! Reports, and the keys under which their contacts wait.

use decree::Moment;
use service::intake::{self, Received, Report, Transit};
use service::record::RecordKey;
use service::{Failure, Place};

use super::Intake;
use crate::calls::safe_calls;
use crate::{Port, safes};

impl<P: Port> Intake<P> {
    /// Keeps a report, with the transit key of the moment, or another should that one be closed meanwhile.
    pub(super) async fn report(
        &self,
        place: Place,
        now: Moment,
        report: &Report,
    ) -> Result<Received, Failure> {
        const TRIES: u32 = 3;
        let sql = self.port.sql();
        let ceiling = self.port.settings()?.reports_a_day;
        for _ in 0..TRIES {
            let found = intake::transit(sql, &place, now)?;
            let transit = match found.filter(|_| !report.contacts.is_empty()) {
                Some(transit) => Some((transit, self.transit_key(place, transit).await?)),
                None => None,
            };
            let transit = transit.as_ref().map(|(transit, key)| (transit, key));
            let rng = &mut self.port.rng();
            match intake::report(sql, &place, rng, now, ceiling, report, transit) {
                Err(Failure::Moved) => {
                    intake::open_transit(sql, &place, &mut self.port.rng(), now)?;
                }
                done => return done,
            }
        }
        Err(Failure::Moved)
    }

    /// The key in an open safe: the first task that asks for it draws it.
    async fn transit_key(&self, place: Place, transit: Transit) -> Result<RecordKey, Failure> {
        if let Some(key) = self.transits.borrow().get(&transit.mark) {
            return Ok(key.clone());
        }
        let (_, drawn) = RecordKey::draw(&mut self.port.rng());
        let safe = intake::safe_name(&place, transit.slot);
        let call = safe_calls::FillIfEmpty(drawn);
        let key = safes::ask(&self.port, place.realm, safe, call).await?;
        self.transits.borrow_mut().insert(transit.mark, key.clone());
        Ok(key)
    }

    /// The key that a delivery waited under; nothing for what was not sealed, or whose key is gone.
    pub(super) async fn key_of(
        &self,
        place: Place,
        body: &[u8],
    ) -> Result<Option<RecordKey>, Failure> {
        let Some(transit) = intake::transit_of(self.port.sql(), body)? else {
            return Ok(None);
        };
        if let Some(key) = self.transits.borrow().get(&transit.mark) {
            return Ok(Some(key.clone()));
        }
        let safe = intake::safe_name(&place, transit.slot);
        Ok(safes::ask(&self.port, place.realm, safe, safe_calls::Key).await?)
    }

    /// Empties the safes that nothing waits under any more. A safe that does not answer is asked again.
    pub(super) async fn retire(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let sql = self.port.sql();
        for slot in intake::retire(sql, &place, now)? {
            // The others of the same object come again from their safes.
            self.transits.borrow_mut().clear();
            let safe = intake::safe_name(&place, slot);
            if safes::empty(&self.port, place.realm, safe, None)
                .await
                .is_ok()
            {
                intake::emptied(sql, slot, now)?;
            }
        }
        Ok(())
    }
}
