//! A demo realm's own object: its clock, its limits and its end.

use core::time::Duration;

use decree::Moment;
use service::record::SafeName;
use service::{Failure, Realm as Name, state, visit};
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
    /// after that: so an alarm comes back for it, and only then empties this object too.
    async fn end(&self, now: Moment) -> std::result::Result<(), Failure> {
        let sql = Platform::new(self.state.storage());
        let Some((realm, entered)) = visit::whose(&sql, now)? else {
            return Ok(());
        };
        let Name::Demo(id) = realm else { return Ok(()) };
        let is_second = entered.expires == 0;
        visit::shut(&sql)?;
        let again = self.state.storage().set_alarm(AGAIN).await;
        again.map_err(fault)?;
        let (env, scope) = (&self.env, Scope::demo(realm, entered));
        for place in scope.registries() {
            let safes: Vec<SafeName> = scope.ask_registry(env, place, RegistryCall::Safes).await?;
            for safe in safes {
                safes::empty(env, realm, safe).await?;
            }
            scope
                .ask_registry::<()>(env, place, RegistryCall::End)
                .await?;
        }
        for place in scope.intakes() {
            let safes: Vec<SafeName> = scope.ask_intake(env, place, IntakeCall::Safes).await?;
            for safe in safes {
                safes::empty(env, realm, safe).await?;
            }
            scope.ask_intake::<()>(env, place, IntakeCall::End).await?;
        }
        scope.ask_tally::<()>(env, TallyCall::End).await?;
        for day in scope.days() {
            scope.ask_vault::<()>(env, day, VaultCall::End).await?;
        }
        days::drop_realm(realm);
        if is_second {
            let storage = self.state.storage();
            storage.delete_alarm().await.map_err(fault)?;
            return storage.delete_all().await.map_err(fault);
        }
        let letter = Letter {
            place: (),
            now: now.unix(),
            call: GateCall::Leave(id),
        };
        letter::send(&self.env, binding::GATE, "gate", &letter)
            .await
            .map_err(Failure::from)
    }
}

/// Longer than a request that was under way can last.
const AGAIN: Duration = Duration::from_secs(30);
