//! A realm's tally in its object: it asks for the days that are over, and takes nothing away.

use core::cell::Cell;
use core::pin::pin;
use core::time::Duration;

use decree::Moment;
use futures_util::future::{Either, select, try_join, try_join_all};
use service::tally::publish::{FLOOR, PEOPLE_NEEDED, publish};
use service::tally::{self, Collected};
use service::{Failure, Place, state};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::fault;
use super::sql::Platform;
use crate::letter::{self, IntakeCall, Letter, RegistryCall, TallyCall};
use crate::scope::Scope;
use crate::system;

/// The realm's days in figures.
#[durable_object]
pub struct Tally {
    state: State,
    env: Env,
    /// When the days that are due may next be asked for.
    next: Cell<Moment>,
}

/// How long after it has asked the tally does not ask again: all are asked each time.
const PAUSE: Duration = Duration::from_mins(1);
/// Longest that a reader waits for days that are collected only now.
const PATIENCE: Duration = Duration::from_secs(5);

impl DurableObject for Tally {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            next: Cell::new(Moment::from_unix(0)),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter {
            place, now, call, ..
        } = letter::receive::<Place, _>(request).await?;
        let now = Moment::from_unix(now);
        let name = place.name();
        let sql = Platform::new(self.state.storage());
        match call {
            TallyCall::Collect => letter::answer(&name, self.collect(&sql, place, now).await),
            TallyCall::Publish => {
                // What was collected before is told whatever becomes of this.
                let collecting = pin!(self.collect(&sql, place, now));
                match select(collecting, pin!(worker::Delay::from(PATIENCE))).await {
                    Either::Left((Ok(()), _)) => {}
                    _ => system::log("days that are over could not be collected yet", &name),
                }
                let days = tally::read(&sql, &place);
                letter::answer(&name, days.map(|days| publish(&days, FLOOR, PEOPLE_NEEDED)))
            }
            TallyCall::State => {
                let shown = state::tally(&sql, place.local_name()).map_err(Failure::from);
                letter::answer(&name, shown.and_then(|shown| letter::write(&shown)))
            }
            TallyCall::End => letter::answer(
                &name,
                self.state.storage().delete_all().await.map_err(fault),
            ),
        }
    }
}

impl Tally {
    /// Asks every registry and every intake for the days that are over, and stores their sums once
    /// all have answered: in one transaction, or none. Two who do this at once store the same.
    async fn collect(&self, sql: &Platform, place: Place, now: Moment) -> Result<(), Failure> {
        if now < self.next.get() {
            return Ok(());
        }
        let Some(days) = tally::due(sql, &place, now)? else {
            return Ok(());
        };
        self.next.set(now + PAUSE);
        let (from, to) = (*days.start(), *days.end());
        let (env, scope) = (&self.env, Scope::around(&self.env, place, now)?);
        let registries = scope
            .registries()
            .map(|place| scope.ask_registry(env, place, RegistryCall::Figures { from, to }));
        let intakes = scope
            .intakes()
            .map(|place| scope.ask_intake(env, place, IntakeCall::Figures { from, to }));
        let asked = try_join(try_join_all(registries), try_join_all(intakes));
        let (registries, intakes): (Vec<Vec<_>>, Vec<Vec<_>>) = asked.await?;
        let collected = Collected {
            registries: registries.concat(),
            intakes: intakes.concat(),
        };
        tally::store(sql, &place, days, &collected)
    }
}
