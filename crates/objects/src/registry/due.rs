//! What a registry does by itself: it forgets at each midnight, destroys the keys of who left, and empties the safes that
//! nobody needs any more.

use core::time::Duration;

use decree::Moment;
use futures_util::future::join_all;
use operator_log::{ClassName, Event};
use service::registry::{self, Context, Emptying, Left, Progress};
use service::{Failure, Place, Realm};

use super::{Call, Registry};
use crate::alarms::AT_ONCE;
use crate::letter::Called;
use crate::pace::Pace;
use crate::{Port, safes, timekeeper};

impl<P: Port> Registry<P> {
    /// Does everything due, then arms the alarm for what will be next. Says whether all of it was done.
    pub(super) async fn do_due(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        let forgotten = self.forget(place, now).await;
        let written = self.write_groups(place, now).await;
        let emptied = self.empty_safes(place, now).await;
        let rewrapped = self.rewrap(place, now).await;
        let armed = match forgotten {
            Ok(false) => self.arm_by(place, now + timekeeper::RETRY).await,
            _ => self.arm_next(place, now).await,
        };
        forgotten.and(armed)?;
        Ok(written? & emptied? & rewrapped?)
    }

    /// Deletes what is past its term, and accounts that nobody can reach any more; six months after the end of the
    /// state of emergency, all that is left of anybody. While the host's clock is doubted this waits. Says whether it
    /// was done.
    async fn forget(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        if !timekeeper::believes(&self.port, place.realm).await? {
            return Ok(false);
        }
        let sql = self.port.sql();
        let mut pace = Pace::begin(&self.port).await;
        let put_back = || timekeeper::since_put_back(&self.port, place.realm, now);
        while registry::tick(sql, &place, put_back())? {
            pace.rest().await;
        }
        let now = put_back();
        if place.realm == Realm::National && self.port.settings()?.is_over(now) {
            while self.close(place, now)? {
                pace.rest().await;
            }
        }
        registry::forget_unreachable(sql, &place, &mut self.port.rng(), now)?;
        Ok(true)
    }

    /// A slice of the end: whether more is left. What was given up is forgotten in the same turn.
    fn close(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        let sql = self.port.sql();
        let before = registry::groups(sql, &place)?;
        let are_left = registry::close(sql, &place, &mut self.port.rng(), now)?;
        if registry::groups(sql, &place)?.len() < before.len() {
            let names: Vec<_> = before.iter().map(|group| group.name).collect();
            self.port.memory().forget_groups(&names);
        }
        Ok(are_left)
    }

    /// Empties the safes that are due, a few at once. A safe that does not answer is put off, and holds up none of the
    /// others: the alarm, or in a demo realm the next move of its clock, comes back to it.
    async fn empty_safes(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        /// What emptying them takes is one slice of work.
        const TOGETHER: usize = 4;
        /// After so long the rest is left to the alarm: it is due still, and so the alarm rings at once.
        const LONGEST: Duration = Duration::from_secs(10);
        let begun = self.port.now();
        let due = registry::emptying(self.port.sql(), &place, now)?;
        let (mut is_done, mut failed) = (true, Vec::new());
        let mut pace = Pace::begin(&self.port).await;
        for together in due.chunks(TOGETHER) {
            if self.port.now().since(begun) > LONGEST {
                is_done = false;
                break;
            }
            let tried = together.iter().map(|owed| async move {
                let emptied = self.empty(place, *owed).await;
                emptied.is_err().then_some(owed.id)
            });
            failed.extend(join_all(tried).await.into_iter().flatten());
            pace.rest().await;
        }
        if !failed.is_empty() {
            registry::put_off(self.port.sql(), &failed, self.later(place, now))?;
        }
        Ok(is_done && failed.is_empty())
    }

    /// When to try again what has failed: counted from this moment, and not from when the letter was sent.
    pub(super) fn later(&self, place: Place, now: Moment) -> Moment {
        let now = match place.realm {
            Realm::National => self.port.now(),
            Realm::Demo(_) | Realm::Seated(..) => now,
        };
        now + self.failures.add()
    }

