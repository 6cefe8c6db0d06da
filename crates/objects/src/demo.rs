//! A demo realm's own object: its clock, its limits and its end.

use core::time::Duration;

use decree::Moment;
use operator_log::ClassName;
use service::record::SafeName;
use service::{Failure, Place, state, visit};
use wire::Refusal;

use crate::alarms::Failures;
use crate::calls::realm_calls::{self as calls, Received};
use crate::calls::{
    GatePlace, RealmPlace, gate_calls, intake_calls, registry_calls, tally_calls, vault_calls,
};
use crate::letter::{self, Answer, Called};
use crate::pace::Pace;
use crate::{Object, Port, RealmClient, entry, safes};

/// One visitor's realm.
pub struct Demo<P> {
    port: P,
    failures: Failures,
}

/// Longer than a letter that was under way can still arrive, and what it brings about: from the front over an intake and a
/// registry to a vault.
const AGAIN: Duration = Duration::from_mins(3);

impl<P: Port> Demo<P> {
    /// A demo realm's object on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            failures: Failures::default(),
        }
    }

    async fn open(&self, call: calls::Open, now: Moment) -> Result<(), Failure> {
        let calls::Open(session) = call;
        let opened = visit::open(self.port.sql(), &session, now);
        let armed = self.port.set_alarm(session.expires().since(now)).await;
        opened?;
        Ok(armed?)
    }

    /// Shuts the realm and empties every object of it. A request that was under way may still write after that: so
    /// an alarm comes back once all are empty, empties them again, and only then this object too.
    async fn end(&self, now: Moment) -> Result<(), Failure> {
        let sql = self.port.sql();
        let Some(ending) = visit::ending(sql, now)? else {
            return Ok(());
        };
        visit::shut(sql)?;
        // Should this be cut short.
        self.port.set_alarm(AGAIN).await?;
        self.empty(&ending).await?;
        if ending.is_emptied {
            self.port.delete_alarm().await?;
            self.port.delete_all().await?;
        } else {
            visit::emptied(sql)?;
            self.port.set_alarm(AGAIN).await?;
        }
        Ok(())
    }

    /// Empties every other object, and tells the gate. One that does not answer keeps none of the others full.
    async fn empty(&self, ending: &visit::Ending) -> Result<(), Refusal> {
        let realm = RealmClient::demo(&self.port, ending.realm(), ending.entered);
        let leave = gate_calls::Leave(ending.id);
        let mut emptied = letter::ask(&self.port, &GatePlace, self.port.now(), &leave).await;
        let mut pace = Pace::begin(&self.port).await;
        for place in realm.registries() {
            emptied = emptied.and(self.empty_registry(realm, place).await);
            pace.rest().await;
        }
        for place in realm.intakes() {
            emptied = emptied.and(self.empty_intake(realm, place).await);
            pace.rest().await;
        }
        emptied = emptied.and(realm.ask_tally(tally_calls::End).await);
        for day in realm.days() {
            emptied = emptied.and(realm.ask_vault(day, vault_calls::End).await);
            pace.rest().await;
        }
        self.port.memory().drop_realm(realm.realm);
        emptied
    }

    /// First the safes, of which this registry alone knows.
    async fn empty_registry(&self, realm: RealmClient<'_, P>, place: Place) -> Result<(), Refusal> {
        let safes = realm.ask_registry(place, registry_calls::Safes).await?;
        self.empty_safes(realm, safes).await?;
        realm.ask_registry(place, registry_calls::End).await
    }

    async fn empty_intake(&self, realm: RealmClient<'_, P>, place: Place) -> Result<(), Refusal> {
        let safes = realm.ask_intake(place, intake_calls::Safes).await?;
        self.empty_safes(realm, safes).await?;
        realm.ask_intake(place, intake_calls::End).await
    }

    async fn empty_safes(
        &self,
        realm: RealmClient<'_, P>,
        safes: Vec<SafeName>,
    ) -> Result<(), Refusal> {
        let mut pace = Pace::begin(&self.port).await;
        for safe in safes {
            safes::empty(&self.port, realm.realm, safe).await?;
            pace.rest().await;
        }
        Ok(())
    }
}

impl<P: Port> Object for Demo<P> {
    type Class = calls::Realm;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, called: Called<RealmPlace>, call: Received) -> Answer {
        let (now, sql) = (called.now, self.port.sql());
        match call {
            Received::Open(call, to) => to.answer(self.open(call, now).await),
            Received::Enter(calls::Enter(usage), to) => to.answer(visit::enter(sql, now, usage)),
            Received::Count(calls::Count(usage), to) => to.answer(visit::count(sql, usage)),
            Received::Advance(calls::Advance(seconds), to) => {
                to.answer(visit::advance(sql, now, seconds))
            }
            Received::DoneUntil(calls::DoneUntil(moment), to) => {
                to.answer(visit::settled(sql, Moment::from_unix(moment)))
            }
            Received::State(_, to) => {
                let shown = state::visit(sql);
                to.answer(shown.and_then(|shown| entry::write(&shown)))
            }
            Received::End(_, to) => to.answer(self.end(now).await),
        }
    }

    /// The hour is over.
    async fn ring(&self) {
        if self.end(self.port.now()).await.is_err() {
            self.failures.retry(&self.port, ClassName::Realm).await;
        }
    }
}
