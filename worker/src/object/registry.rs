//! A registry in its object.

use decree::{Day, Moment};
use robert::Id;
use service::outbox::DeliveryId;
use service::record::{RecordKey, SafeName};
use service::registry::{self, Arrival, Context, Register, Signed};
use service::vault::Keys;
use service::{Class, Failure, Place, Realm, figures, schema, state};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use super::{Failures, fault};
use crate::letter::{self, Letter, RegistryCall};
use crate::{configuration, days, safes, system};

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
                letter::answer(&name, self.register(place, now, &register).await)
            }
            RegistryCall::Status(signed) => {
                let result = self.for_account(place, now, signed.id, |sql, context| {
                    registry::status(sql, context, &mut system::rng(), &signed)
                });
                letter::answer(&name, result.await)
            }
            RegistryCall::Unregister(signed) => {
                let result = self.for_account(place, now, signed.id, |sql, context| {
                    registry::unregister(sql, context, &mut system::rng(), &signed)
                });
                let done = result.await;
                self.empty_safes(place).await;
                letter::answer(&name, done)
            }
            RegistryCall::DeleteExposureHistory(signed) => {
                let done = self.delete_history(place, now, &signed).await;
                self.empty_safes(place).await;
                letter::answer(&name, done)
            }
            RegistryCall::Apply { delivery, body } => {
                letter::answer(&name, self.apply(place, now, delivery, &body).await)
            }
            RegistryCall::Figures { from, to } => {
                let (from, to) = (Day::from_number(from), Day::from_number(to));
                let result = match figures::has_days(&self.sql(), &place, from, to) {
                    Ok(true) => {
                        self.with_keys(place, now, &[], |sql, context| {
                            figures::of_registry(sql, context, from, to)
                        })
                        .await
                    }
                    Ok(false) => Ok(Vec::new()),
                    Err(failure) => Err(failure),
                };
                letter::answer(&name, result)
            }
            RegistryCall::State => letter::answer(&name, self.show(place, now).await),
            RegistryCall::Safes => letter::answer(&name, registry::safes(&self.sql(), &place)),
            RegistryCall::Tick => {
                self.empty_safes(place).await;
                letter::answer(&name, registry::tick(&self.sql(), &place, now))
            }
            RegistryCall::Settle => {
                let settled = store::transact(&self.sql(), |sql| schema::settle(sql, &place));
                letter::answer(&name, settled)
            }
            RegistryCall::Wake => {
                self.empty_safes(place).await;
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
                let emptied = self.empty_safes(place).await;
                let ticked = registry::tick(&sql, &place, now);
                ticked.and(self.arm(place, now).await).map(|()| emptied)
            }
            Ok(None) => Ok(true),
            Err(failure) => Err(failure),
        };
        match done {
            Ok(true) => self.failures.clear(),
            // Armed already, for later than the last time.
            Ok(false) => {}
            Err(_) => self.failures.retry(&self.state.storage(), "registry").await,
        }
        Response::empty()
    }
}

impl Registry {
    fn sql(&self) -> Platform {
        Platform::new(self.state.storage())
    }

    /// Opens the account, then fills its safe. Nobody knows of the account before both are done.
    async fn register(&self, place: Place, now: Moment, request: &Register) -> Result<Id, Failure> {
        let (safe, record) = RecordKey::draw(&mut system::rng());
        let result = self.with_keys(place, now, &[], |sql, context| {
            let rng = &mut system::rng();
            registry::register(sql, context, rng, request, (safe, &record))
        });
        let id = result.await?;
        if let Err(refusal) = safes::fill(&self.env, place.realm, safe, &record).await {
            let withdrawn = self.with_keys(place, now, &[], |sql, context| {
                registry::withdraw(sql, context, &mut system::rng(), id)
            });
            withdrawn.await?;
            return Err(refusal.into());
        }
        Ok(id)
    }

