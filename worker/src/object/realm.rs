//! A demo realm's own object: its clock, its limits and its end.

use core::time::Duration;

use decree::Moment;
use service::record::SafeName;
use service::{Failure, Place, state, visit};
use wire::Refusal;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use super::{Failures, fault};
use crate::configuration::binding;
use crate::letter::{
    self, GateCall, IntakeCall, Letter, RealmCall, RegistryCall, TallyCall, VaultCall,
};
use crate::scope::Scope;
use crate::{days, safes, system};

/// One visitor's realm.
#[durable_object]
pub struct Realm {
    state: State,
    env: Env,
    failures: Failures,
}

impl DurableObject for Realm {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            failures: Failures::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter {
            place: (),
            now,
            call,
            ..
        } = letter::receive(request).await?;
        let now = Moment::from_unix(now);
        let sql = Platform::new(self.state.storage());
        match call {
            RealmCall::Open(session) => {
                let opened = visit::open(&sql, &session, now);
                let lifetime = session.expires().since(now);
                let armed = self
                    .state
                    .storage()
                    .set_alarm(lifetime)
                    .await
                    .map_err(fault);
                letter::answer("realm", opened.and(armed))
            }
            RealmCall::Enter(usage) => letter::answer("realm", visit::enter(&sql, now, usage)),
            RealmCall::Count(usage) => letter::answer("realm", visit::count(&sql, usage)),
            RealmCall::Advance(seconds) => {
                letter::answer("realm", visit::advance(&sql, now, seconds))
            }
            RealmCall::Settled(moment) => {
                letter::answer("realm", visit::settled(&sql, Moment::from_unix(moment)))
            }
            RealmCall::State => {
                let shown = state::visit(&sql).map_err(Failure::from);
                letter::answer("realm", shown.and_then(|shown| letter::write(&shown)))
            }
            RealmCall::End => letter::answer("realm", self.end(now).await),
        }
    }

    /// The hour is over. Never fails: the platform gives up an alarm that does.
    async fn alarm(&self) -> Result<Response> {
        if self.end(system::now()).await.is_err() {
            self.failures.retry(&self.state.storage(), "realm").await;
        }
        Response::empty()
    }
}

impl Realm {
    /// Shuts the realm and empties every object of it. A request that was under way may still write
    /// after that: so an alarm comes back once all are empty, empties them again, and only then this
    /// object too.
    async fn end(&self, now: Moment) -> std::result::Result<(), Failure> {
        let sql = Platform::new(self.state.storage());
        let Some(ending) = visit::ending(&sql, now)? else {
            return Ok(());
        };
        visit::shut(&sql)?;
        let storage = self.state.storage();
        // Should this be cut short.
        storage.set_alarm(AGAIN).await.map_err(fault)?;
        self.empty(&ending).await?;
        if ending.is_emptied {
            storage.delete_alarm().await.map_err(fault)?;
            storage.delete_all().await.map_err(fault)
        } else {
            visit::emptied(&sql)?;
            storage.set_alarm(AGAIN).await.map_err(fault)
        }
    }

    /// Empties every other object, and tells the gate. One that does not answer keeps none of the
    /// others full.
    async fn empty(&self, ending: &visit::Ending) -> std::result::Result<(), Refusal> {
        let (env, realm) = (&self.env, ending.realm());
        let scope = Scope::demo(realm, ending.entered);
        let letter = Letter::new((), system::now(), GateCall::Leave(ending.id));
        let mut emptied = letter::send(env, binding::GATE, "gate", &letter).await;
        for place in scope.registries() {
            emptied = emptied.and(self.empty_registry(scope, place).await);
        }
        for place in scope.intakes() {
            emptied = emptied.and(self.empty_intake(scope, place).await);
        }
        emptied = emptied.and(scope.ask_tally(env, TallyCall::End).await);
        for day in scope.days() {
            emptied = emptied.and(scope.ask_vault(env, day, VaultCall::End).await);
        }
        days::drop_realm(realm);
        emptied
    }

    /// First the safes, of which this registry alone knows.
    async fn empty_registry(&self, scope: Scope, place: Place) -> std::result::Result<(), Refusal> {
        let env = &self.env;
        let safes: Vec<SafeName> = scope.ask_registry(env, place, RegistryCall::Safes).await?;
        for safe in safes {
            safes::empty(env, scope.realm, safe).await?;
        }
        scope.ask_registry(env, place, RegistryCall::End).await
    }

    async fn empty_intake(&self, scope: Scope, place: Place) -> std::result::Result<(), Refusal> {
        let env = &self.env;
        let safes: Vec<SafeName> = scope.ask_intake(env, place, IntakeCall::Safes).await?;
        for safe in safes {
            safes::empty(env, scope.realm, safe).await?;
        }
        scope.ask_intake(env, place, IntakeCall::End).await
    }
}

/// Longer than a request that was under way can last.
const AGAIN: Duration = Duration::from_secs(30);
