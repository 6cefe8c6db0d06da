//! A registry in its object.

use core::time::Duration;

use decree::{Day, Moment};
use futures_util::future::join_all;
use robert::Id;
use service::keyring::Wrapping;
use service::outbox::DeliveryId;
use service::record::{RecordKey, Records, SafeName};
use service::registry::{self, Arrival, Context, Emptying, Register, Signed};
use service::vault::Keys;
use service::{Class, Failure, Place, Realm, figures, schema, state};
use wire::Refusal;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use super::{AT_ONCE, Failures, fault};
use crate::letter::{self, Letter, RegistryCall};
use crate::{configuration, days, safes, system};

/// Accounts and exposures.
#[durable_object]
pub struct Registry {
    state: State,
    env: Env,
    failures: Failures,
}

/// One call: where, at which time of the realm, and when it was really sent.
#[derive(Clone, Copy)]
struct Called {
    place: Place,
    now: Moment,
    sent: Moment,
}

/// How long after a call was sent its work may still begin. Its caller gives up after ten seconds, and
/// what was refused must not have been done: this and the longest call to a safe are less together.
const BEGINS_WITHIN: Duration = Duration::from_secs(5);

/// What a call's work is done with.
struct Tools {
    wrapping: Wrapping,
    keys: Keys,
    records: Records,
}

