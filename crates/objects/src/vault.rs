//! The vault of one day: a key-value object, since a SQLite one can be rolled back by thirty days on the platform.
//! It holds that day's keys, wrapped, and after them the receipt of their end.

use decree::{Day, Moment, article_3};
use futures_util::future::join;
use operator_log::ClassName;
use service::vault::{self, DayKeys, Decision, Holds};
use service::{Failure, Realm, state};
use store::Fault;
use wire::Refusal;

use crate::alarms::Failures;
use crate::calls::VaultPlace;
use crate::calls::vault_calls::{self as calls, Received};
use crate::letter::{Answer, Called};
use crate::turns::{self, Turns};
use crate::{Object, Port, entry, timekeeper};

/// The keys of one day.
pub struct Vault<P> {
    port: P,
    failures: Failures,
    turns: Turns,
}

/// Names of the stored values.
const KEYS: &str = "keys";
const RECEIPT: &str = "receipt";

/// What the vault stores. With its keys stands their day, which an alarm is not told.
struct Stored {
    keys: Option<(Day, Vec<u8>)>,
    /// When the keys were destroyed, in Unix seconds.
    receipt: Option<u64>,
}

impl<P: Port> Vault<P> {
    /// A vault on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            failures: Failures::default(),
            turns: Turns::default(),
        }
    }

    /// The keys of this day, made if they may be; `None` for a destroyed day, and for one whose keys may not be made
    /// while the clock is doubted.
    async fn keys(&self, realm: Realm, day: Day, now: Moment) -> Result<Option<DayKeys>, Failure> {
        let wrapping = self.port.settings()?.ring.vault(realm);
        // Asked before storage is read: nothing may come between what is read and what is written.
        let may_make = self.may_make(realm).await?;
        let stored = self.stored().await?;
        let holds = match (&stored.keys, stored.receipt) {
            (_, Some(_)) => Holds::Receipt,
            (Some(_), None) => Holds::Keys,
            (None, None) => Holds::Nothing,
        };
        // A letter that was sent by a clock that was ahead makes no keys of days far ahead.
        let now = timekeeper::since_put_back(&self.port, realm, now);
        match vault::decide(holds, day, now) {
            Decision::HandOut => {
                if realm == Realm::National {
                    self.arm_if_lost(day).await?;
                }
                let wrapped = stored.keys.map(|(_, wrapped)| wrapped).unwrap_or_default();
                let keys = DayKeys::unwrap(&wrapping, day, &wrapped)?;
                keys.map(Some).ok_or(Failure::Misplaced)
            }
            // What is left of a forgotten day is destroyed by the alarm, or by the wake-up.
            Decision::Gone => Ok(None),
            Decision::Make if !may_make => Ok(None),
            Decision::Make => {
                let mut rng = self.port.rng();
                let keys = DayKeys::draw(&mut rng);
                turns::keep(&self.port, realm).await?;
                let put = self.port.put(KEYS, keys.wrap(&wrapping, &mut rng, day));
                // Keys never stand without the alarm that ends them: both are begun together.
                if realm == Realm::National {
                    let (put, armed) = join(put, self.arm(day)).await;
                    put?;
                    armed?;
                } else {
                    put.await?;
                }
                Ok(Some(keys))
            }
            Decision::TooSoon => Err(Refusal::Unavailable.into()),
        }
    }

    /// Whether keys may be made, should there be none: the timekeeper is asked only then.
    async fn may_make(&self, realm: Realm) -> Result<bool, Failure> {
        let stored = self.stored().await?;
        let is_empty = stored.keys.is_none() && stored.receipt.is_none();
        Ok(is_empty && timekeeper::believes(&self.port, realm).await?)
    }

    /// Destroys the keys if their time has come: `deleteAll` alone removes bytes from the disk. The receipt is begun
    /// together with it.
    ///
    /// In the national realm both the time of the letter and the host's own must say so, the host's clock must be
    /// believed, and the stored keys must be those of this day: no letter alone destroys a key.
    async fn tick(&self, realm: Realm, day: Day, now: Moment) -> Result<(), Failure> {
        let is_over = || {
            let now = timekeeper::since_put_back(&self.port, realm, now);
            article_3::day_is_forgotten(day, now)
        };
        let is_here = |keys: Option<(Day, Vec<u8>)>| keys.is_some_and(|(of, _)| of == day);
        let is_due = is_over() && is_here(self.stored().await?.keys);
        if is_due && !timekeeper::believes(&self.port, realm).await? {
            // An alarm that is armed is left alone: whoever comes by must not put it off.
            if self.port.alarm().await?.is_none() {
                self.port.set_alarm(timekeeper::RETRY).await?;
            }
            return Ok(());
        }
        // The timekeeper was asked meanwhile.
        if is_over() && is_here(self.stored().await?.keys) {
            let receipt = vault::write_receipt(now).to_vec();
            let emptied = self.port.delete_all();
            let kept = async {
                turns::keep(&self.port, realm).await?;
                self.port.put(RECEIPT, receipt).await
            };
            let (emptied, kept) = join(emptied, kept).await;
            emptied.and(kept)?;
        }
        Ok(())
    }

    /// The wait counts from the host's clock: a letter that comes late must not put the alarm off.
    async fn arm(&self, day: Day) -> Result<(), Fault> {
        let wait = vault::destroyed_at(day).since(self.port.now());
        self.port.set_alarm(wait).await
    }

    /// Arms the alarm if there is none, or if a clock that was ahead set it too late.
    async fn arm_if_lost(&self, day: Day) -> Result<(), Fault> {
        match self.port.alarm().await? {
            Some(armed) if armed <= vault::destroyed_at(day) + timekeeper::RETRY => Ok(()),
            _ => self.arm(day).await,
        }
    }

    async fn show(&self, realm: Realm, day: Day) -> Result<String, Failure> {
        let wrapping = self.port.settings()?.ring.vault(realm);
        let stored = self.stored().await?;
        let wrapped = stored.keys.map(|(_, wrapped)| wrapped);
        let opened = match &wrapped {
            Some(bytes) => DayKeys::unwrap(&wrapping, day, bytes)?,
            None => None,
        };
        let opened = wrapped.as_deref().zip(opened.as_ref());
        let turn = turns::stored(&self.port).await?;
        let shown = state::vault(day, opened, stored.receipt, turn);
        entry::write(&shown)
    }

    async fn stored(&self) -> Result<Stored, Failure> {
        let keys = match self.port.value(KEYS).await? {
            Some(bytes) => Some((vault::stored_day(&bytes)?, bytes)),
            None => None,
        };
        let receipt = match self.port.value(RECEIPT).await? {
            Some(bytes) => Some(vault::read_receipt(&bytes)?.unix()),
            None => None,
        };
        Ok(Stored { keys, receipt })
    }

    /// What is due at the alarm, in the national realm: only its vaults arm one.
    async fn do_due(&self) -> Result<(), Failure> {
        let now = self.port.now();
        match self.stored().await?.keys {
            Some((day, _)) if now < vault::destroyed_at(day) => Ok(self.arm(day).await?),
            Some((day, _)) => self.tick(Realm::National, day, now).await,
            None => Ok(()),
        }
    }
}

impl<P: Port> Object for Vault<P> {
    type Class = calls::Vault;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, called: Called<VaultPlace>, call: Received) -> Answer {
        let Called { place, now, .. } = called;
        let (realm, day) = (place.realm, Day::from_number(place.day));
        match call {
            Received::Keys(_, to) => to.answer(self.keys(realm, day, now).await),
            Received::Tick(_, to) => to.answer(self.tick(realm, day, now).await),
            Received::State(_, to) => to.answer(self.show(realm, day).await),
            Received::End(_, to) => to.answer(self.port.delete_all().await.map_err(Failure::from)),
        }
    }

    fn turns(&self) -> Option<&Turns> {
        Some(&self.turns)
    }

    async fn stored_turn(&self) -> Result<Option<u32>, Failure> {
        turns::stored(&self.port).await
    }

    fn forget_visit(&self) {
        self.failures.clear();
    }

    /// Destroys the keys at their moment.
    async fn ring(&self) {
        if self.do_due().await.is_err() {
            self.failures.retry(&self.port, ClassName::Vault).await;
        }
    }
}
