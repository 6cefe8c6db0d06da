//! A registry in its object: accounts and exposures.

mod account;
mod due;
mod groups;

use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeSet;

use decree::{Day, Moment};
use operator_log::ClassName;
use robert::Id;
use service::keyring::Wrapping;
use service::record::{Keeper, Records};
use service::registry::{self, Context};
use service::state::{self, Text};
use service::vault::Keys;
use service::{Class, Failure, Place, Realm, figures, schema};
use store::transact;
use wire::Refusal;

use self::groups::Groups;
use crate::alarms::Failures;
use crate::calls::registry_calls::{self as calls, Received};
use crate::letter::{Answer, Called};
use crate::pace::Pace;
use crate::safes::Source;
use crate::tried::Tried;
use crate::turns::Turns;
use crate::{Object, Port, days, safes};

/// Accounts and exposures.
pub struct Registry<P> {
    port: P,
    failures: Failures,
    /// Challenges whose solutions were tried.
    tried: RefCell<Tried>,
    /// What tasks are doing with groups of record keys.
    groups: Groups,
    turns: Turns,
}

/// One call: where, at which time of the realm, and when it was really sent.
type Call = Called<Place>;

/// How often what was fetched may have been moved before its use.
const TRIES: u32 = 3;

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
            groups: Groups::default(),
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

    /// Nationally nobody opens the verdicts of all.
    async fn count_dying(&self, called: Call, day: Day) -> Result<(), Failure> {
        if called.place.realm == Realm::National {
            return Err(Refusal::NotFound.into());
        }
        let keepers = registry::keepers(self.port.sql(), &called.place)?;
        let sources = self.sources(keepers)?;
        let count = |sql: &P::Sql, context: &Context<'_>| registry::count_dying(sql, context, day);
        self.with_keys(called, &sources, count).await
    }

    async fn show(&self, called: Call) -> Result<String, Failure> {
        let keepers = registry::keepers(self.port.sql(), &called.place)?;
        let sources = self.sources(keepers)?;
        let mut pace = Pace::begin(&self.port).await;
        let mut text = Text::begin(called.place.local_name())?;
        while let Some(at) = text.next() {
            let slice = self.with_keys(called, &sources, |sql, context| {
                state::registry_from(sql, context, &at)
            });
            text.add(slice.await?)?;
            pace.rest().await;
        }
        Ok(text.end())
    }

    /// Fetches the day keys and the account's record key, then does `work`. Again, should the key have been moved
    /// meanwhile.
    async fn for_account<T>(
        &self,
        called: Call,
        id: Id,
        work: impl Fn(&P::Sql, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..TRIES {
            let keeper = registry::keeper_of(self.port.sql(), &called.place, id)?;
            match self.with_keys(called, &self.sources(keeper)?, &work).await {
                Err(Failure::Moved) => {
                    if let Some(Keeper::Group(name, _)) = keeper {
                        self.find_again(called.place, name).await?;
                    }
                }
                done => return done,
            }
        }
        Err(Failure::Moved)
    }

    /// Where these record keys are found now, each place once.
    fn sources(&self, keepers: impl IntoIterator<Item = Keeper>) -> Result<Vec<Source>, Failure> {
        let (mut groups, mut sources) = (BTreeSet::new(), Vec::new());
        for keeper in keepers {
            match keeper {
                Keeper::Group(name, _) if groups.insert(name) => {
                    let group = registry::group(self.port.sql(), name)?;
                    sources.push(group.map_or(Source::Nowhere(name), Source::Group));
                }
                Keeper::Group(..) => {}
                Keeper::Safe(safe) => sources.push(Source::Safe(safe)),
            }
        }
        Ok(sources)
    }

    /// Fetches the day keys and these record keys, then does `work`, which does not wait for anything: one
    /// synchronous transaction, and the alarm in the same turn.
    async fn with_keys<T>(
        &self,
        called: Call,
        sources: &[Source],
        work: impl FnOnce(&P::Sql, &Context<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let fetched = self.fetch_keys(called, sources).await?;
        let result = work(self.port.sql(), &fetched.context(called))?;
        self.arm(called.place, called.now).await?;
        Ok(result)
    }

    /// Fetches the day keys and these record keys, unless that takes so long that the caller may have given up.
    async fn fetch_keys(&self, called: Call, sources: &[Source]) -> Result<FetchedKeys, Failure> {
        let records = safes::open(&self.port, called.place.realm, sources);
        self.fetch_with(called, records).await
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
            Received::CountDying(calls::CountDying(day), to) => {
                to.answer(self.count_dying(called, Day::from_number(day)).await)
            }
            Received::Forgotten(calls::Forgotten { from, to: last }, to) => {
                let (from, last) = (Day::from_number(from), Day::from_number(last));
                to.answer(registry::counted(sql, &place, from, last))
            }
            Received::State(_, to) => to.answer(self.show(called).await),
            Received::Safes(_, to) => {
                let safes = registry::safes(sql, &place);
                to.answer(safes.map(|safes| safes.into_iter().collect()))
            }
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

    /// Each midnight forgets a day, and safes are emptied. After a start, the groups of record keys are loaded.
    async fn ring(&self) {
        let place = schema::stored_place(self.port.sql(), Realm::National, Class::Registry);
        let done = match place {
            Ok(Some(place)) => {
                self.load(place).await;
                self.do_due(place, self.port.now()).await
            }
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
