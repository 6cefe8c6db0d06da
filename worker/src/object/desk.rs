//! The desk in its object.

use decree::Moment;
use service::{Class, Failure, Place, Realm, desk, schema};
use wire::issuer::KeyOrder;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::sql::Platform;
use super::{AT_ONCE, Failures, fault};
use crate::letter::{self, DeskCall, Letter};
use crate::{configuration, system};

/// Who may hand out one-time codes.
#[durable_object]
pub struct Desk {
    state: State,
    env: Env,
    failures: Failures,
}

impl DurableObject for Desk {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            failures: Failures::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter {
            place, now, call, ..
        } = letter::receive::<Place, _>(request).await?;
        let now = Moment::from_unix(now);
        let name = place.name();
        let (sql, rng) = (self.sql(), &mut system::rng());
        match call {
            DeskCall::Admit(holder) => letter::answer(&name, desk::admit(&sql, &place, holder)),
            DeskCall::HandOut(holder, order) => {
                let until = desk::hand_out(&sql, &place, rng, now, holder, order);
                letter::answer(&name, self.then_arm(until).await)
            }
            DeskCall::MakeKey {
                holder,
                role,
                quota,
                hash,
            } => {
                let order = KeyOrder { role, quota };
                let id = desk::make_key(&sql, &place, rng, now, holder, order, hash);
                letter::answer(&name, self.then_arm(id).await)
            }
            DeskCall::RevokeKey(holder, id) => {
                let revoked = desk::revoke_key(&sql, &place, rng, now, holder, &id);
                letter::answer(&name, self.then_arm(revoked).await)
            }
            DeskCall::ListKeys(holder, before) => {
                let keys = desk::list_keys(&sql, &place, now, holder, before.as_deref());
                letter::answer(&name, keys.and_then(|keys| letter::write(&keys)))
            }
            DeskCall::ListActs(holder, before) => {
                let acts = desk::list_acts(&sql, &place, holder, before.as_deref());
                letter::answer(&name, acts.and_then(|acts| letter::write(&acts)))
            }
            DeskCall::Wake => letter::answer(&name, self.then_arm(Ok(())).await),
        }
    }

    /// Forgets what is due. Never fails: the platform gives up an alarm that does.
    async fn alarm(&self) -> Result<Response> {
        let sql = self.sql();
        let ticked = match schema::stored_place(&sql, Realm::National, Class::Desk) {
            Ok(Some(place)) => {
                let ends = configuration::record_ends(&self.env);
                desk::tick(&sql, &place, system::now(), ends)
            }
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        };
        match self.then_arm(ticked).await {
            Ok(()) => self.failures.clear(),
            Err(_) => self.failures.retry(&self.state.storage(), "desk").await,
        }
        Response::empty()
    }
}

impl Desk {
    fn sql(&self) -> Platform {
        Platform::new(self.state.storage())
    }

    /// Arms the alarm for what is due next, right after what was written and together with it.
    async fn then_arm<T>(
        &self,
        done: std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let done = done?;
        let ends = configuration::record_ends(&self.env);
        if let Some(due) = desk::next_due(&self.sql(), ends)? {
            let wait = due.since(system::now()).max(AT_ONCE);
            self.state.storage().set_alarm(wait).await.map_err(fault)?;
        }
        Ok(done)
    }
}
