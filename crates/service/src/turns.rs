//! Whose turn it is to register: a registry takes so many in a second, and whoever comes when it is busy waits in line.
//!
//! The line is what protects registration from a flood, and not the work: work costs a flood cents. Nobody is turned
//! away because others came: a solved challenge is given a turn of its own, behind those that were shown before it,
//! and is sent again then.
//!
//! # Where the numbers come from
//! A country of 256 registries whose fastest day brings 600,000 registrations, half of them in one hour: 83 a second,
//! so one in three seconds at a registry. It takes [five a second](EVERY), fifteen times as many: 110 million a day in
//! the country. Up to [three hundred](AT_ONCE) at once wait for nothing.
//!
//! # What a flood can do
//! To make others wait for an hour it solves 18,000 challenges for each registry, within ten minutes of drawing each. A
//! line is a day long at most. Beyond, a newcomer takes the place of one of those in line, drawn at random: so of 110
//! million turns a day each solved challenge, whoever solved it, is as likely to get one.

use decree::Moment;

/// A registration takes a turn of so many milliseconds.
pub const EVERY: u64 = 200;
/// So many registrations may come at once.
pub const AT_ONCE: u64 = 300;
/// How long a challenge that was solved in time is good while it waits, in seconds from when it was drawn.
pub const TICKET_SECONDS: u64 = 86_400;
/// The longest wait that is promised, in seconds. A challenge was solved in its first ten minutes: ten more are left
/// after its turn has come.
pub const LONGEST_WAIT: u64 = TICKET_SECONDS - 1_200;

/// What a newcomer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is its turn now.
    Now,
    /// Its turn comes at this moment.
    At(Moment),
    /// The line is as long as it may be: it takes the place of another.
    Drawn,
}

/// The line of one registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line {
    /// When all the turns that were given are over, in milliseconds since 1970.
    pub taken_until: u64,
}

impl Line {
    /// The line as it can be, when the last of those who wait has this turn. A longer one is a clock's that was ahead: nobody
    /// stands in it.
    #[must_use]
    pub fn up_to(self, last: Option<Moment>, now: Moment) -> Self {
        let last = last.unwrap_or(now).max(now);
        let most = last
            .unix()
            .saturating_mul(1_000)
            .saturating_add(EVERY * (AT_ONCE + 1));
        if self.taken_until <= most {
            self
        } else if last > now {
            Self { taken_until: most }
        } else {
            Self::default()
        }
    }

    /// The turn of whoever comes now.
    pub fn join(&mut self, now: Moment) -> Turn {
        let start = now.unix().saturating_mul(1_000);
        let longest = start.saturating_add(LONGEST_WAIT * 1_000);
        let at_once = EVERY * AT_ONCE;
        let from = self.taken_until.max(start);
        let turn = from.saturating_sub(at_once);
        if turn <= start {
            self.taken_until = from.saturating_add(EVERY);
            return Turn::Now;
        }
        if turn <= longest {
            self.taken_until = from.saturating_add(EVERY);
            return Turn::At(Moment::from_unix(turn.div_ceil(1_000)));
        }
        // Further than a turn is ever given: a clock that was ahead has been here. Nobody waits for that.
        if turn > longest.saturating_add(SLACK_MILLIS) {
            self.taken_until = start.saturating_add(EVERY);
            return Turn::Now;
        }
        Turn::Drawn
    }
}

/// The host's clock may step back by so much, in milliseconds, before its line counts for nothing.
const SLACK_MILLIS: u64 = 60_000;