impl Tools {
    const fn context(&self, called: Called) -> Context<'_> {
        Context {
            place: called.place,
            wrapping: &self.wrapping,
            keys: &self.keys,
            records: &self.records,
            now: called.now,
        }
    }
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
        let Letter {
            place,
            now,
            sent,
            call,
        } = letter::receive::<Place, _>(request).await?;
        let now = Moment::from_unix(now);
        let name = place.name();
        let called = Called {
            place,
            now,
            sent: Moment::from_unix(sent),
        };
        match call {
            RegistryCall::Load => letter::answer(&name, registry::load(&self.sql(), &place, now)),
            RegistryCall::Register(register) => {
                letter::answer(&name, self.register(called, &register).await)
            }
            RegistryCall::Status(signed) => {
                let result = self.for_account(called, signed.id, |sql, context| {
                    registry::status(sql, context, &mut system::rng(), &signed)
                });
                letter::answer(&name, result.await)
            }
            RegistryCall::Unregister(signed) => {
                let result = self.for_account(called, signed.id, |sql, context| {
                    registry::unregister(sql, context, &mut system::rng(), &signed)
                });
                let left = result.await;
                letter::answer(&name, self.then_empty(called, left).await)
            }
            RegistryCall::DeleteExposureHistory(signed) => {
                let left = self.delete_history(called, &signed).await;
                letter::answer(&name, self.then_empty(called, left).await)
            }
            RegistryCall::Apply { delivery, body } => {
                letter::answer(&name, self.apply(called, delivery, &body).await)
            }
            RegistryCall::Figures { from, to } => {
                let (from, to) = (Day::from_number(from), Day::from_number(to));
                let result = match figures::has_days(&self.sql(), &place, from, to) {
                    Ok(true) => {
                        self.with_keys(called, &[], |sql, context| {
                            figures::of_registry(sql, context, from, to)
                        })
                        .await
                    }
                    Ok(false) => Ok(Vec::new()),
                    Err(failure) => Err(failure),
                };
                letter::answer(&name, result)
            }
            RegistryCall::State => letter::answer(&name, self.show(called).await),
            RegistryCall::Safes => letter::answer(&name, registry::safes(&self.sql(), &place)),
            RegistryCall::Tick | RegistryCall::Wake => {
                letter::answer(&name, self.do_due(place, now).await.map(drop))
            }
            RegistryCall::Settle => {
                let settled = store::transact(&self.sql(), |sql| schema::settle(sql, &place));
                letter::answer(&name, settled)
            }
            RegistryCall::End => letter::answer(
                &name,
                self.state.storage().delete_all().await.map_err(fault),
            ),
        }
    }

    /// Each midnight forgets a day, and safes are emptied. Never fails: the platform gives up an alarm
    /// that does.
    async fn alarm(&self) -> Result<Response> {
        let done = match schema::stored_place(&self.sql(), Realm::National, Class::Registry) {
            Ok(Some(place)) => self.do_due(place, system::now()).await,
            Ok(None) => Ok(true),
            Err(failure) => Err(failure),
        };
        match done {
            Ok(true) => self.failures.clear(),
            // Armed already, for when the next one is due.
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
    async fn register(&self, called: Called, request: &Register) -> Result<Id, Failure> {
        let Called { place, now, .. } = called;
        let (safe, record) = RecordKey::draw(&mut system::rng());
        let tools = self.fetch_tools(called, &[]).await?;
        let (context, rng) = (tools.context(called), &mut system::rng());
        let id = registry::register(&self.sql(), &context, rng, request, (safe, &record))?;
        let armed = self.arm(place, now).await;
        let filled = safes::fill(&self.env, place.realm, safe, &record).await;
        if let Err(failure) = armed.and(filled.map_err(Failure::from)) {
            registry::withdraw(&self.sql(), &context, rng, request, (id, safe))?;
            self.arm_next(place, now).await?;
            return Err(failure);
        }
        Ok(id)
    }

    /// What stays of the account moves to a new safe, which is filled first.
    async fn delete_history(&self, called: Called, signed: &Signed) -> Result<Emptying, Failure> {
        let Called { place, now, .. } = called;
        let allowed = self.for_account(called, signed.id, |sql, context| {
            registry::may_delete_history(sql, context, signed)
        });
        allowed.await?;
        let (safe, record) = RecordKey::draw(&mut system::rng());
        let left = match safes::fill(&self.env, place.realm, safe, &record).await {
            Ok(()) => {
                let deleted = self.for_account(called, signed.id, |sql, context| {
                    let (rng, moved) = (&mut system::rng(), (safe, &record));
                    registry::delete_exposure_history(sql, context, rng, signed, moved)
                });
                deleted.await
            }
            Err(refusal) => Err(refusal.into()),
        };
        if left.is_err() {
            // It may be full, or become so, and would hold a key of nothing.
            let rng = &mut system::rng();
            registry::abandon(&self.sql(), &place, rng, now, (signed.id, safe))?;
            self.arm_next(place, now).await?;
        }
        left
    }

    async fn apply(
        &self,
        called: Called,
        delivery: DeliveryId,
        body: &[u8],
    ) -> Result<(), Failure> {
        let keys = self.day_keys(called).await?;
        let arrival = Arrival::open(&keys, body);
        let apply = |sql: &Platform, context: &Context<'_>| {
            registry::apply(sql, context, &mut system::rng(), delivery, &arrival)
        };
        match arrival.identity() {
            Some(id) => self.for_account(called, id, apply).await,
            None => self.with_keys(called, &[], apply).await,
        }
    }

    async fn show(&self, called: Called) -> Result<String, Failure> {
        let safes = registry::safes(&self.sql(), &called.place)?;
        let shown = self.with_keys(called, &safes, |sql, context| {
            letter::write(&state::registry(sql, context)?)
        });
        shown.await
    }

    /// Fetches the day keys and the account's record key, then does `work`. Again, should the
    /// account have moved to another safe meanwhile.
    async fn for_account<T>(
        &self,
        called: Called,
        id: Id,
        work: impl Fn(&Platform, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        const TRIES: u32 = 3;
        for _ in 0..TRIES {
            let safe = registry::safe_of(&self.sql(), &called.place, id)?;
            let safes: Vec<_> = safe.into_iter().collect();
            match self.with_keys(called, &safes, &work).await {
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
        called: Called,
        safes: &[SafeName],
        work: impl FnOnce(&Platform, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let tools = self.fetch_tools(called, safes).await?;
        let result = work(&self.sql(), &tools.context(called))?;
        self.arm(called.place, called.now).await?;
        Ok(result)
    }

    /// Fetches the day keys and these record keys, unless that takes so long that the caller may
    /// have given up.
    async fn fetch_tools(&self, called: Called, safes: &[SafeName]) -> Result<Tools, Failure> {
        let realm = called.place.realm;
        let tools = Tools {
            wrapping: configuration::keyring(&self.env)?.wrapping(realm),
            keys: self.day_keys(called).await?,
            records: safes::open(&self.env, realm, safes).await?,
        };
        if system::now().since(called.sent) < BEGINS_WITHIN {
            Ok(tools)
        } else {
            Err(Refusal::Unavailable.into())
        }
    }

    async fn day_keys(&self, called: Called) -> Result<Keys, Failure> {
        let Called { place, now, .. } = called;
        let since = Day::from_number(place.since);
        Ok(days::fetch(&self.env, place.realm, since, now).await?)
    }

    /// Does everything due, then arms the alarm for what will be next. Says whether every safe that is
    /// due is empty.
    async fn do_due(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        let ticked = registry::tick(&self.sql(), &place, now);
        let closed = self.close_if_over(place, now);
        let emptied = self.empty_safes(place, now).await;
        let armed = self.arm_next(place, now).await;
        ticked.and(closed).and(armed).and(emptied)
    }

    /// Six months after the end of the state of emergency nothing of anybody may be left.
    fn close_if_over(&self, place: Place, now: Moment) -> Result<(), Failure> {
        if place.realm == Realm::National && configuration::is_over(&self.env, now) {
            registry::close(&self.sql(), &place, &mut system::rng(), now)?;
        }
        Ok(())
    }

    /// Empties the safes that are due, all at once. One that does not answer is put off, and holds up
    /// none of the others: the alarm, or in a demo realm the next move of its clock, comes back to it.
    async fn empty_safes(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        let due = registry::emptying(&self.sql(), &place, now)?;
        let is_all = due.len() < registry::EMPTIED_AT_ONCE;
        let tried = due.into_iter().map(|(owed, safe)| async move {
            let emptied = self.empty(place, (owed, safe)).await;
            emptied.is_err().then_some(owed)
        });
        let failed: Vec<_> = join_all(tried).await.into_iter().flatten().collect();
        if !failed.is_empty() {
            registry::put_off(&self.sql(), &failed, now + self.failures.add())?;
        }
        Ok(is_all && failed.is_empty())
    }

    /// Empties the safe that a call left, before it is answered. What was asked is done, whatever
    /// becomes of this: it stays owed.
    async fn then_empty(
        &self,
        called: Called,
        left: Result<Emptying, Failure>,
    ) -> Result<(), Failure> {
        let Called { place, now, .. } = called;
        if self.empty(place, left?).await.is_err() {
            let _: Result<(), Failure> = self.arm_next(place, now).await;
        }
        Ok(())
    }

    async fn empty(&self, place: Place, (owed, safe): Emptying) -> Result<(), Failure> {
        safes::empty(&self.env, place.realm, safe).await?;
        registry::emptied(&self.sql(), owed)
    }

    /// Arms the alarm, if none is armed.
    async fn arm(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let storage = self.state.storage();
        if place.realm == Realm::National && storage.get_alarm().await.map_err(fault)?.is_none() {
            self.arm_next(place, now).await?;
        }
        Ok(())
    }

    /// Arms the alarm for what is due next: a safe to be emptied, or the next midnight. One that is
    /// armed for then already is left alone, so that who only looks by writes nothing. Demo realms
    /// move by their own clock.
    async fn arm_next(&self, place: Place, now: Moment) -> Result<(), Failure> {
        /// Alarms count from the moment they are armed, a little after `now`.
        const SLACK: Duration = Duration::from_secs(5);
        if place.realm == Realm::National {
            let midnight = now.day().plus_days(1).start();
            let safe = registry::next_emptying(&self.sql(), &place)?;
            let due = safe.map_or(midnight, |due| due.min(midnight));
            let storage = self.state.storage();
            let armed = storage.get_alarm().await.map_err(fault)?;
            let armed = armed.and_then(|armed| u64::try_from(armed / 1_000).ok());
            if armed.is_none_or(|armed| Moment::from_unix(armed) > due + SLACK) {
                let armed = storage.set_alarm(due.since(now).max(AT_ONCE)).await;
                armed.map_err(fault)?;
            }
        }
        Ok(())
    }
}
