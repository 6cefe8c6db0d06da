//! The desk in its object.

use core::time::Duration;

use operator_log::ClassName;
use service::desk;
use service::{Class, Failure, Place, Realm, schema};
use wire::issuer::KeyOrder;

use crate::alarms::{AT_ONCE, Failures};
use crate::calls::desk_calls::{self as calls, Received};
use crate::letter::{Answer, Called};
use crate::{Object, Port, entry, timekeeper};

/// Who may hand out one-time codes.
pub struct Desk<P> {
    port: P,
    failures: Failures,
}

impl<P: Port> Desk<P> {
    /// The desk on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            failures: Failures::default(),
        }
    }

    /// Arms the alarm for what is due next, in the same turn as what was written.
    async fn then_arm<T>(&self, done: Result<T, Failure>) -> Result<T, Failure> {
        let done = done?;
        let ends = self.port.settings()?.record_ends();
        if let Some(due) = desk::next_due(self.port.sql(), ends)? {
            let wait: Duration = due.since(self.port.now()).max(AT_ONCE);
            self.port.set_alarm(wait).await?;
        }
        Ok(done)
    }

    /// Forgets what is due, and arms the alarm for what will be. While the host's clock is not believed this waits.
    async fn do_due(&self) -> Result<(), Failure> {
        let sql = self.port.sql();
        let Some(place) = schema::stored_place(sql, Realm::National, Class::Desk)? else {
            return Ok(());
        };
        if !timekeeper::believes(&self.port, place.realm).await? {
            return Ok(self.port.set_alarm(timekeeper::RETRY).await?);
        }
        let ends = self.port.settings()?.record_ends();
        let ticked = desk::tick(sql, &place, self.port.now(), ends);
        self.then_arm(ticked).await
    }
}

impl<P: Port> Object for Desk<P> {
    type Class = calls::Desk;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, called: Called<Place>, call: Received) -> Answer {
        let Called { place, now, .. } = called;
        let (sql, rng) = (self.port.sql(), &mut self.port.rng());
        match call {
            Received::Admit(calls::Admit(holder), to) => {
                to.answer(desk::admit(sql, &place, holder))
            }
            Received::HandOut(calls::HandOut(holder, order), to) => {
                let until = desk::hand_out(sql, &place, rng, now, holder, &order);
                to.answer(self.then_arm(until).await)
            }
            Received::MakeKey(call, to) => {
                let calls::MakeKey {
                    holder,
                    role,
                    quota,
                    hash,
                } = call;
                let order = KeyOrder { role, quota };
                let id = desk::make_key(sql, &place, rng, now, holder, order, hash);
                to.answer(self.then_arm(id).await)
            }
            Received::RevokeKey(calls::RevokeKey(holder, id), to) => {
                let revoked = desk::revoke_key(sql, &place, rng, now, holder, &id);
                to.answer(self.then_arm(revoked).await)
            }
            Received::VoidCodes(calls::VoidCodes(holder, id), to) => {
                let voided = desk::void_codes(sql, &place, rng, now, holder, &id);
                to.answer(self.then_arm(voided).await)
            }
            Received::ListKeys(calls::ListKeys(holder, before), to) => {
                let keys = desk::list_keys(sql, &place, now, holder, before.as_deref());
                to.answer(keys.and_then(|keys| entry::write(&keys)))
            }
            Received::ListActs(calls::ListActs(holder, before), to) => {
                let acts = desk::list_acts(sql, &place, holder, before.as_deref());
                to.answer(acts.and_then(|acts| entry::write(&acts)))
            }
            Received::ConfirmClock(calls::ConfirmClock(holder), to) => {
                let confirmed = desk::confirm_clock(sql, &place, rng, now, holder);
                to.answer(self.then_arm(confirmed).await)
            }
            Received::AdmitOperator(calls::AdmitOperator(holder), to) => {
                to.answer(desk::admit_operator(sql, &place, holder))
            }
            Received::AskRegistrationKey(calls::AskRegistrationKey { holder, until }, to) => {
                let asked = desk::ask_registration_key(sql, &place, rng, now, holder, until);
                to.answer(self.then_arm(asked).await)
            }
            Received::Wake(_, to) => to.answer(self.then_arm(Ok(())).await),
        }
    }

    /// Forgets what is due.
    async fn ring(&self) {
        match self.do_due().await {
            Ok(()) => self.failures.clear(),
            Err(_) => self.failures.retry(&self.port, ClassName::Desk).await,
        }
    }
}
