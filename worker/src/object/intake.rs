//! An intake in its object, and the deliveries that it owes.

use core::time::Duration;

use decree::{Day, Moment};
use service::outbox::{self, Owed};
use service::{Class, Failure, Place, Realm, intake, schema, state};
use wire::Refusal;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use super::{Failures, fault};
use crate::configuration::binding;
use crate::letter::{self, IntakeCall, Letter, RegistryCall};
use crate::{configuration, days, system};

/// One-time codes, and contacts on their way.
#[durable_object]
pub struct Intake {
    state: State,
    env: Env,
    failures: Failures,
}

/// Deliveries that one read takes from the outbox, and that one alarm makes at the most.
const BATCH: u32 = 32;
const MOST_PER_ALARM: u32 = 1_024;
/// How soon an alarm comes again when more is due than one makes.
const AT_ONCE: Duration = Duration::from_millis(1);
/// Every moment is before this one.
const EVER: Moment = Moment::from_unix(1 << 40);

impl DurableObject for Intake {
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
        let sql = self.sql();
        match call {
            IntakeCall::AddCode(kind, code) => {
                let added = intake::add_code(&sql, &place, kind.into(), &code);
                letter::answer(&name, self.then_arm(place, now, added).await)
            }
            IntakeCall::Report(report) => {
                let kept = intake::report(&sql, &place, &mut system::rng(), now, report);
                letter::answer(&name, self.then_arm(place, now, kept).await)
            }
            IntakeCall::DeliverAll => {
                let delivered = self.deliver(place, now, EVER, u32::MAX).await;
                letter::answer(&name, delivered)
            }
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
                let delivered = self.deliver(place, now, now, MOST_PER_ALARM).await;
                let ticked = intake::tick(&sql, &place, now);
                self.then_arm(place, now, delivered.and(ticked)).await
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
        if place.realm == Realm::National
            && let Some(due) = intake::next_due(&self.sql())?
        {
            let wait = due.since(now).max(AT_ONCE);
            self.state.storage().set_alarm(wait).await.map_err(fault)?;
        }
        Ok(done)
    }

    /// Delivers what is due at `until`, each to its registry and each acknowledged alone.
    async fn deliver(
        &self,
        place: Place,
        now: Moment,
        until: Moment,
        most: u32,
    ) -> Result<(), Failure> {
        let sql = self.sql();
        if !schema::check(&sql, &place)? {
            return Ok(());
        }
        let registries = configuration::shards(&self.env, place.realm)?.registries;
        let mut made = 0;
        let mut put_off = None;
        while made < most {
            let owed = outbox::due(&sql, until, BATCH)?;
            if owed.is_empty() {
                break;
            }
            for delivery in owed {
                made += 1;
                let to = Place {
                    class: Class::Registry,
                    index: delivery.to,
                    of: registries,
                    ..place
                };
                match self.deliver_one(to, now, &delivery).await {
                    Ok(()) => intake::acknowledge(&sql, &mut system::rng(), now, &delivery)?,
                    // A demo realm's visitor waits for the answer: it says that not all is done.
                    Err(refusal) if until == EVER => return Err(refusal.into()),
                    // The other registries' deliveries do not wait for this one's.
                    Err(_) => {
                        let delay = *put_off.get_or_insert_with(|| self.failures.add());
                        intake::postpone(&sql, delivery.id, now + delay)?;
                    }
                }
            }
        }
        if put_off.is_none() {
            self.failures.clear();
        }
        Ok(())
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
