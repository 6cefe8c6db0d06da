//! Reports that are being received: how much they may hold together.
//!
//! A report may have four megabytes and take its time, from a phone on a slow network, and anybody may begin one. So
//! what unfinished ones hold in one isolate is bounded, and where there is no room the one that began first makes some:
//! its sender is told to come back. Whoever keeps bodies open is pushed out by whoever ends theirs, and not the other
//! way round: with ten megabits a second of bodies that never end the bound is reached anew every 27 seconds, and a
//! report that takes less than that is received.

use std::collections::BTreeMap;

use wire::Refusal;

/// Bytes that unfinished reports hold in one isolate at the most: eight of the longest.
pub const MOST_BYTES: usize = 32 << 20;

/// Names one of them: a later one has a higher number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt(u64);

/// The unfinished reports of one isolate.
#[derive(Default)]
pub struct Receiving {
    begun: u64,
    bytes: usize,
    bodies: BTreeMap<Receipt, Vec<u8>>,
}

impl Receiving {
    /// One more begins.
    pub fn begin(&mut self) -> Receipt {
        self.begun += 1;
        let receipt = Receipt(self.begun);
        self.bodies.insert(receipt, Vec::new());
        receipt
    }

    /// More of it has come: how long it is now.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when it had to make room.
    pub fn add(&mut self, receipt: Receipt, more: &[u8]) -> Result<usize, Refusal> {
        while self.bytes + more.len() > MOST_BYTES {
            let Some((_, oldest)) = self.bodies.pop_first() else {
                break;
            };
            self.bytes -= oldest.len();
        }
        let body = self.bodies.get_mut(&receipt).ok_or(Refusal::Unavailable)?;
        body.extend_from_slice(more);
        self.bytes += more.len();
        Ok(body.len())
    }

    /// Whether it did not have to make room.
    #[must_use]
    pub fn holds(&self, receipt: Receipt) -> bool {
        self.bodies.contains_key(&receipt)
    }

    /// It has ended, or is given up: what came of it.
    ///
    /// # Errors
    /// As [`Receiving::add`].
    pub fn end(&mut self, receipt: Receipt) -> Result<Vec<u8>, Refusal> {
        let body = self.bodies.remove(&receipt).ok_or(Refusal::Unavailable)?;
        self.bytes -= body.len();
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: usize = 4 << 20;

    #[test]
    fn a_body_is_what_came_of_it() {
        let mut receiving = Receiving::default();
        let (one, other) = (receiving.begin(), receiving.begin());
        assert_eq!(receiving.add(one, b"ab"), Ok(2));
        assert_eq!(receiving.add(other, b"x"), Ok(1));
        assert_eq!(receiving.add(one, b"c"), Ok(3));
        assert_eq!(receiving.end(one), Ok(b"abc".to_vec()));
        assert_eq!(receiving.end(one), Err(Refusal::Unavailable));
        assert_eq!(receiving.bytes, 1);
    }

    #[test]
    fn whoever_keeps_a_body_open_makes_room_for_whoever_ends_theirs() {
        let mut receiving = Receiving::default();
        let part = vec![b' '; REPORT - 1];
        let kept: Vec<_> = (0..8)
            .map(|_| {
                let receipt = receiving.begin();
                receiving.add(receipt, &part).unwrap();
                receipt
            })
            .collect();
        for _ in 0..100 {
            let honest = receiving.begin();
            receiving.add(honest, &part).unwrap();
            receiving.end(honest).unwrap();
            assert!(receiving.bytes <= MOST_BYTES);
        }
        // The first one alone had to make room: what ended made it for the others.
        assert!(!receiving.holds(kept[0]) && receiving.holds(kept[1]));
        assert_eq!(receiving.add(kept[0], b" "), Err(Refusal::Unavailable));
        assert_eq!(receiving.add(kept[1], b" "), Ok(REPORT));
    }

    /// A body that is the oldest makes room even for itself.
    #[test]
    fn there_is_never_more_than_the_bound() {
        let mut receiving = Receiving::default();
        let only = receiving.begin();
        receiving.add(only, &vec![0; MOST_BYTES]).unwrap();
        assert_eq!(receiving.add(only, b"x"), Err(Refusal::Unavailable));
        assert_eq!((receiving.bytes, receiving.bodies.len()), (0, 0));
    }
}