    /// Wraps the keys of the next accounts again, and those in their safes, if that is due: a new root is the newest.
    /// What does not answer, or cannot be read, puts this walk off and nothing else. A demo realm lives for less than
    /// its roots.
    async fn rewrap(&self, place: Place, now: Moment) -> Result<bool, Failure> {
        if place.realm != Realm::National {
            return Ok(true);
        }
        let Err(_) = self.rewrap_slice(place, now).await else {
            return Ok(true);
        };
        self.port.log(Event::NotRewrapped, ClassName::Registry);
        registry::put_off_rewrap(self.port.sql(), &place, self.later(place, now))?;
        Ok(false)
    }

    async fn rewrap_slice(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let (sql, wrapping) = (self.port.sql(), self.wrapping(place.realm)?);
        let Some(slice) = registry::next_slice(sql, &place, &wrapping, now)? else {
            return Ok(());
        };
        let mut pace = Pace::begin(&self.port).await;
        for group in slice.groups() {
            self.write_once(place, now, *group).await?;
            pace.rest().await;
        }
        let keys = self.day_keys(place, now).await?;
        let sources = self.sources(slice.keepers().iter().copied())?;
        let mut records = safes::open(&self.port, place.realm, &sources).await?;
        let (of, root) = (slice.safes(), slice.root());
        safes::rewrap(&self.port, place.realm, of, root, &mut records).await?;
        let context = Context {
            place,
            wrapping: &wrapping,
            keys: &keys,
            records: &records,
            now,
        };
        registry::rewrap(sql, &context, &mut self.port.rng(), &slice)
    }

    /// How far that is.
    pub(super) fn progress(&self, place: Place, now: Moment) -> Result<Progress, Failure> {
        let newest = self.wrapping(place.realm)?.newest_id();
        registry::progress(self.port.sql(), &place, newest, now)
    }

    /// Destroys the record key that a call left, before the call is answered. What was asked is done, whatever becomes of
    /// this: the key stays owed its end.
    pub(super) async fn then_destroy(
        &self,
        called: Call,
        left: Result<Left, Failure>,
    ) -> Result<(), Failure> {
        let Called { place, now, .. } = called;
        let destroyed = match left? {
            Left::Group(name) => self.destroy_left(place, now, name).await,
            Left::Safe(owed) => self.empty(place, owed).await,
        };
        if destroyed.is_err() {
            let _: Result<(), Failure> = self.arm_next(place, now).await;
        }
        Ok(())
    }

    pub(super) async fn empty(&self, place: Place, owed: Emptying) -> Result<(), Failure> {
        safes::empty(&self.port, place.realm, owed.safe, owed.version).await?;
        registry::emptied(self.port.sql(), owed.id)
    }

    /// Arms the alarm, if none is armed, or if the groups are to be loaded.
    pub(super) async fn arm(&self, place: Place, now: Moment) -> Result<(), Failure> {
        if place.realm == Realm::National
            && (self.loads_at(place).is_some() || self.port.alarm().await?.is_none())
        {
            self.arm_next(place, now).await?;
        }
        Ok(())
    }

    /// Arms the alarm for what is due next: groups to be loaded or written, a safe to be emptied, a slice of a walk, or the next midnight. An alarm that is armed for
    /// then already is left alone, so that who only looks by writes nothing. Demo realms move by their own clock.
    pub(super) async fn arm_next(&self, place: Place, now: Moment) -> Result<(), Failure> {
        let midnight = now.day().plus_days(1).start();
        self.arm_by(place, midnight).await
    }

    /// The same, at `latest` at the latest.
    async fn arm_by(&self, place: Place, latest: Moment) -> Result<(), Failure> {
        /// Alarms count from the moment they are armed, a little after `now`.
        const SLACK: Duration = Duration::from_secs(5);
        if place.realm == Realm::National {
            let next = registry::next_due(self.port.sql(), &place)?;
            let due = [next, self.loads_at(place), Some(latest)];
            let due = due.into_iter().flatten().min().unwrap_or(latest);
            let armed = self.port.alarm().await?;
            // What is due already has its alarm when one is about to ring.
            let due = due.max(self.port.now());
            if armed.is_none_or(|armed| armed > due + SLACK) {
                // Counted from the host's clock: a letter that comes late must not put the alarm off.
                let wait = due.since(self.port.now());
                self.port.set_alarm(wait.max(AT_ONCE)).await?;
            }
        }
        Ok(())
    }
}
