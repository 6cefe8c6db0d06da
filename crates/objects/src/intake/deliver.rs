//! Deliveries: what is due for one registry goes there together, and each is acknowledged that the registry has. What is
//! due of a decoy is dropped: only what was sealed for its wait tells it apart.
//!
//! One pass runs at a time: calls interleave, and an id must not be forgotten while its delivery is still under way.
//! A registry that does not answer holds up its own deliveries only, a safe what is sealed under its key, and a
//! delivery that a registry refuses only itself.

use core::iter;
use core::time::Duration;

use decree::Moment;
use operator_log::{ClassName, Event};
use service::outbox::{self, DeliveryId, Owed};
use service::parcel::Parcel;
use service::{Class, Failure, Place, intake, schema};
use wire::Refusal;

use super::Intake;
use crate::calls::registry_calls;
use crate::letter;
use crate::pace::Pace;
use crate::{Port, timekeeper};

/// Who waits for a pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiter {
    /// A demo realm's visitor, for everything.
    Visitor,
    /// Nobody: the alarm rang.
    Nobody,
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
const ROWS: u32 = 64;
/// Reads that one pass makes at the most.
const READS: u32 = 32;
/// Deliveries that travel in one call: while a registry applies them nobody else is served, for about ten milliseconds.
const TOGETHER: usize = 8;
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
        self.deliver(place, now, Waiter::Nobody).await.map(drop)
    }

    /// Delivers some of what waits, due or not, and says whether more waits.
    pub(super) async fn deliver_all(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        if !schema::check(self.port.sql(), &place)? {
            return Ok(false);
        }
        let ended = self.deliver(place, now, Waiter::Visitor).await?;
        Ok(ended == Ended::Early)
    }

    async fn deliver(&self, place: Place, now: Moment, waiter: Waiter) -> Result<Ended, Failure> {
        let started = self.port.now();
        // A lease that ends later than one of now would was taken by a clock that was ahead.
        let until = self.delivering.get();
        if started < until && until <= started + LEASE {
            return Err(Refusal::Unavailable.into());
        }
        self.delivering.set(started + LEASE);
        let ended = self.pass(place, now, waiter).await;
        self.delivering.set(started);
        ended
    }

    async fn pass(&self, place: Place, begun: Moment, waiter: Waiter) -> Result<Ended, Failure> {
        let sql = self.port.sql();
        let started = self.port.now();
        let (mut ended, mut has_failed) = (Ended::Early, false);
        let mut pace = Pace::begin(&self.port).await;
        'pass: for _ in 0..READS {
            // A demo realm stands still while its visitor waits; the national one does not.
            let now = match waiter {
                Waiter::Visitor => begun,
                Waiter::Nobody => {
                    let now = begun + self.port.now().since(started);
                    timekeeper::since_put_back(&self.port, place.realm, now)
                }
            };
            let until = match waiter {
                Waiter::Visitor => EVER,
                Waiter::Nobody => now,
            };
            let owed = outbox::due(sql, until, ROWS)?;
            if owed.is_empty() {
                ended = Ended::Done;
                break 'pass;
            }
            for (to, owed) in calls(owed) {
                if self.port.now().since(started) > LONGEST_PASS {
                    return Ok(Ended::Early);
                }
                let made = self.deliver_some(place, now, to, owed).await?;
                let Made {
                    delivered, dropped, ..
                } = &made;
                intake::acknowledge(sql, &place, &mut self.port.rng(), now, delivered, dropped)?;
                pace.rest().await;
                let Some(failed) = made.failed else {
                    continue;
                };
                if waiter == Waiter::Visitor {
                    return Err(Refusal::Unavailable.into());
                }
                has_failed = true;
                self.put_off(failed, &mut pace).await?;
                // What else was read may not be due any more.
                break;
            }
        }
        if !has_failed {
            self.failures.clear();
        }
        Ok(ended)
    }

    /// Puts off what failed: these deliveries, or all that is sealed under one key, or all of a registry.
    async fn put_off(&self, failed: Failed, pace: &mut Pace<'_, P>) -> Result<(), Failure> {
        let (sql, now) = (self.port.sql(), self.port.now());
        let until = match &failed {
            Failed::Refused(ids) => {
                return intake::postpone_these(sql, ids, now + LATER);
            }
            Failed::SafeUnreached(_) | Failed::RegistryUnreached(_) => now + self.failures.add(),
        };
        loop {
            let are_left = match &failed {
                Failed::Refused(_) => false,
                Failed::SafeUnreached(body) => intake::postpone_alike(sql, body, now, until)?,
                Failed::RegistryUnreached(to) => intake::postpone(sql, *to, now, until)?,
            };
            if !are_left {
                return Ok(());
            }
            pace.rest().await;
        }
    }

    /// Delivers what is owed to one registry, in one call.
    async fn deliver_some(
        &self,
        place: Place,
        now: Moment,
        to: u16,
        owed: Vec<Owed>,
    ) -> Result<Made, Failure> {
        let (mut delivered, mut dropped, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let (mut sent, mut bodies) = (Vec::new(), Vec::new());
        for owed in owed {
            let key = match self.key_of(place, &owed.body).await {
                Ok(key) => key,
                Err(Failure::Refused(_)) => {
                    let failed = Some(Failed::SafeUnreached(owed.body));
                    return Ok(Made {
                        delivered,
                        dropped,
                        failed,
                    });
                }
                // It concerns this delivery alone, below.
                Err(Failure::Unreadable(_)) => None,
                Err(failure) => return Err(failure),
            };
            match intake::take_out(key.as_ref(), &owed) {
                Ok(Some(body)) if Parcel::is_decoy(&body) => dropped.push(owed),
                Ok(Some(body)) => {
                    bodies.push(registry_calls::Delivery {
                        id: owed.id,
                        body: body.to_vec(),
                    });
                    sent.push(owed);
                }
                // Of an old copy of this database: nothing opens it.
                Ok(None) => delivered.push(owed),
                Err(_) => {
                    self.port.log(Event::Unreadable, ClassName::Intake);
                    refused.push(owed.id);
                }
            }
        }
        if !sent.is_empty() {
            let registries = self.port.settings()?.shards(place.realm)?.registries;
            let at = Place {
                class: Class::Registry,
                index: to,
                of: registries,
                ..place
            };
            let call = registry_calls::ApplyAll(bodies);
            let reached = letter::reach(&self.port, letter::PATIENCE, &at, now, &call).await;
            let Some(answer) = reached else {
                let failed = Some(Failed::RegistryUnreached(to));
                return Ok(Made {
                    delivered,
                    dropped,
                    failed,
                });
            };
            let has = answer.unwrap_or_default();
            let has = has.into_iter().chain(iter::repeat(false));
            for (owed, has) in sent.into_iter().zip(has) {
                if has {
                    delivered.push(owed);
                } else {
                    refused.push(owed.id);
                }
            }
        }
        let failed = (!refused.is_empty()).then_some(Failed::Refused(refused));
        Ok(Made {
            delivered,
            dropped,
            failed,
        })
    }
}

/// What is owed, as it travels: to one registry, so many together, in the order in which it is due.
fn calls(owed: Vec<Owed>) -> Vec<(u16, Vec<Owed>)> {
    let mut calls: Vec<(u16, Vec<Owed>)> = Vec::new();
    for owed in owed {
        let open = calls.iter_mut().rev().find(|(to, _)| *to == owed.to);
        match open.filter(|(_, together)| together.len() < TOGETHER) {
            Some((_, together)) => together.push(owed),
            None => calls.push((owed.to, vec![owed])),
        }
    }
    calls
}

/// What one call came to.
struct Made {
    /// What the registry has, and what nothing opens any more.
    delivered: Vec<Owed>,
    /// What is a decoy's.
    dropped: Vec<Owed>,
    /// Why the rest stays owed.
    failed: Option<Failed>,
}

/// What stays owed, and why.
enum Failed {
    /// The registry answered that it cannot take these now, or they are not readable here.
    Refused(Vec<DeliveryId>),
    /// The registry did not answer: it may have the deliveries or not.
    RegistryUnreached(u16),
    /// The safe of the key that this body waits under did not answer.
    SafeUnreached(Vec<u8>),
}
