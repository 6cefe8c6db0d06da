//! The object of demo realms on one seat: the clock, limits and end of the one that is open there, and the ends of those
//! before it.
//!
//! A realm of release 0.2.0 or before has one of its own.

use core::cell::Cell;
use core::time::Duration;

use decree::Moment;
use operator_log::ClassName;
use service::group::GroupVersion;
use service::record::SafeName;
use service::visit::{self, Entered};
use service::{Failure, Place, Realm, state};
use wire::Refusal;

use crate::alarms::{AT_ONCE, Failures};
use crate::calls::realm_calls::{self as calls, Received};
use crate::calls::{
    GatePlace, RealmPlace, gate_calls, intake_calls, registry_calls, tally_calls, vault_calls,
};
use crate::letter::{self, Answer, Called};
use crate::pace::Pace;
use crate::{Object, Port, RealmClient, entry, safes};

/// Visitors' realms.
pub struct Demo<P> {
    port: P,
    failures: Failures,
    /// When the gate was last told that the open realm is used.
    told: Cell<Moment>,
}

/// Longer than a letter that was under way can still arrive, and what it brings about: from the front over an intake and a
/// registry to a vault.
const AGAIN: Duration = Duration::from_mins(3);
/// How often the gate is told that a realm is used.
const TOLD_EVERY: Duration = Duration::from_mins(1);
/// Longest that a visitor waits for the gate to hear of it.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

