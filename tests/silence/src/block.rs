//! Requests of both kinds that came together, what must be the same in them, and what can be told from them.

use core::fmt;
use std::collections::BTreeMap;
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
#[derive(Clone, Debug)]
pub struct Finding {
    /// How many requests were seen.
    pub requests: usize,
    /// The classifier's area on requests that it had not learnt from.
    pub auc: Auc,
    /// The same among the requests of each length, which the watcher sees before anything else.
    pub by_size: BTreeMap<usize, Auc>,
    /// Median times of both kinds, to the first byte.
    pub medians: [Duration; 2],
    /// How far these times are scattered among requests that came together: the middle half of a block lies within this,
    /// in the median of blocks.
    pub spread: Duration,
}

impl Finding {
    /// Whether a watcher does no better than this bound: over all requests, and as far as fewer can show it, among those of
    /// each length. Who is wrong too often need only say the opposite.
    pub fn is_within(&self, bound: f64) -> bool {
        let range = 1.0 - bound..=bound;
        let may_be_within = |auc: &Auc| {
            let (low, high) = auc.interval();
            low <= *range.end() && high >= *range.start()
        };
        range.contains(&self.auc.value) && self.by_size.values().all(may_be_within)
    }

    /// Whether a watcher certainly does better than this bound.
    pub fn is_past(&self, bound: f64) -> bool {
        self.auc.interval().0 > bound
    }
}

/// Among the requests of each length, learns on the first half of the blocks and judges the second, then the other way
/// round. Those of [`crate::statuses`] come from other people then: how quick somebody's account is by chance, wherever it
/// lies, teaches nothing of anybody else's. A length of which only one block came is left out.
///
/// # Panics
/// With less than two blocks.
pub fn judge(blocks: &[Block]) -> Finding {
    let mut of_size = BTreeMap::<usize, Vec<&Block>>::new();
    for block in blocks {
        let size = block.0[0].seen.sent;
        of_size.entry(size).or_default().push(block);
    }
    of_size.retain(|_, blocks| blocks.len() > 1);
    let judged = of_size.iter().map(|(size, blocks)| {
        let requests = blocks.iter().map(|block| block.0.len()).sum::<usize>();
        (*size, requests, cross(blocks))
    });
    let judged: Vec<_> = judged.collect();
    let weighted = judged
        .iter()
        .map(|(_, requests, auc)| (*requests as f64, *auc));
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
        requests: judged.iter().map(|(_, requests, _)| requests).sum(),
        auc: Auc::mean(&weighted.collect::<Vec<_>>()),
        by_size: judged.iter().map(|(size, _, auc)| (*size, *auc)).collect(),
        medians: [median(true), median(false)],
        spread: quarters(scattered)[1],
    }
}

fn cross(blocks: &[&Block]) -> Auc {
    let (earlier, later) = blocks.split_at(blocks.len() / 2);
    let samples = |half: &[&Block]| half.iter().flat_map(|block| block.samples()).collect();
    let [earlier, later]: [Vec<_>; 2] = [samples(earlier), samples(later)];
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
    Auc::crossed(held_out(&earlier, &later), held_out(&later, &earlier))
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
        )?;
        if self.by_size.len() > 1 {
            for (size, auc) in &self.by_size {
                write!(f, "\n  of {size} bytes: AUC {auc}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Instant;

    use super::*;
    use crate::Message;
    use crate::random::Random;

    /// Blocks of ten of each kind, of two lengths in turn; `late` says by how many µs one is later than chance has it.
    pub(crate) fn blocks(
        random: &mut Random,
        number: usize,
        late: impl Fn(bool, usize) -> u64,
    ) -> Vec<Block> {
        let mut one = |first_kind, sent| {
            let first = 1_000 + random.below(400) as u64 + late(first_kind, sent);
            let first = Duration::from_micros(first);
            let total = first + Duration::from_micros(random.below(50) as u64);
            let answer = Message {
                head: "HTTP/1.1 200 OK\r\nCache-Control: no-store, no-transform\r\n\r\n".to_owned(),
                rest: Vec::new(),
                began: Instant::now(),
            };
            let seen = Exchange {
                sent,
                answer,
                first,
                total,
            };
            Observation { first_kind, seen }
        };
        let mut block = |i| Block((0..20).map(|k| one(k % 2 == 0, 100 + i % 2)).collect());
        (0..number).map(&mut block).collect()
    }

    /// Where there is nothing to learn, ½ lies in the interval about 95 times in 100.
    #[test]
    fn the_interval_of_a_guess_is_as_wide_as_it_says() {
        let mut random = Random::seeded(2);
        let inside = (0..200).filter(|_| {
            let finding = judge(&blocks(&mut random, 12, |_, _| 0));
            let (low, high) = finding.auc.interval();
            (low..high).contains(&0.5)
        });
        let inside = inside.count();
        assert!((184..=199).contains(&inside), "{inside}");
    }

    /// Late for one length and early for the other: over all it evens out, and is seen.
    #[test]
    fn what_shows_for_one_length_alone_is_seen() {
        let mut random = Random::seeded(3);
        let quiet = judge(&blocks(&mut random, 200, |_, _| 0));
        assert!(quiet.is_within(0.55), "{quiet}");
        let opposite = |first_kind, sent: usize| if first_kind == (sent == 100) { 60 } else { 0 };
        let seen = judge(&blocks(&mut random, 200, opposite));
        assert!(seen.auc.interval().0 > 0.55, "{seen}");
        let of_few = |first_kind, sent| if first_kind && sent == 101 { 200 } else { 0 };
        let mut all = blocks(&mut random, 400, |_, _| 0);
        all.retain(|block| block.0[0].seen.sent == 100);
        let few = blocks(&mut random, 20, of_few);
        all.extend(few.into_iter().filter(|block| block.0[0].seen.sent == 101));
        let seen = judge(&all);
        assert!(
            (seen.auc.value - 0.5).abs() < 0.05 && !seen.is_within(0.55),
            "{seen}"
        );
    }
}
