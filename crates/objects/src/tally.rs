//! A realm's tally in its object: it asks for the days that are over, and takes nothing away.

use core::cell::Cell;
use core::pin::pin;
use core::time::Duration;

use decree::Moment;
use futures_util::future::{Either, select};
use operator_log::{ClassName, Event};
use service::tally::publish::{FLOOR, PEOPLE_NEEDED, publish};
use service::tally::{self, Collected, forgotten};
use service::{Class, Failure, Place, Realm, schema, state};
use wire::statistics::{Forgotten, Statistics};

use crate::calls::tally_calls::{self as calls, Received};
use crate::calls::{intake_calls, registry_calls};
use crate::letter::{Answer, Called};
use crate::pace::Pace;
use crate::turns::Turns;
use crate::{Object, Port, RealmClient, entry, timekeeper};

/// The realm's days in figures.
pub struct Tally<P> {
    port: P,
    /// When the days that are due may next be asked for.
    next: Cell<Moment>,
    /// The same of what the keys of forgotten days had sealed.
    next_forgotten: Cell<Moment>,
    turns: Turns,
}

/// How long after it has asked the tally does not ask again: all registries and intakes are asked each time.
const PAUSE: Duration = Duration::from_mins(1);
/// Longest that a reader waits for days that are collected only now.
const PATIENCE: Duration = Duration::from_secs(5);

impl<P: Port> Tally<P> {
    /// A tally on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            next: Cell::new(Moment::from_unix(0)),
            next_forgotten: Cell::new(Moment::from_unix(0)),
            turns: Turns::default(),
        }
    }

    /// Asks every registry and every intake for the days that are over, and stores their sums once all have
    /// answered: in one transaction, or none. Two tasks that do this at once store the same: the transaction looks
    /// again which day was the last.
    async fn collect(&self, place: Place, now: Moment) -> Result<(), Failure> {
        // By a clock that is ahead, or was, days are due that are not over.
        if !timekeeper::stands_by(&self.port, place.realm, now).await? {
            return Ok(());
        }
        // Looked at now: another task may have asked meanwhile.
        if now < self.next.get() {
            return Ok(());
        }
        let Some(days) = tally::due(self.port.sql(), &place, now)? else {
            return Ok(());
        };
        self.next.set(now + PAUSE);
        let (from, to) = (*days.start(), *days.end());
        let realm = RealmClient::around(&self.port, place, now)?;
        let mut collected = Collected::default();
        let mut pace = Pace::begin(&self.port).await;
        for place in realm.registries() {
            let call = registry_calls::Figures { from, to };
            let figures = realm.ask_registry(place, call).await?;
            collected.registries.extend(figures);
            pace.rest().await;
        }
        for place in realm.intakes() {
            let figures = realm
                .ask_intake(place, intake_calls::Figures { from, to })
                .await?;
            collected.intakes.extend(figures);
            pace.rest().await;
        }
        tally::store(self.port.sql(), &place, days, &collected)
    }

    /// Asks every registry what the keys of forgotten days had sealed, and stores the sums of those days that all have
    /// counted: a registry counts after midnight, as it deletes.
    async fn collect_forgotten(&self, place: Place, now: Moment) -> Result<(), Failure> {
        if now < self.next_forgotten.get() {
            return Ok(());
        }
        let Some(days) = forgotten::due(self.port.sql(), &place, now)? else {
            return Ok(());
        };
        if place.realm == Realm::National {
            self.next_forgotten.set(now + PAUSE);
        }
        let (from, to) = (*days.start(), *days.end());
        let realm = RealmClient::around(&self.port, place, now)?;
        let mut counted = Vec::new();
        let mut pace = Pace::begin(&self.port).await;
        for place in realm.registries() {
            let call = registry_calls::Forgotten { from, to };
            counted.extend(realm.ask_registry(place, call).await?);
            pace.rest().await;
        }
        forgotten::store(self.port.sql(), &place, days, &counted)
    }

    /// Collects, then tells what may be published. What was collected before is told whatever becomes of this.
    async fn publish(&self, place: Place, now: Moment) -> Result<Statistics, Failure> {
        self.patiently(self.collect(place, now)).await;
        let days = tally::read(self.port.sql(), &place)?;
        Ok(publish(&days, FLOOR, PEOPLE_NEEDED))
    }

    /// Adds up, then tells what may be told of the days that are forgotten.
    async fn publish_forgotten(
        &self,
        place: Place,
        now: Moment,
    ) -> Result<Vec<Forgotten>, Failure> {
        self.patiently(self.collect_forgotten(place, now)).await;
        let days = forgotten::read(self.port.sql(), &place)?;
        Ok(forgotten::publish(&days, place.realm))
    }

    /// For as long as a reader waits.
    async fn patiently(&self, collecting: impl Future<Output = Result<(), Failure>>) {
        match select(pin!(collecting), pin!(self.port.wait(PATIENCE))).await {
            Either::Left((Ok(()), _)) => {}
            _ => self.port.log(Event::NotCollected, ClassName::Tally),
        }
    }
}

impl<P: Port> Object for Tally<P> {
    type Class = calls::Tally;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, called: Called<Place>, call: Received) -> Answer {
        let Called { place, now, .. } = called;
        match call {
            Received::Collect(_, to) => to.answer(self.collect(place, now).await),
            Received::CollectForgotten(_, to) => {
                to.answer(self.collect_forgotten(place, now).await)
            }
            Received::PublishForgotten(_, to) => {
                to.answer(self.publish_forgotten(place, now).await)
            }
            Received::Publish(_, to) => to.answer(self.publish(place, now).await),
            Received::State(_, to) => {
                let shown = state::tally(self.port.sql(), place.local_name());
                to.answer(shown.and_then(|shown| entry::write(&shown)))
            }
            Received::End(_, to) => to.answer(self.port.delete_all().await.map_err(Failure::from)),
        }
    }

    fn turns(&self) -> Option<&Turns> {
        Some(&self.turns)
    }

    async fn stored_turn(&self) -> Result<Option<u32>, Failure> {
        schema::stored_turn(self.port.sql(), Class::Tally)
    }

    /// The clock of the visit before may have been weeks ahead.
    fn forget_visit(&self) {
        self.next.set(Moment::from_unix(0));
        self.next_forgotten.set(Moment::from_unix(0));
    }

    /// A tally arms no alarm: it is woken.
    async fn ring(&self) {}
}