impl<P: Port> Demo<P> {
    /// The object on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            failures: Failures::default(),
            told: Cell::new(Moment::from_unix(0)),
        }
    }

    async fn open(&self, realm: Realm, expires: Moment, now: Moment) -> Result<(), Failure> {
        let sql = self.port.sql();
        let opened = visit::open(sql, realm, expires, now);
        let armed = self.arm().await;
        opened?;
        armed?;
        // The gate knows.
        self.told.set(now);
        for before in visit::due(sql, now)? {
            // What does not answer is emptied by the alarm; what the visitor touches until then is emptied first.
            let _: Result<(), Failure> = self.end(before, now).await;
        }
        Ok(())
    }

    /// What a visitor uses is not idle. The gate may be told or not: it counts by the quarter of an hour.
    async fn entered(
        &self,
        realm: Realm,
        entered: Result<Entered, Failure>,
    ) -> Result<Entered, Failure> {
        let entered = entered?;
        let (now, told) = (self.port.now(), self.told.get());
        let is_told = told <= now && now < told + TOLD_EVERY;
        if let (Realm::Seated(_, id), false) = (realm, is_told) {
            self.told.set(now);
            let used = gate_calls::See(id);
            letter::reach(&self.port, TOLD_WITHIN, &GatePlace, now, &used).await;
        }
        Ok(entered)
    }

    /// Arms the alarm for the next end, or the next step of one.
    async fn arm(&self) -> Result<(), Failure> {
        if let Some(due) = visit::next_due(self.port.sql())? {
            let wait = due.since(self.port.now()).max(AT_ONCE);
            self.port.set_alarm(wait).await?;
        }
        Ok(())
    }

    /// Shuts the realm and empties every object of it. A request that was under way may still write after that: so
    /// an alarm comes back once all are empty, empties them again, and only then this object too.
    async fn end(&self, realm: Realm, now: Moment) -> Result<(), Failure> {
        let sql = self.port.sql();
        let Some(ending) = visit::ending(sql, realm, now)? else {
            return Ok(());
        };
        // Should this be cut short.
        visit::shut(sql, realm, now + AGAIN)?;
        self.arm().await?;
        if let Err(refusal) = self.empty(&ending).await {
            // It is due still, for whichever alarm comes first.
            visit::shut(sql, realm, now)?;
            return Err(refusal.into());
        }
        if !ending.is_emptied {
            visit::emptied(sql, realm, self.port.now() + AGAIN)?;
            return self.arm().await;
        }
        if visit::remove(sql, realm)? {
            self.port.delete_alarm().await?;
            self.port.delete_all().await?;
            return Ok(());
        }
        self.arm().await
    }

    /// Empties every other object, and tells the gate. One that does not answer keeps none of the others full.
    async fn empty(&self, ending: &visit::Ending) -> Result<(), Refusal> {
        let realm = RealmClient::demo(&self.port, ending.realm, ending.entered);
        let mut emptied = Ok(());
        let mut pace = Pace::begin(&self.port).await;
        for place in realm.registries() {
            emptied = emptied.and(gone(self.empty_registry(realm, place).await));
            pace.rest().await;
        }
        for place in realm.intakes() {
            emptied = emptied.and(gone(self.empty_intake(realm, place).await));
            pace.rest().await;
        }
        emptied = emptied.and(gone(realm.ask_tally(tally_calls::End).await));
        for day in realm.days() {
            emptied = emptied.and(gone(realm.ask_vault(day, vault_calls::End).await));
            pace.rest().await;
        }
        self.port.memory().drop_realm(realm.realm);
        let leave = gate_calls::Leave(ending.realm.id().unwrap_or_default());
        let left = letter::ask(&self.port, &GatePlace, self.port.now(), &leave).await;
        emptied.and(left)
    }

    /// First the safes, of which this registry alone knows.
    async fn empty_registry(&self, realm: RealmClient<'_, P>, place: Place) -> Result<(), Refusal> {
        let safes = realm.ask_registry(place, registry_calls::Safes).await?;
        let safes: Vec<_> = safes.into_iter().collect();
        self.empty_safes(realm, &safes, Some(GroupVersion::MAX))
            .await?;
        self.empty_safes(realm, &safes, None).await?;
        realm.ask_registry(place, registry_calls::End).await
    }

    async fn empty_intake(&self, realm: RealmClient<'_, P>, place: Place) -> Result<(), Refusal> {
        let safes = realm.ask_intake(place, intake_calls::Safes).await?;
        self.empty_safes(realm, &safes, None).await?;
        realm.ask_intake(place, intake_calls::End).await
    }

    async fn empty_safes(
        &self,
        realm: RealmClient<'_, P>,
        safes: &[SafeName],
        version: Option<GroupVersion>,
    ) -> Result<(), Refusal> {
        let mut pace = Pace::begin(&self.port).await;
        for safe in safes {
            gone(safes::empty(&self.port, realm.realm, *safe, version).await)?;
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
        let (RealmPlace(realm), now, sql) = (called.place, called.now, self.port.sql());
        match call {
            Received::Open(calls::Open { expires, .. }, to)
            | Received::OpenSeat(calls::OpenSeat(expires), to) => {
                let expires = Moment::from_unix(expires);
                to.answer(self.open(realm, expires, now).await)
            }
            Received::Enter(calls::Enter(usage), to) => {
                let entered = visit::enter(sql, realm, now, usage);
                to.answer(self.entered(realm, entered).await)
            }
            Received::Reserve(calls::Reserve(usage), to) => {
                let entered = visit::reserve(sql, realm, now, usage);
                to.answer(self.entered(realm, entered).await)
            }
            Received::GiveBack(calls::GiveBack(usage), to) => {
                to.answer(visit::give_back(sql, realm, usage))
            }
            Received::Count(calls::Count(usage), to) => to.answer(visit::count(sql, realm, usage)),
            Received::Advance(calls::Advance(seconds), to) => {
                to.answer(visit::advance(sql, realm, now, seconds))
            }
            Received::Move(calls::Move(seconds), to) => {
                to.answer(visit::begin_move(sql, realm, now, seconds))
            }
            Received::Delivered(_, to) => to.answer(visit::delivered(sql, realm)),
            Received::DoneUntil(calls::DoneUntil(moment), to) => {
                let moment = Moment::from_unix(moment);
                to.answer(visit::settled(sql, realm, moment))
            }
            Received::State(_, to) => {
                let shown = state::visit(sql, realm);
                to.answer(shown.and_then(|shown| entry::write(&shown)))
            }
            Received::End(_, to) => to.answer(self.end(realm, now).await),
        }
    }

    /// An hour is over, or what ended is to be emptied again.
    async fn ring(&self) {
        let now = self.port.now();
        let due = visit::due(self.port.sql(), now);
        let mut done = due.as_ref().map(drop).map_err(|_| ());
        for realm in due.unwrap_or_default() {
            done = done.and(self.end(realm, now).await.map_err(drop));
        }
        let done = match done {
            Ok(()) => self.arm().await.map_err(drop),
            Err(()) => Err(()),
        };
        match done {
            Ok(()) => self.failures.clear(),
            Err(()) => self.failures.retry(&self.port, ClassName::Realm).await,
        }
    }
}

/// What another visit has taken over meanwhile was emptied by that.
fn gone(emptied: Result<(), Refusal>) -> Result<(), Refusal> {
    match emptied {
        Err(Refusal::NotFound) => Ok(()),
        emptied => emptied,
    }
}