    /// What stays of the account moves to a new safe, which is filled first.
    async fn delete_history(
        &self,
        place: Place,
        now: Moment,
        signed: &Signed,
    ) -> Result<(), Failure> {
        let allowed = self.for_account(place, now, signed.id, |sql, context| {
            registry::may_delete_history(sql, context, signed)
        });
        allowed.await?;
        let (safe, record) = RecordKey::draw(&mut system::rng());
        safes::fill(&self.env, place.realm, safe, &record).await?;
        let deleted = self.for_account(place, now, signed.id, |sql, context| {
            let rng = &mut system::rng();
            registry::delete_exposure_history(sql, context, rng, signed, (safe, &record))
        });
        let deleted = deleted.await;
        // A failure may come after the account has moved, and its key would go with the safe.
        let used = registry::safe_of(&self.sql(), &place, signed.id);
        if deleted.is_err() && used.is_ok_and(|used| used != Some(safe)) {
            // Left full it would hold a key of nothing.
            let _: Result<(), _> = safes::empty(&self.env, place.realm, safe).await;
        }
        deleted
    }

    async fn apply(
        &self,
        place: Place,
        now: Moment,
        delivery: DeliveryId,
        body: &[u8],
    ) -> Result<(), Failure> {
        let keys = self.day_keys(place, now).await?;
        let arrival = Arrival::open(&keys, body);
        let apply = |sql: &Platform, context: &Context<'_>| {
            registry::apply(sql, context, &mut system::rng(), delivery, &arrival)
        };
        match arrival.identity() {
            Some(id) => self.for_account(place, now, id, apply).await,
            None => self.with_keys(place, now, &[], apply).await,
        }
    }

    async fn show(&self, place: Place, now: Moment) -> Result<String, Failure> {
        let safes = registry::safes(&self.sql(), &place)?;
        let shown = self.with_keys(place, now, &safes, |sql, context| {
            let shown = state::registry(sql, context)?;
            serde_json::to_string(&shown).map_err(|_| store::Fault::Shape.into())
        });
        shown.await
    }

    /// Fetches the day keys and the account's record key, then does `work`. Again, should the
    /// account have moved to another safe meanwhile.
    async fn for_account<T>(
        &self,
        place: Place,
        now: Moment,
        id: Id,
        work: impl Fn(&Platform, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        const TRIES: u32 = 3;
        for _ in 0..TRIES {
            let safe = registry::safe_of(&self.sql(), &place, id)?;
            let safes: Vec<_> = safe.into_iter().collect();
            match self.with_keys(place, now, &safes, &work).await {
                Err(Failure::Moved) => {}
                done => return done,
            }
        }
        Err(Failure::Moved)
    }

    /// Fetches the day keys and these record keys, then does `work`, which does not wait for
    /// anything.
    async fn with_keys<T>(
        &self,
        place: Place,
        now: Moment,
        safes: &[SafeName],
        work: impl FnOnce(&Platform, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let ring = configuration::keyring(&self.env)?;
        let keys = self.day_keys(place, now).await?;
        let records = safes::open(&self.env, place.realm, safes).await?;
        let wrapping = ring.wrapping(place.realm);
        let context = Context {
            place,
            wrapping: &wrapping,
            keys: &keys,
            records: &records,
            now,
        };
        let result = work(&self.sql(), &context)?;
        self.arm(place, now).await?;
        Ok(result)
    }

    async fn day_keys(&self, place: Place, now: Moment) -> Result<Keys, Failure> {
        let since = Day::from_number(place.since);
        Ok(days::fetch(&self.env, place.realm, since, now).await?)
    }

    /// Empties the safes of what was deleted. One that does not answer stays owed; the alarm, or in
    /// a demo realm the next move of its clock, comes back to it.
    ///
    /// Says whether all are empty.
    async fn empty_safes(&self, place: Place) -> bool {
        let emptied = async {
            let sql = self.sql();
            for (owed, safe) in registry::emptying(&sql, &place)? {
                safes::empty(&self.env, place.realm, safe).await?;
                registry::emptied(&sql, owed)?;
            }
            Ok::<(), Failure>(())
        };
        let emptied = emptied.await.is_ok();
        if !emptied && place.realm == Realm::National {
            self.failures.retry(&self.state.storage(), "registry").await;
        }
        emptied
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
