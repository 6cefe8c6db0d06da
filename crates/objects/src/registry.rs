//! A registry in its object: accounts and exposures.

mod account;
mod due;

use core::cell::RefCell;
use core::time::Duration;

use decree::{Day, Moment};
use operator_log::ClassName;
use robert::Id;
use service::keyring::Wrapping;
use service::record::{Records, SafeName};
use service::registry::{self, Context};
use service::vault::Keys;
use service::{Class, Failure, Place, Realm, figures, schema, state};
use store::transact;
use wire::Refusal;

use self::account::Filling;
use crate::alarms::Failures;
use crate::calls::registry_calls::{self as calls, Received};
use crate::letter::{Answer, Called};
use crate::tried::Tried;
use crate::turns::Turns;
use crate::{Object, Port, days, entry, safes};

/// Accounts and exposures.
pub struct Registry<P> {
    port: P,
    failures: Failures,
    /// Challenges whose solutions were tried.
    tried: RefCell<Tried>,
    /// The safes of a seat that tasks are filling, of which no row tells yet.
    filling: Filling,
    turns: Turns,
}

/// One call: where, at which time of the realm, and when it was really sent.
type Call = Called<Place>;

/// How long after a call was sent its work may still begin. The caller gives up after ten seconds and reports a
/// failure, so the work must not be done later: five seconds and the longest call to a safe (four) are less.
const BEGINS_WITHIN: Duration = Duration::from_secs(5);

/// What was fetched for the work of one call.
struct FetchedKeys {
    wrapping: Wrapping,
    keys: Keys,
    records: Records,
}

impl FetchedKeys {
    const fn context(&self, called: Call) -> Context<'_> {
        Context {
            place: called.place,
            wrapping: &self.wrapping,
            keys: &self.keys,
            records: &self.records,
            now: called.now,
        }
    }
}

