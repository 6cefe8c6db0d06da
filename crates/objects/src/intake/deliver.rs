//! Deliveries: each contact goes to its registry and is acknowledged alone.
//!
//! One pass runs at a time: calls interleave, and an id must not be forgotten while its delivery is still under way.
//! A registry that does not answer holds up its own deliveries only, a safe what is sealed under its key, and a
//! delivery that a registry refuses only itself.

use core::time::Duration;

use decree::Moment;
use service::outbox::{self, Owed};
use service::{Class, Failure, Place, intake, schema};
use wire::Refusal;

use super::Intake;
use crate::calls::registry_calls;
use crate::letter::{self, UNREADABLE};
use crate::{Port, timekeeper};

/// Who waits for a pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// A demo realm's visitor, for everything.
    Visitor,
    /// Nobody: the alarm rang.
    Alarm,
}

/// How a pass ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Nothing is due any more.
    Done,
    /// It lasted long enough: more may be due.
    Early,
}

/// Deliveries that one read takes from the outbox.
const BATCH: u32 = 32;
/// Reads that one pass makes at the most.
const BATCHES: u32 = 8;
/// How long one pass lasts at the most, but for the delivery that is under way.
const LONGEST_PASS: Duration = Duration::from_secs(5);
/// Longer than a pass and the delivery that is under way at its end.
const LEASE: Duration = Duration::from_secs(20);
/// When a registry that answered, but could not take this delivery, is asked again.
const LATER: Duration = Duration::from_mins(1);
/// Every moment is before this one, in Unix seconds.
const EVER: Moment = Moment::from_unix(1 << 40);

impl<P: Port> Intake<P> {
    /// Delivers what is due, from the tables of an intake that has some.
    pub(super) async fn deliver_due(&self, place: Place, now: Moment) -> Result<(), Failure> {
        self.deliver(place, now, Pace::Alarm).await.map(drop)
    }

    /// Delivers some of what waits, due or not, and says whether more waits.
    pub(super) async fn deliver_all(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        if !schema::check(self.port.sql(), &place)? {
            return Ok(false);
        }
        let ended = self.deliver(place, now, Pace::Visitor).await?;
        Ok(ended == Ended::Early)
    }

    async fn deliver(&self, place: Place, now: Moment, pace: Pace) -> Result<Ended, Failure> {
        let started = self.port.now();
        // A lease that ends later than one of now would was taken by a clock that was ahead.
        let until = self.delivering.get();
        if started < until && until <= started + LEASE {
            return Err(Refusal::Unavailable.into());
        }
        self.delivering.set(started + LEASE);
        let ended = self.pass(place, now, pace).await;
        self.delivering.set(started);
        ended
    }

    async fn pass(&self, place: Place, begun: Moment, pace: Pace) -> Result<Ended, Failure> {
        let sql = self.port.sql();
        let started = self.port.now();
        let (mut ended, mut has_failed) = (Ended::Early, false);
        'pass: for _ in 0..BATCHES {
            // A demo realm stands still while its visitor waits; the national one does not.
            let now = match pace {
                Pace::Visitor => begun,
                Pace::Alarm => {
                    let now = begun + self.port.now().since(started);
                    timekeeper::since_put_back(&self.port, place.realm, now)
                }
            };
            let until = match pace {
                Pace::Visitor => EVER,
                Pace::Alarm => now,
            };
            let owed = outbox::due(sql, until, BATCH)?;
            if owed.is_empty() {
                ended = Ended::Done;
                break 'pass;
            }
            for delivery in owed {
                if self.port.now().since(started) > LONGEST_PASS {
                    return Ok(Ended::Early);
                }
                let outcome = self.deliver_one(place, now, &delivery).await?;
                if matches!(outcome, Outcome::Delivered) {
                    intake::acknowledge(sql, &mut self.port.rng(), now, &delivery)?;
                    continue;
                }
                if pace == Pace::Visitor {
                    return Err(Refusal::Unavailable.into());
                }
                has_failed = true;
                self.put_off(&delivery, outcome)?;
                // What else was read may not be due any more.
                break;
            }
        }
        if !has_failed {
            self.failures.clear();
        }
        Ok(ended)
    }

    /// Puts off what the outcome concerns: this delivery, or all that is sealed under one key, or all of a registry.
    fn put_off(&self, delivery: &Owed, outcome: Outcome) -> Result<(), Failure> {
        let (sql, now) = (self.port.sql(), self.port.now());
        match outcome {
            Outcome::Delivered => Ok(()),
            Outcome::Refused => intake::postpone_one(sql, delivery.id, now + LATER),
            Outcome::SafeUnreached => {
                intake::postpone_alike(sql, &delivery.body, now, now + self.failures.add())
            }
            Outcome::RegistryUnreached => {
                intake::postpone(sql, delivery.to, now, now + self.failures.add())
            }
        }
    }

    async fn deliver_one(
        &self,
        place: Place,
        now: Moment,
        delivery: &Owed,
    ) -> Result<Outcome, Failure> {
        let key = match self.key_of(place, &delivery.body).await {
            Ok(key) => key,
            Err(Failure::Refused(_)) => return Ok(Outcome::SafeUnreached),
            // It concerns this delivery alone, below.
            Err(Failure::Unreadable(_)) => None,
            Err(failure) => return Err(failure),
        };
        let body = match intake::take_out(key.as_ref(), delivery) {
            Ok(Some(body)) => body,
            // Of an old copy of this database: nothing opens it.
            Ok(None) => return Ok(Outcome::Delivered),
            Err(_) => {
                self.port.log(UNREADABLE, &place.name());
                return Ok(Outcome::Refused);
            }
        };
        let registries = self.port.settings()?.shards(place.realm).registries;
        let to = Place {
            class: Class::Registry,
            index: delivery.to,
            of: registries,
            ..place
        };
        let call = registry_calls::Apply {
            delivery: delivery.id,
            body: body.to_vec(),
        };
        let reached = letter::reach(&self.port, letter::PATIENCE, &to, now, &call).await;
        Ok(match reached {
            Some(Ok(())) => Outcome::Delivered,
            Some(Err(_)) => Outcome::Refused,
            None => Outcome::RegistryUnreached,
        })
    }
}

/// What became of one delivery.
enum Outcome {
    /// The registry has it, or nothing opens it any more.
    Delivered,
    /// The registry answered that it cannot take this one now, or what waits is not readable here.
    Refused,
    /// The registry did not answer: it may have the delivery or not.
    RegistryUnreached,
    /// The safe of the key that the delivery waited under did not answer.
    SafeUnreached,
}
