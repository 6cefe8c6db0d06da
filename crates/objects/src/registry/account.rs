//! Accounts and their safes: opened, moved, left, and reached by deliveries.

use core::cell::RefCell;
use core::slice;
use std::collections::BTreeSet;

use decree::Moment;
use operator_log::{ClassName, Event};
use robert::Id;
use service::Failure;
use service::record::SafeName;
use service::registry::{self, Arrival, Emptying, Register, Signed};

use super::{Call, Registry};
use crate::calls::registry_calls::Delivery;
use crate::letter::{self, Called};
use crate::tried::{Known, Shown};
use crate::{Port, safes, timekeeper};

/// The safes of a seat that are being filled: a task that is dropped is no longer among them.
#[derive(Default)]
pub(super) struct Filling(RefCell<BTreeSet<u8>>);

struct Begun<'f>(&'f Filling, u8);

impl Filling {
    fn numbers(&self) -> BTreeSet<u8> {
        self.0.borrow().clone()
    }

    fn begin(&self, safe: SafeName) -> Begun<'_> {
        let number = registry::number_of(safe);
        self.0.borrow_mut().insert(number);
        Begun(self, number)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.0.borrow_mut().remove(&self.1);
    }
}

impl<P: Port> Registry<P> {
    /// What is known of a challenge, before its work is checked: nothing is stored.
    pub(super) fn try_solution(&self, called: Call, shown: &Shown) -> Result<Known, Failure> {
        let Called { place, now, .. } = called;
        self.tried.borrow().check(shown.challenge)?;
        let until = Moment::from_unix(shown.until);
        if registry::is_solved(self.port.sql(), &place, now, shown.challenge, until)? {
            return Ok(Known::Right);
        }
        Ok(self.tried.borrow_mut().look_up(now, shown))
    }

    /// Opens the account, then fills its safe. Nobody knows of the account before both are done.
    pub(super) async fn register(&self, called: Call, request: &Register) -> Result<Id, Failure> {
        let Called { place, now, .. } = called;
        // Whatever becomes of this: it need not be checked again.
        self.tried
            .borrow_mut()
            .learn_right(request.challenge, request.until);
        let fetched = self.fetch_keys(called, &[]).await?;
        let (context, rng) = (fetched.context(called), &mut self.port.rng());
        let sql = self.port.sql();
        let (safe, record) = registry::draw_safe(sql, &place, rng, &self.filling.numbers())?;
        let opened = registry::register(sql, &context, rng, request, (safe, &record));
        // A place in the line is stored too.
        let armed = self.arm(place, now).await;
        let id = opened?;
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
        let (sql, rng) = (self.port.sql(), &mut self.port.rng());
        let (safe, record) = registry::draw_safe(sql, &place, rng, &self.filling.numbers())?;
        let _until_a_row_tells = self.filling.begin(safe);
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

    /// Applies deliveries: opens them, fetches the record keys of whoever they are about, judges. Which of them the
    /// registry has: what is not readable here, and whose safe does not answer, stays owed alone.
    pub(super) async fn apply(
        &self,
        called: Call,
        deliveries: &[Delivery],
    ) -> Result<Vec<bool>, Failure> {
        let Called { place, now, .. } = called;
        let keys = self.day_keys(place, now).await?;
        let open = |of: &Delivery| Arrival::open(&keys, place.index, &of.body).ok();
        let mut arrivals: Vec<_> = deliveries.iter().map(open).collect();
        if arrivals.iter().any(Option::is_none) {
            self.port.log(Event::Unreadable, ClassName::Registry);
        }
        // A wrong clock must not drop a contact.
        let is_past = |arrival: &Option<Arrival>| arrival.as_ref().is_some_and(Arrival::is_past);
        if arrivals.iter().any(is_past)
            && !timekeeper::stands_by(&self.port, place.realm, now).await?
        {
            arrivals.iter_mut().for_each(|arrival| {
                arrival.take_if(|arrival| arrival.is_past());
            });
        }
        let mut safes = BTreeSet::new();
        for id in arrivals.iter().flatten().filter_map(Arrival::identity) {
            safes.extend(registry::safe_of(self.port.sql(), &place, id)?);
        }
        let records = safes::open_some(&self.port, place.realm, &safes);
        let fetched = self.fetch_with(called, async { Ok(records.await) }).await?;
        let readable = deliveries.iter().zip(&arrivals);
        let readable: Vec<_> = readable
            .filter_map(|(delivery, arrival)| Some((delivery.id, arrival.as_ref()?)))
            .collect();
        let context = fetched.context(called);
        let apply =
            |some: &[_]| registry::apply(self.port.sql(), &context, &mut self.port.rng(), some);
        let applied = match apply(&readable) {
            Ok(()) => vec![true; readable.len()],
            // What cannot be applied holds up only itself.
            Err(_) => {
                let alone = readable.iter().map(|one| {
                    let applied = apply(slice::from_ref(one));
                    if let Some(trouble) = applied.as_ref().err().and_then(letter::trouble) {
                        self.port.log(trouble, ClassName::Registry);
                    }
                    applied.is_ok()
                });
                alone.collect()
            }
        };
        self.arm(place, now).await?;
        let mut applied = applied.into_iter();
        let has =
            |arrival: &Option<Arrival>| arrival.is_some() && applied.next().unwrap_or_default();
        Ok(arrivals.iter().map(has).collect())
    }
}