impl<P: Port> Registry<P> {
    /// A registry on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            failures: Failures::default(),
            tried: RefCell::default(),
            filling: Filling::default(),
            turns: Turns::default(),
        }
    }

    async fn figures(
        &self,
        called: Call,
        days: calls::Figures,
    ) -> Result<Vec<(u32, figures::RegistryFigures)>, Failure> {
        let (from, to) = (Day::from_number(days.from), Day::from_number(days.to));
        if !figures::has_days(self.port.sql(), &called.place, from, to)? {
            return Ok(Vec::new());
        }
        let read =
            |sql: &P::Sql, context: &Context<'_>| figures::of_registry(sql, context, from, to);
        self.with_keys(called, &[], read).await
    }

    async fn show(&self, called: Call) -> Result<String, Failure> {
        let safes = registry::safes(self.port.sql(), &called.place)?;
        let shown = self.with_keys(called, &safes, |sql, context| {
            entry::write(&state::registry(sql, context)?)
        });
        shown.await
    }

    /// Fetches the day keys and the account's record key, then does `work`. Again, should the account have moved to
    /// another safe meanwhile.
    async fn for_account<T>(
        &self,
        called: Call,
        id: Id,
        work: impl Fn(&P::Sql, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        const TRIES: u32 = 3;
        for _ in 0..TRIES {
            let safe = registry::safe_of(self.port.sql(), &called.place, id)?;
            let safes: Vec<_> = safe.into_iter().collect();
            match self.with_keys(called, &safes, &work).await {
                Err(Failure::Moved) => {}
                done => return done,
            }
        }
        Err(Failure::Moved)
    }

    /// Fetches the day keys and these record keys, then does `work`, which does not wait for anything: one
    /// synchronous transaction, and the alarm in the same turn.
    async fn with_keys<T>(
        &self,
        called: Call,
        safes: &[SafeName],
        work: impl FnOnce(&P::Sql, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let fetched = self.fetch_keys(called, safes).await?;
        let result = work(self.port.sql(), &fetched.context(called))?;
        self.arm(called.place, called.now).await?;
        Ok(result)
    }

    /// Fetches the day keys and these record keys, unless that takes so long that the caller may have given up.
    async fn fetch_keys(&self, called: Call, safes: &[SafeName]) -> Result<FetchedKeys, Failure> {
        let records = safes::open(&self.port, called.place.realm, safes);
        self.fetch_with(called, async { Ok(records.await?) }).await
    }

    /// The same, with the record keys that this finds.
    async fn fetch_with(
        &self,
        called: Call,
        records: impl Future<Output = Result<Records, Failure>>,
    ) -> Result<FetchedKeys, Failure> {
        let fetched = FetchedKeys {
            wrapping: self.wrapping(called.place.realm)?,
            keys: self.day_keys(called.place, called.now).await?,
            records: records.await?,
        };
        if self.port.now().since(called.sent) < BEGINS_WITHIN {
            Ok(fetched)
        } else {
            Err(Refusal::Unavailable.into())
        }
    }

    fn wrapping(&self, realm: Realm) -> Result<Wrapping, Failure> {
        Ok(self.port.settings()?.ring.wrapping(realm))
    }

    async fn day_keys(&self, place: Place, now: Moment) -> Result<Keys, Failure> {
        let since = Day::from_number(place.since);
        Ok(days::fetch(&self.port, place.realm, since, now).await?)
    }
}

impl<P: Port> Object for Registry<P> {
    type Class = calls::Registry;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, called: Call, call: Received) -> Answer {
        let Called { place, now, .. } = called;
        let sql = self.port.sql();
        match call {
            Received::Load(_, to) => to.answer(registry::load(sql, &place, now)),
            Received::Try(calls::Try(shown), to) => to.answer(self.try_solution(called, &shown)),
            Received::Register(calls::Register(asked), to) => {
                to.answer(self.register(called, &asked).await)
            }
            Received::Status(calls::Status(signed), to) => {
                let told = self.for_account(called, signed.id, |sql, context| {
                    registry::status(sql, context, &mut self.port.rng(), &signed)
                });
                to.answer(told.await)
            }
            Received::Unregister(calls::Unregister(signed), to) => {
                to.answer(self.unregister(called, &signed).await)
            }
            Received::DeleteExposureHistory(calls::DeleteExposureHistory(signed), to) => {
                to.answer(self.delete_history(called, &signed).await)
            }
            Received::Apply(calls::Apply { delivery, body }, to) => {
                let alone = calls::Delivery { id: delivery, body };
                let applied = self.apply(called, &[alone]).await;
                to.answer(applied.and_then(|applied| match applied.as_slice() {
                    [true] => Ok(()),
                    _ => Err(Refusal::Unavailable.into()),
                }))
            }
            Received::ApplyAll(calls::ApplyAll(deliveries), to) => {
                to.answer(self.apply(called, &deliveries).await)
            }
            Received::Figures(days, to) => to.answer(self.figures(called, days).await),
            Received::State(_, to) => to.answer(self.show(called).await),
            Received::Safes(_, to) => to.answer(registry::safes(sql, &place)),
            Received::Tick(_, to) => to.answer(self.do_due(place, now).await.map(drop)),
            Received::Wake(_, to) => to.answer(self.do_due(place, now).await.map(drop)),
            Received::Progress(_, to) => to.answer(self.progress(place, now)),
            Received::IsMade(_, to) => to.answer(schema::check(sql, &place)),
            Received::CheckNumbers(_, to) => {
                to.answer(transact(sql, |sql| schema::ensure_tables(sql, &place)))
            }
            Received::End(_, to) => to.answer(self.port.delete_all().await.map_err(Failure::from)),
        }
    }

    fn turns(&self) -> Option<&Turns> {
        Some(&self.turns)
    }

    async fn stored_turn(&self) -> Result<Option<u32>, Failure> {
        schema::stored_turn(self.port.sql(), Class::Registry)
    }

    fn forget_visit(&self) {
        self.failures.clear();
    }

    /// Each midnight forgets a day, and safes are emptied.
    async fn ring(&self) {
        let place = schema::stored_place(self.port.sql(), Realm::National, Class::Registry);
        let done = match place {
            Ok(Some(place)) => self.do_due(place, self.port.now()).await,
            Ok(None) => Ok(true),
            Err(failure) => Err(failure),
        };
        match done {
            Ok(true) => self.failures.clear(),
            // Armed already, for when the next one is due.
            Ok(false) => {}
            Err(_) => self.failures.retry(&self.port, ClassName::Registry).await,
        }
    }
}
