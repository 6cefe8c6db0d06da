//! Requests of both kinds that came together, what must be the same in them, and what can be told from them.

use core::fmt;
use std::time::Duration;

use crate::auc::{Auc, ranks};
use crate::classifier::{Classifier, Sample};
use crate::line::Exchange;

/// One request and its answer.
pub struct Observation {
    /// Of somebody at risk, or a real report.
    pub first_kind: bool,
    /// What a watcher saw of it.
    pub seen: Exchange,
}

/// Requests of both kinds in random order, so close together that nothing else differs between them.
pub struct Block(pub Vec<Observation>);

impl Block {
    /// What must be the same in all of them to the byte: sizes both ways, first line and headers; that nobody on the way may
    /// keep or transform it; and that it is not compressed, though the request offers to take that.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self) -> Result<(), String> {
        let first = &self.0[0].seen;
        for Observation { first_kind, seen } in &self.0 {
            let pairs = [
                ("sizes of requests", first.sent, seen.sent),
                (
                    "sizes of answers",
                    first.answer.length(),
                    seen.answer.length(),
                ),
            ];
            for (what, one, other) in pairs {
                if one != other {
                    return Err(format!("{what}: {one} and {other} ({first_kind})"));
                }
            }
            let (one, other) = (first.answer.undated(), seen.answer.undated());
            if one != other {
                return Err(format!("headers:\n{one}and ({first_kind})\n{other}"));
            }
            if let Some(encoding) = seen.answer.header("content-encoding") {
                return Err(format!("an answer is compressed: {encoding}"));
            }
            let caching = seen.answer.header("cache-control");
            if caching != Some("no-store, no-transform") {
                return Err(format!("an answer may be kept or changed: {caching:?}"));
            }
        }
        Ok(())
    }

    /// Places among the requests of this block, so that a machine that slows down from block to block changes nothing.
    fn samples(&self) -> Vec<Sample> {
        let places = |of: fn(&Exchange) -> f64| -> Vec<f64> {
            let numbers: Vec<_> = self.0.iter().map(|one| of(&one.seen)).collect();
            let ranks = ranks(&numbers).into_iter();
            ranks
                .map(|rank| (rank - 0.5) / numbers.len() as f64 - 0.5)
                .collect()
        };
        let first = places(|seen| seen.first.as_secs_f64());
        let total = places(|seen| seen.total.as_secs_f64());
        let rest = places(|seen| (seen.total - seen.first).as_secs_f64());
        let size = places(|seen| seen.answer.length() as f64);
        (0..self.0.len())
            .map(|i| Sample {
                // The last: whether it is unusually quick or slow, one or the other.
                features: [
                    first[i],
                    total[i],
                    rest[i],
                    size[i],
                    2.0 * total[i].abs() - 0.5,
                ],
                first_kind: self.0[i].first_kind,
            })
            .collect()
    }
}

/// What a watcher can tell.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// How many requests were seen.
    pub requests: usize,
    /// The classifier's area on requests that it had not learnt from.
    pub auc: Auc,
    /// Median times of both kinds, to the first byte.
    pub medians: [Duration; 2],
    /// How far these times are scattered among requests that came together: the middle half of a block lies within this,
    /// in the median of blocks.
    pub spread: Duration,
}

/// Learns on every other block and judges the rest, then the other way round: the mean of both.
///
/// # Panics
/// With less than two blocks.
pub fn judge(blocks: &[Block]) -> Finding {
    let mut halves = [Vec::new(), Vec::new()];
    for (i, block) in blocks.iter().enumerate() {
        halves[i % 2].extend(block.samples());
    }
    let [even, odd] = &halves;
    let held_out = |learnt: &[Sample], judged: &[Sample]| {
        let classifier = Classifier::learn(learnt);
        let scores = |kind| -> Vec<f64> {
            let of_kind = judged.iter().filter(|sample| sample.first_kind == kind);
            of_kind
                .map(|Sample { features, .. }: &Sample| classifier.score(features))
                .collect()
        };
        Auc::of(&scores(true), &scores(false))
    };
    let median = |kind| {
        let all = blocks.iter().flat_map(|block| &block.0);
        let of_kind = all.filter(|one| one.first_kind == kind);
        quarters(of_kind.map(|one| one.seen.first))[1]
    };
    let scattered = blocks.iter().map(|Block(block)| {
        let [low, _, high] = quarters(block.iter().map(|one| one.seen.first));
        high - low
    });
    Finding {
        requests: even.len() + odd.len(),
        auc: Auc::mean(held_out(even, odd), held_out(odd, even)),
        medians: [median(true), median(false)],
        spread: quarters(scattered)[1],
    }
}

/// What a quarter, a half and three quarters of these times are below.
fn quarters(times: impl Iterator<Item = Duration>) -> [Duration; 3] {
    let mut times: Vec<_> = times.collect();
    times.sort();
    [1, 2, 3].map(|quarter| times[times.len() * quarter / 4])
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other, spread] = [self.medians[0], self.medians[1], self.spread]
            .map(|time| time.as_secs_f64() * 1_000.0);
        write!(
            f,
            "{} requests, AUC {}, medians {one:.3} and {other:.3} ms, spread {spread:.3} ms",
            self.requests, self.auc
        )
    }
}
