//! What a registry's object does when it is called: `worker::object::registry`.

use core::time::Duration;

use chacha20::ChaCha20Rng;
use decree::Moment;
use robert::Id;
use service::outbox::Owed;
use service::record::{RecordKey, SafeName};
use service::registry::{self, Arrival, Context, Emptying, Register, Signed};
use service::{Class, Failure};
use store::Sql;
use wire::Refusal;

use super::{Object, REALM, SHARDS, Shell, engine, place};

/// Calls to a safe fail one at a time here: so this is always the first delay. Alarms come in whole seconds.
const PUT_OFF: Duration = Duration::from_secs(1);

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
                registry::withdraw(sql, context, rng, request, (id, safe))
            });
            self.arm_next(index, now);
            // The account is there unless it was taken back.
            self.done = !self.done;
            return withdrawn.and(Err(refusal));
        }
        Ok(id)
    }

    pub(super) fn close_account(&mut self, signed: &Signed) -> Result<(), Refusal> {
        let now = self.now;
        let left = self.for_account(signed.id, now, |sql, context, rng| {
            registry::unregister(sql, context, rng, signed)
        });
        self.then_empty(Self::registry_of(signed.id), left)
    }

    /// What stays of the account moves to a new safe, which is filled first.
    pub(super) fn move_account(&mut self, signed: &Signed) -> Result<(), Refusal> {
        let left = self.try_to_move(signed);
        self.then_empty(Self::registry_of(signed.id), left)
    }

    fn try_to_move(&mut self, signed: &Signed) -> Result<Emptying, Refusal> {
        let (id, now) = (signed.id, self.now);
        self.for_account(id, now, |sql, context, _| {
            registry::may_delete_history(sql, context, signed)
        })?;
        self.done = false;
        let (safe, record) = RecordKey::draw(&mut self.rng);
        let left = match self.fill_safe(safe, &record) {
            Ok(()) => self.for_account(id, now, |sql, context, rng| {
                registry::delete_exposure_history(sql, context, rng, signed, (safe, &record))
            }),
            Err(refusal) => Err(refusal),
        };
        if left.is_err() {
            // It may be full, or become so, and would hold a key of nothing.
            let index = Self::registry_of(id);
            let sql = engine(&self.registries, index)?;
            let place = place(Class::Registry, index);
            registry::abandon(sql, &place, &mut self.rng, now, (id, safe))?;
            self.arm_next(index, now);
        }
        left
    }

    /// Opens a delivery, then fetches the record key of whoever it is about.
    pub(super) fn receive(&mut self, now: Moment, delivery: &Owed) -> Result<(), Refusal> {
        let Owed { id, to, body, .. } = delivery;
        let arrival = Arrival::open(&self.keys(now)?, body);
        let apply = |sql: &dyn Sql, context: &Context<'_>, rng: &mut ChaCha20Rng| {
            registry::apply(sql, context, rng, *id, &arrival)
        };
        match arrival.identity() {
            Some(id) => self.for_account(id, now, apply),
            None => self.with_keys(*to, now, &[], apply),
        }
    }

    /// Empties the safes that are due, then arms the alarm for the next one. One that does not answer is put off, and holds
    /// up none of the others.
    pub(super) fn empty_safes(&mut self, index: u16, now: Moment) {
        if self.try_to_empty(index, now).is_err() {
            self.retry(Object::Registry(index), now);
        } else {
            self.arm_next(index, now);
        }
    }

    fn try_to_empty(&mut self, index: u16, now: Moment) -> Result<(), Refusal> {
        let sql = engine(&self.registries, index)?;
        for (owed, safe) in registry::emptying(sql, &place(Class::Registry, index), now)? {
            if self.empty(index, (owed, safe)).is_err() {
                registry::put_off(engine(&self.registries, index)?, &[owed], now + PUT_OFF)?;
            }
        }
        Ok(())
    }

    /// Empties the safe that a call left. What was asked is done, whatever becomes of this: it stays owed.
    fn then_empty(&mut self, index: u16, left: Result<Emptying, Refusal>) -> Result<(), Refusal> {
        if self.empty(index, left?).is_err() {
            self.arm_next(index, self.now);
        }
        Ok(())
    }

    fn empty(&mut self, index: u16, (owed, safe): Emptying) -> Result<(), Refusal> {
        self.empty_safe(safe)?;
        Ok(registry::emptied(engine(&self.registries, index)?, owed)?)
    }

    /// Arms the alarm for what is due next: a safe to be emptied, or the next midnight.
    fn arm_next(&mut self, index: u16, now: Moment) {
        let midnight = now.day().plus_days(1).start();
        let next = engine(&self.registries, index)
            .map_err(Failure::Refused)
            .and_then(|sql| registry::next_due(sql, &place(Class::Registry, index)));
        let due = next
            .ok()
            .flatten()
            .map_or(midnight, |due| due.min(midnight));
        self.alarms
            .set(Object::Registry(index), due.max(now + PUT_OFF));
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
