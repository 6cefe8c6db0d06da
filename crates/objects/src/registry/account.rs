//! Accounts and their safes: opened, moved, left, and reached by deliveries.

use robert::Id;
use service::Failure;
use service::outbox::DeliveryId;
use service::record::RecordKey;
use service::registry::{self, Arrival, Context, Emptying, Register, Signed};
use wire::Refusal;

use super::{Call, Registry};
use crate::letter::Called;
use crate::{Port, safes, timekeeper};

impl<P: Port> Registry<P> {
    /// Opens the account, then fills its safe. Nobody knows of the account before both are done.
    pub(super) async fn register(&self, called: Call, request: &Register) -> Result<Id, Failure> {
        let Called { place, now, .. } = called;
        let (safe, record) = RecordKey::draw(&mut self.port.rng());
        let fetched = self.fetch_keys(called, &[]).await?;
        let (context, rng) = (fetched.context(called), &mut self.port.rng());
        let sql = self.port.sql();
        let id = registry::register(sql, &context, rng, request, (safe, &record))?;
        let armed = self.arm(place, now).await;
        let filled = safes::fill(&self.port, place.realm, safe, &record).await;
        if let Err(failure) = armed.and(filled.map_err(Failure::from)) {
            registry::withdraw(sql, &context, rng, request, (id, safe))?;
            self.arm_next(place, now).await?;
            return Err(failure);
        }
        Ok(id)
    }

    /// Forgets the account, then empties the safe that it left.
    pub(super) async fn unregister(&self, called: Call, signed: &Signed) -> Result<(), Failure> {
        let left = self.for_account(called, signed.id, |sql, context| {
            registry::unregister(sql, context, &mut self.port.rng(), signed)
        });
        let left = left.await;
        self.then_empty(called, left).await
    }

    /// What stays of the account moves to a new safe, which is filled first; then the old safe is emptied.
    pub(super) async fn delete_history(
        &self,
        called: Call,
        signed: &Signed,
    ) -> Result<(), Failure> {
        let left = self.move_account(called, signed).await;
        self.then_empty(called, left).await
    }

    async fn move_account(&self, called: Call, signed: &Signed) -> Result<Emptying, Failure> {
        let Called { place, now, .. } = called;
        let allowed = self.for_account(called, signed.id, |sql, context| {
            registry::may_delete_history(sql, context, signed)
        });
        allowed.await?;
        let (safe, record) = RecordKey::draw(&mut self.port.rng());
        let left = match safes::fill(&self.port, place.realm, safe, &record).await {
            Ok(()) => {
                let deleted = self.for_account(called, signed.id, |sql, context| {
                    let (rng, moved) = (&mut self.port.rng(), (safe, &record));
                    registry::delete_exposure_history(sql, context, rng, signed, moved)
                });
                deleted.await
            }
            Err(refusal) => Err(refusal.into()),
        };
        if left.is_err() {
            // The new safe may be full, or become so, and would hold a key of nothing.
            let rng = &mut self.port.rng();
            registry::abandon(self.port.sql(), &place, rng, now, (signed.id, safe))?;
            self.arm_next(place, now).await?;
        }
        left
    }

    /// Applies one delivery: opens it, fetches the record key of whoever it is about, judges.
    pub(super) async fn apply(
        &self,
        called: Call,
        delivery: DeliveryId,
        body: &[u8],
    ) -> Result<(), Failure> {
        let keys = self.day_keys(called.place, called.now).await?;
        let arrival = Arrival::open(&keys, called.place.index, body)?;
        let apply = |sql: &P::Sql, context: &Context<'_>| {
            registry::apply(sql, context, &mut self.port.rng(), delivery, &arrival)
        };
        // A wrong clock must not drop a contact.
        let Called { place, now, .. } = called;
        if arrival.is_past() && !timekeeper::stands_by(&self.port, place.realm, now).await? {
            return Err(Refusal::Unavailable.into());
        }
        match arrival.identity() {
            Some(id) => self.for_account(called, id, apply).await,
            None => self.with_keys(called, &[], apply).await,
        }
    }
}
