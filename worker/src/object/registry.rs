//! A registry in its object.

use decree::{Day, Moment};
use service::registry::{self, Context};
use service::{Class, Failure, Place, Realm, schema, state};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use super::{Failures, fault};
use crate::letter::{self, Letter, RegistryCall};
use crate::{configuration, days, system};

/// Accounts and exposures.
#[durable_object]
pub struct Registry {
    state: State,
    env: Env,
    failures: Failures,
}

impl DurableObject for Registry {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            failures: Failures::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter { place, now, call } = letter::receive::<Place, _>(request).await?;
        let now = Moment::from_unix(now);
        let name = place.name();
        match call {
            RegistryCall::Load => letter::answer(&name, registry::load(&self.sql(), &place, now)),
            RegistryCall::Register(register) => {
                let result = self.with_keys(place, now, |sql, context| {
                    registry::register(sql, context, &mut system::rng(), &register)
                });
                letter::answer(&name, result.await)
            }
            RegistryCall::Status(signed) => {
                let result = self.with_keys(place, now, |sql, context| {
                    registry::status(sql, context, &mut system::rng(), &signed)
                });
                letter::answer(&name, result.await)
            }
            RegistryCall::Unregister(signed) => {
                let result = self.with_keys(place, now, |sql, context| {
                    registry::unregister(sql, context, &signed)
                });
                letter::answer(&name, result.await)
            }
            RegistryCall::DeleteExposureHistory(signed) => {
                let result = self.with_keys(place, now, |sql, context| {
                    registry::delete_exposure_history(sql, context, &signed)
                });
                letter::answer(&name, result.await)
            }
            RegistryCall::Apply { delivery, body } => {
                let result = self.with_keys(place, now, |sql, context| {
                    registry::apply(sql, context, &mut system::rng(), delivery, &body)
                });
                letter::answer(&name, result.await)
            }
            RegistryCall::State => {
                let result = self.with_keys(place, now, |sql, context| {
                    let shown = state::registry(sql, context)?;
                    serde_json::to_string(&shown).map_err(|_| store::Fault::Shape.into())
                });
                letter::answer(&name, result.await)
            }
            RegistryCall::Tick => letter::answer(&name, registry::tick(&self.sql(), &place, now)),
            RegistryCall::Settle => {
                let settled = store::transact(&self.sql(), |sql| schema::settle(sql, &place));
                letter::answer(&name, settled)
            }
            RegistryCall::Wake => {
                let due = registry::tick(&self.sql(), &place, now);
                letter::answer(&name, due.and(self.arm(place, now).await))
            }
            RegistryCall::End => letter::answer(
                &name,
                self.state.storage().delete_all().await.map_err(fault),
            ),
        }
    }

    /// Each midnight forgets a day. Never fails: the platform gives up an alarm that does.
    async fn alarm(&self) -> Result<Response> {
        let now = system::now();
        let sql = self.sql();
        let done = match schema::stored_place(&sql, Realm::National, Class::Registry) {
            Ok(Some(place)) => {
                let ticked = registry::tick(&sql, &place, now);
                ticked.and(self.arm(place, now).await)
            }
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        };
        match done {
            Ok(()) => self.failures.clear(),
            Err(_) => self.failures.retry(&self.state.storage(), "registry").await,
        }
        Response::empty()
    }
}

impl Registry {
    fn sql(&self) -> Platform {
        Platform::new(self.state.storage())
    }

    /// Fetches the day keys, then does `work`, which does not wait for anything.
    async fn with_keys<T>(
        &self,
        place: Place,
        now: Moment,
        work: impl FnOnce(&Platform, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let ring = configuration::keyring(&self.env)?;
        let since = Day::from_number(place.since);
        let keys = days::fetch(&self.env, place.realm, since, now).await?;
        let wrapping = ring.wrapping(place.realm);
        let context = Context {
            place,
            wrapping: &wrapping,
            keys: &keys,
            now,
        };
        let result = work(&self.sql(), &context)?;
        self.arm(place, now).await?;
        Ok(result)
    }

    /// Arms the alarm of the next midnight, if none is armed. Demo realms move by their own clock.
    async fn arm(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let storage = self.state.storage();
        if place.realm == Realm::National && storage.get_alarm().await.map_err(fault)?.is_none() {
            let midnight = now.day().plus_days(1).start();
            storage
                .set_alarm(midnight.since(now))
                .await
                .map_err(fault)?;
        }
        Ok(())
    }
}
