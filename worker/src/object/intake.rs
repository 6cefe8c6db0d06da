//! An intake in its object, and the deliveries that it owes.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::BTreeMap;

use decree::{Day, Moment};
use service::intake::{Received, Transit};
use service::outbox::{self, Owed};
use service::record::{RecordKey, SafeName};
use service::{Class, Failure, Place, Realm, figures, intake, schema, state};
use wire::Refusal;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use super::{AT_ONCE, Failures, fault};
use crate::configuration::binding;
use crate::letter::{self, IntakeCall, Letter, RegistryCall, SafeCall};
use crate::{configuration, days, safes, system};

/// One-time codes, and contacts on their way.
#[durable_object]
pub struct Intake {
    state: State,
    env: Env,
    failures: Failures,
    /// Until when a pass is under way: a lease, since one that is cut short gives nothing back.
    delivering: Cell<Moment>,
    /// Transit keys by their marks. A safe is used again with another key, so they are not remembered for
    /// longer than this object, the only one that empties them, is in memory.
    transits: RefCell<BTreeMap<[u8; 16], RecordKey>>,
}

/// Who waits for a pass: a demo realm's visitor, for everything, or nobody.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Visitor,
    Alarm,
}

/// Deliveries that one read takes from the outbox, and reads that one pass makes at the most.
const BATCH: u32 = 32;
const BATCHES: u32 = 8;
/// How long one pass lasts at the most, but for the delivery that is under way.
const LONGEST_PASS: Duration = Duration::from_secs(5);
/// Longer than a pass and the delivery that is under way at its end.
const LEASE: Duration = Duration::from_secs(20);
/// When the alarm comes back should a pass be cut short.
const COME_BACK: Duration = Duration::from_secs(30);
/// When a registry that answered, but could not take this delivery, is asked again.
const LATER: Duration = Duration::from_mins(1);
/// Every moment is before this one.
const EVER: Moment = Moment::from_unix(1 << 40);

impl DurableObject for Intake {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            failures: Failures::default(),
            delivering: Cell::new(Moment::from_unix(0)),
            transits: RefCell::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter {
            place, now, call, ..
        } = letter::receive::<Place, _>(request).await?;
        let now = Moment::from_unix(now);
        let name = place.name();
        let sql = self.sql();
        match call {
            IntakeCall::AddCodes { mark, kind, codes } => {
                let added = intake::add_codes(&sql, &place, now, mark, kind, &codes);
                letter::answer(&name, self.then_arm(place, added).await)
            }
            IntakeCall::Report(report) => {
                let kept = self.report(place, now, &report).await;
                letter::answer(&name, self.then_arm(place, kept).await)
            }
            IntakeCall::DeliverAll => {
                letter::answer(&name, self.deliver(place, now, Pace::Visitor).await)
            }
            IntakeCall::Figures { from, to } => {
                let (from, to) = (Day::from_number(from), Day::from_number(to));
                letter::answer(&name, figures::of_intake(&sql, &place, from, to))
            }
            IntakeCall::Settle => letter::answer(
                &name,
                store::transact(&sql, |sql| schema::settle(sql, &place)),
            ),
            IntakeCall::Tick => {
                let ticked = intake::tick(&sql, &place, now);
                letter::answer(&name, ticked.and(self.retire(place, now).await))
            }
            IntakeCall::Wake => letter::answer(&name, self.then_arm(place, Ok(())).await),
            IntakeCall::Safes => letter::answer(&name, self.safes(place)),
            IntakeCall::State => letter::answer(&name, self.show(place, now).await),
            IntakeCall::End => letter::answer(
                &name,
                self.state.storage().delete_all().await.map_err(fault),
            ),
        }
    }

    /// Delivers what is due. Never fails: the platform gives up an alarm that does.
    async fn alarm(&self) -> Result<Response> {
        let now = system::now();
        let sql = self.sql();
        let done = match schema::stored_place(&sql, Realm::National, Class::Intake) {
            Ok(Some(place)) => {
                // Armed before the work: a pass that is cut short is taken up again.
                let armed = self
                    .state
                    .storage()
                    .set_alarm(COME_BACK)
                    .await
                    .map_err(fault);
                let delivered = self.deliver(place, now, Pace::Alarm).await.map(drop);
                let ticked = intake::tick(&sql, &place, now);
                let retired = self.retire(place, system::now()).await;
                let done = armed.and(delivered).and(ticked).and(retired);
                self.then_arm(place, done).await
            }
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        };
        if done.is_err() {
            self.failures.retry(&self.state.storage(), "intake").await;
        }
        Response::empty()
    }
}