/// Whether a turn that was given has come. One that lies further ahead than any is given was given by a clock that was
/// ahead.
#[must_use]
pub fn has_come(turn: Moment, now: Moment) -> bool {
    let wait = turn.since(now).as_secs();
    wait == 0 || wait > LONGEST_WAIT + SLACK_MILLIS / 1_000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEGUN: u64 = 1_592_654_400;

    fn at(second: u64) -> Moment {
        Moment::from_unix(BEGUN + second)
    }

    /// When each of these comes to its turn, who come at these seconds one after the other; `None` for who takes another's.
    fn join(comings: &[u64]) -> Vec<Option<u64>> {
        let (mut line, mut last) = (Line::default(), None);
        let mut join = |second: &u64| {
            let now = at(*second);
            // Nobody's clock was ahead.
            assert_eq!(line.up_to(last, now), line);
            match line.join(now) {
                Turn::Now => Some(*second),
                Turn::At(turn) => {
                    last = Some(turn);
                    Some(turn.since(at(0)).as_secs())
                }
                Turn::Drawn => None,
            }
        };
        comings.iter().map(&mut join).collect()
    }

    proptest! {
        /// Whatever strangers do, and however many: who comes first has the first turn, no more have theirs in any time
        /// than a registry takes, and nobody waits for longer than all before them need.
        #[test]
        fn turns_are_in_order_at_a_steady_rate(gaps in prop::collection::vec((0_u64..300, 1_usize..2_000), 1..20)) {
            let mut comings = Vec::new();
            let mut second = 0;
            for (gap, crowd) in gaps {
                second += gap;
                comings.extend(core::iter::repeat_n(second, crowd));
            }
            let turns: Vec<_> = join(&comings).into_iter().flatten().collect();
            // So few fit into a day.
            prop_assert_eq!(turns.len(), comings.len());
            prop_assert!(turns.is_sorted());
            for (before, (turn, came)) in turns.iter().zip(&comings).enumerate() {
                prop_assert!(turn >= came && turn - came <= before as u64 * EVERY / 1_000 + 1);
            }
            for (first, begin) in turns.iter().enumerate().step_by(97) {
                for (last, end) in turns.iter().enumerate().skip(first).step_by(89) {
                    let most = AT_ONCE + (end - begin + 1) * 1_000 / EVERY;
                    prop_assert!((last - first) as u64 <= most);
                }
            }
        }
    }

    #[test]
    fn a_crowd_of_three_hundred_waits_for_nothing_and_then_five_a_second_are_served() {
        let turns = join(&[0; 311]);
        assert!(turns[..=300].iter().all(|turn| *turn == Some(0)));
        assert_eq!(turns[301..], [1, 1, 1, 1, 1, 2, 2, 2, 2, 2].map(Some));
        // Once a minute has passed without anybody, as at first.
        let again: Vec<_> = [0; 301].into_iter().chain([60; 301]).collect();
        assert!(join(&again)[301..601].iter().all(|turn| *turn == Some(60)));
    }

    /// However long strangers have filled it: every turn that they give up, or that is not theirs, is somebody's.
    #[test]
    fn a_line_is_a_day_long_and_nobody_is_turned_away_from_it() {
        let most = usize::try_from(LONGEST_WAIT * 1_000 / EVERY + AT_ONCE).unwrap();
        let turns = join(&vec![0; most + 3]);
        assert_eq!(turns[most], Some(LONGEST_WAIT));
        assert_eq!(turns[most + 1..], [None, None]);
        // Solved in the last second, shown at once: ten minutes are left after the last turn.
        assert_eq!(TICKET_SECONDS - LONGEST_WAIT, 600 + 600);
    }

    /// A clock that was ahead closes nothing when it is put right.
    #[test]
    fn a_line_of_a_clock_that_was_ahead_counts_for_nothing() {
        let mut line = Line::default();
        for _ in 0..1_000 {
            line.join(at(5 * 86_400));
        }
        let (mut days, mut hours) = (line, line);
        hours.taken_until -= 4 * 86_400_000 + 12 * 3_600_000;
        assert_eq!(days.join(at(0)), Turn::Now);
        assert_eq!(days.taken_until, (BEGUN * 1_000) + EVERY);
        // By some hours, that is told from a flood by those who stand in line.
        assert!(matches!(hours.join(at(0)), Turn::At(_)));
        assert_eq!(hours.up_to(Some(at(86_400)), at(0)), hours);
        for last in [None, Some(at(0))] {
            assert_eq!(hours.up_to(last, at(0)), Line::default());
        }
        let most = (BEGUN + 9) * 1_000 + EVERY * (AT_ONCE + 1);
        assert_eq!(hours.up_to(Some(at(9)), at(0)).taken_until, most);
        for (turn, has) in [
            (0, true),
            (1, false),
            (LONGEST_WAIT, false),
            (5 * 86_400, true),
        ] {
            assert_eq!(has_come(at(turn), at(0)), has, "{turn}");
        }
        assert!(has_come(at(0), at(100)));
    }
}
