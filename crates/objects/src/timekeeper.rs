//! The timekeeper in its object: the highest time of the host that was believed.
//!
//! There is one, in the national realm: a key-value object, whose alarm reads the clock every quarter of an hour,
//! with or without traffic. Whoever is about to do something that cannot be undone asks `believes` first.

use core::time::Duration;

use decree::Moment;
use operator_log::{ClassName, Event};
use service::timekeeper::{self, Timekeeping};
use service::{Failure, Realm};
use wire::Refusal;

use crate::alarms::Failures;
use crate::calls::TimekeeperPlace;
use crate::calls::timekeeper_calls::{self as calls, Received};
use crate::letter::{self, Answer, Called};
use crate::{Host, Object, Port};

/// The host's highest time.
pub struct Timekeeper<P> {
    port: P,
    failures: Failures,
}

/// Name of the stored value.
const KNOWN: &str = "known";
/// For how long the front and the objects of one isolate go by one answer.
const FRESH: Duration = timekeeper::EVERY;
/// The same for a doubt, which an operator may end.
const DOUBT_FRESH: Duration = Duration::from_mins(1);
/// How soon what waits for a believed clock is tried again.
pub(crate) const RETRY: Duration = timekeeper::EVERY;

impl<P: Port> Timekeeper<P> {
    /// The timekeeper on this platform.
    pub fn new(port: P) -> Self {
        Self {
            port,
            failures: Failures::default(),
        }
    }

    async fn known(&self) -> Result<Option<Timekeeping>, Failure> {
        let stored = self.port.value(KNOWN).await?;
        let known = stored.map(|bytes| Timekeeping::from_bytes(&bytes));
        Ok(known.transpose().map_err(|_| store::Fault::Shape)?)
    }

    /// Reads the clock, and says whether it is believed. It is written down when the doubt changes, and else every
    /// quarter of an hour. Nothing comes between the look and the putting: both are storage's.
    async fn read(&self) -> Result<bool, Failure> {
        let now = self.port.now();
        let known = self.known().await?;
        let after = timekeeper::read(known, now);
        let is_due = known.is_none_or(|known| {
            known.doubt != after.doubt
                || Duration::from_secs(after.highest.abs_diff(known.highest)) >= timekeeper::EVERY
        });
        if is_due {
            self.port.put(KNOWN, after.to_bytes()).await?;
        }
        self.say_what_changed(known, after);
        // An alarm further off was armed by a clock that was ahead.
        let latest = now + timekeeper::EVERY;
        if self.port.alarm().await?.is_none_or(|armed| armed > latest) {
            self.port.set_alarm(timekeeper::EVERY).await?;
        }
        Ok(after.believes(now))
    }

    /// The log has a line when a doubt begins, and one when it ends. Both are told by what is stored: this object may
    /// leave memory between two readings.
    fn say_what_changed(&self, known: Option<Timekeeping>, after: Timekeeping) {
        let was_doubted = known.is_some_and(|known| known.doubt.is_some());
        let what = match (was_doubted, after.doubt.is_some()) {
            (false, true) => Event::ClockDoubted,
            (true, false) => Event::ClockBelieved,
            (false, false) | (true, true) => return,
        };
        self.port.log(what, ClassName::Timekeeper);
    }

    /// An operator says that the clock is right.
    async fn confirm(&self) -> Result<(), Failure> {
        let now = self.port.now();
        check_possible(now)?;
        let (known, after) = (self.known().await?, timekeeper::confirm(now));
        self.port.put(KNOWN, after.to_bytes()).await?;
        self.say_what_changed(known, after);
        Ok(())
    }
}

impl<P: Port> Object for Timekeeper<P> {
    type Class = calls::Timekeeper;
    type Port = P;

    fn port(&self) -> &P {
        &self.port
    }

    async fn answer(&self, _: Called<TimekeeperPlace>, call: Received) -> Answer {
        match call {
            Received::Read(_, to) => to.answer(self.read().await),
            Received::Confirm(_, to) => to.answer(self.confirm().await),
        }
    }

    /// A quarter of an hour has passed.
    async fn ring(&self) {
        let armed = self.port.set_alarm(timekeeper::EVERY).await;
        match armed.map_err(Failure::from).and(self.read().await) {
            Ok(_) => self.failures.clear(),
            Err(_) => self.failures.retry(&self.port, ClassName::Timekeeper).await,
        }
    }
}

/// What this isolate knows of the clock: when it was asked, and whether it was believed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard {
    at: Moment,
    pub(crate) believed: bool,
}

/// The time that what cannot be undone goes by once the clock is believed: the one that was read before, unless the host's
/// clock was put back while the timekeeper or anybody else was asked.
pub(crate) fn since_put_back(host: &impl Host, realm: Realm, read: Moment) -> Moment {
    match realm {
        Realm::National => read.min(host.now()),
        Realm::Demo(_) | Realm::Seated(..) => read,
    }
}

/// Whether what cannot be undone may be done in this realm now. A demo realm is its visitor's, and moves by its own
/// clock.
///
/// # Errors
/// [`Refusal::Unavailable`] when the timekeeper does not answer: then nobody knows, and nothing may be done.
pub(crate) async fn believes(host: &impl Host, realm: Realm) -> Result<bool, Refusal> {
    let Realm::National = realm else {
        return Ok(true);
    };
    let (now, heard) = (host.now(), host.memory().clock.get());
    if let Some(Heard { at, believed }) = heard
        && at <= now
        && now < at + if believed { FRESH } else { DOUBT_FRESH }
    {
        return Ok(believed);
    }
    read(host).await
}

/// Whether what cannot be undone may be done by this time, which was read before: the clock is believed, and was not put
/// back since.
///
/// # Errors
/// As [`believes`].
pub(crate) async fn stands_by(
    host: &impl Host,
    realm: Realm,
    read: Moment,
) -> Result<bool, Refusal> {
    Ok(believes(host, realm).await? && since_put_back(host, realm, read) == read)
}

/// Has the timekeeper read the clock.
pub(crate) async fn read(host: &impl Host) -> Result<bool, Refusal> {
    // The time before: a clock that is put back meanwhile was doubted, and is not.
    let at = host.now();
    let believed = letter::ask(host, &TimekeeperPlace, at, &calls::Read).await?;
    host.memory().clock.set(Some(Heard { at, believed }));
    Ok(believed)
}

/// Whether there is anything to confirm: of a time that cannot be right an operator's word is not even recorded.
///
/// # Errors
/// [`Refusal::Forbidden`] when the time is before the release of this code.
pub(crate) fn check_possible(now: Moment) -> Result<(), Refusal> {
    const TOO_EARLY: &str = "The host's clock is before the release of this server. Set it right.";
    if timekeeper::is_possible(now) {
        Ok(())
    } else {
        Err(Refusal::forbidden(TOO_EARLY))
    }
}

/// An operator confirms the host's time: what waited for that goes on with the next wake-up, which is due at once.
///
/// # Errors
/// [`Refusal::Forbidden`] when the time is before the release of this code; [`Refusal::Unavailable`].
pub async fn confirm(host: &impl Host) -> Result<(), Refusal> {
    let confirmed = letter::ask(host, &TimekeeperPlace, host.now(), &calls::Confirm).await;
    host.memory().clock.set(None);
    host.memory().woken.set(0);
    confirmed
}