impl Intake {
    fn sql(&self) -> Platform {
        Platform::new(self.state.storage())
    }

    /// Keeps a report, with the transit key of the moment, or another should that one be closed meanwhile.
    async fn report(
        &self,
        place: Place,
        now: Moment,
        report: &intake::Report,
    ) -> Result<Received, Failure> {
        const TRIES: u32 = 3;
        let sql = self.sql();
        for _ in 0..TRIES {
            let found = intake::transit(&sql, &place, now)?;
            let transit = match found.filter(|_| !report.contacts.is_empty()) {
                Some(transit) => Some((transit, self.transit_key(place, transit).await?)),
                None => None,
            };
            let transit = transit.as_ref().map(|(transit, key)| (transit, key));
            match intake::report(&sql, &place, &mut system::rng(), now, report, transit) {
                Err(Failure::Moved) => {
                    intake::open_transit(&sql, &place, &mut system::rng(), now)?;
                }
                done => return done,
            }
        }
        Err(Failure::Moved)
    }

    /// The key in an open safe: the first that asks for it draws it.
    async fn transit_key(&self, place: Place, transit: Transit) -> Result<RecordKey, Failure> {
        if let Some(key) = self.transits.borrow().get(&transit.mark) {
            return Ok(key.clone());
        }
        let (_, drawn) = RecordKey::draw(&mut system::rng());
        let safe = intake::safe_name(&place, transit.slot);
        let key: RecordKey =
            safes::ask(&self.env, place.realm, safe, SafeCall::Settle(drawn)).await?;
        self.transits.borrow_mut().insert(transit.mark, key.clone());
        Ok(key)
    }

    /// The key that a delivery waited under; nothing for what was not sealed, or whose key is gone.
    async fn key_of(&self, place: Place, body: &[u8]) -> Result<Option<RecordKey>, Failure> {
        let Some(transit) = intake::transit_of(&self.sql(), body)? else {
            return Ok(None);
        };
        if let Some(key) = self.transits.borrow().get(&transit.mark) {
            return Ok(Some(key.clone()));
        }
        let safe = intake::safe_name(&place, transit.slot);
        Ok(safes::ask(&self.env, place.realm, safe, SafeCall::Key).await?)
    }

    /// Empties the safes that nothing waits under any more. One that does not answer is asked again.
    async fn retire(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let sql = self.sql();
        for slot in intake::retire(&sql, &place, now)? {
            // The others of the same object come again from their safes.
            self.transits.borrow_mut().clear();
            let safe = intake::safe_name(&place, slot);
            if safes::empty(&self.env, place.realm, safe).await.is_ok() {
                intake::emptied(&sql, slot, now)?;
            }
        }
        Ok(())
    }

    fn safes(&self, place: Place) -> Result<Vec<SafeName>, Failure> {
        let slots = intake::slots(&self.sql(), &place)?.into_iter();
        Ok(slots.map(|slot| intake::safe_name(&place, slot)).collect())
    }

    /// Arms the alarm for what is due next, right after what was written and together with it:
    /// nothing is awaited between. A refusal may have written too. Demo realms move by their own
    /// clock.
    async fn then_arm<T>(&self, place: Place, done: Result<T, Failure>) -> Result<T, Failure> {
        if !matches!(done, Ok(_) | Err(Failure::Refused(_))) {
            return done;
        }
        if place.realm == Realm::National {
            let storage = self.state.storage();
            let armed = match intake::next_due(&self.sql())? {
                Some(due) => {
                    let wait = due.since(system::now()).max(AT_ONCE);
                    storage.set_alarm(wait).await
                }
                // The one that was to come back, should this pass have been cut short.
                None if done.is_ok() => storage.delete_alarm().await,
                None => Ok(()),
            };
            armed.map_err(fault)?;
        }
        done
    }

