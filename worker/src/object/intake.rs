//! An intake in its object, and the deliveries that it owes.

use core::cell::Cell;
use core::time::Duration;

use decree::{Day, Moment};
use service::outbox::{self, Owed};
use service::{Class, Failure, Place, Realm, figures, intake, schema, state};
use wire::Refusal;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use super::{AT_ONCE, Failures, fault};
use crate::configuration::binding;
use crate::letter::{self, IntakeCall, Letter, RegistryCall};
use crate::{configuration, days, system};

/// One-time codes, and contacts on their way.
#[durable_object]
pub struct Intake {
    state: State,
    env: Env,
    failures: Failures,
    /// Until when a pass is under way: a lease, since one that is cut short gives nothing back.
    delivering: Cell<Moment>,
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
/// Every moment is before this one.
const EVER: Moment = Moment::from_unix(1 << 40);

impl DurableObject for Intake {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            failures: Failures::default(),
            delivering: Cell::new(Moment::from_unix(0)),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter { place, now, call } = letter::receive::<Place, _>(request).await?;
        let now = Moment::from_unix(now);
        let name = place.name();
        let sql = self.sql();
        match call {
            IntakeCall::AddCodes { mark, kind, codes } => {
                let added = intake::add_codes(&sql, &place, now, mark, kind, &codes);
                letter::answer(&name, self.then_arm(place, now, added).await)
            }
            IntakeCall::Report(report) => {
                let kept = intake::report(&sql, &place, &mut system::rng(), now, report);
                letter::answer(&name, self.then_arm(place, now, kept).await)
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
            IntakeCall::Tick => letter::answer(&name, intake::tick(&sql, &place, now)),
            IntakeCall::Wake => letter::answer(&name, self.then_arm(place, now, Ok(())).await),
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
                self.then_arm(place, system::now(), armed.and(delivered).and(ticked))
                    .await
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

    /// Arms the alarm for what is due next, right after what was written and together with it:
    /// nothing is awaited between. Demo realms move by their own clock.
    async fn then_arm<T>(
        &self,
        place: Place,
        now: Moment,
        done: Result<T, Failure>,
    ) -> Result<T, Failure> {
        let done = done?;
        if place.realm == Realm::National {
            let storage = self.state.storage();
            let armed = match intake::next_due(&self.sql())? {
                Some(due) => storage.set_alarm(due.since(now).max(AT_ONCE)).await,
                // The one that was to come back, should this pass have been cut short.
                None => storage.delete_alarm().await,
            };
            armed.map_err(fault)?;
        }
        Ok(done)
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
                match self.deliver_one(to, now, &delivery).await {
                    Ok(()) => intake::acknowledge(sql, &mut system::rng(), now, &delivery)?,
                    Err(refusal) if pace == Pace::Visitor => return Err(refusal.into()),
                    // The other registries' deliveries do not wait for this one.
                    Err(_) => {
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

    async fn deliver_one(
        &self,
        to: Place,
        now: Moment,
        delivery: &Owed,
    ) -> core::result::Result<(), Refusal> {
        let call = RegistryCall::Apply {
            delivery: delivery.id,
            body: delivery.body.clone(),
        };
        let letter = Letter {
            place: to,
            now: now.unix(),
            call,
        };
        letter::send(&self.env, binding::REGISTRY, &to.name(), &letter).await
    }

    async fn show(&self, place: Place, now: Moment) -> Result<String, Failure> {
        let since = Day::from_number(place.since);
        let keys = days::fetch(&self.env, place.realm, since, now).await?;
        let shown = state::intake(&self.sql(), place.local_name(), &keys)?;
        serde_json::to_string(&shown).map_err(|_| store::Fault::Shape.into())
    }
}
