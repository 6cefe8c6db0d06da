//! The event loop breathes: between two slices of work that can wait, sockets are read and others are served.
//!
//! A call between two objects of one process never leaves it, and the event loop of an own host reads no socket while
//! any task there can go on: neither a call nor storage gives it back, a timer does. So whoever walks over objects or
//! over rows works for [`SLICE`] and then waits, by a timer, for the next slice that is free. Slices are the process's and not
//! the walk's: sixteen intakes that deliver at once take sixteen slices one after the other, and are not one slice sixteen
//! times as long. Objects of one isolate share its memory, and so its slices; isolates of the platform have an event loop
//! each.
//!
//! In each pause any request may run, one to the same object too: what was read before is read again.
//!
//! Requests keep the loop busy too. A connection whose next request is there when the last one was answered is read on at
//! once: a few dozen such connections, and the loop neither reads another socket nor takes a new connection for seconds. So
//! requests breathe as well ([`breathe`]).

use core::cell::Cell;
use core::time::Duration;

use crate::Host;

/// How long a walk works until it pauses, in milliseconds: others wait for two slices at the most, and a pause costs
/// a twentieth of a millisecond.
const SLICE: u64 = 5;
/// How often a slice that came late is waited for again: the process was busy, and the slices of others came too.
const TRIES: u32 = 3;
/// No slice is further off, in milliseconds: such a one was taken by a clock that was ahead.
const FARTHEST: u64 = 10_000;

/// The slices of one isolate.
#[derive(Default)]
pub(crate) struct Slices {
    /// When the next one begins, in Unix milliseconds.
    next: Cell<u64>,
}

impl Slices {
    /// Takes the next slice that is free: when it begins.
    fn take(&self, now: u64) -> u64 {
        let next = self.next.get();
        let begins = if next > now + FARTHEST {
            now
        } else {
            next.max(now)
        };
        self.next.set(begins + SLICE);
        begins
    }
}

/// The pace of one walk.
pub(crate) struct Pace<'h, H> {
    host: &'h H,
    /// When its slice began, in Unix milliseconds.
    since: u64,
}

impl<'h, H: Host> Pace<'h, H> {
    /// Waits for the walk's first slice.
    pub(crate) async fn begin(host: &'h H) -> Self {
        let mut pace = Self { host, since: 0 };
        pace.pause().await;
        pace
    }

    /// Goes on, or pauses first when the slice is over. To be called between any two pieces of work, none of which
    /// takes longer than a slice.
    pub(crate) async fn rest(&mut self) {
        let now = self.host.milliseconds();
        // A clock that was put back ends a slice too.
        if now < self.since || now - self.since >= SLICE {
            self.pause().await;
        }
    }

    async fn pause(&mut self) {
        let slices = &self.host.memory().slices;
        for _ in 0..TRIES {
            let now = self.host.milliseconds();
            let begins = slices.take(now);
            let wait = Duration::from_millis(begins - now);
            self.host.wait(wait).await;
            self.since = self.host.milliseconds();
            if self.since < begins + SLICE {
                break;
            }
        }
    }
}

/// So many requests are begun between two breaths. Each breath costs a twentieth of a millisecond, and a status two.
const REQUESTS: u32 = 8;

/// The requests that were begun since the loop last read its sockets.
#[derive(Default)]
pub(crate) struct Breath(Cell<u32>);

impl Breath {
    /// Whether the next request has to wait.
    fn is_due(&self) -> bool {
        self.0.get() >= REQUESTS
    }

    fn took(&self) {
        self.0.set(0);
    }

    fn begin_request(&self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Called for each request, before anything is done for it: it waits by a timer when eight were begun since one last ended.
/// All that come wait then, until none that goes on is left and the loop reads whoever has been waiting.
pub async fn breathe(host: &impl Host) {
    let breath = &host.memory().breath;
    if breath.is_due() {
        host.wait(Duration::ZERO).await;
        breath.took();
    }
    breath.begin_request();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_follow_one_another_whoever_takes_them() {
        let slices = Slices::default();
        let taken: Vec<_> = [100, 100, 101, 103, 200, 201]
            .map(|now| slices.take(now))
            .into();
        assert_eq!(taken, [100, 105, 110, 115, 200, 205]);
    }

    #[test]
    fn every_request_waits_from_the_ninth_on_until_a_timer_has_ended() {
        let breath = Breath::default();
        let begun = || {
            let may_begin = |_: &u32| {
                let may_begin = !breath.is_due();
                if may_begin {
                    breath.begin_request();
                }
                may_begin
            };
            (0..100).take_while(may_begin).count()
        };
        assert_eq!([begun(), begun()], [8, 0]);
        breath.took();
        assert_eq!([begun(), begun()], [8, 0]);
    }

    #[test]
    fn a_clock_that_was_ahead_holds_up_nobody() {
        let slices = Slices::default();
        slices.take(1_000_000);
        assert_eq!(slices.take(5), 5);
        assert_eq!(slices.take(5), 10);
    }
}
