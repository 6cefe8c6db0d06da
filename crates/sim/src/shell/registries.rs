//! What a registry's object does when it is called: `worker::object::registry`.

use chacha20::ChaCha20Rng;
use decree::Moment;
use robert::Id;
use service::outbox::Owed;
use service::record::{RecordKey, SafeName};
use service::registry::{self, Arrival, Context, Register, Signed};
use service::{Class, Failure};
use store::Sql;
use wire::Refusal;

use super::{Object, REALM, SHARDS, Shell, engine, place};

impl Shell {
    /// The account, then its safe.
    pub(super) fn open_account(&mut self, index: u16, request: &Register) -> Result<Id, Refusal> {
        let now = self.now;
        let (safe, record) = RecordKey::draw(&mut self.rng);
        let id = self.with_keys(index, now, &[], |sql, context, rng| {
            registry::register(sql, context, rng, request, (safe, &record))
        })?;
        if let Err(refusal) = self.fill_safe(safe, &record) {
            self.done = false;
            let withdrawn = self.with_keys(index, now, &[], |sql, context, rng| {
                registry::withdraw(sql, context, rng, id)
            });
            // The account is there unless it was taken back.
            self.done = !self.done;
            return withdrawn.and(Err(refusal));
        }
        Ok(id)
    }

    pub(super) fn close_account(&mut self, signed: &Signed) -> Result<(), Refusal> {
        let now = self.now;
        let closed = self.for_account(signed.id, now, |sql, context, rng| {
            registry::unregister(sql, context, rng, signed)
        });
        self.empty_safes(Self::registry_of(signed.id), now);
        closed
    }

    /// What stays of the account moves to a new safe, which is filled first.
    pub(super) fn move_account(&mut self, signed: &Signed) -> Result<(), Refusal> {
        let moved = self.try_to_move(signed);
        self.empty_safes(Self::registry_of(signed.id), self.now);
        moved
    }

    fn try_to_move(&mut self, signed: &Signed) -> Result<(), Refusal> {
        let (id, now) = (signed.id, self.now);
        self.for_account(id, now, |sql, context, _| {
            registry::may_delete_history(sql, context, signed)
        })?;
        self.done = false;
        let (safe, record) = RecordKey::draw(&mut self.rng);
        self.fill_safe(safe, &record)?;
        let moved = self.for_account(id, now, |sql, context, rng| {
            registry::delete_exposure_history(sql, context, rng, signed, (safe, &record))
        });
        if moved.is_err() && self.safe_of(id).is_ok_and(|used| used != Some(safe)) {
            // Left full it would hold a key of nothing.
            let _: Result<(), Refusal> = self.empty_safe(safe);
        }
        moved
    }

    /// Opens a delivery, then fetches the record key of whoever it is about.
    pub(super) fn receive(&mut self, now: Moment, delivery: &Owed) -> Result<(), Refusal> {
        let Owed { id, to, body } = delivery;
        let arrival = Arrival::open(&self.keys(now)?, body);
        let apply = |sql: &dyn Sql, context: &Context<'_>, rng: &mut ChaCha20Rng| {
            registry::apply(sql, context, rng, *id, &arrival)
        };
        match arrival.identity() {
            Some(id) => self.for_account(id, now, apply),
            None => self.with_keys(*to, now, &[], apply),
        }
    }

    /// Empties the safes of what was deleted. One that does not answer stays owed: the alarm comes back to it.
    pub(super) fn empty_safes(&mut self, index: u16, now: Moment) {
        if self.try_to_empty(index).is_err() {
            self.retry(Object::Registry(index), now);
        }
    }

    fn try_to_empty(&mut self, index: u16) -> Result<(), Refusal> {
        let sql = engine(&self.registries, index)?;
        for (owed, safe) in registry::emptying(sql, &place(Class::Registry, index))? {
            self.empty_safe(safe)?;
            registry::emptied(engine(&self.registries, index)?, owed)?;
        }
        Ok(())
    }

    fn safe_of(&self, id: Id) -> Result<Option<SafeName>, Refusal> {
        let index = Self::registry_of(id);
        let sql = engine(&self.registries, index)?;
        Ok(registry::safe_of(sql, &place(Class::Registry, index), id)?)
    }

    /// Fetches the day keys and this account's record key, then does the work. No other call comes between, so no account
    /// moves meanwhile.
    pub(super) fn for_account<T>(
        &mut self,
        id: Id,
        now: Moment,
        work: impl FnOnce(&dyn Sql, &Context<'_>, &mut ChaCha20Rng) -> Result<T, Failure>,
    ) -> Result<T, Refusal> {
        let safes: Vec<_> = self.safe_of(id)?.into_iter().collect();
        self.with_keys(Self::registry_of(id), now, &safes, work)
    }

    /// Fetches the day keys and these record keys, then does the work; then the alarm.
    fn with_keys<T>(
        &mut self,
        index: u16,
        now: Moment,
        safes: &[SafeName],
        work: impl FnOnce(&dyn Sql, &Context<'_>, &mut ChaCha20Rng) -> Result<T, Failure>,
    ) -> Result<T, Refusal> {
        let keys = self.keys(now)?;
        let records = self.open_safes(safes)?;
        let wrapping = self.ring.wrapping(REALM);
        let context = Context {
            place: place(Class::Registry, index),
            wrapping: &wrapping,
            keys: &keys,
            records: &records,
            now,
        };
        let sql = engine(&self.registries, index)?;
        let done = work(sql, &context, &mut self.rng);
        self.done = done.is_ok() || sql.has_kept();
        let done = done?;
        self.arm_registry(index, now);
        Ok(done)
    }

    /// The registry that an identity belongs to.
    pub(crate) const fn registry_of(id: Id) -> u16 {
        let [first, ..] = id.0;
        SHARDS.registry_of(first)
    }
}