    /// Delivers some of what waits, each contact to its registry and each acknowledged alone, and
    /// says whether more is due. One pass at a time: calls interleave, and an id must not be
    /// forgotten while its delivery is still under way.
    async fn deliver(
        &self,
        place: Place,
        now: Moment,
        pace: Pace,
    ) -> std::result::Result<bool, Failure> {
        let sql = self.sql();
        if !schema::check(&sql, &place)? {
            return Ok(false);
        }
        let started = system::now();
        if started < self.delivering.get() {
            return Err(Refusal::Unavailable.into());
        }
        self.delivering.set(started + LEASE);
        let more = self.pass(&sql, place, now, pace).await;
        self.delivering.set(started);
        more
    }

    async fn pass(
        &self,
        sql: &Platform,
        place: Place,
        begun: Moment,
        pace: Pace,
    ) -> std::result::Result<bool, Failure> {
        let registries = configuration::shards(&self.env, place.realm)?.registries;
        let started = system::now();
        let mut failed = false;
        for _ in 0..BATCHES {
            // A demo realm stands still while its visitor waits; the national one does not.
            let elapsed = system::now().since(started);
            let (now, until) = match pace {
                Pace::Visitor => (begun, EVER),
                Pace::Alarm => (begun + elapsed, begun + elapsed),
            };
            let owed = outbox::due(sql, until, BATCH)?;
            if owed.is_empty() {
                break;
            }
            for delivery in owed {
                if system::now().since(started) > LONGEST_PASS {
                    return Ok(true);
                }
                let to = Place {
                    class: Class::Registry,
                    index: delivery.to,
                    of: registries,
                    ..place
                };
                let key = match self.key_of(place, &delivery.body).await {
                    Ok(key) => key,
                    // What waits under other keys does not wait for this one's safe.
                    Err(Failure::Refused(_)) if pace == Pace::Alarm => {
                        failed = true;
                        let (now, later) = (system::now(), system::now() + self.failures.add());
                        intake::postpone_alike(sql, &delivery.body, now, later)?;
                        break;
                    }
                    Err(failure) => return Err(failure),
                };
                let delivered = match intake::take_out(key.as_ref(), &delivery.body) {
                    Some(body) => self.deliver_one(to, now, &delivery, &body).await,
                    // Of an old copy of this database: nothing opens it.
                    None => Some(Ok(())),
                };
                match delivered {
                    Some(Ok(())) => {
                        intake::acknowledge(sql, &mut system::rng(), now, &delivery)?;
                    }
                    _ if pace == Pace::Visitor => return Err(Refusal::Unavailable.into()),
                    // It concerns this one alone: the registry's others do not wait for it.
                    Some(Err(_)) => {
                        failed = true;
                        intake::postpone_one(sql, delivery.id, system::now() + LATER)?;
                    }
                    // The other registries' deliveries do not wait for this one.
                    None => {
                        failed = true;
                        let later = system::now() + self.failures.add();
                        intake::postpone(sql, delivery.to, system::now(), later)?;
                        break;
                    }
                }
            }
        }
        if !failed {
            self.failures.clear();
        }
        Ok(pace == Pace::Visitor && !outbox::due(sql, EVER, 1)?.is_empty())
    }

    /// `None` when the registry was not reached.
    async fn deliver_one(
        &self,
        to: Place,
        now: Moment,
        delivery: &Owed,
        body: &[u8],
    ) -> Option<core::result::Result<(), Refusal>> {
        let call = RegistryCall::Apply {
            delivery: delivery.id,
            body: body.to_vec(),
        };
        let letter = Letter::new(to, now, call);
        let name = to.name();
        letter::reach(
            letter::PATIENCE,
            &self.env,
            binding::REGISTRY,
            &name,
            &letter,
        )
        .await
    }

    async fn show(&self, place: Place, now: Moment) -> Result<String, Failure> {
        let since = Day::from_number(place.since);
        let keys = days::fetch(&self.env, place.realm, since, now).await?;
        let mut transit = BTreeMap::new();
        for slot in intake::slots(&self.sql(), &place)? {
            let safe = intake::safe_name(&place, slot);
            let key: Option<RecordKey> =
                safes::ask(&self.env, place.realm, safe, SafeCall::Key).await?;
            transit.extend(key.map(|key| (slot, key)));
        }
        let shown = state::intake(&self.sql(), place.local_name(), &keys, &transit)?;
        serde_json::to_string(&shown).map_err(|_| store::Fault::Shape.into())
    }
}
