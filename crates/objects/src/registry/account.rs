//! Accounts and their record keys: opened, moved, left, and reached by deliveries.

use core::slice;
use std::collections::BTreeSet;

use decree::Moment;
use operator_log::{ClassName, Event};
use robert::Id;
use service::Failure;
use service::group::GroupName;
use service::registry::{self, Arrival, Context, Left, Register, Signed};

use super::{Call, Registry, TRIES};
use crate::calls::registry_calls::Delivery;
use crate::letter::{self, Called};
use crate::safes::Source;
use crate::tried::{Known, Shown};
use crate::{Port, safes, timekeeper};

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

    /// Opens the account, with a free place of a group. When few groups have one left, the next are made.
    pub(super) async fn register(&self, called: Call, request: &Register) -> Result<Id, Failure> {
        let Called { place, now, .. } = called;
        // Whatever becomes of this: it need not be checked again.
        self.tried
            .borrow_mut()
            .learn_right(request.challenge, request.until);
        let opened = self.with_place(called, |sql, context, group| {
            registry::register(sql, context, &mut self.port.rng(), request, group)
        });
        let opened = opened.await;
        // A place in the line is stored too.
        let armed = self.arm(place, now).await;
        let id = opened?;
        if let Err(failure) = armed {
            let fetched = self.fetch_keys(called, &[]).await?;
            let (context, rng) = (fetched.context(called), &mut self.port.rng());
            registry::withdraw(self.port.sql(), &context, rng, request, id)?;
            return Err(failure);
        }
        // The account is there, whatever becomes of this: the next registration tries it again.
        let _: Result<(), Failure> = self.make_ahead(place, now).await;
        Ok(id)
    }

    /// Does `work` with a group that has a free place, whose keys it fetched. Again, should the last place have been taken,
    /// or the group written again, meanwhile.
    async fn with_place<T>(
        &self,
        called: Call,
        work: impl Fn(&P::Sql, &Context<'_>, GroupName) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..TRIES {
            let group = self.open_group(called.place, called.now).await?;
            let fetched = match self.fetch_keys(called, &[Source::Group(group)]).await {
                Err(Failure::Moved) => continue,
                fetched => fetched?,
            };
            match work(self.port.sql(), &fetched.context(called), group.name) {
                Err(Failure::Moved) => {}
                done => return done,
            }
        }
        Err(Failure::Moved)
    }

    /// Forgets the account, then destroys the record key that it left.
    pub(super) async fn unregister(&self, called: Call, signed: &Signed) -> Result<(), Failure> {
        let left = self.for_account(called, signed.id, |sql, context| {
            registry::unregister(sql, context, &mut self.port.rng(), signed)
        });
        let left = left.await;
        self.then_destroy(called, left).await
    }

    /// What stays of the account moves to another record key; then the former one is destroyed.
    pub(super) async fn delete_history(
        &self,
        called: Call,
        signed: &Signed,
    ) -> Result<(), Failure> {
        let left = self.move_account(called, signed).await;
        self.then_destroy(called, left).await
    }

    async fn move_account(&self, called: Call, signed: &Signed) -> Result<Left, Failure> {
        let Called { place, now, .. } = called;
        let allowed = self.for_account(called, signed.id, |sql, context| {
            registry::may_delete_history(sql, context, signed)
        });
        allowed.await?;
        for _ in 0..TRIES {
            let group = self.open_group(place, now).await?;
            let keeper = registry::keeper_of(self.port.sql(), &place, signed.id)?;
            let mut sources = self.sources(keeper)?;
            if !sources.contains(&Source::Group(group)) {
                sources.push(Source::Group(group));
            }
            let deleted = self.with_keys(called, &sources, |sql, context| {
                let rng = &mut self.port.rng();
                registry::delete_exposure_history(sql, context, rng, signed, group.name)
            });
            match deleted.await {
                Err(Failure::Moved) => {}
                done => return done,
            }
        }
        Err(Failure::Moved)
    }

    /// Applies deliveries: opens them, fetches the record keys of whoever they are about, judges. Which of them the
    /// registry has: what is not readable here, whose group is not loaded yet, and whose safe does not answer, stays owed
    /// alone.
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
        // Until the groups are loaded, a delivery fetches none: a question that comes after it would be quick.
        let mut waits = false;
        for id in arrivals.iter().flatten().filter_map(Arrival::identity) {
            waits |= self.waits_for_loading(place, id)?;
        }
        if waits {
            self.wait_for_loading(place, now).await?;
        }
        let mut keepers = BTreeSet::new();
        for arrival in &mut arrivals {
            let Some(id) = arrival.as_ref().and_then(Arrival::identity) else {
                continue;
            };
            if waits && self.waits_for_loading(place, id)? {
                *arrival = None;
            } else {
                keepers.extend(registry::keeper_of(self.port.sql(), &place, id)?);
            }
        }
        let sources = self.sources(keepers)?;
        let records = safes::open_some(&self.port, place.realm, &sources);
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
