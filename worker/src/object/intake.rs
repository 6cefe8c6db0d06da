//! An intake in its object, and the deliveries that it owes.

use core::cell::Cell;
use core::time::Duration;

use decree::{Day, Moment};
use service::outbox::{self, Owed};
use service::{Class, Failure, Place, Realm, intake, schema, state};
use wire::Refusal;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::fault;
use super::sql::Platform;
use crate::configuration::binding;
use crate::letter::{self, IntakeCall, Letter, RegistryCall};
use crate::{configuration, days, system};

/// One-time codes, and contacts on their way.
#[durable_object]
pub struct Intake {
    state: State,
    env: Env,
    /// Deliveries that failed in a row: each makes the next attempt wait longer.
    failures: Cell<u32>,
}

/// Deliveries that one read takes from the outbox, and that one alarm makes at the most.
const BATCH: u32 = 32;
const MOST_PER_ALARM: u32 = 1_024;
/// How soon an alarm comes again when more is due than one makes.
const AT_ONCE: Duration = Duration::from_millis(1);
/// How long after a failed alarm the next one comes.
const RETRY: Duration = Duration::from_secs(10);
/// Every moment is before this one.
const EVER: Moment = Moment::from_unix(1 << 40);

impl DurableObject for Intake {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            failures: Cell::new(0),
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
            system::log("what was due could not be done; trying again", "intake");
            if self.state.storage().set_alarm(RETRY).await.is_err() {
                system::log("an alarm could not be armed", "intake");
            }
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
        while made < most {
            let owed = outbox::due(&sql, until, BATCH)?;
            if owed.is_empty() {
                break;
            }
            for delivery in owed {
                self.deliver_one(place, registries, now, &delivery).await?;
                made += 1;
            }
        }
        Ok(())
    }

    async fn deliver_one(
        &self,
        from: Place,
        registries: u16,
        now: Moment,
        delivery: &Owed,
    ) -> Result<(), Failure> {
        let to = Place {
            class: Class::Registry,
            index: delivery.to,
            of: registries,
            ..from
        };
        let call = RegistryCall::Apply {
            delivery: delivery.id,
            body: delivery.body.clone(),
        };
        let letter = Letter {
            place: to,
            now: now.unix(),
            call,
        };
        let applied: Result<(), Refusal> =
            letter::send(&self.env, binding::REGISTRY, &to.name(), &letter).await;
        let sql = self.sql();
        if let Err(refusal) = applied {
            let failures = self.failures.replace(self.failures.get().saturating_add(1));
            intake::postpone(&sql, now, delivery.id, failures)?;
            return Err(refusal.into());
        }
        self.failures.set(0);
        intake::acknowledge(&sql, &mut system::rng(), now, delivery)
    }

    async fn show(&self, place: Place, now: Moment) -> Result<String, Failure> {
        let since = Day::from_number(place.since);
        let keys = days::fetch(&self.env, place.realm, since, now).await?;
        let shown = state::intake(&self.sql(), place.local_name(), &keys)?;
        serde_json::to_string(&shown).map_err(|_| store::Fault::Shape.into())
    }
}
