//! What was run, and how it went.

use std::ops::AddAssign;
use std::time::Duration;

use anyhow::Result;

/// Tests, or whole checks where a step counts none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) passed: u32,
    pub(super) failed: u32,
    pub(super) skipped: u32,
}

impl Count {
    /// A check that passed as a whole.
    pub(super) const ONE: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };

    /// Reads the summaries that Rust's test runner prints, one per test program:
    /// `test result: ok. 12 passed; 0 failed; 1 ignored; …`. Nothing when there is none.
    pub(super) fn of_rust(output: &str) -> Option<Self> {
        let lines = output.lines();
        let summaries = lines.filter_map(|line| line.trim().strip_prefix("test result: "));
        let counts = summaries.map(|summary| Self {
            passed: number_before(summary, " passed"),
            failed: number_before(summary, " failed"),
            skipped: number_before(summary, " ignored"),
        });
        counts.reduce(|mut total, count| {
            total += count;
            total
        })
    }

    /// Reads the summary that Node's test runner writes as TAP: `# pass 3`, `# fail 0`, `# skipped 0`.
    pub(super) fn of_node(output: &str) -> Self {
        let number = |name: &str| {
            let lines = output
                .lines()
                .filter_map(|line| line.strip_prefix("# ")?.strip_prefix(name));
            lines
                .filter_map(|number| number.trim().parse::<u32>().ok())
                .sum()
        };
        Self {
            passed: number("pass "),
            failed: number("fail ") + number("cancelled "),
            skipped: number("skipped "),
        }
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

pub(super) enum Outcome {
    /// It ran to its end.
    Ran(Count),
    /// It could not, or a check failed that counts nothing.
    Broke(String),
    /// An earlier step had failed.
    NotRun,
}

impl From<Result<Count>> for Outcome {
    fn from(result: Result<Count>) -> Self {
        match result {
            Ok(count) if count.passed + count.failed == 0 => Self::Broke("nothing ran".into()),
            Ok(count) => Self::Ran(count),
            Err(error) => Self::Broke(format!("{error:#}")),
        }
    }
}

/// All steps so far.
#[derive(Default)]
pub(super) struct Report {
    steps: Vec<(&'static str, Option<Duration>, Outcome)>,
}

impl Report {
    pub(super) fn add(&mut self, name: &'static str, took: Option<Duration>, outcome: Outcome) {
        if let Outcome::Broke(reason) = &outcome {
            eprintln!("error: {reason}");
        }
        self.steps.push((name, took, outcome));
    }

    pub(super) fn has_failed(&self) -> bool {
        self.total().failed > 0
    }

    pub(super) fn print(&self) {
        println!(
            "\n{:<9}  {:>6}  {:>6}  {:>7}  {:>8}",
            "step", "passed", "failed", "skipped", "time"
        );
        for (name, took, outcome) in &self.steps {
            let time = took
                .map(|took| format!("{:.1} s", took.as_secs_f64()))
                .unwrap_or_default();
            let Count {
                passed,
                failed,
                skipped,
            } = outcome.count();
            match outcome {
                Outcome::NotRun => println!("{name:<9}  not run"),
                _ => println!("{name:<9}  {passed:>6}  {failed:>6}  {skipped:>7}  {time:>8}"),
            }
        }
        let Count {
            passed,
            failed,
            skipped,
        } = self.total();
        println!("\n{passed} passed, {failed} failed, {skipped} skipped");
    }

    fn total(&self) -> Count {
        let mut total = Count::default();
        for (_, _, outcome) in &self.steps {
            total += outcome.count();
        }
        total
    }
}

impl Outcome {
    fn count(&self) -> Count {
        match self {
            Self::Ran(count) => *count,
            Self::Broke(_) => Count {
                failed: 1,
                ..Count::default()
            },
            Self::NotRun => Count {
                skipped: 1,
                ..Count::default()
            },
        }
    }
}

fn number_before(text: &str, word: &str) -> u32 {
    let before = text.split_once(word).map(|(before, _)| before);
    before
        .and_then(|before| before.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_are_understood() {
        let rust = "running 3 tests\ntest result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out\n\
                    test result: ok. 30 passed; 0 failed; 0 ignored; 0 measured";
        assert_eq!(
            Count::of_rust(rust),
            Some(Count {
                passed: 42,
                failed: 1,
                skipped: 2
            })
        );
        assert_eq!(Count::of_rust("running 3 tests\ntest a ... ok"), None);
        let node =
            "ok 1 - a\n# tests 5\n# pass 3\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n";
        assert_eq!(
            Count::of_node(node),
            Count {
                passed: 3,
                failed: 1,
                skipped: 1
            }
        );
    }

    #[test]
    fn a_step_that_tried_nothing_is_broken() {
        let skipped = Count {
            skipped: 3,
            ..Count::default()
        };
        for nothing in [Count::default(), skipped] {
            let outcome = Outcome::from(Ok(nothing));
            assert!(matches!(outcome, Outcome::Broke(_)), "{nothing:?}");
        }
        assert!(matches!(Outcome::from(Ok(Count::ONE)), Outcome::Ran(_)));
    }

    #[test]
    fn a_step_that_breaks_counts_as_failed_and_the_rest_as_skipped() {
        let mut report = Report::default();
        report.add("a", None, Outcome::Ran(Count::ONE));
        report.add("b", None, Outcome::Broke("why".into()));
        report.add("c", None, Outcome::NotRun);
        assert!(report.has_failed());
        assert_eq!(
            report.total(),
            Count {
                passed: 1,
                failed: 1,
                skipped: 1
            }
        );
    }
}
